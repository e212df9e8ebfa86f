# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and escape control characters, which a terminal obeys, and invisible ones. No I/O."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject

# Characters that are printable for Unicode but invisible: Default_Ignorable_Code_Point and the Braille blank.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)


def is_visible(character: str) -> bool:
    """Return True for a space, and for a character that a reader can see and that does not move others.

    False for control characters, direction marks, whitespace other than the space, and lone surrogates.
    """
    return character.isprintable() and not BLANK.match(character)


def describe_invisible(text: str) -> str:
    """Describe the first invisible character of `text`, such as `U+200B (zero width space, character 3)`.

    Return an empty text if there is none.
    """
    if text.isascii() and text.isprintable():
        return ""
    invisible = ((number, letter) for number, letter in enumerate(text, 1) if not is_visible(letter))
    number, letter = next(invisible, (0, ""))
    if not letter:
        return ""
    name = unicodedata.name(letter, "").lower()
    return f"U+{ord(letter):04X} ({f'{name}, ' if name else ''}character {number})"


def escape(character: str) -> str:
    """Return the escape of a character for a double-quoted text in YAML."""
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def printable(text: str) -> str:
    r"""Return `text` as one line that is safe on a terminal: invisible characters are escaped, such as `\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if is_visible(letter) else letter.encode("unicode_escape").decode() for letter in text)


def printable_lines(text: str) -> str:
    """Return `text` with each of its lines made safe by `printable`."""
    return "\n".join(map(printable, text.split("\n")))


# The names of common misplaced characters in messages.
NAMES = {
    "\n": "a line end",
    "\r": "a line end",
    "\t": "a tab",
    " ": "a space",
    "\ufeff": "a byte order mark",
    "\x00": "a null character",
}


def describe_misplaced(value: str, spaces_inside: bool = False) -> str:
    """Describe the first character that does not belong in `value`, without quoting the value; empty if all do.

    Control and invisible characters never belong there. Spaces do only with `spaces_inside`, and not at the ends.
    """
    for index, letter in enumerate(value):
        kind = unicodedata.category(letter)
        is_end = index in (0, len(value) - 1) or not value[:index].strip() or not value[index:].strip()
        if kind in ("Cc", "Cf", "Zl", "Zp") or (kind == "Zs" and (is_end or not spaces_inside)):
            name = NAMES.get(letter, "a space" if kind == "Zs" else "an invisible character")
            place = "at its beginning" if index == 0 else "at its end" if not value[index:].strip() else "inside"
            return f"{name} (U+{ord(letter):04X}) {place}"
    return ""


def printable_diff(diff: JsonObject | list[JsonObject]) -> JsonObject | list[JsonObject]:
    """Return a diff that is safe on a terminal: Ansible prints headers and files unescaped, the rest as JSON."""

    def safe(name: str, value: object) -> Any:
        if not isinstance(value, str):
            return value
        return printable(value) if name.endswith("_header") else printable_lines(value)

    if isinstance(diff, list):
        return [{name: safe(name, value) for name, value in each.items()} for each in diff]
    return {name: safe(name, value) for name, value in diff.items()}
