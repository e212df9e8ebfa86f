# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the id of a subscriber into the text of its entry, and leave every other byte as it is. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

ID = "subscriber_id"
DIGITS = "0123456789"
# A value on one line. What follows a name that has none there, such as one of a block scalar, is not understood.
_VALUE = r"""("[^"\\]*"|'[^']*'|[^\s"'|>&*!#,\[\]{}][^\s,\[\]{}]*)"""
_REST_OF_LINE = r"[^\S\n]*(?:[^\S\n]#.*)?$"
_KEY = r"""(["']?){}\{}\s*:\s+"""


def with_id(lines: Sequence[str], name: str, number: int, has_one: bool) -> list[str] | None:
    """Return the lines of an entry with `subscriber_id: number`: behind its option `name`, or with other digits if it
    `has_one`. None if its notation is not understood.
    """
    text = "".join(lines)
    dash = re.match(r"[^\S\n]*-[^\S\n]+(?=\S)", text)
    if not dash:
        return None
    indent = " " * len(dash[0])
    is_flow = text.startswith("{", dash.end())
    before = r"([{,]\s*)" if is_flow else rf"(?m)^({indent}|{re.escape(dash[0])})"
    if has_one:
        pattern = before + _KEY.format(ID, 2) + r"""["']?\d+\b"""
        changed, count = re.subn(pattern, lambda found: f"{found[0].rstrip(DIGITS)}{number}", text)
    elif is_flow:
        pattern = before + _KEY.format(name, 2) + _VALUE
        changed, count = re.subn(pattern, lambda found: f"{found[0]}, {ID}: {number}", text)
    else:
        pattern = before + _KEY.format(name, 2) + _VALUE + _REST_OF_LINE
        changed, count = re.subn(pattern, lambda found: f"{found[0]}\n{indent}{ID}: {number}", text)
    return changed.splitlines(keepends=True) if count == 1 else None
