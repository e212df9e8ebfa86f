# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of one subscriber, of several and of all that match; requests are counted on the server."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotFound,
    NotNgcp,
    SomeFailed,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO
from tests.integration.conftest import Play, defaults, requests
from tests.simulator.client import Simulator, running

MODULE = "ngcp.fax.fax_settings_info"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
FAX, MAIL = "faxserversettings", "mailtofaxsettings"
FAX_SETTINGS, MAIL_SETTINGS = "faxserver_settings", "mailtofax_settings"
SEED = [number for number in range(1, 31) if number != 29]  # 29 is terminated


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    """300 subscribers, in 8 domains."""
    with running("--seed", "none", "--subscribers", 300) as simulator:
        yield simulator


def rows(connection: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """Return the result of the module's function, without Ansible."""
    with Client(Connection(**connection), read_only=True) as client:
        result = SETTINGS_INFO.execute(client, {**defaults(SETTINGS_INFO.spec), **options}, check_mode=False)
    assert not result.changed
    found = result.facts["subscribers"]
    assert isinstance(found, list)
    return found


def ids(connection: dict[str, Any], **options: Any) -> list[int]:
    return [row["subscriber_id"] for row in rows(connection, **options)]


def administrator_of(simulator: Simulator) -> dict[str, Any]:
    login = {"api_username": "administrator", "api_password": "administrator"}
    return {"api_url": simulator.url, "ca_path": simulator.ca_file, **login}


def queries(simulator: Simulator, path: str) -> list[str]:
    return [one["query"] for one in simulator.control("GET", "/log")["requests"] if one["path"] == path]


def writes(simulator: Simulator) -> int:
    return int(simulator.control("GET", "/counters")["writes"])


def set_by_hand(simulator: Simulator, resource: str, subscriber: int, **fields: Any) -> None:
    simulator.control("PATCH", f"/settings/{resource}/{subscriber}", fields)


# Named ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "selector", [{"subscriber_id": 3}, {"subscriber": "User3@D1.example.org"}, {"external_id": "ext-3"}]
)
def test_one_subscriber(selector: dict[str, Any], connection: dict[str, Any], simulator: Simulator) -> None:
    destinations = [{"destination": f"{name}@example.com", "filetype": "PDF"} for name in "ba"]
    set_by_hand(simulator, FAX, 3, active=True, name="Öst", destinations=destinations)
    (row,) = rows(connection, **selector)
    assert (row["subscriber_id"], row["subscriber"]) == (3, "user3@d1.example.org")
    fax = row[FAX_SETTINGS]
    assert (fax["active"], fax["name"], row[MAIL_SETTINGS]["active"]) == (True, "Öst", False)
    assert [entry["destination"] for entry in fax["destinations"]] == ["a@example.com", "b@example.com"]
    assert writes(simulator) == 0


@pytest.mark.parametrize(("settings", "resource"), [(FAX_SETTINGS, FAX), (MAIL_SETTINGS, MAIL)])
def test_one_of_the_two(settings: str, resource: str, connection: dict[str, Any], simulator: Simulator) -> None:
    (row,) = rows(connection, subscriber_id=3, settings=[settings])
    assert set(row) == {"subscriber_id", "subscriber", settings}
    assert requests(simulator) == [["POST /login_jwt", "GET /api/subscribers/3", f"GET /api/{resource}/3"]]


def test_a_list_of_subscribers_each_once_and_sorted(connection: dict[str, Any]) -> None:
    named = [{"subscriber_id": 16}, {"external_id": "ext-3"}, {"subscriber": "user10@d1.example.org"}]
    found = rows(connection, subscribers=[*named, {"subscriber_id": 3}])
    names = [row["subscriber"].rpartition("@")[::-2] for row in found]
    assert names == [("d1.example.org", "user10"), ("d1.example.org", "user3"), ("d2.example.org", "user16")]
    assert rows(connection, subscribers=[]) == []


def test_one_of_several_is_missing(connection: dict[str, Any]) -> None:
    with pytest.raises(NotFound) as caught:
        rows(connection, subscribers=[{"subscriber_id": 3}, {"subscriber_id": 999}])
    assert str(caught.value).startswith(
        "There is no subscriber 999 on this server (GET /api/subscribers/999, HTTP 404)"
    )


def test_all_that_are_missing_are_named(connection: dict[str, Any], simulator: Simulator) -> None:
    missing = [{"subscriber_id": 29}, {"subscriber": "nobody@d1.example.org"}, {"external_id": "ext-99"}]
    with pytest.raises(SomeFailed) as caught:
        rows(connection, subscribers=[{"subscriber_id": 3}, *missing])
    assert str(caught.value).startswith("3 of 4 subscribers cannot be read. ")
    for name in ("subscriber 29", "subscriber nobody@d1.example.org", "subscriber external_id 'ext-99'"):
        assert f"There is no {name}" in str(caught.value)
    assert not [line for line in requests(simulator)[0] if FAX in line]


# Match ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"domain": "D2.example.org"}, [16, 17, 18, 19, 20]),
        ({"domain": "example.org"}, []),
        ({"domain": "d%.example.org"}, []),
        ({"customer_id": 103}, [23, 3]),
        ({"customer_id": 999}, []),
        ({"customer_external_id": "cust-3"}, [23, 3]),
        ({"customer_external_id": "cust_3"}, []),
        ({"customer_external_id": "cust-%"}, []),
        ({"reseller_id": 2}, [16, 17, 18, 19, 20]),
        ({"reseller_id": 7}, []),
        ({"profile_id": 1}, []),
        ({"alias": "4311000003"}, [3]),
        ({"alias": "431100000"}, []),
        ({"domain": "d1.example.org", "customer_id": 103, "reseller_id": 1, "alias": "4311000003"}, [3]),
        ({"domain": "d2.example.org", "customer_id": 103}, []),
    ],
    ids=str,
)
def test_match(match: dict[str, Any], found: list[int], connection: dict[str, Any], simulator: Simulator) -> None:
    assert ids(connection, settings=[FAX_SETTINGS], match=match) == found
    assert writes(simulator) == 0


@pytest.mark.parametrize(
    ("active", "settings", "found"),
    [
        (True, [FAX_SETTINGS, MAIL_SETTINGS], [16, 3, 4]),
        (True, [FAX_SETTINGS], [16, 3]),
        (True, [MAIL_SETTINGS], [3, 4]),
        (False, [FAX_SETTINGS, MAIL_SETTINGS], sorted(set(SEED) - {3, 4, 16})),
        (False, [MAIL_SETTINGS], sorted(set(SEED) - {3, 4})),
    ],
    ids=str,
)
def test_active(
    active: bool, settings: list[str], found: list[int], connection: dict[str, Any], simulator: Simulator
) -> None:
    for number in (3, 16):
        set_by_hand(simulator, FAX, number, active=True)
    for number in (3, 4):
        set_by_hand(simulator, MAIL, number, active=True)
    assert sorted(ids(connection, active=active, settings=settings)) == sorted(found)
    in_domain = {number for number in found if 16 <= number <= 20}
    assert set(ids(connection, active=active, settings=settings, match={"domain": "d2.example.org"})) == in_domain


def test_the_active_ones_of_one_resource_are_asked_for(connection: dict[str, Any], simulator: Simulator) -> None:
    set_by_hand(simulator, FAX, 3, active=True)
    assert ids(connection, active=True, settings=[FAX_SETTINGS]) == [3]
    assert requests(simulator) == [["POST /login_jwt", f"GET /api/{FAX}/", "GET /api/subscribers/3"]]
    assert "active=1" in queries(simulator, f"/api/{FAX}/")[0]


def test_active_that_the_server_ignores_lets_nobody_else_through(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    items = [
        {"id": number, "active": number == 3, "_links": {"self": {"href": f"/api/{FAX}/{number}"}}} for number in (3, 4)
    ]
    body = json.dumps({"_embedded": {f"ngcp:{FAX}": items}, "_links": {}, "total_count": 2})
    simulator.control("PUT", "/faults", [{"path": f"/api/{FAX}/$", "status": 200, "body": body}])
    assert ids(connection, active=True, settings=[FAX_SETTINGS]) == [3]


ANYBODY = {"id": 4, "username": "user4", "domain": "d1.example.org", "customer_id": 104, "profile_id": None}


@pytest.mark.parametrize(
    ("match", "asked_first"),
    [
        ({"domain": "d2.example.org"}, False),
        ({"customer_id": 103}, False),
        ({"profile_id": 7}, False),
        ({"alias": "4311000003"}, False),
        ({"customer_external_id": "cust-3"}, True),
        ({"reseller_id": 2}, True),
    ],
    ids=str,
)
def test_a_filter_that_the_server_ignores(
    match: dict[str, Any], asked_first: bool, connection: dict[str, Any], simulator: Simulator
) -> None:
    body = json.dumps({"_embedded": {"ngcp:subscribers": [ANYBODY]}, "_links": {}, "total_count": 1})
    simulator.control("PUT", "/faults", [{"path": "/api/subscribers/", "times": None, "status": 200, "body": body}])
    ((name, value),) = match.items()
    with pytest.raises(NotNgcp) as caught:
        rows(connection, match=match)
    assert str(caught.value) == (
        f"The server was asked for {name} '{value}' and answered with others (GET /api/subscribers/). It does not know "
        "this filter, or this login is not shown what it needs: use another one."
    )
    assert len(queries(simulator, "/api/subscribers/")) == 1
    assert (str(value) not in queries(simulator, "/api/subscribers/")[0]) == asked_first


def test_a_filter_that_no_item_shows_is_probed_first(connection: dict[str, Any], simulator: Simulator) -> None:
    match = {"customer_external_id": "cust-3", "reseller_id": 1}
    assert ids(connection, match=match, settings=[FAX_SETTINGS]) == [23, 3]
    probes = queries(simulator, "/api/subscribers/")
    assert [query.split("&")[0] for query in probes] == [
        "customer_external_id=ngcp.fax+asks+whether+this+filter+is+known",
        "reseller_id=0",
        "customer_external_id=cust-3",
    ]


# What is shown --------------------------------------------------------------------------------------------------------


def test_secrets_are_masked_unless_asked_for(connection: dict[str, Any], simulator: Simulator) -> None:
    set_by_hand(simulator, FAX, 3, password="fax-pa55word")
    set_by_hand(simulator, MAIL, 3, secret_key="mail-s3cret")
    for options in ({"subscriber_id": 3}, {"match": {"customer_id": 103}}, {}):
        row = next(row for row in rows(connection, **options) if row["subscriber_id"] == 3)
        assert (row[FAX_SETTINGS]["password"], row[MAIL_SETTINGS]["secret_key"]) == (MASK, MASK)
        assert (row[FAX_SETTINGS]["name"], "pa55word" in str(row), "s3cret" in str(row)) == (None, False, False)
        row = next(row for row in rows(connection, return_secrets=True, **options) if row["subscriber_id"] == 3)
        assert (row[FAX_SETTINGS]["password"], row[MAIL_SETTINGS]["secret_key"]) == ("fax-pa55word", "mail-s3cret")


def test_fields_that_nobody_knows_come_back_as_they_are(connection: dict[str, Any], simulator: Simulator) -> None:
    new = {"id": 3, "active": True, "retries": {"count": 2, "after": ["1m", None]}, "cover_page": ""}
    body = json.dumps({**new, "_links": {"self": {"href": f"/api/{FAX}/3"}}})
    simulator.control("PUT", "/faults", [{"path": f"/api/{FAX}/3", "status": 200, "body": body}])
    (row,) = rows(connection, subscriber_id=3)
    assert row[FAX_SETTINGS] == new


# Who reads ------------------------------------------------------------------------------------------------------------


def test_a_subscriber_sees_itself(connection: dict[str, Any], simulator: Simulator) -> None:
    set_by_hand(simulator, MAIL, 2, active=True, secret_key="own-s3cret")
    own = {**connection, "api_username": "user2@d1.example.org", "api_password": "webpass2"}
    for options in (
        {"subscriber_id": 2},
        {"subscriber": "user2@d1.example.org"},
        {"match": {"domain": "d1.example.org"}},
    ):
        (row,) = rows(own, **options)
        assert row["subscriber_id"] == 2
        assert (row[FAX_SETTINGS]["active"], row[MAIL_SETTINGS]["secret_key"]) == (False, MASK)
    assert ids(own, settings=[FAX_SETTINGS]) == [2]
    with pytest.raises(NotFound, match="There is no subscriber 3 on this server"):
        rows(own, subscriber_id=3)


def test_a_subscriber_reads_all_of_its_own(connection: dict[str, Any], simulator: Simulator) -> None:
    """The same as an administrator reads of it, with a selector or without."""
    own = {**connection, "api_username": "user2@d1.example.org", "api_password": "webpass2"}
    seen_by_all = rows(administrator_of(simulator), subscriber_id=2)
    assert rows(own) == rows(own, subscriber_id=2) == seen_by_all


def test_a_reseller_sees_its_own_only(connection: dict[str, Any]) -> None:
    own = {**connection, "api_username": "reseller2"}
    assert ids(own) == ids(own, match={"reseller_id": 2}) == [16, 17, 18, 19, 20]
    assert ids(own, match={"reseller_id": 1}) == ids(own, match={"domain": "d1.example.org"}) == []
    for selector in ({"subscriber_id": 3}, {"subscriber": "user3@d1.example.org"}, {"external_id": "ext-3"}):
        with pytest.raises(NotFound, match="There is no subscriber"):
            rows(own, **selector)


def test_a_read_only_administrator_reads(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    assert len(ids({**connection, "api_username": "readonly"})) == len(SEED)
    assert writes(simulator) == 0


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "pages"), [({}, 6), ({"page_size": 100, "workers": 1}, 3), ({"page_size": 1000}, 1)], ids=str
)
def test_all_are_read_in_pages(options: dict[str, Any], pages: int, many: Simulator) -> None:
    many.control("POST", "/reset")
    found = rows(administrator_of(many), **options)
    assert sorted(row["subscriber_id"] for row in found) == list(range(1, 301))
    names = [row["subscriber"].rpartition("@")[::-2] for row in found]
    assert names == sorted(names)
    (lines,) = requests(many)
    collections = ("subscribers", FAX, MAIL)
    assert Counter(lines) == {"POST /login_jwt": 1, **{f"GET /api/{each}/": pages for each in collections}}
    for each in collections:
        asked = queries(many, f"/api/{each}/")
        size = options.get("page_size", 50)
        assert sorted(asked) == sorted(f"order_by=id&rows={size}&page={page + 1}" for page in range(pages))


def test_pages_are_fetched_side_by_side(many: Simulator) -> None:
    """A single connection carries one request after the other."""
    used = {}
    for workers in (1, 4):
        many.control("POST", "/reset")
        many.control("PUT", "/options", {"latency_ms": 50})
        assert len(ids(administrator_of(many), settings=[FAX_SETTINGS], workers=workers)) == 300
        used[workers] = many.control("GET", "/counters")["connections"]
    assert used[1] == 1
    assert 1 < used[4] <= 4


def test_a_token_that_expires_among_many_pages_is_renewed_once(many: Simulator) -> None:
    many.control("POST", "/reset")
    connection = administrator_of(many)
    with Client(Connection(**connection)) as client:
        token = client.log_in().value
    many.control("POST", "/rotate_token_key")
    many.control("DELETE", "/log")
    assert len(ids({**connection, "api_token": token}, page_size=10, workers=8)) == 300
    assert many.control("GET", "/counters")["logins"] == 1


def test_a_page_that_stays_away_fails_the_whole(many: Simulator) -> None:
    many.control("POST", "/reset")
    crash = {"path": f"/api/{MAIL}/", "query": "page=3", "times": None, "status": 500, "body": "<html>"}
    many.control("PUT", "/faults", [crash])
    with pytest.raises(FaxError, match=f"The server crashed .*GET /api/{MAIL}/, HTTP 500"):
        rows(administrator_of(many))


def test_a_page_that_breaks_off_is_asked_for_again(many: Simulator) -> None:
    many.control("POST", "/reset")
    many.control("PUT", "/faults", [{"path": f"/api/{MAIL}/", "query": "page=3", "times": 2, "close": "middle"}])
    assert len(ids(administrator_of(many))) == 300
    assert len(queries(many, f"/api/{MAIL}/")) == 8


def test_a_list_that_is_never_complete(connection: dict[str, Any], simulator: Simulator) -> None:
    def fault(subscriber: int) -> dict[str, Any]:
        items = [{**ANYBODY, "_links": {"self": {"href": f"/api/subscribers/{subscriber}"}}}]
        body = json.dumps({"_embedded": {"ngcp:subscribers": items}, "_links": {}, "total_count": 2})
        return {"path": "/api/subscribers/$", "status": 200, "body": body}

    simulator.control("PUT", "/faults", [fault(4), fault(5), fault(6)])
    with pytest.raises(Unverified, match="The list /api/subscribers/ changed each of the 3 times it was read"):
        rows(connection)
    assert len(queries(simulator, "/api/subscribers/")) == 3


def test_an_older_release_with_one_item_on_the_last_page(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"single_as_object": True})
    assert sorted(ids(connection, page_size=28)) == SEED


def test_who_goes_away_between_the_lists_is_left_out(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control(
        "PUT", "/faults", [{"path": f"/api/{FAX}/17", "status": 404, "body": {"code": 404, "message": "x"}}]
    )
    assert ids(connection, match={"domain": "d2.example.org"}) == [16, 18, 19, 20]


# The module -----------------------------------------------------------------------------------------------------------


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"subscriber_id": 3, "match": {"domain": "x"}}, "match cannot be given together with subscriber_id: name subscri"),
    ({"subscribers": [], "active": True}, "active cannot be given together with subscribers: name subscribers, or sel"),
    ({"subscribers": [], "external_id": "x"}, "external_id cannot be given together with subscribers; put it into the"),
    ({"subscribers": [{}]}, "subscribers[0] must have one of subscriber_id, subscriber, external_id, or an id and one"),
    (
        {"subscribers": [{"subscriber_id": 3}, {"subscriber": "a@x.y", "external_id": "x"}]},
        "subscribers[1] must have one of subscriber_id, subscriber, external_id, or an id and one of the names.",
    ),
    ({"subscribers": [{"subscriber": "a*@b"}]}, "subscribers[0].subscriber must not hold the wildcard '*' ('a*@b')"),
    ({"subscribers": [{"subscriber_id": 0}]}, "subscribers[0].subscriber_id must be at least 1, not 0."),
    ({"settings": []}, "settings must not be empty; leave it out to have both."),
    ({"match": {"domain": "*.example.org"}}, "match.domain must be one whole value, without a wildcard, not '*.exampl"),
    (
        {"match": {"active": True}},
        "match.active is not an option; use one of domain, customer_id, customer_external_id",
    ),
    ({"page_size": 0}, "page_size must be between 1 and 1000, not 0."),
    ({"workers": 33}, "workers must be between 1 and 32, not 33."),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    problems = SETTINGS_INFO.spec.problems({**connection, **options})
    assert len(problems) == 1
    assert str(problems[0]).startswith(sentence)


def test_the_module(play: Play, simulator: Simulator) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    set_by_hand(simulator, FAX, 16, active=True, password="fax-pa55word")
    tasks: list[dict[str, Any]] = [
        {"name": "filtered", MODULE: {"match": {"domain": "d2.example.org"}, "active": True}},
        {"name": "named", MODULE: {"subscribers": [{"subscriber_id": 3}, {"external_id": "ext-16"}]}},
        {"name": "secret", MODULE: {"subscriber_id": 16, "settings": ["faxserver_settings"], "return_secrets": True}},
        {"name": "missing", MODULE: {"subscriber": "nobody@d1.example.org"}, "ignore_errors": True},
        {"name": "wrong", MODULE: {"subscribers": [{"id": 3}], "page_size": 0}, "ignore_errors": True},
        {"name": "both", MODULE: {"subscriber": "a@x.example", "external_id": "x"}, "ignore_errors": True},
    ]
    played = play(tasks, "--check", "--diff", "-vvvv")
    assert [row["subscriber_id"] for row in played["filtered"]["subscribers"]] == [16]
    assert played["filtered"]["subscribers"][0][FAX_SETTINGS]["password"] == MASK
    assert (played["filtered"]["changed"], "diff" in played["filtered"]) == (False, False)
    assert [row["subscriber_id"] for row in played["named"]["subscribers"]] == [3, 16]
    assert played["secret"]["subscribers"][0][FAX_SETTINGS]["password"] == "fax-pa55word"
    assert played.failure("missing").startswith("There is no subscriber nobody@d1.example.org (GET /api/subscribers/).")
    assert played["missing"]["error"]["kind"] == "not_found"
    assert (
        "subscribers[0].id is not an option; an element has subscriber_id, subscriber, external_id."
        in played.failure("wrong")
    )
    assert "page_size must be between 1 and 1000, not 0." in played.failure("wrong")
    assert played.failure("both").startswith("parameters are mutually exclusive: subscriber|external_id")
    assert writes(simulator) == 0


def test_a_secret_that_was_asked_for_is_hidden_by_no_log(play: Play, simulator: Simulator) -> None:
    set_by_hand(simulator, FAX, 16, password="fax-pa55word")
    options = {"subscriber_id": 16, "return_secrets": True}
    used = "{{ held.subscribers[0].faxserver_settings.password | hash('sha256') }}"
    tasks: list[dict[str, Any]] = [
        {"name": "read", MODULE: options, "no_log": True, "register": "held"},
        {"name": "used", "ansible.builtin.debug": {"msg": used}},
    ]
    played = play(tasks, "-vvvv")
    assert played.code == 0, played.output
    assert "fax-pa55word" not in played.output
    assert played["used"]["msg"] == hashlib.sha256(b"fax-pa55word").hexdigest()
