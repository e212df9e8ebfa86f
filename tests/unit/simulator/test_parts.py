# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts that need no server."""

from __future__ import annotations

import json

import pytest

from tests.simulator import perl
from tests.simulator.database import as_number, collate, like
from tests.simulator.errors import ApiError
from tests.simulator.wellformed import Malformed, parse


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Missing or empty input"),
        ("1", "Malformed JSON: Expected array or object at line 0, offset 0"),
        ("null", "Malformed JSON: Expected array or object at line 0, offset 0"),
        ("\n1", "Malformed JSON: Expected array or object at line 0, offset 0"),
        ("[\n}", "Malformed JSON: Expected string, array, object, number, boolean or null at line 1, offset 1"),
        ("[1", "Malformed JSON: Expected comma or right square bracket while parsing array at line 1, offset 2"),
        ("[1 ", "Malformed JSON: Expected comma or right square bracket while parsing array before end of data"),
        ('{"a":1', "Malformed JSON: Expected comma or right curly bracket while parsing object at line 1, offset 6"),
        ('{"a" 1}', "Malformed JSON: Expected colon while parsing object at line 1, offset 5"),
        ("{1}", "Malformed JSON: Expected string while parsing object at line 1, offset 1"),
        ('["\\x"]', "Malformed JSON: Unexpected character or invalid escape while parsing string at line 1, offset 2"),
        ('["abc', "Malformed JSON: Unterminated string at line 1, offset 5"),
        ("{ ", "Malformed JSON: Expected string while parsing object before end of data"),
        ("[\n01]", "Malformed JSON: Expected comma or right square bracket while parsing array at line 2, offset 0"),
        ("[]]", "Malformed JSON: Unexpected data after array at line 1, offset 2"),
        ("[\n\n nul]", "Malformed JSON: Expected string, array, object, number, boolean or null at line 3, offset 1"),
        ('{"a":1,"a":2}', "Malformed JSON: Unexpected duplicate object member name a at line 1, offset 10"),
        ('["a\\ud800b"]', "Malformed JSON: Missing low-surrogate at line 1, offset 9"),
        ('["\\udc00"]', "Malformed JSON: Missing high-surrogate at line 1, offset 8"),
        ("[NaN]", "Malformed JSON: Expected string, array, object, number, boolean or null at line 1, offset 1"),
    ],
)
def test_malformed_json(text: str, complaint: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text.encode())
    assert str(caught.value) == complaint


def test_input_that_is_no_text() -> None:
    with pytest.raises(Malformed, match="Malformed JSON: Expected array or object at line 0, offset 0"):
        parse(b'["\xff"]')


@pytest.mark.parametrize(
    "text", ["[]", "{}", ' [1, -2.5e3, "\\u00e4\\n\\ud83d\\ude00\\\\ud800", {"a": [true, false, null]}] ']
)
def test_wellformed_json(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", ["[1.]", "\ufeff{}", "[" * 513 + "]" * 513, '{"a":' * 600 + "1" + "}" * 600])
def test_what_only_the_second_parser_refuses(text: str) -> None:
    with pytest.raises(ApiError, match="Internal Server Error"):
        parse(text.encode())


@pytest.mark.parametrize(
    ("value", "text", "true", "filled"),
    [
        (None, "", False, False),
        (True, "1", True, True),
        (False, "0", False, True),
        (1e20, "1e+20", True, True),
        (0.1 + 0.2, "0.3", True, True),
        (float("inf"), "Inf", True, True),
        ("0", "0", False, True),
        (" ", " ", True, False),
        ([], perl.LIST_TEXT, True, False),
        ([{"a": ["b"]}], perl.LIST_TEXT, True, True),
    ],
)
def test_values_as_perl_reads_them(value: object, text: str, true: bool, filled: bool) -> None:
    assert (perl.text(value), perl.is_true(value), perl.is_filled(value)) == (text, true, filled)


def test_deep_json() -> None:
    assert parse(b"[" * 512 + b"]" * 512)
    with pytest.raises(Malformed):
        parse(b"[" * 600)


def test_collation() -> None:
    assert collate("Ärzte ") == collate("arzte")
    assert collate("a b") != collate("ab")


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("user%", "USER1", True),
        ("u_er", "uXer", True),
        ("u\\_er", "uXer", False),
        ("u\\_er", "u_er", True),
        ("100\\%", "100%", True),
        ("a.c", "abc", False),
        ("", "", True),
        ("é%", "East", True),
        ("a ", "a", False),
    ],
)
def test_like(pattern: str, value: str, matches: bool) -> None:
    assert like(pattern)(value) is matches
    assert like(pattern)(None) is False


@pytest.mark.parametrize(("text", "number"), [("12", 12.0), (" 12abc", 12.0), ("abc", 0.0), ("-1.5", -1.5)])
def test_numbers_as_the_database_reads_them(text: str, number: float) -> None:
    assert as_number(text) == number
