# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report which subscribers differ from what is declared: find -> read -> plan -> ask who changed it -> report.

Nothing is ever written, with or without check mode.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NotTried,
    SomeFailed,
    facts_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.garbage import rare_collection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.rows import SubscriberFacts, drift_rows
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.settle import RestoreOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff, notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings_journal, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import paging_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey import Survey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import (
    OWN,
    REFERRING,
    SURVEY_OPTIONS,
    SurveyOptions,
    survey_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import outcome as outcomes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import target
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


@dataclass(frozen=True)
class DriftOptions:
    """Options of `fax_drift`."""

    survey: SurveyOptions = field(metadata=group(SurveyOptions))
    restore: RestoreOptions = field(metadata=group(RestoreOptions))
    baseline: object = None
    """The entries of accepted differences, as `baseline.of_task` reads them."""


@rare_collection()
def report_drift(client: Client, options: DriftOptions, check_mode: bool) -> Result:
    """Return the report of all differences from what is declared.

    Raises the error that ends the run early, with the report of what was read until then in its facts.
    """
    read_only, client.read_only = client.read_only, True
    try:
        return _report(client, options)
    finally:
        client.read_only = read_only  # the next task may have the same client


def _report(client: Client, options: DriftOptions) -> Result:
    at = times.now()
    comparison = Comparison(client, options)
    try:
        ended = comparison.run()
    finally:
        comparison.survey.progress.end()
    rows = comparison.rows()
    if ended:
        rows.append(report.failure(str(ended)))
    # Number the rows first: an entry of the baseline accepts only one of several equal rows, by its id.
    rows = report.numbered(rows)
    accepted, _problems = baseline.of_task(options.baseline)
    warnings = baseline.apply(accepted, rows, at.date())
    everybody = comparison.survey.all_outcomes
    names = outcomes.facts_about_names(everybody)
    drift_report = report.make_report(
        schema.DRIFT_REPORT,
        rows,
        len(everybody),
        client.url,
        at,
        comparison.notes(),
        outcomes.names_not_verified(everybody),
    )
    if ended:
        ended.facts = {**ended.facts, "report": drift_report}
        raise ended
    sentences = [*comparison.survey.notices, *warnings, *_warnings(drift_report), *drift_report["notes"]]
    return Result(False, {"report": drift_report, **names, **_unread(drift_report)}, warnings=sentences)


def _unread(drift_report: Report) -> JsonObject:
    """Return `msg` and `error` of the result if subscribers could not be read; the report says so, so nothing fails."""
    totals = drift_report["totals"]
    if drift_report["verdict"] != schema.UNKNOWN:
        return {}
    error = SomeFailed(
        f"{totals['failed']:,} of {totals['subscribers']:,} subscribers could not be read, so it is not known whether "
        "anything else differs",
        "The warnings name the first ones, and the report names all.",
    )
    return {"msg": str(error), "error": facts_of(error)}


def _warnings(drift_report: Report) -> list[str]:
    """Return a warning for each of the first rows about failures and about risks."""
    counted = [row for row in drift_report["rows"] if not row["accepted"]]
    found = []
    for kind, what in ((schema.FAILED, "could not be read"), (schema.RISK, "are risky")):
        rows = [row for row in counted if row["kind"] == kind]
        found += [f"{_prefix(row)}{row['msg']}" for row in rows[: outcomes.MOST_NAMED]]
        if len(rows) > outcomes.MOST_NAMED:
            found.append(f"And {len(rows) - outcomes.MOST_NAMED:,} more {what}: the report has them all.")
    return found


def _prefix(row: Row) -> str:
    """Return the beginning of a sentence about a row's subscriber; empty if the row has none."""
    name = subscribers.called(row)
    return f"{name}: " if name else ""


def _not_read(cause: FaxError) -> NotTried:
    return NotTried(f"Not read: {cause.what}", cause.advice)


class Comparison:
    """The differences between subscribers and their entries, and their authors."""

    def __init__(self, client: Client, options: DriftOptions) -> None:
        self._client, self._options = client, options
        self.survey = Survey(client, options.survey, self._on_plan)
        self._known: dict[int, SubscriberFacts] = {}
        # The number of settings resources that were read of each subscriber, by id.
        self._read: Counter[int] = Counter()
        # The HTTP status of the answer that refuses the journal to this login.
        self._journal_closed: int | None = None
        self._lock = threading.Lock()

    def run(self) -> FaxError | None:
        """Find, read and compare all subscribers, and ask who made the differences.

        Return the error that ended the run early: all subscribers that were not read are then marked as failed. Raises
        `BadOption`.
        """
        try:
            self.survey.run()
            if self._options.survey.only is not None and not self.survey.all_outcomes:
                raise BadOption(
                    f"{option_name('only')} names no subscriber that has an entry, so nothing was compared",
                    "Correct it.",
                )
        except BadOption:
            raise
        except FaxError as error:
            self._mark_unread(error)
            return error
        self._ask()
        return None

    def rows(self) -> list[Row]:
        """Return the rows of all subscribers."""
        return [
            row
            for outcome in self.survey.all_outcomes
            if outcome.error or outcome.active or outcome.plans or outcome.risks or outcome.target.stale_id
            for row in drift_rows(outcome, self._facts_of(outcome), self._options.restore)
        ]

    def notes(self) -> list[str]:
        """Return notes: sentences that the user should read although nothing is wrong."""
        closed = [notes.no_authors(self._journal_closed)] if self._journal_closed else []
        return [*outcomes.notes_about(self.survey.all_outcomes), *closed]

    def _on_plan(self, outcome: Outcome, planned: Plan) -> None:
        """Keep the risks of the current settings."""
        found = risks(planned.resource, planned.before)
        with self._lock:
            self._read[outcome.subscriber.id] += 1
            if found:
                outcome.risks[planned.resource.module] = found

    def _mark_unread(self, cause: FaxError) -> None:
        """Mark all subscribers that were not read as failed, not as clean. `cause` ended the run."""
        survey = self.survey
        if not survey.is_resolved:
            # The members of a set, and their number, are unknown.
            named = [entry for entry in survey.entries if entry.kind != "match" and survey.limit.may_name(entry)]
            survey.unmatched = [Outcome(target.target_of(entry), error=_not_read(cause)) for entry in named]
        for number, outcome in survey.outcomes.items():
            if not outcome.error and self._read[number] < len(survey.declared(outcome)):
                outcome.error = _not_read(cause)

    def _ask(self) -> None:
        """Ask for the customers of subscribers that differ, if unknown, and for the authors of the differences."""
        differing = [each for each in self.survey.outcomes.values() if each.changes and not each.active]
        questions: list[Callable[[], None]] = []
        for outcome in differing:
            self._facts_of(outcome).customer_id = outcome.subscriber.customer_id
            if outcome.subscriber.customer_id is None:
                questions.append(partial(self._ask_customer, outcome))
        questions += [
            partial(self._ask_journal, outcome, planned)
            for outcome in differing
            for planned in outcome.changes
            if planned.resource.module in settings_journal.WITH_JOURNAL
        ]
        self.survey.progress.begin("asking who changed", len(questions))
        concurrency.map_concurrently(self._answer, questions, self.survey.paging.workers)

    def _answer(self, ask: Callable[[], None]) -> None:
        try:
            with self._client.secrets.own():
                ask()
        finally:
            self.survey.progress.count()

    def _ask_customer(self, outcome: Outcome) -> None:
        known = subscribers.of(subscribers.get(self._client, outcome.subscriber))
        facts = self._facts_of(outcome)
        facts.name, facts.customer_id = known.name, known.customer_id

    def _ask_journal(self, outcome: Outcome, planned: Plan) -> None:
        if self._journal_closed:
            return
        names: Sequence[str] = [each.field for each in diff.differences(planned)]
        try:
            found = settings_journal.changes(self._client, planned.resource, outcome.subscriber, planned.before, names)
        except settings_journal.Closed as closed:
            self._journal_closed = closed.status
        else:
            self._facts_of(outcome).changes[planned.resource.module] = found

    def _facts_of(self, outcome: Outcome) -> SubscriberFacts:
        subscriber = outcome.target.subscriber
        if subscriber is None:
            return SubscriberFacts()
        with self._lock:
            return self._known.setdefault(subscriber.id, SubscriberFacts())


def spec_of_drift() -> Spec:
    """Return the spec of `fax_drift`."""
    options: OptionSpecs = {
        **SURVEY_OPTIONS,
        "unmanaged": {"type": "str", "choices": ["ignore", "report"], "default": "report"},
        "baseline": {"type": "raw"},
        "return_rows": {"type": "str", "choices": ["full", "file"], "default": "full"},
    }
    return spec(options, _problems, selector=None, own=OWN, referring=REFERRING)


def _problems(options: Options) -> Problems:
    yield from survey_problems(options)
    yield from paging_problems(options)
    yield from baseline.of_task(options.get("baseline"))[1]


JOB = Job(spec_of_drift(), report_drift, partial(read_options, DriftOptions), LIBRARIES)
