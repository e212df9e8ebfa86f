# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many things side by side, a few at a time, and only as long as somebody waits for them."""

from __future__ import annotations

import heapq
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Abandoned,
    FaxError,
    NotTried,
    ServerDown,
    fault,
)

# Set when the program is to end: nobody sleeps on.
_ending = threading.Event()
# Processes that must live on as long as this one works, this one itself among them: each with its parent.
_parents: dict[int, int] = {}
# Whether a thread finishes what it has begun, whoever is gone.
_finishes = threading.local()

Job = tuple[Callable[..., object], tuple[Any, ...]]
T = TypeVar("T")
R = TypeVar("R")

# How many there may be at once: more than that is an attack on the server.
MOST = 32
# Subscribers whose ids are fewer apart are neighbours: the panel's writes of two of them at the same moment deadlock.
APART = 8
# How long what is begun may take after a first signal, in seconds. Ansible waits for its processes for six.
GRACE = 5.0
# How long the main thread may wait without a look at signals, in seconds. The system may hand a signal to any thread,
# and Python handles it in the main one, which that does not wake.
AWAKE = 0.1


def map_concurrently(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R | FaxError]:
    """What `function` returns or raises for each of `items`, in their order; at most `workers` at the same time.

    A `FaxError` of one does not stop the others, unless it `stops_others`: those that have not begun are `NotTried`.
    """
    fatal: list[FaxError] = []

    def run(item: T) -> R | FaxError:
        if fatal:
            return NotTried(f"Not tried: {fatal[0].what}", fatal[0].advice)
        try:
            return function(item)
        except FaxError as error:
            if fatal and isinstance(error, ServerDown) and not (error.perhaps_done or error.facts):
                return NotTried(f"Not tried: {error.what}", error.advice)
            if error.stops_others:
                fatal.append(error)
            return error

    pool = ThreadPoolExecutor(max(1, min(workers, len(items))))
    try:
        futures = [pool.submit(run, item) for item in items]
        return [_result(future) for future in futures]
    except BaseException as error:
        if not isinstance(error, Exception):
            _ending.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def guarded(function: Callable[[T], R]) -> Callable[[T], R]:
    """Wrap a function for `each` so that it raises a `Fault` in place of any other exception, which would lose what
    became of the other items.
    """

    def run(item: T) -> R:
        try:
            return function(item)
        except FaxError:
            raise
        except Exception as error:
            raise fault(error) from error

    return run


def _result(future: Future[R]) -> R:
    while not future.done():
        wait([future], AWAKE)
    return future.result()


def begin() -> None:
    """A task begins in a process that lives on after one that was ended."""
    _ending.clear()


def work_for(ansible: Sequence[int]) -> None:
    """Let `check_parent` watch who started this process, a module. `ansible` names the process of Ansible that waits
    for it, and the parent of that, if they are on this machine.
    """
    _parents[os.getpid()] = os.getppid()
    # The shell between them does not notice that Ansible is gone.
    if len(ansible) == 2 and _parent_of(ansible[0]) == ansible[1]:
        _parents[ansible[0]] = ansible[1]


@contextmanager
def finishing() -> Iterator[None]:
    """Let this thread finish what it has begun, also if Ansible is gone: half of it is worse than all or nothing."""
    _finishes.now = True
    try:
        yield
    finally:
        _finishes.now = False


def check_parent() -> None:
    """Raise `Abandoned` if Ansible, which this process works for, is gone, as after `kill -9`."""
    if getattr(_finishes, "now", False):
        return
    # A process of Ansible's own knows which one has forked it.
    forked_by = multiprocessing.parent_process()
    mine = forked_by.pid if forked_by else _parents.get(os.getpid())
    gone = mine is not None and os.getppid() != mine
    if gone or any(_parent_of(one) != parent for one, parent in _parents.items() if one != os.getpid()):
        raise Abandoned("Ansible has ended, so nothing new is started", "Run it again for the rest.")


def _parent_of(process: int) -> int | None:
    """Return the parent of a process; None if the process is gone, or there is no /proc."""
    try:
        # The name of the program, in parentheses, may hold anything.
        return int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


class JobQueue:
    """Things to do, the dearest first, so that no long one is left for the end; a job may add others."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._added = 0
        self._running = 0
        self._failure: BaseException | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def add(self, cost: float, function: Callable[..., object], *arguments: Any) -> None:
        """`function(*arguments)` is to be called; it is expected to handle the errors that it expects."""
        with self._changed:
            self._added += 1
            heapq.heappush(self._heap, (-cost, self._added, function, arguments))
            self._changed.notify()

    def stop(self) -> None:
        """Begin no other job; those that run are finished."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def run(self, workers: int) -> None:
        """Do them all, and those that they add, at most `workers` at the same time. Raises what a job raises."""
        threads = [threading.Thread(target=self._work, daemon=True) for _each in range(max(1, workers))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(AWAKE)
        except BaseException:
            self.stop()
            _ending.set()
            # What is begun is finished: the process may live on, and others write where these still do.
            for thread in threads:
                thread.join()
            raise
        if self._failure:
            raise self._failure

    def _work(self) -> None:
        while job := self._next():
            function, arguments = job
            try:
                function(*arguments)
            except BaseException as error:  # noqa: BLE001  # raised again by `run`, in the thread that waits for it
                self._failure = error
                self.stop()
            finally:
                with self._changed:
                    self._running -= 1
                    self._finished()
                    self._changed.notify_all()

    def _next(self) -> Job | None:
        """Wait for a job and take it; None if there is none left, and none can be added."""
        with self._changed:
            while not self._stopped:
                job = self._take()
                if job:
                    self._running += 1
                if job or not self._running:
                    return job
                self._changed.wait()
        return None

    def _take(self) -> Job | None:
        """Take a job that may begin now."""
        if not self._heap:
            return None
        _cost, _number, function, arguments = heapq.heappop(self._heap)
        return function, arguments

    def _finished(self) -> None:
        """Note that the job of this thread has ended."""


class SpacedJobQueue(JobQueue):
    """One thing to do for each of many subscribers, never for neighbours at the same moment.

    Each worker has a block of ids and goes through it in order. One whose block is done takes the far half of the
    largest that is left. Where only neighbours are left of those that others are at, it waits.
    """

    def __init__(self, function: Callable[[int], object], ids: Collection[int]) -> None:
        super().__init__()
        self._function, self._ids = function, sorted(ids)
        # By the worker's thread: the places in `_ids` that it is to do, and the id that it is at.
        self._blocks: dict[int, range] = {}
        self._at: dict[int, int] = {}

    def _take(self) -> Job | None:
        worker = threading.get_ident()
        block = self._blocks.get(worker) or self._share()
        self._blocks[worker] = block
        # At the border of two blocks, another worker may be at a neighbour of the next id, but not of the last one.
        for place, rest in ((block[0], block[1:]), (block[-1], block[:-1])) if block else ():
            one = self._ids[place]
            if all(abs(one - other) >= APART for other in self._at.values()):
                self._blocks[worker], self._at[worker] = rest, one
                return self._function, (one,)
        return None

    def _finished(self) -> None:
        self._at.pop(threading.get_ident())

    def _share(self) -> range:
        """Return all ids for the first worker, and for others the far half of the largest block."""
        if not self._blocks:
            return range(len(self._ids))
        whose = max(self._blocks, key=lambda each: len(self._blocks[each]))
        largest = self._blocks[whose]
        self._blocks[whose] = largest[: len(largest) // 2]
        return largest[len(largest) // 2 :]


@contextmanager
def interruptible(stop: Callable[[], None], ended: Callable[[], None] = lambda: None) -> Iterator[None]:
    """The first SIGINT or SIGTERM calls `stop`, and takes effect only when the block ends: what is begun is finished,
    but nobody waits for another try.
    One that comes more than `GRACE` seconds later takes effect at once; sooner, it is the same wish, from Ansible and
    the terminal both. `ended` is called before it takes effect, which may be the end of this process.

    In a thread of a program that has others for its signals it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[tuple[int, float]] = []

    def handle(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if received and now - received[0][1] > GRACE:
            give_back()
            signal.raise_signal(number)
        received.append((number, now))
        _ending.set()
        stop()

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if received:
            _ending.clear()
            ended()
        give_back()
        if received:
            signal.raise_signal(received[0][0])


def pause(seconds: float, stopped: Callable[[float], bool] | None = None) -> None:
    """Sleep, but not longer than the program lives. `stopped(seconds)` waits so long for what also ends the pause.

    Raises `Abandoned` if nobody waits any more.
    """
    end = time.monotonic() + seconds
    while stopped and (left := end - time.monotonic()) > 0 and not _ending.is_set():
        if stopped(min(left, AWAKE)):
            return
    if _ending.wait(0 if stopped else seconds):
        raise Ended
    check_parent()


class Ended(BaseException):
    """The program ends while this thread sleeps."""
