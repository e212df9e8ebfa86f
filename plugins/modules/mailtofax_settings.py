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
  - Sets the mail2fax settings of one subscriber of a Sipwise NGCP to the declared values.
  - Compares and changes only the options that you give. All others stay as they are on the server.
  - Sends the differences as one JSON Patch (RFC 6902), and nothing if there are none.
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
      - Secret that every e-mail must contain, up to 255 characters. Null or an empty string clears it.
    type: str
  update_secret_key:
    description:
      - When to set O(secret_key) if the platform itself renews the secret (O(secret_key_renew)).
      - V(auto) sets the declared secret if the platform does not renew it (V(never)), and otherwise only if no secret
        is set. The module warns of a declared secret that differs and that it does not set.
      - V(always) sets the declared secret whenever it differs.
      - V(on_create) sets the declared secret only if no secret is set, without a warning.
    type: str
    choices: [auto, always, on_create]
    default: auto
  secret_key_renew:
    description:
      - How often the platform renews the secret.
      - Any change of these settings postpones the next renewal, because the server records every write as a change of
        the secret.
    type: str
    choices: [never, daily, weekly, monthly]
  secret_renew_notify:
    description:
      - Addresses that the platform notifies when it has renewed the secret. Each address must be unique; case does
        not matter.
      - The order does not matter. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      destination:
        description:
          - E-mail address. The server accepts any other text, too; the module warns of it.
        type: str
        required: true
  secret_renew_notify_mode:
    description:
      - How O(secret_renew_notify) relates to the list on the server.
      - V(exact) makes O(secret_renew_notify) the whole list.
      - V(add) adds these elements, V(remove) removes them. Both keep the others.
    type: str
    choices: [exact, add, remove]
    default: exact
  acl:
    description:
      - Who may send faxes, and to which numbers. An e-mail must match every value that one of the elements sets.
      - The order does not matter, and the same element may occur more than once. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      from_email:
        description:
          - Address of the sender.
        type: str
      received_from:
        description:
          - Address of the mail server that delivers the e-mail.
        type: str
      destination:
        description:
          - Number to send to.
        type: str
      use_regex:
        description:
          - Whether the other three values are Perl regular expressions. The server does not check them.
          - The module warns of an expression that Perl cannot compile, and of one that matches more than it seems to
            because it is not anchored by V(^) or V($).
          - O(acl[].destination) may be open at its end, so that V(^4399) allows every number that begins with 4399.
        type: bool
        default: false
  acl_mode:
    description:
      - How O(acl) relates to the list on the server.
      - V(exact) makes O(acl) the whole list.
      - V(add) adds these elements, V(remove) removes them. Both keep the others.
      - Two elements are the same if all four values are equal, including values that are not given.
    type: str
    choices: [exact, add, remove]
    default: exact
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.fax_send
notes:
  - The server has no locking. Never change the same subscriber from two places at once. The module does not notice a
    write that somebody else makes right after it; M(ngcp.fax.fax_subscribers) reads again at its end.
  - The module compares the server's answer to a write with the declared values. If they differ, it reads, plans and
    writes once more. If they still differ, it fails and names the options.
"""

EXAMPLES = r"""
- name: Let the clinic send faxes by e-mail from its own mail server
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

- name: Renew the secret each month and notify the administrator
  ngcp.fax.mailtofax_settings:
    external_id: clinic-17
    secret_key: "{{ vault_clinic_secret_key }}"
    secret_key_renew: monthly
    secret_renew_notify:
      - destination: admin@example.com
"""

RETURN = r"""
subscriber_id:
  description: Id of the subscriber.
  type: int
  returned: success, or if the write failed
  sample: 3
subscriber:
  description: Name of the subscriber, V(user@domain). Null if you named it by O(subscriber_id).
  type: str
  returned: success, or if the write failed
  sample: 4312345@voip.example.com
patch:
  description: Operations (RFC 6902) that the module sent, or would send in check mode. Secrets are masked.
  type: list
  elements: dict
  returned: success, or if the write failed
  sample: [{"op": "replace", "path": "/active", "value": true}]
before:
  description: Declared options as they were on the server. Secrets are masked.
  type: dict
  returned: success, or if the write failed
  sample: {"active": false}
after:
  description: Declared options as they are now, or would be in check mode. Secrets are masked.
  type: dict
  returned: success, or if the write failed
  sample: {"active": true}
left_to_renewal:
  description: Declared secrets that differ on the server and that the module did not set, because the platform renews
    them and O(update_secret_key) is V(auto).
  type: list
  elements: str
  returned: success, or if the write failed
  sample: [secret_key]
diff:
  description: RV(before) and RV(after) of the options that differ, with sorted lists.
  type: dict
  returned: success
  sample:
    before_header: 4312345@voip.example.com mailtofax_settings
    after_header: 4312345@voip.example.com mailtofax_settings
    before: {"active": false}
    after: {"active": true}
names_not_verified:
  description: 1 if you gave an id and a name, and the name was not verified because nothing differs; 0 otherwise.
  type: int
  returned: success
  sample: 0
renumbered:
  description: The subscriber, if you gave an id and a name, and the id is gone or belongs to somebody else, so that the
    name was used.
  type: list
  elements: dict
  returned: success
  contains:
    subscriber_id: {description: Id of the subscriber., type: int, returned: always}
    subscriber: {description: "Name of the subscriber, V(user@domain).", type: str, returned: always}
    stale_id: {description: "The id that you gave, O(subscriber_id).", type: int, returned: always}
  sample: []
applied:
  description: Whether the module sent a patch or, after a failure, may have sent one. Always false in check mode.
  type: bool
  returned: success, or if the write failed
  sample: true
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(rejected), V(read_only),
      V(forbidden), V(unreachable), V(unverified).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
    - C(read_only) is present and true if the login may only read.
  type: dict
  returned: failure
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
