# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated cost of answers, and how many are given at a time: in this process, without real waiting."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.simulator.app import Api as Application
from tests.simulator.client import running
from tests.simulator.costs import COSTS, Bill
from tests.simulator.options import Options
from tests.simulator.serving import Serve
from tests.simulator.state import DEFAULT_SEED, State, load
from tests.simulator.workers import Workers
from tests.unit.simulator.api import Api

ITEM = "/api/faxserversettings/1"
ADMIN = ("administrator", "administrator")


class Server:
    """The server's application, asked without a network. Its costs are noted instead of waited for."""

    def __init__(self, **options: Any) -> None:
        self.state = State(load(DEFAULT_SEED), 0, Options(write_ms=0, **options), 4)
        self.slept: list[float] = []
        self.application = Serve(Application(self.state, {1443: ("admin", "subscriber")}), self.state, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, int]:
        """The status of the answer, and what it cost."""
        before = self.state.traffic.busy_ms
        (start, *_unused), _cut = asyncio.run(exchange(self.application, method, path, body, headers))
        return start["status"], self.state.traffic.busy_ms - before

    def token(self) -> str:
        body = dict(zip(("username", "password"), ADMIN, strict=True))
        answer, _cut = asyncio.run(
            exchange(self.application, "POST", "/login_jwt", body, {"content-type": "application/json"})
        )
        return f"Bearer {json.loads(answer[1]['body'])['jwt']}"


async def exchange(
    application: Callable[[Scope, Receive, Send], Awaitable[None]],
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> tuple[list[Message], list[bool]]:
    """What the application sends, and that it cut the connection if it did."""
    sent: list[Message] = []
    cut: list[bool] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"" if body is None else json.dumps(body).encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _unused, query = path.partition("?")
    transport = SimpleNamespace(abort=lambda: cut.append(True))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1443),
        "simulator.connection": SimpleNamespace(certificate_login=None, number=1, transport=transport),
    }
    await application(scope, receive, send)
    return sent, cut


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def server() -> Server:
    return Server(costs="panel")


NO_COUNT = "&no_count=1"


@pytest.mark.parametrize(
    ("method", "path", "status", "cost"),
    [
        ("GET", ITEM, 200, 57),
        ("HEAD", ITEM, 200, 57),
        ("GET", "/api/mailtofaxsettings/1", 200, 81),
        ("GET", "/api/subscribers/1", 200, 63),
        ("GET", "/api/domains/1", 200, 40),
        ("GET", "/api/faxes/5", 200, 22 + 47),
        ("GET", "/api/faxes/", 200, 22 + 4 * 47),
        ("GET", "/api/faxrecordings/5", 200, 25),
        ("GET", "/api/faxserversettings/?rows=20", 200, 31 + 20 * 26),
        ("GET", "/api/mailtofaxsettings/?rows=20", 200, 41 + 20 * 40),
        ("GET", "/api/subscribers/?rows=20", 200, 16 + 20 * 47),
        ("GET", "/api/subscribers/?rows=20&page=2", 200, 16 + 9 * 47),
        ("GET", "/api/subscribers/?rows=20&page=3", 200, 16),
        ("GET", "/api/subscribers/?rows=20" + NO_COUNT, 200, 16 + 20 * 47),
        ("GET", "/api/subscribers/?username=user3", 200, 116),
        ("GET", "/api/domains/", 200, 22 + 2 * 18),
        ("GET", ITEM + "/journal/", 200, 78),
        ("GET", ITEM + "/journal/recent", 404, 22),
        ("GET", "/api/faxserversettings/29", 404, 22),
        ("GET", "/api/faxserversettings", 301, 22),
        ("GET", "/api/nosuch/", 404, 22),
        ("GET", "/elsewhere", 404, 0),
        ("OPTIONS", ITEM, 200, 22),
        ("DELETE", "/api/faxes/6", 204, 22 + 47),
    ],
)
def test_what_a_request_costs(server: Server, method: str, path: str, status: int, cost: int) -> None:
    assert server.ask(method, path, authorization=server.token()) == (status, cost)


def test_what_a_write_costs(server: Server) -> None:
    token = server.token()
    patch = {"content-type": "application/json-patch+json", "authorization": token}
    put = {"content-type": "application/json", "authorization": token}
    assert server.ask("PATCH", ITEM, [], **patch) == (204, 99)
    assert server.ask("PATCH", ITEM, [], prefer="return=representation", **patch) == (200, 99)
    assert server.ask("PUT", ITEM, {}, **put) == (204, 99)
    assert server.ask("GET", ITEM + "/journal/recent", authorization=token) == (200, 38)
    assert server.ask("GET", ITEM + "/journal/1", authorization=token) == (200, 38)
    assert server.ask("PATCH", "/api/mailtofaxsettings/1", [], **patch) == (204, 138)
    assert server.ask("PATCH", ITEM, [{"op": "replace", "path": "/x", "value": 1}], **patch) == (422, 52)
    assert server.ask("PATCH", ITEM, [{"op": "replace", "path": "/name", "value": "x" * 65}], **patch) == (500, 99)
    assert server.ask("PATCH", ITEM, [{"op": "test"}], **patch) == (400, 22)
    assert server.ask("PATCH", "/api/faxserversettings/29", [], **patch) == (404, 22)


def test_what_a_password_costs(server: Server) -> None:
    json_type = {"content-type": "application/json"}
    body = {"username": "administrator", "password": "administrator"}
    assert server.ask("GET", ITEM, authorization=basic(*ADMIN)) == (200, 57 + 468)
    assert server.ask("GET", ITEM, authorization=basic("administrator", "wrong")) == (401, 490)
    assert server.ask("GET", ITEM, authorization=basic("nobody", "wrong")) == (401, 22), "no hash to compare with"
    assert server.ask("GET", ITEM) == (401, 22)
    assert server.ask("POST", "/login_jwt", body, **json_type) == (200, 490)
    assert server.ask("POST", "/login_jwt", body | {"password": "x"}, **json_type) == (403, 490)


def test_a_page_without_a_total_may_be_cheaper() -> None:
    server, page = Server(costs="panel", no_count_saves=20), "/api/mailtofaxsettings/?rows=20"
    token = server.token()
    assert server.ask("GET", page, authorization=token) == (200, 841)
    assert server.ask("GET", page + NO_COUNT, authorization=token) == (200, 672)
    assert server.ask("GET", ITEM + "?no_count=1", authorization=token) == (200, 57)


def test_nothing_costs_anything_unless_asked_for() -> None:
    server = Server()
    assert server.ask("GET", ITEM, authorization=basic(*ADMIN)) == (200, 0)
    assert server.slept == []
    assert COSTS["none"].of(Bill("GET", "subscribers", 1000, 1)) == 0


def test_what_the_simulator_itself_takes_is_part_of_the_cost() -> None:
    server = Server(costs="panel")
    server.ask("GET", "/api/subscribers/?rows=30", authorization=basic(*ADMIN))
    (seconds,) = server.slept
    assert 0 <= seconds < (16 + 29 * 47 + 468) / 1000


def test_the_answer_goes_out_when_it_is_paid_for() -> None:
    """And its worker is free by then, however slow the client."""
    server, order = Server(costs="panel", server_workers=1), list[str]()

    async def sleep(seconds: float) -> None:
        order.append(f"cost with {server.state.workers.busy} busy")

    async def run() -> None:
        serve = Serve(Application(server.state, {1443: ("admin",)}), server.state, sleep)

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                order.append(f"answer with {server.state.workers.busy} busy")
                await send(message)

            await serve(scope, receive, sending)

        await exchange(watched, "GET", ITEM)

    asyncio.run(run())
    assert order == ["cost with 1 busy", "answer with 0 busy", "answer with 0 busy"]


async def until_all_wait() -> None:
    """Let every task run until it can no further."""
    for _unused in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3, 3), (0, 7), (9, 7)])
def test_so_many_are_served_at_a_time(limit: int, most: int) -> None:
    async def run() -> None:
        server, go = Server(costs="panel", server_workers=limit), asyncio.Event()

        async def sleep(seconds: float) -> None:
            await go.wait()

        serve = Serve(Application(server.state, {1443: ("admin",)}), server.state, sleep)
        tasks = [asyncio.create_task(exchange(serve, "GET", ITEM)) for _unused in range(7)]
        await until_all_wait()
        assert server.state.workers.busy == most
        assert server.state.traffic.busy_ms == 22 * most, "who waits has cost nothing yet"
        go.set()
        await asyncio.gather(*tasks)
        assert (server.state.traffic.most_busy, server.state.traffic.busy_ms) == (most, 22 * 7)
        assert server.state.workers.busy == 0

    asyncio.run(run())


def test_first_come_first_served_whatever_becomes_of_the_limit() -> None:
    async def run() -> None:
        limit, served = [1], list[int]()
        workers = Workers(lambda: limit[0])

        async def come(number: int) -> None:
            await workers.take()
            served.append(number)

        tasks = [asyncio.create_task(come(number)) for number in range(6)]
        await until_all_wait()
        assert served == [0]
        workers.free()
        late = asyncio.create_task(come(6))
        await until_all_wait()
        assert served == [0, 1]
        limit[0] = 3
        workers.admit()
        await until_all_wait()
        assert served == [0, 1, 2, 3]
        limit[0] = 1
        workers.free()
        await until_all_wait()
        assert (served, workers.busy) == ([0, 1, 2, 3], 2), "fewer places: the next waits for two to get free"
        tasks[4].cancel()
        await until_all_wait()
        limit[0] = 0
        workers.admit()
        await until_all_wait()
        assert (served, workers.busy) == ([0, 1, 2, 3, 5, 6], 4)
        await asyncio.gather(*tasks[:4], *tasks[5:], late)

    asyncio.run(run())


def test_who_waits_at_a_reset_is_not_served_after_it() -> None:
    async def run() -> None:
        server, go = Server(costs="panel", server_workers=1), asyncio.Event()

        async def sleep(seconds: float) -> None:
            await go.wait()

        serve = Serve(Application(server.state, {1443: ("admin",)}), server.state, sleep)
        first, second = (asyncio.create_task(exchange(serve, "GET", ITEM)) for _unused in range(2))
        await until_all_wait()
        server.state.reset()
        assert await second == ([], [True])
        assert server.state.workers.busy == 0, "the new places are all free"
        third = asyncio.create_task(exchange(serve, "GET", ITEM))
        await until_all_wait()
        assert server.state.workers.busy == 1
        go.set()
        for task in (first, third):
            sent, cut = await task
            assert (sent[0]["status"], cut) == (401, [])
        assert server.state.traffic.busy_ms == 22

    asyncio.run(run())


def test_costs_and_workers_by_the_control_api(api: Api) -> None:
    api.control("PUT", "/options", {"costs": "panel", "server_workers": 2})
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda _number: Api(api.simulator).get(ITEM, user="").status_code, range(6))
        assert list(answers) == [401] * 6
    counters = api.control("GET", "/counters")
    assert counters["busy_ms"] == 6 * 22
    assert counters["most_busy"] <= 2
    assert api.control("DELETE", "/log")["busy_ms"] == 0
    api.control("POST", "/reset")
    options = api.control("GET", "/options")
    assert (options["costs"], options["server_workers"]) == ("none", 0)


def test_a_reset_brings_back_what_the_command_line_said() -> None:
    given = {"costs": "panel", "server_workers": 1, "no_count_saves": 20, "deadlocks": True}
    with running("--costs", "panel", "--server-workers", 1, "--no-count-saves", 20, "--deadlocks") as simulator:
        simulator.control(
            "PUT", "/options", {"costs": "none", "server_workers": 5, "no_count_saves": 0, "deadlocks": False}
        )
        simulator.control("POST", "/reset")
        assert given.items() <= simulator.control("GET", "/options").items()
