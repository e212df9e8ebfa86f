# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of servers; the client itself is tried in tests/integration/test_client.py."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import client, connection


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
    assert connection.same_server(one, other) is same


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
    assert connection.server(api_url) == address
    assert client.Client(connection.Connection(api_url)).url == address
