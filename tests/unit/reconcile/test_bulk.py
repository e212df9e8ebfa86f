# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over many subscribers: limits, writes, and what becomes of each."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LimitExceeded,
    LoginRefused,
    PlanOutdated,
    Rejected,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB, SubscribersOptions
from tests.unit.fakes import FakeClient

CLINIC = {"faxserver_settings": {"name": "Clinic"}}
DEFAULTS = {name: option["default"] for name, option in JOB.spec.options.items() if "default" in option}


def by_id(*numbers: int, **settings: Any) -> list[dict[str, Any]]:
    return [{"subscriber_id": number, **(settings or CLINIC)} for number in numbers]


def run(client: FakeClient, entries: list[dict[str, Any]], check_mode: bool = False, **options: Any) -> Result:
    given = {**DEFAULTS, "subscribers": entries, "workers": 1, "progress": False, **options}
    return JOB.execute(client, given, check_mode)


def test_options_with_their_defaults() -> None:
    options: SubscribersOptions = JOB.options({**DEFAULTS, "max_changes": "5%", "return_rows": "file", "_diff": False})
    assert (options.limits.max_changes, options.limits.max_failures, options.verify_at_end) == ("5%", None, "lists")
    assert (options.result.has_report, options.result.detail, options.result.shows_diff) == (True, None, False)


def test_what_differs_is_written() -> None:
    client = FakeClient()
    client.fax(2, name="Clinic")
    result = run(client, by_id(1, 2))
    assert client.writes == ["/api/faxserversettings/1"]
    assert result.changed
    assert [(row["subscriber_id"], row["status"]) for row in result.facts["subscribers"]] == [(1, "changed")]
    assert result.facts["totals"]["unchanged"] == 1


def test_check_mode_predicts_it() -> None:
    client = FakeClient()
    result = run(client, by_id(1, 2), check_mode=True, return_report=True)
    assert (result.changed, client.writes) == (True, [])
    assert (result.facts["report"]["kind"], len(result.facts["report"]["rows"])) == ("plan", 2)


def test_a_limit_stops_the_run_before_the_first_write_and_shows_what_would_be_done() -> None:
    client = FakeClient()
    with pytest.raises(LimitExceeded, match="2 of 2 subscribers would be changed") as caught:
        run(client, by_id(1, 2), max_changes=1)
    assert (client.writes, caught.value.facts["changed"], len(caught.value.facts["diff"])) == ([], False, 2)


def test_a_saved_plan_allows_what_it_says() -> None:
    client = FakeClient()
    plan = run(client, by_id(1), check_mode=True, return_report=True).facts["report"]
    with pytest.raises(PlanOutdated, match="the plan does not change its faxserver_settings"):
        run(client, by_id(1, 2), plan=plan)
    assert run(client, by_id(1), plan=plan).facts["totals"]["changed"] == 1


def test_a_failure_of_one_does_not_stop_the_others() -> None:
    client = FakeClient()
    client.failures["PATCH /api/faxserversettings/1"] = [Rejected("No", "Look.", "PATCH", "/x", 422)]
    with pytest.raises(SomeFailed, match="1 of 3 subscribers failed") as caught:
        run(client, by_id(1, 2, 3))
    assert caught.value.facts["totals"]["changed"] == 2
    assert caught.value.facts["changed"] is True


def test_too_many_failures_stop_the_run() -> None:
    client = FakeClient()
    client.failures["PATCH /api/faxserversettings/1"] = [Rejected("No", "Look.", "PATCH", "/x", 422)]
    with pytest.raises(SomeFailed, match="2 more were not tried after that"):
        run(client, by_id(1, 2, 3), max_failures=1)
    assert client.writes == ["/api/faxserversettings/1"]


def test_a_fatal_error_ends_the_run() -> None:
    client = FakeClient()
    client.failures["PATCH /api/faxserversettings/1"] = [LoginRefused("Refused", "Look.")]
    with pytest.raises(SomeFailed, match="1 more were not tried after that"):
        run(client, by_id(1, 2))


def test_a_list_that_somebody_overwrites_meanwhile_is_found_at_the_end() -> None:
    client = FakeClient()
    entry = {"destination": "a@x.example", "filetype": "PDF"}
    settings = {"faxserver_settings": {"destinations": [entry], "destinations_mode": "add"}}
    patch = client.patch

    def patch_and_overwrite(path: str, operations: Any) -> Any:
        answer = patch(path, operations)
        client.fax(1, destinations=[])
        return answer

    client.patch = patch_and_overwrite  # type: ignore[method-assign]
    with pytest.raises(SomeFailed, match="no longer held what is declared in destinations"):
        run(client, by_id(1, **settings))


def test_the_unmanaged_are_deactivated_if_everybody_was_found() -> None:
    client = FakeClient()
    client.fax(2, active=True)
    result = run(client, by_id(1), unmanaged="deactivate", max_deactivations=1)
    assert (client.fax(2)["active"], result.facts["totals"]["changed"]) == (False, 2)
    client.fax(2, active=True)
    with pytest.raises(SomeFailed, match=r"user9@d\.example: There is no subscriber"):
        run(client, [*by_id(1), {"subscriber": "user9@d.example", **CLINIC}], unmanaged="deactivate")
    assert client.fax(2)["active"] is True


def test_an_entry_that_only_excludes_and_that_is_missing_protects_the_unmanaged() -> None:
    client = FakeClient()
    client.fax(2, active=True)
    entries = [*by_id(1), {"subscriber": "user9@d.example", **CLINIC}]
    result = run(client, entries, unmanaged="deactivate", only=[1, 2])
    assert client.fax(2)["active"] is True
    assert result.warnings == [
        "Nobody unmanaged is deactivated: user9@d.example (subscribers[1]) was not found, and may be one of them."
    ]


def test_a_subscriber_that_is_activated_after_the_limits_were_checked_stays_active(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = FakeClient()
    client.fax(1, name="Old")
    write = client.patch

    def activated_before_the_write(path: str, operations: Any) -> Any:
        client.fax(1, active=True)
        return write(path, operations)

    monkeypatch.setattr(client, "patch", activated_before_the_write)
    settings = {"faxserver_settings": {"active": False, "name": "Gone"}}
    with pytest.raises(SomeFailed, match="was activated since the run began"):
        run(client, by_id(1, **settings), max_deactivations=0)
    assert len(client.writes) == 1
    assert client.items["faxserversettings"][1]["active"] is True
