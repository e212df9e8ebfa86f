# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge the problems of state files into messages. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem

# How many further places of the same problem a message names.
MOST_PLACES = 5


def merged(problems: Iterable[Problem]) -> list[str]:
    """Return the problems as sentences; the same problem at many places comes once, with the first places."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.sentence if problem.repeats else str(problem), []).append(problem)
    return [_together(same) for same in found.values()]


def _together(problems: Sequence[Problem]) -> str:
    places = [problem.place for problem in problems[1:] if problem.repeats]
    if not places:
        return str(problems[0])
    count = "1 more place" if len(places) == 1 else f"{len(places):,} more places"
    more = ", …" if len(places) > MOST_PLACES else "."
    return f"{problems[0]} The same at {count}: {', '.join(places[:MOST_PLACES])}{more}"
