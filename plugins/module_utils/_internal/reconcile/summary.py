# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the result of a run over many subscribers: rows, totals, diff and report. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey import Survey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.change_rows import change_rows
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import outcome as outcomes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Detail, Outcome


@dataclass(frozen=True)
class ResultOptions:
    """Options for how much the result shows."""

    return_report: bool = False
    return_rows: str | None = None
    """`full`, `brief`, `none` or `file`; None means `brief` next to a report, which has the same facts, or `full`."""
    return_unchanged: bool = False
    """Show unchanged subscribers, too."""
    _diff: bool = True

    @property
    def shows_diff(self) -> bool:
        """True if the user asked for a diff."""
        return self._diff

    @property
    def has_report(self) -> bool:
        """True if the result holds a report."""
        return self.return_report or self.return_rows == "file"

    @property
    def detail(self) -> Detail | None:
        """The detail of each row; None for no rows."""
        extent = self.return_rows or ("brief" if self.has_report else "full")
        if extent in ("none", "file"):
            return None
        is_full = extent == "full"
        return Detail(patch=is_full, diff=is_full and self.shows_diff)


@dataclass(frozen=True)
class Summary:
    """The outcomes of a run, as its result shows them."""

    survey: Survey
    options: ResultOptions
    server: str
    """The address of the server."""
    check_mode: bool
    """Show what would be done, instead of what was done."""

    def result(self, warnings: Sequence[str]) -> Result:
        """Return the result, with `warnings` after those of the declared values. Raises `SomeFailed`, with the same
        facts, if a subscriber failed.
        """
        facts = self.facts()
        failed = [outcome for outcome in self.survey.all_outcomes if outcome.error]
        if failed:
            raise outcomes.some_failed(failed, {**facts, **self.diff()})
        sentences = [*self.survey.notices, *warnings, *outcomes.risk_warnings(facts["risks"]), *facts["notes"]]
        if self.survey.excludes_everybody:
            sentences.append(f"No subscriber in {option_name('only')} has an entry.")
        return Result(facts.pop("changed"), facts, self.diff().get("diff"), sentences)

    def facts(self, stopped: FaxError | None = None) -> JsonObject:
        """Return the keys of the result but `diff`. `stopped`: the limit or plan that stopped the run."""
        everybody = self.survey.all_outcomes
        concurrency = self.survey.concurrency
        return {
            **self._rows(),
            "totals": outcomes.totals(everybody, self.check_mode),
            **outcomes.facts_about_names(everybody),
            "risks": [each for outcome in everybody for each in outcome.risk_rows()],
            "notes": outcomes.notes_about(everybody),
            "pace": {"fewest_workers": concurrency.least, "busy_answers": concurrency.busy_answers},
            "changed": any(self._is_changed(outcome) for outcome in everybody),
            **({"report": self._report(stopped)} if self.options.has_report else {}),
        }

    def diff(self) -> JsonObject:
        """Return `diff` of the result, if the user asked for it."""
        if not self.options.shows_diff:
            return {}
        return {"diff": [each for outcome in self.survey.outcomes.values() for each in outcome.diffs()]}

    def line(self) -> str:
        """Return the outcomes of all subscribers in one line."""
        everybody = self.survey.all_outcomes
        totals = outcomes.totals(everybody, self.check_mode)
        counts = [f"{totals[status]:,} {status}" for status in outcomes.STATUSES if totals[status]]
        unverified = outcomes.names_not_verified(everybody)
        counts += [f"{unverified:,} name{'' if unverified == 1 else 's'} not verified"] if unverified else []
        left = sum(len(outcome.left) for outcome in everybody)
        counts += [f"{left:,} declared secret{'' if left == 1 else 's'} left to the platform's renewal"] if left else []
        end = " (check mode: nothing was written)" if self.check_mode else ""
        whole = totals[outcomes.SUBSCRIBERS]
        return f"{', '.join([f'{whole:,} subscriber' + ('' if whole == 1 else 's'), *counts])}{end}"

    def _is_changed(self, outcome: Outcome) -> bool:
        return outcome.applied or bool(self.check_mode and outcome.changes and not outcome.error)

    def _rows(self) -> JsonObject:
        """Return `subscribers` of the result, each fact only once: Ansible drops a result that is too large."""
        detail = self.options.detail
        if detail is None:
            return {}
        return {
            outcomes.SUBSCRIBERS: [
                outcome.as_row(self.check_mode, self.survey.places(outcome) if detail.patch else {}, detail)
                for outcome in self.survey.all_outcomes
                if self.options.return_unchanged or outcome.status(self.check_mode) != outcomes.UNCHANGED
            ]
        }

    def _report(self, stopped: FaxError | None) -> Report:
        """Return the report of the written changes or, in check mode or in a `stopped` run, of the planned ones."""
        everybody = self.survey.all_outcomes
        rows = [row for outcome in everybody for row in self._report_rows(outcome)]
        rows += [report.failure(str(stopped))] if stopped else []
        return report.make_report(
            schema.PLAN if self.check_mode else schema.PROVISION,
            rows,
            len(everybody),
            self.server,
            times.now(),
            outcomes.notes_about(everybody),
            outcomes.names_not_verified(everybody),
        )

    def _report_rows(self, outcome: Outcome) -> list[Row]:
        # A subscriber that failed before the first write is not written at all.
        planned = set() if outcome.error else outcome.plans.keys()
        modules = planned if self.check_mode else outcome.written
        # The places are parsed from the entries' texts: skip that for the many unchanged subscribers.
        return change_rows(outcome, modules, self.survey.places(outcome) if modules else {})
