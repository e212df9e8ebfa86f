# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON values as the server's language converts them: to texts, numbers and truth values."""

from __future__ import annotations

import re
from typing import Final

LIST_TEXT: Final = "ARRAY(0x55d6c1a3e2d8)"
_DICT_TEXT: Final = "HASH(0x55d6c1a3e2d8)"


def text(value: object) -> str:
    """Return a value as text. Lists and objects show their address in memory."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value or 0:.15g}".replace("inf", "Inf")
    if isinstance(value, (list, dict)):
        return LIST_TEXT if isinstance(value, list) else _DICT_TEXT
    return str(value)


_BLANKS: Final = r"[^\S\x1c-\x1f]+"
_ENDS: Final = re.compile(rf"\A{_BLANKS}|{_BLANKS}\Z")


def trim(value: str) -> str:
    """Return a text without blanks at its ends. The separators of ASCII are none."""
    return _ENDS.sub("", value)


def is_true(value: object) -> bool:
    """Return whether a value is true: null, "", 0 and "0" are false; lists and objects are true even when empty."""
    return isinstance(value, (list, dict)) or text(value) not in ("", "0")


def is_filled(value: object) -> bool:
    """Return whether a form counts a value as filled in: it contains a text that is not blank."""
    if isinstance(value, dict):
        return any(map(is_filled, value.values()))
    if isinstance(value, list):
        return any(map(is_filled, value))
    return bool(trim(text(value)))
