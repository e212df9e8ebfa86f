# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of a collection, also of one that changes while it is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Collection, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LoginRefused,
    NotNgcp,
    ServerFailed,
    Unverified,
)

Change = Callable[[list[int]], object]


class Server(Client):
    """A server with one collection, of faxes with these ids. `changes` happen before the request of this number."""

    def __init__(self, ids: list[int], changes: Mapping[int, Change] | None = None) -> None:
        self.ids = ids
        self.changes = dict(changes or {})
        self.requests: list[dict[str, Any]] = []
        self.is_counted = True
        self._busy = threading.Lock()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert path == "/api/faxes/"
        asked = dict(params or {})
        with self._busy:
            self.requests.append(asked)
            self.changes.get(len(self.requests), list)(self.ids)
            self.is_counted = "no_count" not in asked
            return self.page(asked["page"], asked["rows"])

    def page(self, number: int, rows: int) -> dict[str, Any]:
        here = [{"id": one} for one in self.ids[(number - 1) * rows : number * rows]]
        more = number * rows < len(self.ids) if self.is_counted else len(here) == rows
        links = {"self": {"href": "/api/faxes/"}, **({"next": {"href": "/api/faxes/?page"}} if more else {})}
        total = len(self.ids) if self.is_counted else None
        return {"total_count": total, "_links": links, **({"_embedded": {"ngcp:faxes": here}} if here else {})}


def read(
    server: Client,
    page_size: int = 2,
    workers: int = 1,
    convert: Callable[[dict[str, Any]], dict[str, Any] | None] = pagination.unchanged,
    limit: int | None = None,
) -> list[int]:
    collection = Collection(server, "faxes", {"order_by": "id", "subscriber_id": 3}, Paging(page_size, workers))
    return [item["id"] for item in collection.read(convert, limit)]


def one_by_one(server: Client, rows: int = 2) -> list[int]:
    return [item["id"] for item in pagination.one_by_one(server, "faxes", {"order_by": "id"}, rows)]


SIZES = (st.integers(0, 30), st.integers(1, 12), st.integers(1, 4))


@settings(max_examples=50)
@given(*SIZES)
def test_all_are_read_each_once_with_one_request_a_page(items: int, page_size: int, workers: int) -> None:
    server = Server(list(range(items)))
    assert read(server, page_size, workers) == server.ids
    assert sorted(one["page"] for one in server.requests) == list(range(1, max(1, -(-items // page_size)) + 1))
    other = Server(list(range(items)))
    assert one_by_one(other, page_size) == other.ids
    # Without a total, only a page that is not full tells that it is the last.
    assert len(other.requests) == items // page_size + 1
    assert {one.get("no_count") for one in other.requests} == {1}
    assert not any("no_count" in one for one in server.requests)


@settings(max_examples=50)
@given(*SIZES, st.integers(1, 40), st.integers(1, 3))
def test_the_first_of_those_that_are_wanted(items: int, page_size: int, workers: int, limit: int, nth: int) -> None:
    server = Server(list(range(items)))
    wanted = server.ids[::nth]
    found = read(server, page_size, workers, convert=lambda item: None if item["id"] % nth else item, limit=limit)
    assert found == wanted[:limit]
    assert len({one["rows"] for one in server.requests}) == 1


def test_no_more_is_read_than_the_limit_needs() -> None:
    server = Server(list(range(1000)))
    assert read(server, page_size=10, workers=4, limit=10) == list(range(10))
    assert server.requests == [{"order_by": "id", "subscriber_id": 3, "rows": 10, "page": 1}]


def test_of_a_limit_that_is_deleted_meanwhile_nothing_is_missing() -> None:
    assert read(Server([6, 5, 4, 3, 2, 1], {2: lambda ids: ids.remove(6)}), page_size=1, workers=1, limit=3) == [
        5,
        4,
        3,
    ]


def test_one_new_item_is_no_cache() -> None:
    server = Server([6, 5, 4, 3, 2, 1], {2: lambda ids: ids.insert(0, 7)})
    collection = Collection(server, "faxes", {}, Paging(1, 1))
    found = collection.read(lambda item: item if item["id"] == 1 else None, limit=1)
    assert [item["id"] for item in found] == [1]


def test_as_they_are_used() -> None:
    server = Server(list(range(1000)))
    items = pagination.one_by_one(server, "faxes", {"subscriber_id": 3}, 10)
    assert [next(items)["id"] for _number in range(10)] == list(range(10))
    assert server.requests == [{"subscriber_id": 3, "no_count": 1, "rows": 10, "page": 1}]


def test_every_page_is_asked_for_with_the_same_parameters() -> None:
    server = Server(list(range(9)))
    read(server, workers=3)
    expected = [{"order_by": "id", "subscriber_id": 3, "rows": 2, "page": page} for page in range(1, 6)]
    assert sorted(server.requests, key=lambda one: int(one["page"])) == expected


def test_pages_side_by_side() -> None:
    """So many at once as there are workers: each waits for the others."""
    barrier = threading.Barrier(3)

    class Slow(Server):
        def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
            if (params or {})["page"] > 1:
                barrier.wait()
            return super().get(path, params)

    server = Slow(list(range(14)))
    assert read(server, workers=3) == server.ids


@pytest.mark.parametrize("total", [None, "7", "many", -1, True, [7], ...])
def test_a_total_that_is_missing_or_none(total: object) -> None:
    class Other(Server):
        def page(self, number: int, rows: int) -> dict[str, Any]:
            body = super().page(number, rows)
            return {name: each for name, each in {**body, "total_count": total}.items() if each is not ...}

    server = Other(list(range(7)))
    assert read(server, workers=3) == server.ids
    assert len(server.requests) == 4


def test_one_object_instead_of_a_list() -> None:
    class Older(Server):
        def page(self, number: int, rows: int) -> dict[str, Any]:
            body = super().page(number, rows)
            here = body.get("_embedded", {}).get("ngcp:faxes", [])
            return {**body, "_embedded": {"ngcp:faxes": here[0]}} if len(here) == 1 else body

    for items in (1, 3):
        server = Older(list(range(items)))
        assert read(server) == one_by_one(server) == server.ids


@pytest.mark.parametrize("embedded", [None, {}, {"ngcp:faxes": None}, {"ngcp:faxes": []}, {"ngcp:other": [{"id": 1}]}])
def test_a_page_without_items(embedded: object) -> None:
    class Empty(Server):
        def page(self, number: int, rows: int) -> dict[str, Any]:
            return {"_embedded": embedded, "_links": {"next": {}}, "total_count": 0}

    assert read(Empty([])) == one_by_one(Empty([])) == []


@pytest.mark.parametrize("total", [6, 600, None])
def test_the_same_page_again_and_again(total: int | None) -> None:
    """A cache that does not look at the page's number."""

    class Cached(Server):
        def page(self, number: int, rows: int) -> dict[str, Any]:
            return {**super().page(1, rows), "total_count": total}

    server = Cached(list(range(6)))
    with pytest.raises(NotNgcp, match=r"every page with the same items \(GET /api/faxes/\)"):
        read(server, workers=2)
    server = Cached(list(range(6)))
    with pytest.raises(NotNgcp, match="every page with the same items"):
        one_by_one(server)
    assert len(server.requests) == 2


def test_an_item_that_goes_away_meanwhile() -> None:
    """The third one moves to the first page, which was read before; so all is read again."""
    server = Server([1, 2, 3, 4, 5], {2: lambda ids: ids.remove(1)})
    assert read(server) == [2, 3, 4, 5]
    assert [one["page"] for one in server.requests] == [1, 2, 3, 1, 2]


def test_items_that_go_away_all_the_time() -> None:
    server = Server(list(range(20)), dict.fromkeys(range(2, 100), lambda ids: ids.pop(0)))
    with pytest.raises(Unverified, match="The list /api/faxes/ changed each of the 3 times it was read"):
        read(server)


class CutOff(Server):
    """Of these pages `left` is all that comes."""

    def __init__(self, ids: list[int], numbers: set[int], left: Mapping[str, Any], count: bool = True) -> None:
        super().__init__(ids)
        self.numbers, self.left, self.count = numbers, left, count

    def page(self, number: int, rows: int) -> dict[str, Any]:
        body = super().page(number, rows)
        if not self.count:
            del body["total_count"]
        return dict(self.left) if number in self.numbers else body


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("left", [{}, {"_links": {}, "total_count": 6}, {"total_count": 6, "_embedded": {}}], ids=str)
def test_a_page_without_its_items_is_never_believed(left: dict[str, Any], number: int, workers: int) -> None:
    """Though it is the same each time."""
    server = CutOff(list(range(6)), {number}, left)
    with pytest.raises(Unverified, match="or holds less than the server says"):
        read(server, workers=workers)
    server.numbers.clear()
    assert read(server, workers=workers) == server.ids


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_page_without_its_items_is_not_believed_where_no_total_tells_it(number: int) -> None:
    with pytest.raises(Unverified):
        read(CutOff(list(range(6)), {number}, {}, count=False))


def test_a_later_page_that_says_no_total_is_another_one() -> None:
    with pytest.raises(Unverified):
        read(CutOff(list(range(5)), {3}, {"_links": {}, "_embedded": {"ngcp:faxes": [{"id": 4}]}}))


def test_an_answer_that_is_no_page_is_none_for_those_who_read_one_by_one() -> None:
    for number in (1, 2):
        with pytest.raises(NotNgcp, match="something that is not a page"):
            one_by_one(CutOff(list(range(6)), {number}, {}))


@pytest.mark.parametrize("at", [2, 3])
def test_an_item_that_is_new_meanwhile(at: int) -> None:
    """Newest first, it pushes others to the next page, where they are met again."""
    server = Server([5, 4, 3, 2, 1], {at: lambda ids: ids.insert(0, 6)})
    assert read(server) == [5, 4, 3, 2, 1]


def test_all_that_are_left_are_gone_meanwhile() -> None:
    server = Server([5, 4, 3, 2, 1], {2: lambda ids: ids.clear()})
    assert read(server) == []


def test_one_that_goes_away_behind_the_limit() -> None:
    server = Server([5, 4, 3, 2, 1], {2: lambda ids: ids.remove(1)})
    assert read(server, limit=3) == [5, 4, 3]


@pytest.mark.parametrize("kind", [ServerFailed, LoginRefused])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_the_error_of_a_page(kind: type[FaxError], at: int) -> None:
    def fail(_ids: list[int]) -> None:
        raise kind("It went wrong", "Look.")

    with pytest.raises(kind, match="It went wrong"):
        read(Server(list(range(9)), {at: fail}))


@pytest.mark.parametrize(
    ("item", "identity", "link"),
    [
        ({"id": 5}, "5", ""),
        ({"_links": {"self": {"href": "/api/mailtofaxsettings/5"}}}, "5", "/api/mailtofaxsettings/5"),
        ({"_links": {"self": {"href": "/api/faxes/5/"}}, "id": 6}, "5", "/api/faxes/5/"),
        ({"_links": {"self": {"href": None}}, "id": 6}, "6", ""),
        ({"_links": {"self": [{"href": "/x/5"}]}, "id": 6}, "6", ""),
        ({"_links": [], "id": "6"}, "6", ""),
    ],
)
def test_what_an_item_is_known_by(item: dict[str, Any], identity: str, link: str) -> None:
    assert (pagination.identity(item), pagination.link(item)) == (identity, link)
