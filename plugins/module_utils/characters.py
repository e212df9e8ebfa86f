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
