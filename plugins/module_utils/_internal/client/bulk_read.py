# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the wanted items of a collection at the lowest cost: by pages, or one by one.

An item on a page costs the server less than it costs alone (docs/ngcp-api.md#costs), so pages are cheaper if enough of
their items are wanted. Only a page says how many items exist.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from http import HTTPStatus
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Page, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import UNCOUNTED, Query
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

K = TypeVar("K")


class Cost(NamedTuple):
    """What a collection costs the server, in milliseconds."""

    page: int
    """A page, without its items."""
    item: int
    """Each item of a page."""
    alone: int
    """An item that is read, or looked up, by itself."""

    def of_pages(self, items: int, rows: int) -> int:
        """Return the cost of reading so many items by pages of `rows`."""
        return -(-items // rows) * self.page + items * self.item


COSTS = {
    "faxserversettings": Cost(page=31, item=26, alone=57),
    "mailtofaxsettings": Cost(page=41, item=40, alone=81),
    "subscribers": Cost(page=16, item=47, alone=63),
}
# Subscribers that are looked up by their names.
BY_NAME = COSTS["subscribers"]._replace(alone=116)
# The first pages have at most this fraction (half) as many items as are wanted, in case that none of them is.
FIRST = 2
# Up to this many items are read one by one without asking for the total.
FEW = 50
# Speculative pages may cost at most this fraction (one tenth) of reading one by one.
AT_RISK = 10


class IdRange(NamedTuple):
    """The part of a collection that a page covers; its ids are in order."""

    first: int
    last: int
    items: int
    total: int | None


def many(number: int, paging: Paging) -> bool:
    """Return True if `number` wanted items are enough for pages to be the cheaper way to read them."""
    return number > min(FEW, paging.page_size)


def _is_crash(error: FaxError) -> bool:
    return error.status == HTTPStatus.INTERNAL_SERVER_ERROR


def _range_of(page: Page) -> IdRange | None:
    """Return the part that a page covers; None if its ids are not in order."""
    in_order = bool(page.ids) and not page.nameless and all(one < other for one, other in pairwise(page.ids))
    return IdRange(page.ids[0], page.ids[-1], len(page.ids), page.total) if in_order else None


class BulkReader(Generic[K]):
    """Reads the items of one collection that are named by the keys in `wanted`, as jobs of a `JobQueue`.

    The callbacks run in several threads at once:

    - `on_item(item)` receives every item of a page, wanted or not, and returns the keys it satisfies;
    - `fetch_one(key)` reads one item by itself;
    - `on_failure(keys, error)` receives the keys that cannot be read because a page failed.
    """

    def __init__(
        self,
        jobs: JobQueue,
        client: Client,
        resource: str,
        params: Query,
        wanted: Iterable[K],
        paging: Paging,
        on_item: Callable[[JsonObject], Iterable[K]],
        fetch_one: Callable[[K], None],
        on_failure: Callable[[list[K], FaxError], None],
        cost: Cost | None = None,
        shows_whole: bool = False,
    ) -> None:
        """`cost`: what `resource` costs where that differs from `COSTS`.

        `shows_whole`: True if `whole` is wanted, for which each page is counted. Otherwise pages are not counted once
        the total is known: what they do not show is read one by one anyway.
        """
        self._jobs, self._client, self._resource, self._paging = jobs, client, resource, paging
        self._cost = cost or COSTS[resource]
        self._params = {**params, "order_by": "id"}
        # In the given order, which is that of the results.
        self._missing = dict.fromkeys(wanted)
        self._rows = self._rows_of(self._missing)
        self._on_item, self._fetch_one, self._on_failure = on_item, fetch_one, on_failure
        self._shows_whole = shows_whole
        self._total: int | None = None
        self._pending = 0
        self._alone = 0
        self._is_begun = False
        # Pages that were read ahead, by their number, and the numbers of those that are being read.
        self._ahead: dict[int, Page] = {}
        self._under_way: set[int] = set()
        self._failure: FaxError | None = None
        self._last_asked = 0
        # The first ids of pages without a total.
        self._first_ids: set[int | None] = set()
        # By the number of each page that was read.
        self._ranges: dict[int, IdRange | None] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Add the first jobs to the queue; they add the others."""
        with self._lock:
            self._is_begun = True
            if many(len(self._missing), self._paging):
                self._ask(self._first_pages())
            else:
                self._read_one_by_one()

    def read_ahead(self) -> None:
        """Add jobs that read the first pages when nothing else is to be done, for `start_with`.

        The given keys only tell how many will be wanted.
        """
        if many(len(self._missing), self._paging):
            for number in range(1, self._first_pages() + 1):
                self._jobs.add(0, self._keep_page, number)

    def start_with(self, wanted: Sequence[K]) -> None:
        """Start with the keys that are known by now, and the pages that were read ahead, if any."""
        if not self._missing:
            self._rows = self._rows_of(wanted)
        self._missing = dict.fromkeys(wanted)
        self.start()

    @property
    def is_over(self) -> bool:
        """True once everything was read."""
        return self._is_begun and not self._pending and not self._alone

    def _rows_of(self, wanted: Collection[K]) -> int:
        """Return the size of a page: one that turns out not to be worth it must not cost more than the wanted items."""
        return min(self._paging.page_size, max(FEW, len(wanted) // FIRST))

    def _first_pages(self) -> int:
        """Return how many pages to read at first: several, so that no worker idles until one says how many items exist.

        If pages turn out not to be worth it, little is lost.
        """
        at_risk = len(self._missing) * self._cost.alone // (AT_RISK * self._cost.of_pages(self._rows, self._rows))
        return max(1, min(at_risk, self._paging.workers))

    def _keep_page(self, number: int) -> None:
        with self._lock:
            if self._is_begun:
                return
            self._under_way.add(number)
        with contextlib.suppress(FaxError):  # it will be met again
            self._ahead[number] = self._page(number)
        with self._lock:
            self._under_way.discard(number)
            is_asked_for = number <= self._last_asked
        if is_asked_for:
            self._read_page(number)

    @property
    def whole(self) -> bool:
        """True if pages of the whole collection were read, and no item moved to another page meanwhile.

        Ascending ids and a constant total are the evidence. Always False without `shows_whole`.
        """
        if not self._shows_whole or not self._last_asked or self._ranges.keys() != set(range(1, self._last_asked + 1)):
            return False
        items, previous, totals = 0, -1, set()
        for span in (self._ranges[number] for number in range(1, self._last_asked + 1)):
            if span is None or span.first <= previous:
                return False
            previous, items = span.last, items + span.items
            totals.add(span.total)
        return totals == {items}

    def _ask(self, last: int) -> None:
        """Add jobs for all pages up to `last`."""
        numbers = range(self._last_asked + 1, last + 1)
        self._last_asked = max(self._last_asked, last)
        self._pending += len(numbers)
        for number in numbers:
            if number not in self._under_way:
                self._jobs.add(self._cost.of_pages(self._rows, self._rows), self._read_page, number)

    def _read_one_by_one(self) -> None:
        self._alone = len(self._missing)
        for key in self._missing:
            self._jobs.add(self._cost.alone, self._read_alone, key)

    def _read_alone(self, key: K) -> None:
        try:
            self._fetch_one(key)
        finally:
            with self._lock:
                self._alone -= 1

    def _read_page(self, number: int) -> None:
        try:
            page = self._ahead.pop(number, None) or self._page(number)
            keys = [key for item in page.items for key in self._on_item(item)]
        except FaxError as error:
            with self._lock:
                if not self._failure or _is_crash(self._failure):
                    self._failure = error
        else:
            span = _range_of(page)
            with self._lock:
                self._ranges[number] = span
                for key in keys:
                    self._missing.pop(key, None)
                # A page that crashes the server says nothing about the others.
                if not self._failure or _is_crash(self._failure):
                    self._ask(self._last_worth(page, number))
        with self._lock:
            is_last = self._pending == 1
            if not is_last:
                self._pending -= 1
        if is_last:
            self._finish()
            self._pending = 0

    def _page(self, number: int) -> Page:
        is_counted = self._shows_whole or self._total is None
        params = self._params if is_counted else {**self._params, **UNCOUNTED}
        # A wanted item without an id on its page is read alone, and fails alone.
        return pagination.page(self._client, self._resource, params, self._rows, number, nameless=True)

    def _last_worth(self, page: Page, number: int) -> int:
        """Return the number of the last page that is worth reading, judged by this one; 0 for none."""
        self._total = page.total if page.total is not None else self._total
        if self._total is None:
            # A cache in between may answer every page alike, and announce more.
            first = page.ids[0] if page.ids else None
            is_worth, last = first not in self._first_ids, number + 1 if page.more else number
            self._first_ids.add(first)
        else:
            unread = self._total - self._last_asked * self._rows
            is_worth = len(self._missing) * self._cost.alone >= self._cost.of_pages(unread, self._rows)
            last = -(-self._total // self._rows)
        return last if is_worth else 0

    def _finish(self) -> None:
        """Read one by one what the pages did not contain, unless that is useless.

        One item can crash a whole page; the others on it can still be read. A server that does not answer, or is
        busy, is not asked for each of them.
        """
        if self._failure and not _is_crash(self._failure):
            self._on_failure(list(self._missing), self._failure)
        else:
            self._read_one_by_one()
