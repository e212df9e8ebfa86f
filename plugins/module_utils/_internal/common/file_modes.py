# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the options `mode` and `directory_mode` as ansible.builtin.copy does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import PRIVATE, PRIVATE_FOLDER
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems

HIGHEST = 0o7777
OCTAL = re.compile(r"(0o)?[0-7]{1,5}")
CLAUSE = re.compile(r"(?P<who>[ugoa]*)(?P<operator>[=+-])(?P<permissions>[rwxX]*)")
SHIFTS = {"u": 6, "g": 3, "o": 0}
# By option: the mode that a symbolic one modifies, which also holds the bits that the owner needs.
INITIAL = {"mode": PRIVATE, "directory_mode": PRIVATE_FOLDER}
NEEDED = {"mode": 0o400, "directory_mode": 0o700}
# Messages quote only what looks like a mode or a word; any other text may be a secret.
SHOWN = re.compile(r"[\daugorwxXst=+, -]{1,20}|[a-z]{1,12}")


@dataclass(frozen=True)
class FileModes:
    """The options for the modes of new files and folders, as the user wrote them."""

    mode: str | int | None = None
    directory_mode: str | int | None = None

    @property
    def file(self) -> int:
        """The bits for new files; readable and writable by the owner only unless `mode` is given."""
        return file_mode(self.mode)

    @property
    def folder(self) -> int | None:
        """The bits for new folders, None unless `directory_mode` is given."""
        return folder_mode(self.directory_mode)


def file_mode(mode: object) -> int:
    """Return the bits for new files from the option `mode`; None means readable and writable by the owner only."""
    return PRIVATE if mode is None else parse("mode", mode)


def folder_mode(directory_mode: object) -> int | None:
    """Return the bits for new folders from the option `directory_mode`; None if it is None."""
    return None if directory_mode is None else parse("directory_mode", directory_mode)


def problems(options: Mapping[str, Any]) -> Problems:
    """Yield the problems of the two options."""
    for name in INITIAL:
        if options.get(name) is not None:
            try:
                parse(name, options[name])
            except ValueError as error:
                yield Problem((name,), str(error))


def parse(name: str, value: object) -> int:
    """Return the bits of a mode: a number, an octal text, or a symbolic text. Raises ValueError with a sentence."""
    mode: int | None = None
    if isinstance(value, str):
        text = value.strip()
        mode = int(text, 8) if OCTAL.fullmatch(text) else _symbolic(name, text)
    elif isinstance(value, int) and not isinstance(value, bool):
        mode = value
    if mode is None or not 0 <= mode <= HIGHEST or not _is_meant(name, mode):
        example, what = ("0640", "read the file") if name == "mode" else ("0750", "read, write and search the folder")
        is_shown = not value or isinstance(value, (int, float)) or SHOWN.fullmatch(str(value))
        quote = f", not '{value}'" if is_shown else ""
        raise ValueError(
            f"must be an octal number in quotes, such as '{example}', or a symbolic mode, such as 'g+r'{quote}; "
            f"the owner must be able to {what}, and to do all that others may."
        )
    return mode


def _is_meant(name: str, mode: int) -> bool:
    """Return True if a mode is plausible. Decimal digits read as octal, or the reverse, are not."""
    owner = mode >> 6
    return mode & NEEDED[name] == NEEDED[name] and not (mode >> 3 | mode) & 0o7 & ~owner


def _symbolic(name: str, text: str) -> int | None:
    mode = INITIAL[name]
    for part in text.split(","):
        clause = CLAUSE.fullmatch(part.strip())
        if clause is None:
            return None
        permissions = clause["permissions"]
        digit = 4 * ("r" in permissions) + 2 * ("w" in permissions)
        digit += "x" in permissions or ("X" in permissions and name == "directory_mode")
        who = set((clause["who"] or "a").replace("a", "ugo"))
        bits = sum(digit << SHIFTS[one] for one in who)
        all_bits = sum(0o7 << SHIFTS[one] for one in who)
        mode = {"=": mode & ~all_bits | bits, "+": mode | bits, "-": mode & ~bits}[clause["operator"]]
    return mode
