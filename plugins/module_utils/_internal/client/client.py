# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of one server: read, write, send documents and fetch them."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import error_mapping, retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.authentication import Authentication
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.responses import Response
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import UNCOUNTED, Query, Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.sender import RequestLimit, Sender
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import Token, TokenStore
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoAnswer,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Listener

with contextlib.suppress(ImportError):  # `transport.IMPORT_ERROR` keeps it, and the runner reports it
    from urllib3 import encode_multipart_formdata

# A request that only checks whether the server works.
PROBE = "/api/subscribers/"


class UploadBody(Protocol):
    """A document to send. Iterating yields its bytes in pieces, from the start each time."""

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
    """A multipart body that reads its document while it is sent, and again from the start with another try."""

    def __init__(self, fields: JsonObject, document: UploadBody, on_sent: Callable[[int], None]) -> None:
        self._document, self._on_sent = document, on_sent
        # urllib3 writes the parts, with a mark in place of the document.
        mark = os.urandom(16).hex()
        # The server ignores the file's own name, and not every multipart reader understands other letters.
        suffix = re.sub(r"[^A-Za-z0-9.]", "_", document.path.suffix) if document.path else ""
        body, self.content_type = encode_multipart_formdata(
            {"json": json.dumps(fields), "faxfile": (f"document{suffix}", mark)}
        )
        self._head, self._tail = body.split(mark.encode())

    def __len__(self) -> int:
        return len(self._head) + self._document.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        for pieces in ((self._head,), self._document, (self._tail,)):
            yield from self._counted(pieces)

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            # The reader asks for the next piece only after it has sent this one.
            self._on_sent(len(piece))


class Client:
    """One session with one server: logs in at the first request, and keeps its connections. Threads may share it.

    All methods raise `FaxError`s only.
    """

    def __init__(self, connection: Connection, read_only: bool = False) -> None:
        self.connection = connection
        self.read_only = read_only
        """Refuse every write, so that check mode cannot write by mistake
        (docs/design.md#check-mode-sends-no-write)."""
        self.secrets = Secrets((connection.api_password, connection.api_token, connection.otp, connection.otp_secret))
        """Every secret value sent or seen, so that texts can be redacted."""
        self.listener: Listener | None = None
        """Receives the progress of long tasks; None to report none."""
        self.on_accepted: Callable[[], None] = lambda: None
        """Called when the server has accepted the login."""
        self.remarks: list[str] = []
        """Sentences about what requests met, such as a stale id; warnings of the task's result."""
        self.perhaps_wrote = False
        """True once a write was sent that had, or may have had, an effect on the server."""
        self._sender = Sender(connection, self.secrets)
        self._authentication = Authentication(connection, self._sender, self.secrets, self._accepted)
        self._breaker = self._sender.breaker

    def _accepted(self) -> None:
        self.on_accepted()  # looked up only now: a task may have replaced it

    @property
    def url(self) -> str:
        """The server's address, without `/api`."""
        return self._sender.url

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._sender.close()

    def begin(self) -> None:
        """Forget what an earlier task with this client met."""
        self.perhaps_wrote = False
        self.remarks.clear()
        self._breaker.reset()

    def limit_requests(self, limit: RequestLimit) -> None:
        """Bound how many requests are under way at once from now on."""
        self._sender.limit = limit

    def share_tokens(self, tokens: TokenStore) -> None:
        """Get tokens from a store from now on, and put new ones there."""
        self._authentication.tokens = tokens

    @property
    def needs_token(self) -> bool:
        """Return True if the first request needs a login for a token."""
        c = self.connection
        return bool(c.api_username) and not c.api_token and c.auth != "basic"

    def log_in(self, retries: int | None = None) -> Token:
        """Return a token, whatever `auth` says: that of the store, or one of a new login.

        If `retries` is None, the login is repeated as the connection says.
        """
        return self._authentication.obtain_token(retries=retries)

    def get(self, path: str, params: Query | None = None) -> JsonObject:
        """Return the JSON object at `path` (`/api/…`)."""
        request = Request("GET", path, params)
        return self._sender.object_of(request, self._request(request))

    def patch(self, path: str, operations: Sequence[Mapping[str, object]]) -> JsonObject | None:
        """Send a JSON Patch, once, and return the item as it is afterwards; None if the server does not say.

        An error's `perhaps_done` tells whether the patch may have been applied.
        """
        headers = {"Content-Type": "application/json-patch+json", "Prefer": "return=representation"}
        request = Request("PATCH", path, json=list(operations), headers=headers)
        response = self._request(request)
        return self._sender.object_of(request, response) if response.content else None

    def pause(self, error: FaxError, tries: int) -> None:
        """Wait before planning anew a write that failed `tries` times, the last time with `error`."""
        if error.retry_after is not None:
            self._breaker.heard(error.retry_after)
        self._sender.pause(error.retry_after or retry.backoff_of_write(error.status, tries))

    def delete(self, path: str) -> None:
        """Delete an item. Raises `NotFound` if there is none; an error's `perhaps_done` tells if it may be gone."""
        self._request(Request("DELETE", path))

    def post(self, path: str, fields: JsonObject, document: UploadBody | None = None) -> None:
        """Send `fields` as JSON, or with a file as multipart, once. Raises `Uncertain` if the answer is lost."""
        if document is None or document.path is None:
            request = Request("POST", path, json=fields)
        else:
            upload = Upload(fields, document, self._sender.note_moved)
            headers = {"Content-Type": upload.content_type}
            request = Request("POST", path, data=upload, headers=headers, is_document=True)
        response = self._request(request)
        if response.status != 201 or (response.content and response.json is None):
            what = "Something other than the API answered"
            error = Uncertain(what, error_mapping.LOOK_FIRST, "POST", path, response.status)
            error.perhaps_done = True
            raise error

    def download(self, path: str, params: Query, file: IO[bytes], limit: int) -> None:
        """Write the content at `path` into `file`, from its start, piece by piece.

        Raises `TooLarge` if it has more than `limit` bytes, and `BadOption` if `file` cannot be written.
        """

        def save(pieces: Iterator[bytes]) -> None:
            with _reported_if_full():
                file.seek(0)
                file.truncate()
            for piece in pieces:
                with _reported_if_full():
                    file.write(piece)

        # Uncompressed: content that a proxy has compressed does not show whether it is whole.
        headers = {"Accept-Encoding": "identity"}
        self._request(Request("GET", path, params, headers=headers, is_document=True, save=save, limit=limit))

    def _request(self, request: Request) -> Response:
        """Send a request, logged in, and return a good answer. Raises `FaxError` for any other."""
        concurrency.check_parent()
        if request.method == "GET":
            return self._exchange(request)
        if self.read_only:
            raise AssertionError(f"check mode must not send {request.method} {request.path}")
        try:
            response = self._exchange(request)
            request.perhaps_done = True
            return response
        except FaxError as error:
            # Even if a refused login or the end of the run ended it: an earlier try may have had its effect.
            error.perhaps_done = request.perhaps_done = error.perhaps_done or request.perhaps_done
            raise
        finally:
            if request.perhaps_done:
                self.perhaps_wrote = True

    def _exchange(self, request: Request) -> Response:
        """Send a request and check the answer, unless the run has stopped because the server does not answer."""
        try:
            with self._breaker.waiting(request.about):
                response = self._authentication.send(request)
                self._sender.check(request, response)
        except FaxError as error:
            if _is_failure(error):
                self._count_failure(request.about)
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
        probe = Request("GET", PROBE, {"page": 1, "rows": 1, **UNCOUNTED})
        try:
            self._sender.check(probe, self._authentication.send_once(probe))
        except FaxError as error:
            how = (f"HTTP {error.status}" if error.status else "no answer") if _is_failure(error) else ""
        finally:
            self._breaker.settle(bool(how), how)


@contextlib.contextmanager
def _reported_if_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"The document cannot be written ({error.strerror})"
        raise BadOption(what, "Make room, or write it elsewhere.") from error


def _is_failure(error: FaxError) -> bool:
    """Return True if the server, or a proxy before it, does not work. A refusal is not a failure."""
    # A server that counts requests (429) works.
    is_busy = error.status in error_mapping.BUSY and error.status != 429
    return isinstance(error, NoAnswer) or is_busy or (error.status == 500 and not error.over)
