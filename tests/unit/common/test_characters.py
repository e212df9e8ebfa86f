# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import unicodedata

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import (
    describe_invisible,
    is_visible,
    printable,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100 % of it: C:\\x", "plain text, 100 % of it: C:\\x"),
        ("Ärzte 診療所 почта é", "Ärzte 診療所 почта é"),
        ("\x1b]0;owned\x07\x1b[31m", "\\x1b]0;owned\\x07\\x1b[31m"),
        ("a\nb\r\tc\x7f\0", "a\\nb\\r\\tc\\x7f\\x00"),
        ("C1: \x9b31m \x85", "C1: \\x9b31m \\x85"),
        ("\u202egnp.exe \u2066x\u2069", "\\u202egnp.exe \\u2066x\\u2069"),
        ("a\u200bb\u00a0c\ufeff\u00ad\u2028", "a\\u200bb\\xa0c\\ufeff\\xad\\u2028"),
        ("lone \ud800 and \udcff", "lone \\ud800 and \\udcff"),
        ("filler \u3164\u2800\ufe0f\U000e0041", "filler \\u3164\\u2800\\ufe0f\\U000e0041"),
    ],
)
def test_a_text_is_one_line_that_a_terminal_only_shows(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ""),
        ("Ärzte 診療所", ""),
        ("a\u200bb\u202e", "U+200B (zero width space, character 2)"),
        ("ab\u202e", "U+202E (right-to-left override, character 3)"),
        ("\u00a0", "U+00A0 (no-break space, character 1)"),
        ("a\tb", "U+0009 (character 2)"),
        ("a\ufe0f", "U+FE0F (variation selector-16, character 2)"),
        ("\U000e0041", "U+E0041 (tag latin capital letter a, character 1)"),
    ],
)
def test_the_first_that_nobody_sees_is_named(text: str, found: str) -> None:
    assert describe_invisible(text) == found


def test_no_control_and_no_format_character_passes() -> None:
    passed: dict[str, str] = {}
    for one in filter(is_visible, map(chr, range(0x110000))):
        passed.setdefault(unicodedata.category(one), one)
    assert passed.keys().isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    assert passed["Zs"] == " "
    assert not is_visible("\u3000")
