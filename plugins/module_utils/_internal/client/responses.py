# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an answer: its body within bounds, its JSON, and the server's words in an error.

The panel counts characters for its Content-Length, not bytes: an error that quotes a letter beyond Latin-1 arrives
without its end. Letters of Latin-1 arrive as one byte each, which is not UTF-8.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets

if TYPE_CHECKING:
    import requests

# The largest answer with settings or a list, in bytes, decompressed.
LARGEST = 32 << 20
# How many bytes are read at once. They may decompress to a thousand times as many, piece by piece.
PIECE = 1 << 14
# The only compression that requests ask for.
ENCODINGS = "gzip"
# wbits of zlib: expect a gzip header.
GZIP = 31
# The longest quotation of the server's words, in characters.
LONGEST_QUOTE = 300
# Stands for a missing end.
ELLIPSIS = "…"
NO_WORDS = "it does not say why"

# The types of the panel. Others, such as that of RFC 9457 (application/problem+json), come from a proxy before it.
JSON_TYPE = re.compile(r"application/(hal\+)?json\s*(;|$)", re.IGNORECASE)
# A message in JSON that may end anywhere: at its closing quote, or in the middle of an escape sequence.
MESSAGE = re.compile(r'(?<!\\)"message"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)(")?', re.DOTALL)
# One objection of a validation. It quotes the value that was sent, which may be secret.
OBJECTION = re.compile(r"field='(.*?)', input='.*?', errors='(.*?)'(?=; field=|$)", re.DOTALL)
# An objection without its end: cut off inside the errors, or before them.
BEGUN_ERRORS = re.compile(r"field='(.*?)', input='.*?', errors='(.*)$", re.DOTALL)
BEGUN = re.compile(r"(?:field|input)='.*$", re.DOTALL)
FIELD = re.compile(r"field='(.*?)',")


class UnreadableBody(Exception):
    """The body of an answer cannot be read."""


class CutOff(UnreadableBody):
    """The body ends too early, or is compressed in a way that cannot be read to its end."""


class BodyTooLarge(UnreadableBody):
    """The body is larger than allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit
        """The most that was allowed, in bytes."""


@dataclass(frozen=True)
class ServerMessage:
    """The server's message in an error, as far as it arrived."""

    text: str = ""
    is_cut: bool = False
    """True if the end of the message is missing."""


@dataclass(frozen=True)
class Response:
    """An answer whose body has been read."""

    status: int
    headers: Mapping[str, str]
    """The headers; names are found in upper and lower case."""
    content: bytes = b""
    """The body, decompressed; empty if it went elsewhere, as that of a download."""
    is_redirect: bool = False

    @property
    def is_good(self) -> bool:
        """True for a status of 2xx."""
        return 200 <= self.status < 300

    @property
    def json(self) -> object:
        """The body as JSON; None if it is not JSON."""
        return parse_json(self.content)

    @property
    def is_json(self) -> bool:
        """True if the body has the panel's content type, whether it is whole or cut off."""
        return is_json(self.headers.get("Content-Type"), self.content)

    @property
    def words(self) -> ServerMessage:
        """The server's message in an error."""
        return message_of(self.content, self.headers.get("Content-Type"))

    @property
    def is_of_the_api(self) -> bool:
        """True if an error has the API's own form, not that of a proxy before it."""
        body = self.json
        return isinstance(body, dict) and body.get("code") == self.status and bool(body.get("message"))

    @property
    def holds_an_item(self) -> bool:
        """True if the body is an item of a collection, with links."""
        body = self.json
        return isinstance(body, dict) and isinstance(body.get("_links"), dict)


def read_body(response: requests.Response, on_read: Callable[[int], None]) -> bytes:
    """Read the body of a good answer.

    `on_read` receives the number of bytes of each piece as it arrived. Raises `BodyTooLarge` or `CutOff`.
    """
    return b"".join(pieces(response, LARGEST, on_read))


def read_error_body(response: requests.Response, on_read: Callable[[int], None]) -> bytes:
    """Read the body of an error as far as it arrives: the status alone is worth reporting."""
    kept: list[bytes] = []
    try:
        kept.extend(pieces(response, LARGEST, on_read))
    except Exception:  # noqa: BLE001  # whatever happens to the body, the status has arrived
        response.close()
    return b"".join(kept)


def document(response: requests.Response, limit: int, on_read: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the body of a document piece by piece, at most `limit` bytes.

    Raises `CutOff` unless the document is certainly whole: a body that ends with the connection may have been cut off.
    Raises `BodyTooLarge` beyond the limit.
    """
    yield from pieces(response, limit, on_read)
    headers = response.headers
    if response.status_code != 200 or not (_announced(response) >= 0 or "Transfer-Encoding" in headers):
        raise CutOff("nothing says where the body ends")


def pieces(response: requests.Response, limit: int, on_read: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the body piece by piece, decompressed. `on_read` receives the number of bytes as they came over the line.

    Raises `BodyTooLarge` before it yields more than `limit` bytes, and `CutOff` if the end of the body is missing.
    """
    announced = _announced(response)
    if announced > limit:
        raise BodyTooLarge(limit)
    received = size = 0
    decompress = _decompressor(response.headers.get("Content-Encoding", ""))
    # Read what has arrived: waiting for a whole piece would lose it if the rest never comes. (urllib3 1 cannot.)
    read = getattr(response.raw, "read1", response.raw.read)
    while data := read(PIECE, decode_content=False):
        received += len(data)
        on_read(len(data))
        for piece in decompress(data):
            size += len(piece)
            if size > limit:
                raise BodyTooLarge(limit)
            yield piece
    yield from decompress(b"")
    if received < announced:
        raise CutOff(f"{received} of {announced} bytes")


def _announced(response: requests.Response) -> int:
    """Return the length that the headers announce, in bytes; -1 without one."""
    length = str(response.headers.get("Content-Length"))
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else -1


def _decompressor(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Return a function that decompresses received bytes. Called with none at the end, it checks that they are all."""
    names = [name.strip().lower() for name in encoding.split(",") if name.strip().lower() not in ("", "identity")]
    if not names:
        return lambda data: iter([data] if data else [])
    if names not in (["gzip"], ["x-gzip"]):
        raise CutOff(f"compressed as {names}")
    return _Gunzip().decompress


class _Gunzip:
    """Decompresses a stream of one or several members (RFC 1952), a piece of bounded size at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._has_begun = False

    def decompress(self, data: bytes) -> Iterator[bytes]:
        if not data and self._has_begun and not self._member.eof:
            raise CutOff("the end of the compressed body is missing")
        try:
            while data:
                if self._member.eof:
                    self._member = zlib.decompressobj(GZIP)
                self._has_begun = True
                piece = self._member.decompress(data, PIECE)
                data = self._member.unconsumed_tail or self._member.unused_data
                yield piece
                while len(piece) == PIECE and not data:  # zlib may hold more
                    piece = self._member.decompress(b"", PIECE)
                    yield piece
        except zlib.error as error:
            raise CutOff("not compressed as the server says") from error


def is_json(content_type: str | None, body: bytes = b"") -> bool:
    """Return True for the panel's own types, `application/json` and `application/hal+json`.

    Without a content type, a body that is a whole JSON object counts as one.
    """
    if content_type is None:
        return isinstance(parse_json(body), dict)
    return bool(JSON_TYPE.match(content_type.strip()))


def parse_json(body: bytes) -> object:
    """Parse a body; None if it is not JSON. Some errors come without a content type, so it is not asked."""
    try:
        return json.loads(_decode(body))
    except (ValueError, RecursionError):
        return None


def _decode(body: bytes) -> str:
    """Decode UTF-8 without a character that is cut off at the end, otherwise Latin-1."""
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(body)
    except UnicodeDecodeError:
        return body.decode("latin-1")


def message_of(body: bytes, content_type: str | None) -> ServerMessage:
    """Return the server's message in the body of an error; empty if the answer is not this API's."""
    content = parse_json(body)
    if isinstance(content, dict):
        return ServerMessage(_replace_surrogates(str(content.get("message") or "")))
    if content is None and is_json(content_type):
        found = MESSAGE.search(_decode(body))
        return ServerMessage(
            _replace_surrogates(json.loads(f'"{found[1]}"', strict=False)) if found else "", is_cut=True
        )
    return ServerMessage()


def _replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can hold and no terminal or file takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def quote(words: ServerMessage, secrets: Secrets) -> str:
    """Return the server's words as a message may quote them: one line, not too long, without a secret."""
    text, is_whole = _without_input(words.text)
    text = secrets.redact(text, is_cut=words.is_cut)
    # Redact before the cut at the first line end: a secret may have several lines.
    line = next(iter(text.splitlines()), "") or NO_WORDS
    is_whole = is_whole and not words.is_cut and len(line) <= LONGEST_QUOTE
    return line[:LONGEST_QUOTE] + ("" if is_whole else ELLIPSIS)


def _without_input(text: str) -> tuple[str, bool]:
    """Return the objections of a validation without the values it echoes, such as
    `0_filetype: 'DOC' is not a valid value`, and True if they are whole. Any other text is returned as it is.
    """
    objections = list(OBJECTION.finditer(text))
    sentences = [f"{each[1]}: {each[2]}" for each in objections]
    rest = text[objections[-1].end() :] if objections else text
    errors, begun = BEGUN_ERRORS.search(rest), BEGUN.search(rest)
    if errors:
        sentences.append(f"{errors[1]}: {errors[2]}")
    elif begun:
        field = FIELD.search(rest)
        sentences.append(f"{field[1]}: " if field else rest[: begun.start()])
    elif not objections:
        sentences.append(rest)
    return "; ".join(sentences), not begun
