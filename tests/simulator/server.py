# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process of the simulator: sockets, TLS, uvicorn, signals, the ready file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import Api
from .auth import ADMIN, SUBSCRIBER
from .control import Control
from .faults import Faults
from .observe import Observe, RefuseWrites
from .options import Options
from .serving import Serve
from .state import Seed, State
from .tls import Authority


class StartError(Exception):
    """The server cannot start. The message is one line."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings for starting."""

    seed: Seed
    subscribers: int
    host: str
    port: int
    control_port: int
    subscriber_port: int | None
    ca_file: Path | None
    ready_file: Path | None
    bcrypt_cost: int
    options: Options
    watch_stdin: bool
    """Whether to stop at the end of stdin, which closes when the parent dies, however it dies."""


class Connection:
    """TLS connection as a request sees it."""

    __slots__ = ("certificate_login", "number", "transport")

    def __init__(self, number: int, transport: asyncio.Transport, certificate_login: str | None) -> None:
        self.number = number
        self.transport = transport
        self.certificate_login = certificate_login


def _protocol(state: State) -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol with numbered connections, which it passes to their requests."""

    class Protocol(HttpToolsProtocol):
        connection: Connection

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
            state.accepted_connections += 1
            self.connection = Connection(state.accepted_connections, transport, _certificate_login(state, transport))
            super().connection_made(transport)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["simulator.connection"] = self.connection  # type: ignore[typeddict-unknown-key]  # our own key

    return Protocol


def _certificate_login(state: State, transport: asyncio.Transport) -> str | None:
    certificate = transport.get_extra_info("peercert")
    if not certificate:
        return None
    # A certificate that this authority has not issued belongs to nobody.
    return state.certificates.get(int(certificate["serialNumber"], 16), "")


class _Server(uvicorn.Server):
    """uvicorn server that leaves signals to the process and reports when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    def stop(self) -> None:
        """Stop now. Requests that wait get no answer."""
        self.should_exit = self.force_exit = True
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _unused, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        with contextlib.ExitStack() as failed:
            failed.enter_context(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
            failed.pop_all()
    except (OSError, OverflowError) as error:
        raise StartError(f"cannot listen on {host} port {port}: {getattr(error, 'strerror', None) or error}") from None
    return listener


def _uvicorn(app: ASGIApp, protocol: type[Any], context: ssl.SSLContext | None) -> _Server:
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
        backlog=1024,
        ssl_context_factory=(lambda *_: context) if context else None,
    )
    return _Server(config)


def _url(scheme: str, host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{listener.getsockname()[1]}"


def run(config: Config) -> None:
    """Serve until SIGINT or SIGTERM. Raises StartError if it cannot start."""
    uvloop.run(_serve(config))


async def _serve(config: Config) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if config.watch_stdin:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    with contextlib.ExitStack() as cleanup:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
            # uvloop leaves its handlers in place, even if the loop is closed.
            cleanup.callback(loop.remove_signal_handler, number)
        wanted = (config.port, config.control_port, config.subscriber_port)
        listeners = [cleanup.enter_context(_listen(config.host, port)) for port in wanted if port is not None]
        ports = [listener.getsockname()[1] for listener in listeners]
        # Each port serves one realm, or a single port serves both.
        realms: dict[int, tuple[str, ...]] = {ports[0]: (ADMIN, SUBSCRIBER)}
        if config.subscriber_port is not None:
            realms = {ports[0]: (ADMIN,), ports[2]: (SUBSCRIBER,)}
        state = State(config.seed, config.subscribers, config.options, config.bcrypt_cost)
        authority = Authority()
        ca_file = _write_ca(authority, config.ca_file, cleanup)
        app = Observe(Faults(RefuseWrites(Serve(Api(state, realms), state), state), state), state)
        context = authority.server_context(config.host)
        servers = [
            _uvicorn(app, _protocol(state), context),
            _uvicorn(Control(state, authority).app(), HttpToolsProtocol, None),
            *(_uvicorn(app, _protocol(state), context) for _unused in listeners[2:]),
        ]
        tasks = [
            asyncio.create_task(server.serve(sockets=[listener]))
            for server, listener in zip(servers, listeners, strict=True)
        ]
        await asyncio.gather(*(server.ready.wait() for server in servers))
        ready = {
            "url": _url("https", config.host, listeners[0]),
            "control_url": _url("http", config.host, listeners[1]),
            "ca_file": str(ca_file),
            "pid": os.getpid(),
        }
        if config.subscriber_port is not None:
            ready["subscriber_url"] = _url("https", config.host, listeners[2])
        _announce(ready, config.ready_file, cleanup)
        await stop.wait()
        for server in servers:
            server.stop()
        await asyncio.gather(*tasks)


def _write_ca(authority: Authority, path: Path | None, cleanup: contextlib.ExitStack) -> Path:
    if path is None:
        folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="ngcp-simulator-"))
        path = Path(folder, "ca.pem")
    try:
        authority.write(path)
    except OSError as error:
        raise StartError(f"cannot write the CA file {path}: {error.strerror}") from None
    return path.absolute()


def _announce(ready: dict[str, object], path: Path | None, cleanup: contextlib.ExitStack) -> None:
    """Announce that connections are accepted: first in the file, atomically, then on stdout."""
    line = json.dumps(ready)
    if path is not None:
        written = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            written.write_text(f"{line}\n", encoding="utf-8")
            written.replace(path)
        except OSError as error:
            raise StartError(f"cannot write the ready file {path}: {error.strerror}") from None
        cleanup.callback(path.unlink, missing_ok=True)
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)
    sys.stdout.flush()
