# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much one run may change, before anything is written. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LimitExceeded
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import instead

# So many subscribers are named that would be deactivated.
MOST_NAMED = 10


def problems(options: Mapping[str, Any]) -> Problems:
    """Yield what is wrong with the options of the limits."""
    most = options.get("max_changes")
    if most is not None and _number(most, 100) is None:
        what = f"must be a number such as 50, or a part such as 5% and at most 100%{instead(most)}."
        yield Problem(("max_changes",), what)
    for name, least in (("max_deactivations", 0), ("max_failures", 1)):
        value = options.get(name)
        if isinstance(value, int) and value < least:
            yield Problem((name,), f"must be at least {least}, not {value}.")


def check(options: Mapping[str, Any], subscribers: int, changes: int, deactivated: Sequence[str]) -> None:
    """Raise `TooMany` if a run over so many subscribers would change so many, or deactivate those, and may not."""
    passed, raised = [], []
    most = _number(options.get("max_changes"), subscribers)
    if most is not None and changes > most:
        given = str(options["max_changes"])
        allowed = f"{given} of them, which is {int(most):,}" if given.endswith("%") else given
        raised.append("max_changes")
        passed.append(f"{changes:,} of {subscribers:,} subscribers would be changed, and max_changes allows {allowed}")
    most = options.get("max_deactivations")
    if most is not None and len(deactivated) > most:
        raised.append("max_deactivations")
        more = len(deactivated) - MOST_NAMED
        names = f"{', '.join(deactivated[:MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''}"
        passed.append(f"{len(deactivated):,} would be deactivated, and max_deactivations allows {most:,} ({names})")
    if passed:
        raise LimitExceeded(
            f"Nothing was written: {'; '.join(passed)}",
            f"--diff shows what would be changed. If that is right, raise {' and '.join(raised)}.",
        )


def check_failures(options: Mapping[str, Any], failures: int) -> None:
    """Raise `TooMany` if so many could not be read that nothing may be written."""
    most = options.get("max_failures")
    if most is not None and failures >= most:
        raise LimitExceeded(
            f"Nothing was written: {failures:,} subscribers failed before, and max_failures is {most:,}",
            "Look at the rows of the result, and correct them.",
        )


def _number(most: Any, whole: int) -> float | None:
    """A number, or a part of `whole` in percent (above 0 % at least one), as a number; None if it is neither."""
    text = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*(%?)", str(most)) if not isinstance(most, bool) else None
    if text is None or ("." in text[1] and not text[2]):
        return None
    if text[2] and float(text[1]) > 100:
        return None
    number = float(text[1])
    if not text[2]:
        return number
    # Of a few subscribers a small part would be none, and nothing could ever be changed.
    return max(1.0, number * whole / 100) if number else 0.0
