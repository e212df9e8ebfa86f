# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of plans, and their report."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.rows import SubscriberFacts, rows_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

Settings = dict[str, Any]
AT = datetime(2026, 11, 26, 2, tzinfo=timezone.utc)
FAX: Settings = {"active": False, "name": None, "password": None, "t38": True, "ecm": True, "destinations": []}
MAIL: Settings = {
    "active": False,
    "secret_key": None,
    "secret_key_renew": "never",
    "secret_renew_notify": [],
    "acl": [],
}


def fax(one: str, filetype: str = "PDF") -> Settings:
    return {"destination": one, "filetype": filetype, "incoming": True, "outgoing": False, "status": False}


def rule(sender: str | None, regex: bool = False) -> Settings:
    return {"from_email": sender, "received_from": None, "destination": None, "use_regex": regex}


def found(mail: bool, desired: Settings, current: Settings) -> list[tuple[Any, ...]]:
    resource, whole = (MAILTOFAX_SETTINGS, MAIL) if mail else (FAXSERVER_SETTINGS, FAX)
    rows = diff.of_plan(plan(resource, desired, {**whole, **current}))
    return [(row["field"], row.get("element"), row["change"], row["expected"], row["actual"]) for row in rows]


@pytest.mark.parametrize(
    ("mail", "desired", "current", "expected"),
    [
        (False, {"name": ""}, {"name": None}, []),
        (False, {"name": "A"}, {"name": "B", "ecm": False}, [("name", None, "changed", "A", "B")]),
        (False, {"active": True}, {"active": 0}, [("active", None, "changed", True, False)]),
        (False, {"password": "x1"}, {"password": "x2"}, [("password", None, "changed", "(changed)", "(changed)")]),
        (False, {"password": None}, {"password": "x2"}, [("password", None, "changed", None, "(changed)")]),
        (True, {"secret_key": "a"}, {"secret_key": "b", "secret_key_renew": "daily"}, []),
        (True, {"secret_key_renew": "daily"}, {}, [("secret_key_renew", None, "changed", "daily", "never")]),
        (False, {"destinations": [fax("A@x.example")]}, {"destinations": [fax("a@x.example")]}, []),
        (
            False,
            {"destinations": [fax("A@x.example"), fax("b@x.example")]},
            {"destinations": [fax("c@x.example"), fax("a@x.example", "PS")]},
            [
                ("destinations", "a@x.example", "changed", fax("A@x.example"), fax("a@x.example", "PS")),
                ("destinations", "b@x.example", "removed", fax("b@x.example"), None),
                ("destinations", "c@x.example", "added", None, fax("c@x.example")),
            ],
        ),
        (
            False,
            {"destinations": [fax("a@x.example")], "destinations_mode": "add"},
            {"destinations": [fax("c@x.example")]},
            [("destinations", "a@x.example", "removed", fax("a@x.example"), None)],
        ),
        (
            False,
            {"destinations": [{"destination": "c@x.example"}], "destinations_mode": "remove"},
            {"destinations": [fax("c@x.example")]},
            [("destinations", "c@x.example", "added", None, fax("c@x.example"))],
        ),
        (
            True,
            {"secret_renew_notify": [{"destination": "a@x.example"}]},
            {},
            [("secret_renew_notify", "a@x.example", "removed", {"destination": "a@x.example"}, None)],
        ),
        (
            True,
            {"acl": [rule("a"), rule("a"), rule("b", True)]},
            {"acl": [rule("b"), rule("a")]},
            [
                ("acl", "from_email=a", "removed", rule("a"), None),
                ("acl", "from_email=b", "added", None, rule("b")),
                ("acl", "from_email=b use_regex", "removed", rule("b", True), None),
            ],
        ),
    ],
)
def test_differences(mail: bool, desired: Settings, current: Settings, expected: list[Any]) -> None:
    assert sorted(found(mail, desired, current), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    "username",
    ["{{ lookup('pipe', 'touch x') }}", "{% raw %}", "x api_url=https://evil.example", "*", "x\ny", ""],
)
def test_a_name_that_a_command_could_take_for_more_is_none(username: str) -> None:
    who = Subscriber(17, username, "d1.example.org")
    (made,) = rows_of(Outcome(Target(who, ()), active=("faxserver_settings",)), SubscriberFacts(), {})
    command = shlex.split(made["settle"]["restore"])
    assert json.loads(command[-1]) == {"subscriber_id": 17, "active": False}
    assert made["settle"]["accept"].startswith("- subscriber_id: 17\n")


def row(**given: Any) -> Settings:
    who = {"id": 2, "username": "user2", "domain": "d1.example.org"}
    return report.whole({"kind": "drift", "subscriber": who, "resource": "faxserversettings", "field": "name", **given})


def test_ids_are_of_what_differs_and_not_of_the_values() -> None:
    assert row(expected="A")["id"] == row(expected="B", actual="C", place="a:1")["id"]
    assert len({row()["id"], row(field="t38")["id"], row(element="x")["id"], row(kind="missing")["id"]}) == 4
    twice = report.report("drift", [row(element="x"), row(element="x")], 1, "", AT)["rows"]
    assert len({each["id"] for each in twice}) == 2


def test_what_ended_the_run_is_about_no_subscriber() -> None:
    made = report.report("plan", [row(kind="changed"), report.failure("Too many.")], 3, "https://x", AT)
    assert (made["verdict"], made["totals"]["unchanged"], made["totals"]["failed"]) == ("unknown", 2, 0)


def test_totals_and_verdict() -> None:
    rows = [row(), row(field="ecm"), row(kind="risk", message="Risky."), row(field="t38", accepted={"reason": "x"})]
    made = report.report("drift", rows, 3, "https://x", AT)
    counts = {"subscribers": 3, "unchanged": 2, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0}
    assert made["totals"] == {**counts, "rows": 3, "accepted": 1, "risks": 1}
    assert made["verdict"] == "drift"
    assert report.report("drift", [row(kind="failed")], 3, "", AT)["verdict"] == "unknown"
    assert report.report("drift", [row(kind="unmanaged"), row(kind="risk")], 3, "", AT)["verdict"] == "clean"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["drift", "changed", "missing", "unmanaged", "failed", "risk"]),
            st.integers(0, 6),
            st.booleans(),
        )
    )
)
@settings(max_examples=60)
def test_totals_add_up(found: list[tuple[str, int, bool]]) -> None:
    """Of any rows: 0 is the whole run, 5 and 6 are entries that name nobody."""
    rows = []
    for kind, who, accepted in found:
        if who == 0:
            rows.append(report.failure("It ended."))
            continue
        person = {"id": who if who < 5 else None, "username": f"user{who}", "domain": "d1.example.org"}
        one = row(kind=kind, subscriber=person, place=f"a.yml:{who}")
        rows.append({**one, "accepted": {"reason": "x"} if accepted and kind != "failed" else None})
    made = report.report("drift", rows, 10, "", AT)
    totals = made["totals"]
    assert sum(totals[name] for name in ("unchanged", "drifted", "missing", "unmanaged", "failed")) == 10
    assert totals["rows"] + totals["accepted"] == len(rows)
    counted = [each for each in made["rows"] if not each["accepted"]]
    failed = {each["subscriber"]["username"] for each in counted if each["kind"] == "failed"}
    assert totals["failed"] == len(failed - {None})
    assert (made["verdict"] == "unknown") is bool(failed)
