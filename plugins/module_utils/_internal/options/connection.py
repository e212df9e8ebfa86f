# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the connection to a server, and their checks."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection, otp_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import describe_misplaced
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import but_is
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    LONGEST,
    SHORTEST,
    Options,
    OptionSpecs,
    not_between,
)

HOST = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})*\.?|[\da-f:.]*:[\da-f:.]*", re.IGNORECASE)
# A scheme, a host and a port, right or wrong. A port has five digits at most: what is longer may be a password.
PLAIN_ADDRESS = re.compile(r"([a-z+.-]*:/*)?[\w.-]*(:\w{0,5})?/?", re.IGNORECASE | re.ASCII)
# The options that hold no line end and no invisible character, and whether they may hold a space inside.
MAY_BE_PASTED = {
    "api_url": False,
    "api_username": True,
    "api_password": True,
    "ca_path": True,
    "client_cert": True,
    "client_key": True,
    "proxy": False,
}
LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")

CONNECTION: OptionSpecs = {
    "api_url": {"type": "str", "default": Connection.api_url},
    "api_username": {"type": "str"},
    "api_password": {"type": "str", "no_log": True},
    "api_token": {"type": "str", "no_log": True},
    "share_token": {"type": "bool", "default": True},
    "auth": {"type": "str", "default": Connection.auth, "choices": ["auto", "jwt", "basic"]},
    "otp": {"type": "str", "no_log": True},
    "otp_secret": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": Connection.validate_certs},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    # A proxy's URL may hold a password.
    "proxy": {"type": "str", "no_log": True},
    "timeout": {"type": "float", "default": Connection.timeout},
    "request_timeout": {"type": "float"},
    "retries": {"type": "int", "default": Connection.retries},
}
# The environment variables that stand in for options that are not given.
ENVIRONMENT = {
    "api_url": "NGCP_API_URL",
    "api_username": "NGCP_API_USERNAME",
    "api_password": "NGCP_API_PASSWORD",
    "api_token": "NGCP_API_TOKEN",
    "ca_path": "NGCP_CA_PATH",
}


def connection_problems(options: Options) -> Problems:
    """Yield problems: an address that would send the login in the clear, half a login, times out of range."""
    url = str(options.get("api_url") or "")
    parts = _url_parts(url)
    odd = {name: describe_misplaced(str(options.get(name) or ""), blanks) for name, blanks in MAY_BE_PASTED.items()}
    yield from (Problem((name,), f"holds {what}; {_where_from(name)}.") for name, what in odd.items() if what)
    if "@" in url:
        yield Problem(("api_url",), "must not hold a username or password; give them as api_username and api_password.")
    elif odd["api_url"]:
        pass
    elif parts is None:
        # Anything but a host and a port may be half of a login.
        is_shown = PLAIN_ADDRESS.fullmatch(url) and (re.search("[./]", url) or but_is(url))
        quote = f", not '{url}'" if is_shown else ""
        yield Problem(("api_url",), f"must look like https://ngcp.example.com:1443{quote}.")
    elif parts.scheme == "http" and not LOOPBACK.fullmatch(str(parts.hostname)):
        what = f"must begin with https://, or the login would cross the network in the clear: '{url}'."
        yield Problem(("api_url",), what)
    username, password = options.get("api_username"), options.get("api_password")
    if bool(username) != bool(password):
        given, missing = ("api_username", "api_password") if username else ("api_password", "api_username")
        what = f"is given without {missing}; give both (or {ENVIRONMENT[missing]} in the environment)."
        yield Problem((given,), what)
    elif options.get("auth") == "basic" and not username:
        yield Problem(("auth",), "basic needs api_username and api_password.", ": ")
    elif not (username or options.get("api_token") or options.get("client_cert")):
        yield Problem(
            ("api_username",),
            "and api_password are missing: give them, or api_token, or a client_cert "
            "(or NGCP_API_USERNAME and NGCP_API_PASSWORD in the environment).",
        )
    if options.get("otp") and options.get("otp_secret"):
        what = "and otp_secret are both given; give the secret alone, the password is made from it."
        yield Problem(("otp",), what)
    try:
        if options.get("otp_secret") and not otp_key(str(options["otp_secret"])):
            raise ValueError
    except ValueError:
        what = "must be in base32 (A to Z, 2 to 7), as the server shows it when two factors are set up."
        yield Problem(("otp_secret",), what)
    for name in ("api_token", "otp"):
        if not re.fullmatch(r"[!-~]*", str(options.get(name) or "")):
            what = "holds a space, a line break or a letter that no token has; check where it comes from."
            yield Problem((name,), what)
    yield from not_between(options, "timeout", SHORTEST, LONGEST)
    yield from not_between(options, "request_timeout", SHORTEST, LONGEST)
    yield from not_between(options, "retries", 0, 100)


def is_address(url: str) -> bool:
    """Return True if `url` is an address that may be shown because it holds no login."""
    return "@" not in url and _url_parts(url) is not None


def _where_from(name: str) -> str:
    if name in ENVIRONMENT:
        return f"remove it, or look where {ENVIRONMENT[name]} in the environment comes from"
    return "remove it"


def _url_parts(url: str) -> SplitResult | None:
    """Return the parts of an http or https address; None if the text is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = HOST.fullmatch(parts.hostname or "") and port != 0
    bare = not (parts.query or parts.fragment)
    return parts if parts.scheme in ("https", "http") and host and bare else None
