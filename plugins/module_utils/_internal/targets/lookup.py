# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up the subscribers that many entries name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BY_NAME, BulkReader, many
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import by_id

KnownSubscribers = Mapping[SubscriberKey, Subscriber]
"""Subscribers by `Entry.key`."""


def members(
    client: Client,
    match: JsonMapping,
    paging: Paging,
    on_odd: OnOdd | None = None,
    on_seen: Callable[[JsonObject], None] = lambda item: None,
) -> list[Subscriber]:
    """Return the subscribers of a set. `on_odd`: see `subscribers.search`; `on_seen`: see `Lookup`."""

    def convert(item: JsonObject) -> Subscriber:
        on_seen(item)
        return subscribers.of(item)

    return subscribers.search(client, match, paging, convert, on_odd=on_odd)


class Lookup:
    """Finds the subscribers that entries name: one by one or, if there are many, in pages of a domain or of all."""

    def __init__(
        self,
        client: Client,
        paging: Paging,
        on_progress: Callable[[int], None] = lambda number: None,
        on_seen: Callable[[JsonObject], None] = lambda item: None,
        jobs: JobQueue | None = None,
    ) -> None:
        """`on_progress` is called with the number of entries that were looked up since the last call, `on_seen` with
        each of the server's items that was read, in several threads at once. `jobs`: a running queue to use.
        """
        self._client, self._paging, self._on_progress, self._on_seen = client, paging, on_progress, on_seen
        self._jobs, self._is_running = jobs or JobQueue(), jobs is not None
        self._fatal: FaxError | None = None
        self.found: dict[Entry, Subscriber] = {}
        """The subscriber of each entry that names one."""
        self.errors: dict[Entry, FaxError] = {}
        """The reason why each of the other entries resolves to no subscriber."""

    def run(self, named: Sequence[Entry], known: KnownSubscribers | None = None) -> None:
        """Fill `found` and `errors`. Raises an error that every further look-up would meet as well."""
        for entry in named:
            if entry.kind == "subscriber_id":
                self._keep(entry, by_id(entry))
            elif known and entry.key in known:
                self._keep(entry, known[entry.key])
        readers = [
            BulkReader(
                self._jobs,
                self._client,
                "subscribers",
                filters,
                group,
                self._paging,
                on_item=partial(self._on_item, filters, {entry.key: entry for entry in group}),
                fetch_one=self._find_one,
                on_failure=self._on_failure,
                cost=BY_NAME,
            )
            for filters, group in _groups([entry for entry in named if entry not in self.found], self._paging)
        ]
        for reader in readers:
            reader.start()
        if self._is_running:
            self._jobs.wait_for(lambda: all(reader.is_over for reader in readers))
        else:
            self._jobs.run(self._paging.workers)
        if self._fatal:
            raise self._fatal

    def _on_item(self, filters: JsonObject, wanted: Mapping[SubscriberKey, Entry], item: JsonObject) -> list[Entry]:
        """Return the entries that name the subscriber `item` of a page."""
        try:
            subscribers.checked(item)
        except NotNgcp:  # an entry that names it is looked up alone, and fails alone
            return []
        if not subscribers.fits(filters, item):
            return []
        self._on_seen(item)
        subscriber = subscribers.of(item)
        names = (("subscriber", str(subscriber)), ("external_id", item.get("external_id")))
        keys = [SubscriberKey.of(option, name) for option, name in names if name is not None]
        entries = [wanted[key] for key in keys if key in wanted]
        for entry in entries:
            # An item that moves while pages are read may be met twice.
            if self.found.get(entry, subscriber).id == subscriber.id:
                self._keep(entry, subscriber)
            else:
                self.errors[entry] = subscribers.ambiguous(str(entry), [self.found[entry].id, subscriber.id])
        return entries

    def _find_one(self, entry: Entry) -> None:
        try:
            item = subscribers.find_by_name(self._client, (entry.kind, entry.value))
            self._on_seen(item)
            self._keep(entry, subscribers.of(item))
        except FaxError as error:
            self._on_failure([entry], error)

    def _keep(self, entry: Entry, subscriber: Subscriber) -> None:
        self._on_progress(entry not in self.found)
        self.found[entry] = subscriber

    def _on_failure(self, entries: list[Entry], error: FaxError) -> None:
        if error.fatal:
            self._fatal = error
            self._jobs.stop()
        self.errors.update(dict.fromkeys(entries, error))
        self._on_progress(len(entries))


def _groups(named: Sequence[Entry], paging: Paging) -> list[tuple[JsonObject, list[Entry]]]:
    """Group the entries to look up together, with the filter for their pages.

    Each domain with many entries is a group; all other entries are one.
    """
    domains: dict[str, list[Entry]] = {}
    rest = [entry for entry in named if entry.kind == "external_id"]
    for entry in named:
        if entry.kind == "subscriber":
            domains.setdefault(entry.value.rpartition("@")[2].casefold(), []).append(entry)
    large = {domain: group for domain, group in domains.items() if many(len(group), paging)}
    rest += [entry for domain, group in domains.items() if domain not in large for entry in group]
    return [({"domain": domain}, group) for domain, group in large.items()] + [({}, rest)]
