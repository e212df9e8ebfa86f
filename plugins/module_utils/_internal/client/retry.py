# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request over all of its tries: when it may be sent again, and how long to pause before. No I/O."""

from __future__ import annotations

import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import mktime_tz, parsedate_tz
from typing import Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import BUSY, LOGIN, REPEATABLE
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport_errors import PROXY_REFUSES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

# The longest pause between two tries in seconds, whatever the server's Retry-After asks for.
LONGEST_PAUSE = 60.0
# The first pause in seconds; it doubles with each further try.
BACKOFF = 0.5
# The pause after a crash of the server, in seconds for each try so far: a deadlock is over at once, and the random
# part keeps its two writes apart.
CRASHED = 0.15
# Ends of a TLS connection that may not happen again with another try.
PASSING = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLWantReadError)

# The parameters of a query.
Query = Mapping[str, object]
# Asks for a page without a total: on some servers it is up to a fifth cheaper (docs/ngcp-api.md#pages).
UNCOUNTED: Query = {"no_count": 1}


class Body(Protocol):
    """A body of known length that is read from its beginning each time."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass
class Request:
    """A request to the server, and what its tries may have done."""

    method: str
    path: str
    """The path below the server's address, such as `/api/faxes/5`."""
    params: Query | None = None
    json: JsonObject | Sequence[Mapping[str, object]] | None = None
    data: Body | None = None
    """The body, if it is not JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_document: bool = False
    """True if a document is transferred, which may take longer the larger it is."""
    save: Callable[[Iterator[bytes]], None] | None = None
    """Takes the pieces of a good answer's body as they arrive; None: the answer holds its body."""
    limit: int = 0
    """The most bytes that `save` takes."""
    perhaps_done: bool = False
    """True if a try may have had an effect on the server."""

    @property
    def writes(self) -> bool:
        """True if the request changes something on the server."""
        return self.method != "GET" and self.path != LOGIN

    @property
    def kind(self) -> str | None:
        """The group of requests that take about the same time, by method and resource, such as
        `PATCH /api/faxserversettings/ID`. None for pages: their time depends on their items, not on the server's load.
        """
        return None if self.path.endswith("/") else re.sub(r"[^/]*\d[^/]*", "ID", f"{self.method} {self.path}")

    @property
    def about(self) -> str:
        """The subject of the request: one subscriber or fax, by its id, or a list."""
        number = re.search(r"/(\d+)(/|$)", self.path)
        return number[1] if number else f"{self.path}?{sorted((self.params or {}).items())}"

    def note_try(self, perhaps_done: bool) -> None:
        """Note a try that is followed by another, and whether it may have had an effect."""
        self.perhaps_done |= perhaps_done and self.writes


def may_ask_again(request: Request, status: int) -> bool:
    """Return True if a request may be sent again after an answer that says that the server is busy."""
    if request.path == LOGIN:  # unless the server checked a password: failures ban the account
        return status in (429, 503)
    return status in BUSY and request.method in REPEATABLE


def may_repeat(request: Request, has_left: bool, causes: Sequence[BaseException]) -> bool:
    """Return True if a request without an answer may be sent again, and another try may fare better.

    `has_left`: it may have reached the server. `causes` are the errors of the last try.
    """
    # A login whose answer is lost may have been counted as a failure.
    if request.method not in REPEATABLE and (request.path != LOGIN or has_left):
        return False
    refused = any(str(cause).startswith(PROXY_REFUSES) for cause in causes)
    return not refused and not any(_is_final(cause) for cause in causes)


def _is_final(cause: BaseException) -> bool:
    """Return True if another try would fail the same way: one of the two sides refuses TLS."""
    return isinstance(cause, ssl.SSLError) and not isinstance(cause, PASSING) and bool(cause.reason)


def causes_of(error: BaseException) -> list[BaseException]:
    """Return an error and all errors that it was raised from or that it holds."""
    found: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        cause = pending.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            pending += [cause.__cause__, getattr(cause, "reason", None), *cause.args]
    return found


def backoff(tries: int) -> float:
    """Return the pause after this many failed tries, in seconds."""
    return jittered(BACKOFF * 2 ** (tries - 1))


def backoff_of_write(status: int | None, tries: int) -> float:
    """Return the pause, in seconds, before planning anew a write that failed `tries` times, last with `status`."""
    return jittered(CRASHED * tries) if status == 500 else backoff(tries)


def jittered(seconds: float) -> float:
    """Return a random pause of about `seconds`, so that clients that failed together do not come back together."""
    return min(seconds * random.uniform(0.5, 1.5), LONGEST_PAUSE)


def retry_after(header: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Return the pause that a `Retry-After` asks for, in seconds and within bounds; None if it is not valid."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        date = parsedate_tz(text)
        seconds = mktime_tz(date) - now() if date else None
    except (ValueError, OverflowError, IndexError):  # a date out of range
        return None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_PAUSE)
