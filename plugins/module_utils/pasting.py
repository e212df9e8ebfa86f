# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find characters that come from pasting or from a file: line ends, blanks, a byte order mark. No I/O."""

from __future__ import annotations

import unicodedata

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
