# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two settings resources: what no recorded exchange shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.simulator.client import ControlError
from tests.unit.simulator.api import Api

FAX, MAIL = "/api/faxserversettings/1", "/api/mailtofaxsettings/1"


def destination(address: str, **more: object) -> dict[str, object]:
    return {
        "destination": address,
        "filetype": "PDF14",
        "incoming": True,
        "outgoing": False,
        "status": False,
        **more,
    }


def replace(path: object, value: object) -> dict[str, object]:
    return {"op": "replace", "path": path, "value": value}


def addresses(response: requests.Response) -> list[str]:
    return [each["destination"] for each in response.json()["destinations"]]


def message(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["message"]


def test_concurrent_updates_get_lost(api: Api) -> None:
    def add(number: int) -> int:
        with requests.Session() as session:
            session.trust_env, session.verify = False, api.simulator.ca_file
            operation = {"op": "add", "path": "/destinations/-", "value": destination(f"{number}@example.org")}
            return session.patch(
                f"{api.simulator.url}{FAX}",
                json=[operation],
                auth=("administrator", "administrator"),
                headers={"Content-Type": "application/json-patch+json"},
                timeout=30,
            ).status_code

    api.control("PUT", "/options", {"write_ms": 20})
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(add, range(40))) == [204] * 40
    assert len(addresses(api.get(FAX))) < 40


def test_the_order_of_a_list_is_not_stable(api: Api) -> None:
    names = ["a@example.org", "b@example.org", "0z@example.org"]
    written = api.patch(FAX, replace("/destinations", [destination(name) for name in names]))
    assert addresses(written) == names
    removed = api.patch(FAX, {"op": "remove", "path": "/destinations/0"})
    assert addresses(removed) == ["0z@example.org", "b@example.org"]
    assert addresses(api.get(FAX)) == ["0z@example.org", "b@example.org"]


def test_the_order_of_an_acl_is_kept(api: Api) -> None:
    acl = [{"from_email": None, "received_from": name, "destination": None, "use_regex": False} for name in "cab"]
    assert api.patch(MAIL, replace("/acl", [*acl, acl[0]])).json()["acl"] == [*acl, acl[0]]


def test_a_write_resets_what_the_api_does_not_show(api: Api) -> None:
    with pytest.raises(ControlError, match="404"):
        api.control("GET", "/settings/faxserversettings/1")
    by_hand = {"send_status": False, "send_copy": False, "destinations": [destination("a@example.org", cc=True)]}
    stored = api.control("PATCH", "/settings/faxserversettings/1", by_hand)
    assert stored["_hidden"] == {"send_status": False, "send_copy": False, "destinations": [{"cc": True}]}
    assert "send_copy" not in stored
    assert api.control("PATCH", "/settings/faxserversettings/1", {"name": "A"})["_hidden"] == stored["_hidden"]
    assert api.patch(FAX).json()["name"] == "A"
    reset = {"send_status": True, "send_copy": True, "destinations": [{"cc": False}]}
    assert api.control("GET", "/settings/faxserversettings/1")["_hidden"] == reset


def test_every_write_moves_the_time_of_the_secret_and_a_failed_one_nothing(api: Api) -> None:
    api.control("PUT", "/clock", {"now": "2027-01-01 00:00:00"})
    first = api.patch(MAIL, replace("/secret_key", "geheim")).json()
    api.control("PUT", "/clock", {"now": "2027-01-02 00:00:00"})
    assert api.patch(MAIL, replace("/secret_renew_notify", [{}])).status_code == 500
    assert api.get(MAIL).json()["last_secret_key_modify"] == first["last_secret_key_modify"]
    second = api.patch(MAIL).json()
    assert first["last_secret_key_modify"][:10] == "2027-01-01"
    assert second == first | {"last_secret_key_modify": second["last_secret_key_modify"]}
    assert second["last_secret_key_modify"][:10] == "2027-01-02"


def test_a_put_without_secret_does_not_move_its_time(api: Api) -> None:
    def put(**fields: object) -> dict[str, Any]:
        headers = {"Prefer": "return=representation"}
        shown: dict[str, Any] = api.send(
            "PUT", MAIL, json={"secret_key_renew": "never", **fields}, headers=headers
        ).json()
        return shown

    assert put()["last_secret_key_modify"] is None
    api.control("PUT", "/clock", {"now": "2027-01-01 00:00:00"})
    assert put(secret_key=None)["last_secret_key_modify"][:10] == "2027-01-01"
    api.control("PUT", "/clock", {"now": "2027-01-02 00:00:00"})
    assert put(last_secret_key_modify="2020-01-01 00:00:00")["last_secret_key_modify"][:10] == "2027-01-01"


def test_a_patch_that_removes_the_secret_leaves_its_time(api: Api) -> None:
    api.control("PUT", "/clock", {"now": "2027-01-01 00:00:00"})
    api.patch(MAIL, replace("/secret_key", "geheim"))
    api.control("PUT", "/clock", {"now": "2027-01-02 00:00:00"})
    removed = api.patch(MAIL, {"op": "remove", "path": "/secret_key"}).json()
    assert (removed["secret_key"], removed["last_secret_key_modify"][:10]) == (None, "2027-01-01")


def test_the_platform_rotates_a_secret(api: Api) -> None:
    api.patch(MAIL, replace("/secret_key", "geheim"), replace("/secret_key_renew", "daily"))
    api.control("PUT", "/clock", {"now": "2027-01-03 00:00:00"})
    rotated = api.control("POST", "/rotate_secret/1")
    shown = api.get(MAIL).json()
    assert shown["secret_key"] == rotated["secret_key"] != "geheim"
    assert shown["last_secret_key_modify"][:10] == "2027-01-03"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": "x" * 64 + "   "}, "x" * 64),
        ({"name": 5}, "5"),
        ({"name": True}, "1"),
        ({"name": "x" * 65}, 500),
        ({"name": 1e3}, "1000"),
        ({"active": "1e0"}, True),
        ({"active": 1e300}, 500),
        ({"name": "\N{GRINNING FACE}"}, 500),
        ({"active": "true"}, 500),
        ({"active": ""}, 500),
        ({"active": 128}, 500),
        ({"active": []}, 500),
        ({"active": "0"}, False),
        ({"active": 0.4}, False),
        ({"destinations": [destination("a" * 65 + "@example.org")]}, 422),
        ({"destinations": [destination(f"a({'c' * 242})@example.org")]}, 500),
        ({"destinations": [{}]}, 500),
        ({"destinations": ["a@example.org"]}, 500),
        ({"destinations": [None]}, 500),
        ({"destinations": [destination("a@b.c", filetype=["PDF"])]}, 422),
        ({"destinations": [destination("a@b.c", filetype={"a": 1})]}, 422),
        ({"destinations": None}, 422),
        ({"destinations": [destination("é@example.org")]}, 422),
        ({"destinations": [destination("a@localhost")]}, 422),
        ({"destinations": [destination("a@b.c", status=None)]}, 500),
        ({"destinations": [destination("a@b.c ", filetype="pdf")]}, 422),
        ({"destinations": [destination("a@b.c"), destination("A@B.C ")]}, 500),
        ({"destinations": [destination("Ann <ann@b.c>", more=1)]}, [destination("Ann <ann@b.c>")]),
    ],
)
def test_what_the_form_and_the_database_take(api: Api, value: dict[str, Any], expected: object) -> None:
    (name,) = value
    response = api.patch(FAX, replace(f"/{name}", value[name]))
    if isinstance(expected, int) and not isinstance(expected, bool):
        assert response.status_code == expected
    else:
        assert response.json()[name] == expected


def test_all_objections_come_at_once(api: Api) -> None:
    # A null is not an entry, and does not count in indexes.
    entries = [None, {"incoming": True}, {"destination": "nobody", "filetype": "X"}, {"destination": " "}]
    status, text = message(api.patch(FAX, replace("/destinations", entries)))
    assert status == 422
    assert text == (
        "Validation failed. field='0_destination', input='', errors='Destination Email field is required'; "
        "field='0_filetype', input='', errors='File Type field is required'; "
        "field='1_destination', input='nobody', errors='Email should be of the format someuser@example.com'; "
        "field='1_filetype', input='X', errors=''X' is not a valid value'"
    )


def test_a_password_policy_stops_every_patch(api: Api) -> None:
    api.patch(FAX, replace("/password", "short"))
    api.control("PUT", "/options", {"password_min_length": 12})
    refused = api.patch(FAX, replace("/active", True))
    assert message(refused) == (
        422,
        "Validation failed. field='password', input='*****', errors='Must be at minimum 12 characters long'",
    )
    assert api.patch(FAX, replace("/password", None)).status_code == 200


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (replace("/destinations/7/filetype", "PS"), "A pointer that references a non-existent value"),
        (replace("/destinations/-", {}), "A pointer that references a non-existent value"),
        ({"op": "copy", "from": "/nosuch", "path": "/name"}, "(pointer: /nosuch)"),
        ({"op": "copy", "from": "/name", "path": "/nosuch/x"}, "(pointer: /nosuch/x)"),
        (replace("/%6eo", "x"), "(pointer: /no)"),
        (replace("/na~2me", "x"), "Invalid pointer syntax (pointer: /na~2me)"),
        (replace(5, "x"), "Invalid pointer syntax (pointer: 5)"),
        ({"op": "remove", "path": "/destinations/-"}, "A pointer that references a non-existent value"),
        ({"op": "add", "path": "/destinations/1", "value": {}}, "A pointer that references a non-existent value"),
        (replace("name", "x"), "Invalid pointer syntax (pointer: name)"),
        ({"op": "add", "path": "/a/b", "value": 1}, "A pointer that references a non-existent value"),
        ({"op": "add", "path": "/name", "value": ["x"], "mode": "append"}, "not-array path '/name'"),
    ],
)
def test_operations_that_do_not_fit(api: Api, operation: dict[str, object], expected: str) -> None:
    api.patch(FAX, replace("/name", "N"))
    status, text = message(api.patch(FAX, operation))
    assert status == 422
    assert text.startswith("The entity could not be processed: ")
    assert expected in text
    assert api.get(FAX).json()["name"] == "N"


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([replace("/%6Eame", "dec")], "dec"),
        ([replace("", {"name": "all"})], "all"),
        ([{"op": "remove", "path": ""}, {"op": "add", "path": None, "value": {"name": "anew"}}], "anew"),
        ([{"op": "add", "path": "/a~1b", "value": 1}, {"op": "copy", "from": "/a~1b", "path": "/name"}], "1"),
        ([{"op": "remove", "path": ""}], 500),
        ([replace("", [])], 500),
        ([replace("", None)], 500),
        ([{"op": None, "path": "/name"}], 500),
        ([{"op": ["add"], "path": "/name"}], 400),
    ],
)
def test_pointers_of_the_servers_own_kind(api: Api, operations: list[dict[str, object]], expected: object) -> None:
    response = api.patch(FAX, *operations)
    assert (response.json()["name"] if response.status_code == 200 else response.status_code) == expected


def test_entries_by_index(api: Api) -> None:
    one, two, three = (destination(f"{name}@example.org") for name in "abc")
    assert addresses(api.patch(FAX, {"op": "add", "path": "/destinations/0", "value": one})) == ["a@example.org"]
    assert len(addresses(api.patch(FAX, {"op": "add", "path": "/destinations/0", "value": two}))) == 2
    assert len(addresses(api.patch(FAX, {"op": "add", "path": "/destinations/2", "value": three}))) == 3
    copied: dict[str, object] = {"op": "copy", "from": "/destinations/0/filetype", "path": "/name"}
    assert api.patch(FAX, copied).json()["name"] == "PDF14"
    assert api.patch(FAX, {"op": "copy", "from": "/destinations/0", "path": "/destinations/-"}).status_code == 500
    assert len(addresses(api.get(FAX))) == 3


def test_a_patch_happens_as_a_whole(api: Api) -> None:
    assert api.patch(FAX, replace("/name", "N"), replace("/nosuch", 1)).status_code == 422
    assert api.get(FAX).json()["name"] is None


def test_private_extensions(api: Api) -> None:
    one, two, three = (destination(f"{name}@example.org") for name in "abc")
    append: dict[str, object] = {"op": "add", "path": "/destinations/-", "value": [one, two, three], "mode": "append"}
    assert addresses(api.patch(FAX, append)) == ["a@example.org", "b@example.org", "c@example.org"]
    by_value: list[dict[str, object]] = [
        {"op": "remove", "path": "/destinations", "value": each} for each in (one, two)
    ]
    assert api.patch(FAX, *by_value).status_code == 422
    assert len(addresses(api.get(FAX))) == 3
    assert addresses(api.patch(FAX, by_value[1])) == ["a@example.org", "c@example.org"]
    out_of_bounds: dict[str, object] = {"op": "remove", "path": "/destinations", "value": one, "index": 3}
    assert "delete index 3 out of bounds" in message(api.patch(FAX, out_of_bounds))[1]
    last: dict[str, object] = {"op": "add", "path": "/destinations/-", "value": two, "mode": "prepend"}
    assert len(addresses(api.patch(FAX, last))) == 3, "another mode is none"


def test_put_is_checked_like_a_patch(api: Api) -> None:
    json = {"Content-Type": "application/json"}
    for path, content, status in (
        ("/api/faxserversettings/abc", "{}", 400),
        ("/api/faxserversettings/99", "{}", 404),
        (FAX, "", 400),
        (FAX, "[]", 500),
        (FAX, '{"active": true, "active": false}', 400),
        (FAX, '{"id": 5, "nosuch": 1}', 200),
    ):
        headers = {**json, "Prefer": "return=representation"}
        assert api.send("PUT", path, data=content, headers=headers).status_code == status
    assert message(api.send("PUT", FAX, data="{}"))[0] == 415
    assert message(api.send("PUT", "/api/mailtofaxsettings/abc", json={})) == (
        404,
        "Entity 'mailtofaxsettings' not found.",
    )
    assert api.get("/api/mailtofaxsettings/abc").status_code == 400
    assert api.get("/api/faxserversettings/5").json()["id"] == 5


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("return=representation", 200),
        ("respond-async, return=representation", 200),
        ("return=representation, return=minimal", 204),
        ("return=everything", 204),
        ("RETURN=minimal", 204),
    ],
)
def test_what_prefer_may_say(api: Api, prefer: str, status: int) -> None:
    assert api.patch(FAX, headers={"Prefer": prefer}).status_code == status


def test_a_link_header_is_refused(api: Api) -> None:
    assert api.patch(FAX, headers={"Link": "<x>"}).status_code == 400


def test_the_journal_says_who_changed_what(api: Api) -> None:
    assert message(api.get(f"{FAX}/journal/recent")) == (404, "Entity 'journal' not found.")
    api.patch(FAX, replace("/name", "N"))
    api.control("PATCH", "/settings/faxserversettings/1?user=ann", {"active": True})
    api.patch("/api/faxserversettings/2", user="reseller1")
    api.patch(MAIL)
    assert api.patch(FAX, replace("/active", "yes")).status_code == 500
    page = api.get(f"{FAX}/journal/?order_by=id").json()
    assert [each["username"] for each in page["_embedded"]["ngcp:journal"]] == ["administrator", "ann"]
    assert "content" not in page["_embedded"]["ngcp:journal"][0]
    recent = api.get(f"{FAX}/journal/recent").json()
    assert (recent["id"], recent["operation"], recent["content"]["active"]) == (2, "update", True)
    first = api.get(f"{FAX}/journal/1").json()
    assert (first["content"]["name"], first["content"]["active"]) == ("N", False)
    assert message(api.get("/api/faxserversettings/1/journal/3"))[0] == 404
    assert api.get("/api/faxserversettings/2/journal/3").json()["username"] == "reseller1"
    assert api.get(f"{FAX}/journal/?operation=delete").json()["total_count"] == 0
    assert api.send("OPTIONS", f"{FAX}/journal/").headers["allow"] == "OPTIONS, GET, HEAD"


@pytest.mark.parametrize("accept", ["text/html", "application/hal+json", "application/xml, text/plain"])
def test_an_accept_that_does_not_fit(api: Api, accept: str) -> None:
    status, text = message(api.get(FAX, headers={"Accept": accept}))
    assert (status, text) == (500, f"Requested unknown type '{accept}', supported types: application/json.")
    assert api.get("/api/faxserversettings/999", headers={"Accept": accept}).status_code == 404
    assert api.get(MAIL, headers={"Accept": accept}).status_code == 200, "it has a controller of its own"


def test_head_and_options(api: Api) -> None:
    head = api.send("HEAD", FAX)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("application/hal+json; profile=")
    assert api.send("HEAD", "/api/faxserversettings/").status_code == 200
    options = api.send("OPTIONS", MAIL)
    assert options.headers["accept-patch"] == "application/json-patch+json"
    assert api.send("OPTIONS", "/api/faxrecordings/").headers["allow"] == "OPTIONS"
