#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_subscribers
short_description: Manage the fax and mail2fax settings of many subscribers in one task
version_added: 0.1.0
description:
  - Brings the settings of many subscribers of a Sipwise NGCP to what is declared in O(subscribers), in state files
    (O(src)) or in both.
  - It finds out whom the entries are about, reads what the server has, plans everything, and only then writes what
    differs, one JSON Patch (RFC 6902) for each of a subscriber's two settings.
  - A subscriber that fails does not stop the others. The task fails at the end, with a row for each of them.
  - Where it must know the settings of many, it reads the cheapest way. Up to 50 subscribers, or O(page_size) if that
    is less, are read one by one. If there are more, the first pages tell how many there are, and pages are read as long
    as at least half of the subscribers on them are wanted; all others are read one by one. No page has more than
    O(page_size) items, or than half of those that are wanted where that is above 50.
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
    details: The same rows, patches and totals as in the real run, and the same guards.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: A run that was interrupted has written whole settings only; run again, it does what is left.
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
      - Who is not on the server fails, whether an entry is about them or not, for the name may be misspelt.
      - With C(ansible_play_hosts_all) and the inventory plugin P(ngcp.fax.subscribers#inventory) it follows C(--limit)
        and the slices of a job (C(docs/scaling.md)).
    type: list
    elements: str
  unmanaged:
    description:
      - What to do about subscribers in O(scope) whose fax or mail2fax is active though no entry is about them.
      - V(report) adds rows of the status V(unmanaged) to the result, V(deactivate) sets C(active) to false.
      - Nobody is deactivated in a run that could not find everybody who is declared, for a name may be misspelt; they
        are reported.
    type: str
    choices: [ignore, report, deactivate]
    default: ignore
  max_changes:
    description:
      - How many subscribers may be changed, a number such as V(50) or a part such as V(5%) of all whom the entries are
        about, rounded down; a percentage above V(0%) allows at least one. If it were more, nothing is written and the
        task fails.
    type: raw
  max_deactivations:
    description:
      - How many subscribers may lose a fax or mail2fax that is active now. If it were more, nothing is written and the
        task fails.
    type: int
  max_failures:
    description:
      - After so many subscribers that failed no other one is written. If as many failed before the first write, nothing
        is written.
    type: int
  verify_at_end:
    description:
      - Which subscribers are read again once everything is written, in the cheapest way. A subscriber that no longer
        holds what was written fails, with the kind V(overwritten) in RV(subscribers[].error), and counts as changed.
      - V(lists) reads the settings in which a list was written with a mode of V(add) or V(remove), such as
        O(subscribers[].faxserver_settings.destinations_mode). Several people write such lists, and the server has no
        locking. Of two writes at the same moment one is lost, although the server reports success for both.
      - V(all) reads every subscriber that was written, V(none) reads none.
      - A secret that the platform renews by itself does not count. A subscriber that failed before is not read again.
    type: str
    choices: [lists, all, none]
    default: lists
  plan:
    description:
      - A plan that was looked at, a file on the controller or its content. It is the report of a run in check mode,
        RV(report), which M(ngcp.fax.fax_report) writes as C(report.json).
      - Nothing beyond it is written. Where a subscriber's settings have changed since, or something else is declared
        for it, nothing is written at all; the message says what it is. After the first write only the one that moved
        is left out, and fails.
      - What is as declared by now counts as done, so that an interrupted run can go on with its plan.
      - A plan is about one server. Of secrets it says that they change, not from what and to what.
    type: raw
  return_report:
    description:
      - Whether to return RV(report) as well, of which M(ngcp.fax.fax_report) makes files.
    type: bool
    default: false
  return_rows:
    description:
      - How much RV(subscribers) holds; by default V(full), or V(brief) with O(return_report), because the report holds
        the rest. Ansible Runner, and with it AWX, shows no result of more than 700,000 characters.
      - V(full) is a row for each with its RV(subscribers[].patch); V(brief) leaves out what was or would be written;
        V(none) leaves out RV(subscribers).
      - V(file) leaves the rows to the report. It is in a file of Ansible's own then, RV(report_file), which
        M(ngcp.fax.fax_report) takes as O(ngcp.fax.fax_report#module:report) and which is gone when C(ansible-playbook)
        ends. RV(subscribers), RV(risks) and RV(report) are not returned.
    type: str
    choices: [full, brief, none, file]
  check_options:
    description:
      - Whether to check only the options, and that O(plan) is a plan. The state files are not read, no request is sent,
        and nothing is written.
    type: bool
    default: false
  return_unchanged:
    description:
      - Whether subscribers that are as declared have rows as well. Otherwise they are only counted.
    type: bool
    default: false
  progress:
    description:
      - Whether to tell on the standard error how far the task is, and in the end what became of all. On a terminal that
        is one line that moves, elsewhere a line every five seconds.
      - Only a task that runs in Ansible's own process can tell it, but for the decrypting of state files.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.mailtofax_settings
  - module: ngcp.fax.fax_settings_info
  - module: ngcp.fax.fax_report
  - module: ngcp.fax.fax_state_info
notes:
  - O(workers) is the most requests at the same time, and the most connections. While the server answers that it is busy
    (HTTP 429, 502, 503, 504) or much slower than before, there are fewer, down to one, and then more again.
  - The server has no locking. Each subscriber is read again just before it is written. Never change the same one from
    two machines at once. O(verify_at_end) detects writes that were lost that way.
  - Writes of neighbouring subscribers at the same moment deadlock in the server's database. Therefore each worker
    writes its own block of ids, and subscribers whose ids are fewer than eight apart are never written at the same
    moment.
  - An interrupted run (Ctrl-C) finishes the subscribers that it has begun to write, and begins no other. It does not
    wait for another try of a write that failed.
"""

EXAMPLES = r"""
- name: The fax settings of all customers are as the files say
  ngcp.fax.fax_subscribers:
    src: customers/
    max_changes: 5%
    max_deactivations: 10

- name: Everybody in a domain, and one of them otherwise
  ngcp.fax.fax_subscribers:
    defaults:
      faxserver_settings:
        t38: true
    subscribers:
      - match:
          domain: voip.example.com
        faxserver_settings:
          active: true
      - subscriber: 4312345@voip.example.com
        faxserver_settings:
          active: false
    unmanaged: report
    scope:
      domain: voip.example.com

- name: Plan, for somebody to look at
  ngcp.fax.fax_subscribers:
    src: customers/
    return_report: true
  check_mode: true
  register: planned

- name: Do exactly this
  ngcp.fax.fax_subscribers:
    src: customers/
    plan: "{{ planned.report }}"
"""

RETURN = r"""
subscribers:
  description:
    - A row for each subscriber that is not as declared, that failed, or that is unmanaged. In check mode, and if a
      guard stopped the run, it says what would have been.
  type: list
  elements: dict
  returned: if any subscriber was looked at, unless O(return_rows) is V(none) or V(file)
  contains:
    subscriber:
      description:
        - The subscriber's C(id), C(username) and C(domain). Named by id, only that is known; not found, only the name
          that the entry gives.
      type: dict
      returned: always
    status:
      description: V(changed), V(failed), V(unmanaged) or, with O(return_unchanged), V(unchanged).
      type: str
      returned: always
    place:
      description:
        - Where the subscriber is named, C(file:line) or the entry's number, or else the last set that it is in.
      type: str
      returned: if an entry is about the subscriber
    patch:
      description: The operations by settings. A secret's value is not shown.
      type: dict
      returned: if something differs, and O(return_rows) is V(full)
    diff:
      description: C(before) and C(after), by settings the options that differ. A secret's value is not shown.
      type: dict
      returned: as RV(subscribers[].patch), and with C(--diff)
    sources:
      description: By settings and option, the place of the entry that a value comes from.
      type: dict
      returned: as RV(subscribers[].patch), and if one of them differs from the place of the row
    applied:
      description: Whether a patch was sent, or after a failure may have been. Never in check mode.
      type: bool
      returned: if something differs
    active:
      description: Which settings of an unmanaged subscriber are active.
      type: list
      elements: str
      returned: if no entry is about the subscriber
    error:
      description:
        - C(msg), and C(kind), C(method), C(path) and C(status) as in RV(error).
        - C(settings) says which of the two settings it was, if it was one. The other one may have been written before.
      type: dict
      returned: failure
  sample:
    - subscriber: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
      status: changed
      place: customers/clinic.yml:12
      patch: {"faxserver_settings": [{"op": "replace", "path": "/active", "value": true}]}
      applied: true
totals:
  description: How many subscribers there are, and how many of each status.
  type: dict
  returned: success, or subscribers failed, or a guard stopped the run
  sample: {"subscribers": 5000, "unchanged": 4749, "changed": 250, "failed": 1, "unmanaged": 0}
notes:
  description: Sentences that matter although nothing is wrong, such as how many declared secrets are not set because
    the platform renews them. They are warnings, too.
  type: list
  elements: str
  returned: success, or subscribers failed, or a guard stopped the run
risks:
  description: What is dangerous about settings as they are or will be. The first ten are warnings, too.
  type: list
  elements: dict
  returned: success, or subscribers failed, or a guard stopped the run; unless O(return_rows) is V(file)
  sample:
    - subscriber: 4312345@voip.example.com
      place: customers/clinic.yml:12
      risk: mailtofaxsettings is active with neither a secret_key nor an acl.
report:
  description:
    - What was written, as a report that M(ngcp.fax.fax_report) makes files of (C(docs/reports.md)). In check mode, or
      if a guard stopped the run, it is what would have been written, a plan for O(plan).
  type: dict
  returned: with O(return_report), also if the task fails
  sample:
    version: 1
    kind: plan
    generated: "2026-11-26T02:00:00Z"
    server: https://ngcp.example.com:1443
    verdict: drift
    totals: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
             "accepted": 0, "risks": 0}
    notes: []
    rows:
      - id: 3f2a90c1d47e
        kind: changed
        subscriber: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
        customer: null
        resource: faxserversettings
        field: active
        element: null
        change: changed
        expected: true
        actual: false
        since: null
        by: null
        place: customers/clinic.yml:12
        message: null
        accepted: null
        settle: null
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
pace:
  description:
    - How the server bore it. C(fewest_workers) is the least number of requests at the same time that O(workers) came
      down to, C(busy_answers) how often the server said that it was busy.
  type: dict
  returned: success, or subscribers failed, or a guard stopped the run
  sample: {"fewest_workers": 4, "busy_answers": 0}
diff:
  description: What differs, for each of the settings; if a guard stopped the run, what it stopped.
  type: list
  elements: dict
  returned: with C(--diff); success, or subscribers failed, or a guard stopped the run
  sample:
    - before_header: 4312345@voip.example.com faxserversettings
      after_header: 4312345@voip.example.com faxserversettings
      before: {"active": false}
      after: {"active": true}
error:
  description:
    - C(kind) says what kind of failure it was, such as V(some_failed), V(too_many) (a guard), V(moved) (not what
      O(plan) says), V(login_refused), V(unreachable), V(bad_option) (a set is
      empty, or two entries name the same subscriber).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way, C(read_only) if the
      login may only read.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "some_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
