# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limit a run to some subscribers: the option `only`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import KnownSubscribers, Lookup


class SubscriberLimit:
    """The subscribers that a run is limited to, by name (`user@domain`) or id."""

    def __init__(self, names: Iterable[str | int] | None) -> None:
        """`names` are those of `only`; None means no limit."""
        # The names as they were written, by their lower case.
        self._given = {str(name).casefold(): str(name) for name in names or ()}
        self._names = None if names is None else set(self._given)
        self._looked_up: set[str] = set()
        self._errors: dict[str, FaxError] = {}

    def learn(self, client: Client, declared: Sequence[Entry], paging: Paging) -> KnownSubscribers:
        """Learn the ids of names if entries name subscribers by id, and the names of ids if entries use names.

        Return the subscribers that were looked up by name. Raises an error that prevents a look-up, but not for a
        missing subscriber.
        """
        kinds = {kind for entry in declared for kind in entry.selectors}
        names = [name for name in self._given if ("subscriber_id" if "@" in name else "subscriber") in kinds]
        found = self._look_up(client, names, paging)
        errors = [error for error in self._errors.values() if not isinstance(error, NotFound)]
        if errors:
            raise together(errors, f"{len(errors)} of those in {option_name('only')} cannot be looked up")
        if self._names is not None:
            self._names |= {text for subscriber in found.values() for text in texts_of(subscriber)}
        return {SubscriberKey("subscriber", name): subscriber for name, subscriber in found.items() if "@" in name}

    def missing(self, client: Client, paging: Paging, known: set[str]) -> list[tuple[Entry, FaxError]]:
        """Return the subscribers of `only` that are not on the server or cannot be looked up, with the reason.

        `known` holds the names and ids that were found, or that are already reported as missing.
        """
        done = known | self._looked_up
        self._look_up(client, [name for name in self._given if name not in done], paging)
        return [(_entry(self._given[name]), error) for name, error in self._errors.items() if name not in known]

    def may_name(self, entry: Entry) -> bool:
        """Return False if the entry alone shows that it names another subscriber. Call `learn` first."""
        shows = not {"match", "external_id"} & entry.selectors.keys()
        return self._names is None or not shows or any(key.text in self._names for key in entry.keys)

    def has(self, subscriber: Subscriber) -> bool:
        """Return True if `only` includes a subscriber."""
        return self._names is None or not self._names.isdisjoint(texts_of(subscriber))

    def _look_up(self, client: Client, names: Sequence[str], paging: Paging) -> dict[str, Subscriber]:
        """Return the subscribers that exist; keep the errors of the others."""
        lookup = Lookup(client, paging)
        lookup.run([_entry(name) for name in names if "@" in name])
        ids = [name for name in names if name.isdecimal()]
        by_id = concurrency.map_concurrently(
            lambda number: subscribers.of(subscribers.get(client, Subscriber(int(number)))), ids, paging.workers
        )
        answers: dict[str, Subscriber | FaxError] = {
            **{name: NotFound("", "") for name in names},
            **{entry.key.text: subscriber for entry, subscriber in lookup.found.items()},
            **{entry.key.text: error for entry, error in lookup.errors.items()},
            **dict(zip(ids, by_id, strict=True)),
        }
        for name, answer in answers.items():
            if isinstance(answer, NotFound):
                what = f"There is no subscriber {self._given[name]} on this server"
                self._errors[name] = NotFound(what, f"Correct it in {option_name('only')}, or take it out.")
            elif isinstance(answer, FaxError):
                self._errors[name] = answer
        self._looked_up.update(names)
        return {name: answer for name, answer in answers.items() if isinstance(answer, Subscriber)}


def texts_of(subscriber: Subscriber) -> tuple[str, str]:
    """Return the id and the name of a subscriber, in the form in which `only` is compared."""
    return str(subscriber.id), str(subscriber).casefold()


def _entry(name: str) -> Entry:
    return Entry(option_name("only"), "subscriber", name, "{}", ())
