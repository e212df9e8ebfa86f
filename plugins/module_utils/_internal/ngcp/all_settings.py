# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the settings of many subscribers: of named ones, or of those that `match` selects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BulkReader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Ambiguous,
    FaxError,
    NotFound,
    NotNgcp,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import FALSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    SELECTOR,
    Selector,
    SubscriberKey,
)

QUIET = Progress(None)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class SubscriberSettings:
    """A subscriber and its settings."""

    item: JsonObject
    """The subscriber as the server shows it, without passwords."""
    settings: dict[str, JsonObject]
    """The settings by module, secrets in plain text."""

    @property
    def active(self) -> bool:
        """True if any of the settings are active."""
        return any(held.get("active") not in FALSY for held in self.settings.values())

    @property
    def name(self) -> tuple[str, str]:
        """Domain and username in lower case, to sort by."""
        return str(self.item.get("domain")).casefold(), str(self.item.get("username")).casefold()


def matching(
    client: Client,
    resources: Sequence[Resource],
    match: JsonMapping,
    paging: Paging,
    active: bool | None = None,
    progress: Progress = QUIET,
    on_odd: OnOdd | None = None,
) -> list[SubscriberSettings]:
    """Return the subscribers that `match` selects, with their settings; everybody if it is empty.

    `active`: only those for which some of these settings are active, or with False none; None for both.
    `on_odd` is called for malformed subscribers and settings, which are left out; if it is None, they raise `NotNgcp`.

    The settings of all subscribers are read in pages. The server cannot filter settings by subscriber: those of some
    subscribers are read one by one, or in the pages of all if that is cheaper. It can filter active settings: if only
    the active settings of one resource are wanted, only these are read.
    """
    rows = _matching(client, resources, match, paging, active, progress, on_odd)
    return [row for row in rows if active in (None, row.active)]


def _matching(
    client: Client,
    resources: Sequence[Resource],
    match: JsonMapping,
    paging: Paging,
    active: bool | None,
    progress: Progress,
    on_odd: OnOdd | None,
) -> list[SubscriberSettings]:
    """Return what `matching` does and, at the lowest cost, perhaps also subscribers that `active` excludes."""
    if active and len(resources) == 1 and not match:
        held = settings.read_all(client, resources[0], paging, {"active": 1}, on_odd=on_odd)
        items = _existing(lambda number: subscribers.get(client, Subscriber(number)), held, paging, on_odd)
        return [SubscriberSettings(item, {resources[0].module: held[int(item["id"])]}) for item in items]
    progress.begin("looking up", 0)
    items = subscribers.search(client, match, paging, subscribers.without_secrets, progress.count, on_odd)
    progress.begin("reading", len(items) * len(resources))
    if match or not resources:
        return with_settings(client, resources, items, paging, progress, on_odd)
    everything = {
        each.module: settings.read_all(client, each, paging, on_progress=progress.count, on_odd=on_odd)
        for each in resources
    }
    # A subscriber created or deleted between two lists is missing from one of them; ask the server if it exists.
    known = {int(item["id"]): item for item in items}
    everywhere = set(known).intersection(*everything.values())
    unsure = sorted(set(known).union(*everything.values()) - everywhere)
    found = _existing(
        lambda number: known.get(number) or subscribers.get(client, Subscriber(number)), unsure, paging, on_odd
    )
    rows = [
        SubscriberSettings(known[number], {name: held[number] for name, held in everything.items()})
        for number in known
        if number in everywhere
    ]
    return rows + (with_settings(client, resources, found, paging, on_odd=on_odd) if found else [])


def present(client: Client, named: Mapping[SubscriberKey, str], paging: Paging) -> set[SubscriberKey]:
    """Return the keys of `named` that exist on the server. Its values are the keys' texts as they were written."""
    found: set[SubscriberKey] = set()

    def on_item(item: JsonObject) -> list[SubscriberKey]:
        try:
            subscribers.checked(item)
        except NotNgcp:  # a key that names this subscriber is looked up alone
            return []
        names = {**item, "subscriber_id": pagination.identity(item), "subscriber": subscribers.of(item)}
        keys = (SubscriberKey.of(option, names.get(option)) for option in SELECTOR)
        present_keys = [key for key in keys if key in named]
        found.update(present_keys)
        return present_keys

    def fetch_one(key: SubscriberKey) -> None:
        value = named[key]
        try:
            if key.option == "subscriber_id":
                subscribers.get(client, Subscriber(int(value)))
            elif key.option == "subscriber":
                subscribers.find(client, Selector(subscriber=value))
            else:
                subscribers.find(client, Selector(external_id=value))
        except Ambiguous:
            pass  # it exists, even more than once
        found.add(key)

    reading = _Reading(client, paging)
    reading.add("subscribers", named, on_item, fetch_one)
    reading.run()
    return found


def with_settings(
    client: Client,
    resources: Sequence[Resource],
    items: Sequence[JsonObject],
    paging: Paging,
    progress: Progress = QUIET,
    on_odd: OnOdd | None = None,
) -> list[SubscriberSettings]:
    """Return the subscribers of `items` that still exist, with their settings. `on_odd`: see `matching`."""
    people = {each.id: each for each in map(subscribers.of, items)}
    held: dict[int, dict[str, JsonObject]] = {number: {} for number in people}

    def on_item(resource: Resource, item: JsonObject) -> list[int]:
        subscriber = people.get(int(pagination.identity(item)))
        if subscriber:
            keep(resource, subscriber, lambda: settings.checked(client, resource, subscriber, item))
        return [subscriber.id] if subscriber else []

    def fetch_one(resource: Resource, number: int) -> None:
        keep(resource, people[number], lambda: settings.read(client, resource, people[number]))

    def keep(resource: Resource, subscriber: Subscriber, fetch: Callable[[], JsonObject]) -> None:
        try:
            held[subscriber.id][resource.module] = fetch()
        except NotNgcp as error:
            if not on_odd:
                raise
            on_odd(error)
        progress.count()

    reading = _Reading(client, paging)
    for each in resources:
        reading.add(each.name, people, partial(on_item, each), partial(fetch_one, each))
    reading.run()
    rows = [SubscriberSettings(item, held[subscribers.of(item).id]) for item in items]
    return [row for row in rows if len(row.settings) == len(resources)]


class _Reading:
    """Reads several collections concurrently, each at its lowest cost, until the first error.

    A missing item is not an error.
    """

    def __init__(self, client: Client, paging: Paging) -> None:
        self._client, self._paging = client, paging
        self._jobs = JobQueue()
        self._errors: list[FaxError] = []

    def add(
        self,
        resource: str,
        wanted: Iterable[T],
        on_item: Callable[[JsonObject], Iterable[T]],
        fetch_one: Callable[[T], None],
    ) -> None:
        """Add a collection. `on_item` and `fetch_one` are those of `BulkReader`."""

        def fetch_existing(key: T) -> None:
            try:
                fetch_one(key)
            except NotFound:
                pass
            except FaxError as error:
                self._on_failure([key], error)

        BulkReader(
            self._jobs,
            self._client,
            resource,
            {},
            wanted,
            self._paging,
            on_item=on_item,
            fetch_one=fetch_existing,
            on_failure=self._on_failure,
        ).start()

    def run(self) -> None:
        """Read all collections. Raises the first error."""
        self._jobs.run(self._paging.workers)
        if self._errors:
            raise self._errors[0]

    def _on_failure(self, keys: list[T], error: FaxError) -> None:
        # A failed page does not matter if nothing that is wanted can be on it.
        if keys:
            self._errors.append(error)
            self._jobs.stop()


def _existing(fetch: Callable[[T], R], keys: Iterable[T], paging: Paging, on_odd: OnOdd | None = None) -> list[R]:
    """Return what `fetch` returns for each key that still exists. `on_odd`: see `matching`."""
    found = []
    for each in concurrency.map_concurrently(fetch, list(keys), paging.workers):
        if on_odd and isinstance(each, NotNgcp):
            on_odd(each)
        elif isinstance(each, FaxError):
            if not isinstance(each, NotFound):
                raise each
        else:
            found.append(each)
    return found
