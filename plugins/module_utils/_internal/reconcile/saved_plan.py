# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved plan that somebody has reviewed: check that a run does exactly what it says. No I/O.

A saved plan is the report of a run in check mode (docs/reports.md).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, PlanOutdated
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report, Row
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

MOST_NAMED = 10
"""How many subscribers that differ from the plan a message names."""
ADVICE = "Make a new plan, and look at it."
# The declared fields, by module.
Declared = Mapping[str, Collection[str]]
# The expected and the actual value, by field and, of a list, by the name of the entry.
Values = dict[str, tuple[Any, Any]]


def problems(plan: object) -> Problems:
    """Yield the problems of the option `plan`. Its rows are checked where the file is read."""
    if plan is not None and not (isinstance(plan, Mapping) and plan.get("kind") == schema.PLAN):
        what = "must be the report of a run in check mode, such as its report.json."
        yield Problem(("plan",), what)


class SavedPlan:
    """The planned changes of each subscriber in a saved plan.

    A change that the server already has counts as done, so that an interrupted run can be continued.
    """

    def __init__(self, plan: Report, server: str) -> None:
        """Raises `BadOption` if the plan is about another server than the one at this address, or has two names for one
        subscriber.
        """
        if not connection.same_server(plan["api_url"], server):
            raise BadOption(f"The plan is about {plan['api_url']}, and this run about {server}", ADVICE)
        rows: dict[tuple[int, str], list[Row]] = defaultdict(list)
        self._people: dict[int, Subscriber] = {}
        # The ids of subscribers that an entry was about.
        self._with_entry: set[int] = set()
        for row in plan["rows"]:
            if row["kind"] == schema.CHANGED:
                subscriber = Subscriber(int(row["subscriber_id"] or 0), row["subscriber"])
                rows[subscriber.id, str(row["settings"])].append(row)
                known = self._people.setdefault(subscriber.id, subscriber)
                if known != subscriber:
                    raise BadOption(f"The plan calls subscriber {subscriber.id} {known} and {subscriber}", ADVICE)
                if row["place"]:
                    self._with_entry.add(subscriber.id)
        # By the subscriber's id and the module of the settings.
        self._planned = {
            key: _values((row["field"], row["element"], row["expected"], row["actual"]) for row in its_rows)
            for key, its_rows in rows.items()
        }
        self._fields = {key: {str(row["field"]) for row in its_rows} for key, its_rows in rows.items()}

    def check(self, subscriber: Subscriber, plan: Plan, is_repeated: bool = False) -> None:
        """Raise `PlanOutdated` unless `plan` makes the same changes as the saved plan.

        A repeated write may make only some of them.
        """
        resource = plan.resource
        planned, now = self._planned.get((subscriber.id, resource.module)), _values_of(plan)
        if not planned:
            raise PlanOutdated(
                f"{subscriber}: the plan does not change its {resource.module}, and it would be changed now", ADVICE
            )
        known = self._people[subscriber.id]
        is_renamed = str(subscriber).casefold() != str(known).casefold()
        if subscriber.name and known.name and is_renamed:
            raise PlanOutdated(
                f"{subscriber}: subscriber {subscriber.id} is {known} in the plan, and has another name now", ADVICE
            )
        sentences = [f"{name} is to be changed, too" for name in now if name not in planned]
        sentences += [f"{name} is as declared now" for name in planned if name not in now and not is_repeated]
        sentences += [each for name in planned.keys() & now.keys() for each in _moved(name, planned[name], now[name])]
        if sentences:
            raise PlanOutdated(f"{subscriber}: {'; '.join(sorted(sentences))}", ADVICE)

    def check_all(
        self,
        plans: Iterable[tuple[Subscriber, Plan]],
        concerns: Callable[[Subscriber], bool],
        declared: Callable[[int], Declared | None],
        is_deactivated: Callable[[int], bool],
    ) -> None:
        """Check the plans of a whole run, and that it leaves out no change of the saved plan.

        `concerns` returns True for the subscribers that the run is limited to. For a subscriber's id, `declared`
        returns the fields that entries declare, None without an entry, and `is_deactivated` returns True if a
        subscriber without an entry is inactive after the run. Raises `PlanOutdated`, with the first subscribers that
        differ from the saved plan.
        """
        sentences = []
        for subscriber, plan in plans:
            try:
                self.check(subscriber, plan)
            except PlanOutdated as error:
                sentences.append(error.what)
        sentences += self._left_out(concerns, declared, is_deactivated)
        if sentences:
            more = [f"{len(sentences) - MOST_NAMED} more"] if len(sentences) > MOST_NAMED else []
            first = ". ".join(sentences[:MOST_NAMED] + more)
            raise PlanOutdated(f"Nothing was written, because this is not what the plan says: {first}", ADVICE)

    def check_ids(self, targets: Iterable[Target]) -> None:
        """Raise `PlanOutdated` if an entry gives a stale id: somebody has reviewed changes of somebody else."""
        stale = [
            f"{target.subscriber} has the id {target.stale_id} in {target.place}"
            for target in targets
            if target.stale_id
        ]
        if stale:
            more = f" and {len(stale) - MOST_NAMED} more" if len(stale) > MOST_NAMED else ""
            raise PlanOutdated(
                f"Nothing was written, because ids are gone or somebody else's by now: "
                f"{', '.join(stale[:MOST_NAMED])}{more}",
                "Correct the ids, for example by an export. Then make a new plan, and look at it.",
            )

    def _left_out(
        self,
        concerns: Callable[[Subscriber], bool],
        declared: Callable[[int], Declared | None],
        is_deactivated: Callable[[int], bool],
    ) -> Iterator[str]:
        """Yield a sentence for each change of the saved plan that no entry declares now."""
        for number, subscriber in self._people.items():
            if not concerns(subscriber):
                continue
            fields = declared(number)
            if fields is not None:
                yield from self._not_declared(subscriber, fields)
            elif number in self._with_entry:
                yield f"{subscriber}: the plan changes it, and no entry is about it now"
            elif not is_deactivated(number):
                yield f"{subscriber}: the plan deactivates it because no entry is about it, and this run does not"

    def _not_declared(self, subscriber: Subscriber, declared: Declared) -> Iterator[str]:
        for module in SETTINGS:
            fields = declared.get(module, ())
            planned = self._fields.get((subscriber.id, module), set())
            lost = ", ".join(sorted(planned.difference(fields))) if fields else planned and module
            if lost:
                yield f"{subscriber}: the plan changes its {lost}, and no entry declares it now"


def _values_of(plan: Plan) -> Values:
    return _values((each.field, each.element, each.expected, each.actual) for each in diff.differences(plan))


def _values(rows: Iterable[tuple[str | None, str | None, Any, Any]]) -> Values:
    """Return the values of (field, element, expected, actual) by their name: the field and the element."""
    found: Values = {}
    seen: Counter[str] = Counter()
    for field, element, expected, actual in rows:
        name = " ".join(filter(None, [field, element]))
        # A multiset may have the same entry twice.
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = (expected, actual)
    return found


def _moved(name: str, planned: tuple[Any, Any], now: tuple[Any, Any]) -> Iterator[str]:
    """Yield a sentence if the actual value is not as planned, and one if the expected value is not."""
    if now[1] != planned[1]:
        yield f"{name} is {_text(now[1])} and was {_text(planned[1])}"
    if now[0] != planned[0]:
        yield f"{name} is declared to be {_text(now[0])} and was to be {_text(planned[0])}"


def _text(value: object) -> str:
    """Format a value of a setting for a sentence."""
    return "nothing" if value in (None, "", []) else json.dumps(value, ensure_ascii=False, sort_keys=True)
