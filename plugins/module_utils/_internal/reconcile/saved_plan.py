# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that was looked at, and whether what would be done is still what it says. No I/O.

A plan is the report of a run in check mode (docs/reports.md).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, StalePlan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

KIND, CHANGED = "plan", "changed"
# So many subscribers are named that are not as in the plan.
MOST_NAMED = 10
ADVICE = "Make a new plan, and look at it."
# The fields that are declared, by the name of the settings.
Declared = Mapping[str, Collection[str]]


def problems(plan: Any) -> Problems:
    """Yield what is wrong with the option. What its rows are like, whoever reads the file has seen to."""
    if plan is not None and not (isinstance(plan, Mapping) and plan.get("kind") == KIND):
        what = "must be the report of a run in check mode: `report` of its result, or the file report.json."
        yield Problem(("plan",), what)


class SavedPlan:
    """What a plan says of each subscriber. No more than that may be done.

    What is as declared meanwhile counts as done, so that an interrupted run can go on.
    """

    def __init__(self, plan: Mapping[str, Any], server: str) -> None:
        """Raises `BadOption` if the plan is about another server than that of this address, or gives one subscriber two
        names.
        """
        if not connection.same_server(plan["server"], server):
            raise BadOption(f"The plan is about {plan['server']}, and this run about {server}", ADVICE)
        planned: dict[tuple[int, str], list[JsonObject]] = defaultdict(list)
        self._people: dict[int, Subscriber] = {}
        # Those whom an entry was about.
        self._declared: set[int] = set()
        for row in plan["rows"]:
            if row["kind"] == CHANGED:
                who = Subscriber(**row["subscriber"])
                planned[who.id, row["resource"]].append(row)
                if self._people.setdefault(who.id, who) != who:
                    raise BadOption(f"The plan calls subscriber {who.id} {self._people[who.id]} and {who}", ADVICE)
                if row["place"]:
                    self._declared.add(who.id)
        self._planned = {key: _by_name(rows) for key, rows in planned.items()}

    def check(self, who: Subscriber, made: Plan, second: bool = False) -> None:
        """Raise `Moved` unless what would be done to some settings of a subscriber is what the plan says or, by a
        `second` write, a part of it.
        """
        resource = made.resource.name
        planned, now = self._planned.get((who.id, resource)), _by_name(diff.of_plan(made))
        if not planned:
            raise StalePlan(f"{who}: the plan does not change its {resource}, and it would be changed now", ADVICE)
        was = self._people[who.id]
        if who.username and was.username and str(who).casefold() != str(was).casefold():
            raise StalePlan(f"{who}: subscriber {who.id} is {was} in the plan, and has another name now", ADVICE)
        moved = [f"{what} is to be changed, too" for what in now if what not in planned]
        moved += [f"{what} is as declared now" for what in planned if what not in now and not second]
        for what in planned.keys() & now.keys():
            (expected, actual), (was_expected, was_actual) = now[what], planned[what]
            if actual != was_actual:
                moved.append(f"{what} is {_text(actual)} and was {_text(was_actual)}")
            if expected != was_expected:
                moved.append(f"{what} is declared to be {_text(expected)} and was to be {_text(was_expected)}")
        if moved:
            raise StalePlan(f"{who}: {'; '.join(sorted(moved))}", ADVICE)

    def check_all(
        self,
        plans: Iterable[tuple[Subscriber, Plan]],
        concerns: Callable[[Subscriber], bool],
        declared: Callable[[int], Declared | None],
        deactivated: Callable[[int], bool],
    ) -> None:
        """Raise `Moved`, with the first of them, if some of many are not as in the plan, or if the run leaves out what
        the plan says of those whom it `concerns`. By a subscriber's id, `declared` tells what entries declare, None if
        none is about it, and `deactivated` whether somebody like that is inactive after the run.
        """
        moved = []
        for who, made in plans:
            try:
                self.check(who, made)
            except StalePlan as error:
                moved.append(error.what)
        moved += self._left_out(concerns, declared, deactivated)
        if moved:
            more = [f"{len(moved) - MOST_NAMED} more"] if len(moved) > MOST_NAMED else []
            raise StalePlan(
                f"Nothing was written, for this is not what the plan says: {'. '.join(moved[:MOST_NAMED] + more)}",
                ADVICE,
            )

    def _left_out(
        self,
        concerns: Callable[[Subscriber], bool],
        declared: Callable[[int], Declared | None],
        deactivated: Callable[[int], bool],
    ) -> Iterator[str]:
        """What the plan changes and nothing declares now, a sentence each."""
        for one, who in self._people.items():
            if not concerns(who):
                continue
            found = declared(one)
            if found is not None:
                yield from self._not_declared(who, found)
            elif one in self._declared:
                yield f"{who}: the plan changes it, and no entry is about it now"
            elif not deactivated(one):
                yield f"{who}: the plan deactivates it as one whom no entry is about, and this run does not"

    def _not_declared(self, who: Subscriber, declared: Declared) -> Iterator[str]:
        """What of one subscriber nothing declares now."""
        for resource in RESOURCES:
            fields = declared.get(resource.name, ())
            planned = {name.partition(" ")[0] for name in self._planned.get((who.id, resource.name), ())}
            lost = ", ".join(sorted(planned.difference(fields))) if fields else planned and resource.name
            if lost:
                yield f"{who}: the plan changes its {lost}, and no entry declares it now"


def _by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """What is expected and what there is, by the field and, of a list, what names the entry."""
    found: dict[str, tuple[Any, Any]] = {}
    seen: Counter[str] = Counter()
    for row in rows:
        name = " ".join(filter(None, [row["field"], row.get("element")]))
        # A multiset may have the same entry twice.
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = (row["expected"], row["actual"])
    return found


def _text(value: Any) -> str:
    """A value of a setting in a sentence."""
    return "nothing" if value in (None, "", []) else json.dumps(value, ensure_ascii=False, sort_keys=True)
