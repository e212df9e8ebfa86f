# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents: what a file holds by its content, whatever its name says."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ansible_collections.ngcp.fax.plugins.module_utils import files
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption

CHUNK = 1 << 16
# How the kinds begin. Readers of PDF look for its mark within the first 1024 bytes.
MAGIC = {
    "TIFF": re.compile(rb"II\*\x00|MM\x00\*"),
    "PDF": re.compile(rb".{0,1019}%PDF-", re.DOTALL),
    "PostScript": re.compile(rb"\x04?%!"),
}
HEAD = 1024
PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html)\b", re.IGNORECASE)
# What stands in the last 1024 bytes of a whole one.
ENDS = {"PDF": b"%%EOF", "PostScript": b"%%EOF"}
# The control characters that a text may hold: tab, line and page breaks.
BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Document:
    """A document to be sent: a file that was looked through, or a text. `sha256` is of its bytes."""

    sha256: str
    path: Path | None = None
    text: str | None = None
    size: int = 0

    def __iter__(self) -> Iterator[bytes]:
        """The file's content in chunks. A `BadOption` if it is not the one any more that was looked through.

        The last chunk comes only if all are right: without it a request's body is incomplete, and the server drops it.
        """
        if self.path is None:
            return
        left, digest, last = self.size, hashlib.sha256(), b""
        try:
            with files.open_regular(self.path) as file:
                while left >= 0 and (chunk := file.read(CHUNK)):
                    left -= len(chunk)
                    digest.update(chunk)
                    if last:
                        yield last
                    last = chunk
        except OSError as error:
            raise BadOption(f"src: '{self.path}' cannot be read ({error.strerror})", "Send it again.") from error
        if digest.hexdigest() != self.sha256:
            raise BadOption(f"src: '{self.path}' changed while it was sent", "Send it when it is finished.")
        yield last


def of_text(text: str) -> Document:
    return Document(hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(), text=text)


def of_file(path: Path, max_size: int) -> Document:
    """The document in a file. Raises `BadOption` if there is none that the server could send as a fax."""
    size, digest, kinds = 0, hashlib.sha256(), Kinds()
    try:
        with files.open_regular(path) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                digest.update(chunk)
                kinds.add(chunk)
                if size > max_size:
                    raise BadOption(
                        f"src: '{path}' is larger than {max_size} bytes", "Send a smaller document, or raise max_size."
                    )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadOption(f"src: '{path}' cannot be read ({reason})", "Give a file that is there.") from error
    if not size:
        raise BadOption(f"src: '{path}' is empty", "Give a file with a document in it.")
    if kinds.found() is None:
        raise BadOption(
            f"src: '{path}' holds neither PDF, TIFF, PostScript nor a text in UTF-8",
            "Convert it: the server can send nothing else, whatever the file's name says.",
        )
    if kinds.is_page:
        raise BadOption(
            f"src: '{path}' holds an HTML page, perhaps of an error instead of the document",
            "Look at it, and convert it if it is what you want to send.",
        )
    return Document(digest.hexdigest(), path=path, size=size)


def begins_as(kind: str, head: bytes) -> bool:
    """Whether the first `HEAD` bytes of a content are those of a kind of `MAGIC`."""
    return bool(MAGIC[kind].match(head))


def is_whole(kind: str, file: IO[bytes]) -> bool:
    """Whether a file that begins as a kind does also ends so, where that kind has a mark for its end.

    The server does not notice a converter that dies: what that has written comes with a length that fits.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - HEAD))
    return ENDS.get(kind, b"") in file.read()


class Kinds:
    """Finds out what a content is that comes in chunks."""

    def __init__(self) -> None:
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = True

    def add(self, chunk: bytes) -> None:
        self._head += chunk[: HEAD - len(self._head)]
        self._text = self._text and self._is_text(chunk)

    @property
    def is_page(self) -> bool:
        """Whether it is HTML, whose source nobody wants to have as a fax."""
        return bool(PAGE.match(self._head))

    def found(self) -> str | None:
        """The kind, once all is added; None if it is none of those that the server can send."""
        kind = next((kind for kind in MAGIC if begins_as(kind, self._head)), None)
        return kind or ("text" if self._text and self._is_text(b"", final=True) else None)

    def _is_text(self, chunk: bytes, final: bool = False) -> bool:
        try:
            return not BINARY.search(self._decoder.decode(chunk, final))
        except UnicodeDecodeError:
            return False
