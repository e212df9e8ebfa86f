# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Treat values as MariaDB does: types of columns, limits, collation, LIKE.

The limits of the columns that the API shows are in docs/ngcp-api.md#faxserversettings and
docs/ngcp-api.md#mailtofaxsettings; those of `destination`, `received_from` and the other strings, and the character set
utf8mb3 with its collation, are in the vendor's published database schema.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from . import perl

Value = str | int | float | bool | None
"""Scalar value of a column."""


class DatabaseError(Exception):
    """The database refuses a value; the server answers 500."""


class _NoDefault:
    """Default of a column that must be given."""


NO_DEFAULT: Final = _NoDefault()


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a table."""

    store: Callable[[object], Value]
    default: Value | _NoDefault
    hidden: bool = False
    """Whether the API hides it: every write resets it (docs/ngcp-api.md#every-write-re-creates-the-rows)."""

    def initial(self) -> Value:
        """Return the value in rows that were created without this column."""
        if isinstance(self.default, _NoDefault):
            raise DatabaseError("a column without default was not given")
        return self.default


Table = Mapping[str, Column]

NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\Z", re.ASCII)
"""Text that is a number as a whole, in the database and in Perl."""


def _store_boolean(value: object) -> bool:
    """Store a tinyint(1) in strict mode: 0, 1, "1", 2 or true, but not null, "yes" or a number that does not fit."""
    if isinstance(value, str) and NUMBER.match(value):
        value = float(value)
    if not isinstance(value, (bool, int, float)):
        raise DatabaseError("not a number")
    if not -128.5 < value < 127.5:
        raise DatabaseError("out of range")
    return not -0.5 < value < 0.5


def boolean(default: bool, *, hidden: bool = False) -> Column:
    """Return a tinyint(1) NOT NULL column."""
    return Column(_store_boolean, default, hidden)


def text(limit: int, *, default: Value | _NoDefault = None) -> Column:
    """Return a varchar column. Without `default`, it allows NULL, which is the default.

    A list or an object gets there as the text of a reference.
    """

    def store(value: object) -> str | None:
        if value is None:
            if isinstance(default, _NoDefault):
                raise DatabaseError("cannot be null")
            return None
        stored = perl.text(value)
        if len(stored) > limit:
            # Blanks beyond the limit are cut off. Anything else is an error in strict mode.
            if stored[limit:].strip(" "):
                raise DatabaseError("too long")
            stored = stored[:limit]
        if any(ord(character) > 0xFFFF for character in stored):
            raise DatabaseError("utf8mb3 has no such character")
        return stored

    return Column(store, default)


def choice(values: tuple[str, ...], default: str) -> Column:
    """Return an enum NOT NULL column, compared without case and stored as declared."""
    known = {value.casefold(): value for value in values}

    def store(value: object) -> str:
        if value is None:
            raise DatabaseError("cannot be null")
        found = known.get(perl.text(value).rstrip(" ").casefold())
        if found is None:
            raise DatabaseError("no such value")
        return found

    return Column(store, default)


def new_row(table: Table, values: Mapping[str, object]) -> dict[str, Value]:
    """Return a new row, with the column's default for each value that is not given."""
    return {name: column.store(values[name]) if name in values else column.initial() for name, column in table.items()}


def fold(value: str) -> str:
    """Fold a text like utf8mb3_general_ci: ignore case and accents."""
    # Nearly all texts are ASCII, and folding them is faster than a cache.
    return value.upper() if value.isascii() else _fold(value)


@lru_cache(maxsize=65536)
def _fold(value: str) -> str:
    return "".join(map(_fold_one, value))


_KEPT: Final = frozenset("йЙ")
"""Letters with marks that the collation keeps apart from those without."""


def _fold_one(character: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", character))
    if not marks or character in _KEPT or not all(map(unicodedata.combining, marks)):
        base = character
    upper = "S" if base == "ß" else base.upper()
    return upper if len(upper) == 1 else base


def collate(value: str) -> str:
    """Return the key that `=` and a unique key compare: folded, without blanks at the end."""
    return fold(value.rstrip(" "))


_LIKE_PART = re.compile(r"\\(.)|([%_])|([^\\%_]+|\\)", re.DOTALL)
_LIKE_WILDCARD = {"%": ".*", "_": "."}


def _like_parts(pattern: str) -> list[tuple[str, str]]:
    """Split a LIKE pattern into wildcards and folded literals; in each pair one is empty."""
    parts = _LIKE_PART.findall(pattern)
    return [(wildcard, "" if wildcard else fold(escaped or plain)) for escaped, wildcard, plain in parts]


def like_start(pattern: str) -> tuple[str, bool]:
    """Return the folded prefix of every match of a LIKE pattern, and whether the pattern has no wildcards after it."""
    start = ""
    for wildcard, literal in _like_parts(pattern):
        if wildcard:
            return start, False
        start += literal
    return start, True


def like_folded(pattern: str) -> Callable[[str], bool]:
    """Match a LIKE pattern against texts that are folded already."""
    parts = _like_parts(pattern)
    wildcards = [wildcard for wildcard, _unused in parts if wildcard]
    if wildcards == ["%", "%"] and parts[0][0] and parts[-1][0]:
        # For a match anywhere in the text, this is faster than any regular expression.
        wanted = "".join(literal for _unused, literal in parts)
        return lambda value: wanted in value
    regex = re.compile(
        "".join(_LIKE_WILDCARD[wildcard] if wildcard else re.escape(literal) for wildcard, literal in parts), re.DOTALL
    )
    return lambda value: regex.fullmatch(value) is not None


def like(pattern: str) -> Callable[[str | None], bool]:
    """Match a LIKE pattern: % and _ are wildcards, a backslash escapes them, NULL never matches."""
    matches = like_folded(pattern)
    return lambda value: value is not None and matches(fold(value))


_LEADINGNUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def as_number(value: str) -> float:
    """Return the number that a text counts as in the database and in Perl: its leading digits, else 0."""
    found = _LEADINGNUMBER.match(value)
    return float(found[0]) if found else 0.0
