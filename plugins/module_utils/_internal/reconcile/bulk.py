# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring many subscribers to their declared settings: find -> read -> plan -> check the limits -> write -> verify.

Nothing is written before everything is planned and the limits allow it. One worker alone writes the settings of a
subscriber, and reads them again before where it matters (docs/design.md#look-again-where-it-matters).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import (
    JobQueue,
    SpacedJobQueue,
    finishing,
    interruptible,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LimitExceeded,
    NotFound,
    NotTried,
    PlanOutdated,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.garbage import rare_collection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import paging_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import limits, recheck, saved_plan, single
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.limits import ChangeLimits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.recheck import Circumstances
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.saved_plan import SavedPlan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.summary import ResultOptions, Summary
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey import INACTIVE, Survey, Unmanaged
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import (
    OWN,
    REFERRING,
    SURVEY_OPTIONS,
    SurveyOptions,
    survey_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.verification import Verification, Written
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


@dataclass(frozen=True)
class SubscribersOptions:
    """Options of `fax_subscribers`."""

    survey: SurveyOptions = field(metadata=group(SurveyOptions))
    limits: ChangeLimits = field(metadata=group(ChangeLimits))
    result: ResultOptions = field(metadata=group(ResultOptions))
    verify_at_end: str = "lists"
    """The written settings to read again at the end: `lists` (those with merged lists), `all`, or `none`."""
    recheck_after: float = 60
    """The age of settings, in seconds, from which they are read again before they are written."""
    plan: Report | None = None
    """The report of a run in check mode; nothing is done that it does not contain."""


@rare_collection()
def reconcile_many(client: Client, options: SubscribersOptions, check_mode: bool) -> Result:
    """Bring all subscribers of the entries to their declared settings; in check mode, return what would be done."""
    run = BulkRun(client, options)
    progress = run.survey.progress
    try:
        run.plan()
        run.check_limits()
        if not check_mode:
            run.write()
            run.verify()
        summary = run.summary(check_mode)
        progress.end(summary.line())
        return summary.result(run.warnings)
    except BaseException:
        progress.end()
        raise


class BulkRun:
    """A run that writes the settings of many subscribers."""

    def __init__(self, client: Client, options: SubscribersOptions) -> None:
        self._client, self._options = client, options
        self.survey = Survey(client, options.survey, _keep_risks)
        self.warnings: list[str] = []
        self._saved_plan = SavedPlan(options.plan, client.url) if options.plan is not None else None

    def plan(self) -> None:
        """Find and read all subscribers, and plan the changes."""
        found = self.survey.run()
        if found and self._options.survey.unmanaged == "deactivate" and self._everybody_is_found():
            for each in found:
                _plan_deactivation(each)

    def check_limits(self) -> None:
        """Check the planned changes against the limits and the saved plan.

        Raises `LimitExceeded` if they are more than allowed, or if too many subscribers have failed, and `PlanOutdated`
        if they differ from the saved plan. The error's facts show what would be done.
        """
        planned = self._planned()
        everybody = self.survey.all_outcomes
        try:
            limits.check(self._options.limits, len(everybody), len(planned), _deactivated(planned))
            limits.check_failures(self._options.limits, self.survey.failures)
            if self._saved_plan:
                self._saved_plan.check_ids(each.target for each in self.survey.all_outcomes)
                self._saved_plan.check_all(
                    ((outcome.subscriber, change) for outcome in planned for change in outcome.changes),
                    self.survey.limit.has,
                    self._declared_by_entries,
                    self._is_deactivated,
                )
        except (LimitExceeded, PlanOutdated) as error:
            would_be = self.summary(check_mode=True)
            error.facts = {**would_be.facts(stopped=error), "changed": False, **would_be.diff()}
            raise

    def write(self) -> None:
        """Write the differences. An interruption takes effect between two subscribers."""
        planned = self._planned()
        self.survey.progress.begin("writing", len(planned))
        jobs = SpacedJobQueue(
            lambda number: self._write_one(jobs, self.survey.outcomes[number]),
            [outcome.subscriber.id for outcome in planned],
        )
        with interruptible(jobs.stop, self._report_early_end):
            jobs.run(self.survey.paging.workers)
        cause = self.survey.fatal or LimitExceeded(
            f"{option_name('max_failures')} was reached", "Correct them, and run it again for the rest."
        )
        for outcome in planned:
            if not outcome.tried:
                outcome.error = NotTried(f"Not tried: {cause.what}", cause.advice)

    def verify(self) -> None:
        """Read again the settings that others may have overwritten since, as `verify_at_end` says."""
        if self.survey.fatal:
            return
        due = [written for written in self._written() if written.is_due(self._options.verify_at_end)]
        verification = Verification(self._client, self.survey.paging, self.survey.progress, self.survey.fail)
        with interruptible(verification.stop, self._report_early_end):
            verification.run(due)

    def summary(self, check_mode: bool) -> Summary:
        """Return the summary of the changes that were made or, in check mode, would be made."""
        return Summary(self.survey, self._options.result, self._client.url, check_mode)

    def _planned(self) -> list[Outcome]:
        return [outcome for outcome in self.survey.outcomes.values() if outcome.changes and not outcome.error]

    def _written(self) -> Iterator[Written]:
        for outcome in self.survey.outcomes.values():
            if outcome.written and not outcome.error:
                declared = self.survey.declared(outcome)
                for change in outcome.changes:
                    if change.resource.module in outcome.written:
                        yield Written(outcome, change, declared[change.resource.module])

    def _everybody_is_found(self) -> bool:
        """Return True if every entry, even one that `only` excludes, names a subscriber on the server.

        A subscriber that was not found may be one of the unmanaged, if its entry is misspelt or it was renamed.
        """
        if self.survey.unmatched or any(map(_is_missing, self.survey.outcomes.values())):
            return False
        skipped = self.survey.skipped
        named = {entry.key: str(entry.value) for entry in skipped}
        present = all_settings.present(self._client, named, self.survey.paging) if named else set()
        missing = [f"{entry} ({entry.place})" for entry in skipped if entry.key not in present]
        if missing:
            more = f" and {len(missing) - 1:,} more" if missing[1:] else ""
            self.warnings.append(
                f"Nobody unmanaged is deactivated: {missing[0]}{more} was not found, and may be one of them."
            )
        return not missing

    def _declared_by_entries(self, number: int) -> dict[str, JsonObject] | None:
        """Return the fields that entries declare for a subscriber, by module; None if no entry is about it."""
        outcome = self.survey.outcomes.get(number)
        return self.survey.declared(outcome) if outcome and outcome.target.entries else None

    def _is_deactivated(self, number: int) -> bool:
        """Return True if a subscriber without an entry is already inactive, or is deactivated by this run."""
        outcome = self.survey.outcomes.get(number)
        return self._options.survey.unmanaged == "deactivate" and (not outcome or bool(outcome.plans))

    def _write_one(self, jobs: JobQueue, outcome: Outcome) -> None:
        outcome.tried = True
        desired = self.survey.declared(outcome)
        with self._client.secrets.own(), ExitStack() as begun:
            for planned in outcome.changes:
                try:
                    if self._apply(outcome, planned, desired[planned.resource.module]).operations:
                        outcome.written |= {planned.resource.module}
                        begun.enter_context(finishing())
                except Exception as error:  # noqa: BLE001  # a fault with one subscriber does not stop the others
                    # A fault does not say how far the write came; assume that it took effect.
                    if getattr(error, "facts", {"applied": True}).get("applied"):
                        outcome.written |= {planned.resource.module}
                    self.survey.fail(outcome, error, jobs, planned.resource)
                    break
        if self._options.limits.reached_by(self.survey.failures):
            jobs.stop()
        self.survey.progress.count(changed=outcome.applied, failed=bool(outcome.error))

    def _apply(self, outcome: Outcome, planned: Plan, desired: JsonObject) -> Plan:
        """Write one settings resource of one subscriber, and keep the plan of the changes made."""
        resource = planned.resource
        self._client.secrets.update(single.declared_secrets(resource, desired))
        applied = single.apply(
            self._client,
            resource,
            outcome.subscriber,
            desired,
            partial(self._check_again, outcome, planned),
            known=None if self._must_look_again(planned, desired) else planned,
        )
        outcome.plans[resource.module] = applied
        return applied

    def _must_look_again(self, planned: Plan, desired: JsonObject) -> bool:
        """Return True if settings must be read again before they are written."""
        circumstances = Circumstances(
            age=planned.read.age if planned.read else math.inf,
            recheck_after=self._options.recheck_after,
            is_reviewed=self._saved_plan is not None,
            shows_unknown_keys=self.survey.shows_unknown_keys,
        )
        return recheck.is_due(planned, desired, circumstances)

    def _check_again(self, outcome: Outcome, first: Plan, again: Plan, whole: Plan) -> None:
        """Check the plan `again`, made from settings that were read again just before a write.

        `first` is the plan that the limits have counted, `whole` the plan of this write and the earlier ones. Raises
        `Unverified` if a deactivation was not counted, and `PlanOutdated` if the saved plan does not contain the
        change.
        """
        is_repeated = again is not whole
        # A failure shows the last attempt.
        if not is_repeated:
            outcome.plans[again.resource.module] = whole
        if again.operations and self._saved_plan:
            self._saved_plan.check(outcome.subscriber, again, is_repeated)
        if again.deactivates and not first.deactivates and self._options.limits.max_deactivations is not None:
            raise Unverified(
                f"{outcome.name} was activated since the run began, and would be deactivated now", "Run it again."
            )
        outcome.plans[again.resource.module] = whole

    def _report_early_end(self) -> None:
        changed = sum(outcome.applied for outcome in self.survey.outcomes.values())
        self.survey.progress.abort(
            f"ended early, {changed:,} changed; begun work is complete, and another run does the rest"
        )


def _keep_risks(outcome: Outcome, planned: Plan) -> None:
    """Keep the risks of the settings as they will be."""
    found = risks(planned.resource, planned.after)
    if found:  # a list for each of a hundred thousand would take some ten megabytes
        outcome.risks[planned.resource.module] = found


def _plan_deactivation(unmanaged: Unmanaged) -> None:
    unmanaged.outcome.plans = {
        module: plan(SETTINGS[module], INACTIVE, current) for module, current in unmanaged.settings.items()
    }


def _deactivated(planned: Sequence[Outcome]) -> list[str]:
    """Return the names of the subscribers that would be deactivated."""
    return [
        outcome.name if outcome.target.entries else f"{outcome.name}, unmanaged"
        for outcome in planned
        if any(change.deactivates for change in outcome.changes)
    ]


def _is_missing(outcome: Outcome) -> bool:
    """Return True if the server does not have the subscriber."""
    return isinstance(outcome.error, NotFound) and bool(outcome.error.method)


def spec_of_subscribers() -> Spec:
    """Return the spec of `fax_subscribers`."""
    options: OptionSpecs = {
        **SURVEY_OPTIONS,
        "unmanaged": {"type": "str", "choices": ["ignore", "report", "deactivate"], "default": "ignore"},
        "max_changes": {"type": "raw"},
        "max_deactivations": {"type": "int"},
        "max_failures": {"type": "int"},
        "verify_at_end": {"type": "str", "choices": ["lists", "all", "none"], "default": "lists"},
        "recheck_after": {"type": "int", "default": 60},
        "plan": {"type": "raw"},
        "return_report": {"type": "bool", "default": False},
        "return_rows": {"type": "str", "choices": ["full", "brief", "none", "file"]},
        "return_unchanged": {"type": "bool", "default": False},
    }
    return spec(options, _problems, selector=None, own=OWN | {"plan"}, referring=REFERRING)


def _problems(options: Options) -> Problems:
    yield from survey_problems(options)
    yield from limits.problems(options)
    yield from saved_plan.problems(options.get("plan"))
    yield from not_between(options, "recheck_after", 0, math.inf)
    yield from paging_problems(options)


JOB = Job(spec_of_subscribers(), reconcile_many, partial(read_options, SubscribersOptions), LIBRARIES)
