# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of requests whose connections report their progress to their exchange.

So the watchdog can end them, and a failure can be attributed to the proxy or the server, and to the time before or
after the request has left.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import responses, watchdog
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import PORTS, Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import characters, concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption

IMPORT_ERROR: ImportError | None = None
try:
    from requests import Session
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import HTTPError, InsecureRequestWarning
except ImportError as error:  # the runner says so; Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
    if not TYPE_CHECKING:
        Session = HTTPAdapter = HTTPConnection = HTTPSConnection = HTTPConnectionPool = HTTPSConnectionPool = object
        HTTPError = OSError

# What the libraries raise if a request gets no answer; the errors of requests are OSErrors.
FAILURES = (OSError, ValueError, HTTPError)

# A key that is encrypted in a way that `ENCRYPTED` misses then fails: OpenSSL does not ask on the terminal.
NO_PASS_PHRASE = "-"
# The variables of the environment that hold proxies.
PROXIES = ("HTTPS_PROXY", "ALL_PROXY")
# A host, in brackets if it is an IPv6 address with a port behind it.
ENTRY = re.compile(
    r"\[(?P<inner>[^\]]*)\](:(?P<port>\d+))?|(?P<host>[^:]*)(:(?P<number>\d+))?|(?P<bare>[\da-fA-F:.%]+)"
)

# PKCS#8, and the older form of OpenSSL (RFC 1421), whose headers follow the first line.
ENCRYPTED = re.compile(
    rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s+Proc-Type:\s*4\s*,\s*ENCRYPTED",
    re.IGNORECASE,
)


class _Reporting:
    """Reports the progress of a connection to its exchange; a mixin for both kinds of connection."""

    sock: Any
    proxy: Any = None

    def connect(self) -> None:
        exchange = watchdog.current()
        if exchange:
            exchange.connects(self, without_login(str(self.proxy)) if self.proxy else None)
        super().connect()  # type: ignore[misc]  # of the connection this is mixed into
        if exchange:
            exchange.leaves(self)

    def _new_conn(self) -> Any:
        opened = super()._new_conn()  # type: ignore[misc]  # as in `connect`
        exchange = watchdog.current()
        if exchange:
            exchange.opened(opened)
        return opened

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]  # as in `connect`
        exchange = watchdog.current()
        if exchange:
            exchange.is_through()

    def request(self, *arguments: Any, **keywords: Any) -> None:
        exchange = watchdog.current()
        if exchange and self.sock is not None:
            exchange.leaves(self)
        try:
            super().request(*arguments, **keywords)  # type: ignore[misc]  # as in `connect`
        except OSError as error:
            raise _refusal(self.sock) or error from None


def _refusal(sock: object) -> ssl.SSLError | None:
    """Return the server's reason for ending TLS; None if it gave none.

    With TLS 1.3 a server checks the client's certificate after the client has begun to send its request.
    """
    if not isinstance(sock, ssl.SSLSocket):
        return None
    try:
        sock.settimeout(0)
        sock.recv(1)
    except ssl.SSLError as refusal:
        return refusal if refusal.reason else None
    except OSError:
        pass
    return None


class PlainConnection(_Reporting, HTTPConnection):
    """HTTP without TLS, on the loopback address."""


class TlsConnection(_Reporting, HTTPSConnection):
    """HTTPS, with or without a proxy."""


class PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection


class TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


class Adapter(HTTPAdapter):
    """Opens connections that report, and repeats nothing by itself."""

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, key_password=NO_PASS_PHRASE, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, key_password=NO_PASS_PHRASE, **keywords)
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
        return manager


class _Session(Session):
    """Ignores redirects: requests would read the whole body of one before it follows it."""

    def get_redirect_target(self, resp: object) -> str | None:
        return None


def session(connection: Connection, url: str) -> Session:
    """Return a session that follows the options, whatever the environment holds.

    Source: docs/design.md#tls-follows-the-options. Raises `BadOption` for a file or a proxy that cannot be used.
    """
    _check_files(connection)
    new = _Session()
    new.trust_env = False
    new.verify = (connection.ca_path or True) if connection.validate_certs else False
    if not connection.validate_certs:  # the user asked for it
        disable_warnings(InsecureRequestWarning)
    cert, key = connection.client_cert, connection.client_key
    new.cert = (cert, key) if cert and key else cert
    if url.startswith("https:"):  # without TLS a proxy would see the login
        new.proxies.update({"https": connection.proxy} if connection.proxy else _environment_proxies(url))
    new.headers.update({"Accept": "application/json", "Accept-Encoding": responses.ENCODINGS, "User-Agent": "ngcp.fax"})
    for scheme in ("https://", "http://"):
        new.mount(scheme, Adapter(max_retries=0, pool_maxsize=concurrency.MOST))
    return new


def _check_files(connection: Connection) -> None:
    for option in ("ca_path", "client_cert", "client_key"):
        path = getattr(connection, option)
        if not path:
            continue
        # Opening a FIFO would block.
        kinds = (Path.is_file, Path.is_dir) if option == "ca_path" else (Path.is_file,)
        if not (os.access(path, os.R_OK) and any(is_kind(Path(path)) for is_kind in kinds)):
            # Several lines are a key itself, which must not be shown, not the path of one.
            what = f"'{path}'" if len(path.splitlines()) == 1 else "This text of several lines"
            raise BadOption(f"{option}: {what} cannot be read", "Give an existing file that you may read.")
        if option != "ca_path" and _is_encrypted(Path(path).read_bytes()):
            raise BadOption(
                f"{option}: the private key in '{path}' is encrypted, and a module cannot ask for its pass phrase",
                "Decrypt it (openssl pkey -in KEY -out NEW) into a file that only this user may read.",
            )


def _environment_proxies(url: str) -> dict[str, str]:
    """Return the proxies of the environment for `url`. Raises `BadOption`."""
    if is_direct(url, os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""):
        return {}
    for name in PROXIES:
        odd = characters.describe_misplaced(os.environ.get(name.lower()) or os.environ.get(name) or "")
        if odd:
            raise BadOption(f"{name} in the environment holds {odd}", "Correct it there, or give the option proxy.")
    return dict(get_environ_proxies(url))


def _is_encrypted(pem: bytes) -> bool:
    """Return True if a PEM file holds a private key that needs a pass phrase."""
    return bool(ENCRYPTED.search(pem))


def is_direct(url: str, no_proxy: str) -> bool:
    """Return True if `no_proxy` (as in `NO_PROXY`) holds the server at `url`.

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
    except ValueError:  # a name, or not a network
        return False


def without_login(proxy: str) -> str:
    """Return the address of a proxy without its login."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "that is given"
