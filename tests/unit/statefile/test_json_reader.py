# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files in JSON as a stream of items."""

from __future__ import annotations

import io

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import json_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    STREAM,
    Item,
    ParseError,
    Span,
)

NONE = "no setting is like that"
TEXT = '{"version": 1,\n "subscribers": [{"a": 1.5}, {"a": 1, "a": "\u00e4"}],\n "defaults": {}}'


def items(text: str) -> list[Item]:
    return list(json_reader.items(io.StringIO(text), str))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_keys_come_in_their_order_and_the_list_entry_by_entry(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "SIZE", size)
    found = items(TEXT)
    assert [(item.name, item.value, item.twice) for item in found] == [
        ("version", 1, False),
        (LIST, STREAM, False),
        (ENTRY, {"a": 1.5}, False),
        (ENTRY, {"a": "\u00e4"}, True),
        ("defaults", {}, False),
    ]
    assert found[2].span == Span(1, 17, 1, 27)
    # A single value is where its key is.
    assert found[0].span == Span(0, 1, 0, 10)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", (0, "A state file must be a mapping with version, defaults, subscribers, not empty (column 1).")),
        ("{1: 2}", (0, "The JSON is wrong: here must be a key, in double quotes (column 2).")),
        ('{"a": 1\n"b": 2}', (1, "The JSON is wrong: here must be , or } (column 1).")),
        ('{"a": tru}', (0, "The JSON is wrong: expecting value (column 7).")),
        ("{}\n}", (1, "The JSON is wrong: it has ended above, and here is more (column 1).")),
        (
            '{"a": ' + "9" * 5000 + "}",
            (0, "This value holds a number that is too long; no setting is like that (column 7)."),
        ),
        ('{"a": ' + "[" * 100_000 + "}", (0, f"This value is nested too deep; {NONE} (column 7).")),
    ],
    ids=range(7),
)
def test_where_the_rest_cannot_be_read(text: str, problem: tuple[int, str]) -> None:
    with pytest.raises(ParseError) as raised:
        items(text)
    assert raised.value.problems == (problem,)
