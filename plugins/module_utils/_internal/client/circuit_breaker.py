# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A circuit breaker: stops a run when the server answers no request, or fails for one subscriber after another.

Without it, a run would try twenty thousand subscribers, and wait for a timeout each time.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, ServerDown

# How long the server may leave all requests unanswered before the run stops, as a multiple of `timeout`.
SILENCE = 1.5
# How long a second request must have waited without an answer, as a fraction of `timeout`: the first may be about a
# subscriber for whom the server never answers.
SECOND = 0.8
# More than BREATH seconds without any request do not count as silence; after PAUSE seconds earlier silence does not
# count either.
BREATH, PAUSE = 2.0, 60.0
# After failures for this many subscribers in a row, one more request checks whether the server works.
IN_A_ROW = 10
AGAIN = "Check the server and the network, then run it again: what is already done is not done again."


class CircuitBreaker:
    """Measures how long a server has been silent, and for how many subscribers in a row it has failed.

    `timeout` is how long one answer may take, in seconds. Threads share it.
    """

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout, self._clock = timeout, clock
        self._lock = threading.RLock()  # reentrant: `due` is read while it is held
        self._stopped = threading.Event()
        self.stopped: ServerDown | None = None
        """The error that stopped the run."""
        self.on_change: Callable[[float], None] = lambda due: None
        """Called with the time at which to call `stop_for_silence`, by the clock."""
        self.on_trip: Callable[[], None] = lambda: None
        """Called when the run stops."""
        self.reset()

    def reset(self) -> None:
        """Forget everything, because another task begins."""
        with self._lock:
            self.stopped = None
            self._stopped.clear()
            # By number of each waiting request: when it began, and what it is about.
            self._waiting: dict[int, tuple[float, str]] = {}
            self._number = 0
            # When the last answer came; and, by subject, when a request began that ended without an answer.
            self._silent_since = -math.inf
            self._in_vain: dict[str, float] = {}
            self._idle_since = -math.inf
            self._failing: set[str] = set()
            self._is_probing = False

    @contextmanager
    def waiting(self, about: str) -> Iterator[None]:
        """Note that a request waits for its answer; it is `about` one subscriber or one list (`Request.about`)."""
        with self._lock:
            now = self._clock()
            if not self._waiting:
                self._pass_over(now, now - self._idle_since)
            self._number += 1
            number = self._number
            self._waiting[number] = (now, about)
            due = self.due
        if due < math.inf:
            self.on_change(due)
        is_lost = False
        try:
            yield
        except FaxError as error:
            is_lost = error.status is None
            raise
        finally:
            with self._lock:
                begun, _about = self._waiting.pop(number, (math.inf, ""))
                if begun < math.inf and (is_lost or self._silent_since <= begun):
                    # Answers to others were signs of life, so it has waited in silence only since the last of them.
                    self._in_vain.setdefault(about, max(begun, self._silent_since))
                self._idle_since = self._clock()

    def _pass_over(self, now: float, seconds: float) -> None:
        """Do not count the `seconds` before `now` in which no request was under way."""
        if seconds > PAUSE:
            self._silent_since = now
            self._in_vain.clear()
        elif seconds > BREATH:
            self._silent_since = max(self._silent_since, min(now, self._silent_since + seconds))

    def heard(self, pause: float = 0.0) -> None:
        """Note a sign of life. The server asked for `pause` seconds without a request after it."""
        with self._lock:
            self._silent_since = max(self._silent_since, self._clock() + pause)
            self._in_vain.clear()

    @property
    def due(self) -> float:
        """The time, by the clock, after which the silence has lasted too long; infinite without a waiting request."""
        with self._lock:
            if self.stopped:
                return math.inf
            in_vain = dict(self._in_vain)
            begun = [in_vain.pop(about, begun) for begun, about in self._waiting.values()]
            if not begun or len(begun) + len(in_vain) < 2:
                return math.inf
            second = sorted([*begun, *in_vain.values()])[1]
            return max(self._silent_since + SILENCE * self._timeout, second + SECOND * self._timeout)

    def stop_for_silence(self) -> None:
        """Stop the run if the silence has lasted too long."""
        if self.due <= self._clock():
            self._stop(
                f"The server has not answered anybody for {SILENCE * self._timeout:g} s: the run has stopped trying",
                f"{AGAIN} (timeout says how long one answer may take.)",
            )

    def failed(self, about: str) -> bool:
        """Note that the server failed for the subscriber or list `about`.

        If this returns True, the caller must send a request that checks whether the server works, and pass the outcome
        to `settle`.
        """
        with self._lock:
            self._failing.add(about)
            if len(self._failing) < IN_A_ROW or self._is_probing or self.stopped:
                return False
            self._is_probing = True
            return True

    def succeeded(self) -> None:
        """Note that the server answered as it should, possibly with a refusal."""
        with self._lock:
            self._failing.clear()

    def settle(self, fails: bool, how: str) -> None:
        """Stop the run if the checking request `fails` too. `how` it failed goes into the message."""
        with self._lock:
            self._is_probing = False
            number = len(self._failing)
            self._failing.clear()
        if fails:
            self._stop(
                f"The server failed for {number} different subscribers or faxes in a row, and for a request that only "
                f"checks whether it works ({how}): the run has stopped trying",
                AGAIN,
            )

    def _stop(self, what: str, advice: str) -> None:
        with self._lock:
            self.stopped = self.stopped or ServerDown(what, advice)
            self._stopped.set()
        # Outside the lock: the callback takes its own.
        self.on_trip()

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for the run to stop, and return True if it has."""
        return self._stopped.wait(seconds)
