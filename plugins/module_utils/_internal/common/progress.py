# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a long task is, in one line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener

# After so many seconds of a phase it is told how long the rest will take.
SETTLED = 2.0


class Progress:
    """Counts what is done in each phase of a task, and tells it. Nobody knows how long a phase is whose total is 0."""

    def __init__(self, listener: Listener | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._told = clock()
        self.begin("", 0)

    def begin(self, phase: str, total: int, changed: str = "changed") -> None:
        """A new phase, in which `total` things are to be done; `changed` says what those are that count as changed."""
        self._phase, self._total, self._begun, self._word = phase, total, self._clock(), changed
        self._done = self._changed = self._failed = 0

    def count(self, done: int = 1, changed: int = 0, failed: int = 0) -> None:
        """So many more are done, and so many of them changed or failed."""
        if not self._listener:
            return
        with self._lock:
            self._done += done
            self._changed += changed
            self._failed += failed
            now = self._clock()
            if now - self._told >= self._listener.seconds:
                self._told = now
                self._listener.tell(self.line)

    def end(self, line: str = "") -> None:
        """There is no more to tell, but for a last line."""
        if self._listener:
            self._listener.end(line)

    def abort(self, line: str) -> None:
        """The program ends early, and this is the last that it tells."""
        if self._listener:
            self._listener.abort(line)

    @property
    def line(self) -> str:
        """Such as `writing 120/250, 118 changed, 2 failed, 190/s, 1 s left`."""
        seconds = max(self._clock() - self._begun, 0.001)
        rate = self._done / seconds
        # The first ones take longer, and tell little of the others.
        known = self._done and self._total and seconds >= SETTLED
        left = f"{_span((self._total - self._done) / rate)} left" if known else ""
        counts = [f"{self._changed:,} {self._word}"] if self._changed else []
        counts += [f"{self._failed:,} failed"] if self._failed else []
        total = f"/{self._total:,}" if self._total else ""
        return ", ".join(
            each for each in (f"{self._phase} {self._done:,}{total}", *counts, f"{rate:,.0f}/s", left) if each
        )


def _span(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
