# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries -> the subscribers that they are about, each with what is declared for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import entries, settings, subscribers, workers
from ansible_collections.ngcp.fax.plugins.module_utils.api import Client
from ansible_collections.ngcp.fax.plugins.module_utils.bulk import Reading, many
from ansible_collections.ngcp.fax.plugins.module_utils.entries import SETTINGS, Entry
from ansible_collections.ngcp.fax.plugins.module_utils.errors import (
    BadOption,
    FaxError,
    NotFound,
    NotNgcp,
    NotTried,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils.pages import OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils.patch import FALSE
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils.workers import Jobs

# Subscribers by the kind and the value of entries that name them.
Known = Mapping[tuple[str, str], Subscriber]


@dataclass(slots=True)
class Target:
    """A subscriber (None if nobody was found), and the entries about it: those of sets, and then its own."""

    subscriber: Subscriber | None
    entries: tuple[Entry, ...]

    def as_dict(self) -> JsonObject:
        """Who it is: the subscriber or, where nobody was found, what the entry itself tells."""
        if self.subscriber:
            return self.subscriber.as_dict()
        entry = self.entries[-1]
        username, _at, domain = str(entry.value).rpartition("@") if entry.kind == "subscriber" else (None, "", None)
        return {"id": None, "username": username, "domain": domain}

    @property
    def names(self) -> set[str]:
        """Of which settings the entries declare options."""
        return set().union(*(entry.names for entry in self.entries))

    @property
    def place(self) -> str | None:
        """Where the subscriber is named or, if it is in sets only, the last of them; None if no entry is about it."""
        return self.entries[-1].place if self.entries else None


def target_of(entry: Entry) -> Target:
    """Return whom an entry is about as far as it tells by itself, without a look-up."""
    return Target(Subscriber(int(entry.value)) if entry.kind == "subscriber_id" else None, (entry,))


class Only:
    """Whom a run is about, whatever else is declared: names (`user@domain`) and ids; without them, everybody."""

    def __init__(self, names: Iterable[Any] | None) -> None:
        # As they are given, by their small letters.
        self._given = {str(name).casefold(): str(name) for name in names or ()}
        self._names = None if names is None else set(self._given)
        self._looked_up: set[str] = set()
        self._errors: dict[str, FaxError] = {}

    def learn(self, client: Client, declared: Sequence[Entry], paging: Paging) -> Known:
        """Learn their ids if entries name subscribers by id, and their names if entries name them so. Returns whom it
        had to look up by name for that.
        """
        kinds = {entry.kind for entry in declared}
        names = [name for name in self._given if ("subscriber_id" if "@" in name else "subscriber") in kinds]
        found = self._look_up(client, names, paging)
        errors = [error for error in self._errors.values() if not isinstance(error, NotFound)]
        if errors:
            raise together(errors, f"{len(errors)} of those in only cannot be looked up")
        if self._names is not None:
            self._names |= {text for each in found.values() for text in _texts(each)}
        return {("subscriber", name): subscriber for name, subscriber in found.items() if "@" in name}

    def lost(self, client: Client, paging: Paging, told: set[str]) -> list[tuple[Entry, FaxError]]:
        """Those who are not on the server, or cannot be looked up, with the reason. `told`: names and ids of those who
        were found, or of whom it is said already that they were not.
        """
        known = told | self._looked_up
        self._look_up(client, [name for name in self._given if name not in known], paging)
        return [(_in_only(self._given[name]), error) for name, error in self._errors.items() if name not in told]

    def _look_up(self, client: Client, names: Sequence[str], paging: Paging) -> dict[str, Subscriber]:
        """Those who are found; the errors of the others are kept."""
        lookup = _Lookup(client, paging)
        lookup.run([_in_only(name) for name in names if "@" in name])
        ids = [name for name in names if name.isdecimal()]
        by_id = workers.each(
            lambda one: subscribers.of(subscribers.get(client, Subscriber(int(one)))), ids, paging.workers
        )
        answers: dict[str, Subscriber | FaxError] = {
            **{name: NotFound("", "") for name in names},
            **{entry.key[1]: subscriber for entry, subscriber in lookup.found.items()},
            **{entry.key[1]: error for entry, error in lookup.errors.items()},
            **dict(zip(ids, by_id, strict=True)),
        }
        for name, answer in answers.items():
            if isinstance(answer, NotFound):
                what = f"There is no subscriber {self._given[name]} on this server"
                self._errors[name] = NotFound(what, "Correct it in only, or take it out.")
            elif isinstance(answer, FaxError):
                self._errors[name] = answer
        self._looked_up.update(names)
        return {name: answer for name, answer in answers.items() if isinstance(answer, Subscriber)}

    def may_name(self, entry: Entry) -> bool:
        """Whether an entry can be about one of them, as far as it tells; they have been learnt."""
        tells = entry.kind in ("subscriber", "subscriber_id")
        return self._names is None or not tells or str(entry.value).casefold() in self._names

    def has(self, subscriber: Subscriber) -> bool:
        """Whether a subscriber is one of them."""
        return self._names is None or not self._names.isdisjoint(_texts(subscriber))


def _in_only(name: str) -> Entry:
    return Entry("only", "subscriber", name, "{}", ())


def _texts(subscriber: Subscriber) -> tuple[str, str]:
    """The id and the name of a subscriber, as one of those in `only` is compared."""
    return str(subscriber.id), str(subscriber).casefold()


@dataclass
class Directory:
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
    only: Only,
    done: Callable[[int], None] = lambda number: None,
) -> Directory:
    """Find the subscribers of all entries, and keep those that `only` lets through; who is in `only` and not on the
    server is a failure. `done` is told of each number of entries that is found.

    Raises `BadOption`, with all of them, if two entries name the same subscriber, or if a set is empty and
    `allow_empty` is not.
    """
    found = Directory()
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
                problems.append(entries.named_twice(f"{entry} (subscriber {one})", own[one].place, entry.place))
    if problems:
        raise BadOption(" ".join(problems)[:-1], "Nothing was written.")
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


def _unsure(found: Directory, own: set[int]) -> dict[int, FaxError]:
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


def members(client: Client, match: Mapping[str, Any], paging: Paging, on_odd: OnOdd | None = None) -> list[Subscriber]:
    """The subscribers of a set. `on_odd`: see `subscribers.search`."""
    found: list[Subscriber] = subscribers.search(client, match, paging, subscribers.of, on_odd=on_odd)
    return found


def is_active(item: Mapping[str, Any]) -> bool:
    """Whether settings are active."""
    return item.get("active") not in FALSE


def active(
    client: Client,
    scope: Mapping[str, Any] | None,
    paging: Paging,
    without: set[int],
    only: Only,
    known: Mapping[str, Mapping[int, JsonObject]],
) -> list[tuple[Subscriber, dict[str, JsonObject]]]:
    """Those in `scope` (everybody if it is not given), but for the ids in `without`, of whose settings some are active:
    with these, by their module.

    `known`: where the settings of everybody have just been read, the server's items of all that are active, by module
    and id; they are not asked for again.
    """
    inside = {each.id: each for each in members(client, scope, paging)} if scope else None
    held: dict[int, dict[str, JsonObject]] = {}
    for name, resource in SETTINGS.items():
        if name in known:
            those = {
                one: settings.identified(client, resource, Subscriber(one), item) for one, item in known[name].items()
            }
        else:
            those = settings.read_all(client, resource, paging, {"active": 1}, check=settings.identified)
        for one, item in those.items():
            # A server that does not know the filter shows everybody (design rule 9).
            if is_active(item) and one not in without and (inside is None or one in inside):
                held.setdefault(one, {})[name] = item
    if inside is None:
        found = workers.each(
            lambda one: subscribers.of(subscribers.get(client, Subscriber(one))), sorted(held), paging.workers
        )
        # A member with a malformed name is known by its id.
        found = [
            Subscriber(one) if isinstance(each, NotNgcp) else each
            for one, each in zip(sorted(held), found, strict=True)
        ]
        errors = [each for each in found if isinstance(each, FaxError) and not isinstance(each, NotFound)]
        if errors:
            raise together(errors, f"{len(errors)} subscribers cannot be read")
        inside = {each.id: each for each in found if isinstance(each, Subscriber)}
    return [(inside[one], held[one]) for one in sorted(held) if one in inside and only.has(inside[one])]


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


class _Lookup:
    """Finds whom entries name: one by one or, where many are of one domain, or many altogether, by pages."""

    def __init__(self, client: Client, paging: Paging, done: Callable[[int], None] = lambda number: None) -> None:
        self._client, self._paging, self._done = client, paging, done
        self._jobs = Jobs()
        self._fatal: FaxError | None = None
        self.found: dict[Entry, Subscriber] = {}
        self.errors: dict[Entry, FaxError] = {}

    def run(self, named: Sequence[Entry], known: Known | None = None) -> None:
        """Fill `found` and `errors`. Raises what stops every look-up."""
        known = known or {}
        for entry in named:
            if entry.kind == "subscriber_id":
                self._meant(entry, Subscriber(entry.value))
            elif entry.key in known:
                self._meant(entry, known[entry.key])
        for filters, group in _groups([entry for entry in named if entry not in self.found], self._paging):
            use = partial(self._use, filters, {entry.key: entry for entry in group})
            Reading(
                self._jobs,
                self._client,
                "subscribers",
                filters,
                group,
                self._paging,
                use=use,
                one=self._one,
                lost=self._lost,
            ).start()
        self._jobs.run(self._paging.workers)
        if self._fatal:
            raise self._fatal

    def _use(self, filters: JsonObject, wanted: Mapping[tuple[str, str], Entry], item: JsonObject) -> list[Entry]:
        """The entries that an item of a page is meant by."""
        try:
            subscribers.checked(item)
        except NotNgcp:  # whoever is wanted is asked for alone, and fails alone
            return []
        if not subscribers.fits(filters, item):
            return []
        subscriber = subscribers.of(item)
        names = (("subscriber", str(subscriber)), ("external_id", item.get("external_id")))
        keys = [(kind, str(name).casefold()) for kind, name in names if name is not None]
        meant = [wanted[key] for key in keys if key in wanted]
        for entry in meant:
            # The page that was read before may have moved it here.
            if self.found.get(entry, subscriber).id == subscriber.id:
                self._meant(entry, subscriber)
            else:
                self.errors[entry] = subscribers.ambiguous(str(entry), [self.found[entry].id, subscriber.id])
        return meant

    def _one(self, entry: Entry) -> None:
        try:
            self._meant(entry, subscribers.find(self._client, {entry.kind: entry.value}))
        except FaxError as error:
            self._lost([entry], error)

    def _meant(self, entry: Entry, subscriber: Subscriber) -> None:
        self._done(entry not in self.found)
        self.found[entry] = subscriber

    def _lost(self, those: list[Entry], error: FaxError) -> None:
        if error.fatal:
            self._fatal = error
            self._jobs.stop()
        self.errors.update(dict.fromkeys(those, error))
        self._done(len(those))


def _groups(named: Sequence[Entry], paging: Paging) -> list[tuple[JsonObject, list[Entry]]]:
    """Entries that are looked up together, with the filter of their pages: those of a domain if they are many, and all
    others.
    """
    domains: dict[str, list[Entry]] = {}
    rest = [entry for entry in named if entry.kind == "external_id"]
    for entry in named:
        if entry.kind == "subscriber":
            domains.setdefault(entry.value.rpartition("@")[2].casefold(), []).append(entry)
    large = {domain: group for domain, group in domains.items() if many(len(group), paging)}
    rest += [entry for domain, group in domains.items() if domain not in large for entry in group]
    return [({"domain": domain}, group) for domain, group in large.items()] + [({}, rest)]
