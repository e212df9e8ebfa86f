# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Perl regular expressions: anchors, and errors. The tables were checked with Perl 5.36."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.perl_regex import (
    Anchoring,
    InvalidRegex,
    anchoring,
)

BOTH, NEITHER = Anchoring(True, True), Anchoring(False, False)
BEGINS, ENDS = Anchoring(True, False), Anchoring(False, True)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", NEITHER),
        ("a", NEITHER),
        ("^a$", BOTH),
        (r"\Aa\z", BOTH),
        (r"\Aa\Z", BOTH),
        ("^a", BEGINS),
        ("a$", ENDS),
        # Escapes and classes: neither an anchor nor a bar nor the end of the class.
        (r"\^a\$", NEITHER),
        (r"^a\\$", BOTH),
        ("[^a]", NEITHER),
        ("^[^^]$", BOTH),
        ("^[$]", BEGINS),
        ("^[]|]$", BOTH),
        ("^[^]|]$", BOTH),
        (r"^[\]|]$", BOTH),
        ("^[[:alpha:]|]$", BOTH),
        ("^[[]$", BOTH),
        (r"^\x{5e}|a$", NEITHER),
        (r"^\c|a$", BOTH),
        # Alternatives.
        ("^a|b$", NEITHER),
        ("^a$|^b$", BOTH),
        ("^a$|^b", BEGINS),
        ("^a$|b$", ENDS),
        ("^a$|", NEITHER),
        ("^(a|b)$", BOTH),
        ("(^a|^b)$", BOTH),
        ("(^|b)c$", ENDS),
        ("(^|^b)c$", BOTH),
        ("(|b)^c$", BOTH),
        ("^a($|b)", BEGINS),
        ("^(?|a|(b))$", BOTH),
        ("^(?>a|b)$", BOTH),
        # What may be left out anchors nothing.
        ("^?a$", ENDS),
        ("(^a)*b$", ENDS),
        ("(^a)+b$", BOTH),
        ("(^a){0,2}$", ENDS),
        ("(^a){1,2}$", BOTH),
        ("^a$?", BEGINS),
        ("^a{$", BOTH),
        # Anything is what the pattern says.
        (".*a$", BOTH),
        (".+a$", BOTH),
        (".*?a$", BOTH),
        (r"[\s\S]*a$", BOTH),
        (r"(?:.*@)?a$", ENDS),
        ("(.*)a$", BOTH),
        ("(.)*a$", BOTH),
        ("(^|.*@)a$", BOTH),
        (".{2}a$", ENDS),
        (".?a$", ENDS),
        (r"\w+a$", ENDS),
        ("^a.*", BEGINS),
        ("^a.*$", BOTH),
        # Flags, leading or not.
        ("(?i)^a$", BOTH),
        ("(?^)^a$", BOTH),
        ("(?^:^a$)", BOTH),
        ("(?^i:^a$)", BOTH),
        ("(?i:^a)$", BOTH),
        ("(?i-x:^a$)", BOTH),
        ("(?si)(?x)^a$", BOTH),
        ("(?m)^a$", NEITHER),
        (r"(?m)\Aa\z", BOTH),
        ("(?m:a)^b$", BOTH),
        ("(?m)(?^:^a$)", BOTH),
        ("(?m)(?-m:^a$)", BOTH),
        ("((?m)a)^b$", BOTH),
        ("(?x) ^ a | ^ b # $\n $", BEGINS),
        ("(?x) ^ (a | b) $ # | c", BOTH),
        (" ^a$", BOTH),
        # Around a place.
        ("(?=^a)a$", BOTH),
        ("(?!^a)a$", ENDS),
        ("(?<=^)a$", BOTH),
        (r"^(?=.*@b\.c$)a", BOTH),
        (r"^(?!.*@b\.c$)a", BEGINS),
        (r"\b^a\b$", BOTH),
        (r"\ba$", ENDS),
        (r"\Ga$", BOTH),
        ("^a(?#|b)$", BOTH),
        ("^(a)(?(1)b|c)$", BOTH),
        ("(a)?(?(1)^b)$", ENDS),
        (r"^(a)\1\g{1}\g{-1}(?1)$", BOTH),
        (r"^(?<n>a)\k<n>(?&n)(?P=n)$", BOTH),
        ("^a(*PRUNE)$", BOTH),
        ("(" * 2000 + "^a" + ")" * 2000, BEGINS),
    ],
)
def test_anchoring(pattern: str, expected: Anchoring) -> None:
    assert anchoring(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "a ( is not closed"),
        ("a)", "a ) closes nothing"),
        ("[a", "a [ is not closed"),
        ("[]", "a [ is not closed"),
        ("[a\\", "a [ is not closed"),
        ("[z-a]", "the range z-a is the wrong way round"),
        ("[[:letter:]]", "there is no class [:letter:]"),
        ("a\\", "it ends with a single \\"),
        ("*a", "a quantifier follows nothing"),
        ("a|+", "a quantifier follows nothing"),
        ("(?i)?", "a quantifier follows nothing"),
        ("a**", "a quantifier follows another one"),
        ("a{2}{3}", "a quantifier follows another one"),
        ("(?z)", "(?z begins no group that it may have"),
        ("(?{1})", "(?{ begins no group that it may have"),
        ("(?#a", "(?# begins no group that it may have"),
        ("(?<1>a)", "(?< begins no group that it may have"),
        (r"\1", "it refers to a group that it does not have"),
        (r"(a)\g{-2}", "it refers to a group that it does not have"),
        (r"(?<a>)\k<b>", "it refers to a group that it does not have"),
        ("(?1)", "it refers to a group that it does not have"),
    ],
)
def test_what_perl_does_not_compile(pattern: str, why: str) -> None:
    with pytest.raises(InvalidRegex) as caught:
        anchoring(pattern)
    assert str(caught.value) == why


@pytest.mark.parametrize("pattern", ["a{", "a{x}", "{2}", "a{,2}", "a*+", "a*?", "[a-]", "[-a]", r"[\w-z]", "[--0]"])
def test_what_perl_compiles(pattern: str) -> None:
    anchoring(pattern)


TEXTS = ["".join(signs) for length in range(5) for signs in product("ab", repeat=length)]
# What Perl and Python read alike.
TOKENS = [
    "a",
    "b",
    ".",
    "^",
    "$",
    "|",
    "(",
    ")",
    "(?:",
    "(?!",
    "*",
    "+",
    "?",
    "{2}",
    "[ab]",
    "[^a]",
    r"\A",
    r"\$",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=9).map("".join))
def test_what_is_anchored_matches_nowhere_else(pattern: str) -> None:
    try:
        compiled = re.compile(pattern)
        found = anchoring(pattern)
    except (re.error, InvalidRegex):
        return
    for text in TEXTS:
        match = compiled.search(text)
        if match and found.begins and "." not in pattern:
            assert match.start() == 0
        if match and found.ends:
            assert match.end() == len(text)
