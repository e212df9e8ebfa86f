# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up many subscribers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BulkReader, many
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import Selector

# Subscribers by the kind and the value of entries that name them.
KnownSubscribers = Mapping[tuple[str, str], Subscriber]


def members(client: Client, match: Mapping[str, Any], paging: Paging, on_odd: OnOdd | None = None) -> list[Subscriber]:
    """The subscribers of a set. `on_odd`: see `subscribers.search`."""
    found: list[Subscriber] = subscribers.search(client, match, paging, subscribers.of, on_odd=on_odd)
    return found


class _Lookup:
    """Finds whom entries name: one by one or, where many are of one domain, or many altogether, by pages."""

    def __init__(self, client: Client, paging: Paging, done: Callable[[int], None] = lambda number: None) -> None:
        self._client, self._paging, self._done = client, paging, done
        self._jobs = JobQueue()
        self._fatal: FaxError | None = None
        self.found: dict[Entry, Subscriber] = {}
        self.errors: dict[Entry, FaxError] = {}

    def run(self, named: Sequence[Entry], known: KnownSubscribers | None = None) -> None:
        """Fill `found` and `errors`. Raises what stops every look-up."""
        known = known or {}
        for entry in named:
            if entry.kind == "subscriber_id":
                self._meant(entry, Subscriber(entry.value))
            elif entry.key in known:
                self._meant(entry, known[entry.key])
        for filters, group in _groups([entry for entry in named if entry not in self.found], self._paging):
            use = partial(self._use, filters, {entry.key: entry for entry in group})
            BulkReader(
                self._jobs,
                self._client,
                "subscribers",
                filters,
                group,
                self._paging,
                on_item=use,
                fetch_one=self._one,
                on_failure=self._lost,
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
            self._meant(entry, subscribers.find(self._client, Selector(**{entry.kind: entry.value})))
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
