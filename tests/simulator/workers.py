# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker processes of the server: a limited number of requests at a time; others wait, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Workers:
    """Places at which requests are served. `limit` is their number, 0 for no limit."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self.busy = 0
        """Number of places that are taken."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place and take it. A place that becomes free goes to the request that has waited longest."""
        if self._has_room() and not self._waiting:
            self.busy += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def free(self) -> None:
        """Release a place."""
        self.busy -= 1
        self.admit()

    def admit(self) -> None:
        """Admit waiting requests while there is room. Call this after changing the limit."""
        while self._waiting and self._has_room():
            self._let_in()

    def dismiss(self) -> None:
        """Admit all waiting requests, whatever the limit."""
        while self._waiting:
            self._let_in()

    def _has_room(self) -> bool:
        return not self._limit() or self.busy < self._limit()

    def _let_in(self) -> None:
        turn = self._waiting.popleft()
        # A request is cancelled if it waited when the process ended.
        if not turn.cancelled():
            self.busy += 1
            turn.set_result(None)
