# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and their permissions, as far as no recorded exchange covers them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from tests.simulator.client import running
from tests.unit.simulator.api import Api

ITEM = "/api/faxserversettings/1"


def message(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["message"]


def test_a_ban_ends_by_the_clock_and_the_next_is_longer(api: Api) -> None:
    for seconds in (300, 600):
        assert [api.basic("administrator", "wrong") for _unused in range(6)] == [401] * 5 + [403]
        api.control("PUT", "/clock", {"advance": seconds - 2})
        assert api.basic("administrator", "administrator") == 403
        api.control("PUT", "/clock", {"advance": 3})
    assert api.basic("administrator", "administrator") == 200
    assert [api.basic("administrator", "wrong") for _unused in range(5)] == [401] * 5
    api.control("PUT", "/clock", {"advance": 301})
    assert api.basic("administrator", "administrator") == 200


def test_failures_of_both_ways_add_up_and_a_success_forgets_them(api: Api) -> None:
    assert api.get(ITEM).status_code == 200
    for _unused in range(4):
        assert message(api.log_in("administrator", "wrong")) == (403, "User not found")
    assert api.basic("administrator", "administrator") == 200
    assert [api.basic("administrator", "wrong") for _unused in range(4)] == [401] * 4
    assert message(api.log_in("administrator", "wrong")) == (403, "User not found")
    assert message(api.log_in("administrator", "administrator")) == (403, "Banned")
    assert api.basic("readonly", "administrator") == 200, "a ban is of one user"
    assert api.get(ITEM).status_code == 200, "a token still works"


def test_an_unknown_user_is_banned_by_login_and_not_by_basic(api: Api) -> None:
    assert [api.basic("nobody", "wrong") for _unused in range(7)] == [401] * 7
    assert [message(api.log_in("nobody", "x"))[1] for _unused in range(6)] == ["User not found"] * 5 + ["Banned"]


def test_a_password_that_is_not_ascii_is_not_counted(api: Api) -> None:
    assert [api.basic("administrator", "wröng".encode().decode("latin-1")) for _unused in range(7)] == [401] * 7
    assert message(api.log_in("administrator", "wröng")) == (422, "'password' contains invalid characters")


def test_a_server_without_key(api: Api) -> None:
    assert api.get(ITEM).status_code == 200
    api.control("PUT", "/options", {"jwt_key": False})
    assert message(api.log_in("administrator", "administrator")) == (500, "No JWT key has been configured")
    assert message(api.get(ITEM)) == (403, "Invalid user")
    assert api.basic("administrator", "administrator") == 200


def test_a_token_expires_by_the_clock(api: Api) -> None:
    api.control("PUT", "/clock", {"now": "2027-01-01 00:00:00"})
    assert "expires" not in api.log_in("administrator", "administrator").json()
    api.control("PUT", "/options", {"token_lifetime": 60})
    answer = api.log_in("administrator", "administrator").json()
    assert 1798761660 <= answer["expires"] <= 1798761662
    bearer = {"Authorization": f"Bearer {answer['jwt']}"}
    assert api.get(ITEM, user="", headers=bearer).status_code == 200
    api.control("PUT", "/clock", {"advance": 61})
    assert message(api.get(ITEM, user="", headers=bearer)) == (403, "Invalid user")


CREDENTIALS = '{"username": "administrator", "password": "administrator"}'


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json; charset=utf-8", CREDENTIALS, 200),
        ("application/json", f"[{CREDENTIALS}]", 500),
        ("application/json", CREDENTIALS[:-1], 500),
        ("application/json", "", 500),
        ("application/json", "{}", 422),
        ("application/json", '{"username": "administrator", "password": "0"}', 422),
        ("application/json", '{"username": "administrator", "password": ["administrator"]}', 403),
        ("text/plain", CREDENTIALS, 500),
        ("", CREDENTIALS, 500),
        ("application/x-www-form-urlencoded", "username=administrator&password=administrator", 200),
        ("application/x-www-form-urlencoded", "", 422),
    ],
)
def test_bodies_of_a_login(api: Api, content_type: str, body: str, status: int) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = api.send("POST", "/login_jwt", user="", data=body, headers=headers)
    assert response.status_code == status
    expected = "text/html" if status == 500 else "application/json"
    assert response.headers["content-type"].partition(";")[0] == expected


def test_a_reseller_sees_its_own(api: Api) -> None:
    for path in ("subscribers/16", "mailtofaxsettings/16", "faxes/5"):
        user = "reseller2" if path.startswith("faxes") else "reseller1"
        assert api.get(f"/api/{path}", user=user).status_code == 404
    assert message(api.patch("/api/faxserversettings/16", user="reseller1"))[0] == 404
    assert api.get("/api/subscribers/?rows=100", user="reseller2").json()["total_count"] == 5
    assert api.get("/api/faxes/", user="reseller2").json()["total_count"] == 0
    assert api.get("/api/subscribers/?username=user3", user="reseller2").json()["total_count"] == 0
    assert api.get("/api/faxrecordings/5", user="reseller2").status_code == 500
    form = {"json": (None, '{"destination": "431", "subscriber_id": 3}'), "faxfile": ("a.txt", "a")}
    assert message(api.send("POST", "/api/faxes/", user="reseller2", files=form)) == (422, "Fax subscriber not found.")


def test_a_reseller_sees_its_own_domains(api: Api) -> None:
    own = api.get("/api/domains/2", user="reseller2").json()
    assert (own["domain"], "reseller_id" in own) == ("d2.example.org", False)
    assert api.get("/api/domains/1", user="reseller2").status_code == 404
    for query, count in (("", 1), ("?reseller_id=2", 1), ("?reseller_id=1", 0)):
        assert api.get(f"/api/domains/{query}", user="reseller2").json()["total_count"] == count


def test_a_reader_may_read_only(api: Api) -> None:
    assert api.get("/api/subscribers/?rows=1", user="readonly").status_code == 200
    options = api.send("OPTIONS", ITEM, user="readonly")
    assert options.json() == {"methods": ["GET", "OPTIONS", "HEAD"]}
    assert "accept-patch" not in options.headers
    for method, path in (("PUT", ITEM), ("DELETE", "/api/faxes/5"), ("POST", "/api/faxes/")):
        assert message(api.send(method, path, user="readonly")) == (403, "Forbidden")
        refused = api.send(method, path, user="", auth=("readonly", "administrator"))
        assert message(refused) == (403, "Invalid HTTP method for read-only user")
        assert "content-type" not in refused.headers
    assert api.control("GET", "/faxes")["journal"]


def test_subscribers_see_themselves_and_their_admin_the_customer(api: Api) -> None:
    url = api.simulator.subscriber_url
    for user, ids in (("user2@d1.example.org", [2]), ("user1@d1.example.org", [1, 21])):
        for resource in ("subscribers", "faxserversettings"):
            page = api.get(f"/api/{resource}/", user=user, url=url).json()
            assert [each["id"] for each in page["_embedded"][f"ngcp:{resource}"]] == ids
        assert api.get("/api/mailtofaxsettings/3", user=user, url=url).status_code == 404
    own = api.patch(
        "/api/faxserversettings/2",
        {"op": "replace", "path": "/active", "value": 1},
        user="user2@d1.example.org",
        url=url,
    )
    assert own.json()["active"] is True
    recent = api.get("/api/faxserversettings/2/journal/recent").json()
    assert recent["username"] == "user2@d1.example.org"
    assert api.get("/api/faxes/", user="user3@d1.example.org", url=url).json()["total_count"] == 3


def test_what_is_closed_to_subscribers(api: Api) -> None:
    for user in ("user1@d1.example.org", "user2@d1.example.org"):
        for path in ("domains/", "domains/1"):
            for method in ("GET", "OPTIONS"):
                refused = api.send(method, f"/api/{path}", user=user, url=api.simulator.subscriber_url)
                assert message(refused) == (403, "Invalid user")


def test_faxes_of_subscribers(api: Api) -> None:
    who: dict[str, Any] = {"user": "user3@d1.example.org", "url": api.simulator.subscriber_url}
    api.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    api.control("PATCH", "/settings/faxserversettings/4", {"active": True})
    for subscriber_id, status in ((3, 201), (4, 422)):
        fax = {"destination": "431", "subscriber_id": subscriber_id, "data": "x"}
        assert api.send("POST", "/api/faxes/", json=fax, **who).status_code == status
    assert [api.get(f"/api/faxes/{each}", **who).status_code for each in (5, 8, 9)] == [200, 404, 200]
    assert [api.get(f"/api/faxrecordings/{each}", **who).status_code for each in (5, 8, 9)] == [200, 500, 200]
    assert api.get("/api/faxes/5", **who | {"user": "user1@d1.example.org"}).status_code == 404


def test_a_new_key_makes_tokens_invalid(api: Api) -> None:
    def bearer() -> requests.Response:
        return api.get(ITEM, user="", headers={"Authorization": f"Bearer {token}"})

    token = api.log_in("administrator", "administrator").json()["jwt"]
    assert bearer().status_code == 200
    api.control("POST", "/rotate_token_key")
    api.forget_tokens()
    assert message(bearer()) == (403, "Invalid user")
    token = api.log_in("administrator", "administrator").json()["jwt"]
    assert bearer().status_code == 200
    api.control("POST", "/reset")
    assert bearer().status_code == 200


def test_what_subscribers_see_of_themselves(api: Api) -> None:
    url = api.simulator.subscriber_url
    own = api.get("/api/subscribers/2", user="user2@d1.example.org", url=url).json()
    assert (own["webusername"], own["password"], own["domain_id"]) == ("user2", "secret", 1)
    assert not {"webpassword", "uuid", "customer_id", "status", "external_id", "create_timestamp"} & set(own)
    assert api.get("/api/subscribers/1", user="user1@d1.example.org", url=url).json()["customer_id"] == 101


def test_subscribers_read_and_write_their_own_mailtofax(api: Api) -> None:
    who: dict[str, Any] = {"user": "user2@d1.example.org", "url": api.simulator.subscriber_url}
    path = "/api/mailtofaxsettings/2"
    assert api.get(path, **who).json()["active"] is False
    assert api.get("/api/mailtofaxsettings/", **who).json()["total_count"] == 1
    assert api.patch(path, {"op": "replace", "path": "/active", "value": True}, **who).status_code == 200
    assert api.get(path).json()["active"] is True


@pytest.mark.parametrize("user", ["user2@d1.example.org", "reseller1"])
@pytest.mark.parametrize("entry", ["", "recent", "1"])
def test_the_journal_is_for_administrators_only(api: Api, user: str, entry: str) -> None:
    url = api.simulator.subscriber_url if "@" in user else None
    refused = api.get(f"/api/faxserversettings/2/journal/{entry}", user=user, url=url)
    assert message(refused) == (400, "Invalid id in request URI")


def test_realms_are_kept_apart_by_port(api: Api) -> None:
    url = api.simulator.subscriber_url
    subscriber, password = "user2@d1.example.org", "webpass2"
    assert api.log_in(subscriber, password, url=url).json()["subscriber_id"] == 2
    assert api.log_in(subscriber, password).status_code == 403
    assert api.log_in("administrator", "administrator", url=url).status_code == 403
    assert api.basic(subscriber, password, "/api/faxserversettings/2", url=url) == 200
    assert api.basic("user2@d2.example.org", password, url=url) == 401
    assert message(api.get("/api/faxserversettings/2", user=subscriber)) == (403, "Invalid user")
    assert message(api.get(ITEM, url=url)) == (403, "Invalid user")
    refused = api.get(ITEM, user="", auth=(subscriber, password))
    assert refused.headers["www-authenticate"] == 'Basic realm="api_admin_http"'


def test_one_port_serves_both_realms_where_there_is_no_other(tmp_path: Path) -> None:
    with running() as simulator:
        both = Api(simulator)
        assert both.basic("user2@d1.example.org", "webpass2", "/api/faxserversettings/2") == 200
        assert both.basic("user2@d1.example.org", "webpass2", "/api/faxserversettings/1") == 404
        assert both.basic("administrator", "administrator") == 200
        both.session.close()


@pytest.fixture
def secured(tmp_path: Path) -> Any:
    """Return a client of a server whose administrators have second factors and expired passwords."""
    seed = tmp_path / "seed.json"
    admins = [
        {"login": "careful", "password": "pw", "otp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "id": 7},
        {"login": "old", "password": "pw", "password_expired": True},
        {"login": "long", "password": "p" * 100},
    ]
    seed.write_text(json.dumps({"admins": admins, "subscribers": []}))
    with running("--seed", seed, "--subscribers", 3) as simulator:
        api = Api(simulator)
        yield api
        api.session.close()


def test_one_time_passwords(secured: Api) -> None:
    secured.control("PUT", "/clock", {"now": "2027-01-01 00:00:10"})
    now = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(1798761610)
    assert message(secured.log_in("careful", "pw")) == (403, "Invalid OTP")
    assert message(secured.log_in("careful", "pw", otp="000000")) == (403, "Invalid OTP")
    assert secured.log_in("careful", "pw", otp=now).json()["id"] == 7
    refused = secured.get(ITEM, user="", auth=("careful", "pw"))
    assert message(refused) == (403, "Invalid OTP")
    assert secured.basic("careful", "pw", headers={"X-OTP": now}) == 200


def test_old_and_long_passwords(secured: Api) -> None:
    assert message(secured.log_in("old", "pw")) == (403, "Password expired")
    assert secured.basic("old", "pw") == 200, "only the login looks at the age"
    assert secured.basic("long", "p" * 100) == 200
    assert secured.basic("long", "p" * 72) == 200, "bcrypt looks at 72 bytes"
    assert secured.basic("long", "p" * 71) == 401


def test_a_client_certificate_needs_no_password(api: Api, tmp_path: Path) -> None:
    files = []
    for login in ("reseller2", "readonly"):
        issued = api.control("POST", f"/client_certificates/{login}")
        file = tmp_path / f"{login}.pem"
        file.write_text(issued["cert"] + issued["key"])
        files.append(str(file))
    with requests.Session() as session:
        session.trust_env, session.verify, session.cert = False, api.simulator.ca_file, files[0]
        page = session.get(f"{api.simulator.url}/api/faxserversettings/", timeout=30).json()
        assert page["total_count"] == 5
    with requests.Session() as session:
        session.trust_env, session.verify, session.cert = False, api.simulator.ca_file, files[1]
        refused = session.patch(f"{api.simulator.url}{ITEM}", timeout=30)
        assert message(refused) == (403, "Invalid HTTP method for read-only user")


def test_without_licence_and_without_database(api: Api) -> None:
    api.control("PUT", "/options", {"fax_license": False})
    for path in ("faxserversettings/1", "mailtofaxsettings/", "faxes/5"):
        assert message(api.get(f"/api/{path}")) == (403, "Invalid license")
    assert api.get("/api/subscribers/1").status_code == 200
    api.control("PUT", "/options", {"database": False})
    down = api.get(ITEM)
    assert (down.status_code, down.content) == (503, b"")


def test_an_unknown_path_asks_for_no_credentials(api: Api) -> None:
    assert message(api.get("/api/nosuch/", user="")) == (404, "Path not found")
    assert api.get("/api/faxserversettings", user="").status_code == 401
    moved = api.get("/api/subscribers?rows=1")
    assert moved.headers["location"] == "https://127.0.0.1/api/subscribers/?rows=1"


def authorized(api: Api, header: str) -> int:
    return api.get(ITEM, user="", headers={"Authorization": header}).status_code


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer ", 401),
        ("Bearer", 401),
        ("bearer x", 401),
        ("Bearer x", 403),
        ("Basic cmVhZG9ubHk6YWRtaW5pc3RyYXRvcg==", 200),
        ("Basic cmVhZG9ubHk6YWRtaW5pc3RyYXRvcg", 200),
        ("Basic   cmVhZG9u bHk6YWRt;aW5pc3RyYXRvcg==", 200),
        ("basic cmVhZG9ubHk6YWRtaW5pc3RyYXRvcg==", 401),
        ("BASIC cmVhZG9ubHk6YWRtaW5pc3RyYXRvcg==", 401),
        ("Basic", 401),
        ("Basic x", 401),
        ("Basic cmVhZG9ubHk=", 401),
        ("Digest x", 401),
        ("", 401),
    ],
)
def test_headers_of_a_login(api: Api, header: str, status: int) -> None:
    assert authorized(api, header) == status


@pytest.mark.parametrize(
    ("name", "status"),
    [("ADMINISTRATOR", 200), ("administrator  ", 200), ("Ádministrator", 200), (" administrator", 403)],
)
def test_names_are_compared_as_the_database_does(api: Api, name: str, status: int) -> None:
    assert api.log_in(name, "administrator").status_code == status
    encoded = base64.b64encode(f"{name}:administrator".encode()).decode()
    assert authorized(api, f"Basic {encoded}") == (200 if status == 200 else 401)


def test_a_ban_is_of_the_name_as_it_was_typed(api: Api) -> None:
    for _unused in range(5):
        api.log_in("ADMINISTRATOR", "wrong")
    assert message(api.log_in("ADMINISTRATOR", "administrator")) == (403, "Banned")
    assert api.log_in("administrator", "administrator").status_code == 200


def test_a_name_that_nobody_has_is_banned_for_an_hour(api: Api) -> None:
    for _unused in range(5):
        api.log_in("nobody", "x")
    api.control("PUT", "/clock", {"advance": 3500})
    assert message(api.log_in("nobody", "x")) == (403, "Banned")
    api.control("PUT", "/clock", {"advance": 200})
    assert message(api.log_in("nobody", "x")) == (403, "User not found")


def test_names_of_subscribers(api: Api) -> None:
    url = api.simulator.subscriber_url
    for name, token, basic in (
        ("USER2@d1.example.org", 200, 200),
        ("user2@D1.EXAMPLE.ORG", 200, 401),
        ("user2@d1.example.org ", 200, 401),
        ("user2", 403, 401),
        ("user29@d1.example.org", 403, 401),
    ):
        password = "webpass29" if "29" in name else "webpass2"
        assert api.log_in(name, password, url=url).status_code == token
        assert api.basic(name, password, "/api/faxserversettings/2", url=url) == basic


def test_tokens_of_subscribers_expire(api: Api) -> None:
    answer = api.log_in("user2@d1.example.org", "webpass2", url=api.simulator.subscriber_url).json()
    assert set(answer) == {"jwt", "subscriber_id", "expires"}
    bearer = {"Authorization": f"Bearer {answer['jwt']}"}
    own: dict[str, Any] = {"user": "", "headers": bearer, "url": api.simulator.subscriber_url}
    assert api.get("/api/faxserversettings/2", **own).status_code == 200
    api.control("PUT", "/clock", {"advance": 3601})
    assert message(api.get("/api/faxserversettings/2", **own)) == (403, "Invalid user")


def test_a_token_instead_of_a_password(api: Api) -> None:
    def renew(body: dict[str, object], bearer: str) -> requests.Response:
        return api.send("POST", "/login_jwt", user="", json=body, headers={"Authorization": f"Bearer {bearer}"})

    token = api.log_in("readonly", "administrator").json()["jwt"]
    assert renew({"jwt": "yes"}, token).json()["id"] == 28
    assert message(renew({"jwt": token}, "x")) == (403, "Forbidden!")
    assert message(renew({"token": "x"}, token)) == (403, "Forbidden!")
    assert message(renew({"token": ""}, token)) == (422, "No username or password given")
    assert [message(renew({"token": "x", "username": "u"}, "x"))[1] for _unused in range(6)] == [
        *["Forbidden!"] * 5,
        "Banned",
    ]


@pytest.mark.parametrize(
    ("method", "content_type", "body", "status"),
    [
        ("PATCH", "application/json-patch+json", "[]", 403),
        ("PATCH", "application/json-patch+json", "", 500),
        ("PATCH", "application/json-patch+json", "{", 500),
        ("PUT", "application/json", "null", 500),
        ("PUT", "application/x-www-form-urlencoded", "a=b", 403),
        ("PUT", "text/plain", "a", 500),
        ("POST", "multipart/form-data; boundary=x", "--x--", 500),
        ("DELETE", "", "", 403),
    ],
)
def test_what_a_reader_sent_is_logged_where_it_can_be_read(
    api: Api, method: str, content_type: str, body: str, status: int
) -> None:
    path = {"POST": "/api/faxes/", "DELETE": "/api/faxes/5"}.get(method, ITEM)
    headers = {"Content-Type": content_type} if content_type else {}
    answer = api.send(method, path, user="", auth=("readonly", "administrator"), headers=headers, data=body)
    assert answer.status_code == status
    by_token = api.send(method, path, user="readonly", headers=headers, data=body)
    assert message(by_token) == (403, "Forbidden")
