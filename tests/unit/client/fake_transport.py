# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transport that answers from a list instead of a socket; all above it is real."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from urllib3 import HTTPResponse

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport import Transport

URL = "https://ngcp.example.com:1443"


class Sent(NamedTuple):
    """A request that was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: Any


def answer(status: int = 200, body: object = None, **headers: str) -> requests.Response:
    """Return an answer of the server, with `body` as JSON, or unchanged if it is bytes."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    made = requests.Response()
    made.status_code = status
    made.headers.update(
        {"Content-Type": "application/json", **{name.replace("_", "-"): each for name, each in headers.items()}}
    )
    made.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
    return made


class FakeTransport(Transport):
    """Answers requests with `answers`, one after the other; an exception is raised."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        super().__init__(Connection(URL), URL)
        self.answers = list(answers)
        self.sent: list[Sent] = []

    def send(self, request: Request, headers: Mapping[str, str]) -> requests.Response:
        content = b"".join(request.data) if request.data else request.json
        self.sent.append(Sent(request.method, request.path, {**request.headers, **headers}, content))
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def client_with(
    *answers: requests.Response | Exception, read_only: bool = False, **connection: Any
) -> tuple[Client, FakeTransport]:
    """Return a client of a server that gives these answers; by default, it does not retry."""
    options = {"api_url": URL, "api_token": "token", "retries": 0, **connection}
    client = Client(Connection(**options), read_only)
    transport = client._sender._transport = FakeTransport(*answers)
    return client, transport
