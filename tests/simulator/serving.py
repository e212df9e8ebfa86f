# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service time: a request holds one of the server's workers for as long as it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .costs import COSTS, Bill
from .faults import cut
from .state import State

BILL: Final = "simulator.bill"
"""Key of a request's costs in its scope."""


class Serve:
    """Middleware that serves requests below /api and the login as slowly as the real server, a limited number at a
    time.
    """

    def __init__(self, app: ASGIApp, state: State, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._app = app
        self._state = state
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, bill = self._state, Bill(scope["method"])
        scope[BILL] = bill
        if not scope["path"].startswith("/api/") and scope["path"] != "/login_jwt":
            await self._app(scope, receive, send)
            return
        workers, life = state.workers, state.life
        await workers.take()
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        try:
            # A request that waited during a reset must not be served after it.
            if state.life is not life:
                cut(scope)
                return
            traffic = state.traffic
            traffic.most_busy = max(traffic.most_busy, workers.busy)
            start = asyncio.get_running_loop().time()
            await self._app(scope, receive, keep)
            bill.status = answer[0]["status"]
            cost = COSTS[state.options.costs].of(bill, state.options.no_count_saves)
            traffic.busy_ms += cost
            if cost:
                # What the simulator itself took is part of it. A hash is waited for, too, not computed: this machine's
                # cores are the client's that is measured.
                await self._sleep(max(0.0, start + cost / 1000 - asyncio.get_running_loop().time()))
        finally:
            workers.free()
        # As behind a proxy that buffers the answer, a slow client holds no worker.
        for message in answer:
            await send(message)
