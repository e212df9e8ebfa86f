# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: session, login, requests, retries, and the errors that its answers mean.

The only file that imports requests. How the server behaves: ngcp-api.md, sections "Resources" and "Authentication".
"""

from __future__ import annotations

import base64
import html
import json
import os
import random
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import quote, quote_plus

from ansible_collections.ngcp.fax.plugins.module_utils.errors import (
    BadOption,
    FaxError,
    Forbidden,
    LoginRefused,
    NoAnswer,
    NotFound,
    NotNgcp,
    Rejected,
    ServerFailed,
    Uncertain,
    Unreachable,
)
from ansible_collections.ngcp.fax.plugins.module_utils.resources import MASK, JsonObject

IMPORT_ERROR: ImportError | None = None
try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.exceptions import ChunkedEncodingError
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.exceptions import (
        ConnectTimeoutError,
        HTTPError,
        InsecureRequestWarning,
        InvalidHeader,
        MaxRetryError,
        NewConnectionError,
        ProtocolError,
        ProxyError,
    )
    from urllib3.util.retry import Retry
except ImportError as error:  # the runner says so; Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
    if not TYPE_CHECKING:
        Retry = object

# Reading twice does no harm, and neither does the same PATCH: it sets whole fields. A second POST is a second fax
# (design rule 11).
REPEATABLE = frozenset({"GET", "PATCH"})
BUSY = frozenset({429, 502, 503, 504})
# The answers of a server or proxy that lost patience with a request that it may have passed on.
GAVE_UP = frozenset({408, 502, 504})
# The longest pause between two tries in seconds, whatever the server's Retry-After asks for.
LONGEST_PAUSE = 60.0
LOGIN = "/login_jwt"
# The most that is quoted of the server's words, in characters.
LONGEST_QUOTE = 300


@dataclass(frozen=True)
class Connection:
    """How to reach and log in to one NGCP: the options of the same names (doc fragment `connection`)."""

    api_url: str = "https://127.0.0.1:1443"
    api_username: str | None = None
    api_password: str | None = None
    api_token: str | None = None
    auth: str = "auto"
    otp: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = None
    timeout: float = 60.0
    retries: int = 3


class Sentence(NamedTuple):
    """What an answer, or none, means: `pattern` is searched in the server's or the library's words.

    `passing`: it may be over when the next request is sent.
    """

    pattern: str
    what: str
    advice: str
    passing: bool = False


CHECK_URL = "Check api_url: the API is usually at https, port 1443."
LOOK_FIRST = "The server may have received it: look there before you send it again."

# Why there is no answer, the first one that fits. What is searched is the whole chain of the library's errors; it is
# never shown, for it may hold credentials.
NO_ANSWER = (
    Sentence(
        r"CERTIFICATE_VERIFY_FAILED.*(mismatch|not valid for)",
        "The certificate of {url} is for another name",
        "Give as api_url a name that the certificate holds.",
    ),
    Sentence(
        r"CERTIFICATE_VERIFY_FAILED",
        "The certificate of {url} is not trusted",
        "Give the authority that signed it as ca_path (validate_certs: false turns the check off, for tests only).",
    ),
    Sentence(
        r"WRONG_VERSION_NUMBER|RECORD_LAYER|HTTP_REQUEST|UNKNOWN_PROTOCOL|PACKET_LENGTH",
        "What answers at {url} does not speak TLS",
        CHECK_URL,
    ),
    Sentence(
        r"Proxy(Error|URL|Scheme)|Tunnel connection failed|SOCKS|Failed to parse",
        "The proxy does not let the connection to {url} through",
        "Check the option proxy, or HTTPS_PROXY and NO_PROXY in the environment.",
    ),
    Sentence(
        r"NameResolution|getaddrinfo|not known|No address associated",
        "The host of {url} is not known",
        "Check api_url and this machine's name servers.",
    ),
    Sentence(
        r"Connection refused|Errno 111",
        "{url} refuses the connection",
        "Check api_url, and whether the server runs and its firewall lets this machine in.",
    ),
    Sentence(
        r"ConnectTimeout|unreachable|No route to host",
        "{url} cannot be reached",
        "Check api_url, the network and the firewall.",
    ),
    Sentence(
        r"KEY_VALUES_MISMATCH|NO_START_LINE|PEM lib|no certificate or crl",
        "ca_path, client_cert or client_key is not a PEM file that fits",
        "Check the three files: a certificate, and the key that belongs to it.",
    ),
    Sentence(
        r"CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA",
        "{url} does not accept this client's certificate",
        "Give client_cert and client_key, signed by an authority that the server trusts.",
    ),
    Sentence(r"timed out|Timeout", "{url} did not answer within {timeout:g} s", "Try again, or raise timeout.", True),
    Sentence(
        r"",
        "The connection to {url} was cut off before the answer was complete",
        "Try again; if it lasts, look at the server, its proxy and the network.",
        True,
    ),
)

# A login that was refused, and what the server calls it (ngcp-api.md, "Authentication").
REFUSED = (
    Sentence(
        r"User not found|Authorization required",
        "The server does not accept this username and password",
        "Correct api_username and api_password. Nothing was tried again: five failures ban the account.",
    ),
    Sentence(
        r"No username or password",
        "The server was given no username or no password",
        "Set api_username and api_password.",
    ),
    Sentence(
        r"Banned",
        "The account is banned on this address after too many failed logins",
        "Wait until the ban ends (5 to 60 minutes) or have it lifted in the panel, and correct the password first.",
    ),
    Sentence(r"Invalid OTP", "The server does not accept the one-time password", "Give the current one as otp."),
    Sentence(r"Password expired", "The password has expired", "Set a new one in the panel."),
    Sentence(
        r"Invalid user",
        "The server does not accept the token",
        "It is wrong or has expired: log in again, or give api_username and api_password.",
    ),
)
FORBIDDEN = (
    Sentence(r"[Ll]icense", "The server has no licence for fax", "Have the fax licence added to this NGCP."),
    Sentence(
        r"read-only|^Forbidden$",
        "This login may not do that; a read-only administrator may read only",
        "Use a login that may write, or run with --check.",
    ),
    Sentence(r"", "The server does not allow it: {message}", "Use a login that may do this."),
)


class PatientRetry(Retry):
    """urllib3's Retry with jitter, with a bound on every pause, and never for what must not be repeated."""

    def get_backoff_time(self) -> float:
        return min(super().get_backoff_time() * random.uniform(0.5, 1.5), LONGEST_PAUSE)

    def get_retry_after(self, response: Any) -> float | None:
        try:
            seconds = super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):  # a text, or a date or number beyond all measure
            return None
        return None if seconds is None else min(seconds, LONGEST_PAUSE)

    def increment(self, method: str | None = None, url: str | None = None, *args: Any, **kwargs: Any) -> PatientRetry:
        # urllib3 knows methods only, and takes a TLS connection that is cut off in the middle of an answer for one that
        # never came about. A login may be tried again where no password was looked at.
        error = kwargs.get("error")
        login = str(url).endswith(LOGIN) and (error is None or _never_left(error))
        if method not in REPEATABLE and not login:
            raise MaxRetryError(kwargs["_pool"], url or "", error) from error
        return super().increment(method, url, *args, **kwargs)


class Client:
    """One session with one server: logs in at the first request and keeps its connection.

    With `read_only` it refuses every write itself, so that check mode cannot write by mistake (design rule 5).
    `secrets` holds every secret value sent or seen, so that they can be taken out of a text. Raises `FaxError`s only.
    """

    def __init__(self, connection: Connection, read_only: bool = False) -> None:
        self.connection = connection
        self.read_only = read_only
        self.secrets = {secret for secret in (connection.api_password, connection.api_token, connection.otp) if secret}
        self._url = connection.api_url.rstrip("/").removesuffix("/api")
        self._logged_in = False
        self._retry = PatientRetry(
            total=connection.retries,
            backoff_factor=0.5,
            status_forcelist=BUSY,
            allowed_methods=None,
            raise_on_status=False,
        )
        self._session = self._new_session()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._session.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """The JSON object at `path` (`/api/…`)."""
        return self._object(self._request("GET", path, params=params), path)

    def patch(self, path: str, operations: Sequence[Mapping[str, Any]]) -> JsonObject | None:
        """Send a JSON Patch. Returns the item as it is afterwards, or None where the server does not say."""
        headers = {"Content-Type": "application/json-patch+json", "Prefer": "return=representation"}
        response = self._request("PATCH", path, json=list(operations), headers=headers)
        return self._object(response, path) if response.content else None

    def post(self, path: str, **body: Any) -> None:
        """Send something once; `body` is requests' `json` or `files`. Raises `Uncertain` if the answer is lost."""
        response = self._request("POST", path, **body)
        if response.content and _json(response) is None:
            raise Uncertain("Something else than the API answered", LOOK_FIRST, "POST", path, response.status_code)

    def items(self, resource: str, params: Mapping[str, Any], rows: int) -> Iterator[JsonObject]:
        """The items of a collection, read page by page of `rows` as they are used.

        Check that they are what `params` asked for: an unknown filter is ignored, and `%` and `_` in a value are
        wildcards (design rule 9). HAL: `_embedded` is missing on an empty page, and holds one object instead of a list
        on older releases (ngcp-api.md, "Resources" and "Collections").
        """
        page, more = 0, True
        while more:
            page += 1
            body = self.get(f"/api/{resource}/", {**params, "rows": rows, "page": page})
            items = (body.get("_embedded") or {}).get(f"ngcp:{resource}") or []
            yield from items if isinstance(items, list) else [items]
            more = bool(items) and "next" in (body.get("_links") or {})

    def _new_session(self) -> requests.Session:
        """A session that does what the options say, whatever the environment holds (design rule 12)."""
        c = self.connection
        for option in ("ca_path", "client_cert", "client_key"):
            path = getattr(c, option)
            if path and not (os.access(path, os.R_OK) and (option == "ca_path" or Path(path).is_file())):
                raise BadOption(
                    f"{option}: '{path}' cannot be read", "Give a file that is there and that you may read."
                )
        session = requests.Session()
        session.trust_env = False
        session.verify = (c.ca_path or True) if c.validate_certs else False
        if not c.validate_certs:  # asked for: no need to be told with every request
            disable_warnings(InsecureRequestWarning)
        session.cert = (c.client_cert, c.client_key) if c.client_cert and c.client_key else c.client_cert
        if self._url.startswith("https:"):  # without TLS the proxy would read the login
            session.proxies.update({"https": c.proxy} if c.proxy else get_environ_proxies(self._url))
        session.headers.update({"Accept": "application/json", "User-Agent": "ngcp.fax"})
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=self._retry))
        return session

    def _log_in(self) -> None:
        """Log in once (design rule 14): by token, JWT, Basic or, with none of these, by the TLS certificate alone."""
        c = self.connection
        if c.auth == "basic":
            self._use_basic()
        elif c.api_token:
            self._use_token(c.api_token)
        elif c.api_username:
            self._log_in_by_jwt()
        self._logged_in = True

    def _log_in_by_jwt(self) -> None:
        c = self.connection
        credentials = {"username": c.api_username, "password": c.api_password, "otp": c.otp}
        response = self._send("POST", LOGIN, json={name: value for name, value in credentials.items() if value})
        if c.auth == "auto" and "No JWT key has been configured" in _message(response):
            self._use_basic()
            return
        if response.status_code in (401, 403, 422) and _message(response):
            self._refuse(response, LOGIN)
        self._check(response, LOGIN)
        token = self._object(response, LOGIN).get("jwt")
        if not (isinstance(token, str) and re.fullmatch(r"[!-~]+", token)):
            self._not_ngcp(response, LOGIN)
        self._use_token(token)

    def _use_token(self, token: str) -> None:
        self.secrets.add(token)
        self._session.headers["Authorization"] = f"Bearer {token}"

    def _use_basic(self) -> None:
        c = self.connection
        # In UTF-8; requests' own helper would encode it as Latin-1 and fail for most of the world's letters.
        pair = base64.b64encode(f"{c.api_username}:{c.api_password}".encode()).decode()
        self.secrets.add(pair)
        self._session.headers["Authorization"] = f"Basic {pair}"
        if c.otp:
            self._session.headers["X-OTP"] = c.otp

    def _request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One request, logged in; returns its answer if it is a good one."""
        if self.read_only and method != "GET":
            raise AssertionError(f"check mode must not send {method} {path}")
        if not self._logged_in:
            self._log_in()
        response = self._send(method, path, **kwargs)
        self._check(response, path)
        return response

    def _send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One request with its retries; returns whatever is answered."""
        retry = self._retry
        while True:
            try:
                return self._session.request(
                    method, f"{self._url}{path}", timeout=self.connection.timeout, allow_redirects=False, **kwargs
                )
            except (OSError, ValueError, HTTPError) as failure:  # requests' own errors are OSErrors
                if method not in REPEATABLE or not _body_cut_off(failure):
                    raise self._no_answer(failure, method, path) from None
                # The adapter's own retries end with the answer's headers.
                try:
                    retry = retry.increment(method, path, error=ProtocolError("cut off"))
                except MaxRetryError:
                    raise self._no_answer(failure, method, path) from None
                retry.sleep()

    def _no_answer(self, failure: Exception, method: str, path: str) -> FaxError:
        """Why no answer came. The library's words are matched and never shown: they may hold credentials."""
        text = " ".join(f"{type(cause).__name__}: {cause}" for cause in _chain(failure))
        facts = {"url": self._url, "timeout": self.connection.timeout}
        sentence = _first(NO_ANSWER, text) or NO_ANSWER[-1]
        what = sentence.what.format(**facts)
        if not (_never_left(failure) or method in REPEATABLE or path == LOGIN):
            return Uncertain(what, LOOK_FIRST, method, path)
        return (NoAnswer if sentence.passing else Unreachable)(what, sentence.advice, method, path)

    def _check(self, response: requests.Response, path: str) -> None:
        """Raise what an answer means, unless it is a good one."""
        status, message = response.status_code, _message(response)
        where = (str(response.request.method), path, status)
        if status < 300:
            return
        if status == 401 or (status == 403 and _first(REFUSED, message)):
            self._refuse(response, path)
        unexplained = status >= 500 and status not in BUSY and not message
        if where[0] == "POST" and path != LOGIN and (status in GAVE_UP or unexplained):
            raise Uncertain("The server or its proxy gave up before it had an answer", LOOK_FIRST, *where)
        if status in BUSY:
            again = where[0] in REPEATABLE or path == LOGIN
            retried = f" through {self.connection.retries} retries" if again else ""
            raise ServerFailed(
                f"The server was busy or unavailable{retried}",
                "Try again later; if it lasts, look at the server's load and its proxy.",
                *where,
            )
        if status == 413:
            raise Rejected("The server's proxy does not take a request of this size", "Send less at once.", *where)
        if status >= 500:
            raise ServerFailed(
                f"The server failed: {self._quoted(message) or 'it answered with an HTML error page'}",
                "Look into the panel's log for the reason."
                + (" A value that its database cannot store is a common one." if where[0] == "PATCH" else ""),
                *where,
            )
        if not message or status < 400:
            self._not_ngcp(response, path)
        if status == 403:
            sentence = _first(FORBIDDEN, message) or FORBIDDEN[-1]
            raise Forbidden(sentence.what.format(message=self._quoted(message)), sentence.advice, *where)
        if status == 404 and "Path not found" in message:
            raise NotFound(
                f"This server does not know {path}", "Its release is too old, or fax is not installed on it.", *where
            )
        if status == 404:
            raise NotFound(self._quoted(message), "It does not exist, or this login may not see it.", *where)
        raise Rejected(
            f"The server rejects it: {self._quoted(_readable(message))}", "Correct the value and run it again.", *where
        )

    def _refuse(self, response: requests.Response, path: str) -> NoReturn:
        message = _message(response) or response.text
        sentence = _first(REFUSED, message) or Sentence(
            "", "The server refuses the login", "Look into the panel's log."
        )
        raise LoginRefused(sentence.what, sentence.advice, str(response.request.method), path, response.status_code)

    def _not_ngcp(self, response: requests.Response, path: str) -> NoReturn:
        what = f"What answers at {self._url} is not the API of an NGCP"
        if response.is_redirect:
            what = f"{self._url} redirects to another address, and a redirect could carry the login there"
        raise NotNgcp(what, CHECK_URL, str(response.request.method), path, response.status_code)

    def _quoted(self, message: str) -> str:
        """The server's own words as they may be shown: one line, not too long, and without a secret (design rule 8)."""
        line = next(iter(message.splitlines()), "")
        for form in sorted({form for secret in self.secrets for form in _forms(secret)}, key=len, reverse=True):
            line = line.replace(form, MASK)
        return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"

    def _object(self, response: requests.Response, path: str) -> JsonObject:
        body = _json(response)
        if not isinstance(body, dict):
            self._not_ngcp(response, path)
        return body


def _forms(secret: str) -> set[str]:
    """How a secret may come back in a server's words: as it is, or escaped on its way through JSON, HTML or a URL."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    coded = {quote(secret), quote_plus(secret), base64.b64encode(secret.encode()).decode()}
    return {form for form in {secret, " ".join(secret.split())} | escaped | coded if form}


def _never_left(failure: BaseException) -> bool:
    """Whether a request surely has not reached the server: no connection came about, or TLS did not trust it.

    By type: the same words can come from a connection that breaks off later.
    """
    kinds = (ConnectTimeoutError, NewConnectionError, ProxyError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, kinds) for cause in _chain(failure))


def _body_cut_off(failure: Exception) -> bool:
    """Whether the connection was lost in the middle of an answer, and not after all of the adapter's own retries."""
    lost = isinstance(failure, (ChunkedEncodingError, requests.ConnectionError))
    return lost and not any(isinstance(cause, MaxRetryError) for cause in _chain(failure))


def _json(response: requests.Response) -> Any:
    """The answer's JSON, None if it holds none. The content type does not tell: some errors come without one."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _message(response: requests.Response) -> str:
    """The server's own words of an error; empty where the answer is not this API's."""
    body = _json(response)
    return str(body.get("message") or "") if isinstance(body, dict) else ""


def _readable(message: str) -> str:
    """A 422 without the values it echoes, which may be secret: `0_filetype: 'DOC' is not a valid value`."""
    pattern = r"field='(.*?)', input='.*?', errors='(.*?)'(?=; field=|$)"
    found = re.findall(pattern, message, flags=re.DOTALL)
    return "; ".join(f"{field}: {errors}" for field, errors in found) or message


def _first(sentences: Sequence[Sentence], text: str) -> Sentence | None:
    return next((sentence for sentence in sentences if re.search(sentence.pattern, text, flags=re.DOTALL)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those it was raised from or was given."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [one.__cause__, getattr(one, "reason", None), *one.args]
