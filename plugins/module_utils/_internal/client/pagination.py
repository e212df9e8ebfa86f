# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a collection (docs/ngcp-api.md#hal, docs/ngcp-api.md#pages).

Check that the items are what the parameters asked for (docs/design.md#check-what-came-back): the server ignores an
unknown filter, and a value may hold wildcards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import NO_CACHE, ODD_ANSWER
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotNgcp,
    Unverified,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

# How often a collection is read that changes meanwhile.
TRIES = 3
# How many pages each worker has before it.
AHEAD = 16
# Half of a character, which JSON can hold and no text.
LONE = re.compile("[\ud800-\udfff]")
# More digits than any number of items has.
LONGEST_TOTAL = 18


@dataclass(frozen=True)
class Paging:
    """How many items a page has, and how many pages are fetched at the same time.

    An item costs the server 18 to 35 ms, a request 40 ms: with 50 items a page takes it one to two seconds, far below
    what a proxy waits, and its own cost is lost among theirs.
    """

    page_size: int = 50
    workers: int = 4


@dataclass(frozen=True)
class Page:
    """`ids` are the items'; `total` is how many items there are on all pages, None if the server does not say.
    `blank`: nothing tells that this is a page at all. `nameless` are items without an id, where they are allowed.
    """

    items: list[JsonObject]
    ids: list[int]
    more: bool
    total: int | None
    blank: bool = False
    nameless: Sequence[JsonObject] = ()


# Called with an item without an id, which cannot be attributed to anybody.
OnNameless = Callable[[JsonObject], object]
# Told of an answer that is not what it should be, as an error that names the subscriber and the field.
OnOdd = Callable[[NotNgcp], object]


def one_by_one(
    client: Client,
    resource: str,
    params: Mapping[str, Any],
    rows: int,
    on_nameless: OnNameless | None = None,
) -> Iterator[JsonObject]:
    """The items, read page by page as they are used. Those without an id go to `on_nameless`; without it they are an
    error.
    """
    seen: set[int] = set()
    number, more = 0, True
    while more:
        number += 1
        one = page(client, resource, params, rows, number, on_nameless is not None)
        if on_nameless:
            for item in one.nameless:
                on_nameless(item)
        if one.blank:
            raise NotNgcp("The server answers with something that is no page", NO_CACHE, "GET", f"/api/{resource}/")
        before = len(seen)
        seen.update(one.ids)
        if one.items and len(seen) == before:
            raise NotNgcp("The server answers every page with the same items", NO_CACHE, "GET", f"/api/{resource}/")
        yield from one.items
        more = one.more


def read(
    client: Client,
    resource: str,
    params: Mapping[str, Any],
    paging: Paging,
    take: Callable[[JsonObject], Any] = lambda item: item,
    limit: int | None = None,
    done: Callable[[int], object] = lambda number: None,
    on_nameless: OnNameless | None = None,
) -> list[Any]:
    """What `take` makes of each item, unless it is None; the first `limit` of them, several pages side by side. `done`
    is told how many items each page has, by the threads that read them. Items without an id go to `on_nameless`, again
    at each try; without it they are an error.

    If items go away meanwhile, later ones move to a page that was read before: then all is read again, until it is
    whole. Raises `Unverified` if it never is: what a proxy cuts off looks the same each time, and who is missing on it
    must not be taken for gone. (Nobody sees it if one goes and another comes between two pages.)
    """
    for _try in range(TRIES):
        found, whole = _read_once(client, resource, params, paging, take, limit, done, on_nameless)
        if whole:
            return found
    raise Unverified(
        f"The list of {resource} changed each of the {TRIES} times it was read, or holds less than the server says",
        "Run it again when it is quiet; if that is no help, see what stands between here and the server.",
        *("GET", f"/api/{resource}/"),
    )


def _read_once(
    client: Client,
    resource: str,
    params: Mapping[str, Any],
    paging: Paging,
    take: Callable[[JsonObject], Any],
    limit: int | None,
    done: Callable[[int], object],
    on_nameless: OnNameless | None,
) -> tuple[list[Any], bool]:
    """What was made of the items, and whether these are all: there are not fewer than at the beginning, nor fewer seen,
    and every page is one.
    """
    rows = paging.page_size
    first = last = page(client, resource, params, rows, 1, on_nameless is not None)
    done(len(first.items))
    seen = set(first.ids)
    kept = [taken for taken in map(take, first.items) if taken is not None]
    nameless = [*first.nameless]
    number, stale, whole = 1, 0, not first.blank
    while last.more and not (limit and len(kept) >= limit):
        left = max(1, -(-(first.total or 0) // rows) - number)
        # With a limit, no more than may be needed; and never all that the server says there are, which may be anything.
        batch = range(number + 1, number + 1 + min(left, paging.workers * (1 if limit else AHEAD)))
        before = len(seen)
        for one in _pages(client, resource, params, batch, paging, done, on_nameless is not None):
            whole = whole and _follows(first, one)
            nameless += one.nameless
            for ident, item in zip(one.ids, one.items, strict=True):
                # New items push others to the next page, where they are met again.
                if ident not in seen:
                    seen.add(ident)
                    taken = take(item)
                    kept += [] if taken is None else [taken]
            last = one
            if not one.more:
                break
        stale = stale + 1 if len(seen) == before else 0
        if last.items and stale == TRIES:
            raise NotNgcp("The server answers every page with the same items", NO_CACHE, "GET", f"/api/{resource}/")
        number = batch[-1]
    if on_nameless:
        for item in nameless:
            on_nameless(item)
    if limit and len(kept) >= limit:
        return kept[:limit], whole
    return kept, whole and len(seen) + len(nameless) >= (first.total or 0)


def _follows(first: Page, one: Page) -> bool:
    """Whether a later page is of the list that the first one began. Where no total tells it, one that was announced has
    items.
    """
    if first.total is None:
        return bool(one.items)
    return one.total is not None and one.total >= first.total


def _pages(
    client: Client,
    resource: str,
    params: Mapping[str, Any],
    numbers: Sequence[int],
    paging: Paging,
    done: Callable[[int], object],
    nameless: bool,
) -> list[Page]:
    """Several pages, side by side."""

    def read_one(number: int) -> Page:
        one = page(client, resource, params, paging.page_size, number, nameless)
        done(len(one.items))
        return one

    answers = concurrency.map_concurrently(read_one, numbers, paging.workers)
    errors = [answer for answer in answers if isinstance(answer, FaxError)]
    if errors:
        raise together(errors, f"{len(errors)} pages of {resource} cannot be read")
    return [answer for answer in answers if isinstance(answer, Page)]


def kind_of(value: Any) -> str:
    """Return what a value of JSON is, in words, to name it without showing it."""
    if value is None:
        return "null"
    kinds = ((bool, "a boolean"), (str, "a text"), ((int, float), "a number"), (list, "a list"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "an object")


def identity(item: Mapping[str, Any]) -> str:
    """Return the id of an item. Of mailtofaxsettings only the link tells it (docs/ngcp-api.md#resources)."""
    return link(item).rstrip("/").rpartition("/")[2] or str(item.get("id"))


def link(item: Mapping[str, Any]) -> str:
    """The link of an item to itself, `/api/RESOURCE/ID`; empty if it has none."""
    return str(_mapping(_mapping(item.get("_links")).get("self")).get("href") or "")


def _mapping(value: Any) -> Mapping[str, Any]:
    # What JSON makes of an object is a dict; to look whether it is any Mapping takes five times as long.
    return value if isinstance(value, dict) else {}


def page(
    client: Client, resource: str, params: Mapping[str, Any], rows: int, number: int, nameless: bool = False
) -> Page:
    """One page, by its number from 1. With `nameless` it may hold items without an id.

    `_embedded` is missing on an empty page, and holds one object instead of a list on older releases."""
    body = client.get(f"/api/{resource}/", {**params, "rows": rows, "page": number})
    embedded = _mapping(body.get("_embedded")).get(f"ngcp:{resource}") or []
    listed = embedded if isinstance(embedded, list) else [embedded]
    items = [item for item in listed if _has_one_id(item)]
    # Null, a text or a list has as little of an id as an object without one.
    odd = [item if isinstance(item, dict) else {} for item in listed if not _has_one_id(item)]
    if odd and not nameless:
        raise without_id(resource)
    total = body.get("total_count")
    known = isinstance(total, (int, str)) and re.fullmatch(rf"\d{{1,{LONGEST_TOTAL}}}", str(total), re.ASCII)
    return Page(
        items,
        [int(identity(item)) for item in items],
        bool(listed) and "next" in _mapping(body.get("_links")),
        int(str(total)) if known else None,
        blank=not any(name in body for name in ("_embedded", "_links", "total_count")),
        nameless=odd,
    )


def _has_one_id(item: Any) -> bool:
    """Return True for an object whose link and whose id name the same thing, as far as it has them."""
    if not isinstance(item, dict):
        return False
    ident = identity(item)
    plausible = ident.isascii() and ident.isdecimal() and len(ident) <= LONGEST_TOTAL
    return plausible and ("id" not in item or str(item["id"]) == ident)


def without_id(resource: str) -> NotNgcp:
    """Return the error that an item without an id is, or with two of them."""
    what = f"The server answers with items of {resource} that have no id, or two: nobody knows whose these are"
    return NotNgcp(what, ODD_ANSWER, "GET", f"/api/{resource}/")
