# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read state files in YAML.

PyYAML takes 0.3 ms to make the objects of one entry, and keeps a whole document in memory. Its parser, libyaml, takes a
tenth of that for the events. This reader makes values from the events, one entry at a time. No I/O of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TextIO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import quoting
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
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

IMPORT_ERROR: ImportError | None = None
try:
    import yaml
    from yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
        StreamEndEvent,
    )
except ImportError as error:  # Ansible's tools import this file without its libraries
    IMPORT_ERROR = error

# Settings are nested five levels deep.
MOST_LEVELS = 20
# The most values that aliases may repeat: in one entry, and in a whole file.
MOST_REPEATED, MOST_REPEATED_IN_ALL = 10_000, 5_000_000
TAG = "tag:yaml.org,2002:"
# Tags that are well known, so that messages may show them.
TAGS = frozenset(
    ("binary", "bool", "float", "int", "map", "null", "omap", "pairs", "seq", "set", "str", "timestamp", "unsafe")
)
# A quotation in an error of PyYAML: two characters or more.
QUOTED = re.compile(r"""\s*(?:'(?:[^'\\]|\\.){2,}'|"(?:[^"\\]|\\.){2,}")""")
# A number that YAML reads as it looks.
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
# Stands for the key `<<`.
MERGE = object()


def items(stream: TextIO, decrypt: Decrypt) -> Iterator[Item]:
    """Yield the items of a state file in YAML. Raises ParseError for invalid YAML."""
    if IMPORT_ERROR:
        raise ParseError((0, "Python's yaml (PyYAML) is missing here, which reads YAML."))
    try:
        yield from _YamlReader(stream, decrypt).items()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column + 1) if mark else (0, 1)
        wrong = wording_of(error)
        advice = "Check the indent (spaces, no tabs), quotes and brackets of this line and of those above."
        raise ParseError((line, f"The YAML is wrong at column {column}: {wrong}. {advice}")) from None
    except yaml.YAMLError as error:
        raise ParseError((0, f"The YAML cannot be read: {' '.join(str(error).split())}.")) from None


class _YamlReader:
    """Makes values from the events of one file."""

    def __init__(self, stream: TextIO, decrypt: Decrypt) -> None:
        self._loader = make_loader(stream)
        self._next = self._loader.get_event
        self._decrypt = decrypt
        # The value of each anchor, with the number of values in it.
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._plain = lru_cache(4096)(self._resolved)
        self._repeated = 0
        self._end: Any = None
        self._begin()

    def _begin(self) -> None:
        self._problems: list[tuple[int, str]] = []
        self._twice = False
        self._size = 0

    def _item(self, name: str, event: Any) -> Item:
        """Return the item whose value begins with `event`."""
        self._begin()
        start, self._end = event.start_mark, event.end_mark
        value = self._value(event, 0)
        span = Span(start.line, start.column, self._end.line, self._end.column)
        return Item(name, span, value, self._problems, not self._problems, self._twice)

    def items(self) -> Iterator[Item]:
        """Yield the items of the file. Raises ParseError and yaml.YAMLError."""
        self._next()  # the stream begins
        if isinstance(self._next(), StreamEndEvent):
            raise ParseError((0, no_mapping("empty")))
        event = self._next()
        if not isinstance(event, MappingStartEvent):
            what = f"a list; put the list under {LIST}:" if isinstance(event, SequenceStartEvent) else "a single value"
            raise ParseError((line_of(event), no_mapping(what)))
        if event.tag is not None:
            raise ParseError((line_of(event), _wrong_tag(event)))
        while not isinstance(key := self._next(), MappingEndEvent):
            self._begin()
            name = self._key(key, 0)
            if not isinstance(name, str):
                raise ParseError(
                    *(self._problems or [(line_of(key), "<< cannot stand here; write the keys themselves.")])
                )
            event = self._next()
            if name == LIST and isinstance(event, SequenceStartEvent):
                if event.tag is not None:
                    raise ParseError((line_of(event), _wrong_tag(event)))
                yield Item(LIST, _span(key), STREAM)
                while not isinstance(entry := self._next(), SequenceEndEvent):
                    yield self._item(ENTRY, entry)
            else:
                item = self._item(name, event)
                # The place of a key is that of its name; the place of settings is that of the first one.
                yield item if isinstance(item.value, dict) else item._replace(span=_span(key))
        self._next()  # the document ends
        if not isinstance(event := self._next(), StreamEndEvent):
            raise ParseError((line_of(event), "A second document begins here; a state file is one."))

    def _value(self, event: Any, level: int) -> Any:
        if isinstance(event, ScalarEvent):
            self._size += 1
            value = self._scalar(event)
            return "<<" if value is MERGE else value
        if isinstance(event, AliasEvent):
            return self._alias(event)
        before = self._size
        if level >= MOST_LEVELS:
            raise ParseError((line_of(event), f"This is nested more than {MOST_LEVELS} levels deep; no setting is."))
        if event.tag is not None:
            self._wrong(event, _wrong_tag(event))
        value = self._mapping(level) if isinstance(event, MappingStartEvent) else self._sequence(level)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._size - before + 1)
        return value

    def _sequence(self, level: int) -> list[Any]:
        values = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            values.append(self._value(event, level + 1))
        self._end = event.end_mark
        return values

    def _mapping(self, level: int) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        merged: dict[Any, Any] | None = None
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, level)
            value = self._value(self._next(), level + 1)
            if key is MERGE and merged is None:
                merged = self._merged(value, event)
            elif key is MERGE or key in values:
                self._twice = True
            elif key is not None:
                values[key] = value
        self._end = event.end_mark
        return values if merged is None else {**merged, **values}

    def _key(self, event: object, level: int) -> Any:
        """Return a key: a text, or MERGE; None for a value that cannot be a key."""
        key = self._scalar(event) if isinstance(event, ScalarEvent) else self._value(event, level + 1)
        if key is MERGE or (isinstance(key, str) and not isinstance(key, Secret)):
            return key
        template = " A template ({{ … }}) cannot stand here." if isinstance(key, dict) else ""
        self._wrong(event, f"A key must be a text; put it in quotes.{template}")
        return None

    def _merged(self, value: object, event: object) -> dict[Any, Any]:
        """Return the keys that `<<` adds; if several mappings have a key, the first one counts."""
        mappings = value if isinstance(value, list) else [value]
        if not all(isinstance(mapping, dict) for mapping in mappings):
            self._wrong(event, "<< must have a mapping, or a list of mappings.")
            return {}
        return {key: each for mapping in reversed(mappings) for key, each in mapping.items()}

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            if quoting.SHORT.fullmatch(event.anchor):
                why = f"there is no whole &{event.anchor} above."
            else:
                why = "no anchor of its name is complete above. Put a text that begins with * in quotes."
            self._wrong(event, f"{_alias(event)} stands for nothing: {why}")
            return None
        value, size = self._anchors[event.anchor]
        self._size += size
        self._repeated += size
        if self._size > MOST_REPEATED or self._repeated > MOST_REPEATED_IN_ALL:
            raise ParseError((line_of(event), f"{_alias(event)} repeats too much; write what differs by itself."))
        return value

    def _scalar(self, event: Any) -> Any:
        if event.anchor is not None and not event.value and event.tag is None and event.implicit[0]:
            column = event.start_mark.column + 1
            self._wrong(event, f"The anchor at column {column} has no value; put a text that begins with & in quotes.")
            return None
        if event.tag is not None:
            value = self._tagged(event)
        elif event.implicit[0]:
            try:
                value = self._plain(event.value)
            except (ValueError, yaml.YAMLError):
                self._wrong(event, "YAML takes this for a date or for another number; put it in quotes.")
                return None
        else:
            value = event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        return value

    def _resolved(self, text: str) -> Any:
        """Resolve a plain text by PyYAML's own rules. Raises ValueError for a date, which no option takes."""
        tag = self._loader.resolve(yaml.ScalarNode, text, (True, False))
        if tag in (f"{TAG}str", f"{TAG}value"):
            return text
        if tag == f"{TAG}merge":
            return MERGE
        # YAML reads 0017 as 15 and 1:30 as 90, which is never what the user meant.
        if tag == f"{TAG}timestamp" or (tag == f"{TAG}int" and not NUMBER.fullmatch(text)):
            raise ValueError(tag)
        return self._loader.yaml_constructors[tag](self._loader, yaml.ScalarNode(tag, text))

    def _tagged(self, event: Any) -> Any:
        if event.tag != "!vault":
            self._wrong(event, _wrong_tag(event))
            return None
        try:
            return Secret(self._decrypt(event.value))
        except ValueError as error:
            self._wrong(event, str(error))
            return None

    def _wrong(self, event: object, sentence: str) -> None:
        self._problems.append((line_of(event), sentence))


def make_loader(stream: TextIO | str) -> Any:
    return (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)(stream)


def line_of(event: Any) -> int:
    line: int = event.start_mark.line
    return line


def _alias(event: Any) -> str:
    """Describe an alias for a message, without its name if that may be a secret: to YAML, `*s3cret` is an alias."""
    return (
        f"*{event.anchor}"
        if quoting.SHORT.fullmatch(event.anchor)
        else f"The alias at column {event.start_mark.column + 1}"
    )


def _wrong_tag(event: Any) -> str:
    """Return the sentence about a wrong tag, quoted only if it is well known: to YAML, `!s3cret` is a tag."""
    tag = event.tag.replace(TAG, "!!")
    quoted = tag if tag.lstrip("!") in TAGS or quoting.SHORT.fullmatch(tag.lstrip("!")) else ""
    which = f" {quoted}" if quoted else f" at column {event.start_mark.column + 1}"
    return f"The tag{which} is not known here; there is !vault, and texts are put in quotes."


def wording_of(error: Any) -> str:
    """Return the parser's words about an error, without its quotations of the input, except for single characters."""
    return QUOTED.sub("", " ".join(filter(None, [error.problem, error.context]))).strip()


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line, start.column, end.line, end.column)
