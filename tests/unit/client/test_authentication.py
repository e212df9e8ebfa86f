# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication: the login that is sent, its renewal, and no second try of a refused one."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import HandedToken, Token
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    Forbidden,
    LoginRefused,
    NotNgcp,
    NoTokens,
    ProxyRefused,
)
from tests.unit.client.fake_transport import FakeTransport, answer, client_with

ITEM = "/api/faxserversettings/5"
PASSWORD: dict[str, Any] = {"api_username": "ä", "api_password": "s3cret", "api_token": None}
BASIC = f"Basic {base64.b64encode('ä:s3cret'.encode()).decode()}"


def token(value: str = "new") -> requests.Response:
    return answer(body={"jwt": value, "expires": 1900000000})


def no_key() -> requests.Response:
    return answer(500, {"code": 500, "message": "No JWT key has been configured"})


def bad_token() -> requests.Response:
    return answer(403, {"code": 403, "message": "Invalid user"})


def logins(transport: FakeTransport) -> list[str | None]:
    """The `Authorization` of each request; the path of a login."""
    return [LOGIN if sent.path == LOGIN else sent.headers.get("Authorization") for sent in transport.sent]


@pytest.mark.parametrize(
    ("options", "answers", "sent"),
    [
        ({}, [], ["Bearer token"]),
        (PASSWORD, [token()], [LOGIN, "Bearer new"]),
        ({**PASSWORD, "api_token": "given"}, [], ["Bearer given"]),
        ({**PASSWORD, "auth": "basic"}, [], [BASIC]),
        (PASSWORD, [no_key()], [LOGIN, BASIC]),
        ({"api_token": None}, [], [None]),
    ],
    ids=["token", "password", "both", "basic", "server without a key", "certificate"],
)
def test_what_is_sent(options: dict[str, Any], answers: list[requests.Response], sent: list[str | None]) -> None:
    client, transport = client_with(*answers, answer(body={}), answer(body={}), **options)
    client.get(ITEM)
    client.get(ITEM)
    assert logins(transport) == [*sent, sent[-1]]


def test_jwt_does_not_fall_back_to_basic() -> None:
    client, _transport = client_with(no_key(), auth="jwt", **PASSWORD)
    with pytest.raises(NoTokens):
        client.get(ITEM)


def test_a_token_and_its_end() -> None:
    client, transport = client_with(token("t"), answer(body={"jwt": "t"}), **PASSWORD)
    assert (client.log_in(), client.log_in()) == (Token("t", 1900000000.0), Token("t", None))
    assert transport.sent[0].content == {"username": "ä", "password": "s3cret"}
    assert "t" in set(client.secrets)


@dataclass
class Store:
    """A store that gives one token after the other."""

    tokens: list[Token]
    refused: list[Token | None] = field(default_factory=list)

    def obtain(self, refused: Token | None, log_in: Callable[[], Token]) -> Token:
        self.refused.append(refused)
        return self.tokens.pop(0)


def test_a_token_of_the_store_needs_no_login() -> None:
    first, second = Token("f1rst", None, 1), Token("sec0nd", None, 2)
    client, transport = client_with(answer(body={}), bad_token(), answer(body={}), **PASSWORD)
    store = Store([first, second])
    client.share_tokens(store)
    client.get(ITEM)
    client.get(ITEM)
    assert logins(transport) == ["Bearer f1rst", "Bearer f1rst", "Bearer sec0nd"]
    assert store.refused == [None, first]
    assert {"f1rst", "sec0nd"} <= client.secrets.of_login()


def test_a_given_token_that_is_refused_is_replaced_by_that_of_the_store() -> None:
    client, transport = client_with(bad_token(), answer(body={}), **{**PASSWORD, "api_token": "given"})
    store = Store([Token("t0ken", None, 1)])
    client.share_tokens(store)
    client.get(ITEM)
    assert logins(transport) == ["Bearer given", "Bearer t0ken"]
    assert store.refused == [Token("given", None)]


@pytest.mark.parametrize("options", [{}, {"api_token": None}, {**PASSWORD, "auth": "basic"}], ids=str)
def test_who_has_no_password_or_sends_it_needs_no_token(options: dict[str, Any]) -> None:
    client, _transport = client_with(answer(body={}), **options)
    client.share_tokens(Store([]))
    client.get(ITEM)
    assert not client.needs_token


def test_a_module_renews_a_token_that_it_was_handed_for_itself() -> None:
    client, transport = client_with(bad_token(), token(), answer(body={}), **PASSWORD)
    client.share_tokens(HandedToken(Token("t0ken", None)))
    assert client.needs_token
    client.get(ITEM)
    assert logins(transport) == ["Bearer t0ken", LOGIN, "Bearer new"]


@pytest.mark.parametrize("value", [None, "", "two words", 5])
def test_an_answer_without_a_token_is_not_the_apis(value: object) -> None:
    client, _transport = client_with(answer(body={"jwt": value}), **PASSWORD)
    with pytest.raises(NotNgcp):
        client.log_in()


def test_an_expired_token_is_renewed_once() -> None:
    client, transport = client_with(bad_token(), token(), answer(body={}), **{**PASSWORD, "api_token": "old"})
    client.get(ITEM)
    assert logins(transport) == ["Bearer old", LOGIN, "Bearer new"]


def test_what_this_login_may_not_use_has_the_words_of_an_expired_token() -> None:
    client, _transport = client_with(token(), bad_token(), token(), bad_token(), **PASSWORD)
    with pytest.raises(Forbidden, match="does not let this login use that"):
        client.get(ITEM)


@pytest.mark.parametrize(
    ("options", "refusal", "kind"),
    [
        ({}, bad_token(), LoginRefused),
        ({**PASSWORD, "auth": "basic"}, answer(401), LoginRefused),
        (PASSWORD, answer(403, {"code": 403, "message": "User not found"}), LoginRefused),
        (PASSWORD, answer(407), ProxyRefused),
        ({}, OSError("Tunnel connection failed: 407 Proxy Authentication Required"), ProxyRefused),
    ],
)
def test_a_refused_login_is_never_sent_again(
    options: dict[str, Any], refusal: requests.Response | Exception, kind: type[FaxError]
) -> None:
    client, transport = client_with(refusal, **options)
    for _each in range(3):
        with pytest.raises(kind):
            client.get(ITEM)
    assert len(transport.sent) == 1


def test_another_refusal_is_about_one_request_only() -> None:
    refused = answer(403, {"code": 403, "message": "read-only"})
    client, transport = client_with(refused, answer(body={}))
    with pytest.raises(Forbidden):
        client.get(ITEM)
    client.get(ITEM)
    assert len(transport.sent) == 2


def test_until_the_server_has_accepted_a_login_one_request_is_sent_at_a_time() -> None:
    client, transport = client_with(bad_token())
    inside, go_on = threading.Event(), threading.Event()
    send = transport.send

    def held(*arguments: Any, **keywords: Any) -> requests.Response:
        inside.set()
        assert go_on.wait(60)
        return send(*arguments, **keywords)

    transport.send = held  # type: ignore[method-assign]
    errors: list[FaxError] = []

    def get() -> None:
        try:
            client.get(ITEM)
        except FaxError as error:
            errors.append(error)

    threads = [threading.Thread(target=get) for _each in range(4)]
    for thread in threads:
        thread.start()
    assert inside.wait(60)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert [type(error) for error in errors] == [LoginRefused] * 4
    assert len(transport.sent) == 1


def test_whoever_wants_to_know_is_told_that_a_login_was_accepted() -> None:
    accepted: list[str] = []
    client, _transport = client_with(answer(body={}), answer(body={}))
    client.on_accepted = lambda: accepted.append("yes")
    client.get(ITEM)
    client.get(ITEM)
    assert accepted == ["yes"]


@pytest.mark.parametrize(
    ("options", "pattern"), [({"otp": "123456"}, "123456"), ({"otp_secret": "GEZDGNBVGY3TQOJQ"}, r"\d{6}")]
)
def test_a_one_time_password_is_sent_with_the_login_and_with_each_request_by_basic(
    options: dict[str, Any], pattern: str
) -> None:
    client, transport = client_with(answer(body={}), auth="basic", **PASSWORD, **options)
    client.get(ITEM)
    assert re.fullmatch(pattern, transport.sent[0].headers["X-OTP"])
    client, transport = client_with(token(), answer(body={}), **PASSWORD, **options)
    client.get(ITEM)
    assert re.fullmatch(pattern, transport.sent[0].content["otp"])
    assert "X-OTP" not in transport.sent[1].headers
