# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of state files; a file without problems is opened and read only once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO, cast

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import open_regular
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Decrypt, ParseError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import FileCheck
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import VAULT, encrypted_in

# How many bytes to read at a time.
BLOCK = 1 << 18
# Files up to this size, in bytes, are read as a whole, several of them ahead.
SMALL = 1 << 20
MOST_AHEAD = 4 * SMALL

DecryptAhead = Callable[[list[str]], None]
"""Decrypts many texts concurrently, so that `Decrypt` returns them at once."""


class Source:
    """One state file. Its content is text, perhaps encrypted as a whole by ansible-vault."""

    def __init__(
        self, path: Path, decrypt: Decrypt, content: bytes | None = None, ahead: DecryptAhead | None = None
    ) -> None:
        """`content` is the file's content, if it was read; `ahead` receives the encrypted texts in each block."""
        self.path = path
        self.decrypt = decrypt
        self._content, self._ahead = content, ahead

    def text(self, check: FileCheck | None = None) -> TextIO:
        """Open the file as text. `check` checks it while it is read, and ends it where it finds an error.

        Raises OSError if it cannot be opened, ParseError if it is encrypted and cannot be decrypted.
        """
        stream = self._bytes()
        if check:
            stream = cast("IO[bytes]", io.BufferedReader(_Checked(stream, check, self._ahead)))
        # The check reports text that is not UTF-8.
        return io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")

    def look_through(self, check: FileCheck) -> None:
        """Run `check` over the whole file, up to the first error. Raises as `text` does."""
        with self._bytes() as stream:
            while not check.error and (block := stream.read(BLOCK)):
                check.feed(block)
        if not check.error:
            check.finish()

    def _bytes(self) -> IO[bytes]:
        if self._content is None:
            stream = open_regular(self.path)
            if stream.read(len(VAULT)) != VAULT:
                stream.seek(0)
                return stream
            with stream:
                self._content = VAULT + stream.read()
        if self._content.startswith(VAULT):
            try:
                self._content = self.decrypt(self._content.decode("ascii", "replace")).encode()
            except ValueError as error:
                raise ParseError((0, str(error))) from None
        return io.BytesIO(self._content)


class _Checked(io.RawIOBase):
    """A stream of checked bytes; it ends before the block with an error."""

    def __init__(self, stream: IO[bytes], check: FileCheck, ahead: DecryptAhead | None) -> None:
        self._stream, self._check, self._ahead = stream, check, ahead
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # whatever can be written into; its type has no name before Python 3.12
        if not self._rest and not self._check.error:
            self._rest = memoryview(self._next())
        target = memoryview(buffer)
        size = min(len(self._rest), len(target))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _next(self) -> bytes:
        block = self._stream.read(BLOCK)
        if not block:
            self._check.finish()
            return b""
        self._check.feed(block)
        if self._check.error:
            return b""
        found = list(encrypted_in(block)) if self._ahead else []
        if self._ahead and found:
            self._ahead(found)
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()


def sources(paths: Iterable[Path], decrypt: Decrypt, ahead: DecryptAhead | None = None) -> Iterator[Source]:
    """Yield the source of each path.

    With `ahead`, several small files are read at a time, so that the encrypted texts in all of them are decrypted
    concurrently.
    """
    batch: list[Source] = []
    size = 0
    for path in paths:
        content = _content(path) if ahead else None
        batch.append(Source(path, decrypt, content, ahead if content is None else None))
        size += len(content or b"")
        if content is None or size > MOST_AHEAD:
            yield from _decrypted(batch, ahead)
            batch, size = [], 0
    yield from _decrypted(batch, ahead)


def _decrypted(batch: list[Source], ahead: DecryptAhead | None) -> Iterator[Source]:
    found = [text for source in batch if source._content for text in encrypted_in(source._content)]
    if ahead and found:
        ahead(found)
    yield from batch


def _content(path: Path) -> bytes | None:
    """Return the content of a small file; None for a large one, and for an unreadable one, which its reader reports."""
    try:
        if path.stat().st_size > SMALL:
            return None
        with open_regular(path) as stream:
            return stream.read()
    except OSError:
        return None
