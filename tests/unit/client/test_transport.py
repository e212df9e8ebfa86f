# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers need no proxy, and how a proxy is shown."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport import is_direct, without_login


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        ("https://[::1]:1443", "[::1]:1443", True),
        ("https://[::1]:1443", "[::1]", True),
        ("https://[::1]:1443", "::1", True),
        ("https://[::1]:1443", "[::1]:1444", False),
        ("https://[2001:db8::5]:1443", "2001:DB8:0:0::5", True),
        ("https://[2001:db8::5]:1443", "2001:db8::/32", True),
        ("https://[2001:db8::5]:1443", "[2001:db8::]/32", True),
        ("https://[2001:db9::5]:1443", "2001:db8::/32", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3:1443", "10.1.2.3:1443", True),
        ("https://10.1.2.3", "10.1.2.3:443", True),
        ("https://10.1.2.3", "10.1.2.3:1443", False),
        ("https://11.1.2.3", "10.0.0.0/8", False),
        ("https://ngcp.example.com:1443", "NGCP.Example.com:1443", True),
        ("https://ngcp.example.com", "example.com", True),
        ("https://ngcp.example.com", ".example.com", True),
        ("https://ngcp.example.com", "*.example.com", True),
        ("https://ngcp.example.com:1443", ".example.com:1443", True),
        ("https://ngcp.example.com:1443", ".example.com:443", False),
        ("https://notexample.com", "example.com", False),
        ("https://ngcp.example.com.", "ngcp.example.com", True),
        ("https://ngcp.example.com", "a, ngcp.example.com,b", True),
        ("https://ngcp.example.com", "a ngcp.example.com", True),
        ("https://ngcp.example.com", "*", True),
        ("https://ngcp.example.com", "", False),
        ("https://ngcp.example.com", ".,*.,/,[],:,[:1", False),
        ("https://ngcp.example.com", "10.0.0.0/99", False),
    ],
)
def test_is_direct(url: str, no_proxy: str, direct: bool) -> None:
    assert is_direct(url, no_proxy) is direct


@pytest.mark.parametrize(
    ("proxy", "text"),
    [
        ("http://user:s3cret@proxy:3128/", "http://proxy:3128"),
        ("proxy:3128", "http://proxy:3128"),
        ("https://[::1]:3128", "https://[::1]:3128"),
        ("http://proxy:s3cret", "that is given"),
        ("http://[", "that is given"),
    ],
)
def test_a_proxy_is_shown_without_its_login(proxy: str, text: str) -> None:
    assert without_login(proxy) == text
