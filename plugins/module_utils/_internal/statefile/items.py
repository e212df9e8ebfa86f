# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a state file, part by part, whatever its format: what `yaml_parts`, `json_parts`, `csv_parts` give.

A file of a hundred thousand entries is never in memory as a whole. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret

# The key whose list comes entry by entry, and the name of the parts that are its entries.
LIST = "subscribers"
ENTRY = ""
# What stands for the list itself, before its entries.
STREAM = object()
# The keys of a file.
KEYS = ("version", "defaults", LIST)

# The lines at the head of an exported file begin with this. They make the file the export's.
MARK = "# ngcp.fax.export: "

# Encrypted text -> what it decrypts to. Raises ValueError with a sentence that says why it cannot, a `NoPassword` where
# another text of the same kind would fail as well.
Decrypt = Callable[[str], str]


class Span(NamedTuple):
    """Where something stands in a file: lines and columns count from 0, the end is the place behind it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Item(NamedTuple):
    """One value of a state file: what its key `name` holds, or (`ENTRY`) one entry of the list.

    The list itself comes as a part, its value `STREAM`, before its entries. `problems` are (line, sentence) for what
    was wrong with how the value is written; unless it is `whole`, what could not be read is missing or null in it.
    `twice`: a mapping in it has the same key twice.
    """

    name: str
    span: Span
    value: Any
    problems: Sequence[tuple[int, str]] = ()
    whole: bool = True
    twice: bool = False


class ParseError(Exception):
    """The rest of the file cannot be read: (line, sentence) for each reason."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__(*problems)
        self.problems = problems


class NoPassword(ValueError):
    """No password that there is decrypts this."""


def no_mapping(value: str) -> str:
    return f"A state file must be a mapping with {', '.join(KEYS)}, not {value}."


def secrets(value: Any) -> list[Secret]:
    """All texts inside of a value that were encrypted."""
    if isinstance(value, Secret):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [secret for each in inner for secret in secrets(each)]
