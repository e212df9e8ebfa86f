# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files in YAML as a stream of items."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import (
    ENTRY,
    LIST,
    STREAM,
    Item,
    ParseError,
    Span,
)


def items(text: str) -> list[Item]:
    return list(yaml_reader.items(io.StringIO(text), str.upper))


def one(text: str) -> Item:
    """The only entry of a file that holds `text` as its list."""
    return items(f"subscribers:\n{text}")[1]


def test_keys_come_in_their_order_and_the_list_entry_by_entry() -> None:
    found = items("version: 1\nsubscribers:\n  - {a: 1}\n  - {b: x}\ndefaults:\n  t38: true\n")
    assert [(item.name, item.value) for item in found] == [
        ("version", 1),
        (LIST, STREAM),
        (ENTRY, {"a": 1}),
        (ENTRY, {"b": "x"}),
        ("defaults", {"t38": True}),
    ]
    assert found[2].span == Span(2, 4, 2, 10)
    assert all(item.whole and not item.problems and not item.twice for item in found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("'yes'", "yes"),
        ("017", None),
        ("17", 17),
        ("2026-01-01", None),
        ("~", None),
        ("!vault secret", "SECRET"),
        ("*nobody", None),
        ("{a: &x 1, b: *x}", {"a": 1, "b": 1}),
        ("{<<: {a: 1, b: 1}, b: 2}", {"a": 1, "b": 2}),
        ("[1, [x]]", [1, ["x"]]),
    ],
)
def test_what_a_value_means(text: str, value: Any) -> None:
    assert one(f"  - v: {text}\n").value == {"v": value}


def test_what_was_encrypted_is_a_secret() -> None:
    assert isinstance(one("  - !vault secret\n").value, Secret)


def test_what_cannot_be_read_is_a_problem_with_its_line() -> None:
    item = one("  - a: 017\n    b: !other x\n")
    assert item.problems == [
        (1, "YAML takes this for a date or for another number; put it in quotes."),
        (2, "The tag at column 8 is not known here; there is !vault, and texts are put in quotes."),
    ]
    assert not item.whole


def test_a_key_that_is_there_twice() -> None:
    assert one("  - {a: 1, a: 2}\n").twice


@pytest.mark.parametrize(
    ("text", "line"), [("", 0), ("- a\n", 0), ("a: [\n", 1), ("a: 1\n---\nb: 1\n", 1), ("a: " + "[" * 30, 0)]
)
def test_where_the_rest_cannot_be_read(text: str, line: int) -> None:
    with pytest.raises(ParseError) as raised:
        items(text)
    assert raised.value.problems[0][0] == line


def test_aliases_do_not_repeat_without_end() -> None:
    levels = "".join(f"  a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 9))
    with pytest.raises(ParseError, match="repeats too much"):
        items(f"defaults:\n  a0: &a0 x\n{levels}")
