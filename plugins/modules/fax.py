#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax
short_description: Delete faxes from the journal
version_added: 0.1.0
description:
  - Deletes faxes from the journal of a Sipwise NGCP, by their ids or by their age.
  - A fax that is gone already is no error.
  - If the answer to a deletion is lost or unclear, the module checks whether the fax is gone. C(changed) is
    true if it may have been deleted.
  - What is deleted cannot be brought back, nor its document be fetched. M(ngcp.fax.fax_archive) keeps a copy.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  state:
    description:
      - V(absent) means that the faxes are gone.
    type: str
    choices: [absent]
    required: true
  id:
    description:
      - The id of one fax, or a list of ids. No subscriber may stand beside it.
      - Exactly one of O(id) and O(older_than) must be given.
    type: list
    elements: int
  older_than:
    description:
      - All faxes that are older than this span, such as V(90d) or V(1d12h), with the units V(s), V(m) (minutes), V(h),
        V(d) and V(w).
      - They are those of the named subscriber. Without one they are everybody's, which needs O(confirm_all=true).
    type: str
  confirm_all:
    description:
      - Whether O(older_than) without a subscriber may delete the faxes of everybody whom the login may see.
    type: bool
    default: false
  max_deletions:
    description:
      - How many faxes may be deleted. If there are more, the module fails before the first one, also in check mode, and
        shows twenty of them.
    type: int
    default: 100
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_archive
"""

EXAMPLES = r"""
- name: Two faxes are gone
  ngcp.fax.fax:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    id: [5, 6]
    state: absent

- name: The clinic's faxes are kept for 90 days
  ngcp.fax.fax:
    subscriber: 4312345@voip.example.com
    older_than: 90d
    max_deletions: 1000
    state: absent

- name: Nobody's faxes are kept for more than a year
  ngcp.fax.fax:
    older_than: 365d
    confirm_all: true
    max_deletions: 20000
    state: absent
"""

RETURN = r"""
faxes:
  description: The journal entries of the faxes that were deleted, or in check mode would be; times in UTC.
  type: list
  elements: dict
  returned: success, or some could not be deleted
  sample:
    - id: 6
      subscriber_id: 3
      time: "2026-11-02 10:00:00"
      time_iso: "2026-11-02T10:00:00+00:00"
      direction: in
      caller: "431999"
      callee: "4311000003"
      duration: 12
      pages: 2
      signal_rate: 9600
      quality: 204x196
      filename: d9799276-b7d9-454f-98c3-714edf7e3072.tif
      status: SUCCESS
      reason: Normal Clearing / SIP 200 OK [1/3]
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(not_found), V(read_only), V(too_many),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way, C(read_only) if the
      login may only read.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "rejected", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
