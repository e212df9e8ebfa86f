# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a subscriber in results."""

from __future__ import annotations

from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LoginRefused,
    NotFound,
    NotTried,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import outcome as outcomes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Detail, Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target
from tests.unit.fakes import FAX

FULL = Detail(patch=True, diff=True)
BRIEF = Detail(patch=False, diff=False)
OWN = Entry("a.yml:2", "subscriber", "user1@d.example", "{}", ())


def outcome(number: int = 1, **desired: Any) -> Outcome:
    made = Outcome(Target(Subscriber(number, f"user{number}@d.example"), (OWN,)))
    if desired:
        made.plans["faxserver_settings"] = plan(FAXSERVER_SETTINGS, desired, FAX)
    return made


def test_the_status() -> None:
    changed = outcome(name="Clinic")
    assert (changed.status(check_mode=True), changed.status(check_mode=False)) == ("changed", "unchanged")
    changed.written = frozenset({"faxserver_settings"})
    assert changed.status(check_mode=False) == "changed"
    changed.error = NotFound("No", "Look.")
    assert changed.status(check_mode=True) == "failed"
    assert Outcome(Target(Subscriber(1), ()), active=("mailtofax_settings",)).status(True) == "unmanaged"


def test_a_row_shows_the_patch_without_secrets() -> None:
    row = outcome(name="Clinic", password="s3cret").as_row(True, {}, FULL)
    assert row["patch"]["faxserver_settings"] == [
        {"op": "replace", "path": "/name", "value": "Clinic"},
        {"op": "replace", "path": "/password", "value": MASK},
    ]
    assert row["diff"]["before"] == {"faxserver_settings": {"name": None, "password": None}}
    assert row["applied"] is False
    assert "s3cret" not in str(row)


def test_a_brief_row_says_what_became_of_a_subscriber_only() -> None:
    row = outcome(name="Clinic").as_row(True, {}, BRIEF)
    assert set(row) == {"subscriber_id", "subscriber", "status", "place", "applied"}


def test_the_places_of_values_are_shown_if_one_is_another() -> None:
    both = {"faxserver_settings": {"name": "a.yml:2", "t38": "defaults"}}
    assert outcome(name="Clinic", t38=False).as_row(True, both, FULL)["places"] == both
    assert "places" not in outcome(name="Clinic").as_row(True, both, FULL)


def test_a_failed_row_names_the_settings() -> None:
    failed = outcome()
    failed.error, failed.failed_at = NotFound("No", "Look.", "GET", "/api/x", 404), "faxserver_settings"
    assert failed.as_row(False, {}, BRIEF)["error"] == {
        "kind": "not_found",
        "method": "GET",
        "path": "/api/x",
        "status": 404,
        "settings": "faxserver_settings",
        "msg": "No (GET /api/x, HTTP 404). Look.",
    }


def test_totals_count_each_status() -> None:
    assert outcomes.totals([outcome(name="Clinic"), outcome()], True) == {
        "subscribers": 2,
        "unchanged": 1,
        "changed": 1,
        "failed": 0,
        "unmanaged": 0,
    }


def test_of_many_risks_the_first_are_warned_of() -> None:
    risky = outcome()
    risky.risks = {"mailtofax_settings": [f"risk {number}" for number in range(12)]}
    rows = list(risky.risk_rows())
    assert rows[0] == {
        "subscriber_id": 1,
        "subscriber": "user1@d.example",
        "settings": "mailtofax_settings",
        "place": "a.yml:2",
        "msg": "risk 0",
    }
    warnings = outcomes.risk_warnings(rows)
    assert warnings[0] == "user1@d.example: risk 0"
    assert (len(warnings), warnings[-1]) == (11, "And 2 more: `risks` in the result has them all.")


def test_a_failure_names_each_cause_once_and_what_ended_the_run_first() -> None:
    everybody = [outcome(number) for number in range(1, 5)]
    everybody[0].error = everybody[1].error = NotFound("No", "Look.")
    everybody[2].error = LoginRefused("Refused", "Look.")
    everybody[3].error = NotTried("Not tried: Refused", "Look.")
    error = outcomes.some_failed(everybody, {"totals": {"subscribers": 9}})
    assert str(error) == (
        "4 of 9 subscribers failed. a.yml:2: user3@d.example: Refused. Look. "
        "a.yml:2: user1@d.example, a.yml:2: user2@d.example: No. Look. 1 more were not tried after that."
    )
