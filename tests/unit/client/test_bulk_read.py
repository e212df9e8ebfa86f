# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages or single items: what is asked for is counted, and everything that is wanted is read once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import (
    BY_NAME,
    COSTS,
    BulkReader,
    Cost,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, ServerFailed


class Server(Client):
    """A collection with these ids; `broken` are pages that it answers with a status, `gone` ids that no page shows."""

    def __init__(
        self,
        ids: list[int],
        broken: Mapping[int, int] | None = None,
        gone: frozenset[int] = frozenset(),
        count: bool = True,
    ) -> None:
        self.ids, self.broken, self.gone, self.count = ids, broken or {}, gone, count
        self.pages: list[int] = []
        self.uncounted: set[int] = set()
        self.rows = 0
        self._busy = threading.Lock()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        number, rows = int((params or {})["page"]), int((params or {})["rows"])
        self.rows = rows
        is_counted = self.count and "no_count" not in (params or {})
        with self._busy:
            self.pages.append(number)
            self.uncounted |= set() if "no_count" not in (params or {}) else {number}
        if number in self.broken:
            raise ServerFailed("It failed", "Look there.", "GET", path, self.broken[number])
        here = [{"id": one} for one in self.ids[(number - 1) * rows : number * rows] if one not in self.gone]
        links = {"next": {"href": "there"}} if number * rows < len(self.ids) else {}
        embedded = {"_embedded": {"ngcp:faxserversettings": here}} if here else {}
        return {"total_count": len(self.ids) if is_counted else None, "_links": links, **embedded}


class Read:
    """What became of the wanted ones."""

    def __init__(
        self,
        server: Server,
        wanted: list[int],
        rows: int,
        workers: int = 1,
        cost: Cost | None = None,
        shows_whole: bool = True,
    ) -> None:
        self.on_pages: list[int] = []
        self.single: list[int] = []
        self.lost: list[int] = []
        jobs, there = JobQueue(), set(wanted)

        def use(item: Mapping[str, Any]) -> list[int]:
            if item["id"] not in there:
                return []
            self.on_pages.append(item["id"])
            return [item["id"]]

        def lose(those: list[int], error: FaxError) -> None:
            assert isinstance(error, ServerFailed)
            self.lost += those

        reading = BulkReader(
            jobs,
            server,
            "faxserversettings",
            {},
            wanted,
            Paging(rows, workers),
            on_item=use,
            fetch_one=self.single.append,
            on_failure=lose,
            cost=cost,
            shows_whole=shows_whole,
        )
        reading.start()
        jobs.run(workers)
        self.whole = reading.whole


class Gated(Server):
    """A collection that answers when `gate` is open; `asked` is set when something was asked for."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(ids)
        self.gate, self.asked = threading.Event(), threading.Event()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self.asked.set()
        self.gate.wait()
        return super().get(path, params)


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "under way"])
@pytest.mark.parametrize("workers", [1, 4])
def test_pages_that_are_read_ahead_are_not_read_again(workers: int, is_answered: bool) -> None:
    server, jobs = Gated(list(range(1000))), JobQueue()
    found: list[int] = []

    def use(item: Mapping[str, Any]) -> list[int]:
        found.append(item["id"])
        return [item["id"]]

    reading = BulkReader(
        jobs,
        server,
        "faxserversettings",
        {},
        range(1000),
        Paging(50, workers),
        on_item=use,
        fetch_one=found.append,
        on_failure=lambda keys, error: pytest.fail(str(error)),
    )
    with jobs.running(workers):
        reading.read_ahead()
        server.asked.wait()
        assert not reading.is_over
        if is_answered:
            server.gate.set()
            jobs.wait_for(lambda: bool(server.pages))
        assert found == []  # only `start_with` says what is wanted
        reading.start_with(range(1000))
        server.gate.set()
        jobs.wait_for(lambda: reading.is_over)
    assert (sorted(found), sorted(server.pages)) == (list(range(1000)), list(range(1, 21)))


def test_what_could_not_be_read_ahead_is_read_later() -> None:
    server, jobs = Server(list(range(200)), {1: 503}), JobQueue()
    found: list[int] = []
    reading = BulkReader(
        jobs,
        server,
        "faxserversettings",
        {},
        range(200),
        Paging(50, 1),
        on_item=lambda item: [item["id"]],
        fetch_one=found.append,
        on_failure=lambda keys, error: pytest.fail(str(error)),
    )
    with jobs.running(1):
        reading.read_ahead()
        jobs.wait_for(lambda: bool(server.pages))
        server.broken = {}
        reading.start_with(range(200))
    assert (sorted(server.pages), found) == ([1, 1, 2, 3, 4], [])


def test_few_are_read_one_by_one() -> None:
    server = Server(list(range(1000)))
    read = Read(server, [7, 3, 999], rows=3)
    assert (server.pages, read.single, read.on_pages) == ([], [7, 3, 999], [])


@pytest.mark.parametrize(("wanted", "rows"), [(1000, 500), (120, 60), (60, 50)])
def test_a_page_that_may_not_be_worth_it_has_no_more_than_half_of_what_is_wanted(wanted: int, rows: int) -> None:
    server = Server(list(range(1000)))
    read = Read(server, list(range(wanted)), rows=1000)
    assert server.rows == rows
    assert len(read.on_pages) + len(read.single) == wanted


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("count", [True, False])
def test_all_are_read_by_pages_each_once(workers: int, count: bool) -> None:
    server = Server(list(range(1000)), count=count)
    read = Read(server, list(range(1000)), 50, workers)
    assert sorted(server.pages) == list(range(1, 21))
    assert (sorted(read.on_pages), read.single, read.lost) == (list(range(1000)), [], [])


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    ("cost", "enough", "too_few"),
    [
        (COSTS["faxserversettings"], 480, 460),
        (COSTS["mailtofaxsettings"], 510, 490),
        (COSTS["subscribers"], 760, 740),
        (BY_NAME, 420, 400),
    ],
    ids=["fax", "mail2fax", "subscribers by id", "subscribers by name"],
)
def test_pages_are_read_if_the_wanted_cost_more_by_themselves(
    cost: Cost, enough: int, too_few: int, workers: int
) -> None:
    for wanted, pages in ((enough, True), (too_few, False)):
        server = Server(list(range(1000)))
        read = Read(server, [one * 1000 // wanted for one in range(wanted)], 50, workers, cost)
        assert (len(server.pages) == 20, not read.single, read.whole) == (pages, pages, pages)


class Restless(Server):
    """A collection of which items come and go when a page is asked for: ids by the page's number."""

    def __init__(
        self, ids: list[int], come: Mapping[int, int] | None = None, go: Mapping[int, int] | None = None
    ) -> None:
        super().__init__(ids)
        self.come, self.go = come or {}, go or {}

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        number = (params or {})["page"]
        self.ids = [one for one in self.ids if one != self.go.get(number)]
        self.ids += [self.come[number]] if number in self.come else []
        return super().get(path, params)


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        (Server(list(range(200))), 20),  # one by one
        (Server(list(range(2000))), 200),  # pages are not worth it after the first
        (Server(list(range(200)), count=False), 200),
        (Server(list(range(200)), broken={2: 500}), 200),
        (Server(list(range(200)), gone=frozenset({17})), 200),
        (Server([*range(1, 200), 0]), 200),  # not in order
        (Server([*range(199), 198]), 199),  # twice
        (Restless(list(range(200)), come={2: 200}), 200),
        (Restless(list(range(200)), go={2: 17}), 200),
        (Restless(list(range(200)), come={3: 200}, go={4: 17}), 200),
    ],
    ids=lambda value: "" if isinstance(value, int) else type(value).__name__,
)
def test_what_may_not_be_all_that_there_is_is_not_called_so(server: Server, wanted: int) -> None:
    assert not Read(server, list(range(wanted)), 50).whole


@pytest.mark.parametrize("workers", [1, 4])
def test_pages_are_counted_until_the_total_is_known_or_all_if_it_is_the_evidence(workers: int) -> None:
    wanted = list(range(1000))
    for shows_whole in (False, True):
        server = Server(list(wanted))
        read = Read(server, wanted, 50, workers, shows_whole=shows_whole)
        assert sorted(server.pages) == list(range(1, 21))
        assert (sorted(read.on_pages), read.single, read.whole) == (wanted, [], shows_whole)
        # Jobs that are under way with the first one do not know the total yet.
        assert (server.uncounted == set()) if shows_whole else (server.uncounted >= set(range(5, 21)))
    # A total that no server tells is asked for with each page.
    server = Server(list(wanted), count=False)
    assert Read(server, wanted, 50, shows_whole=False).single == []
    assert server.uncounted == set()


def test_a_wanted_item_that_moves_between_uncounted_pages_is_read_by_itself() -> None:
    server = Restless(list(range(200)), come={3: 200}, go={3: 17})
    read = Read(server, list(range(200)), 50, shows_whole=False)
    assert (sorted(server.pages), read.single) == ([1, 2, 3, 4], [100])
    assert sorted(read.on_pages + read.single) == list(range(200))


def test_a_tenth_of_all_is_read_one_by_one_after_the_first_page_has_told_so() -> None:
    server = Server(list(range(1000)))
    read = Read(server, list(range(0, 1000, 10)), 50)
    assert (server.pages, len(read.on_pages), len(read.single)) == ([1], 5, 95)


def test_what_no_page_shows_is_read_by_itself() -> None:
    server = Server(list(range(200)), gone=frozenset({17, 120}))
    read = Read(server, list(range(200)), 50, 2)
    assert (sorted(server.pages), read.single, len(read.on_pages)) == ([1, 2, 3, 4], [17, 120], 198)


def test_a_server_that_is_busy_is_not_asked_fifty_times_more() -> None:
    server = Server(list(range(200)), broken={2: 503})
    read = Read(server, list(range(200)), 50)
    assert server.pages == [1, 2, 3, 4]
    assert (read.lost, read.single, len(read.on_pages)) == (list(range(50, 100)), [], 150)


def test_those_on_a_page_that_crashes_are_read_one_by_one() -> None:
    server = Server(list(range(200)), broken={1: 500, 3: 500})
    read = Read(server, list(range(200)), 50, workers=2)
    assert (read.lost, sorted(read.single + read.on_pages)) == ([], list(range(200)))


def test_a_cache_that_answers_every_page_alike_is_left() -> None:
    class Cache(Server):
        def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
            return super().get(path, {**(params or {}), "page": 1})

    server = Cache(list(range(300)), count=False)
    read = Read(server, list(range(300)), 50)
    assert (len(server.pages), sorted(set(read.on_pages)), len(read.single)) == (2, list(range(50)), 250)


@settings(max_examples=80)
@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 4), st.integers(1, 7))
def test_everybody_who_is_wanted_is_read_once(items: int, rows: int, workers: int, nth: int) -> None:
    server = Server(list(range(items)))
    wanted = [one for one in server.ids if one % nth == 0]
    read = Read(server, wanted, rows, workers)
    assert sorted(read.on_pages + read.single) == wanted
    assert len(server.pages) == len(set(server.pages)) <= -(-items // rows)
