# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanges, each one try of one request, and the watchdog that ends those that take too long.

A socket's timeout starts again with every byte, and `http.client` reads any number of `100 Continue`. Only another
thread can bound the whole time: it shuts the socket down, and the reading thread finds its end.
"""

from __future__ import annotations

import contextlib
import math
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import CircuitBreaker

# The lowest allowed rate of a document's transfer, in bytes a second.
LEAST_RATE = 4000
# How long the watchdog's thread lives when it has nothing to watch, in seconds.
IDLE = 1.0
# An exchange that continues after its socket was shut down is shut down again after this many seconds.
AGAIN = 0.5

_thread = threading.local()


def current() -> Exchange | None:
    """Return the exchange of this thread; None without one."""
    return getattr(_thread, "exchange", None)


class Holder(Protocol):
    """A connection of urllib3."""

    @property
    def sock(self) -> object:
        """Its socket, in as many layers of TLS as there are; None if it is closed."""


class Exchange:
    """One try of one request. It may take `seconds`, and longer as more of a document has been transferred."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._seconds = seconds
        # Copies of sockets that TLS takes over; the connection; and its socket, which it gives away to an answer
        # without a length.
        self._copies: list[socket.socket] = []
        self._holder: Holder | None = None
        self._socket: object = None
        self.moved = 0
        """The number of bytes of a document that have been transferred."""
        self.proxy: str | None = None
        """The proxy that the connection goes through, without its login."""
        self.is_at_proxy = False
        """True while the connection has reached the proxy and not yet the server."""
        self.has_left = False
        """True if the request may have reached the server."""
        self.is_overdue = False
        """True if it was ended because it took too long."""

    @property
    def due(self) -> float:
        """The time, by the clock, after which it has taken too long."""
        return self._begun + self._seconds + self.moved / LEAST_RATE

    def connects(self, holder: Holder, proxy: str | None) -> None:
        """Note that `holder`, whose `sock` is the socket, begins to connect."""
        if self.is_overdue:
            raise TimeoutError("the whole time of the request is over")
        self._holder, self.proxy, self.is_at_proxy = holder, proxy, proxy is not None

    def opened(self, opened: socket.socket) -> None:
        """Note a socket that TLS is about to take over. Until then nothing else refers to it."""
        with contextlib.suppress(OSError):
            self._copies.append(opened.dup())

    def is_through(self) -> None:
        """Note that the proxy has connected to the server."""
        if self.is_overdue:  # the proxy's headers ended because the socket did
            raise TimeoutError("the whole time of the request is over")
        self.is_at_proxy = False

    def leaves(self, holder: Holder) -> None:
        """Note that the connection is established, and that the request is being sent."""
        self._holder, self._socket, self.has_left = holder, holder.sock, True
        self._forget()

    def end(self) -> None:
        """End the exchange from another thread: the waiting thread finds the end of the connection."""
        for held in (*self._copies, self._socket, getattr(self._holder, "sock", None)):
            # TLS inside TLS (a proxy with TLS) wraps the socket once more.
            inner = getattr(held, "socket", held)
            if isinstance(inner, socket.socket):
                with contextlib.suppress(OSError):
                    # Not TLS's own method, after which the reader would go on without TLS.
                    socket.socket.shutdown(inner, socket.SHUT_RDWR)

    def expire(self) -> None:
        """End it because it has taken too long, and again if it still goes on."""
        self.is_overdue = True
        self._seconds = self._clock() - self._begun - self.moved / LEAST_RATE + AGAIN
        self.end()

    def _forget(self) -> None:
        for each in self._copies:
            each.close()
        self._copies.clear()

    def close(self) -> None:
        """Note that the exchange is over."""
        self._forget()
        self._holder = self._socket = None


class Watchdog:
    """Ends exchanges that take too long, and all of them when the `breaker` finds that the server does not answer.

    Its thread starts with the first exchange, and ends with `close` or when there is nothing to watch.
    """

    def __init__(self, breaker: CircuitBreaker, clock: Callable[[], float] = time.monotonic) -> None:
        self._breaker, self._clock = breaker, clock
        self._exchanges: set[Exchange] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # When the thread will wake up, and the earliest time that was requested since it last looked.
        self._wakes_at = self._asked = math.inf
        self._is_closed = False
        breaker.on_change = self._look
        breaker.on_trip = self.end_all

    @contextmanager
    def watch(self, exchange: Exchange) -> Iterator[Exchange]:
        """Watch an exchange of this thread; `current` returns it meanwhile."""
        _thread.exchange = exchange
        with self._changed:
            self._exchanges.add(exchange)
        self._look(exchange.due)
        try:
            yield exchange
        finally:
            _thread.exchange = None
            with self._changed:
                self._exchanges.discard(exchange)
                exchange.close()

    def close(self) -> None:
        """End the thread, unless there is something to watch."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def end_all(self) -> None:
        """End all exchanges that are under way."""
        with self._changed:
            for exchange in self._exchanges:
                exchange.end()

    def _look(self, due: float) -> None:
        """Make sure that the thread is awake at `due`."""
        with self._changed:
            self._asked, self._is_closed = min(self._asked, due), False
            if not self._thread:
                self._thread = threading.Thread(target=self._run, daemon=True, name="ngcp.fax watchdog")
                self._thread.start()
            elif due < self._wakes_at:
                self._changed.notify()

    def _run(self) -> None:
        # The system may deliver a signal to any thread, but only the main one handles it, and it may be waiting for an
        # answer. Delivered here, Ctrl-C would take effect only when that arrives.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))
        while True:
            with self._changed:
                self._asked = math.inf
            # Outside the lock: the breaker takes its own, and calls back.
            self._breaker.stop_for_silence()
            silence = self._breaker.due
            with self._changed:
                now = self._clock()
                for exchange in self._exchanges:
                    if exchange.due <= now:
                        exchange.expire()
                nearest = min([silence, self._asked, *(each.due for each in self._exchanges)])
                is_idle = nearest == math.inf
                self._wakes_at = now + IDLE if is_idle else nearest
                if not self._is_closed:
                    self._changed.wait(IDLE if is_idle else max(0.0, nearest - now))
                self._wakes_at = -math.inf
                if (is_idle or self._is_closed) and not self._exchanges and self._asked == math.inf:
                    self._thread = None
                    return
