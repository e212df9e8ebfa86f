# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between many subscribers and what is declared: find -> read -> plan -> ask about those that differ ->
report. Nothing is ever written, whatever check mode says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, FaxError, NotTried
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.rows import SubscriberFacts, rows_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff, notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings_journal, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import PAGING
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import (
    BulkRun,
    _fleet_problems,
    spec_of_fleet,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import outcome as results
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import target
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


def report_drift(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The report of what is not as declared.

    Where the run cannot be finished, the error has the report of what was read until then among its facts.
    """
    writes, client.read_only = client.read_only, True
    try:
        return _compare(client, options)
    finally:
        client.read_only = writes  # the next task may have the same client


def _compare(client: Client, options: Mapping[str, Any]) -> Result:
    at = times.now()
    watch = Watch(client, options)
    ended: FaxError | None = None
    try:
        watch.find()
        watch.read()
        if options.get("only") is not None and not watch.rows:
            raise BadOption("only names nobody whom an entry is about, so that nothing was compared", "Correct it.")
    except BadOption:
        raise
    except FaxError as error:
        ended = error
        watch.leave(error)
    else:
        watch.ask()
    finally:
        watch.progress.end()
    found = watch.shown()
    if ended:
        found.append(report.failure(str(ended)))
    # An entry of the baseline means one of several that are alike.
    found = report.numbered(found)
    accepted, _problems = baseline.of_task(options.get("baseline"))
    warnings = baseline.apply(accepted, found, at.date())
    made = report.report("drift", found, len(watch.rows), client.url, at, watch.notes())
    if ended:
        ended.facts = {**ended.facts, "report": made}
        raise ended
    return Result(False, {"report": made}, warnings=[*watch.notices, *warnings, *_warnings(made), *made["notes"]])


def _warnings(made: JsonObject) -> list[str]:
    """What is dangerous, and who could not be read, the first of each."""
    rows = [row for row in made["rows"] if not row["accepted"]]
    found = []
    for kind, what in ((report.FAILED, "could not be read"), (report.RISK, "are risky")):
        those = [row for row in rows if row["kind"] == kind]
        found += [f"{_name(row)}{row['message']}" for row in those[: results.MOST_NAMED]]
        if len(those) > results.MOST_NAMED:
            found.append(f"And {len(those) - results.MOST_NAMED:,} more {what}: `report.rows` has them all.")
    return found


def _name(row: JsonObject) -> str:
    who = row["subscriber"]
    name = f"{who['username']}@{who['domain']}" if who["username"] else f"subscriber {who['id']}" if who["id"] else ""
    return f"{name}: " if name else ""


def _not_read(cause: FaxError) -> NotTried:
    return NotTried(f"Not read: {cause.what}", cause.advice)


class Watch(BulkRun):
    """A fleet that is only looked at."""

    def __init__(self, client: Client, options: Mapping[str, Any]) -> None:
        super().__init__(client, {**options, "return_unchanged": False, "return_rows": "none"})
        self._known: dict[int, SubscriberFacts] = {}
        self._seen: Counter[int] = Counter()
        # The status of the answer that the journal is not for this login.
        self._journal_closed: int | None = None

    def _keep(self, row: Outcome, made: Plan) -> None:
        """The difference, and what is risky about the settings as they are."""
        one = row.subscriber.id
        found = risks(made.resource, made.before)
        with self._lock:
            self._seen[one] += 1
            row.left += made.left
            if found:
                self._of(one).risks[made.resource.name] = found
            if made.operations:
                row.plans[made.resource.module] = made

    def _of(self, one: int) -> SubscriberFacts:
        return self._known.setdefault(one, SubscriberFacts())

    def leave(self, cause: FaxError) -> None:
        """Mark everyone not read as failed: `cause` ended the run."""
        if not self.is_resolved:
            # The members of a set, and their number, are unknown.
            named = [entry for entry in self._entries if entry.kind != "match" and self._only.may_name(entry)]
            self._nobody = [Outcome(target.target_of(entry), error=_not_read(cause)) for entry in named]
        for one, row in self._rows.items():
            if not row.error and self._seen[one] < len(self._declared(row)):
                row.error = _not_read(cause)

    def ask(self) -> None:
        """Ask whose customers those are that differ, unless the look-up told, and who changed them. What cannot be told
        stays open.
        """
        differing = [row for row in self._rows.values() if row.changes and not row.active]
        jobs: list[tuple[Outcome, Plan | None]] = []
        for row in differing:
            customer = self._of(row.subscriber.id).customer = row.subscriber.customer
            jobs += [(row, None)] if customer is None else []
        jobs += [
            (row, made)
            for row in differing
            for made in row.changes
            if made.resource.name in settings_journal.WITH_JOURNAL
        ]
        self.progress.begin("asking who changed", len(jobs))
        concurrency.map_concurrently(self._ask, jobs, self._paging.workers)

    def _ask(self, job: tuple[Outcome, Plan | None]) -> None:
        row, made = job
        try:
            with self._client.secrets.own():
                if made:
                    self._ask_history(row, made)
                else:
                    self._ask_customer(row)
        finally:
            self.progress.count()

    def notes(self) -> list[str]:
        """Return sentences that matter although nothing is wrong."""
        closed = [notes.no_authors(self._journal_closed)] if self._journal_closed else []
        return [*results.notes_of(self.rows), *closed]

    def _ask_customer(self, row: Outcome) -> None:
        item = subscribers.get(self._client, row.subscriber)
        with self._lock:
            known = self._of(row.subscriber.id)
            known.username, known.domain = item.get("username"), item.get("domain")
            known.customer = item.get("customer_id")

    def _ask_history(self, row: Outcome, made: Plan) -> None:
        if self._journal_closed:
            return
        names = [each["field"] for each in diff.of_plan(made)]
        try:
            found = settings_journal.changes(self._client, made.resource, row.subscriber, made.before, names)
        except settings_journal.Closed as closed:
            self._journal_closed = closed.status
            return
        with self._lock:
            self._of(row.subscriber.id).changes[made.resource.module] = found

    def shown(self) -> list[JsonObject]:
        """The rows of everybody."""
        found: list[JsonObject] = []
        for row in self.rows:
            who = row.target.subscriber
            known = self._known.get(who.id) if who else None
            if row.error or row.active or row.plans or (known and known.risks):
                found += rows_of(row, known or SubscriberFacts(), self._options)
        return found


def spec_of_drift() -> Spec:
    """The spec of `fax_drift`."""
    fleet = spec_of_fleet()
    shared = ("subscribers", "src", "defaults", "allow_empty", "only", "scope", "progress")
    names = (*shared, "check_options", *PAGING)
    options: OptionSpecs = {
        **{name: fleet.options[name] for name in names},
        "unmanaged": {"type": "str", "choices": ["ignore", "report"], "default": "report"},
        "baseline": {"type": "raw"},
        "return_rows": {"type": "str", "choices": ["full", "file"], "default": "full"},
    }
    return spec(options, _drift_problems, selector=None, own=fleet.own)


def _drift_problems(options: Options) -> Problems:
    yield from _fleet_problems(options)
    yield from baseline.of_task(options.get("baseline"))[1]


JOB = Job(spec_of_drift(), report_drift, as_given, LIBRARIES)
