# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a collection (docs/ngcp-api.md#hal, docs/ngcp-api.md#pages).

Check that the items are what the parameters asked for (docs/design.md#check-what-came-back): the server ignores an
unknown filter, and a value may hold wildcards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import NO_CACHE, ODD_ANSWER
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import UNCOUNTED, Query
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotNgcp,
    Unverified,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject

T = TypeVar("T")

# How often to read a collection that changes while it is being read.
TRIES = 3
# How many pages each worker is given at once.
AHEAD = 16
# A lone surrogate: JSON can hold one, a text cannot.
LONE = re.compile("[\ud800-\udfff]")
# More digits than any number of items has.
LONGEST_TOTAL = 18


@dataclass(frozen=True)
class Paging:
    """The way a collection is read.

    An item costs the server 26 to 47 ms and a request 16 to 41 ms. With 50 items, a page takes one to two and a half
    seconds: far less than any proxy waits, and the cost of the request hardly counts.
    """

    page_size: int = 50
    """The number of items on a page."""
    workers: int = 4
    """The number of pages that are read at the same time."""


@dataclass(frozen=True)
class Page:
    """One page of a collection."""

    items: list[JsonObject]
    """The items that have an id."""
    ids: list[int]
    """The ids of `items`."""
    more: bool
    """True if the server announces another page."""
    total: int | None
    """The number of items on all pages; None if the server does not say."""
    blank: bool = False
    """True if nothing in the answer shows that it is a page."""
    nameless: Sequence[JsonObject] = ()
    """The items without an id, where they are allowed."""


# Receives an item without an id, which cannot be assigned to a subscriber.
OnNameless = Callable[[JsonObject], object]
# Receives an error that names the subscriber and the field of a malformed answer.
OnOdd = Callable[[NotNgcp], object]


def unchanged(item: JsonObject) -> JsonObject:
    """Return an item unchanged, for readers that need no conversion."""
    return item


def one_by_one(
    client: Client,
    resource: str,
    params: Query,
    rows: int,
    on_nameless: OnNameless | None = None,
) -> Iterator[JsonObject]:
    """Yield the items, and read each page only when it is wanted; nothing here needs a total.

    Items without an id go to `on_nameless`. Raises `NotNgcp` for such an item if it is None, for what is not a page,
    and if all pages are the same.
    """
    seen: set[int] = set()
    number, more = 0, True
    while more:
        number += 1
        current = page(client, resource, {**params, **UNCOUNTED}, rows, number, on_nameless is not None)
        if on_nameless:
            for item in current.nameless:
                on_nameless(item)
        if current.blank:
            raise NotNgcp("The server answers with something that is not a page", NO_CACHE, "GET", f"/api/{resource}/")
        before = len(seen)
        seen.update(current.ids)
        if current.items and len(seen) == before:
            raise _always_the_same(resource)
        yield from current.items
        more = current.more


@dataclass(frozen=True)
class Collection:
    """A collection of the server whose pages are read several at the same time."""

    client: Client
    resource: str
    """The server's name of the collection."""
    params: Query
    """The filters and the order, without the page."""
    paging: Paging
    on_progress: Callable[[int], object] = lambda number: None
    """Called with the number of items of each page, by the threads that read."""
    on_nameless: OnNameless | None = None
    """Called for each item without an id, again with each try; if it is None, such an item raises `NotNgcp`."""

    def read(self, convert: Callable[[JsonObject], T | None], limit: int | None = None) -> list[T]:
        """Return what `convert` makes of each item, without None; only the first `limit` of them, if it is given.

        Deletions while paging shift later items onto pages already read; re-read until complete. Raises `Unverified` if
        the list never is: a proxy that cuts it off does so each time, and a missing item must not be taken for deleted.
        (An item deleted and another created between two pages go unnoticed. So each page is counted: a total of the
        first and of the last would let them go unnoticed at any time between.)
        """
        for _try in range(TRIES):
            found, is_complete = self._read_once(convert, limit)
            if is_complete:
                return found
        raise Unverified(
            f"The list /api/{self.resource}/ changed each of the {TRIES} times it was read, "
            "or holds less than the server says",
            "Run it again when it is quiet; if that does not help, look for a proxy that cuts answers off.",
            *("GET", f"/api/{self.resource}/"),
        )

    def _read_once(self, convert: Callable[[JsonObject], T | None], limit: int | None) -> tuple[list[T], bool]:
        """Return the converted items, and True if the list was complete: every answer was a page, no total was smaller
        than the first, and as many items were seen as it says.
        """
        first = last = self._page(1)
        seen = set(first.ids)
        kept = [converted for converted in map(convert, first.items) if converted is not None]
        nameless = [*first.nameless]
        number, stale, is_complete = 1, 0, not first.blank
        while last.more and not (limit and len(kept) >= limit):
            batch = self._batch(first, number, bool(limit))
            before = len(seen)
            for current in self._pages(batch):
                is_complete = is_complete and _follows(first, current)
                nameless += current.nameless
                for ident, item in zip(current.ids, current.items, strict=True):
                    # New items push others onto the next page, where they appear again.
                    if ident not in seen:
                        seen.add(ident)
                        converted = convert(item)
                        kept += [] if converted is None else [converted]
                last = current
                if not current.more:
                    break
            stale = stale + 1 if len(seen) == before else 0
            if last.items and stale == TRIES:
                raise _always_the_same(self.resource)
            number = batch[-1]
        if self.on_nameless:
            for item in nameless:
                self.on_nameless(item)
        if limit and len(kept) >= limit:
            return kept[:limit], is_complete
        return kept, is_complete and len(seen) + len(nameless) >= (first.total or 0)

    def _batch(self, first: Page, number: int, is_limited: bool) -> range:
        """Return the numbers of the pages to read after page `number`.

        With a limit, no more than may be needed; and never as many as the total says, which may be any number.
        """
        left = max(1, -(-(first.total or 0) // self.paging.page_size) - number)
        return range(number + 1, number + 1 + min(left, self.paging.workers * (1 if is_limited else AHEAD)))

    def _pages(self, numbers: Sequence[int]) -> list[Page]:
        """Read several pages at the same time."""
        answers = concurrency.map_concurrently(self._page, numbers, self.paging.workers)
        errors = [answer for answer in answers if isinstance(answer, FaxError)]
        if errors:
            raise together(errors, f"{len(errors)} pages of /api/{self.resource}/ cannot be read")
        return [answer for answer in answers if isinstance(answer, Page)]

    def _page(self, number: int) -> Page:
        may_be_nameless = self.on_nameless is not None
        current = page(self.client, self.resource, self.params, self.paging.page_size, number, may_be_nameless)
        self.on_progress(len(current.items))
        return current


def _follows(first: Page, later: Page) -> bool:
    """Return True if a later page continues the list of the first: its total is not smaller or, without totals, it has
    items.
    """
    if first.total is None:
        return bool(later.items)
    return later.total is not None and later.total >= first.total


def _always_the_same(resource: str) -> NotNgcp:
    """Return the error for a server that ignores the number of the page."""
    return NotNgcp("The server answers every page with the same items", NO_CACHE, "GET", f"/api/{resource}/")


def kind_of(value: object) -> str:
    """Describe the kind of a JSON value, to name the value without showing it."""
    if value is None:
        return "null"
    kinds = ((bool, "a boolean"), (str, "a text"), ((int, float), "a number"), (list, "a list"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "an object")


def identity(item: JsonMapping) -> str:
    """Return the id of an item. An item of mailtofaxsettings has it only in its link (docs/ngcp-api.md#resources)."""
    return link(item).rstrip("/").rpartition("/")[2] or str(item.get("id"))


def link(item: JsonMapping) -> str:
    """Return the link of an item to itself, `/api/RESOURCE/ID`; empty if it has none."""
    try:
        return str(item["_links"]["self"]["href"] or "")
    except (KeyError, TypeError):  # missing, or not an object: testing for that first takes twice as long
        return ""


def _mapping(value: object) -> JsonMapping:
    # A JSON object is a dict, and a test for any Mapping takes five times as long.
    return value if isinstance(value, dict) else {}


def page(client: Client, resource: str, params: Query, rows: int, number: int, nameless: bool = False) -> Page:
    """Read one page, by its number from 1. With `nameless` it may hold items without an id.

    `_embedded` is missing on an empty page, and holds one object instead of a list on older releases.
    """
    body = client.get(f"/api/{resource}/", {**params, "rows": rows, "page": number})
    embedded = _mapping(body.get("_embedded")).get(f"ngcp:{resource}") or []
    listed = embedded if isinstance(embedded, list) else [embedded]
    # Finding the id is the costliest step here, so do it once for each item.
    found = [(item, _id_of(item)) for item in listed]
    # Null, a text or a list has no id either.
    odd = [item if isinstance(item, dict) else {} for item, ident in found if ident is None]
    if odd and not nameless:
        raise without_id(resource)
    total = body.get("total_count")
    known = isinstance(total, (int, str)) and re.fullmatch(rf"\d{{1,{LONGEST_TOTAL}}}", str(total), re.ASCII)
    return Page(
        [item for item, ident in found if ident is not None],
        [ident for dummy, ident in found if ident is not None],
        bool(listed) and "next" in _mapping(body.get("_links")),
        int(str(total)) if known else None,
        blank=not any(name in body for name in ("_embedded", "_links", "total_count")),
        nameless=odd,
    )


def _id_of(item: object) -> int | None:
    """Return the id of an object whose link and id name the same item, or that has one of the two; otherwise None."""
    if not isinstance(item, dict):
        return None
    ident = identity(item)
    plausible = ident.isascii() and ident.isdecimal() and len(ident) <= LONGEST_TOTAL
    return int(ident) if plausible and ("id" not in item or str(item["id"]) == ident) else None


def without_id(resource: str) -> NotNgcp:
    """Return the error for an item without an id, or with two different ones."""
    what = (
        f"The server answers with items of /api/{resource}/ that have no id, or two, so their subscribers are unknown"
    )
    return NotNgcp(what, ODD_ANSWER, "GET", f"/api/{resource}/")
