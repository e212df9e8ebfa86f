# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved plan: what a run may do that has one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, PlanOutdated
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.saved_plan import SavedPlan, problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.change_rows import change_rows
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target
from tests.unit.fakes import FAX

SERVER = "https://ngcp.example"
ONE = Subscriber(1, "user1@d.example")
OWN = Entry("a.yml:2", "subscriber_id", 1, "{}", ())
A = {"destination": "a@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}


def planned(current: dict[str, Any] | None = None, **desired: Any) -> Plan:
    return plan(FAXSERVER_SETTINGS, desired, {**FAX, **(current or {})})


def saved(made: Plan, entries: tuple[Entry, ...] = (OWN,), server: str = SERVER) -> Report:
    outcome = Outcome(Target(ONE, entries), plans={"faxserver_settings": made})
    places = dict.fromkeys(made.managed, "a.yml:2") if entries else {}
    rows = change_rows(outcome, outcome.plans, {"faxserver_settings": places})
    return report.make_report(schema.PLAN, rows, 1, server, datetime(2026, 1, 1, tzinfo=timezone.utc))


def test_what_the_plan_says_may_be_done() -> None:
    made = planned(name="Clinic", destinations=[A])
    SavedPlan(saved(made), SERVER).check(ONE, made)


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (planned(name="Other"), 'name is declared to be "Other" and was to be "Clinic"'),
        (planned({"name": "Moved"}, name="Clinic"), 'name is "Moved" and was nothing'),
        (planned(name="Clinic", t38=False), "t38 is to be changed, too"),
        (planned({"name": "Clinic"}, name="Clinic", ecm=False), "name is as declared now"),
    ],
)
def test_what_has_moved_is_named(now: Plan, sentence: str) -> None:
    with pytest.raises(PlanOutdated) as caught:
        SavedPlan(saved(planned(name="Clinic")), SERVER).check(ONE, now)
    assert sentence in caught.value.what


def test_a_repeated_write_may_do_a_part() -> None:
    SavedPlan(saved(planned(name="Clinic", t38=False)), SERVER).check(ONE, planned(t38=False), is_repeated=True)


def test_somebody_else_and_another_name() -> None:
    plan_of_one = SavedPlan(saved(planned(name="Clinic")), SERVER)
    with pytest.raises(PlanOutdated, match="the plan does not change its faxserver_settings"):
        plan_of_one.check(Subscriber(2), planned(name="Clinic"))
    with pytest.raises(PlanOutdated, match="has another name now"):
        plan_of_one.check(Subscriber(1, "renamed@d.example"), planned(name="Clinic"))
    plan_of_one.check(Subscriber(1), planned(name="Clinic"))


@pytest.mark.parametrize(
    ("entries", "declared", "deactivated", "sentence"),
    [
        ((OWN,), None, False, "the plan changes it, and no entry is about it now"),
        ((OWN,), {}, False, "the plan changes its faxserver_settings, and no entry declares it now"),
        ((OWN,), {"faxserver_settings": {"t38"}}, False, "the plan changes its name, and no entry declares it now"),
        ((), None, False, "the plan deactivates it because no entry is about it, and this run does not"),
        ((OWN,), {"faxserver_settings": {"name"}}, False, ""),
        ((), None, True, ""),
    ],
)
def test_a_run_leaves_nothing_out(entries: Any, declared: Any, deactivated: bool, sentence: str) -> None:
    plan_of_one = SavedPlan(saved(planned(name="Clinic"), entries), SERVER)

    def check() -> None:
        plan_of_one.check_all([], lambda subscriber: True, lambda number: declared, lambda number: deactivated)

    if not sentence:
        check()
        return
    with pytest.raises(PlanOutdated, match="Nothing was written") as caught:
        check()
    assert sentence in caught.value.what
    plan_of_one.check_all([], lambda subscriber: False, lambda number: declared, lambda number: deactivated)


def test_a_plan_of_another_server_or_with_two_names() -> None:
    with pytest.raises(BadOption, match=r"The plan is about https://other\.example, and this run about"):
        SavedPlan(saved(planned(name="Clinic"), server="https://other.example"), SERVER)
    twice = saved(planned(name="Clinic", t38=False))
    twice["rows"][0]["subscriber"] = "other@d.example"
    with pytest.raises(BadOption, match="The plan calls subscriber 1 "):
        SavedPlan(twice, SERVER)


def test_what_is_not_a_plan() -> None:
    assert list(problems(None)) == list(problems(saved(planned()))) == []
    (problem,) = problems({"kind": "drift"})
    assert str(problem).startswith("plan must be the report of a run in check mode")
