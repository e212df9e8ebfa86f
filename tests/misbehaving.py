# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on raw sockets, with real TLS, that does to each request what a test says."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

STEP = 0.02
"""How long a server that trickles waits between two parts, in seconds."""


@dataclass
class Met:
    """The requests that a server has received so far, and the signal to end."""

    url: str
    requests: list[str] = field(default_factory=list)
    """The request lines, in the order in which they came."""
    sent: int = 0
    """How many bytes `trickle` and `flood` have got rid of."""
    ends: threading.Event = field(default_factory=threading.Event)

    def trickle(self, connection: socket.socket, part: bytes, step: float = STEP) -> None:
        """Send the same again and again, slowly, until the client goes away."""
        while not self.ends.wait(step):
            connection.sendall(part)
            self.sent += len(part)

    def flood(self, connection: socket.socket, part: bytes, number: int) -> None:
        """Send the same so many times, as fast as it goes."""
        for _each in range(number):
            connection.sendall(part)
            self.sent += len(part)


Behave = Callable[[socket.socket, Met], None]


def read_head(connection: socket.socket) -> bytes:
    """Read a request as far as its headers; nothing if the client has gone."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            return b""
        head += piece
    return head


def read_body(connection: socket.socket, head: bytes) -> None:
    """Read the rest of a request."""
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    left = int(found[1]) if found else 0
    while left > 0:
        left -= len(connection.recv(min(left, 65536)) or b"x" * left)


def whole(body: bytes, head: str = "200 OK", content_type: str = "application/json") -> bytes:
    """An answer as it should be."""
    return f"HTTP/1.1 {head}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.contextmanager
def misbehaving(
    behave: Behave, context: ssl.SSLContext | None, reads_head: bool = True, reads_body: bool = True
) -> Iterator[Met]:
    """A server that calls `behave` for each request, in a thread of its connection; plain without `context`.

    Without `reads_head` it is called once for each connection.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        scheme = "https" if context else "http"
        met = Met(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        threads: list[threading.Thread] = []
        opened: list[socket.socket] = []

        def serve(raw: socket.socket) -> None:
            with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                connection = context.wrap_socket(raw, server_side=True) if context else raw
                stack.enter_context(connection)
                if not reads_head:
                    behave(connection, met)
                    return
                while head := read_head(connection):
                    met.requests.append(head.partition(b" HTTP/")[0].decode())
                    if reads_body:
                        read_body(connection, head)
                    behave(connection, met)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    raw, _address = listener.accept()
                    opened.append(raw.dup())
                    threads.append(threading.Thread(target=serve, args=(raw,), daemon=True))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield met
        finally:
            met.ends.set()
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for each in opened:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            for thread in threads:
                thread.join()
