# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Methods, paths, headers and bodies, before any resource looks at them: what no recorded exchange shows."""

from __future__ import annotations

import pytest

from tests.unit.simulator.api import Api

FAX = "/api/faxserversettings/1"
PATCH_TYPE = "application/json-patch+json"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"X-HTTP-Method-Override": "DELETE"}, 404),
        ("GET", {"X-HTTP-Method-Override": "OPTIONS"}, 200),
        ("DELETE", {"X-HTTP-Method-Override": "get"}, 200),
        ("GET", {"X-HTTP-Method": "POST", "X-HTTP-Method-Override": "GET"}, 404),
        ("POST", {"X-Method-Override": "GET"}, 200),
        ("POST", {"X-Tunneled-Method": "GET"}, 200),
        ("GET", {"X-HTTP-Method": "", "X-Tunneled-Method": "0"}, 200),
        ("POST", {"X-HTTP-Method": "PATCH", "Content-Type": PATCH_TYPE}, 204),
        ("POST", {"X-HTTP-Method": "NOSUCH"}, 404),
        ("PROPFIND", {}, 404),
        ("TRACE", {}, 405),
        ("TRACE", {"X-HTTP-Method": "GET"}, 405),
    ],
)
def test_methods_that_a_header_names(api: Api, method: str, headers: dict[str, str], status: int) -> None:
    assert api.send(method, FAX, headers=headers, data="[]").status_code == status


def test_a_reader_is_told_by_the_real_method(api: Api) -> None:
    body = '[{"op": "replace", "path": "/name", "value": "x"}]'
    tunneled = {"X-HTTP-Method": "PATCH", "Content-Type": PATCH_TYPE}
    assert api.send("GET", FAX, user="readonly", data=body, headers=tunneled).status_code == 204
    assert api.send("POST", FAX, user="readonly", headers={"X-HTTP-Method": "GET"}).status_code == 403


def test_a_head_that_a_header_names_has_no_body(api: Api) -> None:
    answer = api.get(FAX, headers={"X-HTTP-Method": "HEAD"})
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/faxserversettings//", 200),
        ("/api/faxserversettings/1///", 200),
        ("/api/faxserversettings/1/journal///", 200),
        ("/api/faxserversettings//1", 404),
        ("/api//faxserversettings/1", 404),
        ("/api/faxserversettings/1/2", 404),
        ("/api/faxserversettings/1%0a", 200),
        ("/api/faxserversettings/1%20", 400),
        ("/api/faxserversettings/+1", 200),
        ("/api/faxserversettings/-1", 404),
        ("/api/faxserversettings", 301),
        ("/api/mailtofaxsettings/1/journal/", 404),
        ("/api/subscribers/1/journal/", 200),
        ("/api/subscribers/x/journal/", 400),
    ],
)
def test_paths(api: Api, path: str, status: int) -> None:
    assert api.get(path).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "user", "body", "content_type"),
    [
        ("PATCH", FAX, "administrator", "0", PATCH_TYPE),
        ("POST", "/api/faxes/", "", "0", "application/json"),
        ("GET", "/nosuch", "", "0", "text/plain"),
        ("POST", "/login_jwt", "", "0", "application/json"),
        ("PATCH", FAX, "administrator", "[]", "multipart/form-data"),
        ("POST", "/api/faxes/", "", "x", "Multipart/Form-Data; charset=utf-8"),
    ],
)
def test_bodies_that_cannot_be_taken_in(
    api: Api, method: str, path: str, user: str, body: str, content_type: str
) -> None:
    answer = api.send(method, path, user=user, data=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.text) == (400, "Bad Request")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_form_without_boundary_and_body_is_an_empty_request(api: Api) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    assert api.send("PATCH", FAX, headers=headers).status_code == 415


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        ("return=representation", 200, "return=representation"),
        ('RETURN="representation"', 200, "return=representation"),
        ("return=representation; foo=bar", 200, "return=representation"),
        ("respond-async, return=representation", 200, "return=representation"),
        ("return=representation, return=minimal", 204, "return=minimal"),
        ("return=nosuch", 204, "return=minimal"),
        ("return=", 204, "return=minimal"),
        ("return", 500, None),
        ("return, return", 204, "return=minimal"),
    ],
)
def test_preferences(api: Api, prefer: str, status: int, applied: str | None) -> None:
    for path in (FAX, "/api/subscribers/1"):
        answer = api.send("PATCH", path, data="[]", headers={"Content-Type": PATCH_TYPE, "Prefer": prefer})
        assert (answer.status_code, answer.headers.get("preference-applied")) == (status, applied)


def test_a_preference_that_crashes_comes_before_anything_else(api: Api) -> None:
    assert api.send("PATCH", "/api/subscribers/999", headers={"Prefer": "return"}).status_code == 500
    assert api.send("PUT", FAX, headers={"Prefer": "return"}, data="nonsense").status_code == 500


@pytest.mark.parametrize("resource", ["faxserversettings", "mailtofaxsettings", "subscribers"])
def test_every_item_names_its_journal_in_a_header(api: Api, resource: str) -> None:
    journal = f"</api/{resource}/3/journal/>"
    assert api.get(f"/api/{resource}/3").headers["link"].startswith(journal)
    assert api.patch(f"/api/{resource}/3").headers["link"].startswith(journal)
    assert "link" not in api.get(f"/api/{resource}/?rows=1").headers


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/subscribers/", "GET, POST, OPTIONS, HEAD"),
        ("/api/subscribers/1", "GET, OPTIONS, HEAD, PATCH, PUT, DELETE"),
        ("/api/subscribers/1/journal/", "OPTIONS, GET, HEAD"),
        ("/api/faxes/5", "GET, OPTIONS, HEAD, DELETE"),
    ],
)
def test_options(api: Api, path: str, allow: str) -> None:
    answer = api.send("OPTIONS", path)
    assert (answer.headers["allow"], answer.json()) == (allow, {"methods": allow.split(", ")})
    reader = api.send("OPTIONS", path, user="readonly")
    assert not {"POST", "PATCH", "PUT", "DELETE"} & set(reader.json()["methods"])
