# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files in CSV as a stream of items."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import csv_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Item, ParseError


def items(text: str) -> list[Item]:
    return list(csv_reader.items(io.StringIO(text, newline=""), str))


def value_of(column: str, cell: str) -> Any:
    """Return the value of a cell in one column."""
    (_list, entry) = items(f'subscriber,{column}\na@x,"{cell}"\n')
    assert not entry.problems
    around, _dot, option = column.partition(".")
    return entry.value[around][option]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("faxserver_settings.active", " TRUE ", True),
        ("faxserver_settings.active", "no", False),
        ("faxserver_settings.active", "maybe", "maybe"),
        ("faxserver_settings.name", "null", None),
        ("faxserver_settings.name", " x ", " x "),
        (
            "faxserver_settings.destinations",
            "a@x|PDF|false;b@x|TIFF",
            [{"destination": "a@x", "filetype": "PDF", "incoming": False}, {"destination": "b@x", "filetype": "TIFF"}],
        ),
        ("faxserver_settings.destinations", r"a\;b\|c", [{"destination": "a;b|c"}]),
        ("faxserver_settings.destinations", "a@x||null;", [{"destination": "a@x", "incoming": None}]),
    ],
)
def test_what_a_cell_means(column: str, cell: str, value: Any) -> None:
    assert value_of(column, cell) == value


def test_an_empty_cell_declares_nothing_and_rows_of_commas_are_no_entries() -> None:
    found = items("subscriber,faxserver_settings.active,faxserver_settings.name\na@x,,\n,,\n,\n")
    assert [item.value for item in found[1:]] == [{"subscriber": "a@x"}]


def test_an_entry_is_in_the_line_that_its_row_begins_in() -> None:
    found = items('subscriber,faxserver_settings.name\na@x,"two\nlines"\nb@x,c\n')
    assert [item.span.line for item in found[1:]] == [1, 3]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a@x", "The header has 2 cells, this row has 1."),
        ("a@x,|;x", None),
        ("a@x,x;;y", "faxserver_settings.destinations[1] is empty; null clears a list, and between elements is one ;."),
        (
            "a@x,1|2|3|4|5|6",
            (
                "faxserver_settings.destinations[0] has 6 values; an element has at most "
                "destination|filetype|incoming|outgoing|status (a | or ; inside of a value has a backslash before it)."
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_row(row: str, problem: str | None) -> None:
    (_list, entry) = items(f"subscriber,faxserver_settings.destinations\n{row}\n")
    assert list(entry.problems) == ([(1, problem)] if problem else [])


@pytest.mark.parametrize(
    "text", ["", "sep=;\n", "subscriber,subscriber\n", "faxserver_settings.active\n", 'subscriber\n"a']
)
def test_where_the_rest_cannot_be_read(text: str) -> None:
    with pytest.raises(ParseError):
        items(text)
