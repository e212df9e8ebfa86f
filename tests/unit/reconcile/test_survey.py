# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A survey: who a run is about, and what differs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LoginRefused,
    NotNgcp,
    Rejected,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import read_options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey import Survey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import SurveyOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from tests.unit.fakes import FakeClient

CLINIC = {"faxserver_settings": {"name": "Clinic"}}


def survey(client: FakeClient, *entries: dict[str, Any], **options: Any) -> Survey:
    given = {"subscribers": list(entries), "workers": 1, "progress": False, **options}
    return Survey(client, read_options(SurveyOptions, given))


def by_id(*numbers: int, **settings: Any) -> list[dict[str, Any]]:
    return [{"subscriber_id": number, **(settings or CLINIC)} for number in numbers]


def test_what_differs_is_planned_and_nothing_is_written() -> None:
    client = FakeClient()
    client.fax(2, name="Clinic")
    found = survey(client, *by_id(1, 2))
    found.run()
    assert {number: list(outcome.plans) for number, outcome in found.outcomes.items()} == {
        1: ["faxserver_settings"],
        2: [],
    }
    assert (client.writes, found.failures) == ([], 0)


def test_every_plan_is_handed_out() -> None:
    planned: list[tuple[int, int]] = []

    def on_plan(outcome: Outcome, plan: Plan) -> None:
        planned.append((outcome.subscriber.id, len(plan.operations)))

    client = FakeClient()
    client.fax(2, name="Clinic")
    options = SurveyOptions(Paging(workers=1), by_id(1, 2), progress=False)
    found = Survey(client, options, on_plan)
    found.run()
    assert sorted(planned) == [(1, 1), (2, 0)]


def test_many_are_read_by_pages_that_show_who_is_unmanaged() -> None:
    client = FakeClient(6)
    client.fax(6, active=True)
    found = survey(client, *by_id(1, 2, 3, 4, 5), page_size=3, unmanaged="report")
    (unmanaged,) = found.run()
    assert (unmanaged.outcome.subscriber.id, unmanaged.outcome.active) == (6, ("faxserver_settings",))
    assert unmanaged.settings["faxserver_settings"]["active"] is True
    assert found.declared(unmanaged.outcome) == {"faxserver_settings": {"active": False}}
    assert client.requests.count("GET /api/faxserversettings/") == 2


def test_an_error_of_one_does_not_stop_the_others() -> None:
    client = FakeClient()
    client.fax(1, destinations="a text")
    client.failures["GET /api/faxserversettings/2"] = [Rejected("No", "Look.")]
    found = survey(client, *by_id(1, 2, 3), {"subscriber": "user9@d.example", **CLINIC})
    found.run()
    assert [type(outcome.error) for outcome in found.outcomes.values()] == [NotNgcp, Rejected, type(None)]
    assert [outcome.failed_at for outcome in found.outcomes.values()][:2] == ["faxserver_settings"] * 2
    assert [outcome.name for outcome in found.unmatched] == ["user9@d.example"]
    assert (found.failures, len(found.all_outcomes)) == (3, 4)


def test_a_fatal_error_ends_the_reading_and_is_reported_once() -> None:
    client = FakeClient()
    for number in (1, 2, 3):
        client.failures[f"GET /api/faxserversettings/{number}"] = [LoginRefused("Refused", "Look.")]
    found = survey(client, *by_id(1, 2, 3))
    with pytest.raises(LoginRefused):
        found.run()
    assert sum(isinstance(outcome.error, LoginRefused) for outcome in found.outcomes.values()) == 1
    assert len(client.requests) == 1


def test_a_fault_of_the_program_is_an_error_of_one() -> None:
    client = FakeClient()

    def broken(outcome: Outcome, plan: Plan) -> None:
        raise ZeroDivisionError

    found = Survey(client, SurveyOptions(Paging(workers=1), by_id(1), progress=False), broken)
    found.run()
    assert "ZeroDivisionError" in str(found.outcomes[1].error)


def test_declared_settings_and_their_places() -> None:
    client = FakeClient()
    found = survey(
        client,
        {"match": {"domain": "d.example"}, "faxserver_settings": {"t38": False, "name": "All"}},
        *by_id(1),
        defaults={"faxserver_settings": {"ecm": False}},
    )
    found.run()
    outcome = found.outcomes[1]
    assert found.declared(outcome) == {"faxserver_settings": {"ecm": False, "t38": False, "name": "Clinic"}}
    assert found.places(outcome) == {
        "faxserver_settings": {"ecm": "defaults", "t38": "subscribers[0]", "name": "subscribers[1]"}
    }


def test_only_excludes_everybody() -> None:
    found = survey(FakeClient(), *by_id(1), only=["user2@d.example"])
    found.run()
    assert found.excludes_everybody
    assert [entry.value for entry in found.skipped] == [1]
