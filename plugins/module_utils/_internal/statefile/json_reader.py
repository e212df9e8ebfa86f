# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read state files in JSON. No I/O of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    STREAM,
    Decrypt,
    Item,
    ParseError,
    Span,
    no_mapping,
)

# How many characters to read at a time.
SIZE = 1 << 20
BLANKS = re.compile(r"[ \t\r\n]*")


def items(stream: TextIO, decrypt: Decrypt) -> Iterator[Item]:
    """Yield the items of a state file in JSON. Raises ParseError for invalid JSON."""
    reader = _JsonReader(stream)
    if reader.peek() != "{":
        what = {"": "empty", "[": f'a list; put the list under "{LIST}":'}.get(reader.peek(), "a single value")
        raise reader.broken(no_mapping(what))
    separator = reader.take("{")
    if reader.peek() == "}":
        separator = reader.take("}")
    while separator != "}":
        if reader.peek() != '"':
            raise reader.broken("The JSON is wrong: here must be a key, in double quotes.")
        key = reader.item(ENTRY)
        reader.take(":")
        if key.value == LIST and reader.peek() == "[":
            yield key._replace(name=LIST, value=STREAM)
            yield from _entries(reader)
        else:
            item = reader.item(key.value)
            yield item if isinstance(item.value, dict) else item._replace(span=key.span)
        separator = reader.take(",}")
    if reader.peek():
        raise reader.broken("The JSON is wrong: it has ended above, and here is more.")


def _entries(reader: _JsonReader) -> Iterator[Item]:
    separator = reader.take("[")
    if reader.peek() == "]":
        separator = reader.take("]")
    while separator != "]":
        yield reader.item(ENTRY)
        separator = reader.take(",]")


class _JsonReader:
    """A moving window on the text, from the current value to where the stream has been read."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # NaN and the like are not valid JSON. Accept them here: no option takes one.
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)
        self._text, self._at = "", 0
        # The line and column where the window begins, and the place up to which lines were counted.
        self._line, self._column, self._counted = 0, 0, 0
        self._twice = False

    def _object(self, pairs: list[tuple[str, Any]]) -> JsonObject:
        values = dict(pairs)
        if len(values) != len(pairs):
            self._twice = True
        return values

    def _more(self) -> bool:
        """Read more, twice as much each time because a value may be long; return False at the end."""
        new = self._stream.read(max(SIZE, len(self._text)))
        if new:
            self._place(self._at)
            self._text, self._at, self._counted = self._text[self._at :] + new, 0, 0
        return bool(new)

    def _place(self, at: int) -> tuple[int, int]:
        """Return the line and column of a place in the window; continue counting lines from the last such place."""
        lines = self._text.count("\n", self._counted, at)
        if lines:
            self._column = at - self._text.rfind("\n", self._counted, at) - 1
        else:
            self._column += at - self._counted
        self._line += lines
        self._counted = at
        return self._line, self._column

    def peek(self) -> str:
        """Return the next character other than whitespace; an empty text at the end."""
        while True:
            self._at = BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Consume the next character and return it. Raises ParseError unless it is one of `expected`."""
        found = self.peek()
        if not found or found not in expected:
            raise self.broken(f"The JSON is wrong: here must be {' or '.join(expected)}.")
        self._at += 1
        return found

    def item(self, name: str) -> Item:
        """Return the next value as an item. Raises ParseError if it is not JSON."""
        self.peek()
        while True:
            self._twice = False
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self._at = error.pos
                raise self.broken(f"The JSON is wrong: {error.msg[0].lower()}{error.msg[1:]}.") from None
            except (ValueError, RecursionError) as error:
                what = "is nested too deep" if isinstance(error, RecursionError) else "holds a number that is too long"
                raise self.broken(f"This value {what}; no setting is like that.") from None
            # At the end of the window, a number may be incomplete: .5 or e+5 may follow 1.
            if end + len("e+5") < len(self._text) or not self._more():
                break
        span = Span(*self._place(self._at), *self._place(end))
        self._at = end
        return Item(name, span, value, twice=self._twice)

    def broken(self, sentence: str) -> ParseError:
        """Return the error at the current place."""
        line, column = self._place(self._at)
        return ParseError((line, f"{sentence.rstrip('.')} (column {column + 1})."))
