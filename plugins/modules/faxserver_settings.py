#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: faxserver_settings
short_description: Manage the fax settings of a subscriber
version_added: 0.1.0
description:
  - Sets the fax settings of one subscriber of a Sipwise NGCP to the declared values.
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
      - Whether the subscriber can send and receive faxes.
    type: bool
  name:
    description:
      - Name in the header of sent faxes, up to 64 characters. Null or an empty string clears it.
    type: str
  password:
    description:
      - Fax password, up to 64 characters. Null or an empty string clears it.
      - The module compares it with the password on the server and changes it only if it differs.
    type: str
  t38:
    description:
      - Whether to use T.38.
    type: bool
  ecm:
    description:
      - Whether to use error correction.
    type: bool
  destinations:
    description:
      - Addresses to which received and sent faxes are mailed. Each address must be unique; case does not matter.
      - The order does not matter. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      destination:
        description:
          - E-mail address in ASCII, with at most 64 characters before the C(@). Write a domain with other letters in
            its C(xn--) form.
        type: str
        required: true
      filetype:
        description:
          - Format of the attached document. Required unless O(destinations_mode=remove).
        type: str
        choices: [TIFF, PS, PDF, PDF14]
      incoming:
        description:
          - Whether to mail received faxes.
        type: bool
        default: true
      outgoing:
        description:
          - Whether to mail sent faxes.
        type: bool
        default: false
      status:
        description:
          - Whether to mail the outcome of sent faxes.
        type: bool
        default: false
  destinations_mode:
    description:
      - How O(destinations) relates to the list on the server.
      - V(exact) makes O(destinations) the whole list.
      - V(add) adds or updates these elements and keeps the others.
      - V(remove) removes the elements with these addresses, whatever their other values are, and keeps the others.
    type: str
    choices: [exact, add, remove]
    default: exact
seealso:
  - module: ngcp.fax.mailtofax_settings
  - module: ngcp.fax.fax_send
notes:
  - The server has no locking. Never change the same subscriber from two places at once. The module does not notice a
    write that somebody else makes right after it; M(ngcp.fax.fax_subscribers) reads again at its end.
  - The module compares the server's answer to a write with the declared values. If they differ, it reads, plans and
    writes once more. If they still differ, it fails and names the options.
"""

EXAMPLES = r"""
- name: Activate fax and mail received faxes as PDF
  ngcp.fax.faxserver_settings:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    active: true
    name: Example Clinic
    destinations:
      - destination: fax@example.com
        filetype: PDF14

- name: Send a copy to the archive and keep the other destinations
  ngcp.fax.faxserver_settings:
    external_id: clinic-17
    destinations_mode: add
    destinations:
      - destination: archive@example.com
        filetype: TIFF
        outgoing: true
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
diff:
  description: RV(before) and RV(after) of the options that differ, with sorted lists.
  type: dict
  returned: success
  sample:
    before_header: 4312345@voip.example.com faxserver_settings
    after_header: 4312345@voip.example.com faxserver_settings
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
  sample: {"kind": "not_found", "method": "GET", "path": "/api/faxserversettings/99", "status": 404}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.single import job_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run

JOB = job_of(FAXSERVER_SETTINGS)


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
