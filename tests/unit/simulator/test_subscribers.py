# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscribers that are created, changed and terminated: what no recorded exchange shows."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.unit.simulator.api import Api

NEW: dict[str, Any] = {
    "customer_id": 103,
    "domain_id": 1,
    "username": "new",
    "password": "S3cret-pass-1",
    "external_id": "ext-3",
    "primary_number": {"cc": 43, "ac": "1", "sn": "7000001"},
}


def create(api: Api, user: str = "administrator", **values: Any) -> requests.Response:
    return api.send("POST", "/api/subscribers/", json=without_missing({**NEW, **values}), user=user)


def without_missing(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ...}


def message(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["message"] if response.content else ""


def invalid(field: str, value: str, objection: str) -> tuple[int, str]:
    return 422, f"Validation failed. field='{field}', input='{value}', errors='{objection}'"


UNKNOWN_DOMAIN = 422, "Invalid 'domain', doesn't exist."
CRASH = 500, "Internal Server Error"
CREATED = 201, ""


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, CREATED),
        ({"username": "USER3"}, (422, "Subscriber already exists.")),
        ({"username": "user3 ", "domain_id": 1}, (422, "Subscriber already exists.")),
        ({"username": "user29"}, CREATED),
        ({"username": "user3", "domain_id": 2, "webusername": "other"}, CREATED),
        ({"username": ...}, invalid("username", "", "SIP Username field is required")),
        ({"username": None}, invalid("username", "", "SIP Username field is required")),
        ({"username": "a b"}, invalid("username", "a b", "Cannot contain spaces.")),
        ({"username": "a..b"}, invalid("username", "a..b", "Invalid identifier (dots not allowed at this position).")),
        ({"username": "a@b"}, invalid("username", "a@b", "Contains invalid symbols.")),
        ({"username": "x" * 128}, (500, "Failed to create subscriber")),
        ({"password": ...}, (500, "Failed to create subscriber")),
        ({"password": ""}, (500, "Failed to create subscriber")),
        ({"domain_id": ...}, invalid("domain_id", "", "Domain field is required")),
        ({"domain_id": 99}, UNKNOWN_DOMAIN),
        ({"domain_id": "1"}, CREATED),
        ({"domain_id": ..., "domain": "D1.example.org"}, CREATED),
        ({"domain": "nosuch.example.org"}, UNKNOWN_DOMAIN),
        ({"domain_id": 99, "domain": ""}, UNKNOWN_DOMAIN),
        ({"customer_id": ...}, invalid("customer_id", "", "Customer field is required")),
        ({"customer_id": 99999}, CRASH),
        ({"customer_id": 99999, "domain_id": 99}, UNKNOWN_DOMAIN),
        ({"status": "nosuch"}, invalid("status", "nosuch", "'nosuch' is not a valid value")),
        ({"lock": 9}, invalid("lock", "9", "'9' is not a valid value")),
        ({"email": "x"}, invalid("email", "x", "Email should be of the format someuser@example.com")),
        ({"timezone": "nosuch"}, invalid("timezone", "nosuch", "'nosuch' is not a valid value")),
        ({"external_id": "x" * 255}, CREATED),
        ({"external_id": "x" * 256}, (500, "Failed to create subscriber")),
        ({"alias_numbers": {}}, (422, "Invalid alias_number parameter, must be an array.")),
        ({"alias_numbers": None}, (422, "Invalid alias_number parameter, must be an array.")),
        ({"alias_numbers": ["1"]}, (422, "Invalid alias_number parameter, must be an array of the hashes.")),
        ({"alias_numbers": [{"cc": 43, "ac": "1", "sn": "1000003"}]}, (422, "Number '43-1-1000003' already exists.")),
        ({"primary_number": "4317000001"}, (422, "Invalid primary_number parameter, must be a hash.")),
        ({"primary_number": {}}, CREATED),
        ({"primary_number": {"cc": 43, "ac": "1", "sn": "1000003"}}, (422, "Number '43-1-1000003' already exists.")),
        ({"primary_number": {"cc": 43, "ac": "1", "sn": "1000029"}}, CREATED),
        ({"primary_number": ...}, CREATED),
        ({"primary_number": None}, CREATED),
        ({"webusername": "USER3"}, (422, "Webusername-Domain combination 'USER3-1' already exists.")),
        ({"nonsense": 1, "id": 7, "uuid": "x"}, CREATED),
    ],
)
def test_creation(api: Api, values: dict[str, Any], expected: tuple[int, str]) -> None:
    before = api.get("/api/subscribers/").json()["total_count"]
    assert message(create(api, **values)) == expected
    assert api.get("/api/subscribers/").json()["total_count"] == before + (expected == CREATED)


def test_several_objections_come_at_once(api: Api) -> None:
    both = "field='username', input='', errors='SIP Username field is required'; field='customer_id', input='', "
    status, text = message(create(api, username=..., customer_id=...))
    assert (status, text) == (422, f"Validation failed. {both}errors='Customer field is required'")


@pytest.mark.parametrize(
    ("user", "values", "expected"),
    [
        ("reseller1", {}, CREATED),
        ("reseller2", {}, UNKNOWN_DOMAIN),
        ("reseller2", {"domain_id": 2}, CRASH),
        ("reseller2", {"domain_id": 2, "customer_id": 116}, CREATED),
        ("readonly", {}, (403, "Forbidden")),
    ],
)
def test_who_may_create(api: Api, user: str, values: dict[str, Any], expected: tuple[int, str]) -> None:
    assert message(create(api, user, **values)) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("[]", "application/json", CRASH),
        ("", "application/json", (400, "This request is missing a message body.")),
        ("{}", "text/plain", (415, "Unsupported media type 'text/plain', accepting application/json only.")),
        ("0", "application/json", None),
    ],
)
def test_bodies_of_a_creation(api: Api, body: str, content_type: str, expected: tuple[int, str] | None) -> None:
    response = api.send("POST", "/api/subscribers/", data=body, headers={"Content-Type": content_type})
    if expected is None:
        assert (response.status_code, response.text) == (400, "Bad Request")
    else:
        assert message(response) == expected


def test_a_name_that_is_used_again_has_another_id(api: Api) -> None:
    for number in (3, 4):
        api.patch(f"/api/faxserversettings/{number}", {"op": "replace", "path": "/active", "value": True})
    assert api.send("DELETE", "/api/subscribers/3").status_code == 204
    for path in ("subscribers/3", "faxserversettings/3", "mailtofaxsettings/3", "faxes/5", "faxes/6"):
        assert api.get(f"/api/{path}").status_code == 404
    assert api.get("/api/subscribers/?username=user3").json()["total_count"] == 0
    assert api.get("/api/faxserversettings/?active=1").json()["total_count"] == 1
    refused = create(api, username="again", primary_number={"cc": 43, "ac": "1", "sn": "1000004"})
    assert refused.status_code == 422, "it has used up id 31"
    again = create(api, username="user3", primary_number={"cc": 43, "ac": "1", "sn": "1000003"})
    assert again.headers["location"] == "/api/subscribers/32"
    (found,) = api.get("/api/subscribers/?username=user3").json()["_embedded"]["ngcp:subscribers"]
    assert (found["id"], found["external_id"], found["primary_number"]["number_id"]) == (32, "ext-3", 3)
    assert api.get("/api/faxserversettings/32").json()["active"] is False


def test_an_external_id_may_be_that_of_two(api: Api) -> None:
    assert create(api).status_code == 201
    page = api.get("/api/subscribers/?subscriber_external_id=EXT-3&order_by=id").json()
    assert [each["id"] for each in page["_embedded"]["ngcp:subscribers"]] == [3, 31]


def test_a_reset_restores_who_was_changed(api: Api) -> None:
    assert create(api).status_code == 201
    assert api.send("DELETE", "/api/subscribers/3").status_code == 204
    api.patch("/api/subscribers/4", {"op": "replace", "path": "/external_id", "value": "x"})
    api.control("POST", "/reset")
    assert api.get("/api/subscribers/31").status_code == 404
    assert api.get("/api/subscribers/3").status_code == 200
    assert api.get("/api/subscribers/4").json()["external_id"] == "ext-4"
    assert create(api).headers["location"] == "/api/subscribers/31"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "replace", "path": "/external_id", "value": "x"}, {"external_id": "x"}),
        ({"op": "remove", "path": "/external_id"}, {"external_id": None}),
        ({"op": "replace", "path": "/display_name", "value": "Anna"}, {"display_name": "Anna"}),
        ({"op": "replace", "path": "/email", "value": "a@b.de"}, {"email": "a@b.de"}),
        ({"op": "replace", "path": "/timezone", "value": "Europe/Vienna"}, {"timezone": "Europe/Vienna"}),
        ({"op": "replace", "path": "/administrative", "value": True}, {"administrative": True}),
        ({"op": "replace", "path": "/webusername", "value": "other"}, {"webusername": "other"}),
        ({"op": "replace", "path": "/webusername", "value": "user4"}, CRASH),
        ({"op": "replace", "path": "/password", "value": "other"}, {"password": "other"}),
        ({"op": "replace", "path": "/lock", "value": 2}, {"lock": "2", "status": "active"}),
        ({"op": "replace", "path": "/lock", "value": None}, {"lock": None}),
        ({"op": "replace", "path": "/status", "value": "locked"}, {"lock": "4", "status": "locked"}),
        ({"op": "replace", "path": "/status", "value": None}, {"status": "active"}),
        ({"op": "remove", "path": "/primary_number"}, {"primary_number": None}),
        (
            {"op": "replace", "path": "/primary_number/sn", "value": "77"},
            {"primary_number": {"cc": 43, "ac": "1", "sn": "77", "number_id": 31}},
        ),
        (
            {"op": "replace", "path": "/primary_number/sn", "value": "1000004"},
            (422, "Number '43-1-1000004' already exists."),
        ),
        ({"op": "replace", "path": "/id", "value": 9}, {"id": 3}),
        ({"op": "replace", "path": "/domain_id", "value": 2}, {"domain_id": 1}),
        ({"op": "replace", "path": "/username", "value": "user4"}, {"username": "user3"}),
        (
            {"op": "replace", "path": "/username", "value": "other"},
            (422, "Subscriber with this username does not exist in the domain."),
        ),
        (
            {"op": "replace", "path": "/domain", "value": "d2.example.org"},
            (422, "Subscriber with this username does not exist in the domain."),
        ),
        ({"op": "replace", "path": "/domain", "value": "nosuch"}, UNKNOWN_DOMAIN),
        ({"op": "replace", "path": "/customer_id", "value": 104}, (422, "customer_id can't be changed.")),
        ({"op": "replace", "path": "/customer_id", "value": 99999}, CRASH),
        ({"op": "remove", "path": "/username"}, invalid("username", "", "SIP Username field is required")),
        (
            {"op": "replace", "path": "/password", "value": ["a"]},
            invalid("password", "*****", "Field must contain a single value"),
        ),
        ({"op": "add", "path": "/nonsense", "value": 1}, {"id": 3}),
        ({"op": "remove", "path": ""}, CRASH),
    ],
)
def test_changes(api: Api, operation: dict[str, object], expected: dict[str, object] | tuple[int, str]) -> None:
    before = api.get("/api/subscribers/3").json()
    response = api.patch("/api/subscribers/3", operation)
    after = api.get("/api/subscribers/3").json()
    if isinstance(expected, tuple):
        assert message(response) == expected
        assert after == before
        return
    assert response.status_code == 200
    assert response.json() == after
    assert {name: after[name] for name in expected} == expected
    kept = set(before) - set(expected) - {"modify_timestamp", "webpassword"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert "webpassword" not in after, "it is a hash from now on"


def test_aliases(api: Api) -> None:
    numbers = [{"cc": 43, "ac": "1", "sn": f"800000{place}"} for place in (1, 2)]
    assert create(api, alias_numbers=numbers).status_code == 201
    created = api.get("/api/subscribers/31").json()
    assert created["primary_number"]["number_id"] == 31
    assert created["alias_numbers"] == [
        {**number, "number_id": 32 + place, "is_devid": False} for place, number in enumerate(numbers)
    ]
    for alias in ("4318000001", "4317000001", "*000002&domain=d1.example.org&username=new"):
        assert api.get(f"/api/subscribers/?alias={alias}").json()["total_count"] == 1
    changed = api.patch("/api/subscribers/31", {"op": "remove", "path": "/alias_numbers/0"}).json()
    assert [each["sn"] for each in changed["alias_numbers"]] == ["8000002"]
    assert create(api, username="next", primary_number=numbers[0]).status_code == 201
    assert create(api, username="last", primary_number=numbers[1]).status_code == 422


def test_put_clears_what_it_does_not_give(api: Api) -> None:
    api.patch("/api/subscribers/3", {"op": "replace", "path": "/lock", "value": 2})
    body = {"customer_id": 103, "domain_id": 1, "username": "user3"}
    assert api.send("PUT", "/api/subscribers/3", json=body).status_code == 204
    after = api.get("/api/subscribers/3").json()
    assert (after["external_id"], after["webusername"], after["primary_number"], after["lock"]) == (None,) * 4
    assert (after["password"], after["status"], after["uuid"]) == ("secret", "active", after["uuid"])
    refused = api.send("PUT", "/api/subscribers/3", json={"customer_id": 103, "domain_id": 1})
    assert message(refused) == invalid("username", "", "SIP Username field is required")


@pytest.mark.parametrize(
    ("method", "text", "status"),
    [
        ("DELETE", "3x", 204),
        ("DELETE", "x", 404),
        ("DELETE", "29", 404),
        ("PATCH", "3x", 400),
        ("PATCH", "x", 404),
        ("PUT", "3x", 400),
        ("PUT", "x", 404),
        ("GET", "x", 400),
    ],
)
def test_ids_that_are_none(api: Api, method: str, text: str, status: int) -> None:
    assert api.send(method, f"/api/subscribers/{text}", json=[]).status_code == status


def test_an_update_may_terminate(api: Api) -> None:
    done = api.patch("/api/subscribers/3", {"op": "replace", "path": "/status", "value": "terminated"})
    assert (done.status_code, done.json()["status"]) == (200, "terminated")
    assert api.get("/api/subscribers/3").status_code == 404


def test_the_journal_of_subscribers(api: Api) -> None:
    assert create(api, "reseller1").status_code == 201
    api.patch("/api/subscribers/31", {"op": "replace", "path": "/external_id", "value": "x"})
    api.patch("/api/faxserversettings/31", {"op": "replace", "path": "/name", "value": "x"})
    api.send("DELETE", "/api/subscribers/31")
    path = "/api/subscribers/31/journal/"
    entries = api.get(f"{path}?order_by=id").json()["_embedded"]["ngcp:journal"]
    assert [(each["id"], each["operation"], each["username"]) for each in entries] == [
        (1, "create", "reseller1"),
        (2, "update", "administrator"),
        (4, "delete", "administrator"),
    ]
    assert api.get(f"{path}recent").json()["content"]["external_id"] == "x"
    assert api.get(f"{path}3").json()["_links"]["self"]["href"] == "/api/faxserversettings/31/journal/3"
    for query, count in (
        ("operation=Update", 1),
        ("operation=nosuch", 0),
        ("from=2020-01-01", 3),
        ("from=2100-01-01", 0),
        ("to=2020-01-01 00:00:00", 0),
        ("to=2100-01-01T00:00:00&from=2020", 3),
    ):
        assert api.get(f"{path}?{query}").json()["total_count"] == count
    for query in ("from=x", "to=x", "from="):
        assert api.get(f"{path}?{query}").status_code == 500
    assert api.get("/api/faxserversettings/31/journal/").json()["total_count"] == 1
    for user in ("reseller1", "user3@d1.example.org"):
        url = api.simulator.subscriber_url if "@" in user else None
        refused = api.get("/api/subscribers/3/journal/", user=user, url=url)
        assert message(refused) == (400, "Invalid id in request URI")


def test_times_of_subscribers(api: Api) -> None:
    api.control("PUT", "/options", {"time_zone": "Europe/Vienna"})
    api.control("PUT", "/clock", {"now": "2027-01-02 03:04:05"})
    create(api)
    created = api.get("/api/subscribers/31").json()
    assert created["create_timestamp"].startswith("2027-01-02T03:04:0")
    assert created["create_timestamp"].endswith("+01:00")
    api.control("PUT", "/clock", {"advance": 3600})
    api.patch("/api/subscribers/31")
    changed = api.get("/api/subscribers/31").json()
    for query, found in (
        ("modify_timestamp_gt=2027-01-02 04:00:00", 1),
        ("create_timestamp_gt=2027-01-02 04:00:00", 0),
    ):
        assert api.get(f"/api/subscribers/?{query}").json()["total_count"] == found
    assert changed["create_timestamp"] == created["create_timestamp"]
    assert changed["modify_timestamp"].startswith("2027-01-02T04:04:")


def test_what_a_subscriber_may_write_of_itself(api: Api) -> None:
    own: dict[str, Any] = {"user": "user3@d1.example.org", "url": api.simulator.subscriber_url}
    changed = api.patch("/api/subscribers/3", {"op": "replace", "path": "/display_name", "value": "Anna"}, **own)
    assert (changed.status_code, changed.json()["display_name"]) == (200, "Anna")
    forbidden = {"op": "replace", "path": "/administrative", "value": True}
    assert api.patch("/api/subscribers/3", forbidden, **own).json()["administrative"] is False
    after = api.get("/api/subscribers/3").json()
    assert (after["customer_id"], after["external_id"], after["status"]) == (103, "ext-3", "active")
    assert api.patch("/api/subscribers/4", **own).status_code == 404
    refused = (403, "Read-only resource for authenticated role")
    assert message(api.send("DELETE", "/api/subscribers/3", **own)) == refused
    assert message(api.send("POST", "/api/subscribers/", json=NEW, **own)) == refused
    admin = own | {"user": "user1@d1.example.org"}
    assert message(api.patch("/api/subscribers/21", **admin)) == refused


def test_a_terminated_subscriber_is_logged_out(api: Api) -> None:
    own: dict[str, Any] = {"user": "user3@d1.example.org", "url": api.simulator.subscriber_url}
    assert api.get("/api/subscribers/3", **own).status_code == 200
    api.send("DELETE", "/api/subscribers/3")
    assert message(api.get("/api/subscribers/3", **own)) == (403, "Invalid user")
    assert api.log_in("user3@d1.example.org", "webpass3", url=api.simulator.subscriber_url).status_code == 403
    api.forget_tokens()
