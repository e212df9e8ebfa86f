# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of one server, and the login to it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

# The default ports.
PORTS = {"https": 443, "http": 80}


def server(api_url: str) -> str:
    """Return a server's address from `api_url`: scheme and host in lower case, without `/api`."""
    scheme, separator, rest = api_url.partition("://")
    host, slash, path = rest.partition("/")
    url = f"{scheme.lower()}{separator}{host.lower()}{slash}{path}"
    return url.rstrip("/").removesuffix("/api").rstrip("/")


def same_server(one: str, other: str) -> bool:
    """Return True if two values of `api_url` name the same server."""
    return address(one) == address(other)


def address(api_url: str) -> tuple[str | int | None, ...]:
    """Return the parts of an address that tell servers apart, with the default port filled in."""
    try:
        parts = urlsplit(server(api_url))
        return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme), parts.path
    except ValueError:  # not a valid address
        return (api_url,)


def otp_key(secret: str) -> bytes:
    """Return the key of a one-time password from its secret in base32, of either case, with or without spaces.

    Raises ValueError if it is not base32.
    """
    text = re.sub(r"[\s=-]", "", secret).upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


# How long a whole request may take without `request_timeout`, as a multiple of `timeout`.
WHOLE = 10
# The least that this amounts to, in seconds: on a busy machine, loading the trusted certificates takes a while.
LEAST_WHOLE = 2.0


@dataclass(frozen=True)
class Connection:
    """How to reach and log in to one NGCP: the options of the same names (doc fragment `connection`)."""

    api_url: str = "https://127.0.0.1:1443"
    api_username: str | None = None
    api_password: str | None = None
    api_token: str | None = None
    auth: str = "auto"
    otp: str | None = None
    otp_secret: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = None
    timeout: float = 60.0
    request_timeout: float | None = None
    retries: int = 3

    @property
    def whole_time(self) -> float:
        """How long one request may take, from its beginning to the end of its answer, in seconds."""
        return self.request_timeout or max(WHOLE * self.timeout, LEAST_WHOLE)
