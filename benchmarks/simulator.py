# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast the simulator is and what memory it takes, beside the bounds that it must keep.

python -m benchmarks.simulator [--seconds N] [--connections N] [--subscribers N]

The simulator runs on one core and this client on another, so that neither slows the other down; with a single core
they share it. The exit status is 1 if a bound is not kept.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import selectors
import shutil
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.simulator.client import Simulator, running

GETS_A_SECOND: Final = 1500
"""Item GETs over keep-alive TLS, with a token, at bcrypt cost 4 and no latency."""
RESIDENT_BYTES: Final = 1 << 30
"""With 100,000 subscribers."""


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure the simulator.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--subscribers", type=int, default=100_000)
    arguments = parser.parse_args()
    prefix = _on_separate_cores()
    with running("--seed", "none", "--subscribers", arguments.subscribers, prefix=prefix) as simulator:
        rate = _gets_a_second(simulator, arguments)
        resident = _touch_all(simulator, arguments.subscribers)
    kept = [rate >= GETS_A_SECOND, resident < RESIDENT_BYTES]
    print(f"item GETs a second, one core, {arguments.connections} connections, keep-alive TLS: {rate:,.0f}", end="")
    print(f"  (bound: at least {GETS_A_SECOND:,}) {_verdict(kept[0])}")
    print(f"resident memory, {arguments.subscribers:,} subscribers, each with settings: {resident >> 20:,} MiB", end="")
    print(f"  (bound: less than {RESIDENT_BYTES >> 20:,} MiB) {_verdict(kept[1])}")
    return 0 if all(kept) else 1


def _verdict(kept: bool) -> str:
    return "kept" if kept else "NOT KEPT"


def _on_separate_cores() -> tuple[str, ...]:
    """Bind this process to one core; what binds the simulator to another."""
    cores = sorted(os.sched_getaffinity(0))
    taskset = shutil.which("taskset")
    if taskset is None or len(cores) < 2:
        return ()
    os.sched_setaffinity(0, {cores[1]})
    return taskset, "--cpu-list", str(cores[0])


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


def _gets_a_second(simulator: Simulator, arguments: argparse.Namespace) -> float:
    """One request at a time on each connection, as many as get answered."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    token, host = _token(simulator, context), urlsplit(simulator.url).netloc
    ids = range(1, min(arguments.subscribers, 1000) + 1)
    requests = [_request(f"/api/faxserversettings/{each}", host, token) for each in ids]
    connections = [_connect(simulator, context) for _unused in range(arguments.connections)]
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ, bytearray())
            connection.sendall(requests[0])
        done, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < arguments.seconds:
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


if __name__ == "__main__":
    sys.exit(main())
