# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a long task, in one line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener

# The number of seconds into a phase after which the line estimates the time left.
SETTLED = 2.0


class Progress:
    """Counts what is done in each phase of a task, and reports it. A phase with a total of 0 has an unknown length."""

    def __init__(self, listener: Listener | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._reported_at = clock()
        self.begin("", 0)

    def begin(self, phase: str, total: int, changed: str = "changed") -> None:
        """Begin a phase of `total` items; the line calls the changed ones `changed`."""
        self._phase, self._total, self._begun, self._word = phase, total, self._clock(), changed
        self._done = self._changed = self._failed = 0

    def count(self, done: int = 1, changed: int = 0, failed: int = 0) -> None:
        """Count `done` more items, of which some changed or failed."""
        if not self._listener:
            return
        with self._lock:
            self._done += done
            self._changed += changed
            self._failed += failed
            now = self._clock()
            if now - self._reported_at >= self._listener.seconds:
                self._reported_at = now
                self._listener.tell(self.line)

    def end(self, line: str = "") -> None:
        """Report a last line, if any, at the end of the task."""
        if self._listener:
            self._listener.end(line)

    def abort(self, line: str) -> None:
        """Report a last line because the program ends early."""
        if self._listener:
            self._listener.abort(line)

    @property
    def line(self) -> str:
        """The progress so far, such as `writing 120/250, 118 changed, 2 failed, 190/s, 1 s left`."""
        seconds = max(self._clock() - self._begun, 0.001)
        rate = self._done / seconds
        # The first items take longer, so they do not predict the rest.
        is_settled = self._done and self._total and seconds >= SETTLED
        left = f"{_span((self._total - self._done) / rate)} left" if is_settled else ""
        counts = [f"{self._changed:,} {self._word}"] if self._changed else []
        counts += [f"{self._failed:,} failed"] if self._failed else []
        total = f"/{self._total:,}" if self._total else ""
        return ", ".join(
            part for part in (f"{self._phase} {self._done:,}{total}", *counts, f"{rate:,.0f}/s", left) if part
        )


def _span(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
