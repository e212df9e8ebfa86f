# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting faxes: those that were meant, no other one, and a failure tells which are gone; looked at on the server."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LimitExceeded,
    NoAnswer,
    NotFound,
    ReadOnly,
    ServerFailed,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import delete as delete_module
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import JOB
from tests.integration.conftest import Play, defaults, requests
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax"
LOGIN = "POST /login_jwt"
SEED = [5, 6, 7, 8]


@pytest.fixture
def old(simulator: Simulator) -> list[int]:
    """Three faxes of the last 90 days and five that are older, of subscribers 9 and 10 in turn, the oldest first."""
    now = datetime.now(timezone.utc)
    times = [now - timedelta(days=90, minutes=minutes) for minutes in (60_000, 300, 2, 1, 1, -1, -60, -120_000)]
    return [
        enter(simulator, subscriber_id=9 + place % 2, time=time.strftime("%Y-%m-%d %H:%M:%S"))
        for place, time in enumerate(times)
    ]


def run(connection: dict[str, Any], check_mode: bool = False, **options: Any) -> Result:
    """The module's function, without Ansible."""
    with Client(Connection(**connection), read_only=check_mode) as client:
        return JOB.execute(client, {**defaults(JOB.spec), **options}, check_mode)


def gone(result: Result) -> list[int]:
    return [fax["id"] for fax in result.facts["faxes"]]


def enter(simulator: Simulator, **keys: Any) -> int:
    """A fax into the journal, by hand; its id."""
    return int(simulator.control("POST", "/faxes", {"subscriber_id": 3, **keys})["id"])


def left(simulator: Simulator) -> list[int]:
    return [fax["id"] for fax in simulator.control("GET", "/faxes")["journal"]]


def deletes(simulator: Simulator) -> list[str]:
    """The DELETEs that came in, by path, sorted."""
    return sorted(line for lines in requests(simulator) for line in lines if line.startswith("DELETE"))


# By id ----------------------------------------------------------------------------------------------------------------


def test_one_fax(connection: dict[str, Any], simulator: Simulator) -> None:
    result = run(connection, id=[6])
    assert (result.changed, gone(result), left(simulator)) == (True, [6], [5, 7, 8])
    (fax,) = result.facts["faxes"]
    assert (fax["caller"], fax["time_iso"]) == ("431999", "2026-11-02T10:00:00+00:00")
    assert requests(simulator) == [[LOGIN, "GET /api/faxes/6", "GET /api/faxes/6", "DELETE /api/faxes/6"]]


def test_a_list_each_once_and_what_is_gone_already_is_no_error(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    result = run(connection, id=[7, 99, 5, 7])
    assert (result.changed, gone(result), left(simulator)) == (True, [5, 7], [6, 8])
    assert deletes(simulator) == ["DELETE /api/faxes/5", "DELETE /api/faxes/7"]
    again = run(connection, id=[7, 99, 5, 7])
    assert (again.changed, gone(again)) == (False, [])
    assert len(deletes(simulator)) == 2


def test_another_resellers_fax_is_as_good_as_gone(connection: dict[str, Any], simulator: Simulator) -> None:
    result = run({**connection, "api_username": "reseller2"}, id=[5])
    assert (result.changed, left(simulator), deletes(simulator)) == (False, SEED, [])


def test_a_fax_that_goes_away_meanwhile_is_no_error(connection: dict[str, Any], simulator: Simulator) -> None:
    missing = {"method": "DELETE", "status": 404, "body": {"code": 404, "message": "Entity 'faxe' not found."}}
    simulator.control("PUT", "/faults", [missing])
    assert gone(run(connection, id=[5, 6])) == [5, 6]


def test_a_fax_that_cannot_be_looked_at_stops_before_the_first_delete(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/6", "times": None, "status": 500, "body": "<html>"}])
    with pytest.raises(ServerFailed, match=r"The server crashed .* \(GET /api/faxes/6, HTTP 500\)"):
        run(connection, id=[5, 6, 7])
    assert (left(simulator), deletes(simulator)) == (SEED, [])


# By age ---------------------------------------------------------------------------------------------------------------


def test_what_is_older_than_a_span(connection: dict[str, Any], simulator: Simulator, old: list[int]) -> None:
    result = run(connection, older_than="90d", confirm_all=True)
    assert (result.changed, gone(result)) == (True, old[:5][::-1])
    assert left(simulator) == [*SEED, *old[5:]]
    again = run(connection, older_than="90d", confirm_all=True)
    assert (again.changed, gone(again), len(deletes(simulator))) == (False, [], 5)


@pytest.mark.parametrize("selector", [{"subscriber_id": 9}, {"subscriber": "user9@d1.example.org"}])
def test_what_is_older_of_one_subscriber(
    selector: dict[str, Any], connection: dict[str, Any], simulator: Simulator, old: list[int]
) -> None:
    assert gone(run(connection, older_than="2160h", **selector)) == [old[4], old[2], old[0]]
    assert left(simulator) == [*SEED, old[1], old[3], *old[5:]]


def test_of_a_subscriber_that_is_not_there(connection: dict[str, Any], simulator: Simulator, old: list[int]) -> None:
    with pytest.raises(NotFound, match="There is no subscriber nobody@"):
        run(connection, older_than="90d", subscriber="nobody@d1.example.org")
    assert deletes(simulator) == []


def test_a_subscriber_filter_that_the_server_ignores_deletes_nothing(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    fax = {"id": 5, "subscriber_id": 3, "time": "2020-01-01 00:00:00"}
    page = {"_embedded": {"ngcp:faxes": [fax]}, "_links": {}, "total_count": 1}
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/$", "status": 200, "body": page}])
    with pytest.raises(FaxError, match="The journal answers with another subscriber's fax"):
        run(connection, older_than="90d", subscriber_id=9)
    assert left(simulator) == SEED


def test_a_fax_without_a_time_is_not_old(connection: dict[str, Any], simulator: Simulator) -> None:
    page = {"_embedded": {"ngcp:faxes": [{"id": 5, "subscriber_id": 3, "time": None}]}, "_links": {}, "total_count": 1}
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/$", "status": 200, "body": page}])
    assert not run(connection, older_than="1d", confirm_all=True).changed


def test_a_server_that_knows_no_zones_deletes_nothing(
    connection: dict[str, Any], simulator: Simulator, old: list[int]
) -> None:
    fax = {"id": old[4], "subscriber_id": 9, "time": "2020-01-01 00:00:00"}
    body = {"path": f"/api/faxes/{old[4]}$", "status": 200, "body": fax}
    simulator.control("PUT", "/faults", [body])
    with pytest.raises(FaxError, match="The server does not give times in the zone that was asked for"):
        run(connection, older_than="90d", confirm_all=True)
    assert left(simulator) == [*SEED, *old]


def test_hundreds_are_found_and_deleted(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("POST", "/faxes/generate", {"count": 300, "subscriber_id": 9})
    result = run(connection, older_than="100h", subscriber_id=9, max_deletions=300, workers=8)
    assert len(gone(result)) in (199, 200, 201)
    assert len(left(simulator)) == len(SEED) + 300 - len(gone(result))
    assert len(deletes(simulator)) == len(gone(result))


# Guards ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
@pytest.mark.parametrize(
    ("options", "most"),
    [({"older_than": "90d", "confirm_all": True}, 4), ({"id": [5, 6, 7, 8, 9]}, 0), ({"id": [5, 6, 7, 8, 9]}, 4)],
    ids=str,
)
def test_too_many_stop_before_the_first_delete(
    options: dict[str, Any], most: int, check: bool, connection: dict[str, Any], simulator: Simulator, old: list[int]
) -> None:
    with pytest.raises(LimitExceeded) as caught:
        run(connection, check, max_deletions=most, **options)
    assert str(caught.value) == (
        f"5 faxes would be deleted, and max_deletions is {most}: nothing was deleted. Some of them are in the "
        "result as faxes; raise max_deletions if these are what you want to delete."
    )
    assert len(caught.value.facts["faxes"]) == 5
    assert (left(simulator), deletes(simulator)) == ([*SEED, *old], [])


def test_as_many_as_allowed(connection: dict[str, Any], simulator: Simulator, old: list[int]) -> None:
    assert len(gone(run(connection, older_than="90d", confirm_all=True, max_deletions=5))) == 5


def test_check_mode_lists_and_deletes_nothing(connection: dict[str, Any], simulator: Simulator, old: list[int]) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    predicted = [
        run(connection, check_mode=True, id=[5, 99]),
        run(connection, check_mode=True, older_than="90d", confirm_all=True),
    ]
    assert [gone(result) for result in predicted] == [[5], old[:5][::-1]]
    assert simulator.control("GET", "/counters")["writes"] == 0
    simulator.control("PUT", "/refuse_writes", {"enabled": False})
    assert run(connection, id=[5, 99]) == predicted[0]
    assert run(connection, older_than="90d", confirm_all=True) == predicted[1]


# Failures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("close", ["before", "after"])
def test_a_delete_whose_answer_is_lost_is_repeated(
    close: str, connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "times": 2, "close": close}])
    assert gone(run(connection, id=[5, 6])) == [5, 6]
    assert (left(simulator), len(deletes(simulator))) == ([7, 8], 4)


def test_a_busy_server_is_asked_again(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "times": 2, "status": 503}])
    assert gone(run(connection, id=[5, 6])) == [5, 6]
    assert left(simulator) == [7, 8]


def test_a_failure_in_the_middle_tells_what_was_deleted(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "path": "/6$", "times": None, "status": 500}])
    with pytest.raises(ServerFailed, match=r"\(DELETE /api/faxes/6, HTTP 500\)") as caught:
        run(connection, id=[5, 6, 7])
    assert left(simulator) == [6, 8]
    assert caught.value.facts["changed"] is True
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [5, 7]


def test_several_failures_are_all_named(connection: dict[str, Any], simulator: Simulator) -> None:
    crash = {"method": "DELETE", "path": "/[67]$", "times": None, "status": 500, "body": "<html>"}
    simulator.control("PUT", "/faults", [crash])
    with pytest.raises(SomeFailed) as caught:
        run(connection, id=SEED)
    beginning = (
        "2 of 4 faxes could not be deleted. Fax 6 still exists, but the request to delete it may take effect later: "
    )
    assert str(caught.value).startswith(f"{beginning}The server crashed ")
    assert "DELETE /api/faxes/6, HTTP 500" in str(caught.value)
    assert "DELETE /api/faxes/7, HTTP 500" in str(caught.value)
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [5, 8]


def test_a_delete_that_is_never_answered(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "path": "/6$", "times": None, "close": "before"}])
    with pytest.raises(NoAnswer, match=r"cut off before the answer was complete \(DELETE /api/faxes/6\)") as caught:
        run(connection, id=[5, 6])
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [5]


UNKNOWN = "It is not known whether fax 6 was deleted: "
UNFINISHED = "Fax 6 still exists, but the request to delete it may take effect later: "
DELETE, LOOK = {"method": "DELETE", "path": "/6$"}, {"method": "GET", "path": "/6$"}
PAGE = {"status": 500, "body": "<html>"}
NO_EFFECT: list[tuple[dict[str, Any], bool]] = [
    # Answers to a DELETE that was not carried out, and whether it still may be.
    ({"close": "before"}, True),
    ({"status": 504, "body": "<html>"}, True),
    ({"status": 503}, True),
    ({"status": 404, "body": '{"code":404,"message":"No route"}', "headers": {"Content-Type": "text/plain"}}, True),
    (PAGE, True),
    ({"status": 500, "body": {"code": 500, "message": "Internal Server Error"}}, False),
    ({"status": 403, "body": {"code": 403, "message": "Forbidden"}}, False),
    ({"status": 302, "headers": {"Location": "/login"}}, False),
    ({"status": 429}, False),
]


@pytest.mark.parametrize(("answer", "perhaps"), NO_EFFECT, ids=lambda value: str(value)[:25])
def test_a_fax_that_is_still_there(
    answer: dict[str, Any], perhaps: bool, connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", [{**DELETE, **answer}])
    with pytest.raises(FaxError) as caught:
        run({**connection, "retries": 0}, id=[6])
    assert str(caught.value).startswith(UNFINISHED) is perhaps
    assert caught.value.facts == {"changed": perhaps, "faxes": []}
    assert left(simulator) == SEED


def test_an_earlier_try_may_still_take_effect(connection: dict[str, Any], simulator: Simulator) -> None:
    crash = {"status": 500, "body": {"code": 500, "message": "Internal Server Error"}}
    simulator.control("PUT", "/faults", [{**DELETE, "close": "before"}, {**DELETE, **crash}])
    with pytest.raises(FaxError) as caught:
        run({**connection, "retries": 1}, id=[6])
    assert str(caught.value).startswith(UNFINISHED)
    assert caught.value.facts["changed"] is True


@pytest.mark.parametrize("answer", [{"close": "after"}, {"close": "middle"}])
def test_a_fax_that_is_gone_after_a_lost_answer(
    answer: dict[str, Any], connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", [{**DELETE, **answer}])
    result = run({**connection, "retries": 0}, id=[6])
    assert (result.changed, gone(result), left(simulator)) == (True, [6], [5, 7, 8])


def test_a_fax_that_nobody_can_look_at_after_a_lost_answer(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{**DELETE, "close": "after"}, {**LOOK, **PAGE}])
    with Client(Connection(**connection, retries=0)) as client, pytest.raises(NoAnswer) as caught:
        delete_module.delete(client, {"id": 6})
    assert str(caught.value).startswith(UNKNOWN)
    assert caught.value.perhaps_done


def test_a_delete_that_meets_something_unexpected(
    connection: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = Client.delete

    def broken(client: Client, path: str) -> None:
        delete(client, path)
        if path.endswith("/6"):
            raise RuntimeError("unexpected")

    monkeypatch.setattr(Client, "delete", broken)
    for ids, others in (([6], []), ([5, 6, 7], [5, 7])):
        simulator.control("POST", "/reset")
        with pytest.raises(FaxError) as caught:
            run(connection, id=ids)
        assert (caught.value.kind, caught.value.facts["changed"]) == ("fault", True)
        assert [fax["id"] for fax in caught.value.facts["faxes"]] == others


def test_a_read_only_administrator_is_refused_once(
    connection: dict[str, Any], simulator: Simulator, old: list[int]
) -> None:
    with pytest.raises(ReadOnly, match="a read-only administrator may read only") as caught:
        run({**connection, "api_username": "readonly"}, older_than="90d", confirm_all=True, workers=1)
    assert caught.value.facts == {"changed": False, "faxes": []}
    assert (left(simulator), len(deletes(simulator))) == ([*SEED, *old], 1)


def test_a_read_only_administrator_in_check_mode(connection: dict[str, Any]) -> None:
    assert gone(run({**connection, "api_username": "readonly"}, check_mode=True, id=[5])) == [5]


# The module -----------------------------------------------------------------------------------------------------------


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    (
        {"older_than": "90d"},
        "older_than without a subscriber deletes everybody's faxes; name one, or set confirm_all: true.",
    ),
    (
        {"older_than": "90", "subscriber_id": 3},
        "older_than: '90' is not a span such as 90d, 24h or 1d12h (units: s, m for",
    ),
    ({"older_than": "2026-11-01", "subscriber_id": 3}, "older_than: '2026-11-01' is not a span such as 90d"),
    ({"older_than": "-1d", "subscriber_id": 3}, "older_than: '-1d' is not a span such as 90d"),
    ({"older_than": "0d", "subscriber_id": 3}, "older_than must be longer than zero."),
    ({"older_than": "9999999d", "subscriber_id": 3}, "older_than: '9999999d' is out of range."),
    ({"id": []}, "id must not be an empty list; name the faxes to delete."),
    ({"id": [5, 0]}, "id[1] must be at least 1, not 0."),
    ({"id": [5], "subscriber_id": 3}, "subscriber_id cannot be given together with id."),
    ({"id": [5], "max_deletions": -1}, "max_deletions must be at least 0, not -1."),
    ({"id": [5], "page_size": 0}, "page_size must be between 1 and 1000, not 0."),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    problems = JOB.spec.problems({**connection, **options})
    assert len(problems) == 1
    assert str(problems[0]).startswith(sentence)


def test_the_module(play: Play, simulator: Simulator) -> None:
    tasks: list[dict[str, Any]] = [
        {"name": "predicted", MODULE: {"id": [5, 6], "state": "absent"}, "check_mode": True},
        {"name": "deleted", MODULE: {"id": [5, 6], "state": "absent"}},
        {"name": "again", MODULE: {"id": [5, 6], "state": "absent"}},
        {"name": "one", MODULE: {"id": 7, "state": "absent"}},
        {"name": "everybody's", MODULE: {"older_than": "1d", "state": "absent"}, "ignore_errors": True},
        {"name": "none", MODULE: {"state": "absent"}, "ignore_errors": True},
        {"name": "both", MODULE: {"id": 8, "older_than": "1d", "state": "absent"}, "ignore_errors": True},
        {"name": "text", MODULE: {"id": ["five"], "state": "absent"}, "ignore_errors": True},
        {
            "name": "read-only",
            MODULE: {"id": 8, "state": "absent", "api_username": "readonly"},
            "ignore_errors": True,
        },
    ]
    played = play(tasks, "--diff")
    assert (played["predicted"]["changed"], played["predicted"]["faxes"]) == (True, played["deleted"]["faxes"])
    assert (played["deleted"]["changed"], played["again"]["changed"], played["again"]["faxes"]) == (True, False, [])
    assert [fax["id"] for fax in played["one"]["faxes"]] == [7]
    assert played.failure("everybody's").startswith("older_than without a subscriber deletes everybody's faxes;")
    assert played.failure("none") == "one of the following is required: id, older_than."
    assert played.failure("both").startswith("parameters are mutually exclusive: id|older_than.")
    assert "id" in played.failure("text")
    assert (played["read-only"]["changed"], played["read-only"]["faxes"]) == (False, [])
    assert played["read-only"]["error"]["read_only"] is True
    assert left(simulator) == [8]
    assert deletes(simulator) == [f"DELETE /api/faxes/{number}" for number in SEED]


def test_a_failure_in_the_middle_of_a_play(play: Play, simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "path": "/6$", "times": None, "status": 500}])
    played = play([{"name": "a", MODULE: {"id": [5, 6], "state": "absent"}}])
    assert "DELETE /api/faxes/6, HTTP 500" in played.failure("a")
    assert (played["a"]["changed"], [fax["id"] for fax in played["a"]["faxes"]]) == (True, [5])
