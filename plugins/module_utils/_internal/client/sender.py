# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one request with its retries, watched by the breaker and the watchdog, and map its answer to an error."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import (
    error_mapping,
    responses,
    retry,
    transport,
    transport_errors,
    watchdog,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import CircuitBreaker
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection, server
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import BUSY, Answer
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.responses import (
    BodyTooLarge,
    CutOff,
    Response,
    UnreadableBody,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport import Transport
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.watchdog import Exchange, Watchdog
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotNgcp,
    ServerDown,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject


class RequestLimit(Protocol):
    """Bounds how many requests are under way at once (`ConcurrencyLimit`)."""

    def request(self, kind: str | None) -> AbstractContextManager[None]:
        """Wait for a place, and hold it for one request of a kind (`Request.kind`)."""

    def busy(self) -> None:
        """Note that the server said that it is busy."""


class Sender:
    """Sends requests to one server. Threads may share it."""

    def __init__(self, connection: Connection, secrets: Secrets) -> None:
        self._connection, self._secrets = connection, secrets
        self.url = server(connection.api_url)
        """The server's address, without `/api`."""
        self.breaker = CircuitBreaker(connection.timeout)
        self.limit: RequestLimit | None = None
        """How many requests may be under way at once; None: as many as there are threads."""
        self._watchdog = Watchdog(self.breaker)
        self._transport = Transport(connection, self.url)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()
        self._watchdog.close()

    def send(self, request: Request, headers: Mapping[str, str], retries: int | None = None) -> Response:
        """Send a request with its retries (the connection's `retries` if None), and return the answer, good or bad.

        Raises `FaxError` if there is none, or if the run has stopped.
        """
        retries = self._connection.retries if retries is None else retries
        with self.limit.request(request.kind) if self.limit else contextlib.nullcontext():
            for tries in itertools.count(1):
                is_last = tries > retries
                response = self._try(request, headers, is_last)
                if response and (is_last or not retry.may_ask_again(request, response.status)):
                    return response
                asked = None
                if response:
                    request.note_try(response.status != 429)
                    asked = retry.retry_after(response.headers.get("Retry-After"))
                seconds = asked or retry.backoff(tries)
                if asked is not None:
                    self.breaker.heard(seconds)
                self.pause(seconds)
        raise AssertionError("the last try returns or raises")

    def pause(self, seconds: float) -> None:
        """Wait `seconds`, or until the program ends or the run stops."""
        concurrency.pause(seconds, self.breaker.wait)

    def _try(self, request: Request, headers: Mapping[str, str], is_last: bool) -> Response | None:
        """Send once; return None if no answer came and another try is allowed."""
        if self.breaker.stopped:
            raise self._stopped(request)
        exchange = Exchange(self._connection.whole_time)
        try:
            response = self._exchange(exchange, request, headers)
        except (*transport.FAILURES, UnreadableBody) as failure:
            if is_last or not self._may_repeat(failure, exchange, request):
                raise self._no_answer(failure, exchange, request) from None
            request.note_try(exchange.has_left)
            return None
        except BaseException:  # unexpected, or interrupted: the request may have reached the server
            request.note_try(exchange.has_left)
            raise
        if response.status in BUSY and self.limit:
            self.limit.busy()
        return response

    def _exchange(self, exchange: Exchange, request: Request, headers: Mapping[str, str]) -> Response:
        """Send once, and read the answer within bounds."""
        on_read = self.note_moved if request.is_document else self._heard
        with self._watchdog.watch(exchange):
            raw = self._transport.send(request, headers)
            self.breaker.heard()
            with contextlib.closing(raw):
                response = Response(raw.status_code, raw.headers, is_redirect=raw.is_redirect)
                content = b""
                if not response.is_good:
                    content = responses.read_error_body(raw, on_read)
                elif request.save:
                    request.save(responses.document(raw, request.limit, on_read))
                else:
                    content = responses.read_body(raw, on_read)
            if exchange.is_overdue and response.is_good:
                raise CutOff("ended by the watchdog")
            return Response(raw.status_code, raw.headers, content, raw.is_redirect)

    def _heard(self, size: int) -> None:
        self.breaker.heard()

    def note_moved(self, size: int) -> None:
        """Note that this thread has transferred `size` more bytes of a document."""
        exchange = watchdog.current()
        if exchange:
            exchange.moved += size
        self.breaker.heard()

    def _may_repeat(self, failure: Exception, exchange: Exchange, request: Request) -> bool:
        """Return True if a request without an answer may and should be sent again."""
        if exchange.is_overdue or self.breaker.stopped or isinstance(failure, BodyTooLarge):
            return False
        return retry.may_repeat(request, exchange.has_left, retry.causes_of(failure))

    def _no_answer(self, failure: Exception, exchange: Exchange, request: Request) -> FaxError:
        """Return the error for a request whose last try had no answer."""
        causes = retry.causes_of(failure)
        lost = transport_errors.LostRequest(
            self.url,
            request.method,
            request.path,
            words=" ".join(f"{type(cause).__name__}: {cause}" for cause in causes),
            timeout=self._connection.timeout,
            proxy=exchange.proxy,
            is_at_proxy=exchange.is_at_proxy,
            has_left=exchange.has_left and not any(map(transport_errors.refuses_certificate, causes)),
            has_certificate=bool(self._connection.client_cert),
        )
        if isinstance(failure, BodyTooLarge):
            error = transport_errors.too_large(lost, failure.limit, request.is_document)
        elif self.breaker.stopped:
            error = self._stopped(request, is_uncertain=lost.has_left and lost.sends)
        elif exchange.is_overdue:
            error = transport_errors.overdue(lost, self._connection.whole_time, request.is_document)
        else:
            error = transport_errors.no_answer(lost)
        error.perhaps_done = request.writes and (lost.has_left or request.perhaps_done)
        return error

    def _stopped(self, request: Request, is_uncertain: bool = False) -> FaxError:
        """Return the error for every request after the run has stopped. It is fatal, or its cause is."""
        stopped = self.breaker.stopped
        if stopped is None:
            raise AssertionError("the run has not stopped")
        if not is_uncertain:  # the same sentence for all requests: it does not concern a single one
            return ServerDown(stopped.what, stopped.advice)
        error = Uncertain(stopped.what, error_mapping.LOOK_FIRST, request.method, request.path)
        error.__cause__ = stopped
        return error

    def check(self, request: Request, response: Response) -> None:
        """Raise the error that an answer means, unless it is a good one.

        A 500 to a PATCH whose body is the item is a good one: after a deadlock the panel writes again by itself, and
        keeps the status of the first write.
        """
        if response.is_good:
            return
        if request.method == "PATCH" and response.status == 500 and response.holds_an_item:
            return
        answer = self._answer(request, response)
        error = error_mapping.error_of_answer(answer)
        earlier = request.writes and request.perhaps_done
        error.perhaps_done = earlier or (request.writes and not error_mapping.surely_refused(answer))
        error.over = response.status == 500 and response.is_of_the_api and not earlier
        if response.status in (429, 503):
            error.retry_after = retry.retry_after(response.headers.get("Retry-After"))
        raise error

    def error_of(self, request: Request, response: Response) -> FaxError:
        """Return the error that a bad answer means."""
        return error_mapping.error_of_answer(self._answer(request, response))

    def _answer(self, request: Request, response: Response) -> Answer:
        words = response.words
        return Answer(
            self.url,
            request.method,
            request.path,
            response.status,
            words=words.text,
            quote=responses.quote(words, self._secrets),
            redirects=response.is_redirect,
            is_json=response.is_json,
        )

    def object_of(self, request: Request, response: Response) -> JsonObject:
        """Return the JSON object in a good answer. Raises `NotNgcp` if it holds anything else."""
        body = response.json
        if not isinstance(body, dict):
            raise self.not_ngcp(request, response)
        return body

    def not_ngcp(self, request: Request, response: Response) -> NotNgcp:
        """Return the error for a good answer that does not come from this API."""
        what = error_mapping.NOT_NGCP.format(url=self.url)
        error = NotNgcp(what, error_mapping.CHECK_URL, request.method, request.path, response.status)
        error.perhaps_done = request.writes
        return error
