# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's JSON parser, for its error messages: json accepts what the server refuses and words errors otherwise.

Where a message says `at line 1, offset 16` and where `before end of data`, follows from the parser that the vendor's
panel uses (JSON::Tiny, with a check for names given twice); the recorded exchange `malformed json` shows one.
"""

from __future__ import annotations

import codecs
import json
import re
import sys

from .errors import crash

_BLANKS = re.compile(r"[\x20\x09\x0a\x0d]*")
_END = re.compile(r"\Z")
_BLANKS_TO_END = re.compile(r"[\x20\x09\x0a\x0d]*\Z")
_TOKENS = {token: re.compile(re.escape(token)) for token in '[{"'}
_AFTER_BLANKS = {token: re.compile(rf"[\x20\x09\x0a\x0d]*{re.escape(token)}") for token in '[]{},:"'}
_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_BAD = re.compile(r"[\x00-\x1f\\]")
_WORD = re.compile("true|false|null")
_SURROGATE = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD](?P<lone>[89a-fA-F])..")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


_DEEPEST = 512
"""Greatest number of levels that JSON::XS reads."""
_RECURSIONS = 5000
"""What the parser needs for so many levels, and what works on the document after it."""


class Malformed(ValueError):
    """The text is not a JSON document. The message is the server's."""


class _Parser:
    """Parser that walks over a document and stops with the server's message at the first error.

    It moves as Perl's `m/\\G.../gc` does, which never matches nothing twice in the same place. So blanks that are not
    there hide from it that the document ends.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.was_empty = False
        """Whether the last match was empty."""

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """Move over what matches, and return it."""
        found = pattern.match(self.text, self.position)
        if not found or (self.was_empty and found.end() == self.position):
            return None
        self.was_empty = found.end() == self.position
        self.position = found.end()
        return found[0]

    def fail(self, message: str) -> Malformed:
        self.take(_BLANKS)
        if self.take(_END) is not None:
            return Malformed(f"Malformed JSON: {message} before end of data")
        # Perl's split leaves out what is empty at the end, and a line `0` is false.
        before = self.text[: self.position].rstrip("\n")
        lines = before.split("\n") if before else []
        offset = len(lines[-1]) if lines and lines[-1] != "0" else 0
        return Malformed(f"Malformed JSON: {message} at line {len(lines)}, offset {offset}")

    def document(self) -> None:
        self.take(_BLANKS)
        if self.take(_TOKENS["["]):
            self.array()
            kind = "array"
        elif self.take(_TOKENS["{"]):
            self.object()
            kind = "object"
        else:
            raise self.fail("Expected array or object")
        if self.take(_BLANKS_TO_END) is None:
            raise self.fail(f"Unexpected data after {kind}")

    def array(self) -> None:
        if self.take(_AFTER_BLANKS["]"]):
            return
        while True:
            self.value()
            if not self.take(_AFTER_BLANKS[","]):
                break
        if not self.take(_AFTER_BLANKS["]"]):
            raise self.fail("Expected comma or right square bracket while parsing array")

    def object(self) -> None:
        names: set[str] = set()
        if self.take(_AFTER_BLANKS["}"]):
            return
        while True:
            if not self.take(_AFTER_BLANKS['"']):
                raise self.fail("Expected string while parsing object")
            name = self.string()
            if name in names:
                raise self.fail(f"Unexpected duplicate object member name {name}")
            names.add(name)
            if not self.take(_AFTER_BLANKS[":"]):
                raise self.fail("Expected colon while parsing object")
            self.value()
            if not self.take(_AFTER_BLANKS[","]):
                break
        if not self.take(_AFTER_BLANKS["}"]):
            raise self.fail("Expected comma or right curly bracket while parsing object")

    def string(self) -> str:
        start = self.position
        content = self.take(_STRING) or ""
        if not self.take(_TOKENS['"']):
            is_bad = _BAD.match(self.text, self.position)
            raise self.fail(
                "Unexpected character or invalid escape while parsing string" if is_bad else "Unterminated string"
            )
        for each in _SURROGATE.finditer(content):
            if each["lone"]:
                self.position, self.was_empty = start + each.end(), False
                raise self.fail(f"Missing {'low' if each['lone'] in '89abAB' else 'high'}-surrogate")
        return str(json.loads(f'"{content}"'))

    def value(self) -> None:
        self.take(_BLANKS)
        if self.take(_TOKENS['"']):
            self.string()
        elif self.take(_TOKENS["["]):
            self.array()
        elif self.take(_TOKENS["{"]):
            self.object()
        elif not self.take(_NUMBER) and not self.take(_WORD):
            raise self.fail("Expected string, array, object, number, boolean or null")


def parse(body: bytes | str) -> object:
    """Return the document. Raises Malformed with the server's message."""
    if not body:
        raise Malformed("Missing or empty input")
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        # To the server, it is nothing at all.
        raise Malformed("Malformed JSON: Expected array or object at line 0, offset 0") from None
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSIONS))
    try:
        _Parser(text).document()
        document: object = json.loads(text)
    except RecursionError:
        raise crash() from None
    except json.JSONDecodeError:
        # A second parser reads what the first has accepted, and crashes on numbers such as `1.`.
        raise crash() from None
    if (isinstance(body, bytes) and body.startswith(codecs.BOM_UTF8)) or _depth(document) > _DEEPEST:
        # It also crashes on a byte order mark and on many levels.
        raise crash()
    return document


def _depth(value: object) -> int:
    """Return how many lists and objects are nested, without recursion."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth
