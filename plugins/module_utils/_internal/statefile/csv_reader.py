# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read state files in CSV: one row for each subscriber or set, one column for each option.

No I/O of its own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import describe_invisible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import SETTINGS_OPTIONS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import may_show, nearest
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import OptionSpec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import MATCH
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import TRUTH
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    STREAM,
    Decrypt,
    Item,
    ParseError,
    Span,
)

# The text of a cell that clears a field; an empty cell declares nothing.
NULL = "null"
# A separator that belongs to a value has a backslash before it.
ELEMENTS, VALUES = ";", "|"


@dataclass(frozen=True)
class Column:
    """A column of the file."""

    around: str | None
    """The option that contains the column's option, such as `match`; None for an option of the entry itself."""
    option: str
    spec: OptionSpec
    """The option's argument spec."""

    @property
    def name(self) -> str:
        return f"{self.around}.{self.option}" if self.around else self.option

    @property
    def values(self) -> list[str]:
        """The names of the values in an element of a list, in their order; none if the column holds no list."""
        return list(self.spec.get("options", ()))


def _columns() -> Iterator[Column]:
    for name, option in SELECTOR.items():
        yield Column(None, name, option)
    for around, options in {"match": MATCH, **{n: o["options"] for n, o in SETTINGS_OPTIONS.items()}}.items():
        for name, option in options.items():
            yield Column(around, name, option)


COLUMNS = {column.name: column for column in _columns()}
FIRST_LINE = f"The first line must name the columns, such as subscriber,{list(COLUMNS)[-1]}."
# Converts the text of a cell to a value.
Cell = Callable[[str], Any]


def items(stream: TextIO, decrypt: Decrypt) -> Iterator[Item]:
    """Yield the items of a state file in CSV.

    Raises ParseError if the header names no subscriber, or something that is not an option.
    """
    reader = csv.reader(stream, strict=True)
    try:
        header = next(reader, [])
        columns = [(column.around, column.option, _cell(column)) if column else None for column in _checked(header)]
        yield Item(LIST, Span(0, 0, 0, 0), STREAM)
        line = reader.line_num
        for row in reader:
            # A cell in quotes may have several lines.
            span = Span(line, 0, line, 0)
            line = reader.line_num
            # Spreadsheets write rows of only commas below the last one.
            if any(cell.strip() for cell in row):
                yield _entry_of(row, columns, span)
    except csv.Error as error:
        raise ParseError((max(reader.line_num - 1, 0), f"The CSV is wrong: {error}. Check the quotes.")) from None


def _entry_of(row: Sequence[str], columns: Sequence[tuple[str | None, str, Cell] | None], span: Span) -> Item:
    if len(row) != len(columns):
        wrong = f"The header has {len(columns)} cells, this row has {len(row)}."
        return Item(ENTRY, span, None, [(span.line, wrong)], whole=False)
    raw: dict[str, Any] = {}
    problems = []
    for number, (column, text) in enumerate(zip(columns, row, strict=True), 1):
        if not text:
            continue
        if not column:
            problems += [f"Column {number} has no heading, and this row has a value there."] if text.strip() else []
            continue
        around, option, cell = column
        options = raw if around is None else raw.setdefault(around, {})
        try:
            options[option] = None if text == NULL else cell(text)
        except ValueError as error:
            problems.append(str(error))
    return Item(ENTRY, span, raw, [(span.line, problem) for problem in problems])


def _checked(header: list[str]) -> list[Column | None]:
    """Return the columns that a header names, None for one without a heading. Raises ParseError."""
    names = [name.strip() for name in header]
    if not any(names):
        raise ParseError((0, FIRST_LINE))
    if names[0].casefold().startswith("sep="):
        raise ParseError((0, f"Take out this line, which only spreadsheets read. {FIRST_LINE}"))
    unknown = [(number, name) for number, name in enumerate(names, 1) if name and name not in COLUMNS]
    problems = [_unknown(number, name) for number, name in unknown]
    if len(unknown) == len(list(filter(None, names))) > 1 and not any(may_show(name, COLUMNS) for _n, name in unknown):
        problems = [FIRST_LINE]
    elif len(header) == 1 and problems and re.search(r"[;\t]", header[0]):
        problems = ["The columns must be separated by commas."]
    elif not any(name in SELECTOR or name.startswith("match.") for name in names):
        problems.append(f"No column names the subscribers; give one of {', '.join([*SELECTOR, *_MATCHES])}.")
    twice = dict.fromkeys(name for name in names if name in COLUMNS and names.count(name) > 1)
    problems += [f"The column {name} is there twice; keep one." for name in twice]
    if problems:
        raise ParseError(*((0, problem) for problem in problems))
    return [COLUMNS.get(name) for name in names]


def _unknown(number: int, name: str) -> str:
    """Describe the problem of a column's heading, without quoting it if it may be a secret: the file may lack a line of
    headings.
    """
    if may_show(name, COLUMNS):
        return f"There is no column {name}; {nearest(name, COLUMNS)}"
    unseen = describe_invisible(name)
    if unseen:
        return f"The heading of column {number} holds {unseen}, which is invisible; write it again."
    why = "it is not shown, it might be a secret"
    return f"The heading of column {number} is not an option ({why}); {nearest('', COLUMNS)}"


_MATCHES = [name for name, column in COLUMNS.items() if column.around == "match"]


def _cell(column: Column) -> Cell:
    """Return the function that turns a cell of the column into a value. It raises ValueError with a sentence."""
    if column.values:
        bools = {name for name, part in column.spec["options"].items() if part["type"] == "bool"}
        return lambda text: [_element(column, index, element, bools) for index, element in enumerate(_pieces(text))]
    if column.spec["type"] == "bool":
        return lambda text: TRUTH.get(text.strip().lower(), text)
    return str


def _element(column: Column, index: int, text: str, bools: set[str]) -> dict[str, Any]:
    if not text.strip():
        raise ValueError(
            f"{column.name}[{index}] is empty; {NULL} clears a list, and between elements is one {ELEMENTS}."
        )
    names, cells = column.values, _split(text, VALUES)
    if len(cells) > len(names):
        raise ValueError(
            f"{column.name}[{index}] has {len(cells)} values; an element has at most {VALUES.join(names)} "
            f"(a {VALUES} or {ELEMENTS} inside of a value has a backslash before it)."
        )
    values: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell:
            bare = re.sub(r"\\([;|])", r"\1", cell)
            values[name] = None if cell == NULL else TRUTH.get(cell.lower(), bare) if name in bools else bare
    return values


def _pieces(text: str) -> list[str]:
    """Return the elements of a list; a separator behind the last one is allowed."""
    pieces = _split(text, ELEMENTS)
    return pieces[:-1] if len(pieces) > 1 and not pieces[-1] else pieces


def _split(text: str, separator: str) -> list[str]:
    """Split at separators without a backslash before them. The backslashes stay in the text."""
    if "\\" not in text:
        return text.split(separator)
    pieces = [""]
    for token in re.findall(r"\\[;|]|.", text, flags=re.DOTALL):
        if token == separator:
            pieces.append("")
        else:
            pieces[-1] += token
    return pieces
