# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages and filters: what no recorded exchange shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import running
from tests.unit.simulator.api import Api


def ids(api: Api, query: str, resource: str = "subscribers") -> list[int]:
    page: dict[str, Any] = api.get(f"/api/{resource}/?rows=100&{query}").json()
    embedded = page.get("_embedded", {}).get(f"ngcp:{resource}", [])
    assert page["total_count"] == len(embedded)
    return [int(each["_links"]["self"]["href"].rpartition("/")[2]) for each in embedded]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("username=user_", []),
        ("username=user_*", []),
        ("username=USER2%", []),
        ("username=USER2*", [2, *range(20, 29)]),
        ("username=user\\_", []),
        ("username=\\user\\3", []),
        ("username=%", []),
        ("username=*", [*range(1, 29), 30]),
        ("username=USER1*&domain=D2*", list(range(16, 20))),
        ("domain=D2*&username=USER1*", list(range(16, 20))),
        ("domain=d2.example.org&username=user17", [17]),
        ("domain=d1.example.org&username=user17", []),
        ("username=NULL&domain=d2.example.org", []),
        ("customer_id=101.5", []),
        ("customer_id=1e999", []),
        ("customer_id=NULL", []),
        ("reseller_id=2&username=user1", []),
        ("alias=*21&domain=d1*", [21]),
        ("username=*3", [3, 13, 23]),
        ("username=user3 ", [3]),
        ("username= user3", []),
        ("domain=d2.example.org ", list(range(16, 21))),
        ("username=", []),
        ("username=user3&username=user4", []),
        ("username=user3&domain=d2.example.org", []),
        ("username=user29", []),
        ("domain=D2.example.org", list(range(16, 21))),
        ("webusername=user7", [7]),
        ("webusername=USER7 ", [7]),
        ("webusername=user7*", []),
        ("webusername=*", []),
        ("contact_id=1", []),
        ("contact_id=NULL", []),
        ("uuid=nosuch&username=user3", [3]),
        ("subscriber_external_id=EXT-7", [7]),
        ("subscriber_external_id=NULL", []),
        ("customer_external_id=cust-1", [1, 21]),
        ("customer_id=101x", [1, 21]),
        ("customer_id=x", []),
        ("reseller_id=2", list(range(16, 21))),
        ("primary_number=4311000007", [7]),
        ("primary_number=1000007", []),
        ("primary_number=*1000007", [7]),
        ("primary_number=", []),
        ("alias=4311000021", [21]),
        ("alias=000021", []),
        ("alias=", []),
        ("is_admin=1", [1]),
        ("is_pbx_pilot=1", []),
        ("profile_id=NULL&username=user1", [1]),
        ("create_timestamp_gt=2100-01-01", []),
        ("modify_timestamp_lt=2100-01-01&username=user1", [1]),
        ("pbx_extension=NULL&username=user1", [1]),
        ("primary_number=NULL", []),
        ("username=user1;domain=d2.example.org", []),
        ("username", []),
        ("profile_id&username=user1", [1]),
        ("username&username=user1", []),
    ],
)
def test_filters_of_subscribers(api: Api, query: str, expected: list[int]) -> None:
    assert ids(api, query.replace("%", "%25")) == expected


def test_filters_of_settings(api: Api) -> None:
    fax, mail = "faxserversettings", "mailtofaxsettings"
    assert ids(api, "secret_key_renew=never", mail) == [], "only rows that are there"
    api.get("/api/mailtofaxsettings/4")
    api.control("PATCH", f"/settings/{fax}/5", {"name": "ACME", "active": True, "password": "x1"})
    assert ids(api, "secret_key_renew=never", mail) == [4]
    assert ids(api, "active=1", mail) == []
    assert ids(api, "active=0&name_or_password=acm*", fax) == [5]
    assert ids(api, "name_or_password=X_", fax) == [5]
    assert ids(api, "active=1", fax) == [5]
    assert len(ids(api, "active=0", fax)) == 29
    assert len(ids(api, "name_or_password=NULL", fax)) == 28, "a subscriber without settings has no name either"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=-1", 500),
        ("rows=-1", 500),
        ("page=x", 500),
        ("rows=", 500),
        ("page=&rows=5", 500),
        ("rows=1.5", 500),
        ("rows=+5", 500),
        ("rows=5 ", 500),
        ("rows=1_0", 500),
        ("rows=\u0663", 500),
        ("page=2x", 500),
        ("page=1.25", 500),
        ("page=1e999", 500),
        ("rows=" + "9" * 400, 500),
        ("rows=1&rows=2", 500),
        ("page=0.0", 400),
        ("rows", 200),
        ("page=1.5", 200),
        ("page=1&page=2", 500),
        ("order_by=id&order_by=username", 200),
        ("page=99999999999999999999", 500),
        ("rows=18446744073709551616", 500),
        ("rows=18446744073709551615", 200),
    ],
)
def test_pages_that_are_none(api: Api, query: str, status: int) -> None:
    for resource in ("subscribers", "faxserversettings", "mailtofaxsettings", "faxes", "domains"):
        assert api.get(f"/api/{resource}/?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2]),
        ("domain=D2.example.org", [2]),
        ("domain=*.example.org", [1, 2]),
        ("domain=d2*", [2]),
        ("domain=example", []),
        ("domain=NULL", []),
        ("reseller_id=2", [2]),
        ("reseller_id=NULL", []),
        ("order_by=domain&order_by_direction=desc", [2, 1]),
    ],
)
def test_filters_of_domains(api: Api, query: str, expected: list[int]) -> None:
    assert ids(api, query, "domains") == expected


def test_domains(api: Api) -> None:
    page = api.get("/api/domains/?rows=1").json()
    (first,) = page["_embedded"]["ngcp:domains"]
    assert (page["total_count"], page["_links"]["next"]["href"]) == (2, "/api/domains/?page=2&rows=1")
    assert {name: value for name, value in first.items() if name != "_links"} == {
        "id": 1,
        "domain": "d1.example.org",
        "reseller_id": 1,
    }
    assert api.get("/api/domains/1").json() == first
    assert api.get("/api/domains/3").json()["message"] == "Entity 'domain' not found."
    assert api.get("/api/domains/x").status_code == 400
    assert api.get("/api/domains").status_code == 301
    assert api.send("POST", "/api/domains/", json={"domain": "d3.example.org"}).status_code == 501
    assert api.send("DELETE", "/api/domains/1").status_code == 501


def test_half_a_page(api: Api) -> None:
    page = api.get("/api/subscribers/?rows=2&page=1.5&order_by=id").json()
    assert [each["id"] for each in page["_embedded"]["ngcp:subscribers"]] == [2, 3]
    links = {name: link["href"] for name, link in page["_links"].items() if name in ("self", "next", "prev")}
    assert links == {
        "self": "/api/subscribers/?page=1.5&rows=2&order_by=id",
        "next": "/api/subscribers/?page=2&rows=2&order_by=id",
        "prev": "/api/subscribers/?page=0&rows=2&order_by=id",
    }


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("rows=1&order_by=id&x=%26&y=a+b", "&order_by=id&x=&&y=a b"),
        ("rows=1;x;page", "&x="),
        ("&;rows=1&&x=1&", "&x=1"),
    ],
)
def test_links_keep_the_query(api: Api, query: str, rest: str) -> None:
    links = api.get(f"/api/subscribers/?{query}").json()["_links"]
    assert links["self"]["href"] == f"/api/subscribers/?page=1&rows=1{rest}"
    assert links["next"]["href"] == f"/api/subscribers/?page=2&rows=1{rest}"


def test_a_query_of_keywords_is_none(api: Api) -> None:
    links = api.get("/api/subscribers/?rows&username").json()["_links"]
    assert links["self"]["href"] == "/api/subscribers/?page=1&rows=10"


def test_orders(api: Api) -> None:
    assert ids(api, "order_by=username")[:4] == [1, 10, 11, 12]
    assert ids(api, "order_by=nosuch&order_by_direction=desc")[:2] == [1, 2]
    assert ids(api, "order_by=id&order_by_direction=DESC")[:2] == [30, 28]
    page = api.get("/api/subscribers/?rows=10&page=3&order_by=id&order_by_direction=desc").json()
    assert [each["id"] for each in page["_embedded"]["ngcp:subscribers"]] == list(range(9, 0, -1))


def test_without_a_count_the_last_page_is_a_short_one(api: Api) -> None:
    full = api.get("/api/faxes/?rows=2&page=2&no_count=true").json()
    assert full["total_count"] is None
    assert "next" in full["_links"]
    assert "next" not in api.get("/api/faxes/?rows=3&page=2&no_count=1").json()["_links"]


def test_a_single_item_in_older_releases(api: Api) -> None:
    api.control("PUT", "/options", {"single_as_object": True})
    page = api.get("/api/subscribers/?username=user3").json()
    assert page["_embedded"]["ngcp:subscribers"]["id"] == 3
    assert page["_links"]["ngcp:subscribers"] == {"href": "/api/subscribers/3"}
    assert isinstance(api.get("/api/subscribers/").json()["_embedded"]["ngcp:subscribers"], list)


def test_pages_without_an_order_may_be_unstable(api: Api) -> None:
    api.control("PUT", "/options", {"unstable_pages": True})
    seen = {tuple(ids(api, "")) for _unused in range(3)}
    assert len(seen) > 1
    assert {tuple(ids(api, "order_by=id")) for _unused in range(3)} == {tuple(sorted(next(iter(seen))))}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json"),
        ("application/json;q=0.5", "application/hal+json"),
        ("application/json, */*", "application/hal+json"),
        ("*/*", "application/hal+json"),
    ],
)
def test_only_json_alone_is_heeded(api: Api, accept: str, content_type: str) -> None:
    for path in ("subscribers/?rows=1", "faxserversettings/1"):
        answer = api.get(f"/api/{path}", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, content_type)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("expand=1", 409),
        ("expand=nosuch", 409),
        ("expand=0", 200),
        ("expand=", 200),
        ("expand=1&soft_expand=1", 200),
        ("username=nobody&expand=1", 200),
    ],
)
def test_a_field_that_cannot_be_expanded_changes_the_status_only(api: Api, query: str, status: int) -> None:
    wanted = api.get(f"/api/subscribers/?username=user3&{query}")
    plain = api.get(f"/api/subscribers/?username=user3&{query.replace('expand=', 'x=')}")
    assert wanted.status_code == status
    assert wanted.json().get("_embedded") == plain.json().get("_embedded")


def test_generated_subscribers() -> None:
    with running("--seed", "none", "--subscribers", 1000) as simulator:
        api = Api(simulator)
        page = api.get("/api/subscribers/?rows=1000").json()
        entries = page["_embedded"]["ngcp:subscribers"]
        assert (page["total_count"], len(entries)) == (1000, 1000)
        for name, distinct in (("username", 1000), ("uuid", 1000), ("external_id", 1000), ("domain", 8)):
            assert len({each[name] for each in entries}) == distinct
        assert len({each["customer_id"] for each in entries}) == 200
        assert [api.get(f"/api/subscribers/?reseller_id={each}").json()["total_count"] for each in (1, 4)] == [250] * 2
        assert ids(api, "username=user777") == [777]
        assert ids(api, "reseller_id=3", "domains") == [1003, 1007]
        api.session.close()
