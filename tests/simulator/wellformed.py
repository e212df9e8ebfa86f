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

_WHITESPACE = re.compile(r"[\x20\x09\x0a\x0d]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SURROGATE = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD](?P<lone>[89a-fA-F])..")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


_DEEPEST = 512
"""Greatest number of levels that JSON::XS reads."""
_RECURSIONS = 5000
"""What the parser needs for so many levels, and what works on the document after it."""


class Malformed(ValueError):
    """The text is not a JSON document. The message is the server's."""


class _Parser:
    """Parser that walks over a document and stops with the server's message at the first error."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def take(self, token: str) -> bool:
        """Skip blanks and a token, if it comes next."""
        start = self.blanks_end()
        if not self.text.startswith(token, start):
            return False
        self.position = start + len(token)
        return True

    def blanks_end(self) -> int:
        blanks = _WHITESPACE.match(self.text, self.position)
        return blanks.end() if blanks else self.position

    def fail(self, message: str) -> Malformed:
        end = self.blanks_end()
        if end > self.position and end == len(self.text):
            return Malformed(f"Malformed JSON: {message} before end of data")
        # Perl's split leaves out what is empty at the end, and nothing is no line.
        before = self.text[:end].rstrip("\n")
        lines = before.split("\n") if before else []
        offset = len(lines[-1]) if lines else 0
        return Malformed(f"Malformed JSON: {message} at line {len(lines)}, offset {offset}")

    def document(self) -> None:
        if self.take("["):
            self.array()
            kind = "array"
        elif self.take("{"):
            self.object()
            kind = "object"
        else:
            raise self.fail("Expected array or object")
        if self.blanks_end() != len(self.text):
            raise self.fail(f"Unexpected data after {kind}")

    def array(self) -> None:
        if self.take("]"):
            return
        while True:
            self.value()
            if self.take("]"):
                return
            if not self.take(","):
                raise self.fail("Expected comma or right square bracket while parsing array")

    def object(self) -> None:
        names: set[str] = set()
        if self.take("}"):
            return
        while True:
            self.position = self.blanks_end()
            if not self.text.startswith('"', self.position):
                raise self.fail("Expected string while parsing object")
            name = self.string()
            if name in names:
                raise self.fail(f"Unexpected duplicate object member name {name}")
            names.add(name)
            if not self.take(":"):
                raise self.fail("Expected colon while parsing object")
            self.value()
            if self.take("}"):
                return
            if not self.take(","):
                raise self.fail("Expected comma or right curly bracket while parsing object")

    def string(self) -> str:
        found = _STRING.match(self.text, self.position)
        if not found:
            raise self.fail("Unexpected character or invalid escape while parsing string")
        for each in _SURROGATE.finditer(found[0]):
            if each["lone"]:
                self.position += each.end()
                raise self.fail(f"Missing {'low' if each['lone'] in '89abAB' else 'high'}-surrogate")
        self.position = found.end()
        return str(json.loads(found[0]))

    def value(self) -> None:
        self.position = self.blanks_end()
        if self.text.startswith('"', self.position):
            self.string()
        elif self.take("{"):
            self.object()
        elif self.take("["):
            self.array()
        elif not any(self.take(word) for word in ("true", "false", "null")):
            number = _NUMBER.match(self.text, self.position)
            if not number:
                raise self.fail("Expected string, array, object, number, boolean or null")
            self.position = number.end()


def parse(body: bytes | str) -> object:
    """Return the document. Raises Malformed with the server's message."""
    if not body:
        raise Malformed("Missing or empty input")
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        raise Malformed("Input is not UTF-8 encoded") from None
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
