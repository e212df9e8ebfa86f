# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escape control characters, which a terminal obeys, and invisible ones. No I/O."""

from __future__ import annotations

import re
import unicodedata

# Characters that Unicode calls printable and that no font draws: Default_Ignorable_Code_Point, and the empty Braille
# pattern.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)


def is_visible(character: str) -> bool:
    """Return True for a space and for whatever a reader sees on its own and that moves nothing else: no control, no
    direction mark, no blank other than the space, no lone surrogate.
    """
    return character.isprintable() and not BLANK.match(character)


def hidden(text: str) -> str:
    """Return the words for the first invisible character of `text`, an empty text if it has none:
    its code point, its name, if it has one, and its place, counted from 1.
    """
    if text.isascii() and text.isprintable():
        return ""
    number, one = next(((number, one) for number, one in enumerate(text, 1) if not is_visible(one)), (0, ""))
    if not one:
        return ""
    name = unicodedata.name(one, "").lower()
    return f"U+{ord(one):04X} ({f'{name}, ' if name else ''}character {number})"


def escape(character: str) -> str:
    """Return the escape of a character in a text that stands in double quotes in YAML."""
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def printable(text: str) -> str:
    r"""Return `text` as one line that is safe on a terminal: what is not visible is escaped, such as `\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if is_visible(one) else one.encode("unicode_escape").decode() for one in text)


def printable_lines(text: str) -> str:
    """Return `text` as `printable` does, each of its lines by itself."""
    return "\n".join(map(printable, text.split("\n")))


NAMES = {
    "\n": "a line end",
    "\r": "a line end",
    "\t": "a tab",
    " ": "a blank",
    "\ufeff": "a byte order mark",
    "\x00": "a null character",
}


def odd_character(value: str, blanks_inside: bool = False) -> str:
    """Describe the first character that does not belong into `value`; empty if all do. The value is not quoted.

    Control characters and invisible ones never do, and blanks do only if `blanks_inside`, and then not at its ends.
    """
    for index, letter in enumerate(value):
        kind = unicodedata.category(letter)
        is_end = index in (0, len(value) - 1) or not value[:index].strip() or not value[index:].strip()
        if kind in ("Cc", "Cf", "Zl", "Zp") or (kind == "Zs" and (is_end or not blanks_inside)):
            name = NAMES.get(letter, "a blank" if kind == "Zs" else "an invisible character")
            place = "at its beginning" if index == 0 else "at its end" if not value[index:].strip() else "inside"
            return f"{name} (U+{ord(letter):04X}) {place}"
    return ""
