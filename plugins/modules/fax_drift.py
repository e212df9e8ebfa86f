#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_drift
short_description: Report how the fax and mail2fax settings differ from the declared ones
version_added: 0.1.0
description:
  - Compares the settings of many subscribers of a Sipwise NGCP with the values that are declared in O(subscribers),
    in state files (O(src)) or in both, and returns a report of every difference.
  - Never writes to the server. A read-only login is enough.
  - For subscribers that differ, and for no others, it also reads the customer and, for the fax settings, who made the
    difference and when. The server keeps no journal of the mail2fax settings.
  - A subscriber that could not be read is in the report, and makes the verdict V(unknown). If the whole run ends
    early, for example because the connection is lost, the task fails and returns the report of what it has read.
  - C(docs/drift.md) of the collection describes the report. M(ngcp.fax.fax_report) makes files from it.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._entries
  - ngcp.fax._paging
  - ngcp.fax._state_files
attributes:
  check_mode:
    support: full
    details: The module never writes.
  diff_mode:
    support: none
    details: The report contains the differences.
  idempotent:
    support: full
options:
  unmanaged:
    description:
      - Whether to report subscribers whose fax or mail2fax is active although no entry names them.
        O(unmanaged_match) restricts this to some of them.
    type: str
    choices: [ignore, report]
    default: report
  baseline:
    description:
      - Differences that are accepted until a given day. Give a YAML file on the controller that contains a list, or
        the list itself.
      - Each entry names a row by its C(id), or by C(subscriber) (V(user@domain)) or C(subscriber_id) together with
        C(settings), C(field) and, for an element of a list, C(element). C(reason) and C(expires), the last day, such as
        V(2026-12-31), are required.
      - C(actual) accepts the row only while the server holds exactly this value. Without it, any value is accepted.
      - Accepted rows have RV(report.rows[].accepted) and are not counted.
    type: raw
  return_rows:
    description:
      - Where to put the rows of the report. Ansible Runner, and therefore AWX, does not show a result of more than
        700,000 characters.
      - V(full) returns them in RV(report).
      - V(file) puts the report into RV(report_file), a temporary file that exists until C(ansible-playbook) ends.
        Pass it to M(ngcp.fax.fax_report) as O(ngcp.fax.fax_report#module:report). RV(report) is omitted.
    type: str
    choices: [full, file]
    default: full
  check_options:
    description:
      - Whether to check only the options, and O(baseline). The task then reads no state file and sends no request.
    type: bool
    default: false
  progress:
    description:
      - Whether to report progress on standard error. On a terminal this is one line that is updated in place,
        elsewhere one line every five seconds.
      - Only a task that runs inside Ansible's own process reports its progress. Decrypting state files always does.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.fax_subscribers
  - module: ngcp.fax.fax_state_info
"""

EXAMPLES = r"""
- name: Compare a domain with the state files
  ngcp.fax.fax_drift:
    src: customers/
    baseline: accepted.yml
    unmanaged_match:
      domain: voip.example.com
  register: drift

- name: Stop on drift, or if a subscriber could not be read
  ansible.builtin.assert:
    that: drift.verdict == "clean"
"""

RETURN = r"""
report:
  description: What differs.
  type: dict
  returned: unless O(return_rows) is V(file), also on failure
  contains:
    version:
      description: Version of the format.
      type: int
      returned: always
    kind:
      description: V(drift).
      type: str
      returned: always
    generated:
      description: Start of the run, in UTC.
      type: str
      returned: always
    api_url:
      description: URL of the server.
      type: str
      returned: always
    verdict:
      description: V(clean) if nothing differs, V(drift) if something differs or a declared subscriber is missing,
        V(unknown) if a subscriber could not be read, whatever else was found.
      type: str
      returned: always
    totals:
      description: Number of subscribers and rows of each kind. Accepted rows count as C(accepted) only.
      type: dict
      returned: always
    names_not_verified:
      description: As RV(names_not_verified).
      type: int
      returned: always
    notes:
      description: Sentences that matter although nothing differs, such as how many declared secrets the platform
        renews. They are also warnings.
      type: list
      elements: str
      returned: always
    rows:
      description: A row for each field that differs, for each element of a list that differs, and for each subscriber
        that is V(missing), V(unmanaged), V(failed) or a V(risk). Secrets are masked.
      type: list
      elements: dict
      returned: always
      contains:
        accepted:
          description: C(reason) and C(expires) of the entry of O(baseline) that accepts the row.
          type: dict
          returned: always
  sample:
    version: 1
    kind: drift
    generated: "2026-11-26T02:00:00Z"
    api_url: https://ngcp.example.com:1443
    verdict: drift
    totals: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
             "accepted": 0, "risks": 0, "renumbered": 0}
    names_not_verified: 4750
    notes: []
    rows:
      - id: 3f2a90c1d47e
        kind: drift
        subscriber_id: 3
        subscriber: 4312345@voip.example.com
        customer_id: 17
        settings: faxserver_settings
        field: name
        element: null
        change: changed
        expected: Example Clinic
        actual: Clinic
        changed_at: "2026-11-25 16:02:11"
        changed_by: ann
        place: customers/clinic.yml:12
        msg: null
        accepted: null
        settle:
          declare: "faxserver_settings:\n  name: \"Clinic\"\n"
          restore: >-
            ansible localhost -m ngcp.fax.fax_subscribers --check --diff
            -a '{"src": ["customers"], "only": ["431@voip.example.com"]}'
report_file:
  description: Path of the file with RV(report) on the controller. It exists until C(ansible-playbook) ends.
  type: str
  returned: with O(return_rows=file), also on failure
  sample: /home/me/.ansible/tmp/ansible-local-4711abc/ngcp.fax-report-xyz.json
verdict:
  description: Verdict of RV(report), wherever the report is.
  type: str
  returned: always, also on failure, unless O(check_options) is V(true)
  sample: drift
totals:
  description: Totals of RV(report), wherever the report is.
  type: dict
  returned: always, also on failure, unless O(check_options) is V(true)
  sample: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
           "accepted": 0, "risks": 0, "renumbered": 0}
names_not_verified:
  description: Number of subscribers that were found by id alone although their entries give a name, too.
  type: int
  returned: success
  sample: 4750
renumbered:
  description: Subscribers whose entries give an id that is gone or belongs to somebody else, so that the name was used.
  type: list
  elements: dict
  returned: success
  contains:
    subscriber_id: {description: Id of the subscriber., type: int, returned: always}
    subscriber: {description: "Name of the subscriber, V(user@domain).", type: str, returned: always}
    stale_id: {description: Id that the entry gives., type: int, returned: always}
    place: {description: "Place of the entry, C(file:line) or its position in the list.", type: str, returned: always}
  sample:
    - {subscriber_id: 99, subscriber: 4312345@voip.example.com, stale_id: 7, place: "customers/clinic.yml:12"}
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(unreachable), V(server_down), V(not_ngcp),
      V(bad_option) (a set is empty, or two entries name the same subscriber), V(some_failed) (subscribers could not
      be read, as the report says; the task succeeds).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "unreachable", "method": "POST", "path": "/login_jwt", "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
