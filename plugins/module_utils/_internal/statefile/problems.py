# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with state files, gathered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# At so many places, beside the first one, a message says that something is the same.
MOST_PLACES = 5


class Problem(str):
    """What is wrong with a state file: its place (`file:line`), the begin of the sentence that names an entry, or
    nothing, and the sentence, which may be the same at many places.
    """

    place: str
    sentence: str

    def __new__(cls, place: str, name: str, sentence: str) -> Problem:
        made = super().__new__(cls, f"{place}: {name}{sentence}")
        made.place, made.sentence = place, sentence
        return made


def alike(problems: Iterable[str]) -> list[str]:
    """The problems; a sentence that stands at many places of files comes once, with the first of them."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.sentence if isinstance(problem, Problem) else problem, []).append(problem)
    return [_together(those) for those in found.values()]


def _together(problems: Sequence[str]) -> str:
    places = [problem.place for problem in problems[1:] if isinstance(problem, Problem)]
    if not places:
        return str(problems[0])
    count = "1 more place" if len(places) == 1 else f"{len(places):,} more places"
    more = ", …" if len(places) > MOST_PLACES else "."
    return f"{problems[0]} The same at {count}: {', '.join(places[:MOST_PLACES])}{more}"
