# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send requests over connections that are kept and that report their progress to their exchange.

So the watchdog can end them, and a failure can be attributed to the proxy or the server, and to the time before or
after the request has left.

The adapter of requests is used without a `Session`: its redirects, hooks, cookies and environment are not wanted, and
take half of a request's processor time.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import ssl
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import responses, watchdog
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import PORTS, Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Body, Query, Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import characters, concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption

IMPORT_ERROR: ImportError | None = None
try:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter
    from requests.structures import CaseInsensitiveDict
    from requests.utils import check_header_validity, get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import HTTPError, InsecureRequestWarning
except ImportError as error:  # the runner says so; Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
    if not TYPE_CHECKING:
        HTTPAdapter = HTTPConnection = HTTPSConnection = HTTPConnectionPool = HTTPSConnectionPool = object
        HTTPError = OSError

# What the libraries raise if a request gets no answer; the errors of requests are OSErrors.
FAILURES = (OSError, ValueError, HTTPError)

# A key that is encrypted in a way that `ENCRYPTED` misses then fails: OpenSSL does not ask on the terminal.
NO_PASS_PHRASE = "-"
# The variables of the environment that hold proxies.
PROXIES = ("HTTPS_PROXY", "ALL_PROXY")
# What every request says unless it says something else.
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": responses.ENCODINGS,
    "Connection": "keep-alive",
    "User-Agent": "ngcp.fax",
}
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
    """Opens connections that report, to one server, and repeats nothing by itself."""

    _pool: Any = None

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, key_password=NO_PASS_PHRASE, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        manager = super().proxy_manager_for(proxy, key_password=NO_PASS_PHRASE, **keywords)
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
        return manager

    def get_connection_with_tls_context(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the pool of the server. requests 2.32 and newer would look for it anew with each request."""
        self._pool = self._pool or super().get_connection_with_tls_context(*arguments, **keywords)
        return self._pool

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Return an answer, and spend no time on its cookies."""
        made = Response()
        made.status_code, made.headers, made.raw = resp.status, resp.headers, resp
        return made

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._pool = None
        super().close()


class Transport:
    """Sends requests to one server as the options say, whatever the environment holds. Threads may share it.

    Source: docs/design.md#tls-follows-the-options. Raises `BadOption` for a file or a proxy that cannot be used.
    """

    def __init__(self, connection: Connection, url: str) -> None:
        _check_files(connection)
        self._url = url
        self._timeout = connection.timeout
        self.verify = (connection.ca_path or True) if connection.validate_certs else False
        """Whether the server's certificate is checked, or the file or folder of the authorities to check it with."""
        cert, key = connection.client_cert, connection.client_key
        self.cert = (cert, key) if cert and key else cert
        """The files of the client's certificate and key, the one file of both, or None."""
        self.proxies: dict[str, str] = {}
        """The proxies by scheme, as requests takes them."""
        if not connection.validate_certs:  # the user asked for it
            disable_warnings(InsecureRequestWarning)
        if url.startswith("https:"):  # without TLS a proxy would see the login
            self.proxies = {"https": connection.proxy} if connection.proxy else _environment_proxies(url)
        self._adapter = Adapter(max_retries=0, pool_maxsize=concurrency.MOST)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._adapter.close()

    def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send a request once, with its own headers and these, and return the answer with its body unread.

        Raises one of `FAILURES` if there is no answer.
        """
        own = {**request.headers, **headers}
        for header in own.items():
            check_header_validity(header)
        prepared = self._prepared(request, own)
        return self._adapter.send(
            prepared, stream=True, timeout=self._timeout, verify=self.verify, cert=self.cert, proxies=self.proxies
        )

    @cached_property
    def _base(self) -> str:
        """The server's address, with an international name in ASCII. Raises ValueError if it is not a URL."""
        prepared = PreparedRequest()
        prepared.prepare_url(self._url, None)
        return str(prepared.url).rstrip("/")

    def _prepared(self, request: Request, headers: Mapping[str, str]) -> PreparedRequest:
        """Return a request for the adapter, with no cookie and no login but that of `headers`."""
        body = _body(request)
        made = PreparedRequest()
        made.method, made.url = request.method, f"{self._base}{request.path}{_query(request.params)}"
        made.body = body  # type: ignore[assignment]  # requests takes documents; its types do not say so
        made.headers = CaseInsensitiveDict({**HEADERS, **_headers_of_body(request, body), **headers})
        return made


def _query(params: Query | None) -> str:
    """Return the end of a URL that holds these parameters, without those that are None."""
    given = [(name, value) for name, value in (params or {}).items() if value is not None]
    return f"?{urlencode(given)}" if given else ""


def _body(request: Request) -> bytes | Body | None:
    if request.data is not None:
        return request.data
    return None if request.json is None else json.dumps(request.json, allow_nan=False).encode()


def _headers_of_body(request: Request, body: bytes | Body | None) -> dict[str, str]:
    if body is None:
        return {} if request.method == "GET" else {"Content-Length": "0"}
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


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
