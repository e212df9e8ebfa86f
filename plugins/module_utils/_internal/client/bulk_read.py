# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what is wanted of a collection in the cheapest way: by pages, or item by item.

An item on a page costs the server about half of what it costs by itself (docs/ngcp-api.md#costs). So pages are cheaper
if about half of the items on them are wanted, or more. Only a page tells how many items there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Generic, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Page, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

K = TypeVar("K")

# What an item of a page costs the server in milliseconds: of two resources the dearer one is read first.
COSTS = {"faxserversettings": 18, "mailtofaxsettings": 32, "subscribers": 34}
# Pages are worth it if at least one in so many of their items is wanted.
WORTH = 2
# No more than so many are read one by one without a look at how many there are.
FEW = 50
# So much of what the wanted items cost one by one may be spent on pages before it is known how many items there are.
AT_RISK = 10


def many(number: int, paging: Paging) -> bool:
    """Whether so many are wanted that a page may be the cheaper way to read them."""
    return number > min(FEW, paging.page_size)


def _crashed(error: FaxError) -> bool:
    return error.status == HTTPStatus.INTERNAL_SERVER_ERROR


def _span(page: Page) -> tuple[int, int, int, int | None] | None:
    """The first and the last id of a page, how many there are, and the total; None where its ids are not in order."""
    in_order = bool(page.ids) and not page.nameless and all(one < other for one, other in pairwise(page.ids))
    return (page.ids[0], page.ids[-1], len(page.ids), page.total) if in_order else None


class BulkReader(Generic[K]):
    """Reads the items of `wanted` (what names each) of one collection by jobs of `jobs`.

    `use(item)` is called for each item of a page, wanted or not, and returns what it was wanted by; `one(name)` reads
    one by itself; `lost(names, error)` is told what cannot be read since a page failed. Threads call these
    functions side by side.
    """

    def __init__(
        self,
        jobs: JobQueue,
        client: Client,
        resource: str,
        params: Mapping[str, Any],
        wanted: Iterable[K],
        paging: Paging,
        use: Callable[[JsonObject], Iterable[K]],
        one: Callable[[K], None],
        lost: Callable[[list[K], FaxError], None],
    ) -> None:
        self._jobs, self._client, self._resource, self._paging = jobs, client, resource, paging
        self._cost = COSTS.get(resource, 0)
        self._params = {**params, "order_by": "id"}
        # In the order given, which is that of the results.
        self._missing = dict.fromkeys(wanted)
        # A page that turns out not to be worth it must not cost more than what is wanted.
        self._rows = min(paging.page_size, max(FEW, len(self._missing) // WORTH))
        self._use, self._one, self._lost = use, one, lost
        self._pending = 0
        self._failure: FaxError | None = None
        self._asked = 0
        self._firsts: set[int | None] = set()
        # Of each page that was read the first and the last id, how many there are, and the total; None where ids are
        # not in order.
        self._spans: dict[int, tuple[int, int, int, int | None] | None] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Add the first jobs; they add the others."""
        wanted = len(self._missing)
        if many(wanted, self._paging):
            # No worker idles until the first page has told how many there are; if it turns out that pages are not
            # worth it, little is lost.
            self._ask(max(1, min(wanted // (AT_RISK * self._rows), self._paging.workers)))
        else:
            self._one_by_one()

    @property
    def whole(self) -> bool:
        """Whether pages were read of all items that there are, none of which moved to another page meanwhile, as far as
        ids in order and a total that stayed the same can tell.
        """
        if not self._asked or self._spans.keys() != set(range(1, self._asked + 1)):
            return False
        number, before, totals = 0, -1, set()
        for span in (self._spans[page] for page in range(1, self._asked + 1)):
            if span is None or span[0] <= before:
                return False
            before, number = span[1], number + span[2]
            totals.add(span[3])
        return totals == {number}

    def _ask(self, last: int) -> None:
        """Add jobs for all pages up to `last`."""
        numbers = range(self._asked + 1, last + 1)
        self._asked = max(self._asked, last)
        self._pending += len(numbers)
        for number in numbers:
            self._jobs.add(self._rows * self._cost, self._read, number)

    def _one_by_one(self) -> None:
        for name in self._missing:
            self._jobs.add(self._cost, self._one, name)

    def _read(self, number: int) -> None:
        try:
            page = self._page(number)
            names = [name for item in page.items for name in self._use(item)]
        except FaxError as error:
            with self._lock:
                if not self._failure or _crashed(self._failure):
                    self._failure = error
        else:
            span = _span(page)
            with self._lock:
                self._spans[number] = span
                for name in names:
                    self._missing.pop(name, None)
                # A page that crashes the server says nothing of the others.
                if not self._failure or _crashed(self._failure):
                    self._ask(self._last(page, number))
        with self._lock:
            self._pending -= 1
            ended = not self._pending
        if ended:
            self._end()

    def _page(self, number: int) -> Page:
        # Whoever is wanted and has no id there is asked for alone, and fails alone.
        return pagination.page(self._client, self._resource, self._params, self._rows, number, nameless=True)

    def _last(self, page: Page, number: int) -> int:
        """The last page that is worth reading, as far as this one tells."""
        if page.total is None:
            # A cache in between may answer every page alike, and say that there are more.
            first = page.ids[0] if page.ids else None
            worth, last = first not in self._firsts, number + 1 if page.more else number
            self._firsts.add(first)
        else:
            worth = len(self._missing) * WORTH >= page.total - self._asked * self._rows
            last = -(-page.total // self._rows)
        return last if worth else 0

    def _end(self) -> None:
        """All pages that were asked for are read: what is left is read by itself, if there is any use in it.

        One item can crash a page, and then the others on it are as good as before. A server that does not answer at
        all, or is busy, is not asked for each of them again.
        """
        if self._failure and not _crashed(self._failure):
            self._lost(list(self._missing), self._failure)
        else:
            self._one_by_one()
