# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: which faxes come back, in which order, and how many requests that takes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.info import JOB
from tests.integration.conftest import Play, defaults, requests
from tests.simulator.client import Simulator, running

MODULE = "ngcp.fax.fax_info"
LOGIN, LIST = "POST /login_jwt", "GET /api/faxes/"


@pytest.fixture(scope="module")
def thousands() -> Iterator[Simulator]:
    """10,000 faxes of one subscriber, one an hour until now."""
    with running("--seed", "none", "--subscribers", 1) as simulator:
        simulator.control("POST", "/faxes/generate", {"count": 10_000})
        yield simulator


@pytest.fixture
def journal(thousands: Simulator) -> Simulator:
    thousands.control("PUT", "/faults", [])
    thousands.control("DELETE", "/log")
    return thousands


def faxes(connection: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """Return the result of the module's function, without Ansible."""
    with Client(Connection(**connection), read_only=True) as client:
        result = JOB.execute(client, {**defaults(JOB.spec), **options}, check_mode=False)
    assert not result.changed
    found = result.facts["faxes"]
    assert isinstance(found, list)
    return found


def ids(connection: dict[str, Any], **options: Any) -> list[int]:
    return [fax["id"] for fax in faxes(connection, **options)]


def administrator_of(simulator: Simulator) -> dict[str, Any]:
    login = {"api_username": "administrator", "api_password": "administrator"}
    return {"api_url": simulator.url, "ca_path": simulator.ca_file, **login}


def enter(simulator: Simulator, **keys: Any) -> int:
    """A fax into the journal, by hand; its id."""
    return int(simulator.control("POST", "/faxes", {"subscriber_id": 3, **keys})["id"])


def queries(simulator: Simulator) -> list[str]:
    log = simulator.control("GET", "/log")["requests"]
    return [one["query"] for one in log if one["path"] == "/api/faxes/"]


def ago(**span: float) -> str:
    """So long before now, as the simulator takes a time."""
    return (datetime.now(timezone.utc) - timedelta(**span)).strftime("%Y-%m-%d %H:%M:%S")


# One ------------------------------------------------------------------------------------------------------------------


def test_one_fax(connection: dict[str, Any], simulator: Simulator) -> None:
    (fax,) = faxes(connection, id=6)
    assert fax == {
        "id": 6,
        "subscriber_id": 3,
        "time": "2026-11-02 10:00:00",
        "time_iso": "2026-11-02T10:00:00+00:00",
        "direction": "in",
        "caller": "431999",
        "callee": "4311000003",
        "duration": 12,
        "pages": 2,
        "signal_rate": 9600,
        "quality": "204x196",
        "filename": "aaa.tif",
        "reason": "ok",
        "status": "SUCCESS",
    }
    assert requests(simulator) == [[LOGIN, "GET /api/faxes/6", "GET /api/faxes/6"]]


@pytest.mark.parametrize(
    ("login", "fax"), [("administrator", 99), ("reseller2", 6)], ids=["unknown", "another reseller's"]
)
def test_no_such_fax(login: str, fax: int, connection: dict[str, Any]) -> None:
    with pytest.raises(NotFound) as caught:
        faxes({**connection, "api_username": login}, id=fax)
    assert str(caught.value).startswith(f"There is no fax {fax} (GET /api/faxes/{fax}, HTTP 404). Check the id; it may")


def test_another_fax_than_asked_for(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/6", "status": 200, "body": {"id": 5}}])
    with pytest.raises(NotNgcp, match="Asked for fax 6, the server answered with 5"):
        faxes(connection, id=6)


# Many -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, [8, 7, 6, 5]),
        ({"subscriber_id": 3}, [7, 6, 5]),
        ({"subscriber": "user4@d1.example.org"}, [8]),
        ({"external_id": "ext-5"}, []),
        ({"direction": "in"}, [6]),
        ({"direction": "out"}, [7, 5]),
        ({"direction": "mtf"}, [8]),
        ({"status": "success"}, [8, 6, 5]),
        ({"status": "Failed"}, [7]),
        ({"status": "FAIL"}, []),
        ({"caller": "431999"}, [6]),
        ({"caller": "+43 (1) 999"}, [6]),
        ({"caller": "0043-1-999"}, [6]),
        ({"caller": "1999"}, []),
        ({"callee": "+43 1000"}, [8, 7]),
        ({"callee": "431000", "subscriber_id": 3}, [7]),
        ({"callee": "user@example.com"}, []),
        ({"limit": 1}, [8]),
        ({"limit": 3}, [8, 7, 6]),
        ({"limit": 100}, [8, 7, 6, 5]),
        ({"limit": 1, "direction": "out"}, [7]),
        ({"since": "2026-11-02 10:00:00"}, [8, 7, 6]),
        ({"since": "2026-11-02 10:00:01"}, [8, 7]),
        ({"until": "2026-11-02 10:00:00"}, [5]),
        ({"until": "2026-11-02T10:00:01Z"}, [6, 5]),
        ({"since": "2026-11-02T11:00:00+01:00", "until": "2026-11-03T08:00:00-02:00"}, [6]),
        ({"since": "2026-11-02", "until": "2026-11-03"}, [6]),
        ({"since": "2026-11-03", "direction": "out", "status": "FAILED", "callee": "431 000"}, [7]),
    ],
    ids=str,
)
def test_which_faxes(options: dict[str, Any], found: list[int], connection: dict[str, Any]) -> None:
    assert ids(connection, **options) == found


def test_numbers_without_digits_are_compared_as_they_are(connection: dict[str, Any], simulator: Simulator) -> None:
    own = enter(simulator, caller="webfax", callee="anonymous", direction="out")
    enter(simulator, caller="", callee="0000")
    assert ids(connection, caller="webfax") == ids(connection, callee="anonymous") == [own]
    assert ids(connection, caller="anonymous") == []


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"since": "1h"}, ["later"]),
        ({"until": "1h"}, ["earlier", "long ago"]),
        ({"since": "60m", "until": "1s"}, ["later"]),
        ({"since": "1d1h", "until": "3600s"}, ["earlier"]),
        ({"since": "1w"}, ["later", "earlier", "long ago"]),
    ],
    ids=str,
)
def test_spans(options: dict[str, Any], kept: list[str], connection: dict[str, Any], simulator: Simulator) -> None:
    """A minute on each side of the border: a test may take its time."""
    times = {"long ago": ago(days=2), "earlier": ago(minutes=61), "later": ago(minutes=59)}
    entered = {name: enter(simulator, subscriber_id=9, time=time) for name, time in times.items()}
    assert ids(connection, subscriber_id=9, **options) == [entered[name] for name in kept]


def test_a_window_is_asked_for_a_day_wider(connection: dict[str, Any], simulator: Simulator) -> None:
    """Whatever zone the server reads the times in."""
    assert ids(connection, since="2026-11-02", until="2026-11-03T00:00:00+05:00") == [6]
    (query,) = queries(simulator)
    assert "&time_from=2026-10-31+12:00:00&time_to=2026-11-04+12:00:00&tz=UTC&" in query


@pytest.mark.parametrize(
    "zone", ["Europe/Vienna", "America/Sao_Paulo", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca"]
)
def test_a_server_of_any_zone(zone: str, connection: dict[str, Any], simulator: Simulator) -> None:
    """In winter, in summer, and where the day wider begins or ends in an hour that summer time leaves out."""
    own: dict[str, int] = {}
    for time in ("2026-01-10 12:00:00", "2026-03-30 00:30:00", "2026-07-10 12:00:00", "2026-10-25 00:30:00"):
        # Entered in UTC, whatever the zone is in which it shows.
        simulator.control("PUT", "/options", {"time_zone": "UTC"})
        own[time] = enter(simulator, subscriber_id=9, time=time)
    simulator.control("PUT", "/options", {"time_zone": zone})
    assert [fax["time"] for fax in faxes(connection, subscriber_id=9)] == sorted(own, reverse=True)
    for time, number in own.items():
        at = datetime.fromisoformat(f"{time}+00:00")
        assert faxes(connection, id=number)[0]["time_iso"] == at.isoformat()
        window = {"since": at.isoformat(), "until": (at + timedelta(seconds=1)).isoformat()}
        assert ids(connection, subscriber_id=9, **window) == [number]
    for hours in range(24):
        since = datetime(2026, 3, 30, hours, 31, tzinfo=timezone.utc)
        assert ids(connection, subscriber_id=9, since=since.isoformat(), until="2026-03-31") == []


@pytest.mark.parametrize("since", ["1000-01-02", "0999-01-01", "700000d"])
def test_a_window_as_wide_as_the_calendar(since: str, connection: dict[str, Any]) -> None:
    assert ids(connection, since=since, until="9999-12-31T23:59:59") == [8, 7, 6, 5]


def test_who_sees_what(connection: dict[str, Any]) -> None:
    own = {"api_username": "user4@d1.example.org", "api_password": "webpass4"}
    for login, found in (({"api_username": "reseller2"}, []), ({"api_username": "readonly"}, [8, 7, 6, 5]), (own, [8])):
        assert ids({**connection, **login}) == found


@pytest.mark.parametrize(
    ("fault", "options", "sentence"),
    [
        (
            {"path": "/api/faxes/$", "query": "subscriber_id=4"},
            {"subscriber_id": 4},
            "The journal answers with another subscriber's fax",
        ),
        ({"path": "/api/faxes/6", "query": "tz=Asia/Tokyo"}, {"direction": "in"}, "The server does not give times in"),
        ({"path": "/api/faxes/6", "query": "tz=Asia/Tokyo"}, {"id": 6}, "The server does not give times in the zone"),
    ],
    ids=["subscriber", "zone of many", "zone of one"],
)
def test_an_option_that_the_server_ignores(
    fault: dict[str, Any], options: dict[str, Any], sentence: str, connection: dict[str, Any], simulator: Simulator
) -> None:
    """An older release: it answers as if it had not been asked."""
    fax = {"id": 6, "subscriber_id": 3, "time": "2026-11-02 10:00:00", "direction": "in"}
    page = {"_embedded": {"ngcp:faxes": [fax]}, "_links": {}, "total_count": 1}
    body = json.dumps(page if fault["path"].endswith("$") else fax)
    simulator.control("PUT", "/faults", [{**fault, "status": 200, "body": body}])
    with pytest.raises(NotNgcp, match=sentence):
        faxes(connection, **options)


def test_an_order_that_the_server_ignores(connection: dict[str, Any], simulator: Simulator) -> None:
    found = [{"id": number, "subscriber_id": 3, "time": "2026-11-02 10:00:00"} for number in (5, 6)]
    body = json.dumps({"_embedded": {"ngcp:faxes": found}, "_links": {}, "total_count": 2})
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/$", "status": 200, "body": body}])
    with pytest.raises(NotNgcp, match="The journal is not in the order that was asked for"):
        faxes(connection)


def test_an_older_release_tells_the_peer_only(connection: dict[str, Any], simulator: Simulator) -> None:
    old = {"subscriber_id": 3, "time": "2026-11-02 10:00:00", "peer_number": "+43 1 999", "status": "SUCCESS"}
    found = [{**old, "id": 6, "direction": "in"}, {**old, "id": 5, "direction": "out", "time": "2026-11-01 10:00:00"}]
    body = json.dumps({"_embedded": {"ngcp:faxes": found}, "_links": {}, "total_count": 2})
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/$", "times": None, "status": 200, "body": body}])
    assert (ids(connection, caller="431999"), ids(connection, callee="431999")) == ([6], [5])


# Thousands ------------------------------------------------------------------------------------------------------------


def test_ten_thousand_faxes_are_read_in_pages(journal: Simulator) -> None:
    assert ids(administrator_of(journal)) == list(range(10_000, 0, -1))
    (lines,) = requests(journal)
    # 200 pages of 50, a login, and a look at whether the server knows about zones.
    assert Counter(lines) == {LOGIN: 1, LIST: 200, "GET /api/faxes/10000": 1}
    pages = [int(query.rpartition("=")[2]) for query in queries(journal)]
    assert sorted(pages) == list(range(1, 201))
    assert all(f"&rows=50&page={page}" in query for page, query in zip(pages, queries(journal), strict=True))


@pytest.mark.parametrize(
    ("options", "found", "pages"),
    [
        ({"limit": 10}, range(10_000, 9_990, -1), 1),
        ({"limit": 50}, range(10_000, 9_950, -1), 1),
        ({"limit": 51}, range(10_000, 9_949, -1), 5),
        ({"limit": 51, "workers": 1}, range(10_000, 9_949, -1), 2),
        ({"limit": 300, "page_size": 100, "workers": 2}, range(10_000, 9_700, -1), 3),
    ],
    ids=str,
)
def test_a_limit_reads_few_pages(options: dict[str, Any], found: range, pages: int, journal: Simulator) -> None:
    assert ids(administrator_of(journal), **options) == list(found)
    assert len(queries(journal)) == pages


def test_a_limit_with_a_filter_reads_pages_of_the_usual_size(journal: Simulator) -> None:
    oldest = journal.control("GET", "/faxes")["journal"][9501]
    connection = administrator_of(journal)
    assert ids(connection, limit=1, caller=oldest["caller"], since=oldest["time"]) == [oldest["id"]]
    assert len(queries(journal)) <= 13


def test_a_window_reads_few_pages(journal: Simulator) -> None:
    assert len(ids(administrator_of(journal), since="100h")) in (99, 100, 101)
    assert len(queries(journal)) == 3


def test_a_page_that_breaks_off_is_asked_for_again(journal: Simulator) -> None:
    fault = {"path": "/api/faxes/$", "query": "page=7$", "times": 2, "close": "middle"}
    journal.control("PUT", "/faults", [fault])
    assert ids(administrator_of(journal), page_size=1000) == list(range(10_000, 0, -1))
    assert len(queries(journal)) == 12


# A journal that changes meanwhile -------------------------------------------------------------------------------------


def while_reading(connection: dict[str, Any], simulator: Simulator, **options: Any) -> tuple[Any, Any]:
    """What is read in pages of 10, and what `change` does once the first page is answered and the last is held back."""
    change = options.pop("change")
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/$", "query": "page=3$", "delay_ms": 800}])
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(ids, connection, page_size=10, **options)
        # The login, the first page, and both others have come in.
        simulator.control("GET", "/counters?requests=4")
        changed = change()
        return reading.result(), changed


def delete(connection: dict[str, Any], fax: int) -> None:
    with Client(Connection(**connection)) as client:
        client.delete(f"/api/faxes/{fax}")


def test_a_fax_that_is_added_while_reading_hides_none(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("POST", "/faxes/generate", {"count": 26, "subscriber_id": 9})
    before = ids(connection)
    simulator.control("DELETE", "/log")
    found, added = while_reading(connection, simulator, change=lambda: [enter(simulator) for _fax in range(3)])
    assert found == before
    assert not set(added) & set(found)
    assert len(queries(simulator)) == 4


def test_a_fax_that_is_deleted_while_reading_hides_none(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("POST", "/faxes/generate", {"count": 26, "subscriber_id": 9})
    before = ids(connection)
    simulator.control("DELETE", "/log")
    found, _none = while_reading(connection, simulator, change=lambda: delete(connection, before[0]))
    assert found == before[1:]


def test_a_limit_hides_none_either(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("POST", "/faxes/generate", {"count": 26, "subscriber_id": 9})
    before = ids(connection)
    simulator.control("DELETE", "/log")
    found, _none = while_reading(connection, simulator, limit=25, change=lambda: delete(connection, before[0]))
    # Either is a true answer; one with a hole in the middle is none.
    assert found in (before[:25], before[1:26])


def test_one_that_is_deleted_after_it_was_read_needs_no_zone_check(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    gone = {"path": "/api/faxes/8", "status": 404, "body": {"code": 404, "message": "Entity 'faxe' not found."}}
    simulator.control("PUT", "/faults", [gone])
    assert ids(connection) == [8, 7, 6, 5]


# The module -----------------------------------------------------------------------------------------------------------


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"id": 6, "subscriber_id": 3}, "subscriber_id cannot be given together with id."),
    ({"id": 6, "since": "1h"}, "since cannot be given together with id."),
    ({"id": 6, "limit": 1}, "limit cannot be given together with id."),
    ({"id": 0}, "id must be at least 1, not 0."),
    ({"limit": 0}, "limit must be at least 1, not 0."),
    ({"since": "24"}, "since: '24' is neither a time such as 2026-11-01 08:00:00 or 2026-11-01T08:00:00+01:00, nor a"),
    ({"since": ""}, "since: '' is neither a time such as"),
    ({"since": "1 day"}, "since: '1 day' is neither a time such as"),
    ({"until": "2026-11-31"}, "until: '2026-11-31' is neither a time such as"),
    ({"until": "999999999w"}, "until: '999999999w' is out of range."),
    ({"since": "1h", "until": "24h"}, "since (1h) must be before until (24h)."),
    ({"since": "2026-11-02", "until": "2026-11-02 00:00:00Z"}, "since (2026-11-02) must be before until (2026-11-02 0"),
    ({"status": ""}, "status must not be empty; leave it out to have all."),
    ({"caller": ""}, "caller must not be empty; leave it out to have all."),
    ({"callee": " "}, "callee must not be empty; leave it out to have all."),
    ({"page_size": 1001}, "page_size must be between 1 and 1000, not 1001."),
    ({"workers": 0}, "workers must be between 1 and 32, not 0."),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    problems = JOB.spec.problems({**connection, **options})
    assert len(problems) == 1
    assert str(problems[0]).startswith(sentence)


def test_the_module(play: Play, simulator: Simulator) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    tasks: list[dict[str, Any]] = [
        {"name": "one", MODULE: {"id": 6}},
        {"name": "some", MODULE: {"subscriber": "user3@d1.example.org", "direction": "out", "limit": 1}},
        {"name": "unknown", MODULE: {"id": 99}, "ignore_errors": True},
        {"name": "number", MODULE: {"caller": 43199}, "ignore_errors": True},
        {"name": "choice", MODULE: {"direction": "both"}, "ignore_errors": True},
        {"name": "window", MODULE: {"since": "1h", "until": "1d"}, "ignore_errors": True},
    ]
    played = play(tasks, "--check", "--diff")
    assert (played["one"]["changed"], played["one"]["faxes"][0]["time_iso"]) == (False, "2026-11-02T10:00:00+00:00")
    assert [fax["id"] for fax in played["some"]["faxes"]] == [7]
    assert played.failure("unknown").startswith("There is no fax 99 (GET /api/faxes/99, HTTP 404). Check the id;")
    assert played["unknown"]["error"] == {"kind": "not_found", "method": "GET", "path": "/api/faxes/99", "status": 404}
    assert "caller must be a text; put it in quotes" in played.failure("number")
    assert played.failure("choice") == "value of direction must be one of: in, out, mtf, got: both."
    assert played.failure("window") == "since (1h) must be before until (1d)."
    (lines,) = requests(simulator)
    assert [lines[0], lines[-1], len(lines)] == [LOGIN, "GET /api/faxes/99", 7]
