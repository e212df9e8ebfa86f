# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many things side by side, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils.errors import FaxError, NotTried

# Set when the program is to end: nobody sleeps on.
_ending = threading.Event()

T = TypeVar("T")
R = TypeVar("R")

# How many there may be at once: more than that is an attack on the server.
MOST = 32


def each(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R | FaxError]:
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
            if error.stops_others:
                fatal.append(error)
            return error

    pool = ThreadPoolExecutor(max(1, min(workers, len(items))))
    try:
        futures = [pool.submit(run, item) for item in items]
        return [future.result() for future in futures]
    except BaseException as error:
        if not isinstance(error, Exception):
            _ending.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def pause(seconds: float) -> None:
    """Sleep; in a thread of `each`, not longer than the program lives."""
    if _ending.wait(seconds):
        raise Ended


class Ended(BaseException):
    """The program ends while this thread sleeps."""
