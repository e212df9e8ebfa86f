# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: login, requests, retries.

`error_mapping` says what its answers mean, `transport_errors` why there is none.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import (
    error_body,
    error_mapping,
    response_body,
    transport,
    transport_errors,
    watchdog,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import CircuitBreaker
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import ConcurrencyLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import (
    Connection,
    Token,
    otp_key,
    server,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import (
    BAD_TOKEN,
    BUSY,
    LOGIN,
    REPEATABLE,
    Answer,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import (
    BACKOFF,
    CRASHED,
    Tries,
    jittered,
    retry_after,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.watchdog import Exchange, Watchdog
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    Forbidden,
    LoginRefused,
    NoAnswer,
    NotNgcp,
    NoTokens,
    ServerDown,
    TooLarge,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Listener

IMPORT_ERROR = transport.IMPORT_ERROR

try:
    import requests
    from urllib3 import encode_multipart_formdata
    from urllib3.exceptions import HTTPError
except ImportError:  # `connections` keeps it, and the runner says so
    pass
OTP_IMPORT_ERROR: ImportError | None = None
try:
    import pyotp
except ImportError as error:  # needed for otp_secret only; the runner says so
    OTP_IMPORT_ERROR = error
# A request that only checks whether the server works.
PROBE = "/api/subscribers/"


class UploadBody(Protocol):
    """A document that can be sent: iterating yields its bytes in pieces, from the start each time."""

    @property
    def size(self) -> int:
        """The length in bytes."""

    @property
    def text(self) -> str | None:
        """The whole document if it is a text, otherwise None."""

    @property
    def path(self) -> Path | None:
        """The file that it comes from, if any."""

    def __iter__(self) -> Iterator[bytes]: ...


class Upload:
    """A multipart body that reads its document while it is sent, and from the start if it is sent again."""

    def __init__(self, fields: JsonObject, document: UploadBody, on_moved: Callable[[int], None]) -> None:
        self._document, self._on_moved = document, on_moved
        # The library writes the parts; where the document goes stands a mark that nothing else holds.
        mark = os.urandom(16).hex()
        # The file's own name is not used by the server, and not every multipart reader understands other letters.
        suffix = re.sub(r"[^A-Za-z0-9.]", "_", document.path.suffix) if document.path else ""
        body, self.content_type = encode_multipart_formdata(
            {"json": json.dumps(fields), "faxfile": (f"document{suffix}", mark)}
        )
        self._head, self._tail = body.split(mark.encode())

    def __len__(self) -> int:
        return len(self._head) + self._document.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._told((self._head,))
        yield from self._told(self._document)
        yield from self._told((self._tail,))

    def _told(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            # The next one is wanted: this one has gone over the line.
            self._on_moved(len(piece))


class Client:
    """One session with one server: logs in at the first request and keeps its connections. Threads may share it.

    With `read_only` it refuses every write itself (docs/design.md#check-mode-sends-no-write).
    `secrets` holds every secret value sent or seen, so that they can be taken out of a text. Raises `FaxError`s only.
    """

    def __init__(self, connection: Connection, read_only: bool = False) -> None:
        self.connection = connection
        self.read_only = read_only
        # Who wants to know where a long task is, and that the server has accepted the login.
        self.listener: Listener | None = None
        self.on_accepted: Callable[[], None] = lambda: None
        self.secrets = Secrets((connection.api_password, connection.api_token, connection.otp, connection.otp_secret))
        self.url = server(connection.api_url)
        # None: not logged in yet; "": by the TLS certificate.
        self._authorization: str | None = None
        # The one that the server has accepted, and why it accepts none.
        self._accepted: str | None = None
        self._login_failure: LoginRefused | None = None
        self._pace: ConcurrencyLimit | None = None
        # True once a write was sent that had, or may have had, an effect on the server.
        self.perhaps_wrote = False
        self._tries = Tries()
        self._first_lock = threading.Lock()
        self._login_lock = threading.Lock()
        self._breaker = CircuitBreaker(connection.timeout)
        self._watchdog = Watchdog(self._breaker)
        self._session = transport.session(connection, self.url)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._session.close()
        self._watchdog.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """The JSON object at `path` (`/api/…`)."""
        return self._object(self._request("GET", path, params=params), path)

    def patch(self, path: str, operations: Sequence[Mapping[str, Any]]) -> JsonObject | None:
        """Send a JSON Patch, once. Returns the item as it is afterwards, or None where the server does not say.

        An error tells by `perhaps_done` whether it may have been applied. `pause` waits before another try.
        """
        headers = {"Content-Type": "application/json-patch+json", "Prefer": "return=representation"}
        response = self._request("PATCH", path, json=list(operations), headers=headers)
        return self._object(response, path) if response.content else None

    def pause(self, error: FaxError, tries: int) -> None:
        """Wait before a write that failed so many times is planned anew; ends with the program."""
        # A deadlock is over at once; the random part keeps its two writes apart.
        seconds = CRASHED * tries if error.status == 500 else BACKOFF * 2 ** (tries - 1)
        if error.retry_after is not None:
            self._breaker.heard(error.retry_after)
        self._pause(error.retry_after or jittered(seconds))

    def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the program lives, nor than the run goes on."""
        concurrency.pause(seconds, self._breaker.wait)

    def delete(self, path: str) -> None:
        """Delete an item. Raises `NotFound` if there is none; by `perhaps_done` an error tells if it may be gone."""
        self._request("DELETE", path)

    def post(self, path: str, fields: JsonObject, document: UploadBody | None = None) -> None:
        """Send `fields` as JSON, or with a file as multipart, once. Raises `Uncertain` if the answer is lost."""
        if document is None or document.path is None:
            response = self._request("POST", path, json=fields)
        else:
            upload = Upload(fields, document, self._moved)
            headers = {"Content-Type": upload.content_type}
            response = self._request("POST", path, data=upload, headers=headers, is_document=True)
        if response.status_code != 201 or (response.content and _json(response) is None):
            error = Uncertain(
                "Something else than the API answered", error_mapping.LOOK_FIRST, "POST", path, response.status_code
            )
            error.perhaps_done = True
            raise error

    def download(self, path: str, params: Mapping[str, Any], file: IO[bytes], limit: int) -> None:
        """Write the content at `path` into `file`, from its start, piece by piece.

        Raises `TooLarge` if it has more than `limit` bytes.
        """

        def save(pieces: Iterator[bytes]) -> None:
            with _told_if_full():
                file.seek(0)
                file.truncate()
            for piece in pieces:
                with _told_if_full():
                    file.write(piece)

        # As it is: a content that a proxy has packed does not tell whether it came whole.
        headers = {"Accept-Encoding": "identity"}
        self._request("GET", path, params=params, headers=headers, save=save, limit=limit, is_document=True)

    def begin(self) -> None:
        """Forget what an earlier task with this client has met."""
        self.perhaps_wrote = False
        self._breaker.reset()

    def keep_pace(self, most: int) -> ConcurrencyLimit:
        """From now on at most `most` requests at once, and fewer while the server is busy or slow."""
        self._pace = ConcurrencyLimit(most)
        return self._pace

    def log_in(self) -> Token:
        """Log in by JWT, whatever `auth` says, and return the token."""
        return self._new_token()

    def _authorize(self, refused: str | None = None) -> str:
        """Return the `Authorization` of the next request; log in before the first one (docs/design.md#log-in-once).

        `refused` is one that the server no longer takes: if no other thread has renewed it yet, a new one is made.
        """
        with self._login_lock:
            if self._login_failure:  # another thread's: five would ban the account
                raise self._login_failure.again()
            if self._authorization == refused:
                try:
                    self._authorization = self._log_in(renew=refused is not None)
                except LoginRefused as error:
                    self._login_failure = error
                    raise
            return self._authorization or ""

    def _log_in(self, renew: bool) -> str:
        """By token, JWT, Basic or, with none of these, by the TLS certificate alone; renewed by JWT or Basic."""
        c = self.connection
        if c.auth == "basic":
            return self._basic()
        if c.api_token and not renew:
            return f"Bearer {c.api_token}"
        if not c.api_username:
            return ""
        try:
            # A token that the server has given a moment ago need not be tried by one request first.
            return self._accept(f"Bearer {self._new_token().value}")
        except NoTokens:
            if c.auth == "jwt":
                raise
            return self._basic()

    def _accept(self, authorization: str) -> str:
        self._accepted = authorization
        self.on_accepted()
        return authorization

    def _new_token(self) -> Token:
        c = self.connection
        credentials = {"username": c.api_username, "password": c.api_password, "otp": self._otp()}
        response = self._send("POST", LOGIN, json={name: value for name, value in credentials.items() if value})
        self._check(response, LOGIN)
        answer = self._object(response, LOGIN)
        token, expires = answer.get("jwt"), answer.get("expires")
        if not (isinstance(token, str) and re.fullmatch(r"[!-~]+", token)):
            raise self._not_ngcp(response, LOGIN)
        self.secrets.add(token)
        return Token(token, float(str(expires)) if str(expires).isdecimal() else None)

    def _basic(self) -> str:
        c = self.connection
        # In UTF-8; requests' own helper would encode it as Latin-1 and fail for most of the world's letters.
        pair = base64.b64encode(f"{c.api_username}:{c.api_password}".encode()).decode()
        self.secrets.add(pair)
        return f"Basic {pair}"

    def _otp(self) -> str | None:
        """The one-time password of this moment (RFC 6238)."""
        c = self.connection
        if not c.otp_secret:
            return c.otp
        # The server's secrets have 80 bits, and the library takes 112 at least. Zeros at the end change nothing: HMAC
        # fills a key up with them (RFC 2104).
        secret = otp_key(c.otp_secret).ljust(20, b"\0")
        return str(pyotp.TOTP(base64.b32encode(secret).decode()).now())

    def _request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send one request, logged in, and return its answer. Raises `FaxError` for any answer but a good one."""
        concurrency.check_parent()
        if method == "GET":
            return self._exchange(method, path, **kwargs)
        if self.read_only:
            raise AssertionError(f"check mode must not send {method} {path}")
        self._tries.perhaps_done = False
        try:
            response = self._exchange(method, path, **kwargs)
            self._tries.perhaps_done = True
            return response
        except FaxError as error:
            # A failed login or the end of the run may end it; an earlier try counts all the same.
            error.perhaps_done = self._tries.perhaps_done = error.perhaps_done or self._tries.perhaps_done
            raise
        finally:
            if self._tries.perhaps_done:
                self.perhaps_wrote = True

    def _exchange(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send a request and check the answer, unless the run has stopped because the server answers nobody."""
        about = _about(path, kwargs.get("params"))
        try:
            with self._breaker.waiting(about):
                response = self._send_logged_in(method, path, **kwargs)
        except FaxError as error:
            if _fails(error):
                self._count_failure(about)
            else:
                self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return response

    def _count_failure(self, about: str) -> None:
        """Count a failure of the server; after many in a row, check whether it fails for everything."""
        if not self._breaker.failed(about):
            return
        how = ""
        try:
            answer = self._send("GET", PROBE, self._authorization or "", params={"page": 1, "rows": 1}, retries=0)
            self._check(answer, PROBE)
        except FaxError as error:
            how = (f"HTTP {error.status}" if error.status else "no answer") if _fails(error) else ""
        finally:
            self._breaker.settle(bool(how), how)

    def _send_logged_in(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send, and check what is answered. A token that has expired is renewed once."""
        authorization = self._authorize()
        response = self._send_one_first(method, path, authorization, **kwargs)
        if self._may_renew(response, authorization):
            response = self._send(method, path, self._authorize(refused=authorization), **kwargs)
            if self._may_renew(response, "Bearer "):  # the server's words for what is not for this kind of login, too
                raise Forbidden(
                    error_mapping.NOT_FOR_THIS_LOGIN, error_mapping.ANOTHER_LOGIN, method, path, response.status_code
                )
        self._check(response, path)
        return response

    def _send_one_first(self, method: str, path: str, authorization: str, **kwargs: Any) -> requests.Response:
        """Send; until the server has accepted this authorization once, one request at a time.

        Many at once with a wrong password, or a token that has expired, would ban the account.
        """
        if authorization == self._accepted:
            return self._send(method, path, authorization, **kwargs)
        with self._first_lock:
            if self._login_failure:
                raise self._login_failure.again()
            try:
                response = self._send(method, path, authorization, **kwargs)
            except LoginRefused as refusal:  # by the proxy
                self._login_failure = refusal
                raise
            if response.status_code not in (401, 403, 407):
                self._accept(authorization)
            elif not self._may_renew(response, authorization):
                error = error_mapping.error_of_answer(self._answer(response, path))
                self._login_failure = error if isinstance(error, LoginRefused) else None
            return response

    def _may_renew(self, response: requests.Response, authorization: str) -> bool:
        expired = (
            response.status_code == 403 and authorization.startswith("Bearer ") and bool(self.connection.api_password)
        )
        return expired and BAD_TOKEN in _words(response).text

    def _send(
        self,
        method: str,
        path: str,
        authorization: str = "",
        headers: Mapping[str, str] | None = None,
        retries: int | None = None,
        is_document: bool = False,
        **kwargs: Any,
    ) -> requests.Response:
        """Send one request with its retries, and return whatever is answered. Raises if nothing is."""
        headers = {**(headers or {}), **({"Authorization": authorization} if authorization else {})}
        otp = self._otp() if authorization.startswith("Basic ") else None
        if otp:
            headers["X-OTP"] = otp
        left = self.connection.retries if retries is None else retries
        failed = 0
        with self._pace.request(_kind(method, path)) if self._pace else contextlib.nullcontext():
            while True:
                if self._breaker.stopped:
                    raise self._stopped(method, path)
                exchange = Exchange(self.connection.whole_time)
                pause = None
                try:
                    response = self._try(exchange, method, path, is_document, headers=headers, **kwargs)
                except (OSError, ValueError, HTTPError, response_body.Failed) as failure:  # requests' own are OSErrors
                    if not left or not self._may_repeat(failure, exchange, method, path):
                        raise self._no_answer(failure, exchange, method, path, is_document) from None
                    self._note_try(path, exchange.has_left)
                except BaseException:  # unexpected, or interrupted: the request may have reached the server
                    self._note_try(path, exchange.has_left)
                    raise
                else:
                    if response.status_code in BUSY and self._pace:
                        self._pace.busy()
                    if not left or not _may_ask_again(response, path):
                        return response
                    self._note_try(path, response.status_code != 429)
                    pause = retry_after(response.headers.get("Retry-After"))
                left, failed = left - 1, failed + 1
                seconds = pause or jittered(BACKOFF * 2 ** (failed - 1))
                if pause is not None:
                    self._breaker.heard(seconds)
                self._pause(seconds)

    def _try(
        self,
        exchange: Exchange,
        method: str,
        path: str,
        is_document: bool,
        save: Callable[[Iterator[bytes]], None] | None = None,
        limit: int = response_body.LARGEST,
        **kwargs: Any,
    ) -> requests.Response:
        """Send once, and read what is answered, within bounds. `save` takes the body of a good answer as it comes."""
        with self._watchdog.watch(exchange):
            response = self._session.request(
                method,
                f"{self.url}{path}",
                timeout=self.connection.timeout,
                allow_redirects=False,
                stream=True,
                **kwargs,
            )
            self._breaker.heard()
            on_moved = self._moved if is_document else self._heard
            with contextlib.closing(response):
                content = b""
                if not 200 <= response.status_code < 300:
                    content = response_body.read_words(response, on_moved)
                elif save:
                    save(response_body.whole_document(response, limit, on_moved))
                else:
                    content = response_body.read(response, on_moved)
                response_body.keep(response, content)
            if exchange.is_overdue and 200 <= response.status_code < 300:
                raise response_body.CutOff("ended by the watchdog")
            return response

    def _heard(self, size: int) -> None:
        self._breaker.heard()

    def _moved(self, size: int) -> None:
        """Note that this many bytes of a document were transferred."""
        exchange = watchdog.current()
        if exchange:
            exchange.moved += size
        self._breaker.heard()

    def _note_try(self, path: str, perhaps_done: bool) -> None:
        self._tries.perhaps_done |= perhaps_done and path != LOGIN

    def _may_repeat(self, failure: Exception, exchange: Exchange, method: str, path: str) -> bool:
        """Tell whether a request without an answer may and should be sent once more."""
        if exchange.is_overdue or self._breaker.stopped or isinstance(failure, response_body.TooLarge):
            return False
        # A login whose answer is lost may have been counted as a failure.
        if method not in REPEATABLE and (path != LOGIN or exchange.has_left):
            return False
        causes = list(_chain(failure))
        refused = any(str(cause).startswith(transport_errors.PROXY_REFUSES) for cause in causes)
        return not refused and not any(_is_final(cause) for cause in causes)

    def _no_answer(self, failure: Exception, exchange: Exchange, method: str, path: str, is_document: bool) -> FaxError:
        causes = list(_chain(failure))
        lost = transport_errors.LostRequest(
            self.url,
            method,
            path,
            words=" ".join(f"{type(cause).__name__}: {cause}" for cause in causes),
            timeout=self.connection.timeout,
            proxy=exchange.proxy,
            is_at_proxy=exchange.is_at_proxy,
            has_left=exchange.has_left and not any(_refuses_certificate(cause) for cause in causes),
            has_certificate=bool(self.connection.client_cert),
        )
        if isinstance(failure, response_body.TooLarge):
            error: FaxError = _too_large(failure.limit, method, path, is_document)
        elif self._breaker.stopped:
            error = self._stopped(method, path, uncertain=lost.has_left and lost.sends)
        elif exchange.is_overdue:
            error = transport_errors.overdue(lost, self.connection.whole_time, is_document)
        else:
            error = transport_errors.no_answer(lost)
        error.perhaps_done = _writes(method, path) and (lost.has_left or self._tries.perhaps_done)
        return error

    def _stopped(self, method: str, path: str, uncertain: bool = False) -> FaxError:
        """Return the error for everybody who is left once the run has stopped. It is fatal, or its cause is."""
        stopped = self._breaker.stopped
        if stopped is None:
            raise AssertionError("the run has not stopped")
        if not uncertain:  # the same sentence for everybody: it concerns no single request
            return ServerDown(stopped.what, stopped.advice)
        error = Uncertain(stopped.what, error_mapping.LOOK_FIRST, method, path)
        error.__cause__ = stopped
        return error

    def _check(self, response: requests.Response, path: str) -> None:
        """Raise what an answer means, unless it is a good one."""
        if 200 <= response.status_code < 300 or _holds_the_item(response):
            return
        answer = self._answer(response, path)
        error = error_mapping.error_of_answer(answer)
        refused = error_mapping.surely_refused(answer)
        earlier = _writes(answer.method, path) and self._tries.perhaps_done
        error.perhaps_done = earlier or (_writes(answer.method, path) and not refused)
        error.over = answer.status == 500 and _is_of_the_api(response) and not earlier
        if answer.status in (429, 503):
            error.retry_after = retry_after(response.headers.get("Retry-After"))
        raise error

    def _answer(self, response: requests.Response, path: str) -> Answer:
        words = _words(response)
        return Answer(
            self.url,
            str(response.request.method),
            path,
            response.status_code,
            words=words.text,
            shown=error_body.shown(words, self.secrets),
            redirects=response.is_redirect,
            is_json=error_body.is_json(response.headers.get("Content-Type"), response.content),
        )

    def _object(self, response: requests.Response, path: str) -> JsonObject:
        body = _json(response)
        if not isinstance(body, dict):
            raise self._not_ngcp(response, path)
        return body

    def _not_ngcp(self, response: requests.Response, path: str) -> NotNgcp:
        what, method = error_mapping.NOT_NGCP.format(url=self.url), str(response.request.method)
        error = NotNgcp(what, error_mapping.CHECK_URL, method, path, response.status_code)
        error.perhaps_done = _writes(method, path)
        return error


def _kind(method: str, path: str) -> str | None:
    """What requests for one item have in common that take alike: the method and the resource. None for pages: how long
    one takes its items tell, not the server's health.
    """
    return None if path.endswith("/") else re.sub(r"[^/]*\d[^/]*", "ID", f"{method} {path}")


@contextlib.contextmanager
def _told_if_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadOption(
            f"The document cannot be written ({error.strerror})", "Make room, or write it elsewhere."
        ) from error


def _about(path: str, params: Mapping[str, Any] | None) -> str:
    """Return what a request is about: one subscriber or fax by its id, or a list."""
    number = re.search(r"/(\d+)(/|$)", path)
    return number[1] if number else f"{path}?{sorted((params or {}).items())}"


def _fails(error: FaxError) -> bool:
    """Tell whether an error says that the server, or what is before it, does not work: not that it refuses."""
    busy = error.status in BUSY and error.status != 429  # a server that counts requests works
    return isinstance(error, NoAnswer) or busy or (error.status == 500 and not error.over)


def _is_final(cause: BaseException) -> bool:
    """Tell whether another try would meet the same: TLS that one of the two sides refuses."""
    passing = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLWantReadError)
    return isinstance(cause, ssl.SSLError) and not isinstance(cause, passing) and bool(cause.reason)


def _refuses_certificate(cause: BaseException) -> bool:
    """Tell whether the server ended TLS because of the client's certificate, so that no request has reached it."""
    return isinstance(cause, ssl.SSLError) and bool(re.search(transport_errors.OUR_CERTIFICATE, str(cause)))


def _may_ask_again(response: requests.Response, path: str) -> bool:
    """Tell whether a request may be sent once more after an answer that says that the server is busy."""
    if path == LOGIN:  # where no password was looked at
        return response.status_code in (429, 503)
    return response.status_code in BUSY and response.request.method in REPEATABLE


def _too_large(limit: int, method: str, path: str, is_document: bool) -> FaxError:
    if is_document:
        return TooLarge(
            f"The document is larger than {limit:,} bytes, the limit that max_size sets",
            "Raise max_size if you want it all the same.",
            method,
            path,
        )
    return TooLarge(
        f"The answer is larger than {limit:,} bytes, the most that is taken of settings or of a list",
        "Lower page_size if it is a list; otherwise look for what answers in the server's place.",
        method,
        path,
    )


def _writes(method: str, path: str) -> bool:
    """Tell whether a request changes something on the server."""
    return method != "GET" and path != LOGIN


def _is_of_the_api(response: requests.Response) -> bool:
    """Tell whether an error has the API's own form, and not that of a proxy before it."""
    body = _json(response)
    return isinstance(body, dict) and body.get("code") == response.status_code and bool(body.get("message"))


def _holds_the_item(response: requests.Response) -> bool:
    """Tell whether an answer of 500 to a PATCH holds the item as it is now.

    After a deadlock the panel itself writes once more, and keeps the status of the first try.
    """
    if response.request.method != "PATCH" or response.status_code != 500:
        return False
    body = _json(response)
    return isinstance(body, dict) and isinstance(body.get("_links"), dict)


def _json(response: requests.Response) -> Any:
    """Return the answer's JSON; None if it is not JSON."""
    return error_body.parse(response.content)


def _words(response: requests.Response) -> error_body.Words:
    return error_body.words(response.content, response.headers.get("Content-Type"))


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
