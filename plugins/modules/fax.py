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
  - Deletes faxes from the journal of a Sipwise NGCP, by id or by age.
  - A fax that no longer exists is not an error.
  - If the answer to a deletion is lost or unclear, the module checks whether the fax still exists. C(changed) is true
    if it may have been deleted.
  - You cannot restore a deleted fax, nor download its document. Use M(ngcp.fax.fax_archive) to keep a copy.
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
      - V(absent) deletes the faxes.
    type: str
    choices: [absent]
    required: true
  id:
    description:
      - Id of one fax, or a list of ids. Mutually exclusive with the options that name a subscriber.
      - Exactly one of O(id) and O(older_than) must be given.
    type: list
    elements: int
  older_than:
    description:
      - Age beyond which to delete faxes, such as V(90d) or V(1d12h). The units are V(s), V(m) (minutes), V(h), V(d)
        and V(w).
      - This applies to the faxes of the subscriber that you name. If you name none, it applies to everybody's faxes
        and requires O(confirm_all=true).
    type: str
  confirm_all:
    description:
      - Whether O(older_than) without a subscriber may delete the faxes of everybody that the login can see.
    type: bool
    default: false
  max_deletions:
    description:
      - How many faxes the task may delete. If there are more, the module deletes none, fails, also in check mode, and
        shows twenty of them.
    type: int
    default: 100
seealso:
  - module: ngcp.fax.fax_info
  - module: ngcp.fax.fax_archive
"""

EXAMPLES = r"""
- name: Delete two faxes
  ngcp.fax.fax:
    api_url: https://ngcp.example.com:1443
    api_username: provisioning
    api_password: "{{ vault_ngcp_password }}"
    id: [5, 6]
    state: absent

- name: Delete the clinic's faxes after 90 days
  ngcp.fax.fax:
    subscriber: 4312345@voip.example.com
    older_than: 90d
    max_deletions: 1000
    state: absent

- name: Delete everybody's faxes after a year
  ngcp.fax.fax:
    older_than: 365d
    confirm_all: true
    max_deletions: 20000
    state: absent
"""

RETURN = r"""
faxes:
  description: Journal entries of the faxes that were deleted, or would be in check mode. Times are in UTC.
  type: list
  elements: dict
  returned: success, or if some could not be deleted
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
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(read_only), V(limit_exceeded),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
    - C(read_only) is present and true if the login may only read.
  type: dict
  returned: failure
  sample: {"kind": "rejected", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
