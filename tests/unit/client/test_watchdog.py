# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of an exchange, and the watchdog that ends it."""

from __future__ import annotations

import re
import signal
import socket
import threading
from pathlib import Path

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import CircuitBreaker
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.watchdog import (
    AGAIN,
    LEAST_RATE,
    Exchange,
    Watchdog,
    current,
)


def test_no_signal_goes_to_the_watchdog() -> None:
    """It would not wake the main thread, which waits for an answer, and Ctrl-C would take as long as that."""
    begun = threading.Event()
    breaker = CircuitBreaker(60)
    watchdog = Watchdog(breaker)
    # The thread asks the breaker when it has begun its work.
    breaker.stop_for_silence = begun.set  # type: ignore[method-assign]
    with watchdog.watch(Exchange(60)):
        assert begun.wait(60)
        (thread,) = (each for each in threading.enumerate() if each is watchdog._thread)
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text(encoding="utf-8")
    watchdog.close()
    found = re.search(r"^SigBlk:\s*([0-9a-f]+)$", status, re.MULTILINE)
    assert found
    blocked = int(found[1], 16)
    assert all(blocked >> number - 1 & 1 for number in (signal.SIGINT, signal.SIGTERM))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Held:
    """A connection with this socket."""

    def __init__(self, sock: object) -> None:
        self.sock = sock


def test_a_document_may_take_longer_the_more_of_it_is_transferred() -> None:
    clock = Clock()
    clock.now = 5.0
    exchange = Exchange(60, clock)
    assert exchange.due == 65.0
    exchange.moved += 10 * LEAST_RATE
    assert exchange.due == 75.0


def test_how_far_an_exchange_is() -> None:
    exchange = Exchange(60)
    seen = [(exchange.proxy, exchange.is_at_proxy, exchange.has_left)]
    exchange.connects(Held(None), "http://proxy:3128")
    seen.append((exchange.proxy, exchange.is_at_proxy, exchange.has_left))
    exchange.is_through()
    seen.append((exchange.proxy, exchange.is_at_proxy, exchange.has_left))
    exchange.leaves(Held(None))
    seen.append((exchange.proxy, exchange.is_at_proxy, exchange.has_left))
    proxy = "http://proxy:3128"
    assert seen == [(None, False, False), (proxy, True, False), (proxy, False, False), (proxy, False, True)]


@pytest.mark.parametrize("when", ["opened", "connects", "leaves"])
def test_the_thread_that_waits_for_an_answer_finds_the_end_of_its_connection(when: str) -> None:
    """At any moment: TLS is about to take the socket over, has it, or has given it to the answer."""
    here, there = socket.socketpair()
    exchange = Exchange(60)
    held = Held(here)
    with here, there:
        if when == "opened":
            exchange.opened(here)
        else:
            exchange.connects(held, None)
        if when == "leaves":
            exchange.leaves(held)
            held.sock = None
        exchange.end()
        assert here.recv(1) == b""
    exchange.close()


def test_what_is_overdue_connects_no_more() -> None:
    clock = Clock()
    exchange = Exchange(60, clock)
    clock.now = 61.0
    exchange.expire()
    # It is looked at again, in case it goes on all the same.
    assert exchange.due == clock.now + AGAIN
    with pytest.raises(TimeoutError):
        exchange.connects(Held(None), None)
    with pytest.raises(TimeoutError):
        exchange.is_through()


def test_the_watchdog_ends_what_takes_too_long() -> None:
    here, there = socket.socketpair()
    watchdog = Watchdog(CircuitBreaker(60))
    exchange = Exchange(0.0)
    exchange.connects(Held(here), None)
    here.settimeout(60)
    with here, there, watchdog.watch(exchange):
        assert current() is exchange
        assert here.recv(1) == b""
        assert exchange.is_overdue
    assert current() is None
    watchdog.close()


def test_all_exchanges_end_when_the_run_stops() -> None:
    here, there = socket.socketpair()
    breaker = CircuitBreaker(60)
    watchdog = Watchdog(breaker)
    here.settimeout(60)
    with here, there, watchdog.watch(Exchange(60)) as exchange:
        exchange.connects(Held(here), None)
        breaker.settle(True, "HTTP 503")
        assert here.recv(1) == b""
        assert not exchange.is_overdue
    watchdog.close()
