# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast the simulator is and what memory it takes, beside the bounds that it must keep.

The simulator runs on one core and this client on another, so that neither slows the other down; with a single core
they share it.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import ssl
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks import machine
from benchmarks.cases import WORKERS, Scale
from benchmarks.report import Judged, Outcome, at_most
from tests.simulator.client import Simulator, running

GETS_A_SECOND: Final = 1500
"""Item GETs over keep-alive TLS, with a token, at bcrypt cost 4 and no latency."""
RESIDENT_BYTES: Final = 1 << 30
"""With 100,000 subscribers."""


def measure(scale: Scale) -> Outcome:
    """Measure and judge."""
    with running("--seed", "none", "--subscribers", scale.simulated, prefix=machine.separate_cores()) as simulator:
        rate = _gets_a_second(simulator, scale)
        resident = _touch_all(simulator, scale.simulated)
    return Outcome(
        [
            Judged(
                f"simulator: item GETs a second, one core, {WORKERS} connections, keep-alive TLS",
                f"{rate:,.0f}",
                f"≥ {GETS_A_SECOND:,}",
                rate >= GETS_A_SECOND,
                f"{GETS_A_SECOND - rate:,.0f} less",
            ),
            at_most(
                f"simulator: resident memory, {scale.simulated:,} subscribers, each with settings",
                resident / (1 << 20),
                RESIDENT_BYTES / (1 << 20),
                " MiB",
            ),
        ]
    )


def _token(simulator: Simulator, context: ssl.SSLContext) -> str:
    address = urlsplit(simulator.url)
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=context)
    body = json.dumps({"username": "administrator", "password": "administrator"})
    connection.request("POST", "/login_jwt", body, {"Content-Type": "application/json"})
    token: str = json.load(connection.getresponse())["jwt"]
    connection.close()
    return token


def _request(path: str, host: str, token: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}", "Accept: */*", "", "")
    return "\r\n".join(lines).encode()


def _read_answer(connection: ssl.SSLSocket, buffer: bytearray) -> None:
    """Read one answer; it carries a Content-Length and comes in one piece or few."""
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        _receive(connection, buffer)
    if not buffer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(bytes(buffer).decode("latin-1"))
    head = bytes(buffer[:end]).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    while len(buffer) < end + 4 + length:
        _receive(connection, buffer)
    del buffer[: end + 4 + length]


def _receive(connection: ssl.SSLSocket, buffer: bytearray) -> None:
    data = connection.recv(65536)
    if not data:
        raise RuntimeError("the simulator closed a connection")
    buffer += data


def _connect(simulator: Simulator, context: ssl.SSLContext) -> ssl.SSLSocket:
    address = urlsplit(simulator.url)
    plain = socket.create_connection((address.hostname, address.port or 443))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=address.hostname)


def _gets_a_second(simulator: Simulator, scale: Scale) -> float:
    """One request at a time on each connection, as many as get answered."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    token, host = _token(simulator, context), urlsplit(simulator.url).netloc
    ids = range(1, min(scale.simulated, 1000) + 1)
    requests = [_request(f"/api/faxserversettings/{each}", host, token) for each in ids]
    connections = [_connect(simulator, context) for _unused in range(WORKERS)]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ, bytearray())
            connection.sendall(requests[0])
        done, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < scale.seconds:
            for key, _unused in selector.select():
                connection = connections[connections.index(key.fileobj)]  # type: ignore[arg-type]  # ours all
                _read_answer(connection, key.data)
                done += 1
                connection.sendall(requests[done % len(requests)])
    for connection in connections:
        connection.close()
    return done / elapsed


def _touch_all(simulator: Simulator, subscribers: int) -> int:
    """Have the simulator make the settings of everybody, both resources, and look at its memory."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    token, host = _token(simulator, context), urlsplit(simulator.url).netloc
    with _connect(simulator, context) as connection:
        buffer, rows = bytearray(), 1000
        for resource in ("faxserversettings", "mailtofaxsettings"):
            for page in range(1, -(-subscribers // rows) + 1):
                connection.sendall(_request(f"/api/{resource}/?rows={rows}&page={page}&order_by=id", host, token))
                _read_answer(connection, buffer)
    status = Path(f"/proc/{simulator.pid}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024
