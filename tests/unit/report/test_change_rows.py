# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of what a run writes."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.change_rows import change_rows
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target
from tests.unit.fakes import FAX

NEW = {"destination": "new@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
OLD = {**NEW, "destination": "old@x.example"}
TARGET = Target(Subscriber(1, "user1@d.example", 5), (Entry("a.yml:2", "subscriber_id", 1, "{}", ()),))


def test_a_row_for_each_entry_that_a_run_adds_or_removes() -> None:
    outcome = Outcome(TARGET)
    desired = {"name": "Clinic", "destinations": [NEW]}
    outcome.plans["faxserver_settings"] = plan(FAXSERVER_SETTINGS, desired, {**FAX, "destinations": [OLD]})
    sources = {"faxserver_settings": {"name": "a.yml:2", "destinations": "defaults"}}
    rows = change_rows(outcome, {"faxserver_settings"}, sources)
    assert [(row["field"], row["element"], row["change"], row["place"]) for row in rows] == [
        ("name", None, "changed", "a.yml:2"),
        ("destinations", "old@x.example", "removed", "defaults"),
        ("destinations", "new@x.example", "added", "defaults"),
    ]
    assert {(row["kind"], row["customer_id"], row["settings"]) for row in rows} == {
        ("changed", 5, "faxserver_settings")
    }


def test_settings_that_are_not_written_have_no_row() -> None:
    outcome = Outcome(TARGET)
    outcome.plans["faxserver_settings"] = plan(FAXSERVER_SETTINGS, {"name": "Clinic"}, FAX)
    assert change_rows(outcome, (), {}) == []


def test_a_failure_a_risk_and_somebody_unmanaged() -> None:
    failed = Outcome(TARGET, error=NotFound("No", "Look."), risks={"mailtofax_settings": ["It is open."]})
    assert [(row["kind"], row["msg"]) for row in change_rows(failed, (), {})] == [
        ("failed", "No. Look."),
        ("risk", "It is open."),
    ]
    (row,) = change_rows(Outcome(Target(Subscriber(2), ()), active=("faxserver_settings",)), (), {})
    assert (row["kind"], row["settings"], row["field"], row["actual"]) == (
        "unmanaged",
        "faxserver_settings",
        "active",
        True,
    )


def test_entries_that_name_nobody_have_ids_of_their_own() -> None:
    outcomes = [
        Outcome(Target(None, (Entry("a.yml:1", "external_id", name, "{}", ()),)), error=NotFound("No", "Look."))
        for name in ("a", "b")
    ]
    (one,), (other,) = (change_rows(outcome, (), {}) for outcome in outcomes)
    assert one["id"] != other["id"]
    assert one["msg"] == "external_id a: No. Look."
