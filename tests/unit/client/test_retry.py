# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions for another try of a request, and the pause before it."""

from __future__ import annotations

import ssl

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request

ITEM = "/api/faxserversettings/5"
REFUSED = ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
REFUSED.reason = "CERTIFICATE_VERIFY_FAILED"


@pytest.mark.parametrize(
    ("method", "path", "status", "may"),
    [
        ("GET", ITEM, 429, True),
        ("GET", ITEM, 503, True),
        ("DELETE", ITEM, 502, True),
        ("GET", ITEM, 500, False),
        ("GET", ITEM, 200, False),
        ("PATCH", ITEM, 503, False),
        ("POST", "/api/faxes/", 429, False),
        ("POST", LOGIN, 429, True),
        ("POST", LOGIN, 503, True),
        ("POST", LOGIN, 502, False),
        ("POST", LOGIN, 504, False),
    ],
)
def test_after_an_answer(method: str, path: str, status: int, may: bool) -> None:
    assert retry.may_ask_again(Request(method, path), status) is may


@pytest.mark.parametrize(
    ("method", "path", "has_left", "cause", "may"),
    [
        ("GET", ITEM, True, ConnectionResetError(), True),
        ("DELETE", ITEM, True, ConnectionResetError(), True),
        ("PATCH", ITEM, False, ConnectionRefusedError(), False),
        ("POST", "/api/faxes/", False, ConnectionRefusedError(), False),
        ("POST", LOGIN, False, ConnectionRefusedError(), True),
        ("POST", LOGIN, True, ConnectionResetError(), False),
        ("GET", ITEM, False, REFUSED, False),
        ("GET", ITEM, True, ssl.SSLEOFError(8, "EOF occurred"), True),
        ("GET", ITEM, False, OSError("Tunnel connection failed: 407 Proxy Authentication Required"), False),
        ("GET", ITEM, False, OSError("Tunnel connection failed: 502 Bad Gateway"), True),
    ],
)
def test_without_an_answer(method: str, path: str, has_left: bool, cause: Exception, may: bool) -> None:
    assert retry.may_repeat(Request(method, path), has_left, [OSError(), cause]) is may


def test_all_causes_of_an_error() -> None:
    inner, middle = ssl.SSLError("inner"), OSError("middle")
    middle.__cause__ = inner
    outer = ValueError("outer", middle)
    inner.__cause__ = outer  # a circle ends
    assert retry.causes_of(outer) == [outer, middle, inner]


@pytest.mark.parametrize(
    ("request_", "kind", "about"),
    [
        (Request("PATCH", ITEM), "PATCH /api/faxserversettings/ID", "5"),
        (Request("GET", "/api/faxes/", {"page": 2, "a": 1}), None, "/api/faxes/?[('a', 1), ('page', 2)]"),
        (Request("POST", LOGIN), "POST /login_jwt", "/login_jwt?[]"),
    ],
)
def test_what_a_request_is_about(request_: Request, kind: str | None, about: str) -> None:
    assert (request_.kind, request_.about) == (kind, about)


@pytest.mark.parametrize(
    ("method", "path", "writes"), [("GET", ITEM, False), ("PATCH", ITEM, True), ("POST", LOGIN, False)]
)
def test_only_a_write_can_have_been_done(method: str, path: str, writes: bool) -> None:
    request = Request(method, path)
    request.note_try(perhaps_done=False)
    assert not request.perhaps_done
    request.note_try(perhaps_done=True)
    assert (request.writes, request.perhaps_done) == (writes, writes)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("99999999999999999999", 60.0),
        ("Thu, 01 Jan 1970 00:00:30 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 60.0),
        ("Fri, 01 Jan 99999999 00:00:00 GMT", None),
        ("-1", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry.retry_after(header, now=lambda: 20.0) == seconds


def test_pauses_double_and_are_bounded() -> None:
    for tries, seconds in ((1, 0.5), (2, 1.0), (3, 2.0)):
        assert 0.5 * seconds <= retry.backoff(tries) <= 1.5 * seconds
    assert retry.backoff(100) == retry.LONGEST_PAUSE


def test_a_write_that_met_a_deadlock_is_tried_soon() -> None:
    assert 0.15 <= retry.backoff_of_write(500, 2) <= 0.45
    assert 0.5 <= retry.backoff_of_write(503, 2) <= 1.5
    assert 0.5 <= retry.backoff_of_write(None, 2) <= 1.5
