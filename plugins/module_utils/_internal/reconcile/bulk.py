# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of many subscribers: find -> read -> plan -> guard -> apply -> verify.

Nothing is written before everything is planned and the guards have let it pass. A subscriber is read again just before
it is written, by one worker only (docs/design.md#look-again-before-writing).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BulkReader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import ConcurrencyLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import (
    JobQueue,
    SpacedJobQueue,
    finishing,
    interruptible,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LimitExceeded,
    NotFound,
    NotTried,
    StalePlan,
    Unverified,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import (
    SETTINGS,
    Entry,
    combined,
    layers,
    sources,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import (
    ENTRY,
    MATCH,
    SETTINGS_OPTIONS,
    match_problems,
    of_task,
    read_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.settings import checked, read
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpecs,
    hidden_problems,
    instead,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import PAGING, _paging_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import limits, saved_plan, single
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.saved_plan import SavedPlan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.verification import Verification, Written
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import change_rows, report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import outcome as results
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import resolve
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.unmanaged import active, is_active

INACTIVE = {"active": False}


def reconcile_many(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring all subscribers that the entries are about to what is declared; in check mode say what would be done."""
    fleet = BulkRun(client, options)
    try:
        fleet.find()
        fleet.read()
        fleet.guard()
        if not check_mode:
            fleet.write()
            fleet.verify()
        fleet.progress.end(fleet.summary(check_mode))
        return fleet.result(check_mode)
    except BaseException:
        fleet.progress.end()
        raise


class BulkRun:
    """Many subscribers, a `Row` for each."""

    def __init__(self, client: Client, options: Mapping[str, Any]) -> None:
        self._client, self._options = client, options
        self._paging = Paging(options["page_size"], options["workers"])
        self._pace = ConcurrencyLimit(options["workers"])
        client.limit_requests(self._pace)
        self._entries = parser.of_task(options)
        self._only = SubscriberLimit(options.get("only"))
        self._shows_diff = bool(options.get("_diff", True))
        self._rows: dict[int, Outcome] = {}
        self._nobody: list[Outcome] = []
        self._left_out: list[Entry] = []
        # Values that the server accepts and that are probably mistakes.
        self.notices = parser.notices(self._entries)
        self._warnings: list[str] = []
        self.is_resolved = False
        # Who is active, and was met on the pages of those who are wanted: the settings, by module and id.
        self._others: dict[str, dict[int, JsonObject]] = {name: {} for name in SETTINGS}
        self._reviewed = SavedPlan(options["plan"], client.url) if options.get("plan") is not None else None
        self._failures = 0
        self._fatal: FaxError | None = None
        self._lock = threading.Lock()
        self.progress = Progress(client.listener if options["progress"] else None)

    # Finding and reading ------------------------------------------------------------------------------------------

    def find(self) -> None:
        """Look up whom the entries are about."""
        self.progress.begin("looking up", len(self._entries))
        found = resolve.resolve(
            self._client, self._entries, self._paging, self._options["allow_empty"], self._only, self.progress.count
        )
        self._rows = {one: Outcome(target, error=found.unsure.get(one)) for one, target in found.targets.items()}
        self._nobody = [Outcome(Target(None, (entry,)), error=error) for entry, error in found.failed]
        self._left_out = found.left_out
        self.is_resolved = True
        self._failures = len(self._nobody) + len(found.unsure)

    def read(self) -> None:
        """Read the settings of everybody in the cheapest way, and plan what is to be done."""
        jobs = JobQueue()
        wanted: dict[str, list[int]] = {name: [] for name in SETTINGS}
        for one, row in self._rows.items():
            for name in () if row.error else row.target.names:
                wanted[name].append(one)
        self.progress.begin("reading", sum(map(len, wanted.values())), "differ")
        readings: dict[str, BulkReader[int]] = {}
        for name, resource in SETTINGS.items():
            readings[name] = BulkReader(
                jobs,
                self._client,
                resource.name,
                {},
                wanted[name],
                self._paging,
                on_item=partial(self._plan_item, resource, set(wanted[name])),
                fetch_one=partial(self._plan_one, jobs, resource),
                on_failure=partial(self._lose, jobs),
            )
            readings[name].start()
        jobs.run(self._paging.workers)
        if self._fatal:
            raise self._fatal
        self._find_unmanaged({name: self._others[name] for name, reading in readings.items() if reading.whole})

    def _declared(self, row: Outcome) -> dict[str, JsonObject]:
        """What is declared for a subscriber: without any entry that it is inactive."""
        if not row.target.entries:
            return dict.fromkeys(row.active, INACTIVE)
        return combined([settings for _place, settings in layers(row.target.entries)])

    def _plan_item(self, resource: Resource, wanted: set[int], item: JsonObject) -> list[int]:
        """Plan from an item of a page, if it is one of those wanted and was not met on an earlier page."""
        one = int(pagination.identity(item))
        with self._lock:
            if one not in wanted:
                if self._options["unmanaged"] != "ignore" and one not in self._rows and is_active(item):
                    self._others[resource.module][one] = item
                return []
            wanted.remove(one)
        self._plan(self._rows[one], resource, lambda who: checked(self._client, resource, who, item))
        return [one]

    def _plan_one(self, jobs: JobQueue, resource: Resource, one: int) -> None:
        """Plan for a subscriber that is read by itself, unless its other settings could not be read."""
        row = self._rows[one]
        if row.error:
            self.progress.count()
        else:
            self._plan(row, resource, lambda who: read(self._client, resource, who), jobs)

    def _plan(
        self, row: Outcome, resource: Resource, current: Callable[..., JsonObject], jobs: JobQueue | None = None
    ) -> None:
        with self._client.secrets.own():
            try:
                made = plan(resource, self._declared(row)[resource.module], current(row.subscriber))
                self._keep(row, made)
            except Exception as error:  # noqa: BLE001  # a fault that one subscriber meets does not stop the others
                self._fail(row, error, jobs, resource)
                self.progress.count(failed=1)
                return
        self.progress.count(changed=bool(made.operations))

    def _keep(self, row: Outcome, made: Plan) -> None:
        """Keep what of a subscriber's plan is told later."""
        found = risks(made.resource, made.after)
        with self._lock:
            if found:  # a list for each of a hundred thousand would take some ten megabytes
                row.risks[made.resource.module] = found
            row.left += made.left
            if made.operations:
                row.plans[made.resource.module] = made

    def _lose(self, jobs: JobQueue, those: Sequence[int], error: FaxError) -> None:
        """Those whose page could not be read."""
        for one in those:
            self._fail(self._rows[one], error, jobs)
        self.progress.count(len(those), failed=len(those))

    def _fail(self, row: Outcome, error: Exception, jobs: JobQueue | None, resource: Resource | None = None) -> None:
        """Something went wrong about a subscriber, or about one of its settings."""
        found = error if isinstance(error, FaxError) else fault(error)
        with self._lock:
            if row.error is None:
                self._failures += 1
                row.error, row.failed_at = self._told_once(found), resource.module if resource else None
            if found.fatal:
                self._fatal = self._fatal or found
        if jobs and found.fatal:
            jobs.stop()

    def _told_once(self, error: FaxError) -> FaxError:
        """Return `error`, or `NotTried`: an error that ends the run is reported only for the first subscriber."""
        if self._fatal and error.fatal and not error.perhaps_done and not error.facts.get("applied"):
            return NotTried(f"Not tried: {self._fatal.what}", self._fatal.advice)
        return error

    def _find_unmanaged(self, known: Mapping[str, Mapping[int, JsonObject]]) -> None:
        """Those in scope who are active though no entry is about them. `known`: see `unmanaged.active`."""
        if self._options["unmanaged"] == "ignore":
            return
        without = set(self._rows)
        unmanaged = active(self._client, self._options.get("scope"), self._paging, without, self._only, known)
        deactivate = unmanaged and self._options["unmanaged"] == "deactivate" and self._everybody_is_found()
        for subscriber, held in unmanaged:
            row = Outcome(Target(subscriber, ()), active=tuple(held))
            if deactivate:
                row.plans = {name: plan(SETTINGS[name], INACTIVE, current) for name, current in held.items()}
            self._rows[subscriber.id] = row

    def _everybody_is_found(self) -> bool:
        """Whether all entries are about somebody, those of others than `only` names, too. Who is not found may be one
        of the unmanaged, under a name that is misspelt or another one by now, and is declared.
        """
        if self._nobody or any(isinstance(row.error, NotFound) and row.error.method for row in self._rows.values()):
            return False
        named = {entry.key: str(entry.value) for entry in self._left_out}
        there = all_settings.present(self._client, named, self._paging) if named else set()
        missing = [f"{entry} ({entry.place})" for entry in self._left_out if entry.key not in there]
        if missing:
            more = f" and {len(missing) - 1:,} more" if missing[1:] else ""
            self._warnings.append(
                f"Nobody unmanaged is deactivated: {missing[0]}{more} was not found, and may be one of them."
            )
        return not missing

    # Guarding and writing -----------------------------------------------------------------------------------------

    def guard(self) -> None:
        """Raise `TooMany` or `Moved`, with what would be done, if it is more than is allowed, if too many failed
        already, or if it is not what a reviewed plan says.
        """
        planned = [row for row in self._rows.values() if row.changes and not row.error]
        deactivated = [
            row.name if row.target.entries else f"{row.name}, unmanaged"
            for row in planned
            if any(made.deactivates for made in row.changes)
        ]
        try:
            limits.check(self._options, len(self._rows) + len(self._nobody), len(planned), deactivated)
            limits.check_failures(self._options, self._failures)
            if self._reviewed:
                self._reviewed.check_all(
                    ((row.subscriber, made) for row in planned for made in row.changes),
                    self._only.has,
                    self._entries_declare,
                    self._deactivated,
                )
        except (LimitExceeded, StalePlan) as error:
            error.facts = {**self._facts(check_mode=True, stopped=error), "changed": False, **self._diff()}
            raise

    def _entries_declare(self, one: int) -> dict[str, JsonObject] | None:
        """What entries declare for a subscriber, by the name of the settings; None if none is about it."""
        row = self._rows.get(one)
        if not row or not row.target.entries:
            return None
        return {SETTINGS[name].name: declared for name, declared in self._declared(row).items()}

    def _deactivated(self, one: int) -> bool:
        """Whether a subscriber whom no entry is about is inactive already, or is deactivated."""
        row = self._rows.get(one)
        return self._options["unmanaged"] == "deactivate" and (not row or bool(row.plans))

    def write(self) -> None:
        """Write what differs. An interruption takes effect between two subscribers."""
        planned = [row for row in self._rows.values() if row.changes and not row.error]
        self.progress.begin("writing", len(planned))
        jobs = SpacedJobQueue(
            lambda one: self._write_one(jobs, self._rows[one]), [row.subscriber.id for row in planned]
        )
        with interruptible(jobs.stop, self._tell_the_end):
            jobs.run(self._paging.workers)
        cause = self._fatal or LimitExceeded("max_failures was reached", "Correct them, and run it again for the rest.")
        for row in planned:
            if not row.tried:
                row.error = NotTried(f"Not tried: {cause.what}", cause.advice)

    def verify(self) -> None:
        """Read again what others may have overwritten since it was written, as far as `verify_at_end` says."""
        if self._fatal:
            return
        written = (
            Written(row, made, declared[made.resource.module])
            for row in self._rows.values()
            if row.written and not row.error
            for declared in [self._declared(row)]
            for made in row.changes
            if made.resource.module in row.written
        )
        due = [each for each in written if each.is_due(self._options["verify_at_end"])]
        verification = Verification(self._client, self._paging, self.progress, self._fail)
        with interruptible(verification.stop, self._tell_the_end):
            verification.run(due)

    def _tell_the_end(self) -> None:
        done = sum(row.applied for row in self._rows.values())
        self.progress.abort(f"ended early, {done:,} changed; what was begun is whole, and another run does the rest")

    def _write_one(self, jobs: JobQueue, row: Outcome) -> None:
        row.tried = True
        declared = self._declared(row)
        with self._client.secrets.own(), ExitStack() as begun:
            for made in row.changes:
                options = declared[made.resource.module]
                self._client.secrets.update(single.declared_secrets(made.resource, options))
                try:
                    row.plans[made.resource.module] = again = single.apply(
                        self._client, made.resource, row.subscriber, options, partial(self._check_again, row, made)
                    )
                    if again.operations:
                        row.written.add(made.resource.module)
                        begun.enter_context(finishing())
                except Exception as error:  # noqa: BLE001  # a fault that one subscriber meets does not stop the others
                    # A fault may not tell how far it came; assume that it wrote.
                    if getattr(error, "facts", {"applied": True}).get("applied"):
                        row.written.add(made.resource.module)
                    self._fail(row, error, jobs, made.resource)
                    break
        if self._failures >= (self._options.get("max_failures") or math.inf):
            jobs.stop()
        self.progress.count(changed=row.applied, failed=bool(row.error))

    def _check_again(self, row: Outcome, before: Plan, made: Plan, whole: Plan) -> None:
        """Raise `Unverified` if what was read again would be a deactivation that the guards have not counted, and
        `Moved` if it is not in the plan. `whole`: with what was written already.
        """
        second = made is not whole
        # What a failure shows is what was tried in the end.
        if not second:
            row.plans[made.resource.module] = whole
        if made.operations and self._reviewed:
            self._reviewed.check(row.subscriber, made, second)
        if made.deactivates and not before.deactivates and self._options.get("max_deactivations") is not None:
            raise Unverified(
                f"{row.name} was activated since the run began, and would be deactivated now", "Run it again."
            )
        row.plans[made.resource.module] = whole

    # The result ---------------------------------------------------------------------------------------------------

    def result(self, check_mode: bool) -> Result:
        """The result, or `SomeFailed` with the same facts."""
        facts = self._facts(check_mode)
        failed = [row for row in (*self._nobody, *self._rows.values()) if row.error]
        if failed:
            raise results.failure(failed, {**facts, **self._diff()})
        warnings = [*self.notices, *self._warnings, *results.warnings(facts["risks"]), *facts["notes"]]
        if self._options.get("only") and not self._rows:
            warnings.append("Nobody in only is among those whom the entries are about.")
        return Result(facts.pop("changed"), facts, self._diff().get("diff"), warnings)

    def summary(self, check_mode: bool) -> str:
        """What became of all of them, in one line."""
        totals = results.totals([*self._nobody, *self._rows.values()], check_mode)
        counts = [f"{totals[status]:,} {status}" for status in results.STATUSES if totals[status]]
        left = sum(len(row.left) for row in self._rows.values())
        counts += [f"{left:,} declared secret{'' if left == 1 else 's'} left to the platform's renewal"] if left else []
        end = " (check mode: nothing was written)" if check_mode else ""
        whole = totals[results.SUBSCRIBERS]
        return f"{', '.join([f'{whole:,} subscriber' + ('' if whole == 1 else 's'), *counts])}{end}"

    def _facts(self, check_mode: bool, stopped: FaxError | None = None) -> JsonObject:
        everybody = self.rows
        return {
            **self._shown_rows(check_mode),
            "totals": results.totals(everybody, check_mode),
            "risks": [each for row in everybody for each in row.shown_risks()],
            "notes": results.notes_of(everybody),
            "pace": {"fewest_workers": self._pace.least, "busy_answers": self._pace.busy_answers},
            "changed": any(row.applied or (check_mode and row.changes and not row.error) for row in everybody),
            **({"report": self._report(check_mode, stopped)} if self._returns_report else {}),
        }

    @property
    def _returns_report(self) -> bool:
        return bool(self._options.get("return_report")) or self._options.get("return_rows") == "file"

    def _shown_rows(self, check_mode: bool) -> JsonObject:
        """Return `subscribers` of the result, without what it holds elsewhere: too large a result is not shown."""
        # Do not repeat what the report holds, unless requested.
        extent = self._options.get("return_rows") or ("brief" if self._returns_report else "full")
        if extent in ("none", "file"):
            return {}
        is_full = extent == "full"
        detail = results.Detail(patch=is_full, diff=is_full and self._shows_diff)
        return {
            "subscribers": [
                row.shown(check_mode, self._sources(row) if is_full else {}, detail)
                for row in self.rows
                if row.status(check_mode) != results.UNCHANGED or self._options["return_unchanged"]
            ]
        }

    def _diff(self) -> JsonObject:
        """Return `diff` of the result, if requested."""
        return {"diff": [each for row in self._rows.values() for each in row.diffs()]} if self._shows_diff else {}

    def _report(self, check_mode: bool, stopped: FaxError | None) -> JsonObject:
        """What was written as a report or, in check mode or if a guard `stopped` the run, what would have been."""
        found = []
        for row in self.rows:
            # Who failed before the first write is not written at all.
            written = row.written if not check_mode else () if row.error else row.plans
            # What is declared where is read from the entries' texts: not for the many of whom nothing is written.
            found += change_rows.rows_of(row, written, self._sources(row) if written else {})
        found += [report.failure(str(stopped))] if stopped else []
        kind = "plan" if check_mode else "provision"
        notes = results.notes_of(self.rows)
        return report.report(kind, found, len(self.rows), self._client.url, times.now(), notes)

    @property
    def rows(self) -> list[Outcome]:
        """Everybody, those of entries that name nobody first."""
        return [*self._nobody, *self._rows.values()]

    def _sources(self, row: Outcome) -> dict[str, dict[str, str]]:
        return sources(layers(row.target.entries))


def spec_of_fleet() -> Spec:
    """The spec of `fax_subscribers`."""
    options: OptionSpecs = {
        "subscribers": {"type": "list", "elements": "dict", "options": ENTRY},
        "src": {"type": "list", "elements": "path"},
        "defaults": {"type": "dict", "options": SETTINGS_OPTIONS},
        "allow_empty": {"type": "bool", "default": False},
        "only": {"type": "list", "elements": "str"},
        "unmanaged": {"type": "str", "choices": ["ignore", "report", "deactivate"], "default": "ignore"},
        "scope": {"type": "dict", "options": MATCH},
        "max_changes": {"type": "raw"},
        "max_deactivations": {"type": "int"},
        "max_failures": {"type": "int"},
        "verify_at_end": {"type": "str", "choices": ["lists", "all", "none"], "default": "lists"},
        "plan": {"type": "raw"},
        "return_report": {"type": "bool", "default": False},
        "return_rows": {"type": "str", "choices": ["full", "brief", "none", "file"]},
        "check_options": {"type": "bool", "default": False},
        "return_unchanged": {"type": "bool", "default": False},
        "progress": {"type": "bool", "default": True},
        **PAGING,
    }
    # Thousands of entries would take Ansible's own validation minutes.
    own = frozenset({"subscribers", "defaults", "scope", "only", "plan"})
    return spec(options, _fleet_problems, selector=None, own=own)


def _fleet_problems(options: Options) -> Problems:
    found = of_task(options)
    yield from found.problems
    # If only the options are checked, the files were not read.
    if not found and not found.problems and not (options.get("check_options") and options.get("src")):
        what = "and src name nobody; declare the settings of one subscriber at least."
        yield Problem(("subscribers",), what)
    if options.get("defaults") is not None:
        yield from read_settings(options["defaults"], "defaults")[1]
    only = options.get("only", [])
    if not isinstance(only, list):
        yield Problem(("only",), "must be a list of subscribers, each user@domain or an id.")
    for index, name in enumerate(only if isinstance(only, list) else ()):
        if isinstance(name, bool) or not isinstance(name, (str, int)) or not name:
            yield Problem(("only", index), f"must be user@domain or an id{instead(name)}.")
        else:
            yield from hidden_problems(("only", index), name)
    if options.get("scope") is not None:
        yield from match_problems(options["scope"], ("scope",))
        if options.get("unmanaged", "ignore") == "ignore":
            what = "is given without unmanaged; say what is to be done with who is found there."
            yield Problem(("scope",), what)
    yield from limits.problems(options)
    yield from saved_plan.problems(options.get("plan"))
    yield from _paging_problems(options)


JOB = Job(spec_of_fleet(), reconcile_many, as_given, LIBRARIES)
