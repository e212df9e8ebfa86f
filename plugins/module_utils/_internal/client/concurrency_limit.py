# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limit how many requests are under way at once, and lower the limit while the server is busy or slow."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A request is slow if it takes this many times as long as its kind did when the server had less to do.
SLOW = 3.0
# A request that takes fewer seconds is never slow: a busy controller alone can add some milliseconds.
QUICK = 0.1
# The weight of the newest answer in the moving average of its kind.
NEWEST = 0.2
# Busy answers within this many seconds count as one.
MOMENT = 0.5


class ConcurrencyLimit:
    """Lets at most `most` requests through at once.

    The limit is halved when the server says that it is busy, lowered by a fifth when answers become slow, and raised by
    one with each round of good answers: additive increase, multiplicative decrease, as TCP does (RFC 5681).
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.least = most
        """The lowest limit so far."""
        self.busy_answers = 0
        """How often the server said that it was busy."""
        self._limit = float(most)
        self._clock = clock
        self._running = 0
        self._cut_at = -math.inf
        self._usual: dict[str, float] = {}
        self._best: dict[str, float] = {}
        self._free = threading.Condition()

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return int(self._limit)

    @contextmanager
    def request(self, kind: str | None) -> Iterator[None]:
        """Wait for a place, and hold it for one request.

        Requests of one `kind` take about the same time; None is for requests that may take any time.
        """
        with self._free:
            self._free.wait_for(lambda: self._running < self.limit)
            self._running += 1
        begun = self._clock()
        try:
            yield
        finally:
            with self._free:
                self._running -= 1
                self._learn(kind, begun)
                self._free.notify_all()

    def busy(self) -> None:
        """Note that the server said that it is busy."""
        with self._free:
            self.busy_answers += 1
            if self._clock() - self._cut_at >= MOMENT:
                self._cut(0.5)

    def _learn(self, kind: str | None, begun: float) -> None:
        slow = kind is not None and self._is_slow(kind, self._clock() - begun)
        # Requests that began before the last change do not show its effect.
        if begun >= self._cut_at:
            if slow:
                self._cut(0.8)
            else:
                self._limit = min(self.most, self._limit + 1 / self._limit)

    def _is_slow(self, kind: str, seconds: float) -> bool:
        usual = self._usual.get(kind, seconds)
        self._usual[kind] = usual = usual + NEWEST * (seconds - usual)
        best = self._best[kind] = min(usual, self._best.get(kind, usual))
        return usual > max(SLOW * best, QUICK)

    def _cut(self, factor: float) -> None:
        self._limit = max(1.0, self._limit * factor)
        self.least = min(self.least, self.limit)
        self._cut_at = self._clock()
