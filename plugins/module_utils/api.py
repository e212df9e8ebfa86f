# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: session, login, requests, retries. What its answers mean is in `answers`.

The only file that imports requests. How the server behaves: ngcp-api.md, sections "Resources" and "Authentication".
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ngcp.fax.plugins.module_utils import answers, error_body, workers
from ansible_collections.ngcp.fax.plugins.module_utils.answers import (
    BAD_TOKEN,
    BUSY,
    LOGIN,
    REPEATABLE,
    Answer,
)
from ansible_collections.ngcp.fax.plugins.module_utils.documents import CHUNK, Document
from ansible_collections.ngcp.fax.plugins.module_utils.errors import (
    BadOption,
    FaxError,
    Forbidden,
    LoginRefused,
    NotNgcp,
    NoTokens,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils.masks import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils.pace import Pace
from ansible_collections.ngcp.fax.plugins.module_utils.progress import Listener
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject

IMPORT_ERROR: ImportError | None = None
try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.exceptions import ChunkedEncodingError
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings, encode_multipart_formdata
    from urllib3.exceptions import (
        ConnectTimeoutError,
        HTTPError,
        InsecureRequestWarning,
        InvalidHeader,
        MaxRetryError,
        NewConnectionError,
        ProtocolError,
    )
    from urllib3.util.retry import Retry
except ImportError as error:  # the runner says so; Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
    if not TYPE_CHECKING:
        Retry = object
OTP_IMPORT_ERROR: ImportError | None = None
try:
    import pyotp
except ImportError as error:  # needed for otp_secret only; the runner says so
    OTP_IMPORT_ERROR = error

# The longest pause between two tries in seconds, whatever the server's Retry-After asks for.
LONGEST_PAUSE = 60.0
# The first pause before another try in seconds, which doubles with each; after a crash, the pause of each try so far.
BACKOFF, CRASHED = 0.5, 0.15
# What Python's http.client says if a proxy refuses to connect.
NO_TUNNEL = "Tunnel connection failed"
# The ports that an address need not name.
PORTS = {"https": 443, "http": 80}


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
    retries: int = 3


@dataclass(frozen=True)
class Token:
    """A token (JWT), and when the server ends it (seconds since 1970), if it does."""

    value: str
    expires: float | None


class Upload:
    """A multipart body that reads its document while it is sent, and from the start if it is sent again."""

    def __init__(self, fields: JsonObject, document: Document) -> None:
        self._document = document
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
        yield self._head
        yield from self._document
        yield self._tail


class Tries(threading.local):
    """What is known of the tries of the request that a thread is at."""

    # Whether one of them may have had an effect on the server.
    perhaps_done = False


class PatientRetry(Retry):
    """urllib3's Retry with jitter, with a bound on every pause, and never for what must not be repeated."""

    # Told of every answer that says that the server is busy.
    pace: Pace | None = None
    # Told of every try that may have had an effect.
    tries: Tries

    def new(self, **kw: Any) -> PatientRetry:
        retry: PatientRetry = super().new(**kw)
        retry.pace, retry.tries = self.pace, self.tries
        return retry

    def get_backoff_time(self) -> float:
        # urllib3 repeats at once after the first failure.
        return jittered(max(super().get_backoff_time(), float(self.backoff_factor)))

    def get_retry_after(self, response: Any) -> float | None:
        try:
            seconds = super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):  # a text, or a date or number beyond all measure
            return None
        return None if seconds is None else min(seconds, LONGEST_PAUSE)

    def sleep(self, response: Any = None) -> None:
        wanted = self.get_retry_after(response) if self.respect_retry_after_header and response else None
        workers.pause(wanted or self.get_backoff_time())

    def increment(self, method: str | None = None, url: str | None = None, *args: Any, **kwargs: Any) -> PatientRetry:
        # urllib3 knows methods only, and takes a TLS connection that is cut off in the middle of an answer for one that
        # never came about. A login may be tried again where no password was looked at.
        error = kwargs.get("error")
        answer = kwargs.get("response")
        status = getattr(answer, "status", 0)
        if self.pace and status in BUSY:
            self.pace.busy()
        logs_in = str(url).endswith(LOGIN)
        if not logs_in and (status not in (413, 429) if error is None else not _never_left(error)):
            self.tries.perhaps_done = True
        looked_at = error is None and status not in (429, 503)
        login = logs_in and not looked_at and (error is None or _never_left(error))
        distrusted = error is not None and any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error))
        if distrusted or not (method in REPEATABLE or login):
            raise MaxRetryError(kwargs["_pool"], url or "", error) from error
        return super().increment(method, url, *args, **kwargs)


def jittered(seconds: float) -> float:
    """A pause of about so many seconds, within bounds: clients that failed together must not come back together."""
    return min(seconds * random.uniform(0.5, 1.5), LONGEST_PAUSE)


def server(api_url: str) -> str:
    """The address of a server, however the option writes it."""
    return api_url.rstrip("/").removesuffix("/api")


def same_server(one: str, other: str) -> bool:
    """Whether two addresses are that of one server."""
    return _address(one) == _address(other)


def _address(api_url: str) -> tuple[Any, ...]:
    """An address without what does not tell servers apart: how its host is written, and the port that goes without
    saying.
    """
    try:
        parts = urlsplit(server(api_url))
        return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme), parts.path
    except ValueError:  # no address
        return (api_url,)


class Client:
    """One session with one server: logs in at the first request and keeps its connections. Threads may share it.

    With `read_only` it refuses every write itself, so that check mode cannot write by mistake (design rule 5).
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
        self._pace: Pace | None = None
        # Whether a write was sent that had, or may have had, an effect on the server.
        self.perhaps_wrote = False
        self._tries = Tries()
        self._first_lock = threading.Lock()
        self._login_lock = threading.Lock()
        self._retry = PatientRetry(
            total=connection.retries,
            backoff_factor=BACKOFF,
            status_forcelist=BUSY,
            allowed_methods=None,
            raise_on_status=False,
        )
        self._retry.tries = self._tries
        self._session = self._new_session()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._session.close()

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
        # A deadlock is over at once; the random part keeps those apart that met in it.
        seconds = CRASHED * tries if error.status == 500 else BACKOFF * 2 ** (tries - 1)
        workers.pause(jittered(seconds) if error.retry_after is None else error.retry_after)

    def delete(self, path: str) -> None:
        """Delete an item. Raises `NotFound` if there is none; by `perhaps_done` an error tells if it may be gone."""
        self._request("DELETE", path)

    def post(self, path: str, fields: JsonObject, document: Document | None = None) -> None:
        """Send `fields` as JSON, or with a file as multipart, once. Raises `Uncertain` if the answer is lost."""
        if document is None or document.path is None:
            response = self._request("POST", path, json=fields)
        else:
            upload = Upload(fields, document)
            response = self._request("POST", path, data=upload, headers={"Content-Type": upload.content_type})
        if response.status_code != 201 or (response.content and _json(response) is None):
            error = Uncertain(
                "Something else than the API answered", answers.LOOK_FIRST, "POST", path, response.status_code
            )
            error.perhaps_done = True
            raise error

    def download(self, path: str, params: Mapping[str, Any], file: IO[bytes]) -> None:
        """Write the content at `path` into `file`, from its start, piece by piece."""

        def save(response: requests.Response) -> None:
            file.seek(0)
            file.truncate()
            for chunk in response.iter_content(CHUNK):
                try:
                    file.write(chunk)
                except OSError as error:
                    raise BadOption(
                        f"The document cannot be written ({error.strerror})", "Make room, or write it elsewhere."
                    ) from error
            _check_whole(response, file.tell())

        # As it is: a content that a proxy has packed does not tell whether it came whole.
        self._request("GET", path, params=params, headers={"Accept-Encoding": "identity"}, use=save)

    def keep_pace(self, most: int) -> Pace:
        """From now on at most `most` requests at once, and fewer while the server is busy or slow."""
        self._pace = self._retry.pace = Pace(most)
        return self._pace

    def log_in(self) -> Token:
        """Log in by JWT, whatever `auth` says, and return the token."""
        return self._new_token()

    def _new_session(self) -> requests.Session:
        """A session that does what the options say, whatever the environment holds (design rule 12)."""
        c = self.connection
        for option in ("ca_path", "client_cert", "client_key"):
            path = getattr(c, option)
            if path and not (os.access(path, os.R_OK) and (option == "ca_path" or Path(path).is_file())):
                # Of several lines it is a key itself, and no path of one.
                what = f"'{path}'" if len(path.splitlines()) == 1 else "This text of several lines"
                raise BadOption(f"{option}: {what} cannot be read", "Give a file that is there and that you may read.")
        session = requests.Session()
        session.trust_env = False
        session.verify = (c.ca_path or True) if c.validate_certs else False
        if not c.validate_certs:  # asked for: no need to be told with every request
            disable_warnings(InsecureRequestWarning)
        session.cert = (c.client_cert, c.client_key) if c.client_cert and c.client_key else c.client_cert
        if self.url.startswith("https:"):  # without TLS the proxy would read the login
            session.proxies.update({"https": c.proxy} if c.proxy else get_environ_proxies(self.url))
        session.headers.update({"Accept": "application/json", "User-Agent": "ngcp.fax"})
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=self._retry, pool_maxsize=workers.MOST))
        return session

    def _authorize(self, refused: str | None = None) -> str:
        """The `Authorization` of the next request; logs in at the first one (design rule 14).

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
        """One request, logged in; returns its answer if it is a good one."""
        workers.check_parent()
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
            self._tries.perhaps_done = error.perhaps_done
            raise
        finally:
            self.perhaps_wrote |= self._tries.perhaps_done

    def _exchange(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send, and check what is answered. A token that has expired is renewed once."""
        authorization = self._authorize()
        response = self._send_one_first(method, path, authorization, **kwargs)
        if self._may_renew(response, authorization):
            response = self._send(method, path, self._authorize(refused=authorization), **kwargs)
            if self._may_renew(response, "Bearer "):  # the server's words for what is not for this kind of login, too
                raise Forbidden(answers.NOT_FOR_THIS_LOGIN, answers.ANOTHER_LOGIN, method, path, response.status_code)
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
            response = self._send(method, path, authorization, **kwargs)
            if response.status_code not in (401, 403):
                self._accept(authorization)
            elif not self._may_renew(response, authorization):
                error = answers.meaning(self._answer(response, path))
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
        use: Callable[[requests.Response], None] | None = None,
        headers: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """One request with its retries; returns whatever is answered. `use` reads the answer's body as it comes."""
        headers = {**(headers or {}), **({"Authorization": authorization} if authorization else {})}
        otp = self._otp() if authorization.startswith("Basic ") else None
        if otp:
            headers["X-OTP"] = otp
        retry = self._retry
        while True:
            try:
                with self._pace.request(_kind(method, path)) if self._pace else contextlib.nullcontext():
                    response = self._session.request(
                        method,
                        f"{self.url}{path}",
                        headers=headers,
                        timeout=self.connection.timeout,
                        allow_redirects=False,
                        stream=use is not None,
                        **kwargs,
                    )
                with contextlib.closing(response):
                    # An error's words are read here, a content by whoever wants it.
                    use(response) if use and 200 <= response.status_code < 300 else response.content
                return response
            except (OSError, ValueError, HTTPError) as failure:  # requests' own errors are OSErrors
                if method not in REPEATABLE or not _body_cut_off(failure):
                    raise self._no_answer(failure, method, path) from None
                # The adapter's own retries end with the answer's headers.
                try:
                    retry = retry.increment(method, path, error=ProtocolError("cut off"))
                except MaxRetryError:
                    raise self._no_answer(failure, method, path) from None
                retry.sleep()
            except BaseException:  # unexpected, or interrupted: nobody knows how far the request came
                self._tries.perhaps_done |= path != LOGIN
                raise

    def _no_answer(self, failure: Exception, method: str, path: str) -> FaxError:
        words = " ".join(f"{type(cause).__name__}: {cause}" for cause in _chain(failure))
        left = not _never_left(failure)
        error = answers.no_answer(self.url, self.connection.timeout, method, path, words, left)
        error.perhaps_done = _writes(method, path) and (left or self._tries.perhaps_done)
        return error

    def _check(self, response: requests.Response, path: str) -> None:
        """Raise what an answer means, unless it is a good one."""
        if 200 <= response.status_code < 300 or _holds_the_item(response):
            return
        answer = self._answer(response, path)
        error = answers.meaning(answer)
        refused = answers.surely_refused(answer)
        error.perhaps_done = _writes(answer.method, path) and (self._tries.perhaps_done or not refused)
        error.over = answer.status == 500 and bool(answer.words)
        if answer.status in (429, 503):
            error.retry_after = self._retry.get_retry_after(response)
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
            is_json=error_body.is_json(response.headers.get("Content-Type")),
        )

    def _object(self, response: requests.Response, path: str) -> JsonObject:
        body = _json(response)
        if not isinstance(body, dict):
            raise self._not_ngcp(response, path)
        return body

    def _not_ngcp(self, response: requests.Response, path: str) -> NotNgcp:
        what, method = answers.NOT_NGCP.format(url=self.url), str(response.request.method)
        error = NotNgcp(what, answers.CHECK_URL, method, path, response.status_code)
        error.perhaps_done = _writes(method, path)
        return error


def _kind(method: str, path: str) -> str | None:
    """What requests for one item have in common that take alike: the method and the resource. None for pages: how long
    one takes its items tell, not the server's health.
    """
    return None if path.endswith("/") else re.sub(r"[^/]*\d[^/]*", "ID", f"{method} {path}")


def otp_key(secret: str) -> bytes:
    """The key in the secret of a one-time password: base32, in blocks or not, of either case. Raises ValueError."""
    text = re.sub(r"[\s=-]", "", secret).upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _never_left(failure: BaseException) -> bool:
    """Whether a request surely has not reached the server: no connection came about, or TLS did not trust it.

    By type: the same words can come from a connection that breaks off later.
    """
    # No ProxyError: urllib3 makes one also of a connection that is lost behind the proxy.
    kinds = (ConnectTimeoutError, NewConnectionError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, kinds) or str(cause).startswith(NO_TUNNEL) for cause in _chain(failure))


def _writes(method: str, path: str) -> bool:
    """Tell whether a request changes something on the server."""
    return method != "GET" and path != LOGIN


def _holds_the_item(response: requests.Response) -> bool:
    """Tell whether an answer of 500 to a PATCH holds the item as it is now.

    After a deadlock the panel itself writes once more, and keeps the status of the first try.
    """
    if response.request.method != "PATCH" or response.status_code != 500:
        return False
    body = _json(response)
    return isinstance(body, dict) and isinstance(body.get("_links"), dict)


def _body_cut_off(failure: Exception) -> bool:
    """Whether the connection was lost in the middle of an answer, and not after all of the adapter's own retries."""
    lost = isinstance(failure, (ChunkedEncodingError, requests.ConnectionError))
    return lost and not any(isinstance(cause, MaxRetryError) for cause in _chain(failure))


def _check_whole(response: requests.Response, size: int) -> None:
    """Raise requests' own error of a broken connection unless a body is surely complete.

    Older releases of urllib3 do not compare lengths; and a body that ends with the connection may have been cut off.
    """
    announced = response.headers.get("Content-Length")
    whole = size == int(str(announced)) if str(announced).isdecimal() else "Transfer-Encoding" in response.headers
    if not whole or response.status_code != 200:
        raise ChunkedEncodingError("the body is not complete")


def _json(response: requests.Response) -> Any:
    """The answer's JSON, None if it holds none."""
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
