# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid connections are refused before any request."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import connection_problems

URL_FROM, USER_FROM, PASSWORD_FROM, CA_FROM = (
    f", or look where NGCP_{name} in the environment comes from"
    for name in ("API_URL", "API_USERNAME", "API_PASSWORD", "CA_PATH")
)
LOGIN = {"api_url": "https://127.0.0.1:1443", "api_username": "u", "api_password": "p"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (LOGIN, ""),
        ({**LOGIN, "api_url": "http://127.0.0.1:1443"}, ""),
        ({"api_url": LOGIN["api_url"], "api_token": "t"}, ""),
        ({"api_url": LOGIN["api_url"], "client_cert": "c.pem"}, ""),
        (
            {**LOGIN, "api_url": "http://ngcp.example.com"},
            (
                "api_url must begin with https://, or the login would cross the network in the clear: "
                "'http://ngcp.example.com'."
            ),
        ),
        ({**LOGIN, "api_url": "ngcp"}, "api_url must look like https://ngcp.example.com:1443, not 'ngcp'."),
        (
            {**LOGIN, "api_url": "https://ngcp:port"},
            "api_url must look like https://ngcp.example.com:1443, not 'https://ngcp:port'.",
        ),
        *(
            ({**LOGIN, name: value}, f"{name} holds {what}; remove it{more}.")
            for name, value, what, more in (
                ("api_url", "https://ngcp:1443\r", "a line end (U+000D) at its end", URL_FROM),
                ("api_url", "https://ngcp:1443\n", "a line end (U+000A) at its end", URL_FROM),
                ("api_url", " https://ngcp:1443", "a space (U+0020) at its beginning", URL_FROM),
                ("api_url", "\ufeffhttps://ngcp:1443", "a byte order mark (U+FEFF) at its beginning", URL_FROM),
                ("api_url", "https://ng\u200bcp", "an invisible character (U+200B) inside", URL_FROM),
                ("api_url", "https://ngcp\u00a0:1443", "a space (U+00A0) inside", URL_FROM),
                ("api_url", "https://ngcp\t:1443", "a tab (U+0009) inside", URL_FROM),
                ("api_password", "s3cret\n", "a line end (U+000A) at its end", PASSWORD_FROM),
                ("api_password", "s3cret\r\n", "a line end (U+000D) at its end", PASSWORD_FROM),
                ("api_password", "\ufeffs3cret", "a byte order mark (U+FEFF) at its beginning", PASSWORD_FROM),
                ("api_password", "s3cret ", "a space (U+0020) at its end", PASSWORD_FROM),
                ("api_password", "s3\x00cret", "a null character (U+0000) inside", PASSWORD_FROM),
                ("proxy", "http://u:s3cret@proxy:3128\n", "a line end (U+000A) at its end", ""),
                ("proxy", "http://proxy :3128", "a space (U+0020) inside", ""),
                ("client_cert", "cert.pem\n", "a line end (U+000A) at its end", ""),
                ("client_key", "key.pem ", "a space (U+0020) at its end", ""),
            )
        ),
        ({**LOGIN, "api_username": "u\n"}, f"api_username holds a line end (U+000A) at its end; remove it{USER_FROM}."),
        ({**LOGIN, "ca_path": "ca.pem\r"}, f"ca_path holds a line end (U+000D) at its end; remove it{CA_FROM}."),
        (
            {**LOGIN, "otp": "123456\n"},
            "otp holds a space, a line break or a letter that no token has; check where it comes from.",
        ),
        # Blanks inside are no mistake.
        ({**LOGIN, "api_password": "correct horse", "ca_path": "my files/ca.pem", "otp_secret": "ABFW C63C\n"}, ""),
        ({**LOGIN, "api_url": "HTTPS://NGCP.Example.com:1443/API"}, ""),
        (
            {**LOGIN, "api_url": "https://u:p@ngcp.example.com"},
            "api_url must not hold a username or password; give them as api_username and api_password.",
        ),
        (
            {"api_url": LOGIN["api_url"], "api_username": "u"},
            "api_username is given without api_password; give both (or NGCP_API_PASSWORD in the environment).",
        ),
        (
            {"api_url": LOGIN["api_url"]},
            (
                "api_username and api_password are missing: give them, or api_token, or a client_cert "
                "(or NGCP_API_USERNAME and NGCP_API_PASSWORD in the environment)."
            ),
        ),
        (
            {"api_url": LOGIN["api_url"], "api_token": "t", "auth": "basic"},
            "auth: basic needs api_username and api_password.",
        ),
        (
            {"api_url": LOGIN["api_url"], "api_token": "t\n"},
            "api_token holds a space, a line break or a letter that no token has; check where it comes from.",
        ),
        ({**LOGIN, "timeout": 0}, "timeout must be between 0.001 and 86400, not 0."),
        ({**LOGIN, "retries": -1}, "retries must be between 0 and 100, not -1."),
    ],
)
def test_connections(options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, connection_problems(options))) == problem
