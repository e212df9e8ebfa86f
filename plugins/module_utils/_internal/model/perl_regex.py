# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether a Perl regular expression is valid, and whether it is anchored. No I/O.

The server matches the rules of mail2fax with Perl. Python's `re` cannot replace it: `\\z`, `(?^i:...)`,
`(?<name>...)`, `[[:alpha:]]` and flags in the middle of a pattern are Perl, and Python either does not know them or
reads them differently.

The pattern is read once, from left to right, keeping only the relevant facts about each group. Nothing is matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

# More groups than a pattern can have.
MOST_GROUPS = 1 << 30
POSIX_CLASSES = frozenset(
    {"alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word"}
    | {"xdigit"}
)
# `(?i)`, `(?i-m)`, `(?^i)` and the same with a colon, which begins a group.
FLAGS = re.compile(r"\?(?:\^([adlimnpsux]*)|([adlimnpsux]*)(?:-([imnsx]*))?)([:)])")
# Groups whose kind is given by what follows the parenthesis.
GROUP = re.compile(r"\?(?:[|>]|P?<([^\W\d]\w*)>|'([^\W\d]\w*)')|(?!\?)")
LOOKAROUND = re.compile(r"\?<?([=!])")
CONDITION = re.compile(r"\?\((?:\d+|R\d*|R&\w+|DEFINE|<\w+>|'\w+')\)|\?(?=\(\?<?[=!])")
# Recursion and references to named groups.
CALL = re.compile(r"\?(?:R|([+-]?\d+)|&(\w+)|P>(\w+)|P=(\w+))\)")
VERB = re.compile(r"\*[A-Z]*(?::[^)]*)?\)")
COMMENT = re.compile(r"\?#[^)]*\)")
QUANTIFIER = re.compile(r"(?:[*+?]|\{\s*(\d*)\s*(?:(,)\s*(\d*)\s*)?\})[?+]?")
ESCAPE = re.compile(
    r"\\(?:g(?:\{(-?\w+)\}|(-?\d+))|k(?:\{\s*(\w+)\s*\}|<(\w+)>|'(\w+)')|c.|[xopPNbB]\{[^}]*\}|[1-9]\d?|.)", re.DOTALL
)
# The escapes that match between two characters.
ZERO_WIDTH = frozenset("bBKG")
ANY_CHARACTER = re.compile(r"\.|\\X|\\N(?!\{)|\[(?:\\s\\S|\\S\\s|\\d\\D|\\D\\d|\\w\\W|\\W\\w)\]")


class InvalidRegex(ValueError):
    """Perl does not compile the pattern; the message says why, in a few words."""


@dataclass(frozen=True)
class Anchoring:
    """The anchors of a pattern."""

    begins: bool
    """At the beginning of the text. A leading `.*` or `.+` counts: it says that anything may precede."""
    ends: bool
    """At the end of the text."""


def anchoring(pattern: str) -> Anchoring:
    """Return where `pattern` is anchored. Raises `InvalidRegex` if Perl would not compile it."""
    return _PatternReader(pattern).read()


@dataclass(frozen=True)
class _Item:
    """A part of a sequence: an assertion, a character or a group."""

    begins: bool = False
    """It matches only at the beginning of the text."""
    ends: bool = False
    """It matches only if the text ends there, or later in the item."""
    leads: bool | None = False
    """As the first part, it determines how the text begins. None if it consumes nothing: then the next part does."""
    any_character: bool = False
    """It matches every character."""
    anything: bool = False
    """It matches any number of any characters."""
    may_repeat: bool = True
    """A quantifier may follow."""

    def repeated(self, least: int, without_limit: bool) -> _Item:
        """Return the item with a quantifier of at least `least` repetitions, which is optional if that is 0."""
        if self.any_character and without_limit:
            return _Item(leads=True, anything=True, may_repeat=False)
        if least or self.anything:
            return replace(self, may_repeat=False)
        return _Item(leads=None if self.leads is None else False, may_repeat=False)


NOTHING = _Item(leads=None, may_repeat=False)
ZERO = _Item(leads=None)
CHARACTER = _Item()


@dataclass
class _Sequence:
    """One alternative of a group."""

    items: list[_Item] = field(default_factory=list)

    @property
    def begins(self) -> bool:
        return any(item.begins for item in self.items)

    @property
    def ends(self) -> bool:
        return any(item.ends for item in self.items)

    @property
    def leads(self) -> bool | None:
        if self.begins:
            return True
        return next((item.leads for item in self.items if item.leads is not None), None)


@dataclass
class _Group:
    """An open group, or the whole pattern. `kind`: "(", "=" or "!" for lookarounds, "?" for a condition."""

    kind: str
    lines: bool
    """`^` and `$` match at each line (flag m)."""
    spaced: bool
    """Blanks and comments mean nothing (flag x)."""
    sequences: list[_Sequence] = field(default_factory=lambda: [_Sequence()])

    def item(self) -> _Item:
        """Return the group as a part of the sequence around it."""
        if self.kind == "!":
            return ZERO
        sequences = self.sequences
        if self.kind == "?" and len(sequences) == 1:
            sequences = [*sequences, _Sequence()]
        begins, ends = all(each.begins for each in sequences), all(each.ends for each in sequences)
        if self.kind == "=":
            return _Item(begins, ends, None)
        leads = [each.leads for each in sequences]
        only = sequences[0].items[0] if len(sequences) == 1 and len(sequences[0].items) == 1 else CHARACTER
        return _Item(
            begins,
            ends,
            # An alternative that consumes nothing leaves it to what follows the group.
            False if False in leads else None if None in leads else True,
            only.any_character,
            only.anything,
        )


class _PatternReader:
    """Reads one pattern. The open groups are a list, not calls: patterns may be nested as deep as they are long."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._open = [_Group("(", lines=False, spaced=False)]
        self._lines = self._spaced = False
        self._groups = 0
        self._names: set[str] = set()
        self._numbers_used: list[int] = []
        self._names_used: list[str] = []

    def read(self) -> Anchoring:
        while self._at < len(self._pattern):
            self._step()
        if len(self._open) > 1:
            raise InvalidRegex("a ( is not closed")
        if any(number > self._groups for number in self._numbers_used) or not self._names.issuperset(self._names_used):
            raise InvalidRegex("it refers to a group that it does not have")
        whole = self._open[0].item()
        return Anchoring(begins=bool(whole.leads), ends=whole.ends)

    def _step(self) -> None:
        character = self._pattern[self._at]
        if self._spaced and character.isspace():
            self._at += 1
        elif self._spaced and character == "#":
            self._at = (self._pattern + "\n").index("\n", self._at) + 1
        elif character == "(":
            self._at += 1
            self._group()
        elif character == ")":
            self._at += 1
            self._close()
        elif character == "|":
            self._at += 1
            self._open[-1].sequences.append(_Sequence())
        elif character in "*+?" or (character == "{" and self._is_quantifier()):
            self._quantifier()
        else:
            self._add(self._atom(character))

    def _add(self, item: _Item) -> None:
        self._open[-1].sequences[-1].items.append(item)

    def _take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self._pattern, self._at)
        if found:
            self._at = found.end()
        return found

    # Characters and assertions ------------------------------------------------------------------------------------

    def _atom(self, character: str) -> _Item:
        if self._take(ANY_CHARACTER):
            return _Item(any_character=True)
        if character == "\\":
            return self._escape()
        if character == "[":
            self._character_class()
            return CHARACTER
        self._at += 1
        if character == "^":
            return _Item(begins=not self._lines, leads=None if self._lines else True)
        if character == "$":
            return _Item(ends=not self._lines, leads=None)
        return CHARACTER

    def _escape(self) -> _Item:
        found = self._take(ESCAPE)
        if not found:
            raise InvalidRegex("it ends with a single \\")
        letter = found[0][1]
        target = next((group for group in found.groups() if group), "")
        # Two digits are the code of a character if there are fewer groups.
        if target or (letter in "123456789" and len(found[0]) == 2):
            self._refer(target or letter)
        if letter == "A" or letter == "G":
            return _Item(begins=True, leads=True)
        if letter in "zZ":
            return _Item(ends=True, leads=None)
        return ZERO if letter in ZERO_WIDTH else CHARACTER

    def _refer(self, target: str) -> None:
        """Note the number or the name of a group, which may come later in the pattern."""
        if not re.fullmatch(r"[+-]?\d+", target):
            self._names_used.append(target)
        elif target[0] == "-":
            # Counted backwards from here; there is no group before the first.
            self._numbers_used.append(0 if int(target[1:]) <= self._groups else MOST_GROUPS)
        else:
            self._numbers_used.append(int(target) + (self._groups if target[0] == "+" else 0))

    def _character_class(self) -> None:
        """Skip `[...]`; a `]` in front is a character, and so is one of `[[:alpha:]]`."""
        self._at += 2 if self._pattern.startswith("[^", self._at) else 1
        first, before, is_range = True, "", False
        while self._at < len(self._pattern):
            character = self._pattern[self._at]
            if character == "]" and not first:
                self._at += 1
                return
            first = False
            named = re.compile(r"\[:\^?(\w*):\]").match(self._pattern, self._at)
            if named:
                if named[1] not in POSIX_CLASSES:
                    raise InvalidRegex(f"there is no class [:{named[1]}:]")
                self._at, before, is_range = named.end(), "", False
            elif character == "\\":
                if not self._take(ESCAPE):
                    break
                before, is_range = "", False
            elif character == "-" and before and not is_range:
                self._at, is_range = self._at + 1, True
            else:
                if is_range and character < before:
                    raise InvalidRegex(f"the range {before}-{character} is the wrong way round")
                self._at += 1
                before, is_range = "" if is_range else character, False
        raise InvalidRegex("a [ is not closed")

    # Groups -------------------------------------------------------------------------------------------------------

    def _group(self) -> None:
        """Open a group whose `(` was read."""
        if flags := self._take(FLAGS):
            self._flags(flags)
        elif self._take(COMMENT):
            pass
        elif lookaround := self._take(LOOKAROUND):
            self._begin(lookaround[1])
        elif self._take(CONDITION):
            self._begin("?")
        elif call := self._take(CALL):
            self._refer(next((group for group in call.groups() if group), "0"))
            self._add(CHARACTER)
        elif self._take(VERB):
            self._add(ZERO)
        elif group := self._take(GROUP):
            name = group[1] or group[2]
            self._names.update([name] if name else [])
            self._groups += 1 if name or group[0] == "" else 0
            self._begin("(")
        else:
            raise InvalidRegex(f"({self._pattern[self._at : self._at + 2]} begins no group that it may have")

    def _flags(self, found: re.Match[str]) -> None:
        reset, on, off, end = found.groups()
        group = self._open[-1]
        if end == ":":
            group = self._begin("(")
        if reset is not None:
            self._lines, self._spaced, on = False, False, reset
        self._lines = (self._lines or "m" in on) and "m" not in (off or "")
        self._spaced = (self._spaced or "x" in on) and "x" not in (off or "")
        if end == ")":
            group.sequences[-1].items.append(NOTHING)

    def _begin(self, kind: str) -> _Group:
        # The flags that hold again after the group.
        self._open.append(_Group(kind, self._lines, self._spaced))
        return self._open[-1]

    def _close(self) -> None:
        if len(self._open) == 1:
            raise InvalidRegex("a ) closes nothing")
        group = self._open.pop()
        self._lines, self._spaced = group.lines, group.spaced
        self._add(group.item())

    # Quantifiers --------------------------------------------------------------------------------------------------

    def _is_quantifier(self) -> bool:
        """Return True if the `{` begins a quantifier, and does not stand for itself."""
        found = QUANTIFIER.match(self._pattern, self._at)
        items = self._open[-1].sequences[-1].items
        return bool(found and (found[1] or found[3]) and items and items[-1] is not NOTHING)

    def _quantifier(self) -> None:
        found = self._take(QUANTIFIER)
        items = self._open[-1].sequences[-1].items
        if not found or not items or (items[-1] is NOTHING):
            raise InvalidRegex("a quantifier follows nothing")
        if not items[-1].may_repeat:
            raise InvalidRegex("a quantifier follows another one")
        sign = found[0][0]
        if sign == "{":
            least, without_limit = int(found[1] or 0), bool(found[2]) and not found[3]
        else:
            least, without_limit = int(sign == "+"), sign in "*+"
        items[-1] = items[-1].repeated(least, without_limit)
