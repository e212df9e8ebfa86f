# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that answers from a list instead of a socket; all above it is real."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from urllib3 import HTTPResponse

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection

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


class FakeSession(requests.Session):
    """Answers requests with `answers`, one after the other; an exception is raised."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.sent: list[Sent] = []

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        content = b"".join(kwargs["data"]) if kwargs["data"] else kwargs["json"]
        self.sent.append(Sent(method, url.removeprefix(URL), kwargs["headers"], content))
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def client_with(
    *answers: requests.Response | Exception, read_only: bool = False, **connection: Any
) -> tuple[Client, FakeSession]:
    """Return a client of a server that gives these answers; by default, it does not retry."""
    options = {"api_url": URL, "api_token": "token", "retries": 0, **connection}
    client = Client(Connection(**options), read_only)
    session = client._sender._session = FakeSession(*answers)
    return client, session
