# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subscribers to which a run is limited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import KnownSubscribers, _Lookup


class SubscriberLimit:
    """Whom a run is about, whatever else is declared: names (`user@domain`) and ids; without them, everybody."""

    def __init__(self, names: Iterable[Any] | None) -> None:
        # As they are given, by their small letters.
        self._given = {str(name).casefold(): str(name) for name in names or ()}
        self._names = None if names is None else set(self._given)
        self._looked_up: set[str] = set()
        self._errors: dict[str, FaxError] = {}

    def learn(self, client: Client, declared: Sequence[Entry], paging: Paging) -> KnownSubscribers:
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
        by_id = concurrency.map_concurrently(
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
