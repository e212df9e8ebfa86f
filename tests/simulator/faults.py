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
from .state import State


@dataclass(slots=True)
class Fault:
    """One row of the table: which requests it meets, how often, and what it does to them."""

    method: str | None = None
    path: str | None = None
    """A regular expression, found anywhere in the path."""
    times: int | None = 1
    """None: always."""
    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: object = None
    delay_ms: int = 0
    close: str | None = None
    """before, after: cut the connection without an answer, before or after the request took effect."""

    def meets(self, scope: Scope) -> bool:
        """Whether a request is met."""
        return (
            self.times != 0
            and self.method in (None, scope["method"])
            and (self.path is None or re.search(self.path, scope["path"]) is not None)
        )


def read(content: object) -> list[Fault]:
    """The table that the control API was sent; ValueError if it is none."""
    if not isinstance(content, list):
        raise ValueError("expected a list of faults")
    return [_read_one(entry) for entry in content]


def _read_one(entry: object) -> Fault:
    known = {each.name for each in fields(Fault)}
    if not isinstance(entry, dict) or not set(entry) <= known:
        raise ValueError(f"a fault has {', '.join(sorted(known))}; got {entry!r}")
    fault = Fault(**entry)
    if fault.close not in (None, "before", "after"):
        raise ValueError(f"close is before or after, not {fault.close!r}")
    if fault.status is None and fault.close is None and not fault.delay_ms:
        raise ValueError(f"a fault needs status, delay_ms or close; got {entry!r}")
    try:
        re.compile(fault.path or "")
    except re.error as error:
        raise ValueError(f"path {fault.path!r}: {error}") from None
    return fault


class Faults:
    """Does to requests what the table says; the first row that meets a request counts."""

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
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.close == "before":
            _cut(scope)
        elif fault.close == "after":
            await self._app(scope, receive, _swallow)
            _cut(scope)
        elif fault.status is not None:
            await _answer(fault)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _swallow(message: Message) -> None:
    """An answer that nobody gets."""


def _cut(scope: MutableMapping[str, Any]) -> None:
    scope["simulator.connection"].transport.abort()


def _answer(fault: Fault) -> Response:
    body = fault.body
    media_type = None
    if isinstance(body, (dict, list)):
        body, media_type = dumps(body), "application/json"
    status = fault.status or 500
    headers = {name: str(value) for name, value in (fault.headers or {}).items()}
    return Response("" if body is None else str(body), status, headers, media_type)
