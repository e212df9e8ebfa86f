# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run many functions concurrently, a few at a time, and only as long as somebody waits for them."""

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
from typing import TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Abandoned,
    FaxError,
    NotTried,
    ServerDown,
    fault,
)

# Set when the program must end; it wakes every pause.
_ending = threading.Event()
# The parent that each process had at first, by id: this process, and Ansible's that wait for it. A change means that
# Ansible is gone.
_parents: dict[int, int] = {}
# By thread: True while it finishes begun work even if Ansible is gone.
_finishes = threading.local()

Job = tuple[Callable[..., object], tuple[object, ...]]
T = TypeVar("T")
R = TypeVar("R")

# The most concurrent requests; more would amount to an attack on the server.
MOST = 32
# Subscribers whose ids are closer than this are neighbours: the panel deadlocks if it writes two of them concurrently.
APART = 8
# How long begun work may take after a first signal, in seconds. Ansible waits six seconds for its processes.
GRACE = 5.0
# The longest wait of the main thread without handling signals, in seconds. The system may deliver a signal to another
# thread, which does not wake the main one, and Python handles signals only in the main one.
AWAKE = 0.1


def map_concurrently(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R | FaxError]:
    """Return the result or the `FaxError` of `function` for each of `items`, in their order; `workers` run at once.

    One error does not stop the others unless it `stops_others`: those that have not begun become `NotTried`. Raises any
    other exception of `function`.
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
    """Wrap a function for `map_concurrently` so that it raises a `FaxError` in place of any other exception.

    Any other exception would discard the results of the other items.
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
    """Begin a task, in a process that goes on after an earlier task was interrupted."""
    _ending.clear()


def work_for(ansible: Sequence[int]) -> None:
    """Let `check_parent` watch the parent of this process, a module, and Ansible.

    `ansible` holds the ids of Ansible's waiting process and of its parent, if they are on this machine.
    """
    _parents[os.getpid()] = os.getppid()
    # The shell between them does not notice that Ansible is gone.
    if len(ansible) == 2 and _parent_of(ansible[0]) == ansible[1]:
        _parents[ansible[0]] = ansible[1]


@contextmanager
def finishing() -> Iterator[None]:
    """Let this thread finish begun work even if Ansible is gone: half-done work is worse than either all or none."""
    _finishes.now = True
    try:
        yield
    finally:
        _finishes.now = False


def check_parent() -> None:
    """Raise `Abandoned` if Ansible is gone, as after `kill -9`."""
    if getattr(_finishes, "now", False):
        return
    # A process that Ansible has forked knows its parent.
    forked_by = multiprocessing.parent_process()
    mine = forked_by.pid if forked_by else _parents.get(os.getpid())
    gone = mine is not None and os.getppid() != mine
    if gone or any(_parent_of(one) != parent for one, parent in _parents.items() if one != os.getpid()):
        raise Abandoned("Ansible has ended, so nothing new is started", "Run it again for the rest.")


def _parent_of(process: int) -> int | None:
    """Return the parent of a process; None if the process is gone, or there is no /proc."""
    try:
        # The program's name, in parentheses, may contain any character.
        return int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


class JobQueue:
    """Runs jobs, the most expensive first so that no long one remains for the end. A job may add others."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[..., object], tuple[object, ...]]] = []
        self._added = 0
        self._running = 0
        self._failure: BaseException | None = None
        self._stopped = False
        # More jobs may come although none is left.
        self._is_open = False
        self._changed = threading.Condition()

    def add(self, cost: float, function: Callable[..., object], *arguments: object) -> None:
        """Add the job `function(*arguments)` with its estimated cost. The function handles the errors it expects."""
        with self._changed:
            self._added += 1
            heapq.heappush(self._heap, (-cost, self._added, function, arguments))
            self._changed.notify()

    def stop(self) -> None:
        """Start no more jobs; let running ones finish."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def run(self, workers: int) -> None:
        """Run all jobs, including those they add, at most `workers` at once. Raises whatever a job raises."""
        with self.running(workers):
            pass

    @contextmanager
    def running(self, workers: int) -> Iterator[None]:
        """Run jobs while the block adds them, and until none is left. Raises whatever a job raises."""
        threads = [threading.Thread(target=self._work, daemon=True) for _each in range(max(1, workers))]
        self._is_open = True
        for thread in threads:
            thread.start()
        try:
            yield
            with self._changed:
                self._is_open = False
                self._changed.notify_all()
            for thread in threads:
                while thread.is_alive():
                    thread.join(AWAKE)
        except BaseException as error:
            self.stop()
            if not isinstance(error, Exception):
                _ending.set()
            # Wait for begun jobs: the process may live on, and its next task may write the same subscribers.
            for thread in threads:
                thread.join()
            raise
        if self._failure:
            raise self._failure

    def wait_for(self, is_over: Callable[[], bool]) -> None:
        """Wait, within `running`, until `is_over` or until the jobs were stopped. Raises whatever a job raised."""
        with self._changed:
            while not self._stopped and not is_over():
                self._changed.wait(AWAKE)
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
        """Wait for a job and take it; None if none is left, and none can be added."""
        with self._changed:
            while not self._stopped:
                job = self._take()
                if job:
                    self._running += 1
                if job or not (self._running or self._is_open):
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
        """Note that this thread's job has ended."""


class SpacedJobQueue(JobQueue):
    """Runs one job for each of many subscribers, never for neighbours at the same time.

    Each worker goes through a block of ids in order. When its block is done, it takes the far half of the largest
    remaining block. It waits while only neighbours of the subscribers that other workers work on are left.
    """

    def __init__(self, function: Callable[[int], object], ids: Collection[int]) -> None:
        super().__init__()
        self._function, self._ids = function, sorted(ids)
        # By the worker's thread: its block, as indexes in `_ids`, and the id that it works on.
        self._blocks: dict[int, range] = {}
        self._at: dict[int, int] = {}

    def _take(self) -> Job | None:
        worker = threading.get_ident()
        block = self._blocks.get(worker) or self._share()
        self._blocks[worker] = block
        # At the border of two blocks, another worker may be at a neighbour of the first id, but not of the last.
        for place, rest in ((block[0], block[1:]), (block[-1], block[:-1])) if block else ():
            ident = self._ids[place]
            if all(abs(ident - other) >= APART for other in self._at.values()):
                self._blocks[worker], self._at[worker] = rest, ident
                return self._function, (ident,)
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
    """Delay the first SIGINT or SIGTERM to the end of the block, and call `stop` when it arrives.

    So begun work is finished, but pauses before further tries are cut short. A second signal takes effect at once if it
    comes more than `GRACE` seconds later; an earlier one is the same request, sent by both Ansible and the terminal.
    `ended` is called before the signal takes effect, which may end this process. Does nothing outside the main thread.
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
    """Sleep for `seconds`, or until the program ends.

    `stopped(seconds)` waits as long for anything else that ends the pause, and then returns True. Raises `Ended` if the
    program ends, and `Abandoned` if Ansible is gone.
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
