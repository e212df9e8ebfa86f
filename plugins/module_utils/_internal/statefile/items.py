# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stream of items that every state-file reader yields.

A file of a hundred thousand entries is never in memory as a whole. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret

# The key whose list is read entry by entry, and the name of the items for its entries.
LIST = "subscribers"
ENTRY = ""
# The value of the item for the list itself, before its entries.
STREAM = object()
# The keys of a file.
KEYS = ("version", "defaults", LIST)

# The beginning of the lines at the head of an exported file, which show that an export may rewrite it.
MARK = "# ngcp.fax.export: "

Decrypt = Callable[[str], str]
"""Decrypts a text. Raises ValueError with a sentence that says why it cannot: `NoPassword` if other texts with the same
header will fail as well.
"""


class Span(NamedTuple):
    """A place in a file: lines and columns count from 0; the end is the first character after it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Item(NamedTuple):
    """One value of a state file: that of a key, or one entry of the list.

    The list itself comes before its entries, as an item with the value `STREAM`.
    """

    name: str
    """The key; `ENTRY` for an entry of the list."""
    span: Span
    value: Any
    problems: Sequence[tuple[int, str]] = ()
    """The line and a sentence for each problem in the notation of the value."""
    whole: bool = True
    """False if a part could not be read and is missing, or null, in the value."""
    twice: bool = False
    """True if a mapping in the value has the same key twice."""


class Located(NamedTuple):
    """A value of a small file, with its line (from 0): a list or mapping of `Located`, a text, or None."""

    line: int
    value: Any


class ParseError(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__(*problems)
        self.problems = problems
        """The line (from 0) and a sentence for each reason."""


class NoPassword(ValueError):
    """Raised if none of the run's passwords decrypts a text."""


def no_mapping(value: str) -> str:
    """Return the sentence about a file that is not a mapping."""
    return f"A state file must be a mapping with {', '.join(KEYS)}, not {value}."


def secrets(value: object) -> list[Secret]:
    """Return all texts inside a value that were encrypted."""
    if isinstance(value, Secret):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [secret for each in inner for secret in secrets(each)]
