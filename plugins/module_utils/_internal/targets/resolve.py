# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries -> the subscribers that they are about, each with what is declared for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NotFound,
    NotTried,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry, named_twice
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit, _texts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import _Lookup, members
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target


@dataclass
class Resolution:
    """Whom the entries are about, by id; the entries that name nobody, with the reason; and whom an entry of their own
    may be about that could not be looked up. `left_out`: the entries that are not looked up, for `only` names others.
    """

    targets: dict[int, Target] = field(default_factory=dict)
    failed: list[tuple[Entry, FaxError]] = field(default_factory=list)
    unsure: dict[int, FaxError] = field(default_factory=dict)
    left_out: list[Entry] = field(default_factory=list)


def resolve(
    client: Client,
    declared: Sequence[Entry],
    paging: Paging,
    allow_empty: bool,
    only: SubscriberLimit,
    done: Callable[[int], None] = lambda number: None,
) -> Resolution:
    """Find the subscribers of all entries, and keep those that `only` lets through; who is in `only` and not on the
    server is a failure. `done` is told of each number of entries that is found.

    Raises `BadOption`, with all of them, if two entries name the same subscriber, or if a set is empty and
    `allow_empty` is not.
    """
    found = Resolution()
    known = only.learn(client, declared, paging)
    found.left_out = [entry for entry in declared if not only.may_name(entry)]
    declared = [entry for entry in declared if only.may_name(entry)]
    sets, found.failed = _sets(client, [entry for entry in declared if entry.kind == "match"], paging, allow_empty)
    done(len(sets))
    lookup = _Lookup(client, paging, done)
    lookup.run([entry for entry in declared if entry.kind != "match"], known)
    own: dict[int, Entry] = {}
    problems = []
    for entry in declared:
        if entry in lookup.errors:
            found.failed.append((entry, lookup.errors[entry]))
        elif entry.kind != "match":
            one = lookup.found[entry].id
            if own.setdefault(one, entry) is not entry:
                problems.append(named_twice(f"{entry} (subscriber {one})", own[one].place, entry.place))
    if problems:
        raise BadOption(" ".join(map(str, problems))[:-1], "Nothing was written.")
    people = {one: lookup.found[entry] for one, entry in own.items()}
    about: dict[int, tuple[Entry, ...]] = {}
    for entry, those in sets:
        for subscriber in those:
            # Named by id, only the id is known.
            people[subscriber.id] = subscriber
            about[subscriber.id] = (*about.get(subscriber.id, ()), entry)
    for one, subscriber in people.items():
        if not only.has(subscriber):
            continue
        last = (own[one],) if one in own else ()
        found.targets[one] = Target(subscriber, (*about.get(one, ()), *last))
    found.unsure = _unsure(found, set(own))
    told = {entry.key[1] for entry, _error in found.failed}
    told.update(text for subscriber in people.values() for text in _texts(subscriber))
    found.failed += only.lost(client, paging, told)
    return found


def _unsure(found: Resolution, own: set[int]) -> dict[int, FaxError]:
    """Those in sets whose own entry, which would go above the sets, may be one that could not be looked up."""
    failed = [each for each in found.failed if not isinstance(each[1], NotFound)]
    by_name = {entry.key[1]: (entry, error) for entry, error in failed if entry.kind == "subscriber"}
    # Whose external id it is nobody knows.
    anybody = next((entry for entry, _error in failed if entry.kind == "external_id"), None)
    unsure: dict[int, FaxError] = {}
    for one, target in found.targets.items():
        if one in own:
            continue
        name = str(target.subscriber).casefold()
        if name in by_name:
            # The set tells who the entry is about, so that both are one failure.
            entry, error = by_name[name]
            target.entries = (*target.entries, entry)
            found.failed.remove(by_name[name])
            what = f"Not tried: the entry at {entry.place} may be about it, and could not be looked up: {error.what}"
            unsure[one] = NotTried(what, error.advice, error.method, error.path, error.status)
        elif anybody:
            what = f"Not tried: the entry at {anybody.place} may be about it, and could not be looked up"
            unsure[one] = NotTried(what, "Run it again.")
    return unsure


def _sets(
    client: Client, sets: Sequence[Entry], paging: Paging, allow_empty: bool
) -> tuple[list[tuple[Entry, list[Subscriber]]], list[tuple[Entry, FaxError]]]:
    """Return the members of each set, and the errors about malformed members; sets of the same name are looked
    up once.
    """
    known: dict[str, list[Subscriber]] = {}
    odd: list[tuple[Entry, FaxError]] = []
    for entry in sets:
        key = json.dumps(entry.value, sort_keys=True)
        if key not in known:
            errors: list[FaxError] = []
            known[key] = members(client, entry.value, paging, errors.append)
            odd += [(entry, error) for error in {str(error): error for error in errors}.values()]
    found = [(entry, known[json.dumps(entry.value, sort_keys=True)]) for entry in sets]
    strange = {entry for entry, _error in odd}
    empty = [f"{entry.place}: nobody is in {entry}." for entry, those in found if not those and entry not in strange]
    if empty and not allow_empty:
        raise BadOption(" ".join(empty)[:-1], "Correct it, or set allow_empty: true. Nothing was written.")
    return found, odd
