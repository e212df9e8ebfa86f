# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much one run may change, before anything is written. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils.errors import Moved, TooMany
from ansible_collections.ngcp.fax.plugins.module_utils.options import Problems
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject

# So many subscribers are named that would be deactivated, or that are not as in a reviewed plan.
MOST_NAMED = 10
LOOK_AGAIN = "Make a new plan, and look at it."


def problems(options: Mapping[str, Any]) -> Problems:
    """What is wrong with the options of the guards, a sentence each."""
    most = options.get("max_changes")
    if most is not None and _number(most, 100) is None:
        yield f"max_changes must be a number such as 50, or a part such as 5% and at most 100%, not '{most}'."
    for name, least in (("max_deactivations", 0), ("max_failures", 1)):
        value = options.get(name)
        if isinstance(value, int) and value < least:
            yield f"{name} must be at least {least}, not {value}."
    plan = options.get("plan")
    if plan is not None and not (isinstance(plan, list) and all(map(_is_row, plan))):
        yield "plan must be the list `subscribers` of a result in check mode, with all that is in it."


def check(options: Mapping[str, Any], subscribers: int, changes: int, deactivated: Sequence[str]) -> None:
    """Raise `TooMany` if a run over so many subscribers would change so many, or deactivate those, and may not."""
    passed = []
    most = _number(options.get("max_changes"), subscribers)
    if most is not None and changes > most:
        given = str(options["max_changes"])
        allowed = f"{given} of them, which is {int(most):,}" if given.endswith("%") else given
        passed.append(f"{changes:,} of {subscribers:,} subscribers would be changed, and max_changes allows {allowed}")
    most = options.get("max_deactivations")
    if most is not None and len(deactivated) > most:
        more = len(deactivated) - MOST_NAMED
        names = f"{', '.join(deactivated[:MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''}"
        passed.append(f"{len(deactivated):,} would be deactivated, and max_deactivations allows {most:,} ({names})")
    if passed:
        raise TooMany(
            f"Nothing was written: {'; '.join(passed)}",
            "Look at the rows of the result, or run with --check --diff; if they are right, allow as many.",
        )


def check_failures(options: Mapping[str, Any], failures: int) -> None:
    """Raise `TooMany` if so many could not be read that nothing may be written."""
    most = options.get("max_failures")
    if most is not None and failures >= most:
        raise TooMany(
            f"Nothing was written: {failures:,} subscribers failed before, and max_failures is {most:,}",
            "Look at the rows of the result, and correct them.",
        )


class Reviewed:
    """A plan that was looked at: no more than it says may be done.

    What it says of a subscriber that is as declared meanwhile counts as done, so that an interrupted run can go on.
    """

    def __init__(self, plan: Sequence[JsonObject]) -> None:
        self._diffs = {row["subscriber"]["id"]: row.get("diff") for row in plan}

    def check(self, subscriber: int, name: str, settings: str, diff: JsonObject) -> None:
        """Raise `Moved` unless the plan has this difference (`before` and `after` of some settings) of a subscriber."""
        planned = self._diffs.get(subscriber) or {"before": {}, "after": {}}
        before, after = (planned[side].get(settings, {}) for side in ("before", "after"))
        if not after:
            raise Moved(f"{name}: the plan does not change its {settings}, and it would be changed now", LOOK_AGAIN)
        moved = [
            f"{field} is {_text(diff['before'].get(field))} and was {_text(before.get(field))}"
            for field in {**before, **diff["before"]}
            if before.get(field) != diff["before"].get(field) and field in before and field in diff["before"]
        ]
        moved += [f"{field} is to be changed, too" for field in diff["after"] if field not in after]
        moved += [f"{field} is as declared now" for field in after if field not in diff["after"]]
        moved += [
            f"{field} is declared to be {_text(diff['after'][field])} and was to be {_text(after[field])}"
            for field in after
            if field in diff["after"] and after[field] != diff["after"][field]
        ]
        if moved:
            raise Moved(f"{name}: {'; '.join(moved)}", LOOK_AGAIN)

    def check_all(self, differences: Iterable[tuple[int, str, str, JsonObject]]) -> None:
        """Raise `Moved`, with the first of them, if some of many (as `check` takes them) are not in the plan."""
        moved = []
        for each in differences:
            try:
                self.check(*each)
            except Moved as error:
                moved.append(error.what)
        if moved:
            more = [f"{len(moved) - MOST_NAMED} more"] if len(moved) > MOST_NAMED else []
            raise Moved(
                f"Nothing was written, for this is not what the plan says: {'. '.join(moved[:MOST_NAMED] + more)}",
                LOOK_AGAIN,
            )


def _is_row(row: Any) -> bool:
    """Whether something is a row of a result as far as `Reviewed` needs it."""
    who, diff = (row.get("subscriber"), row.get("diff")) if isinstance(row, Mapping) else (None, None)
    return isinstance(who, Mapping) and "id" in who and (diff is None or _is_diff(diff))


def _is_diff(diff: Any) -> bool:
    sides = [diff.get("before"), diff.get("after")] if isinstance(diff, Mapping) else [None]
    return all(isinstance(side, Mapping) and all(isinstance(each, Mapping) for each in side.values()) for side in sides)


def _text(value: Any) -> str:
    """A value of a setting in a sentence."""
    return "nothing" if value in (None, "", []) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _number(most: Any, whole: int) -> float | None:
    """A number, or a part of `whole` in percent, as a number; None if it is neither."""
    text = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*(%?)", str(most)) if not isinstance(most, bool) else None
    if text is None or ("." in text[1] and not text[2]):
        return None
    if text[2] and float(text[1]) > 100:
        return None
    return float(text[1]) * whole / 100 if text[2] else float(text[1])
