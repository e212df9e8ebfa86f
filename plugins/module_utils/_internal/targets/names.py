# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify the names that entries give beside ids: the id finds, the name decides (docs/design.md#the-id-finds)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BulkReader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NotFound,
    NotNgcp,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry, named_twice
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import Lookup
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target


class DeclaredNames:
    """The entries with an id and a name, and what the run has seen of their subscribers. Threads may share it.

    A name is suspected if somebody else has it or if somebody else has the id: `settle` then asks the server. An
    external id alone proves nothing, since several subscribers may have the same.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_id: dict[int, Entry] = {}
        self._by_name: dict[SubscriberKey, Entry] = {}
        for entry in entries:
            if entry.name:
                self._by_id[int(entry.value)] = entry
                self._by_name[SubscriberKey.of(*entry.name)] = entry
        self.verified: dict[Entry, Subscriber] = {}
        """The subscriber of each entry whose name was verified; if its id is stale, the one that its name finds."""
        self.stale: set[Entry] = set()
        """The entries whose id is gone or somebody else's."""
        self.errors: dict[Entry, FaxError] = {}
        """The reason why each of the other suspected names could not be verified."""
        self._suspected: dict[Entry, None] = {}
        self._lock = threading.Lock()

    def note(self, item: JsonObject) -> None:
        """Hold a server's item of a subscriber, which must be `checked`, against the names."""
        if self._by_id:
            self.meet(subscribers.of(item), subscribers.keys_of(item))

    def meet(self, subscriber: Subscriber, keys: Set[SubscriberKey]) -> None:
        """Hold the names of a subscriber against those of the entries."""
        own = self._by_id.get(subscriber.id)
        with self._lock:
            if own and keys & set(own.keys):
                self.verified.setdefault(own, subscriber)
            elif own:
                self._suspected[own] = None
            for key in keys & self._by_name.keys():
                if self._by_name[key] is not own:
                    self._suspected[self._by_name[key]] = None

    def suspect(self, entries: Iterable[Entry]) -> None:
        """Have the names of `entries` verified by `settle`."""
        self._suspected.update((entry, None) for entry in entries if entry.name)

    def settle(self, client: Client, paging: Paging) -> list[Entry]:
        """Verify the suspected names, and look the subscribers of stale ids up by name.

        Return the entries whose ids turned out to be stale. Raises an error that every further request would meet.
        """
        stale: list[Entry] = []
        while due := [entry for entry in self._suspected if not self._is_settled(entry)]:
            found = self._read(client, due, paging)
            gone = [entry for entry in due if not self._is_settled(entry) and self._is_stale(entry, found)]
            self.stale.update(gone)
            stale += gone
            self._look_up(client, gone, paging)
        self._suspected.clear()
        return stale

    def look(self, client: Client, entry: Entry) -> None:
        """Verify the name of one entry with one request. `settle` does the rest if the id is stale, or if it fails."""
        try:
            self.note(subscribers.get(client, Subscriber(int(entry.value))))
        except FaxError:
            self.suspect([entry])

    def _look_up(self, client: Client, gone: Sequence[Entry], paging: Paging) -> None:
        """Find the subscribers of stale ids by their names. What is found may show that further ids are stale."""
        by_name = {
            replace(entry, kind=entry.name[0], value=entry.name[1], name=None): entry for entry in gone if entry.name
        }
        lookup = Lookup(client, paging, on_seen=self.note)
        lookup.run(list(by_name))
        self.verified.update((by_name[one], subscriber) for one, subscriber in lookup.found.items())
        for one, error in lookup.errors.items():
            entry = by_name[one]
            self.errors[entry] = (
                subscribers.found_by_neither(error, int(entry.value)) if isinstance(error, NotFound) else error
            )

    def mark(self, target: Target) -> None:
        """Set what is known of a target's name."""
        own = target.entries[-1]
        if own.name:
            target.subscriber = self.verified.get(own, target.subscriber)
            target.is_unverified = own not in self.verified
            target.stale_id = int(own.value) if own in self.stale else None

    def _is_settled(self, entry: Entry) -> bool:
        return entry in self.verified or entry in self.errors

    def _is_stale(self, entry: Entry, found: dict[int, JsonObject]) -> bool:
        """Return True if the server has no subscriber with the entry's id, or one with another name."""
        return int(entry.value) not in found or not (set(entry.keys) & subscribers.keys_of(found[int(entry.value)]))

    def _read(self, client: Client, due: Sequence[Entry], paging: Paging) -> dict[int, JsonObject]:
        """Return the server's items of the subscribers with the ids of `due`, as far as they exist."""
        wanted = {int(entry.value): entry for entry in due}
        found: dict[int, JsonObject] = {}
        jobs = JobQueue()

        def on_item(item: JsonObject) -> list[int]:
            try:
                subscribers.checked(item)
            except NotNgcp:  # if it is wanted, it is read alone, and fails alone
                return []
            self.note(item)
            number = int(pagination.identity(item))
            if number in wanted:
                found[number] = item
            return [number]

        def fetch_one(number: int) -> None:
            try:
                on_item(subscribers.get(client, Subscriber(number)))
            except NotFound:
                pass
            except FaxError as error:
                on_failure([number], error)

        def on_failure(numbers: list[int], error: FaxError) -> None:
            self.errors.update((wanted[number], error) for number in numbers)
            if error.fatal:
                jobs.stop()

        BulkReader(
            jobs,
            client,
            "subscribers",
            {},
            wanted,
            paging,
            on_item=on_item,
            fetch_one=fetch_one,
            on_failure=on_failure,
        ).start()
        jobs.run(paging.workers)
        fatal = next((self.errors[entry] for entry in due if entry in self.errors and self.errors[entry].fatal), None)
        if fatal:
            raise fatal
        return found


def due_names(outcomes: Iterable[Outcome], choice: str) -> list[Entry]:
    """Return the entries whose names beside ids must be verified. `choice` is the value of `verify_names`."""
    return [
        outcome.target.entries[-1]
        for outcome in outcomes
        if outcome.target.is_unverified and (choice == "always" or _is_shown(outcome))
    ]


def _is_shown(outcome: Outcome) -> bool:
    """Return True if the subscriber would be written, or has rows in a report; or if its id may be gone."""
    return bool(outcome.changes or outcome.risks or outcome.left or isinstance(outcome.error, NotFound))


def renumber(
    stale: Sequence[Entry],
    names: DeclaredNames,
    outcomes: dict[int, Outcome],
    includes: Callable[[Subscriber], bool],
) -> tuple[dict[int, Outcome], list[Outcome]]:
    """Replace the outcomes of stale ids in `outcomes` by those of the subscribers with the entries' names.

    Return these by id, and those of names that nobody has. `includes` returns False for a subscriber that `only`
    excludes. Raises `BadOption` if another entry is about the same subscriber.
    """
    # All of them first: the ids of two may have been exchanged.
    for entry in stale:
        before = outcomes.get(int(entry.value))
        if before and before.target.entries[-1:] == (entry,):
            del outcomes[int(entry.value)]
    found = [(entry, names.verified[entry]) for entry in stale if entry not in names.errors]
    moved = {}
    for entry, subscriber in found:
        if includes(subscriber):
            outcomes[subscriber.id] = moved[subscriber.id] = _renumbered(entry, subscriber, outcomes)
    failed = [Outcome(Target(None, (entry,)), error=names.errors[entry]) for entry in stale if entry in names.errors]
    return moved, failed


def _renumbered(entry: Entry, subscriber: Subscriber, outcomes: Mapping[int, Outcome]) -> Outcome:
    present = outcomes.get(subscriber.id)
    others = present.target.entries if present else ()
    if others and others[-1].kind != "match":
        problem = named_twice(f"{entry} (subscriber {subscriber.id})", others[-1].place, entry.place)
        raise BadOption(str(problem)[:-1], "Nothing was written.")
    return Outcome(Target(subscriber, (*others, entry), stale_id=int(entry.value)))
