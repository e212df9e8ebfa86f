# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who there is, and with which settings: of named subscribers, or of all that filters let through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import FALSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import Selector

QUIET = Progress(None)
# Who is meant: a selector's name, and its value in lower case.
Key = tuple[str, str]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class SubscriberSettings:
    """A subscriber as the server shows it, without passwords, and its settings by resource, secrets in plain text."""

    item: JsonObject
    settings: dict[str, JsonObject]

    @property
    def active(self) -> bool:
        return any(held.get("active") not in FALSY for held in self.settings.values())

    @property
    def name(self) -> tuple[str, str]:
        return str(self.item.get("domain")).casefold(), str(self.item.get("username")).casefold()


def matching(
    client: Client,
    resources: Sequence[Resource],
    filters: Mapping[str, Any],
    paging: Paging,
    progress: Progress = QUIET,
    on_odd: OnOdd | None = None,
) -> list[SubscriberSettings]:
    """All that the filters let through; with `active: true` there may be inactive ones among them. `on_odd` is told of
    subscribers and settings that are not what they should be, and these are left out; without it they are raised.

    Settings of everybody are read in pages. For those of a part the server has no filter: they are read one by one, or
    in the pages of everybody if that is cheaper. It knows the active ones: if only these of one resource are wanted,
    only they are read.
    """
    filtered = any(filters.get(each.name) is not None for each in FILTERS)
    if filters.get("active") and len(resources) == 1 and not filtered:
        held = settings.read_all(client, resources[0], paging, {"active": 1}, on_odd=on_odd)
        items = _those_there(lambda one: subscribers.get(client, Subscriber(one)), held, paging, on_odd)
        return [SubscriberSettings(item, {resources[0].module: held[int(item["id"])]}) for item in items]
    progress.begin("looking up", 0)
    items = subscribers.search(client, filters, paging, done=progress.count, on_odd=on_odd)
    progress.begin("reading", len(items) * len(resources))
    if filtered or not resources:
        return with_settings(client, resources, items, paging, progress, on_odd)
    everything = {
        each.module: settings.read_all(client, each, paging, done=progress.count, on_odd=on_odd) for each in resources
    }
    # Who came or went between the lists does not stand in all of them: only the server knows who is there.
    known = {int(item["id"]): item for item in items}
    everywhere = set(known).intersection(*everything.values())
    unsure = sorted(set(known).union(*everything.values()) - everywhere)
    found = _those_there(lambda one: known.get(one) or subscribers.get(client, Subscriber(one)), unsure, paging, on_odd)
    rows = [
        SubscriberSettings(known[one], {name: held[one] for name, held in everything.items()})
        for one in known
        if one in everywhere
    ]
    return rows + (with_settings(client, resources, found, paging, on_odd=on_odd) if found else [])


def present(client: Client, named: Mapping[Key, str], paging: Paging) -> set[Key]:
    """Those keys of `named` that somebody on the server has; its values are those of the keys, as they are written."""
    found: set[Key] = set()

    def use(item: JsonObject) -> list[Key]:
        try:
            subscribers.checked(item)
        except NotNgcp:  # whoever is meant is asked for alone
            return []
        names = {**item, "subscriber_id": pagination.identity(item), "subscriber": subscribers.of(item)}
        keys = ((kind, str(names.get(kind)).casefold()) for kind in SELECTOR)
        there = [key for key in keys if key in named]
        found.update(there)
        return there

    def one(key: Key) -> None:
        kind, value = key[0], named[key]
        try:
            if kind == "subscriber_id":
                subscribers.get(client, Subscriber(int(value)))
            elif kind == "subscriber":
                subscribers.find(client, Selector(subscriber=value))
            else:
                subscribers.find(client, Selector(external_id=value))
        except Ambiguous:
            pass  # it is there, and more than once
        found.add(key)

    readings = _Readings(client, paging)
    readings.add("subscribers", named, use, one)
    readings.run()
    return found


def with_settings(
    client: Client,
    resources: Sequence[Resource],
    items: Sequence[JsonObject],
    paging: Paging,
    progress: Progress = QUIET,
    on_odd: OnOdd | None = None,
) -> list[SubscriberSettings]:
    """Return the items that still exist with their settings. `on_odd`: see `matching`."""
    people = {each.id: each for each in map(subscribers.of, items)}
    held: dict[int, dict[str, JsonObject]] = {one: {} for one in people}

    def use(resource: Resource, item: JsonObject) -> list[int]:
        who = people.get(int(pagination.identity(item)))
        if who:
            keep(resource, who, lambda: settings.checked(client, resource, who, item))
        return [who.id] if who else []

    def one(resource: Resource, number: int) -> None:
        keep(resource, people[number], lambda: settings.read(client, resource, people[number]))

    def keep(resource: Resource, who: Subscriber, read: Callable[[], JsonObject]) -> None:
        try:
            held[who.id][resource.module] = read()
        except NotNgcp as error:
            if not on_odd:
                raise
            on_odd(error)
        progress.count()

    readings = _Readings(client, paging)
    for each in resources:
        readings.add(each.name, people, partial(use, each), partial(one, each))
    readings.run()
    rows = [SubscriberSettings(item, held[subscribers.of(item).id]) for item in items]
    return [row for row in rows if len(row.settings) == len(resources)]


class _Readings:
    """Collections that are read side by side, each in its cheapest way, until the first error: that somebody is not
    there is none.
    """

    def __init__(self, client: Client, paging: Paging) -> None:
        self._client, self._paging = client, paging
        self._jobs = JobQueue()
        self._errors: list[FaxError] = []

    def add(
        self,
        resource: str,
        wanted: Iterable[T],
        use: Callable[[JsonObject], Iterable[T]],
        one: Callable[[T], None],
    ) -> None:
        """Read `wanted` of a collection; `use` and `one` are those of `Reading`."""

        def guarded(name: T) -> None:
            try:
                one(name)
            except NotFound:
                pass
            except FaxError as error:
                self._fail([name], error)

        BulkReader(
            self._jobs,
            self._client,
            resource,
            {},
            wanted,
            self._paging,
            on_item=use,
            fetch_one=guarded,
            on_failure=self._fail,
        ).start()

    def run(self) -> None:
        self._jobs.run(self._paging.workers)
        if self._errors:
            raise self._errors[0]

    def _fail(self, names: list[T], error: FaxError) -> None:
        # A failed page that nobody of those wanted can have been on is none.
        if names:
            self._errors.append(error)
            self._jobs.stop()


def _those_there(
    function: Callable[[T], R], items: Iterable[T], paging: Paging, on_odd: OnOdd | None = None
) -> list[R]:
    """Return what `function` returns for each of the items that still exist. `on_odd`: see `matching`."""
    found = []
    for each in concurrency.map_concurrently(function, list(items), paging.workers):
        if on_odd and isinstance(each, NotNgcp):
            on_odd(each)
        elif isinstance(each, FaxError):
            if not isinstance(each, NotFound):
                raise each
        else:
            found.append(each)
    return found
