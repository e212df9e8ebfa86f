# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an option or an entry, as a value that becomes a sentence only where somebody reads it. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Union

Path = tuple[Union[str, int], ...]  # noqa: UP007  # ansible-test refuses | outside of annotations
"""Where a value stands: `("destinations", 0, "filetype")`. An empty path is the whole task, file or entry."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with the value at `path`. `str()` of it is the sentence to show.

    No part of it holds a secret: whoever makes it quotes a value by `model/quoting.py` only.
    """

    path: Path
    text: str
    """What is wrong, and what to do: "must be at least 1, not 0."; with an empty path a whole sentence."""
    after: str = " "
    """What stands between the path and the text."""
    place: str = ""
    """Where the entry stands that holds the value: `customers/clinic.yml:12` or `subscribers[3]`; empty if the path
    says it all.
    """
    name: str = ""
    """What the entry calls itself, such as `fax@example.com`; empty if it has no name that may be shown."""
    repeats: bool = False
    """True if other entries of the same files may have it as well, which is then said once."""

    def __str__(self) -> str:
        text = "".join([f"{each}: " for each in (self.place, self.name) if each]) + self.sentence
        # Half a character, which JSON can hold, would break whatever prints it.
        return text.encode("utf-8", "backslashreplace").decode()

    @property
    def sentence(self) -> str:
        """What is wrong, without saying in which entry; the same mistake in two entries has the same sentence."""
        return f"{shown(self.path)}{self.after}{self.text}" if self.path else self.text

    def below(self, *path: str | int) -> Problem:
        """Return the problem of the same value, seen from outside: `path` leads to what its own path begins at."""
        return replace(self, path=(*path, *self.path))


Problems = Iterator[Problem]


def shown(path: Path) -> str:
    """Return a path as people write it: `destinations[0].filetype`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
