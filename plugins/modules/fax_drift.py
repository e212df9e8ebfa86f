#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_drift
short_description: Tell what differs from the declared fax and mail2fax settings
version_added: 0.1.0
description:
  - Compares the settings of many subscribers of a Sipwise NGCP with what is declared in O(subscribers), in state files
    (O(src)) or in both, and returns a report of every difference.
  - It writes nothing, in check mode or not. A login that may only read is enough.
  - About subscribers that differ, and about no others, it also asks whose customers they are and, of their fax
    settings, when the difference was made and by whom. The server keeps no journal of the mail2fax settings.
  - Subscribers that could not be read are in the report, and its verdict is V(unknown) then. Where the whole run comes
    to an end, such as without a connection, the task fails, and has the report of what was read until then.
  - C(docs/drift.md) of the collection describes the report. M(ngcp.fax.fax_report) makes files of it.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._entries
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: Nothing is ever written.
  diff_mode:
    support: none
    details: The report has the differences.
  idempotent:
    support: full
options:
  src:
    description:
      - State files on the controller, folders of them, or globs, relative to the playbook or role, or to the current
        directory. In a folder every C(.yml), C(.yaml), C(.json) and C(.csv) file below it is read.
      - Files and values may be encrypted with ansible-vault. They are data, and hold no templates.
      - The format is described in C(docs/state-files.md) of the collection.
    type: list
    elements: path
  allow_empty:
    description:
      - Whether O(subscribers[].match) may be a set that nobody is in.
    type: bool
    default: false
  only:
    description:
      - Only these subscribers, each V(user@domain) or an id, whoever else is declared or in a set. Nothing is asked
        about those whom an entry names otherwise.
      - With C(ansible_play_hosts_all) and the inventory plugin P(ngcp.fax.subscribers#inventory) it follows C(--limit)
        and the slices of a job (C(docs/scaling.md)).
    type: list
    elements: str
  unmanaged:
    description:
      - Whether the report has rows of subscribers in O(scope) (everybody, without it) whose fax or mail2fax is active
        though no entry is about them.
    type: str
    choices: [ignore, report]
    default: report
  baseline:
    description:
      - Differences that are accepted until a day, as a YAML file on the controller that holds a list, or as the list
        itself.
      - Each entry names a row by its C(id), or by C(subscriber) (V(user@domain)) or C(subscriber_id), with C(resource),
        C(field) and, of a list, perhaps C(element). C(reason) and C(expires), the last day, such as V(2026-12-31), are
        required.
      - C(actual) accepts the row only while the server holds just this value; without it any value is accepted.
      - The rows that it accepts have RV(report.rows[].accepted), and are not counted.
    type: raw
  return_rows:
    description:
      - Where the rows of the report are. Ansible Runner, and with it AWX, shows no result of more than 700,000
        characters.
      - V(file) leaves them to a file of Ansible's own, RV(report_file), which M(ngcp.fax.fax_report) takes as
        O(ngcp.fax.fax_report#module:report) and which is gone when C(ansible-playbook) ends. RV(report) is not
        returned.
    type: str
    choices: [full, file]
    default: full
  check_options:
    description:
      - Whether to check only the options, and O(baseline). The state files are not read, and no request is sent.
    type: bool
    default: false
  progress:
    description:
      - Whether to tell on the standard error how far the task is. On a terminal that is one line that moves, elsewhere
        a line every five seconds.
      - Only a task that runs in Ansible's own process can tell it, but for the decrypting of state files.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.fax_subscribers
  - module: ngcp.fax.fax_state_info
"""

EXAMPLES = r"""
- name: What was changed by hand
  ngcp.fax.fax_drift:
    src: customers/
    baseline: accepted.yml
    scope:
      domain: voip.example.com
  register: drift

- name: Stop if it was anything, or if somebody could not be read
  ansible.builtin.assert:
    that: drift.report.verdict == "clean"
"""

RETURN = r"""
report:
  description: What differs.
  type: dict
  returned: unless O(return_rows) is V(file)
  contains:
    version:
      description: The version of this format.
      type: int
      returned: always
    kind:
      description: V(drift).
      type: str
      returned: always
    generated:
      description: When the run began, in UTC.
      type: str
      returned: always
    server:
      description: The address of the server.
      type: str
      returned: always
    verdict:
      description:
        - V(clean) if nothing differs, V(drift) if something differs or somebody declared is not there, V(unknown) if
          somebody could not be read, whatever else was found.
      type: str
      returned: always
    totals:
      description: How many subscribers and rows there are of each kind. Accepted rows count as C(accepted) only.
      type: dict
      returned: always
    notes:
      description: Sentences that matter although nothing differs, such as how many declared secrets the platform
        renews. They are warnings, too.
      type: list
      elements: str
      returned: always
    rows:
      description:
        - A row for each field that differs, of a list for each entry, and for each subscriber that is V(missing),
          V(unmanaged), V(failed) or a V(risk). A secret's value is not shown.
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
    server: https://ngcp.example.com:1443
    verdict: drift
    totals: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
             "accepted": 0, "risks": 0}
    notes: []
    rows:
      - id: 3f2a90c1d47e
        kind: drift
        subscriber: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
        customer: 17
        resource: faxserversettings
        field: name
        element: null
        change: changed
        expected: Example Clinic
        actual: Clinic
        since: "2026-11-25T16:02:11Z"
        by: ann
        place: customers/clinic.yml:12
        message: null
        accepted: null
        settle:
          accept: "faxserver_settings:\n  name: \"Clinic\"\n"
          restore: >-
            ansible localhost -m ngcp.fax.fax_subscribers --check --diff
            -a '{"src": ["customers"], "only": ["431@voip.example.com"]}'
report_file:
  description: The file that holds RV(report), on the controller, until C(ansible-playbook) ends.
  type: str
  returned: with O(return_rows=file), also if the task fails
  sample: /home/me/.ansible/tmp/ansible-local-4711abc/ngcp.fax-report-xyz.json
verdict:
  description: The verdict of RV(report).
  type: str
  returned: with O(return_rows=file), also if the task fails
  sample: drift
totals:
  description: The totals of RV(report).
  type: dict
  returned: with O(return_rows=file), also if the task fails
  sample: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
           "accepted": 0, "risks": 0}
error:
  description: As that of M(ngcp.fax.fax_subscribers).
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "unreachable", "method": "POST", "path": "/login_jwt", "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
