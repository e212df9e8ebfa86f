# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscribers: looked up and searched for on a server that knows some filters, and ignores all others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Ambiguous,
    Forbidden,
    NotFound,
    NotNgcp,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import filters
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber, find, search
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector

PAGING = Paging(2, 2)
KNOWN = frozenset(
    (
        *("username", "domain", "subscriber_external_id", "customer_id", "customer_external_id", "reseller_id"),
        *("profile_id", "alias"),
    )
)


def item(number: int, username: str, domain: str = "example.com", **more: Any) -> dict[str, Any]:
    """A subscriber as the server shows it; what begins with `hidden_` it filters by and does not show."""
    return {
        "id": number,
        "username": username,
        "domain": domain,
        "external_id": None,
        "customer_id": 10,
        "profile_id": None,
        "primary_number": {"cc": "43", "ac": "1", "sn": str(number)},
        "alias_numbers": [],
        "password": "s3cret",
        "webpassword": "s3cret",
        "_links": {"self": {"href": f"/api/subscribers/{number}"}},
        "hidden_customer_external_id": "c10",
        "hidden_reseller_id": 1,
        **more,
    }


class Server(Client):
    """Compares as SQL's LIKE does, with `*` as another `%`, and ignores a filter that it does not know."""

    def __init__(self, items: Iterable[dict[str, Any]], known: Iterable[str] = KNOWN) -> None:
        self.items, self.known = list(items), frozenset(known)
        self.secrets = Secrets()
        self.requests: list[dict[str, Any]] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if path != "/api/subscribers/":
            found = [one for one in self.items if path == f"/api/subscribers/{one['id']}"]
            if not found:
                raise NotFound("Entity not found", "Look.", "GET", path, 404)
            return shown(found[0])
        asked = dict(params or {})
        self.requests.append(asked)
        rows, page = int(asked["rows"]), int(asked["page"])
        wanted = {name: str(value) for name, value in asked.items() if name in self.known}
        found = [one for one in self.items if all(fits(one, name, value) for name, value in wanted.items())]
        here = [shown(one) for one in found[(page - 1) * rows : page * rows]]
        links: dict[str, Any] = {"next": {}} if page * rows < len(found) else {}
        return {"total_count": len(found), "_links": links, "_embedded": {"ngcp:subscribers": here}}

    @property
    def filters(self) -> list[dict[str, Any]]:
        """Return the requested filters, without the paging."""
        return [
            {name: value for name, value in asked.items() if name not in ("rows", "page", "order_by")}
            for asked in self.requests
        ]


def shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if not name.startswith("hidden_")}


def fits(one: Mapping[str, Any], name: str, value: str) -> bool:
    if name == "alias":
        numbers = [one["primary_number"], *one["alias_numbers"]]
        return any(value in "".join(part or "" for part in number.values()) for number in numbers)
    there = one.get(f"hidden_{name}", one.get(name.removeprefix("subscriber_")))
    return there is not None and like(value).fullmatch(str(there)) is not None


def like(value: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", value, flags=re.DOTALL)
    wildcards = {"_": ".", "%": ".*", "*": ".*"}
    pattern = "".join(wildcards.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


ALL = [
    item(1, "anna", external_id="x_1", alias_numbers=[{"cc": "43", "ac": "1", "sn": "777"}]),
    item(2, "Bert", external_id="x11", customer_id=11, hidden_customer_external_id="50%_a\\b", profile_id=5),
    item(3, "anna", "example.org", external_id="x_1", hidden_reseller_id=2),
    item(4, "user_1", customer_id=11, hidden_customer_external_id="50%Xa\\b"),
    item(5, "userx1", "exampleXcom", hidden_customer_external_id="500_a\\b"),
    item(6, "100%", alias_numbers=[{"cc": "43", "ac": "1", "sn": "7777"}, {"cc": None, "ac": "", "sn": "9"}]),
    item(7, "100 percent"),
]


def ids(items: Iterable[Mapping[str, Any]]) -> list[int]:
    return [one["id"] for one in items]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"subscriber": "anna@example.com"}, 1),
        ({"subscriber": "ANNA@Example.ORG"}, 3),
        ({"subscriber": "bert@example.com"}, 2),
        # `_` and `%` are wildcards of the server's: others come back too, and are not meant.
        ({"subscriber": "user_1@example.com"}, 4),
        ({"subscriber": "100%@example.com"}, 6),
        ({"external_id": "X11"}, 2),
    ],
)
def test_one_subscriber(options: dict[str, Any], found: int) -> None:
    server = Server(ALL)
    assert find(server, Selector(**options)) == subscribers.of(ALL[found - 1])
    assert len(server.requests) == 1


def test_by_id_nobody_is_looked_up() -> None:
    server = Server(ALL)
    assert find(server, Selector(subscriber_id=99)) == Subscriber(99)
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"subscriber": "carl@example.com"}, "carl@example.com"),
        ({"subscriber": "user_@example.com"}, "user_@example.com"),
        ({"subscriber": "userx1@example_com"}, "userx1@example_com"),
        ({"external_id": "x"}, "external_id 'x'"),
        ({"external_id": "x__"}, "external_id 'x__'"),
    ],
)
def test_nobody(options: dict[str, Any], name: str) -> None:
    with pytest.raises(NotFound, match=re.escape(f"There is no subscriber {name} (GET /api/subscribers/). Check")):
        find(Server(ALL), Selector(**options))


def test_two_with_the_same_external_id() -> None:
    with pytest.raises(Ambiguous, match=r"More than one subscriber is external_id 'x_1' \(ids 1, 3\)"):
        find(Server(ALL), Selector(external_id="x_1"))


@pytest.mark.parametrize("known", [set(), {"username"}, {"domain"}])
def test_a_lookup_by_what_the_server_does_not_know(known: set[str]) -> None:
    with pytest.raises(NotNgcp, match=r"asked for anna@example\.com and answered with another subscriber"):
        find(Server(ALL, known), Selector(subscriber="anna@example.com"))


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"domain": None, "customer_id": None, "alias": ""}, [1, 2, 3, 4, 5, 6, 7]),
        ({"domain": "Example.ORG"}, [3]),
        ({"domain": "example_com"}, []),
        ({"domain": "example.net"}, []),
        ({"customer_id": 11}, [2, 4]),
        ({"profile_id": 5}, [2]),
        ({"reseller_id": 2}, [3]),
        ({"customer_external_id": "c10"}, [1, 3, 6, 7]),
        ({"alias": "431777"}, [1]),
        ({"alias": "4317777"}, [6]),
        ({"alias": "9"}, [6]),
        ({"alias": "431"}, []),
        ({"customer_id": 11, "alias": "434"}, []),
        ({"customer_id": 11, "alias": "4314", "domain": "example.com"}, [4]),
    ],
)
def test_all_that_fit(match: dict[str, Any], found: list[int]) -> None:
    assert ids(search(Server(ALL), match, PAGING, subscribers.without_secrets)) == found


@pytest.mark.parametrize(
    ("value", "sent", "found"),
    [
        ("50%_a\\b", r"50\%\_a\\b", [2]),
        ("50%Xa\\b", r"50\%Xa\\b", [4]),
        ("%", r"\%", []),
        ("c1_", r"c1\_", []),
    ],
)
def test_wildcards_where_an_item_does_not_tell(value: str, sent: str, found: list[int]) -> None:
    """They are escaped: nothing in what comes back would show that it is somebody else's."""
    server = Server(ALL)
    assert ids(search(server, {"customer_external_id": value}, PAGING, subscribers.without_secrets)) == found
    assert server.filters[1:] == [{"customer_external_id": sent}] * len(server.filters[1:])


@settings(max_examples=50)
@given(st.text(st.sampled_from("ab%_\\"), max_size=6), st.text(st.sampled_from("ab%_\\"), min_size=1, max_size=6))
def test_an_escaped_value_is_found_and_no_other(there: str, wanted: str) -> None:
    server = Server([item(1, "anna", hidden_customer_external_id=there)])
    assert ids(search(server, {"customer_external_id": wanted}, PAGING, subscribers.without_secrets)) == (
        [1] if there == wanted else []
    )


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ({"domain": "example.org"}, "domain 'example.org'"),
        ({"customer_id": 11}, "customer_id '11'"),
        ({"profile_id": 5}, "profile_id '5'"),
        ({"alias": "431777"}, "alias '431777'"),
        ({"customer_external_id": "c10"}, "customer_external_id 'c10'"),
        ({"reseller_id": 1}, "reseller_id '1'"),
    ],
)
def test_a_filter_that_the_server_does_not_know(match: dict[str, Any], words: str) -> None:
    """Also where all who come back happen to fit."""
    (name,) = match
    server = Server(ALL, KNOWN - {name})
    with pytest.raises(NotNgcp, match=re.escape(f"was asked for {words} and answered with others")):
        search(server, match, PAGING, subscribers.without_secrets)


@pytest.mark.parametrize("name", ["customer_external_id", "reseller_id"])
def test_what_an_item_does_not_show_is_asked_for_first(name: str) -> None:
    """By a value that nobody has, and only one item of the answer."""
    server = Server(ALL)
    search(
        server,
        {name: 1 if name == "reseller_id" else "c10", "domain": "example.com"},
        PAGING,
        subscribers.without_secrets,
    )
    assert server.requests[0]["rows"] == 1
    assert server.requests[0][name] in ("0", "ngcp.fax asks whether this filter is known")
    assert all(set(asked) == {name, "domain"} for asked in server.filters[1:])


def test_no_password_and_no_link_is_shown() -> None:
    server = Server(ALL)
    for one in [*search(server, {}, PAGING, subscribers.without_secrets), subscribers.get(server, Subscriber(1))]:
        assert not {"password", "webpassword", "_links"} & set(one)
        assert "s3cret" not in str(one)


def test_the_item_of_one() -> None:
    assert subscribers.get(Server(ALL), Subscriber(2))["username"] == "Bert"
    with pytest.raises(NotFound, match=r"There is no subscriber 99 on this server \(GET /api/subscribers/99, HTTP 404"):
        subscribers.get(Server(ALL), Subscriber(99))
    with pytest.raises(NotFound, match=r"There is no anna@example\.com on this server"):
        subscribers.get(Server(ALL), Subscriber(99, "anna@example.com"))


@pytest.mark.parametrize(
    ("one", "numbers"),
    [
        ({}, []),
        ({"primary_number": None, "alias_numbers": None}, []),
        (ALL[0], ["4311", "431777"]),
        ({"primary_number": {"cc": 43, "ac": None, "sn": 1}, "alias_numbers": ["431"]}, ["431"]),
    ],
)
def test_numbers(one: dict[str, Any], numbers: list[str]) -> None:
    assert list(filters.numbers(one)) == numbers


def test_who_it_is() -> None:
    anna = Subscriber(1, "anna@example.com")
    assert [str(anna), str(Subscriber(1))] == ["anna@example.com", "subscriber 1"]
    assert anna.as_dict() == {"subscriber_id": 1, "subscriber": "anna@example.com"}


class Domains(Client):
    """A server with domains, or without: not every login may see them."""

    def __init__(self, answer: list[dict[str, Any]] | Exception) -> None:
        self.answer = answer

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert path == "/api/domains/"
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"total_count": len(self.answer), "_embedded": {"ngcp:domains": self.answer}}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([{"id": 1, "reseller_id": 7}, {"id": "2", "reseller_id": "8"}, {"id": 3}], {1: 7, 2: 8}),
        (Forbidden("x", "y"), {}),
        (NotFound("x", "y"), {}),
    ],
)
def test_resellers(answer: Any, found: dict[int, int]) -> None:
    assert subscribers.resellers(Domains(answer), PAGING) == found


# Answers that are not what they should be -----------------------------------------------------------------------------

ODD: list[tuple[dict[str, Any], str]] = [
    ({"username": ["anna"]}, "Subscriber 8: the server sends a list as username, where a text is expected"),
    ({"username": {}}, "Subscriber 8: the server sends an object as username, where a text is expected"),
    ({"domain": 1.5}, "Subscriber 8: the server sends a number as domain, where a text is expected"),
    ({"username": "a\ud800"}, "Subscriber 8: the server sends a text that is not Unicode as username"),
    ({"external_id": True}, "Subscriber 8: the server sends a boolean as external_id, where a text is expected"),
    ({"customer_id": []}, "Subscriber 8: the server sends a list as customer_id, where a number is expected"),
    ({"alias_numbers": 5}, "Subscriber 8: the server sends a number as alias_numbers, where a list is expected"),
    ({"alias_numbers": [None]}, "Subscriber 8: the server sends null as alias_numbers, where an object is expected"),
    ({"primary_number": "43"}, "Subscriber 8: the server sends a text as primary_number, where an object is expected"),
    ({"id": 1.5}, "The server answers with items of /api/subscribers/ that have no id, or two"),
    ({"id": 9}, "The server answers with items of /api/subscribers/ that have no id, or two"),
    ({"id": 1.5, "_links": None}, "The server answers with items of /api/subscribers/ that have no id, or two"),
    ({"id": "9" * 5000, "_links": None}, "The server answers with items of /api/subscribers/ that have no id, or two"),
]


@pytest.mark.parametrize(("fields", "sentence"), ODD, ids=[str(number) for number in range(len(ODD))])
def test_an_odd_item_is_one_sentence_and_the_others_are_found(fields: dict[str, Any], sentence: str) -> None:
    server = Server([*ALL, {**item(8, "odd", customer_id=10), **fields}])
    with pytest.raises(NotNgcp, match=re.escape(sentence)):
        search(server, {}, PAGING, subscribers.without_secrets)
    told: list[str] = []
    found = search(server, {}, PAGING, subscribers.without_secrets, on_odd=lambda error: told.append(str(error)))
    assert [each["id"] for each in found] == [each["id"] for each in ALL]
    assert len(set(told)) == 1
    assert told[0].startswith(sentence)


@pytest.mark.parametrize("entry", [None, "text", ["list"], 5])
def test_what_is_no_item_at_all(entry: Any) -> None:
    class Odd(Server):
        def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
            body = super().get(path, params)
            body["_embedded"]["ngcp:subscribers"].append(entry)
            return {**body, "total_count": body["total_count"] + 4}

    with pytest.raises(NotNgcp, match="have no id"):
        search(Odd(ALL), {}, PAGING, subscribers.without_secrets)
    told: list[str] = []
    assert len(
        search(Odd(ALL), {}, PAGING, subscribers.without_secrets, on_odd=lambda error: told.append(str(error)))
    ) == len(ALL)
    assert told


def test_a_subscriber_without_an_id_of_its_own() -> None:
    with pytest.raises(NotNgcp, match="Subscriber 8: the server sends no id"):
        subscribers.checked({"username": "a", "domain": "b", "_links": {"self": {"href": "/api/subscribers/8"}}})
