# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the documents to send: recognize the kind of a file by its content, not by its name."""

from __future__ import annotations

import base64
import codecs
import contextlib
import hashlib
import os
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name

CHUNK = 1 << 16
# The beginning of each kind. PDF readers look for its mark in the first 1024 bytes. PostScript may follow the commands
# that switch a printer to it: PJL, and the end of an earlier job.
MAGIC = {
    "TIFF": re.compile(rb"II\*\x00|MM\x00\*"),
    "PDF": re.compile(rb".{0,1019}%PDF-", re.DOTALL),
    "PostScript": re.compile(rb"(?:\x1b%-12345X(?:\x1b%-12345X|@PJL[^\r\n]*[\r\n]\s*)*)?\x04?%!"),
}
# How many bytes at the beginning to examine: printer drivers set a hundred options in PJL.
HEAD = 1 << 14
# How many bytes at the end of a document must contain its end mark.
TAIL = 1024
# The kind that a file's name announces, by its suffix.
SUFFIXES = {".pdf": "PDF", ".tif": "TIFF", ".tiff": "TIFF", ".ps": "PostScript", ".eps": "PostScript"}
# The beginnings of other files, for a better message.
FOREIGN = {
    "a ZIP archive, as those of Word, Excel and OpenDocument are": re.compile(rb"PK\x03\x04"),
    "an old document of Word or Excel": re.compile(rb"\xd0\xcf\x11\xe0"),
    "a PNG image": re.compile(rb"\x89PNG"),
    "a JPEG image": re.compile(rb"\xff\xd8\xff"),
    "a GIF image": re.compile(rb"GIF8[79]a"),
    "a BigTIFF image": re.compile(rb"II\+\x00|MM\x00\+"),
    "a packed file": re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ"),
    "a text in UTF-16": re.compile(rb"\xff\xfe|\xfe\xff"),
}


class NotDocument(NamedTuple):
    """A kind of text that is probably not meant as a fax."""

    beginning: re.Pattern[bytes]
    what: str
    """The description of the text, to put after the name of the option or file."""
    advice: str


# Elements that an HTML page may begin with, such as an error page.
HTML = (
    rb"html|head|body|meta|title|link|base|script|style|noscript|frameset|iframe|div|span|main|header|nav|section|article"
    rb"|table|form|img|h[1-6]|hr|p|br|pre|ul|ol|dl|center|font|a|b|i|strong|em"
)
CONVERT = "Convert it to PDF"
DECODE = "Decode it first"
# Leading whitespace and a byte order mark are ignored.
NOT_DOCUMENTS = tuple(
    NotDocument(re.compile(beginning, re.IGNORECASE), what, advice)
    for beginning, what, advice in (
        (
            rb"version https?://\S+/spec/v\d|version \S+\s+(?:ext-\S+ \S+\s+)*oid \w+:[0-9a-f]{32}",
            "is a Git LFS pointer, not the document",
            "Get the document itself: git lfs pull",
        ),
        (
            rb"[./]*(?:\.git)?/annex/objects/",
            "is a git-annex pointer, not the document",
            "Get the document itself: git annex get",
        ),
        (rb"\{\\u?rtf", "holds RTF", CONVERT),
        (
            rb"<!--|(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|" + HTML + rb")(?=[\s/>])",
            "holds an HTML page, perhaps of an error instead of the document",
            "Look at it, and convert it to PDF if it is what you want to send",
        ),
        (rb"<\?xml\b|<!doctype\b|<svg\b", "holds XML", CONVERT),
        (rb"\$ANSIBLE_VAULT;", "is encrypted by Ansible Vault", "Decrypt it, or have it sent from the controller"),
        (rb"-----BEGIN [A-Z0-9 ]+-----", "holds keys, certificates or something encrypted (PEM)", DECODE),
        (rb"data:[^,\s]*;base64,", "holds a document in base64", DECODE),
        (rb"begin(?:-base64)? [0-7]{3,4} \S", "holds a uuencoded document", DECODE),
        (
            rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*(?:mime-version|content-transfer-encoding):",
            "holds an e-mail (MIME)",
            CONVERT,
        ),
        (
            rb"HTTP/\d(?:\.\d)? \d{3}\b(?!.*%PDF-)",
            "holds the headers of a web server's answer",
            "Save the document without it",
        ),
    )
)
BASE64 = (string.ascii_letters + string.digits + "+/-_").encode()
BOM = codecs.BOM_UTF8
UNSEEN = re.compile(rb"\A(?:\s|" + BOM + rb")+")
# Bytes that may surround base64 and interrupt it: whitespace, the byte order mark, and quotes.
BLANKS = b" \t\r\n\"'" + BOM
# The shortest line that looks like base64: the first of several, and a single one with padding.
SHORTEST_LINE, SHORTEST_PADDED = 32, 16
# The end mark of a complete document.
ENDS = {"PDF": b"%%EOF", "PostScript": b"%%EOF"}
# Control characters that a text must not hold; tabs, line and page breaks are allowed.
BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Document:
    """A document to send: a file whose content was checked, or a text."""

    sha256: str
    """The hexadecimal SHA-256 of its bytes."""
    path: Path | None = None
    """The file; None for a text."""
    text: str | None = None
    size: int = 0
    """The file's size, in bytes."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file's content in chunks. Raises `BadOption` if it changed since it was checked.

        The last chunk is withheld after a change: the request's body is then incomplete, and the server drops it.
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
            raise BadOption(
                f"{option_name('src')}: '{self.path}' cannot be read ({error.strerror})", "Send it again."
            ) from error
        if digest.hexdigest() != self.sha256:
            raise BadOption(
                f"{option_name('src')}: '{self.path}' changed while it was sent", "Send it when it is finished."
            )
        yield last


def of_text(text: str, force: bool = False) -> Document:
    """Make a document from a text. Raises `BadOption`, without `force`, if it is probably not meant as a fax."""
    content = text.encode(errors="surrogatepass")
    kinds = Kinds()
    kinds.add(content)
    problem = None if force else kinds.problem("")
    if problem:
        raise BadOption(f"{option_name('content')} {problem[0]}", problem[1])
    return Document(hashlib.sha256(content).hexdigest(), text=text)


def of_file(path: Path, max_size: int, force: bool = False) -> Document:
    """Check a file and make a document from it; `max_size` is in bytes.

    Raises `BadOption` if it is missing, empty or too large or, without `force`, probably not meant as a fax.
    """
    size, digest, kinds = 0, hashlib.sha256(), Kinds()
    try:
        with files.open_regular(path) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                digest.update(chunk)
                kinds.add(chunk)
                if size > max_size:
                    raise BadOption(
                        f"{option_name('src')}: '{path}' is larger than {max_size} bytes",
                        f"Send a smaller document, or raise {option_name('max_size')}.",
                    )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadOption(
            f"{option_name('src')}: '{path}' cannot be read ({reason})", "Give an existing file."
        ) from error
    if not size:
        raise BadOption(f"{option_name('src')}: '{path}' is empty", "Give a file with a document in it.")
    problem = None if force else kinds.problem(path.suffix)
    if problem:
        raise BadOption(f"{option_name('src')}: '{path}' {problem[0]}", problem[1])
    return Document(digest.hexdigest(), path=path, size=size)


def begins_as(kind: str, head: bytes) -> bool:
    """Return True if `head`, the first `HEAD` bytes of a content, begins like `kind`, a key of `MAGIC`."""
    return bool(MAGIC[kind].match(head))


def is_whole(kind: str, file: IO[bytes]) -> bool:
    """Return True if a file of this kind has the kind's end mark, or if the kind has none.

    The server does not notice that a converter died: it sends what was written, with a length that fits.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    return ENDS.get(kind, b"") in file.read()


class Kinds:
    """Recognizes the kind of a content that comes in chunks."""

    def __init__(self) -> None:
        self._head = b""
        # The same without leading whitespace and byte order mark.
        self._beginning = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = True
        # While all is base64: the number of its letters, and of the padding at their end.
        self._base64 = True
        self._letters = self._padding = 0

    def add(self, chunk: bytes) -> None:
        """Look at the next chunk."""
        self._head += chunk[: HEAD - len(self._head)]
        if len(self._beginning) < HEAD:
            self._beginning = UNSEEN.sub(b"", self._beginning + chunk)[:HEAD]
        self._text = self._text and self._is_text(chunk)
        self._base64 = self._base64 and self._is_base64(chunk)

    def found(self) -> str | None:
        """Return the kind of the whole content: a key of `MAGIC`, `text`, or None if the server cannot send it."""
        kind = next((kind for kind in MAGIC if begins_as(kind, self._head)), None)
        return kind or ("text" if self._text and self._is_text(b"", final=True) else None)

    def problem(self, suffix: str) -> tuple[str, str] | None:
        """Return a problem of the whole content and the advice; None if a file with this suffix may be sent."""
        for each in NOT_DOCUMENTS:
            if each.beginning.match(self._beginning):
                return each.what, f"{each.advice}; {option_name('force')}: true sends it as it is."
        if self._is_encoded():
            return (
                "holds a document in base64 or hexadecimal digits",
                f"{DECODE}; {option_name('force')}: true sends it as it is.",
            )
        kind, promised = self.found(), SUFFIXES.get(suffix.strip().lower())
        force = f"{option_name('force')}: true"
        if kind is None:
            foreign = next((name for name, magic in FOREIGN.items() if magic.match(self._head)), None)
            looks = f" (it looks like {foreign})" if foreign else ""
            return (
                f"holds neither PDF, TIFF, PostScript nor a text in UTF-8{looks}",
                f"Convert it: the server can send nothing else, whatever the file's name says. {force} tries it.",
            )
        if promised and kind != promised:
            return (
                f"is named as {promised} and begins as {kind}",
                f"Look at it: it may be the text of an error. Rename it, or set {force} to send it.",
            )
        return None

    def _is_text(self, chunk: bytes, final: bool = False) -> bool:
        try:
            return not BINARY.search(self._decoder.decode(chunk, final))
        except UnicodeDecodeError:
            return False

    def _is_base64(self, chunk: bytes) -> bool:
        """Return True if a chunk continues base64; nothing may follow the padding."""
        packed = chunk.translate(None, BLANKS)
        letters = packed.rstrip(b"=")
        if letters.translate(None, BASE64) or (letters and self._padding):
            return False
        self._letters += len(letters)
        self._padding += len(packed) - len(letters)
        return True

    def _is_encoded(self) -> bool:
        """Return True if all of it is base64 or hexadecimal digits: it decodes to a known file, or looks like it.

        A list of numbers or words, one per line, is a text.
        """
        packed = self._head.translate(None, BLANKS + b"=")
        if not self._base64 or not packed or packed.isdigit():
            return False
        if any(_is_known(content) for content in _decoded(packed)):
            return True
        lines = [line.strip(BLANKS) for line in self._head.strip(BLANKS).splitlines()]
        mixed = packed.upper() != packed != packed.lower()
        padded = 0 < self._padding <= 2 and (self._letters + self._padding) % 4 == 0 and len(lines) == 1
        long = len(lines[0]) >= SHORTEST_LINE and len({*map(len, lines[:-1])}) <= 1
        single = not any(b" " in line or b"\t" in line for line in lines)
        return mixed and single and (long or (padded and len(lines[0]) >= SHORTEST_PADDED))


def _decoded(packed: bytes) -> Iterator[bytes]:
    """Yield a text decoded as base64 of either alphabet, and as hexadecimal digits if it can be."""
    yield base64.b64decode(packed[: len(packed) // 4 * 4].translate(bytes.maketrans(b"-_", b"+/")))
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(packed[: len(packed) // 2 * 2].decode())


def _is_known(head: bytes) -> bool:
    """Return True if a content begins like a document or another known kind of file."""
    return head.startswith((b"%PDF-", b"%!PS")) or any(
        magic.match(head) for magic in (MAGIC["TIFF"], *FOREIGN.values())
    )
