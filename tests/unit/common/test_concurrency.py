# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many things side by side: their order, their number at once, their errors."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Abandoned,
    BadOption,
    Fault,
    FaxError,
    FaxFailed,
    LoginRefused,
    NotTried,
    ReadOnly,
    Unreachable,
)


def test_results_are_in_the_order_of_the_items() -> None:
    """Even if the last one is ready first."""
    ready = [threading.Event() for _number in range(6)]
    ready[5].set()

    def wait_for_the_next(number: int) -> int:
        ready[number + 1].wait()
        ready[number].set()
        return number * number

    assert concurrency.map_concurrently(wait_for_the_next, range(5), 5) == [0, 1, 4, 9, 16]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_so_many_at_once_and_no_more(most: int) -> None:
    barrier, lock = threading.Barrier(most), threading.Lock()
    inside, seen = 0, []

    def together(_item: int) -> None:
        nonlocal inside
        with lock:
            inside += 1
            seen.append(inside)
        barrier.wait()
        with lock:
            inside -= 1
        barrier.wait()

    concurrency.map_concurrently(together, range(most * 4), most)
    assert max(seen) == most
    assert inside == 0


@pytest.mark.parametrize(("items", "most"), [(0, 4), (1, 32), (3, 1), (3, 0)])
def test_few_items_and_few_workers(items: int, most: int) -> None:
    assert concurrency.map_concurrently(str, range(items), most) == [str(number) for number in range(items)]


def test_the_error_of_one_does_not_stop_the_others() -> None:
    error = FaxFailed("It did not arrive", "Send it again.")

    def fail_in_the_middle(number: int) -> int:
        if number == 1:
            raise error
        return number

    assert concurrency.map_concurrently(fail_in_the_middle, range(4), 1) == [0, error, 2, 3]


@pytest.mark.parametrize("kind", [LoginRefused, Unreachable, ReadOnly])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_fatal_error_stops_those_that_have_not_begun(kind: type[FaxError], wrapped: bool) -> None:
    """Also where it is only the cause of the error."""
    tried = []

    def fail(number: int) -> None:
        tried.append(number)
        if number == 1:
            fatal = kind("Banned", "Wait.")
            if wrapped:
                raise BadOption("It is not known", "Look there.") from fatal
            raise fatal

    first, fatal, *others = concurrency.map_concurrently(fail, range(5), 1)
    assert tried == [0, 1]
    assert first is None
    assert isinstance(fatal, BadOption if wrapped else kind)
    assert [type(other) for other in others] == [NotTried] * 3
    expected = "Not tried: It is not known. Look there." if wrapped else "Not tried: Banned. Wait."
    assert {str(other) for other in others} == {expected}


def test_those_that_have_begun_go_on_after_a_fatal_error() -> None:
    begun, failed = threading.Event(), threading.Event()

    def run(number: int) -> str:
        if number == 0:
            begun.wait()
            failed.set()
            raise Unreachable("Gone", "Wait.")
        begun.set()
        failed.wait()
        return "done"

    fatal, done = concurrency.map_concurrently(run, range(2), 2)
    assert isinstance(fatal, Unreachable)
    assert done == "done"


def test_any_other_exception_passes_when_all_threads_are_over() -> None:
    before = threading.active_count()

    def fail(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        concurrency.map_concurrently(fail, [1, 0, 1, 0], 2)
    assert threading.active_count() == before


def test_a_fault_of_one_does_not_stop_the_others_if_it_is_guarded() -> None:
    def fail(number: int) -> int:
        if number == 2:
            raise BadOption("what", "advice")
        return 1 // number

    ok, fault, error, last = concurrency.map_concurrently(concurrency.guarded(fail), [1, 0, 2, 1], 2)
    assert (ok, last) == (1, 1)
    assert isinstance(fault, Fault)
    assert isinstance(error, BadOption)


def test_nothing_new_is_begun_once_ansible_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `kill -9` leaves a module: its own parent, a shell, lives on, and has got another one."""
    monkeypatch.setattr(concurrency, "_parents", {})
    concurrency.check_parent()
    concurrency.work_for([os.getppid(), parent_of(os.getppid())])
    concurrency.check_parent()
    concurrency.work_for([os.getppid(), 4_000_000])  # not so from the beginning: on another machine
    concurrency.check_parent()
    concurrency._parents[os.getppid()] = 4_000_000
    with pytest.raises(Abandoned, match=r"^Ansible has ended, so nothing new is started\. Run it again for the rest"):
        concurrency.check_parent()
    with pytest.raises(Abandoned):
        concurrency.pause(0)
    monkeypatch.setattr(concurrency, "_parents", {os.getpid(): 4_000_000})
    first, *others = concurrency.map_concurrently(lambda _item: concurrency.check_parent(), range(3), 1)
    assert isinstance(first, Abandoned)
    assert all(isinstance(other, NotTried) for other in others)


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


class Interrupted(BaseException):
    """As when somebody presses Control-C."""


def test_nobody_sleeps_on_when_the_program_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "_ending", threading.Event())
    asleep, ended = threading.Event(), []

    def run(number: int) -> None:
        if number == 0:
            asleep.wait()
            raise Interrupted
        asleep.set()
        try:
            concurrency.pause(86400)
        except concurrency.Ended:
            ended.append(number)
            raise

    with pytest.raises(Interrupted):
        concurrency.map_concurrently(run, range(2), 2)
    assert ended == [1]


def test_a_pause_ends() -> None:
    concurrency.pause(0)


def test_the_dearest_job_is_the_first_and_jobs_add_others() -> None:
    done: list[str] = []
    jobs = concurrency.JobQueue()

    def first() -> None:
        done.append("first")
        jobs.add(5, done.append, "added")

    jobs.add(1, done.append, "cheap")
    jobs.add(9, first)
    jobs.add(3, done.append, "dear")
    jobs.run(1)
    assert done == ["first", "added", "dear", "cheap"]


def test_no_worker_ends_while_a_job_may_add_others() -> None:
    together = threading.Barrier(2)
    jobs = concurrency.JobQueue()

    def first() -> None:
        jobs.add(1, together.wait)
        together.wait()

    jobs.add(1, first)
    jobs.run(2)


def test_a_stop_finishes_what_is_begun_and_begins_nothing() -> None:
    done: list[int] = []
    jobs = concurrency.JobQueue()

    def job(number: int) -> None:
        if number == 2:
            jobs.stop()
        done.append(number)

    for number in range(5):
        jobs.add(-number, job, number)
    jobs.run(1)
    assert done == [0, 1, 2]


def test_what_a_job_does_not_expect_ends_all_and_is_raised() -> None:
    jobs = concurrency.JobQueue()
    jobs.add(1, [].pop)
    jobs.add(0, pytest.fail, "begun after that")
    with pytest.raises(IndexError):
        jobs.run(1)


def test_no_jobs() -> None:
    concurrency.JobQueue().run(4)


def test_workers_wait_for_jobs_while_the_queue_runs() -> None:
    jobs, done = concurrency.JobQueue(), list[int]()
    with jobs.running(2):
        for number in range(3):
            jobs.add(0, done.append, number)
            jobs.wait_for(lambda: number in done)  # noqa: B023  # called before the next number
    assert sorted(done) == [0, 1, 2]


def test_an_error_within_a_running_queue_stops_it() -> None:
    jobs = concurrency.JobQueue()
    jobs.add(0, [].pop)
    with pytest.raises(IndexError), jobs.running(1):
        jobs.wait_for(lambda: False)
    with pytest.raises(ZeroDivisionError), concurrency.JobQueue().running(4):
        raise ZeroDivisionError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_and_takes_effect_at_the_end(number: signal.Signals) -> None:
    events: list[str] = []
    before = signal.signal(number, lambda received, frame: events.append("effect"))
    try:
        with concurrency.interruptible(lambda: events.append("stop")):
            signal.raise_signal(number)
            events.append("finished")
        assert events == ["stop", "finished", "effect"]
        with concurrency.interruptible(lambda: events.append("stop")):
            pass
        assert events == ["stop", "finished", "effect"]
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("kind", ["jobs", "each"])
def test_a_signal_that_the_system_hands_to_another_thread_is_noticed(kind: str) -> None:
    """Python handles it in the main thread, which waits."""
    stopped = threading.Event()

    def job(number: int) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        assert stopped.wait(60)

    before = signal.signal(signal.SIGUSR1, lambda number, frame: stopped.set())
    try:
        if kind == "each":
            concurrency.map_concurrently(job, [1], 1)
        else:
            jobs = concurrency.JobQueue()
            jobs.add(1, job, 1)
            jobs.run(1)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("seconds", "events"),
    [(4.9, ["stop", "stop", "finished", "effect"]), (5.1, ["stop", "effect", "stop", "finished", "effect"])],
)
def test_a_second_signal_takes_effect_at_once_if_it_is_another_wish(
    seconds: float, events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    times = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    before = signal.signal(signal.SIGINT, lambda received, frame: seen.append("effect"))
    try:
        with concurrency.interruptible(lambda: seen.append("stop")):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            seen.append("finished")
        assert seen == events
    finally:
        signal.signal(signal.SIGINT, before)


def test_nobody_waits_for_another_try_once_a_signal_has_come() -> None:
    events: list[str] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: events.append("effect"))

    def wait(_one: int) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        try:
            concurrency.pause(3600)
        except concurrency.Ended:
            events.append("ended")
            raise

    jobs = concurrency.SpacedJobQueue(wait, [1])
    try:
        with pytest.raises(concurrency.Ended), concurrency.interruptible(jobs.stop):
            jobs.run(1)
        assert events == ["ended", "effect"]
        concurrency.pause(0)
    finally:
        signal.signal(signal.SIGINT, before)


# Neighbours -----------------------------------------------------------------------------------------------------------


class Spaced:
    """A run of `SpacedJobs`: in which order the ids came, and which were under way at the same moment."""

    def __init__(self, ids: Iterable[int], most: int, takes: Callable[[int], int] = lambda one: 1) -> None:
        self.order: list[int] = []
        self.pairs: set[tuple[int, int]] = set()
        self.most = 0
        self._at: set[int] = set()
        self._takes = takes
        self._lock = threading.Lock()
        self.jobs = concurrency.SpacedJobQueue(self.do, list(ids))
        self.jobs.run(most)

    def do(self, one: int) -> None:
        with self._lock:
            self.pairs |= {(one, other) for other in self._at}
            self._at.add(one)
            self.order.append(one)
            self.most = max(self.most, len(self._at))
        for _turn in range(self._takes(one)):
            os.sched_yield()
        with self._lock:
            self._at.remove(one)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 8, 32])
@pytest.mark.parametrize(
    "ids",
    [range(0), range(1), range(2), range(1, 11), range(300), range(0, 900, 3), [*range(20), *range(1000, 1010)]],
    ids=lambda ids: f"{len(ids)} ids",
)
def test_neighbours_are_never_at_once_and_nobody_is_left_out(ids: Any, most: int) -> None:
    # Some take long, so that blocks end at different times and are shared anew.
    run = Spaced(ids, most, takes=lambda one: 200 if one % 50 < 5 else 3)
    assert sorted(run.order) == sorted(ids)
    assert all(abs(one - other) >= concurrency.APART for one, other in run.pairs)
    assert run.most <= most


def test_each_worker_has_a_block_of_ids() -> None:
    """Four of them are at the quarters before any of them goes on."""
    begun = threading.Barrier(4)
    first: list[int] = []

    def do(one: int) -> None:
        if len(first) < 4:
            first.append(one)
            begun.wait()

    concurrency.SpacedJobQueue(do, range(300)).run(4)
    assert sorted(first) == [0, 75, 150, 225]


def test_far_subscribers_are_done_side_by_side() -> None:
    begun = threading.Barrier(4)
    concurrency.SpacedJobQueue(lambda _one: begun.wait(), [10, 20, 30, 40]).run(4)


def test_spaced_jobs_that_are_stopped_begin_no_other() -> None:
    done: list[int] = []

    def do(one: int) -> None:
        done.append(one)
        if len(done) == 3:
            jobs.stop()

    jobs = concurrency.SpacedJobQueue(do, range(50))
    jobs.run(1)
    assert done == [0, 1, 2]


def test_spaced_jobs_raise_what_one_of_them_raises() -> None:
    def do(one: int) -> None:
        raise KeyError(one)

    with pytest.raises(KeyError):
        concurrency.SpacedJobQueue(do, range(50)).run(4)


def test_what_is_begun_is_finished_though_ansible_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(concurrency._parents, os.getpid(), -1)
    with concurrency.finishing():
        concurrency.check_parent()
    with pytest.raises(Abandoned):
        concurrency.check_parent()
