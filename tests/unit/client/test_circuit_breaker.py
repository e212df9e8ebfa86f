# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: a run stops after silence or after failures in a row. The test controls the clock."""

from __future__ import annotations

import math
from contextlib import ExitStack

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import (
    IN_A_ROW,
    PAUSE,
    CircuitBreaker,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NoAnswer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(10.0, clock)


def is_stopped_after(breaker: CircuitBreaker, clock: Clock, seconds: float) -> bool:
    clock.now += seconds
    breaker.stop_for_silence()
    return breaker.stopped is not None


def test_two_who_wait_for_one_and_a_half_times_the_timeout(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"), breaker.waiting("2"):
        assert breaker.due == clock.now + 15
        assert not is_stopped_after(breaker, clock, 14.9)
        assert is_stopped_after(breaker, clock, 0.2)
    assert breaker.stopped is not None
    assert breaker.stopped.what == "The server has not answered anybody for 15 s: the run has stopped trying"
    assert breaker.wait(0)
    assert breaker.due == math.inf


def test_one_alone_is_waited_for(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"):
        assert breaker.due == math.inf
        assert not is_stopped_after(breaker, clock, 1000)
    # Nor is it another one that asks for the same subscriber again.
    with breaker.waiting("1"):
        assert not is_stopped_after(breaker, clock, 1000)


def test_one_after_the_other_without_an_answer(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"):
        clock.now += 20
    with breaker.waiting("2"):
        assert not is_stopped_after(breaker, clock, 7.9)
        assert is_stopped_after(breaker, clock, 0.2)


def test_tries_that_follow_each_other_are_one_silence(breaker: CircuitBreaker, clock: Clock) -> None:
    """A PATCH that is not answered in time is followed by a GET."""
    with breaker.waiting("1"), breaker.waiting("2"):
        clock.now += 10
    clock.now += 0.5
    with breaker.waiting("1"), breaker.waiting("2"):
        assert not is_stopped_after(breaker, clock, 4.4)
        assert is_stopped_after(breaker, clock, 0.2)


def test_who_waited_when_the_last_answer_came_has_waited_since_then(breaker: CircuitBreaker, clock: Clock) -> None:
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(NoAnswer))
        stack.enter_context(breaker.waiting("1"))
        clock.now += 1
        breaker.heard()
        with breaker.waiting("2"):
            clock.now += 9
        raise NoAnswer("No answer", "Try again.")
    clock.now += 1
    with breaker.waiting("1"):
        assert not is_stopped_after(breaker, clock, 4.9)
        assert is_stopped_after(breaker, clock, 0.2)


def test_any_sign_of_life_begins_anew(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"), breaker.waiting("2"):
        for _each in range(5):
            assert not is_stopped_after(breaker, clock, 14)
            breaker.heard()
        assert is_stopped_after(breaker, clock, 15)


def test_a_pause_that_the_server_asks_for_is_no_silence(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"), breaker.waiting("2"):
        breaker.heard(60)
        assert not is_stopped_after(breaker, clock, 74)
        assert is_stopped_after(breaker, clock, 1)


def test_what_was_before_a_long_pause_does_not_count(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"):
        clock.now += 20
    clock.now += PAUSE + 1
    with breaker.waiting("2"):
        assert not is_stopped_after(breaker, clock, 1000)


def test_who_comes_late_gets_a_chance(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"):
        clock.now += 100
        with breaker.waiting("2"):
            assert not is_stopped_after(breaker, clock, 7.9)
            assert is_stopped_after(breaker, clock, 0.2)


def test_slow_answers_after_one_that_never_came_are_waited_for(breaker: CircuitBreaker, clock: Clock) -> None:
    """The last subscriber of a phase hangs, and the next phase begins with large pages."""
    with breaker.waiting("1"):
        clock.now += 40
    with breaker.waiting("page 1"), breaker.waiting("page 2"), breaker.waiting("page 3"):
        assert not is_stopped_after(breaker, clock, 7)
        breaker.heard()


def test_time_in_which_nobody_asks_is_no_silence(breaker: CircuitBreaker, clock: Clock) -> None:
    """All wait for their next look into the journal."""
    with breaker.waiting("1"), breaker.waiting("2"):
        clock.now += 5
    clock.now += 50
    with breaker.waiting("1"), breaker.waiting("2"):
        assert not is_stopped_after(breaker, clock, 9.9)
        assert is_stopped_after(breaker, clock, 0.2)


def test_the_next_task_begins_anew(breaker: CircuitBreaker, clock: Clock) -> None:
    with breaker.waiting("1"), breaker.waiting("2"):
        assert is_stopped_after(breaker, clock, 15)
    breaker.reset()
    assert breaker.stopped is None
    assert not breaker.wait(0)
    with breaker.waiting("1"), breaker.waiting("2"):
        assert not is_stopped_after(breaker, clock, 1)


def test_ten_in_a_row_and_one_that_asks(breaker: CircuitBreaker) -> None:
    asked = [breaker.failed(str(one)) for one in range(IN_A_ROW)]
    assert asked == [False] * (IN_A_ROW - 1) + [True]
    # One asks, the others need not.
    assert not breaker.failed("another")
    breaker.settle(fails=True, how="HTTP 503")
    assert breaker.stopped is not None
    assert breaker.stopped.what == (
        "The server failed for 11 different subscribers or faxes in a row, and for a request that only checks whether "
        "it works (HTTP 503): the run has stopped trying"
    )


def test_the_same_one_ten_times_is_one(breaker: CircuitBreaker) -> None:
    assert not any(breaker.failed("1") for _each in range(50))


def test_an_answer_in_between_begins_anew(breaker: CircuitBreaker) -> None:
    for one in range(IN_A_ROW - 1):
        breaker.failed(str(one))
    breaker.succeeded()
    assert not any(breaker.failed(str(one)) for one in range(IN_A_ROW - 1))


def test_a_server_that_works_after_all(breaker: CircuitBreaker) -> None:
    for one in range(IN_A_ROW):
        breaker.failed(str(one))
    breaker.settle(fails=False, how="")
    assert breaker.stopped is None
    assert not any(breaker.failed(str(one)) for one in range(IN_A_ROW - 1))
    assert breaker.failed("the tenth again")


def test_whoever_is_told_may_look(breaker: CircuitBreaker, clock: Clock) -> None:
    """Without a deadlock: the watchdog has a lock of its own."""
    told: list[float | None] = []
    breaker.on_change = told.append
    breaker.on_trip = lambda: told.append(breaker.due)
    with ExitStack() as stack:
        for one in range(3):
            stack.enter_context(breaker.waiting(str(one)))
        is_stopped_after(breaker, clock, 15)
    assert told == [1015.0, 1015.0, math.inf]
