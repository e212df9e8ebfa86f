# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits on what one run may change, checked before anything is written. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LimitExceeded
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, instead

MOST_NAMED = 10
"""How many subscribers that would be deactivated a message names."""


@dataclass(frozen=True)
class ChangeLimits:
    """The limits on the changes of one run; None for no limit."""

    max_changes: int | str | None = None
    """How many subscribers may be changed: a number, or a part of all such as `5%`."""
    max_deactivations: int | None = None
    """How many subscribers may be deactivated."""
    max_failures: int | None = None
    """How many failed subscribers stop the run."""

    def reached_by(self, failures: int) -> bool:
        """Return True if this number of failures stops the run."""
        return bool(self.max_failures) and failures >= (self.max_failures or 0)


def problems(options: Options) -> Problems:
    """Yield the problems of the limits in `options`."""
    most = options.get("max_changes")
    if most is not None and _most_changes(most, 100) is None:
        what = f"must be a number such as 50, or a part such as 5% and at most 100%{instead(most)}."
        yield Problem(("max_changes",), what)
    for name, least in (("max_deactivations", 0), ("max_failures", 1)):
        value = options.get(name)
        if isinstance(value, int) and value < least:
            yield Problem((name,), f"must be at least {least}, not {value}.")


def check(limits: ChangeLimits, subscribers: int, changes: int, deactivated: Sequence[str]) -> None:
    """Check a run over `subscribers` that would change `changes` of them and deactivate the named ones.

    Raises `LimitExceeded` if these are more than the limits allow.
    """
    exceeded = {
        "max_changes": _too_many_changes(limits.max_changes, subscribers, changes),
        "max_deactivations": _too_many_deactivations(limits.max_deactivations, deactivated),
    }
    sentences = {name: sentence for name, sentence in exceeded.items() if sentence}
    if sentences:
        raise LimitExceeded(
            f"Nothing was written: {'; '.join(sentences.values())}",
            f"--diff shows what would be changed. If that is right, raise {' and '.join(map(option_name, sentences))}.",
        )


def check_failures(limits: ChangeLimits, failures: int) -> None:
    """Raise `LimitExceeded` if too many subscribers have failed for anything to be written."""
    if limits.max_failures is not None and failures >= limits.max_failures:
        allowed = f"{option_name('max_failures')} is {limits.max_failures:,}"
        raise LimitExceeded(
            f"Nothing was written: {failures:,} subscribers failed before, and {allowed}",
            "Look at the rows of the result, and correct them.",
        )


def _too_many_changes(limit: int | str | None, subscribers: int, changes: int) -> str:
    most = None if limit is None else _most_changes(limit, subscribers)
    if most is None or changes <= most:
        return ""
    given = str(limit)
    allowed = f"{given} of them, which is {int(most):,}" if given.endswith("%") else given
    end = f"and {option_name('max_changes')} allows {allowed}"
    return f"{changes:,} of {subscribers:,} subscribers would be changed, {end}"


def _too_many_deactivations(limit: int | None, deactivated: Sequence[str]) -> str:
    if limit is None or len(deactivated) <= limit:
        return ""
    more = len(deactivated) - MOST_NAMED
    names = f"{', '.join(deactivated[:MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''}"
    return (
        f"{len(deactivated):,} would be deactivated, and {option_name('max_deactivations')} allows {limit:,} ({names})"
    )


def _most_changes(limit: object, subscribers: int) -> float | None:
    """Return how many of `subscribers` a limit allows to change; None if it is neither a number nor a percentage.

    A percentage above 0 allows at least one: otherwise a small part of a few subscribers would be none, and nothing
    could ever be changed.
    """
    text = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*(%?)", str(limit)) if not isinstance(limit, bool) else None
    if text is None or ("." in text[1] and not text[2]):
        return None
    if text[2] and float(text[1]) > 100:
        return None
    number = float(text[1])
    if not text[2]:
        return number
    return max(1.0, number * subscribers / 100) if number else 0.0
