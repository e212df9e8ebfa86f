# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks use the same login, and which do not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.login_identity import Given

LOGIN = {"api_url": "https://ngcp.example.com:443", "api_username": "admin", "api_password": "secret"}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ansible_internals, "environment", lambda action: action.environment)
    for name in ("URL", "USERNAME", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"NGCP_API_{name}", raising=False)


def given(
    options: dict[str, Any],
    environment: dict[str, str] | None = None,
    transport: str = "local",
    host: str = "h1",
    delegate_to: str | None = None,
) -> Given:
    action: Any = SimpleNamespace(
        _task=SimpleNamespace(args={**LOGIN, **options}, delegate_to=delegate_to),
        _connection=SimpleNamespace(transport=transport),
        environment=environment or {},
    )
    return Given.of_task(action, {"inventory_hostname": host})


@pytest.mark.parametrize(
    "options",
    [
        {"api_url": "HTTPS://NGCP.example.com/api/"},
        {"validate_certs": "yes"},
        {"auth": "auto"},
        {"timeout": 5, "request_timeout": 5, "retries": 0},
        {"share_token": False},
        {"subscriber_id": 3, "active": True},
    ],
    ids=str,
)
def test_the_same_login(options: dict[str, Any]) -> None:
    assert given(options).identity == given({}, host="h2").identity


@pytest.mark.parametrize(
    "options",
    [
        {"api_url": "https://ngcp.example.com:1443"},
        {"api_username": "other"},
        {"api_password": "other"},
        {"api_token": "t"},
        {"auth": "jwt"},
        {"otp": "1"},
        {"otp_secret": "A"},
        {"validate_certs": "no"},
        {"ca_path": "/ca"},
        {"client_cert": "/cert"},
        {"client_key": "/key"},
        {"proxy": "http://proxy:3128"},
    ],
    ids=str,
)
def test_another_login(options: dict[str, Any]) -> None:
    assert given(options).identity != given({}).identity


def test_where_a_task_runs() -> None:
    here = given({}, {"HTTPS_PROXY": "x"}).identity
    assert here != given({}).identity
    far = [given({}, transport="ssh", host=host, delegate_to=to).identity for host, to in (("a", None), ("b", "a"))]
    assert far[0] == far[1]
    assert far[0] not in (given({}).identity, given({}, transport="ssh", host="b").identity)


def test_what_the_environment_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = dict.fromkeys(LOGIN)
    monkeypatch.setenv("NGCP_API_URL", LOGIN["api_url"])
    monkeypatch.setenv("NGCP_API_USERNAME", LOGIN["api_username"])
    monkeypatch.setenv("NGCP_API_PASSWORD", LOGIN["api_password"])
    assert given(missing).identity == given({}).identity
    # A login that the task gives replaces a token in the environment.
    monkeypatch.setenv("NGCP_API_TOKEN", "t")
    assert given({}).identity != given(missing).identity
    task = {"NGCP_API_USERNAME": "other"}
    monkeypatch.setenv("NGCP_API_USERNAME", "another")
    assert given(missing, task).identity == given({"api_username": "other", "api_token": "t"}, task).identity


@pytest.mark.parametrize(("value", "shares"), [(None, True), (True, True), ("no", False), (False, False)])
def test_share_token(value: object, shares: bool) -> None:
    assert given({"share_token": value}).shares_token is shares
