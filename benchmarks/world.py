# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated server with so many subscribers: its state before a round, and what it is to be afterwards."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

from benchmarks import machine, state
from benchmarks.measure import LOGIN, Broken
from benchmarks.state import RESOURCES
from tests.simulator.client import Simulator, running

PAGE = 1000
# Of those that were as declared before, one in so many is looked at afterwards where there are more than LARGE.
SAMPLE = 50
LARGE = 10_000


BATCH = 100
T = TypeVar("T")
Question = tuple[str, str, object]  # method, path, content or None


@dataclass(frozen=True)
class Counters:
    """What the server saw of one round."""

    requests: int
    logins: int
    connections: int
    writes: int
    methods: dict[str, int]
    statuses: dict[str, int]
    busy_ms: int


class World:
    """A running simulator that holds what is declared; `differ` makes it hold something else for some."""

    def __init__(self, simulator: Simulator, size: int) -> None:
        self.simulator, self.size = simulator, size
        self._differ: dict[str, range] = {}

    def ask_many(self, questions: Iterable[Question]) -> Iterator[Any]:
        """What the control API answers, one after the other. Many are on their way at once: there may be 200,000."""
        address = urlsplit(self.simulator.control_url)
        with socket.create_connection((address.hostname, address.port or 80)) as connection:
            answers = connection.makefile("rb")
            for some in _batches(questions):
                connection.sendall(b"".join(map(_request, some)))
                for method, path, _content in some:
                    status, body = _answer(answers)
                    if status != http.client.OK:
                        raise Broken(f"{method} {path}: {status} {body.decode()}")
                    yield json.loads(body)

    def tell(self, questions: Iterable[Question]) -> None:
        """Ask the control API and pay no heed to what it says, if it does not refuse."""
        for _answered in self.ask_many(questions):
            pass

    def fill(self) -> None:
        """Let it hold what is declared, and make all that it makes when first asked for it: texts and indexes."""
        self.tell(
            ("PATCH", f"/settings/{RESOURCES[name]}/{one}", settings)
            for one in range(1, self.size + 1)
            for name, settings in state.declared(one).items()
        )
        self._warm()

    def _warm(self) -> None:
        address = urlsplit(self.simulator.url)
        context = ssl.create_default_context(cafile=self.simulator.ca_file)
        connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=context)
        body = json.dumps({"username": LOGIN, "password": LOGIN})
        connection.request("POST", "/login_jwt", body, {"Content-Type": "application/json"})
        headers = {"Authorization": f"Bearer {json.load(connection.getresponse())['jwt']}"}
        some = state.people(1)[0]
        paths = [f"/api/subscribers/?username={some.username}&domain={some.domain}"]
        for resource in ("subscribers", *RESOURCES.values()):
            pages = -(-self.size // PAGE)
            paths += [f"/api/{resource}/?order_by=id&rows={PAGE}&page={page}" for page in range(1, pages + 1)]
        for path in paths:
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
        connection.close()

    def differ(self, percent: float, only: Sequence[str] = tuple(RESOURCES)) -> int:
        """Let so many of the subscribers be other than declared, spread evenly; how many settings that are."""
        step = round(100 / percent) if percent else self.size + 1
        # Those that a round left unwritten must not be forgotten: only `check` says that they are as declared.
        self._differ = dict.fromkeys(only, range(step, self.size + 1, step))
        self.tell(
            ("PATCH", f"/settings/{RESOURCES[name]}/{one}", state.differing(one)[name])
            for name, those in self._differ.items()
            for one in those
        )
        return sum(map(len, self._differ.values()))

    def put_back(self) -> None:
        """Let those that differ be as declared."""
        self.tell(
            ("PATCH", f"/settings/{RESOURCES[name]}/{one}", state.declared(one)[name])
            for name, those in self._differ.items()
            for one in those
        )
        self._differ = {}

    def take_count(self) -> None:
        """Count requests from here on."""
        self.tell([("DELETE", "/log", None)])

    def counters(self) -> Counters:
        """What was counted."""
        (seen,) = self.ask_many([("GET", "/counters", None)])
        return Counters(**{name: seen[name] for name in Counters.__dataclass_fields__})

    def check(self, who: str, those: range | None = None) -> None:
        """Raise `Broken` unless the server holds what is declared (for `those`, if not for all)."""
        wanted = [
            (name, one)
            for name in RESOURCES
            for one in those or range(1, self.size + 1)
            if self.size <= LARGE or not one % SAMPLE or one in self._differ.get(name, range(0))
        ]
        held = self.ask_many(("GET", f"/settings/{RESOURCES[name]}/{one}", None) for name, one in wanted)
        for (name, one), holds in zip(wanted, held, strict=True):
            for field, value in state.declared(one)[name].items():
                if holds[field] != value:
                    raise Broken(f"{who} left {field} of {name} of {one} as {holds[field]}, not {value}")
        if those is None:
            self._differ = {}

    def set_options(self, **options: Any) -> None:
        """Change what the simulator was started with."""
        self.tell([("PUT", "/options", options)])


@contextmanager
def world(size: int, bcrypt_cost: int = 4, filled: bool = True, **options: Any) -> Iterator[World]:
    """A simulator on a core of its own, and with `options` of its own from then on, when it is filled."""
    prefix = machine.separate_cores()
    arguments = ("--seed", "none", "--subscribers", size, "--bcrypt-cost", bcrypt_cost)
    with running(*arguments, prefix=prefix) as simulator:
        one = World(simulator, size)
        if filled:
            one.fill()
        one.set_options(**options)
        yield one


def one_round(
    place: World, who: str, percent: float, function: Callable[[], T], only: Sequence[str] = tuple(RESOURCES)
) -> tuple[T, Counters]:
    """What `function` returns and what the server counted, with the server put back before and looked at afterwards."""
    place.differ(percent, only)
    place.take_count()
    try:
        returned = function()
        seen = place.counters()
        place.check(who)
    except Broken:
        place.put_back()
        raise
    return returned, seen


def _batches(questions: Iterable[Question]) -> Iterator[list[Question]]:
    rest = iter(questions)
    while some := list(islice(rest, BATCH)):
        yield some


def _request(question: Question) -> bytes:
    method, path, content = question
    body = b"" if content is None else json.dumps(content).encode()
    return f"{method} {path} HTTP/1.1\r\nHost: simulator\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _answer(stream: BufferedReader) -> tuple[int, bytes]:
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) != b"\r\n":
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, stream.read(length)
