# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers the environment wants to be reached without a proxy. No I/O."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

PORTS = {"https": 443, "http": 80}
# A host, in brackets if it is an IPv6 address with a port behind it.
ENTRY = re.compile(
    r"\[(?P<inner>[^\]]*)\](:(?P<port>\d+))?|(?P<host>[^:]*)(:(?P<number>\d+))?|(?P<bare>[\da-fA-F:.%]+)"
)


def is_direct(url: str, no_proxy: str) -> bool:
    """Tell whether `no_proxy` (as in `NO_PROXY`) holds the server at `url`.

    An entry is a host, a domain with or without a dot before it, an IPv4 or IPv6 address with or without brackets, or a
    network (`10.0.0.0/8`); a port may follow, and then only that port is meant. `*` means everything.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)
    return any(_holds(entry, host, port) for entry in re.split(r"[\s,]+", no_proxy.lower()) if entry)


def _holds(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in(host, entry)
    found = ENTRY.fullmatch(entry)
    if not found:
        return False
    name = found["inner"] or found["host"] or found["bare"] or ""
    number = found["port"] or found["number"]
    if number and int(number) != port:
        return False
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}") or _is_in(host, name))


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(re.sub(r"[\[\]]", "", network), strict=False)
    except ValueError:  # a name, or no network
        return False


def shown(proxy: str) -> str:
    """Return the address of a proxy without its login."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "that is given"
