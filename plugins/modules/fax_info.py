#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_info
short_description: Read the journal of sent and received faxes
version_added: 0.1.0
description:
  - Reads one fax of the journal by id, or the faxes of one subscriber or of everybody that the login can see, newest
    first.
  - The server filters by subscriber and roughly by time. The module filters by everything else.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._window
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: The module only reads.
  diff_mode:
    support: N/A
    details: The module only reads.
  idempotent:
    support: full
options:
  id:
    description:
      - Id of one fax. The module fails if it does not exist. Mutually exclusive with all other options except
        O(page_size), O(workers) and those of the connection.
    type: int
  caller:
    description:
      - Only faxes from this number, in quotes. Give the whole number; punctuation and leading zeros are ignored.
    type: str
  callee:
    description:
      - Only faxes to this number, in quotes, compared like O(caller). The server's rewrite rules may have changed the
        number.
    type: str
  limit:
    description:
      - How many faxes to return at most, newest first. The default is all that match.
    type: int
seealso:
  - module: ngcp.fax.fax
  - module: ngcp.fax.fax_recording
  - module: ngcp.fax.fax_archive
"""

EXAMPLES = r"""
- name: List what the clinic received in the last 24 hours
  ngcp.fax.fax_info:
    api_url: https://ngcp.example.com:1443
    api_username: auditor
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
    direction: in
    since: 24h
  register: received

- name: List the last ten faxes that failed in October, in Vienna's time
  ngcp.fax.fax_info:
    status: FAILED
    since: "2026-10-01 00:00:00+02:00"
    until: "2026-11-01 00:00:00+01:00"
    limit: 10

- name: Read one fax
  ngcp.fax.fax_info:
    id: 6
"""

RETURN = r"""
faxes:
  description: Journal entries as the server returns them, newest first. Times are in UTC. The fields depend on the
    NGCP release.
  type: list
  elements: dict
  returned: success
  contains:
    id: {description: Id of the fax., type: int, returned: always}
    subscriber_id: {description: Id of the subscriber that the fax belongs to., type: int, returned: always}
    time: {description: When it was sent or received (UTC)., type: str, returned: always}
    time_iso: {description: The same in ISO 8601 with zone. Null if C(time) is invalid., type: str, returned: always}
    direction: {description: "V(in), V(out) or V(mtf) (by e-mail).", type: str, returned: always}
    caller: {description: Number of the sender., type: str, returned: always}
    callee: {description: Number of the recipient., type: str, returned: always}
    duration: {description: Duration in seconds., type: int, returned: always}
    pages: {description: Number of pages., type: int, returned: always}
    signal_rate: {description: Speed in bits per second., type: int, returned: always}
    quality: {description: Resolution., type: str, returned: always}
    filename: {description: Name of its document on the server., type: str, returned: always}
    status: {description: V(SUCCESS) or a word for a failure., type: str, returned: always}
    reason: {description: Outcome in the server's words., type: str, returned: always}
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
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(ambiguous), V(not_ngcp),
      V(unreachable), V(unverified).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "not_found", "method": "GET", "path": "/api/faxes/99", "status": 404}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.info import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
