# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's worker processes: so many requests at a time, the others wait, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Workers:
    """The places at which requests are served. `limit` says how many there are, 0 for as many as are asked for."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self.busy = 0
        """How many places are taken."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place and take it. Nobody overtakes: a place that gets free belongs to who waits longest."""
        if self._has_room() and not self._waiting:
            self.busy += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def free(self) -> None:
        """Give a place back."""
        self.busy -= 1
        self.admit()

    def admit(self) -> None:
        """Let in who waits, as many as there is room for: to be called when the limit has changed."""
        while self._waiting and self._has_room():
            self._let_in()

    def dismiss(self) -> None:
        """Let in everybody who waits, whatever the limit."""
        while self._waiting:
            self._let_in()

    def _has_room(self) -> bool:
        return not self._limit() or self.busy < self._limit()

    def _let_in(self) -> None:
        turn = self._waiting.popleft()
        # Cancelled is who waited when the process ended.
        if not turn.cancelled():
            self.busy += 1
            turn.set_result(None)
