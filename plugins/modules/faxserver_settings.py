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
  - Brings the fax settings (C(faxserversettings)) of one subscriber of a Sipwise NGCP to what is declared.
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
      - Whether the subscriber can send and receive faxes.
    type: bool
  name:
    description:
      - The name in the header of sent faxes, up to 64 characters. Null or an empty string clears it.
    type: str
  password:
    description:
      - The fax password, up to 64 characters. Null or an empty string clears it.
      - It is compared with the one on the server, so that a run changes it only if it differs.
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
      - Where received and sent faxes are mailed to. No two entries may have the same address, upper or lower case.
      - The order means nothing. Null or an empty list clears it.
    type: list
    elements: dict
    suboptions:
      destination:
        description:
          - The e-mail address, in ASCII, with at most 64 characters before the C(@). A domain with other letters is
            written in its C(xn--) form.
        type: str
        required: true
      filetype:
        description:
          - The format of the attached document. It must be given, except with O(destinations_mode=remove).
        type: str
        choices: [TIFF, PS, PDF, PDF14]
      incoming:
        description:
          - Whether received faxes are mailed.
        type: bool
        default: true
      outgoing:
        description:
          - Whether sent faxes are mailed.
        type: bool
        default: false
      status:
        description:
          - Whether the outcome of sent faxes is mailed.
        type: bool
        default: false
  destinations_mode:
    description:
      - V(exact) means that O(destinations) is all there is.
      - V(add) means that these must be there, as declared, and that others stay.
      - V(remove) means that these must be gone, whatever else their entry says, and that others stay.
    type: str
    choices: [exact, add, remove]
    default: exact
seealso:
  - module: ngcp.fax.mailtofax_settings
  - module: ngcp.fax.fax_send
notes:
  - The server has no locking. Never change the same subscriber from two places at once. A write of somebody else
    right after this module goes unnoticed; M(ngcp.fax.fax_subscribers) reads again at its end.
  - What the server returns after a write is compared with what was declared; if it differs, the module reads, plans and
    writes once more and then fails, naming the options.
"""

EXAMPLES = r"""
- name: Fax is active and received faxes are mailed as PDF
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

- name: The archive gets a copy as well, other destinations stay
  ngcp.fax.faxserver_settings:
    external_id: clinic-17
    destinations_mode: add
    destinations:
      - destination: archive@example.com
        filetype: TIFF
        outgoing: true
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
diff:
  description: RV(before) and RV(after) of the options that differ, lists sorted.
  type: dict
  returned: success
  sample:
    before_header: 4312345@voip.example.com faxserversettings
    after_header: 4312345@voip.example.com faxserversettings
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
