#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: mailtofax_settings
short_description: Manage the mail2fax settings of a subscriber
version_added: 0.1.0
description:
  - Brings the mail2fax settings (C(mailtofaxsettings)) of one subscriber of a Sipwise NGCP to what is declared.
  - Only what is declared is compared and changed. An option that is not given stays as it is on the server.
  - What differs is sent as one JSON Patch (RFC 6902); if nothing differs, nothing is sent.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  active:
    description:
      - Whether the subscriber can send faxes by e-mail.
      - The server refuses every e-mail as long as neither O(secret_key) nor O(acl) is set.
    type: bool
  secret_key:
    description:
      - The secret that an e-mail must carry, up to 255 characters. Null or an empty string clears it.
    type: str
  update_secret_key:
    description:
      - What a declared O(secret_key) means where the platform itself renews the secret (O(secret_key_renew)).
      - V(auto) sets it as declared while the secret is not renewed (V(never)), and otherwise only if there is none. The
        module warns of a declared secret that differs and is not set.
      - V(always) sets it as declared whenever it differs.
      - V(on_create) sets it only if there is none, and warns of nothing.
    type: str
    choices: [auto, always, on_create]
    default: auto
  secret_key_renew:
    description:
      - How often the platform renews the secret.
      - Any change of these settings puts off the next renewal, for the server notes every write as one of the secret.
    type: str
    choices: [never, daily, weekly, monthly]
  secret_renew_notify:
    description:
      - Who is told by e-mail when the secret was renewed. No address may stand there twice, upper or lower case.
      - The order means nothing. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      destination:
        description:
          - The e-mail address. The server accepts any other text, too; the module warns of it.
        type: str
        required: true
  secret_renew_notify_mode:
    description:
      - V(exact) means that O(secret_renew_notify) is all there is.
      - V(add) means that these must be there, V(remove) that these must be gone, and that others stay.
    type: str
    choices: [exact, add, remove]
    default: exact
  acl:
    description:
      - Who may send, and to which numbers. An e-mail must fit one entry in all that the entry sets.
      - The order means nothing, and the same entry may stand there more than once. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      from_email:
        description:
          - The sender's address.
        type: str
      received_from:
        description:
          - The address of the mail server that handed it in.
        type: str
      destination:
        description:
          - The number to send to.
        type: str
      use_regex:
        description:
          - Whether the three are regular expressions, in the dialect of Perl. The server does not check them.
          - The module warns of one that Perl cannot read, and of one that matches more than it seems to because it
            is not anchored by V(^) or V($).
          - A O(acl[].destination) may be open at its end, so that V(^4399) allows every number that begins with 4399.
        type: bool
        default: false
  acl_mode:
    description:
      - V(exact) means that O(acl) is all there is.
      - V(add) means that these must be there, V(remove) that these must be gone, and that others stay.
      - Entries are the same if all four keys are equal, also those not given. V(remove) takes no others away.
    type: str
    choices: [exact, add, remove]
    default: exact
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.fax_send
notes:
  - The server has no locking. Never change the same subscriber from two places at once. A write of somebody else
    right after this module goes unnoticed; M(ngcp.fax.fax_subscribers) reads again at its end.
  - What the server returns after a write is compared with what was declared; if it differs, the module reads, plans and
    writes once more and then fails, naming the options.
"""

EXAMPLES = r"""
- name: The clinic sends faxes by e-mail from its own mail server
  ngcp.fax.mailtofax_settings:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    active: true
    secret_key: "{{ vault_clinic_secret_key }}"
    acl:
      - from_email: reception@example.com
        received_from: 192.0.2.25

- name: The platform renews the secret each month and tells the administrator
  ngcp.fax.mailtofax_settings:
    external_id: clinic-17
    secret_key: "{{ vault_clinic_secret_key }}"
    secret_key_renew: monthly
    secret_renew_notify:
      - destination: admin@example.com
"""

RETURN = r"""
subscriber:
  description: Whose settings these are.
  type: dict
  returned: success, or the write failed
  contains:
    id:
      description: The subscriber's id.
      type: int
      returned: success
    username:
      description: The name before the C(@); null if the subscriber was named by O(subscriber_id).
      type: str
      returned: success
    domain:
      description: The domain; null if the subscriber was named by O(subscriber_id).
      type: str
      returned: success
  sample: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
patch:
  description: The operations (RFC 6902) that were sent, or in check mode would be. A secret's value is not shown.
  type: list
  elements: dict
  returned: success, or the write failed
  sample: [{"op": "replace", "path": "/active", "value": true}]
before:
  description: The declared options as the server had them. A secret's value is not shown.
  type: dict
  returned: success, or the write failed
  sample: {"active": false}
after:
  description: The declared options as they are now, or in check mode would be. A secret's value is not shown.
  type: dict
  returned: success, or the write failed
  sample: {"active": true}
left_to_renewal:
  description: The declared secrets that differ on the server and were not set, because the platform renews them and
    O(update_secret_key) is V(auto).
  type: list
  elements: str
  returned: success, or the write failed
  sample: [secret_key]
diff:
  description: RV(before) and RV(after) of the options that differ, lists sorted.
  type: dict
  returned: success
  sample:
    before_header: 4312345@voip.example.com mailtofaxsettings
    after_header: 4312345@voip.example.com mailtofaxsettings
    before: {"active": false}
    after: {"active": true}
applied:
  description: Whether a patch was sent, or after a failure may have been. Never in check mode.
  type: bool
  returned: success, or the write failed
  sample: true
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(not_found), V(rejected), V(read_only),
      V(forbidden), V(unreachable), V(unverified).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way, C(read_only) if the
      login may only read.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "not_found", "method": "GET", "path": "/api/mailtofaxsettings/99", "status": 404}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import MAILTOFAX_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.single import job_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run

JOB = job_of(MAILTOFAX_SETTINGS)


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
