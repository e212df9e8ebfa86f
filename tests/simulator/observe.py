# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Middleware around every request: the log, the latency, and the refusal of writes."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .auth import WRITES
from .hal import json_response
from .moments import text_of
from .state import State

_SAFE_HEADERS: Final = frozenset(
    {b"content-type", b"content-length", b"accept", b"accept-encoding", b"prefer", b"user-agent", b"host", b"link"}
)


def is_write(scope: Scope) -> bool:
    """Return whether a request asks for a change below /api. A login does not."""
    return scope["method"] in WRITES and scope["path"].startswith("/api/")


def query_text(query: bytes) -> str:
    """Return a query in readable form."""
    return unquote(query.decode("latin-1"))


class Observe:
    """Middleware that logs and counts each request, and delays it by the latency."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        state, traffic = self._state, self._state.traffic
        traffic.requests += 1
        number, time = traffic.requests, state.clock.now()
        method: str = scope["method"]
        traffic.methods[method] = traffic.methods.get(method, 0) + 1
        traffic.writes += is_write(scope)
        traffic.logins += method == "POST" and scope["path"] == "/login_jwt"
        traffic.arrival.set()
        traffic.arrival = asyncio.Event()
        connection: int = scope["simulator.connection"].number
        if connection >= traffic.first_connection:
            traffic.connections.add(connection)
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        if state.options.latency_ms:
            await asyncio.sleep(state.options.latency_ms / 1000)
        try:
            await self._app(scope, receive, observed)
        finally:
            # 0 is a request without an answer: its connection was cut.
            traffic.statuses[status] = traffic.statuses.get(status, 0) + 1
            entry = (number, time, method, scope["path"], scope["query_string"], scope.get("simulator.user"))
            headers = tuple(pair for pair in scope["headers"] if pair[0] in _SAFE_HEADERS)
            traffic.log.append((*entry, _auth_kind(scope), status, connection, headers))


def _auth_kind(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return "jwt" if value.startswith(b"Bearer ") else "basic"
    return "none"


def shown(state: State) -> list[dict[str, object]]:
    """Return the log for the control API, without secrets."""
    return [
        {
            "n": number,
            "time": text_of(time),
            "method": method,
            "path": path,
            "query": query_text(query),
            "user": user,
            "auth": auth,
            "status": status,
            "connection": connection,
            "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in headers},
        }
        for number, time, method, path, query, user, auth, status, connection, headers in sorted(
            state.traffic.log, key=lambda entry: int(entry[0])
        )
    ]


def counters(state: State) -> dict[str, object]:
    """Return the counters for the control API."""
    traffic = state.traffic
    return {
        "requests": traffic.requests,
        "methods": traffic.methods,
        "statuses": {str(status): count for status, count in sorted(traffic.statuses.items())},
        "logins": traffic.logins,
        "connections": len(traffic.connections),
        "writes": traffic.writes,
        "refused_writes": traffic.refused_writes,
        "busy_ms": traffic.busy_ms,
        "most_busy": traffic.most_busy,
        "neighbours": sum(each.neighbours for each in state.deadlocks.values()),
    }


class RefuseWrites:
    """Middleware that proves that a client in check mode writes nothing: it answers as no server does."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._state.refuse_writes and is_write(scope):
            self._state.traffic.refused_writes += 1
            refusal = {"code": 418, "message": "The simulator refuses writes: none was expected."}
            await json_response(418, refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)
