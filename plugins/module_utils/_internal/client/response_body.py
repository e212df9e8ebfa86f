# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the body of an answer within bounds: never more than so many bytes, packed or not."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests


# The largest answer with settings or a list, in bytes, unpacked.
LARGEST = 32 << 20
# How many bytes are read at once. They may unpack to a thousand times as much, piece by piece.
PIECE = 1 << 14
# The only compression that requests accept.
ENCODINGS = "gzip"
# wbits of zlib: expect a gzip header.
GZIP = 31


class Failed(Exception):
    """The body cannot be read."""


class CutOff(Failed):
    """The body ends too early, or is packed in a way that cannot be read to its end."""


class TooLarge(Failed):
    """The body is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


def read(response: requests.Response, on_moved: Callable[[int], None]) -> bytes:
    """Read the body of a good answer. Raises `TooLarge` and `CutOff`."""
    return b"".join(pieces(response, LARGEST, on_moved))


def read_words(response: requests.Response, on_moved: Callable[[int], None]) -> bytes:
    """Read the body of an error as far as it comes; its status alone is meaningful, too."""
    kept: list[bytes] = []
    try:
        kept.extend(pieces(response, LARGEST, on_moved))
    except Exception:  # noqa: BLE001  # whatever it is, the answer is here
        response.close()
    return b"".join(kept)


def whole_document(response: requests.Response, limit: int, on_moved: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the body of a document piece by piece. Raises `CutOff` unless it is surely whole: one that ends with the
    connection may have been cut off.
    """
    yield from pieces(response, limit, on_moved)
    headers = response.headers
    if response.status_code != 200 or not (_announced(response) >= 0 or "Transfer-Encoding" in headers):
        raise CutOff("nothing says where the body ends")


def keep(response: requests.Response, content: bytes) -> None:
    """Store the body that was read in `response`."""
    response._content = content


def pieces(response: requests.Response, limit: int, on_moved: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the body piece by piece, unpacked. `on_moved` receives the number of bytes that came over the line.

    Raises `TooLarge` before it yields more than `limit` bytes, and `CutOff` if the end of the body is missing.
    """
    announced = _announced(response)
    if announced > limit:
        raise TooLarge(limit)
    received = size = 0
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    # Read what has arrived: waiting for a whole piece would lose it if the rest never comes. (urllib3 1 cannot.)
    take = getattr(response.raw, "read1", response.raw.read)
    while data := take(PIECE, decode_content=False):
        received += len(data)
        on_moved(len(data))
        for piece in unpack(data):
            size += len(piece)
            if size > limit:
                raise TooLarge(limit)
            yield piece
    yield from unpack(b"")
    if received < announced:
        raise CutOff(f"{received} of {announced} bytes")


def _announced(response: requests.Response) -> int:
    length = str(response.headers.get("Content-Length"))
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else -1


def _unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Return a function that unpacks received bytes; called with none at the end, it checks that the body is whole."""
    names = [name.strip().lower() for name in encoding.split(",") if name.strip().lower() not in ("", "identity")]
    if not names:
        return lambda data: iter([data] if data else [])
    if names not in (["gzip"], ["x-gzip"]):
        raise CutOff(f"packed as {names}")
    return _Gunzip().unpack


class _Gunzip:
    """Unpacks a stream, which may have several members (RFC 1952), a piece of bounded size at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._has_begun = False

    def unpack(self, data: bytes) -> Iterator[bytes]:
        if not data and self._has_begun and not self._member.eof:
            raise CutOff("the end of the packed body is missing")
        try:
            while data:
                if self._member.eof:
                    self._member = zlib.decompressobj(GZIP)
                self._has_begun = True
                piece = self._member.decompress(data, PIECE)
                data = self._member.unconsumed_tail or self._member.unused_data
                yield piece
                while len(piece) == PIECE and not data:  # more may be waiting inside
                    piece = self._member.decompress(b"", PIECE)
                    yield piece
        except zlib.error as error:
            raise CutOff("not packed as the server says") from error
