# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The concurrency limit falls while the server is busy or slow, and rises again. The test controls the clock."""

from __future__ import annotations

import threading

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import (
    MOMENT,
    ConcurrencyLimit,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def answers(
    pace: ConcurrencyLimit, clock: Clock, number: int, seconds: float, kind: str = "GET /api/faxserversettings/ID"
) -> None:
    for _each in range(number):
        with pace.request(kind):
            clock.now += seconds


def test_a_quiet_server_gets_all() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(8, clock)
    answers(pace, clock, 100, 0.02)
    assert (pace.limit, pace.least, pace.busy_answers) == (8, 8, 0)


def test_a_busy_answer_halves_it_once_a_moment_and_it_recovers() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(8, clock)
    answers(pace, clock, 1, 0.02)
    for _each in range(4):
        pace.busy()
    assert (pace.limit, pace.busy_answers) == (4, 4)
    clock.now += MOMENT
    pace.busy()
    assert pace.limit == 2
    answers(pace, clock, 3, 0.02)
    assert pace.limit == 3
    answers(pace, clock, 100, 0.02)
    assert (pace.limit, pace.least) == (8, 2)


def test_it_never_stops() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(2, clock)
    for _each in range(10):
        clock.now += MOMENT
        pace.busy()
    assert pace.limit == 1
    answers(pace, clock, 1, 0.02)


def test_rising_latency_takes_it_down_and_the_usual_one_up_again() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(10, clock)
    answers(pace, clock, 20, 0.02)
    answers(pace, clock, 60, 0.2)
    assert pace.limit == 1
    answers(pace, clock, 200, 0.02)
    assert pace.limit == 10


def test_what_is_quick_is_not_slow() -> None:
    """Milliseconds that the controller itself takes, with many answers at once."""
    clock = Clock()
    pace = ConcurrencyLimit(10, clock)
    answers(pace, clock, 1, 0.001)
    answers(pace, clock, 100, 0.05)
    assert pace.least == 10


def test_what_always_takes_long_is_not_slow() -> None:
    """A page of a thousand beside single items."""
    clock = Clock()
    pace = ConcurrencyLimit(10, clock)
    for _each in range(20):
        answers(pace, clock, 1, 0.02, "PATCH /api/faxserversettings/ID")
        answers(pace, clock, 1, 20.0, "GET /api/mailtofaxsettings/")
    assert pace.least == 10


def test_pages_are_not_judged_by_their_time_but_bring_it_up_again() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(4, clock)
    pace.busy()
    for seconds in (0.01, 5.0) * 20:
        with pace.request(None):
            clock.now += seconds
    assert (pace.limit, pace.least) == (4, 2)


def test_no_more_than_the_limit_are_on_their_way() -> None:
    clock = Clock()
    pace = ConcurrencyLimit(4, clock)
    pace.busy()
    most, inside, lock, seen = pace.limit, 0, threading.Lock(), []
    barrier = threading.Barrier(most)

    def ask() -> None:
        nonlocal inside
        with pace.request("GET"):
            with lock:
                inside += 1
                seen.append(inside)
            barrier.wait()
            with lock:
                inside -= 1
            barrier.wait()

    # In good answers it goes up: the clock stands still, and so do those that had begun before.
    threads = [threading.Thread(target=ask) for _each in range(most)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) == most == 2
