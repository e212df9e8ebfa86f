# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve entries to the subscribers that they are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NotFound,
    NotTried,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry, named_twice
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit, texts_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import Lookup, members
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.names import DeclaredNames
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

Members = list[tuple[Entry, list[Subscriber]]]
"""Entries that name sets, each with the subscribers in its set."""


@dataclass
class Resolution:
    """The subscribers that entries are about."""

    targets: dict[int, Target] = field(default_factory=dict)
    """The targets by the subscriber's id."""
    failed: list[tuple[Entry, FaxError]] = field(default_factory=list)
    """Entries that resolved to no subscriber, with the reason."""
    unsure: dict[int, FaxError] = field(default_factory=dict)
    """Subscribers in sets whose own entry, which takes precedence, could not be looked up."""
    left_out: list[Entry] = field(default_factory=list)
    """Entries that were not looked up because `only` excludes them."""
    names: DeclaredNames = field(default_factory=lambda: DeclaredNames(()))
    """The names beside ids, as far as they were verified."""


def resolve(
    client: Client,
    declared: Sequence[Entry],
    paging: Paging,
    allow_empty: bool,
    only: SubscriberLimit,
    on_progress: Callable[[int], None] = lambda number: None,
    jobs: JobQueue | None = None,
) -> Resolution:
    """Find the subscribers of all entries that `only` includes; a missing subscriber of `only` is a failure.

    `on_progress` is called with the number of entries that were resolved since the last call; `jobs` is a running queue
    to use. Raises `BadOption`, with
    all of them, if two entries name the same subscriber, or if a set is empty and `allow_empty` is not.
    """
    known = only.learn(client, declared, paging)
    named = [entry for entry in declared if only.may_name(entry)]
    names = DeclaredNames(named)
    for subscriber in known.values():
        names.meet(subscriber, {SubscriberKey.of("subscriber", subscriber)})
    sets, failed = _sets(client, [entry for entry in named if entry.kind == "match"], paging, allow_empty, names.note)
    on_progress(len(sets))
    lookup = Lookup(client, paging, on_progress, names.note, jobs)
    lookup.run([entry for entry in named if entry.kind != "match"], known)
    names.settle(client, paging)
    lookup.found.update(names.verified)
    lookup.errors.update(names.errors)
    failed += [(entry, lookup.errors[entry]) for entry in named if entry in lookup.errors]
    own = _own_entries(named, lookup)
    people = {number: lookup.found[entry] for number, entry in own.items()}
    # An entry that names an id does not tell the name; a set does.
    people.update({each.id: each for _entry, subscribers in sets for each in subscribers})
    result = Resolution(
        targets=_targets(people, sets, own, only),
        failed=failed,
        left_out=[entry for entry in declared if not only.may_name(entry)],
        names=names,
    )
    for target in result.targets.values():
        names.mark(target)
    result.unsure = _unsure(result, set(own))
    seen = {key.text for entry, _error in result.failed for key in entry.keys}
    seen.update(text for subscriber in people.values() for text in texts_of(subscriber))
    result.failed += only.missing(client, paging, seen)
    return result


def _own_entries(named: Sequence[Entry], lookup: Lookup) -> dict[int, Entry]:
    """Return the entry that names each subscriber, by id. Raises `BadOption` if two name the same."""
    own: dict[int, Entry] = {}
    problems = []
    for entry in named:
        if entry.kind == "match" or entry in lookup.errors:
            continue
        number = lookup.found[entry].id
        if own.setdefault(number, entry) is not entry:
            problems.append(named_twice(f"{entry} (subscriber {number})", own[number].place, entry.place))
    if problems:
        raise BadOption(" ".join(map(str, problems))[:-1], "Nothing was written.")
    return own


def _targets(
    people: dict[int, Subscriber], sets: Members, own: dict[int, Entry], only: SubscriberLimit
) -> dict[int, Target]:
    """Return each subscriber that `only` includes, with its entries: those of sets, then its own."""
    entries: dict[int, tuple[Entry, ...]] = {}
    for entry, subscribers in sets:
        for subscriber in subscribers:
            entries[subscriber.id] = (*entries.get(subscriber.id, ()), entry)
    return {
        number: Target(subscriber, (*entries.get(number, ()), *([own[number]] if number in own else [])))
        for number, subscriber in people.items()
        if only.has(subscriber)
    }


def _unsure(found: Resolution, own: set[int]) -> dict[int, FaxError]:
    """Return the subscribers in sets whose own entry may be one that could not be looked up, with the reason.

    `own` holds the ids of those whose own entry was found.
    """
    failed = [each for each in found.failed if not isinstance(each[1], NotFound)]
    by_key = {key: each for each in failed for key in each[0].keys}
    # Any subscriber may have the external id of an entry that could not be looked up.
    anybody = next((entry for entry, _error in failed if "external_id" in entry.selectors), None)
    unsure: dict[int, FaxError] = {}
    for number, target in found.targets.items():
        if number in own:
            continue
        keys = SubscriberKey.of("subscriber", target.subscriber), SubscriberKey.of("subscriber_id", number)
        own_failure = next((by_key[key] for key in keys if key in by_key), None)
        if own_failure:
            # The set contains the entry's subscriber, so both are one failure.
            entry, error = own_failure
            target.entries = (*target.entries, entry)
            found.failed.remove(own_failure)
            what = f"Not tried: the entry at {entry.place} may be about it, and could not be looked up: {error.what}"
            unsure[number] = NotTried(what, error.advice, error.method, error.path, error.status)
        elif anybody:
            what = f"Not tried: the entry at {anybody.place} may be about it, and could not be looked up"
            unsure[number] = NotTried(what, "Run it again.")
    return unsure


def _sets(
    client: Client,
    sets: Sequence[Entry],
    paging: Paging,
    allow_empty: bool,
    on_seen: Callable[[JsonObject], None],
) -> tuple[Members, list[tuple[Entry, FaxError]]]:
    """Return the members of each set, and the errors about malformed members.

    Sets with the same `match` are looked up once. `on_seen`: see `Lookup`.
    """
    known: dict[str, list[Subscriber]] = {}
    failed: list[tuple[Entry, FaxError]] = []
    for entry in sets:
        key = json.dumps(entry.value, sort_keys=True)
        if key not in known:
            errors: list[FaxError] = []
            known[key] = members(client, entry.value, paging, errors.append, on_seen)
            failed += [(entry, error) for error in {str(error): error for error in errors}.values()]
    found = [(entry, known[json.dumps(entry.value, sort_keys=True)]) for entry in sets]
    malformed = {entry for entry, _error in failed}
    empty = [
        f"{entry.place}: nobody is in {entry}." for entry, people in found if not people and entry not in malformed
    ]
    if empty and not allow_empty:
        raise BadOption(
            " ".join(empty)[:-1], f"Correct it, or set {option_name('allow_empty')}: true. Nothing was written."
        )
    return found, failed
