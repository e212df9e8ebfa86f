# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the subscribers of entries, read their settings, and plan the differences. Nothing is written here.

Both the run that writes (`bulk`) and the drift report (`drift`) begin with a survey.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import COSTS, BulkReader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import ConcurrencyLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotTried,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import (
    SETTINGS,
    Entry,
    combined,
    layers,
    places_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan, has_unknown_keys, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import given_match
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import SurveyOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import resolve, unmanaged
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.names import (
    DeclaredNames,
    due_names,
    renumber,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import (
    Outcome,
    expected_settings,
    wanted_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

INACTIVE = {"active": False}


@dataclass(frozen=True)
class Unmanaged:
    """A subscriber with active settings and without an entry."""

    outcome: Outcome
    settings: Mapping[str, JsonObject]
    """The active settings, as the server has them, by module."""


class Survey:
    """The subscribers of a run and their differences: an `Outcome` for each subscriber and for each unmatched entry.

    An error with one subscriber is kept in its outcome and does not stop the others.
    """

    def __init__(
        self,
        client: Client,
        options: SurveyOptions,
        on_plan: Callable[[Outcome, Plan], None] = lambda outcome, planned: None,
    ) -> None:
        """`on_plan` is called in worker threads with each plan, including those without operations."""
        self._client, self._options, self._on_plan = client, options, on_plan
        self.paging = options.paging
        self.concurrency = ConcurrencyLimit(options.paging.workers)
        """The number of requests that the server handles at the same time, as the run has learned it."""
        client.limit_requests(self.concurrency)
        self.entries = options.entries()
        self.limit = SubscriberLimit(options.only)
        self.progress = Progress(client.listener if options.progress else None)
        self.outcomes: dict[int, Outcome] = {}
        """The outcome of each subscriber, by id."""
        self.unmatched: list[Outcome] = []
        """The outcomes of entries that resolved to no subscriber, or could not be looked up."""
        self.skipped: list[Entry] = []
        """Entries that were not looked up because `only` excludes them."""
        self.notices = parser.notices(self.entries)
        """Warnings about declared values that the server accepts but that are probably mistakes."""
        self._names = DeclaredNames(())
        self._looked_at: set[int] = set()
        self.shows_unknown_keys = False
        """True if an element of a list on the server has a key that the collection does not know."""
        self.is_resolved = False
        """True once `find` has finished."""
        self.failures = 0
        """The number of outcomes with an error."""
        self.fatal: FaxError | None = None
        """The first error that every further request would meet as well."""
        # Active subscribers that no entry is about, met while paging: module -> id -> settings.
        self._met: dict[str, dict[int, JsonObject]] = {name: {} for name in SETTINGS}
        # Those whose settings are still to be planned from pages, by module.
        self._unread: dict[str, set[int]] = {}
        self._lock = threading.Lock()

    @property
    def all_outcomes(self) -> list[Outcome]:
        """All outcomes, those of unmatched entries first."""
        return [*self.unmatched, *self.outcomes.values()]

    @property
    def excludes_everybody(self) -> bool:
        """True if `only` names none of the entries' subscribers."""
        return bool(self._options.only) and not self.outcomes

    def run(self) -> list[Unmanaged]:
        """Look up the subscribers of the entries, read the settings at the lowest cost, and plan the differences.

        Return the unmanaged subscribers, unless these are ignored; their outcomes are added to `outcomes`. Raises
        `BadOption` as `resolve.resolve` does, and the error that ended the run for all.
        """
        jobs = JobQueue()
        with jobs.running(self.paging.workers):
            # While the last names are looked up, idle workers already read settings.
            readers = self._readers(jobs, {} if self._options.only else expected_settings(self.entries))
            for reader in readers.values():
                reader.read_ahead()
            self._find(jobs)
            self._start(readers, self.outcomes)
        return self._complete(self._met_by(readers))

    def _find(self, jobs: JobQueue) -> None:
        self.progress.begin("looking up", len(self.entries))
        resolution = resolve.resolve(
            self._client, self.entries, self.paging, self._options.allow_empty, self.limit, self.progress.count, jobs
        )
        self.outcomes = {
            number: Outcome(target, error=resolution.unsure.get(number))
            for number, target in resolution.targets.items()
        }
        self.unmatched = [Outcome(Target(None, (entry,)), error=error) for entry, error in resolution.failed]
        self.skipped = resolution.left_out
        self._names = resolution.names
        self.is_resolved = True
        self.failures = len(self.unmatched) + len(resolution.unsure)

    def _complete(self, met: Mapping[str, Mapping[int, JsonObject]]) -> list[Unmanaged]:
        """Verify the names that must be, and find the unmanaged subscribers. `met`: `known` of `unmanaged.active`."""
        if self._verify(due_names(self.outcomes.values(), self._options.verify_names)):
            met = {}  # it says nothing about those whose ids were taken for somebody else's
        found = self._find_unmanaged(met)
        # Somebody who seems unmanaged may have the name of an entry with a stale id.
        while self._verify(()):
            for each in found:
                if self.outcomes.get(each.outcome.subscriber.id) is each.outcome:
                    del self.outcomes[each.outcome.subscriber.id]
            found = self._find_unmanaged({})
        return found

    def _verify(self, entries: Sequence[Entry]) -> bool:
        """Verify the names of `entries` and the suspected ones; read the settings of those whose id is stale.

        Return True if any id is. Raises `BadOption` if another entry is about the same subscriber.
        """
        if entries:
            self.progress.begin("verifying names", len(entries))
        self._names.suspect(entries)
        stale = self._names.settle(self._client, self.paging)
        for outcome in self.outcomes.values():
            if outcome.target.is_unverified:
                self._keep_verified(outcome)
        moved, failed = renumber(stale, self._names, self.outcomes, self.limit.has)
        self.unmatched += failed
        if moved:
            self._read_settings(moved)
        self.failures = sum(outcome.error is not None for outcome in self.all_outcomes)
        return bool(stale)

    def _keep_verified(self, outcome: Outcome) -> None:
        own = outcome.target.entries[-1]
        self._names.mark(outcome.target)
        if own in self._names.errors and own not in self._names.stale:
            self.fail(outcome, self._names.errors[own], None)

    def _read_settings(self, outcomes: Mapping[int, Outcome]) -> None:
        """Read the settings of the found subscribers among `outcomes`, and plan the differences."""
        jobs = JobQueue()
        readers = self._readers(jobs, {})
        self._start(readers, outcomes)
        jobs.run(self.paging.workers)
        self._met_by(readers)

    def _start(self, readers: Mapping[str, BulkReader[int]], outcomes: Mapping[int, Outcome]) -> None:
        """Start reading the settings of the found subscribers among `outcomes`."""
        wanted = wanted_settings(outcomes)
        self.progress.begin("reading", sum(map(len, wanted.values())), "differ")
        self._unread = {name: set(numbers) for name, numbers in wanted.items()}
        for name, reader in readers.items():
            reader.start_with(wanted[name])

    def _met_by(self, readers: Mapping[str, BulkReader[int]]) -> dict[str, dict[int, JsonObject]]:
        """Return the active settings that no entry is about, by module and id, of the collections that were read whole.

        Raises the error that ended the reading for all.
        """
        if self.fatal:
            raise self.fatal
        return {name: self._met[name] for name, reader in readers.items() if reader.whole}

    def declared(self, outcome: Outcome) -> dict[str, JsonObject]:
        """Return the settings declared for a subscriber, by module; for one without an entry, `active: false`."""
        if not outcome.target.entries:
            return dict.fromkeys(outcome.active, INACTIVE)
        return combined([layer for _place, layer in layers(outcome.target.entries)])

    def places(self, outcome: Outcome) -> dict[str, dict[str, str]]:
        """Return the place of each option that is declared for a subscriber, by module and option."""
        return places_of(layers(outcome.target.entries))

    def fail(self, outcome: Outcome, error: Exception, jobs: JobQueue | None, resource: Resource | None = None) -> None:
        """Keep the error of a subscriber, or of its settings `resource`; stop `jobs` if it is fatal."""
        failure = error if isinstance(error, FaxError) else fault(error)
        with self._lock:
            if outcome.error is None:
                self.failures += 1
                outcome.error = self._not_tried_if_repeated(failure)
                outcome.failed_at = resource.module if resource else None
            if failure.fatal:
                self.fatal = self.fatal or failure
        if jobs and failure.fatal:
            jobs.stop()

    def _readers(self, jobs: JobQueue, expected: Mapping[str, int]) -> dict[str, BulkReader[int]]:
        return {
            name: BulkReader(
                jobs,
                self._client,
                resource.name,
                {},
                range(expected.get(name, 0)),
                self.paging,
                on_item=partial(self._plan_item, jobs, resource),
                fetch_one=partial(self._plan_one, jobs, resource),
                on_failure=partial(self._on_failed_page, jobs),
                shows_whole=self._options.unmanaged != "ignore",
            )
            for name, resource in SETTINGS.items()
        }

    def _plan_item(self, jobs: JobQueue, resource: Resource, item: JsonObject) -> list[int]:
        """Plan from an item of a page, if it is wanted and was not on an earlier page."""
        number = int(pagination.identity(item))
        with self._lock:
            unread = self._unread[resource.module]
            if number not in unread:
                is_looked_for = self._options.unmanaged != "ignore" and number not in self.outcomes
                if is_looked_for and unmanaged.is_active(item):
                    self._met[resource.module][number] = item
                return []
            unread.remove(number)
        outcome = self.outcomes[number]
        self._plan(outcome, resource, lambda who: settings.checked(self._client, resource, who, item), jobs)
        return [number]

    def _plan_one(self, jobs: JobQueue, resource: Resource, number: int) -> None:
        """Read and plan one subscriber by itself, unless its other settings could not be read."""
        outcome = self.outcomes[number]
        if outcome.error:
            self.progress.count()
        else:
            self._plan(outcome, resource, lambda who: settings.read(self._client, resource, who), jobs)

    def _plan(
        self,
        outcome: Outcome,
        resource: Resource,
        fetch: Callable[[Subscriber], JsonObject],
        jobs: JobQueue,
    ) -> None:
        with self._client.secrets.own():
            try:
                at = times.reading()
                planned = plan(resource, self.declared(outcome)[resource.module], fetch(outcome.subscriber))
                self.shows_unknown_keys |= not self.shows_unknown_keys and has_unknown_keys(resource, planned.before)
                self._keep(outcome, replace(planned, read=at) if planned.operations else planned)
                if planned.operations:
                    self._look_at_name(jobs, outcome)
            except Exception as error:  # noqa: BLE001  # a fault with one subscriber does not stop the others
                self.fail(outcome, error, jobs, resource)
                self.progress.count(failed=1)
                return
        self.progress.count(changed=bool(planned.operations))

    def _keep(self, outcome: Outcome, planned: Plan) -> None:
        self._on_plan(outcome, planned)
        with self._lock:
            outcome.left += planned.left
            if planned.operations:  # a plan of each of a hundred thousand would take too much memory
                outcome.plans[planned.resource.module] = planned

    def _look_at_name(self, jobs: JobQueue, outcome: Outcome) -> None:
        """Have the name of one that differs verified while others are read; if most differ, pages are cheaper later."""
        number = outcome.subscriber.id
        with self._lock:
            is_due = outcome.target.is_unverified and number not in self._looked_at
            if not is_due or self._options.verify_names == "always" or len(self._looked_at) * 2 > len(self.outcomes):
                return
            self._looked_at.add(number)
        jobs.add(COSTS["subscribers"].alone, self._names.look, self._client, outcome.target.entries[-1])

    def _on_failed_page(self, jobs: JobQueue, numbers: Sequence[int], error: FaxError) -> None:
        for number in numbers:
            self.fail(self.outcomes[number], error, jobs)
        self.progress.count(len(numbers), failed=len(numbers))

    def _not_tried_if_repeated(self, error: FaxError) -> FaxError:
        """Return `error`, or `NotTried`: an error that ends the run is reported for the first subscriber only."""
        if self.fatal and error.fatal and not error.perhaps_done and not error.facts.get("applied"):
            return NotTried(f"Not tried: {self.fatal.what}", self.fatal.advice)
        return error

    def _find_unmanaged(self, met: Mapping[str, Mapping[int, JsonObject]]) -> list[Unmanaged]:
        """Add the outcomes of active subscribers without an entry. `met`: `known` of `unmanaged.active`."""
        if self._options.unmanaged == "ignore":
            return []
        known = set(self.outcomes)
        found = []
        for subscriber, held in unmanaged.active(
            self._client,
            given_match(self._options.unmanaged_match),
            self.paging,
            known,
            self.limit,
            met,
            self._names.note,
        ):
            outcome = Outcome(Target(subscriber, ()), active=tuple(held))
            self.outcomes[subscriber.id] = outcome
            found.append(Unmanaged(outcome, held))
        return found
