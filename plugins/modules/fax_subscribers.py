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
  - Sets the settings of many subscribers of a Sipwise NGCP to the values that are declared in O(subscribers), in
    state files (O(src)) or in both.
  - Finds the subscribers that the entries name, reads their settings, plans all changes, and only then writes. It
    sends one JSON Patch (RFC 6902) for each of a subscriber's two settings that differ.
  - A subscriber that fails does not stop the others. The task fails at the end, with a row for each failure.
  - Reads in the cheapest way. Up to 50 subscribers, or O(page_size) if that is less, are read one by one. For more
    subscribers, the first pages tell how many there are on the server. The module continues to read pages as long as
    they contain at least half of the subscribers that it needs, and reads the rest one by one. A page has at most
    O(page_size) items and, if more than 100 subscribers are needed, at most half of their number.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._entries
  - ngcp.fax._limits
  - ngcp.fax._paging
  - ngcp.fax._state_files
attributes:
  check_mode:
    support: full
    details: Returns the same rows, patches and totals as the real run, and applies the same limits.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: An interrupted run leaves no setting half written. Run it again to do the rest.
options:
  unmanaged:
    description:
      - What to do about subscribers whose fax or mail2fax is active although no entry names them. O(unmanaged_match)
        restricts this to some of them.
      - V(report) adds rows with the status V(unmanaged) to the result. V(deactivate) sets C(active) to false.
      - If the run could not find every declared subscriber, a name may be misspelt. It then reports unmanaged
        subscribers and deactivates none.
    type: str
    choices: [ignore, report, deactivate]
    default: ignore
  verify_at_end:
    description:
      - Which subscribers to read again, in the cheapest way, after all writes. A subscriber that no longer holds what
        the run wrote fails with the kind V(overwritten) in RV(subscribers[].error), and counts as changed.
      - V(lists) reads settings with a list that was written in the mode V(add) or V(remove), such as
        O(ngcp.fax.faxserver_settings#module:destinations_mode). Several writers share such lists, and the server has
        no locking. If two of them write at the same moment, one write is lost, although the server reports success
        for both.
      - V(all) reads every subscriber that was written, V(none) reads none.
      - A secret that the platform renews does not count. A subscriber that failed before is not read again.
    type: str
    choices: [lists, all, none]
    default: lists
  plan:
    description:
      - A reviewed plan to apply, as a file on the controller or as its content. A plan is the report of a run in
        check mode, RV(report), which M(ngcp.fax.fax_report) writes as C(report.json).
      - The run writes nothing beyond the plan. If a subscriber's settings or declared values have changed since, it
        writes nothing at all, and the message names the difference. After the first write it leaves out only the
        subscriber that changed, which fails.
      - Values that are as declared by now count as done, so that an interrupted run can continue with its plan.
      - A plan is for one server. It says that a secret changes, but not its old or new value.
    type: raw
  return_report:
    description:
      - Whether to return RV(report), from which M(ngcp.fax.fax_report) makes files.
    type: bool
    default: false
  return_rows:
    description:
      - How much RV(subscribers) contains. Ansible Runner, and therefore AWX, does not show a result of more than
        700,000 characters. The default is V(full), or V(brief) with O(return_report), because the report has the
        rest.
      - V(full) returns each row with its RV(subscribers[].patch). V(brief) omits what was written or would be
        written. V(none) omits RV(subscribers).
      - V(file) puts the report, and with it the rows, into RV(report_file), a temporary file that exists until
        C(ansible-playbook) ends, for M(ngcp.fax.fax_report). RV(subscribers), RV(risks) and RV(report) are omitted.
    type: str
    choices: [full, brief, none, file]
  check_options:
    description:
      - Whether to check only the options, and that O(plan) is a plan. The task then reads no state file, sends no
        request and writes nothing.
    type: bool
    default: false
  return_unchanged:
    description:
      - Whether to return rows for subscribers that are as declared. By default they are only counted.
    type: bool
    default: false
  progress:
    description:
      - Whether to report progress on standard error, with a summary at the end. On a terminal this is one line that
        is updated in place, elsewhere one line every five seconds.
      - Only a task that runs inside Ansible's own process reports its progress. Decrypting state files always does.
    type: bool
    default: true
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.mailtofax_settings
  - module: ngcp.fax.fax_settings_info
  - module: ngcp.fax.fax_report
  - module: ngcp.fax.fax_state_info
notes:
  - O(workers) is the maximum of concurrent requests and of connections. While the server is busy (HTTP 429, 502, 503,
    504) or much slower than before, the module sends fewer requests at a time, down to one, and then more again.
  - The server has no locking. Where what is written depends on what was read, the module reads it again just before.
    Never change the same subscriber from two machines at once. O(verify_at_end) detects writes that were lost that way.
  - Concurrent writes of neighbouring subscribers deadlock in the server's database. Therefore each worker writes its
    own block of ids, and subscribers whose ids are less than eight apart are never written at the same time.
  - An interrupted run (Ctrl-C) finishes the subscribers that it has begun to write and starts no other. It does not
    retry a failed write.
"""

EXAMPLES = r"""
- name: Apply the state files of all customers
  ngcp.fax.fax_subscribers:
    src: customers/
    max_changes: 5%
    max_deactivations: 10

- name: Activate fax for a domain, except for one subscriber
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
    unmanaged_match:
      domain: voip.example.com

- name: Make a plan for review
  ngcp.fax.fax_subscribers:
    src: customers/
    return_report: true
  check_mode: true
  register: planned

- name: Apply exactly this plan
  ngcp.fax.fax_subscribers:
    src: customers/
    plan: "{{ planned.report }}"
"""

RETURN = r"""
subscribers:
  description: A row for each subscriber that differs, failed or is unmanaged. In check mode, and if a limit stopped
    the run, the row shows what would have been written.
  type: list
  elements: dict
  returned: if any subscriber was looked at, unless O(return_rows) is V(none) or V(file)
  contains:
    subscriber_id:
      description: Id of the subscriber. Null if it was not found, unless the entry names it by id.
      type: int
      returned: always
    subscriber:
      description: Name of the subscriber, V(user@domain). Null if the entry names it by id. If it was not found, the
        name in the entry, or null if the entry names it by external id.
      type: str
      returned: always
    status:
      description: V(changed), V(failed), V(unmanaged) or, with O(return_unchanged), V(unchanged).
      type: str
      returned: always
    place:
      description: Place that names the subscriber, C(file:line) or the position of the entry. If no entry names it,
        the last set that it is in.
      type: str
      returned: if the subscriber is declared
    patch:
      description: Operations for each of the settings. Secrets are masked.
      type: dict
      returned: if something differs, and O(return_rows) is V(full)
    diff:
      description: C(before) and C(after) with the options that differ, for each of the settings. Secrets are masked.
      type: dict
      returned: as RV(subscribers[].patch), and with C(--diff)
    places:
      description: Place of the entry that each value comes from, by settings and option.
      type: dict
      returned: as RV(subscribers[].patch), and if a value comes from another place than the row
    applied:
      description: Whether the module sent a patch or, after a failure, may have sent one. Always false in check mode.
      type: bool
      returned: if something differs
    read_at:
      description: When the settings were read that the patch begins with, in UTC.
      type: str
      returned: if something differs
    changed_meanwhile:
      {description: Undeclared options that others have changed since then., type: dict, returned: if there are any}
    left_to_renewal:
      description: Declared secrets that differ on the server and that the module did not set, because the platform
        renews them.
      type: list
      elements: str
      returned: if there is one
    active_settings:
      description: Which settings of an unmanaged subscriber are active.
      type: list
      elements: str
      returned: if the subscriber is not declared
    error:
      description:
        - C(msg), and C(kind), C(method), C(path) and C(status) as in RV(error).
        - C(settings) names which of the two settings failed, if it was one. The other may have been written before.
      type: dict
      returned: failure
  sample:
    - subscriber_id: 3
      subscriber: 4312345@voip.example.com
      status: changed
      place: customers/clinic.yml:12
      patch: {"faxserver_settings": [{"op": "replace", "path": "/active", "value": true}]}
      applied: true
      read_at: "2026-11-26T02:00:07+00:00"
totals:
  description: Number of subscribers, and of those with each status.
  type: dict
  returned: success, or if subscribers failed or a limit stopped the run
  sample: {"subscribers": 5000, "unchanged": 4749, "changed": 250, "failed": 1, "unmanaged": 0}
names_not_verified:
  description: Number of subscribers that were found by id alone although their entries give a name, too.
  type: int
  returned: success, or if subscribers failed or a limit stopped the run
  sample: 4750
renumbered:
  description: Subscribers whose entries give an id that is gone or belongs to somebody else, so that the name was used.
  type: list
  elements: dict
  returned: success, or if subscribers failed or a limit stopped the run
  contains:
    subscriber_id: {description: Id of the subscriber., type: int, returned: always}
    subscriber: {description: "Name of the subscriber, V(user@domain).", type: str, returned: always}
    stale_id: {description: Id that the entry gives., type: int, returned: always}
    place: {description: "Place of the entry, C(file:line) or its position in the list.", type: str, returned: always}
  sample:
    - {subscriber_id: 99, subscriber: 4312345@voip.example.com, stale_id: 7, place: "customers/clinic.yml:12"}
notes:
  description: Sentences that matter although nothing is wrong, such as how many declared secrets are not set because
    the platform renews them. They are also warnings.
  type: list
  elements: str
  returned: success, or if subscribers failed or a limit stopped the run
risks:
  description: Dangers in the settings as they are or will be. The first ten are also warnings.
  type: list
  elements: dict
  returned: success, or if subscribers failed or a limit stopped the run, unless O(return_rows) is V(file)
  contains:
    subscriber_id: {description: "As RV(subscribers[].subscriber_id).", type: int, returned: always}
    subscriber: {description: "As RV(subscribers[].subscriber).", type: str, returned: always}
    settings: {description: "V(faxserver_settings) or V(mailtofax_settings).", type: str, returned: always}
    place: {description: "As RV(subscribers[].place).", type: str, returned: always}
    msg: {description: The danger and what to do about it., type: str, returned: always}
  sample:
    - subscriber_id: 3
      subscriber: 4312345@voip.example.com
      settings: mailtofax_settings
      place: customers/clinic.yml:12
      msg: mailtofax_settings is active with neither a secret_key nor an acl.
report:
  description:
    - What was written, as a report from which M(ngcp.fax.fax_report) makes files (C(docs/reports.md)).
    - In check mode, and if a limit stopped the run, what would have been written, as a plan for O(plan).
  type: dict
  returned: with O(return_report), also on failure
  sample:
    version: 1
    kind: plan
    generated: "2026-11-26T02:00:00Z"
    api_url: https://ngcp.example.com:1443
    verdict: drift
    totals: {"subscribers": 5000, "unchanged": 4999, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0, "rows": 1,
             "accepted": 0, "risks": 0, "renumbered": 0}
    names_not_verified: 4750
    notes: []
    rows:
      - {id: 3f2a90c1d47e, kind: changed, subscriber_id: 3, subscriber: 4312345@voip.example.com, customer_id: null,
         settings: faxserver_settings, field: active, element: null, change: changed, expected: true, actual: false,
         changed_at: null, changed_by: null, place: "customers/clinic.yml:12", msg: null, accepted: null, settle: null}
report_file:
  description: Path of the file with RV(report) on the controller. It exists until C(ansible-playbook) ends.
  type: str
  returned: with O(return_rows=file), also on failure
  sample: /home/me/.ansible/tmp/ansible-local-4711abc/ngcp.fax-report-xyz.json
verdict:
  description: Verdict of RV(report), wherever the report is.
  type: str
  returned: with O(return_report) or O(return_rows=file), also on failure
  sample: drift
pace:
  description: Load on the server. C(fewest_workers) is the lowest number of concurrent requests that O(workers) was
    reduced to, C(busy_answers) counts the answers that said that the server was busy.
  type: dict
  returned: success, or if subscribers failed or a limit stopped the run
  sample: {"fewest_workers": 4, "busy_answers": 0}
diff:
  description: What differs, for each of the settings. If a limit stopped the run, what it stopped.
  type: list
  elements: dict
  returned: with C(--diff), on success, or if subscribers failed or a limit stopped the run
  sample:
    - before_header: 4312345@voip.example.com faxserver_settings
      after_header: 4312345@voip.example.com faxserver_settings
      before: {"active": false}
      after: {"active": true}
error:
  description:
    - C(kind) names the kind of failure, such as V(some_failed), V(limit_exceeded), V(plan_outdated) (O(plan) no longer
      applies), V(login_refused), V(unreachable), V(bad_option) (a set is empty, or two entries name the same
      subscriber).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
    - C(read_only) is present and true if the login may only read.
  type: dict
  returned: failure
  sample: {"kind": "some_failed", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
