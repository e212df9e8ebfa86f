# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of servers, times of requests, and secrets of one-time passwords."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import (
    Connection,
    otp_key,
    same_server,
    server,
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://NGCP.example.com:1443", "https://ngcp.example.com:1443/api/", True),
        ("HTTPS://ngcp.example.com", "https://ngcp.example.com:443", True),
        ("http://127.0.0.1:80/", "http://127.0.0.1", True),
        ("https://[2001:DB8::1]:1443", "https://[2001:db8::1]:1443", True),
        ("https://ngcp.example.com:1443", "https://ngcp.example.com", False),
        ("https://ngcp.example.com", "http://ngcp.example.com", False),
        ("https://staging.example.com", "https://ngcp.example.com", False),
        ("https://ngcp.example.com/one", "https://ngcp.example.com/two", False),
        ("https://[bad", "https://[bad", True),
        ("https://[bad", "https://ngcp.example.com", False),
    ],
)
def test_two_addresses_of_one_server(one: str, other: str, same: bool) -> None:
    assert same_server(one, other) is same


@pytest.mark.parametrize(
    ("api_url", "address"),
    [
        ("HTTPS://NGCP.Example.COM:1443/", "https://ngcp.example.com:1443"),
        ("https://NGCP/api/", "https://ngcp"),
        ("https://ngcp/Behind/A/Proxy/api", "https://ngcp/Behind/A/Proxy"),
        ("https://[FE80::1]:1443", "https://[fe80::1]:1443"),
        ("ngcp", "ngcp"),
    ],
)
def test_scheme_and_host_are_in_lower_case(api_url: str, address: str) -> None:
    assert server(api_url) == address


@pytest.mark.parametrize("secret", ["MFRGGZDF", "mfrg gzdf", "MFRG-GZDF", "MFRGGZDF="])
def test_a_key_is_read_from_its_secret_as_people_write_it(secret: str) -> None:
    assert otp_key(secret) == b"abcde"


def test_a_secret_that_is_not_base32() -> None:
    with pytest.raises(ValueError, match="base32"):
        otp_key("MFRGGZD1")


@pytest.mark.parametrize(
    ("timeout", "request_timeout", "seconds"), [(60.0, None, 600.0), (0.01, None, 2.0), (60.0, 5.0, 5.0)]
)
def test_how_long_a_whole_request_may_take(timeout: float, request_timeout: float | None, seconds: float) -> None:
    assert Connection(timeout=timeout, request_timeout=request_timeout).whole_time == seconds
