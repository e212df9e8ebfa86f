# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to servers that hang, trickle or send too much: every request is bounded."""

from __future__ import annotations

import gzip
import io
import json
import socket
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import responses, watchdog
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NoAnswer,
    NotNgcp,
    Rejected,
    ServerFailed,
    TooLarge,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from tests.misbehaving import Behave, Met, misbehaving, whole

ITEM, RECORDING = "/api/faxserversettings/1", "/api/faxrecordings/5"
GOOD = whole(b'{"id": 1, "_links": {"self": {"href": "/api/faxserversettings/1"}}}')
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
MEGABYTE = 1 << 20
Served = Callable[..., Met]


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def served(context: ssl.SSLContext) -> Iterator[Served]:
    """`served(behave)` starts a server, which ends with the test."""
    running = []

    def serve(behave: Behave, **options: Any) -> Met:
        running.append(misbehaving(behave, context, **options))
        return running[-1].__enter__()

    yield serve
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture
def client(ca_path: str) -> Iterator[Callable[..., Client]]:
    made = []

    def make(met: Met, **options: Any) -> Client:
        made.append(Client(Connection(met.url, api_token="t", ca_path=ca_path, **{"timeout": 5.0, **options})))
        return made[-1]

    yield make
    for each in made:
        each.__exit__()


# The size of an answer ------------------------------------------------------------------------------------------------


def announced(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
    met.flood(connection, b"x" * 65536, 1000)


def chunked(connection: socket.socket, met: Met) -> None:
    connection.sendall(CHUNKED)
    met.flood(connection, b"10000\r\n" + b"x" * 65536 + b"\r\n", 1000)


def endless(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    met.flood(connection, b"x" * 65536, 1000)


BOMB = gzip.compress(bytes(64 * MEGABYTE), 9)
GZIP = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


def bomb(connection: socket.socket, met: Met) -> None:
    connection.sendall(GZIP % (b"200 OK", len(BOMB)) + BOMB)


@pytest.mark.parametrize("behave", [announced, chunked, endless, bomb], ids=lambda one: one.__name__)
def test_a_large_answer_is_not_taken(
    behave: Behave, served: Served, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "LARGEST", MEGABYTE)
    met = served(behave)
    tracemalloc.start()
    with pytest.raises(TooLarge) as caught:
        client(met).get(ITEM)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value) == (
        "The answer is larger than 1,048,576 bytes, the limit for settings and lists (GET "
        f"{ITEM}). Lower page_size if it is a list; otherwise find out what answers in the server's place."
    )
    assert peak < 6 * MEGABYTE
    assert met.requests == [f"GET {ITEM}"]
    # What the kernels on both sides keep goes out as well.
    assert met.sent < 16 * MEGABYTE


def test_a_write_whose_answer_is_too_large_may_have_been_done(
    served: Served, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "LARGEST", MEGABYTE)
    with pytest.raises(TooLarge) as caught:
        client(served(bomb)).patch(ITEM, [])
    assert caught.value.perhaps_done


@pytest.mark.parametrize(
    ("status", "kind"), [("422 No", Rejected), ("302 Found", NotNgcp), ("500 Crash", ServerFailed)]
)
def test_of_a_large_error_the_status_is_enough(
    status: str, kind: type[FaxError], served: Served, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "LARGEST", MEGABYTE)

    def behave(connection: socket.socket, met: Met) -> None:
        connection.sendall(
            GZIP.replace(b"Content-Enc", b"Location: /x\r\nContent-Enc") % (status.encode(), len(BOMB)) + BOMB
        )

    met = served(behave)
    tracemalloc.start()
    with pytest.raises(kind):
        client(met).get(ITEM)
    assert tracemalloc.get_traced_memory()[1] < 6 * MEGABYTE
    tracemalloc.stop()
    assert met.requests == [f"GET {ITEM}"]


def test_a_large_busy_answer_is_not_read_whole(
    served: Served, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "LARGEST", MEGABYTE)

    def behave(connection: socket.socket, met: Met) -> None:
        if len(met.requests) > 1:
            connection.sendall(GOOD)
        else:
            connection.sendall(GZIP % (b"503 Busy", len(BOMB)) + BOMB)

    tracemalloc.start()
    assert client(served(behave)).get(ITEM)["id"] == 1
    assert tracemalloc.get_traced_memory()[1] < 6 * MEGABYTE
    tracemalloc.stop()


def packed(content: bytes) -> bytes:
    """Pack with gzip, without the moment: each worker of pytest must name the cases alike."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "body", "is_good"),
    [
        ("gzip", packed(GOOD.partition(b"\r\n\r\n")[2]), True),
        ("x-gzip", packed(b'{"id": ') + packed(b"1}"), True),
        ("identity", b'{"id": 1}', True),
        ("gzip", packed(b'{"id": 1}')[:-9], False),
        ("gzip", b'{"id": 1}', False),
        ("gzip, gzip", packed(packed(b'{"id": 1}')), False),
        ("br", b'{"id": 1}', False),
    ],
    ids=["gzip", "two members", "identity", "gzip cut off", "not gzip", "gzip twice", "br"],
)
def test_how_an_answer_is_packed(
    encoding: str, body: bytes, is_good: bool, served: Served, client: Callable[..., Client]
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    met = served(lambda connection, met: connection.sendall(head + body))
    if is_good:
        assert client(met).get(ITEM)["id"] == 1
    else:
        with pytest.raises(NoAnswer, match="was cut off before the answer was complete"):
            client(met, retries=1).get(ITEM)
        assert len(met.requests) == 2


def test_a_document_above_its_limit(served: Served, client: Callable[..., Client]) -> None:
    met = served(lambda connection, met: connection.sendall(whole(b"x" * 5001, content_type="image/tiff")))
    file = io.BytesIO()
    with pytest.raises(TooLarge, match=r"larger than 5,000 bytes, the limit that max_size sets \(GET .*Raise max_size"):
        client(met).download(RECORDING, {}, file, 5000)
    client(met).download(RECORDING, {}, file, 5001)
    assert file.getvalue() == b"x" * 5001


# The time that it takes -----------------------------------------------------------------------------------------------


def continues(connection: socket.socket, met: Met) -> None:
    met.trickle(connection, b"HTTP/1.1 100 Continue\r\n\r\n")


def slow_status(connection: socket.socket, met: Met) -> None:
    met.trickle(connection, b"H")


def slow_headers(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    met.trickle(connection, b"x")


def slow_body(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    met.trickle(connection, b"x")


def slow_chunks(connection: socket.socket, met: Met) -> None:
    connection.sendall(CHUNKED)
    met.trickle(connection, b"1\r\n \r\n")


def slow_until_closed(connection: socket.socket, met: Met) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")
    met.trickle(connection, b" ")


SLOW = [continues, slow_status, slow_headers, slow_body, slow_chunks, slow_until_closed]


@pytest.mark.parametrize("behave", SLOW, ids=lambda one: one.__name__)
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_an_answer_without_end_is_ended(
    method: str, behave: Behave, served: Served, client: Callable[..., Client]
) -> None:
    met = served(behave)
    one = client(met, request_timeout=0.3)
    send: dict[str, Callable[[], object]] = {
        "GET": lambda: one.get(ITEM),
        "PATCH": lambda: one.patch(ITEM, []),
        "POST": lambda: one.post("/api/faxes/", {}),
    }
    kind = Uncertain if method == "POST" else NoAnswer
    with pytest.raises(kind, match=r"did not finish its answer within 0\.3 s"):
        send[method]()
    assert len(met.requests) == 1


def test_continue_and_then_the_answer(served: Served, client: Callable[..., Client]) -> None:
    met = served(lambda connection, met: connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + GOOD))
    assert client(met).get(ITEM)["id"] == 1


def test_the_words_of_an_error_are_taken_as_far_as_they_come(served: Served, client: Callable[..., Client]) -> None:
    """Neither waited for nor asked for again."""
    words = json.dumps({"code": 422, "message": "Too short"}).encode()[:-6]

    def behave(connection: socket.socket, met: Met) -> None:
        connection.sendall(whole(words, "422 No").replace(b"Length: ", b"Length: 9"))
        met.ends.wait()

    met = served(behave)
    with pytest.raises(Rejected, match="The server rejects it: Too s…"):
        client(met, timeout=0.2).get(ITEM)
    assert len(met.requests) == 1


def test_a_document_that_trickles_is_given_up(served: Served, client: Callable[..., Client]) -> None:
    met = served(slow_body)
    with pytest.raises(NoAnswer, match="was transferred more slowly than 4,000 bytes a second"):
        client(met, request_timeout=0.3).download(RECORDING, {}, io.BytesIO(), MEGABYTE)
    assert len(met.requests) == 1


def test_a_document_may_take_long_if_it_moves(served: Served, client: Callable[..., Client]) -> None:
    def behave(connection: socket.socket, met: Met) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 655360\r\n\r\n")
        for _each in range(20):
            met.ends.wait(STEP_OF_A_DOCUMENT)
            connection.sendall(b"x" * 32768)

    file = io.BytesIO()
    client(served(behave), request_timeout=0.3).download(RECORDING, {}, file, MEGABYTE)
    assert len(file.getvalue()) == 655360


STEP_OF_A_DOCUMENT = 0.03


def test_an_upload_that_nobody_reads_is_given_up(
    served: Served, client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the kernels keep counts as gone: it must not count for long.
    monkeypatch.setattr(watchdog, "LEAST_RATE", 1 << 30)
    path = tmp_path / "document.pdf"
    path.write_bytes(b"%PDF-" + bytes(8 * MEGABYTE))
    document = documents.of_file(path, 64 * MEGABYTE)

    def behave(connection: socket.socket, met: Met) -> None:
        while not met.ends.wait(0.02):
            connection.recv(100)

    met = served(behave, reads_body=False)
    with pytest.raises(Uncertain, match="more slowly than 4,000 bytes a second"):
        client(met, request_timeout=0.3).post("/api/faxes/", {}, document)
    assert len(met.requests) == 1
