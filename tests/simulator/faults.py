# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: what a server behind proxies and bad lines does to a client."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .hal import dumps
from .observe import query_text
from .state import State


@dataclass(slots=True)
class Fault:
    """Row of the table: which requests it affects, how often, and how."""

    method: str | None = None
    path: str | None = None
    """Regular expression, searched anywhere in the path."""
    query: str | None = None
    """Regular expression, searched anywhere in the query as the log shows it."""
    times: int | None = 1
    """Number of requests that it affects. None: all."""
    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: object = None
    effect: bool = False
    """Whether the request takes effect all the same, although `status` is the answer."""
    delay_ms: int = 0
    close: str | None = None
    """before, after: cut the connection without an answer, before or after the request took effect. middle: after
    the headers and half of the body; an answer without a body arrives whole."""

    def meets(self, scope: Scope) -> bool:
        """Return whether the row matches a request."""
        return (
            self.times != 0
            and self.method in (None, scope["method"])
            and (self.path is None or re.search(self.path, scope["path"]) is not None)
            and (self.query is None or re.search(self.query, query_text(scope["query_string"])) is not None)
        )


def read(content: object) -> list[Fault]:
    """Return the table that the control API received. Raises ValueError if it is invalid."""
    if not isinstance(content, list):
        raise ValueError("expected a list of faults")
    return [_read_one(entry) for entry in content]


def _read_one(entry: object) -> Fault:
    known = {each.name for each in fields(Fault)}
    if not isinstance(entry, dict) or not set(entry) <= known:
        raise ValueError(f"a fault has {', '.join(sorted(known))}; got {entry!r}")
    fault = Fault(**entry)
    if fault.close not in (None, "before", "after", "middle"):
        raise ValueError(f"close is before, after or middle, not {fault.close!r}")
    if fault.status is None and fault.close is None and not fault.delay_ms:
        raise ValueError(f"a fault needs status, delay_ms or close; got {entry!r}")
    for name in ("path", "query"):
        pattern = getattr(fault, name)
        try:
            re.compile(pattern or "")
        except (re.error, TypeError) as error:
            raise ValueError(f"{name} {pattern!r}: {error}") from None
    return fault


class Faults:
    """Middleware that applies the first row of the table that matches a request."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault: Fault | None = next((each for each in self._state.faults if each.meets(scope)), None)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.times is not None:
            fault.times -= 1
        life = self._state.life
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.close == "before" or self._state.life is not life:
            cut(scope)
        elif fault.close == "after":
            await self._app(scope, receive, _swallow)
            cut(scope)
        elif fault.close == "middle":
            await self._break_off(scope, receive, send)
        elif fault.status is not None:
            if fault.effect:
                await self._app(scope, receive, _swallow)
            await _answer(fault)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _break_off(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the first half of an answer, like a server that dies meanwhile."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, *rest = messages
        body = b"".join(message.get("body", b"") for message in rest)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        # Unlike with a cut connection, data that was sent still arrives.
        scope["simulator.connection"].transport.close()


async def _swallow(message: Message) -> None:
    """Discard an answer."""


def cut(scope: MutableMapping[str, Any]) -> None:
    """Close a request's connection without an answer."""
    scope["simulator.connection"].transport.abort()


def _answer(fault: Fault) -> Response:
    body = fault.body
    media_type = None
    if isinstance(body, (dict, list)):
        body, media_type = dumps(body), "application/json"
    status = fault.status or 500
    headers = {name: str(value) for name, value in (fault.headers or {}).items()}
    return Response("" if body is None else str(body), status, headers, media_type)
