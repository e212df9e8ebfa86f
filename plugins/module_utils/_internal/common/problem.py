# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A problem with an option or an entry, kept as data until it is shown. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Union

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name

OptionPath = tuple[Union[str, int], ...]  # noqa: UP007  # ansible-test refuses | outside of annotations
"""The path of a value: `("destinations", 0, "filetype")`. An empty path is the whole task, file or entry."""


@dataclass(frozen=True)
class Problem:
    """A problem with the value at `path`; `str(problem)` is the sentence to show.

    No part of it holds a secret: its maker quotes values only with `model/quoting.py`.
    """

    path: OptionPath
    text: str
    """The problem and the advice: "must be at least 1, not 0."; with an empty path, a whole sentence."""
    after: str = " "
    """The separator between the path and the text."""
    place: str = ""
    """The place of the entry that holds the value: `customers/clinic.yml:12` or `subscribers[3]`; empty if the path
    begins with an option of the task.
    """
    name: str = ""
    """The name of the entry, such as `fax@example.com`; empty if it has none that may be shown."""
    repeats: bool = False
    """True if other entries of the same files may have the same problem, which is then reported once."""

    def __str__(self) -> str:
        text = "".join([f"{label}: " for label in (self.place, self.name) if label]) + self.sentence
        # JSON can hold lone surrogates, which cannot be printed.
        return text.encode("utf-8", "backslashreplace").decode()

    @property
    def sentence(self) -> str:
        """The problem without its entry, so that the same mistake in two entries has the same sentence."""
        return f"{self._named_path}{self.after}{self.text}" if self.path else self.text

    @property
    def _named_path(self) -> str:
        """The path as people write it; a path in the task begins with the name of an option."""
        first, *more = self.path
        begins_with_option = isinstance(first, str) and not self.place
        return dotted((option_name(str(first)) if begins_with_option else first, *more))

    def below(self, *path: str | int) -> Problem:
        """Return the same problem with `path` put before its own path."""
        return replace(self, path=(*path, *self.path))


Problems = Iterator[Problem]


def dotted(path: OptionPath) -> str:
    """Format a path as people write it: `destinations[0].filetype`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
