# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and their report: ids, totals, verdict."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Acceptance, Row, RowFacts

AT = datetime(2026, 11, 26, 2, tzinfo=timezone.utc)
USER2: Person = {"subscriber_id": 2, "subscriber": "user2@d1.example.org"}
ACCEPTED: Acceptance = {"reason": "x", "expires": "2999-01-01"}


def row(person: Person | None = None, accepted: Acceptance | None = None, **facts: Any) -> Row:
    given = cast(RowFacts, {"kind": "drift", "settings": "faxserver_settings", "field": "name", **facts})
    return {**report.complete(given, person or USER2), "accepted": accepted}


def test_ids_are_of_what_differs_and_not_of_the_values() -> None:
    assert row(expected="A")["id"] == row(expected="B", actual="C", place="a:1")["id"]
    assert len({row()["id"], row(field="t38")["id"], row(element="x")["id"], row(kind="missing")["id"]}) == 4
    twice = report.make_report("drift", [row(element="x"), row(element="x")], 1, "", AT)["rows"]
    assert len({each["id"] for each in twice}) == 2


def test_what_ended_the_run_is_about_no_subscriber() -> None:
    made = report.make_report("plan", [row(kind="changed"), report.failure("Too many.")], 3, "https://x", AT)
    assert (made["verdict"], made["totals"]["unchanged"], made["totals"]["failed"]) == ("unknown", 2, 0)


def test_totals_and_verdict() -> None:
    rows = [row(), row(field="ecm"), row(kind="risk", msg="Risky."), row(field="t38", accepted=ACCEPTED)]
    made = report.make_report("drift", rows, 3, "https://x", AT)
    counts = {"subscribers": 3, "unchanged": 2, "drifted": 1, "missing": 0, "unmanaged": 0, "failed": 0}
    assert made["totals"] == {**counts, "rows": 3, "accepted": 1, "risks": 1, "renumbered": 0}
    assert made["verdict"] == "drift"
    assert report.make_report("drift", [row(kind="failed")], 3, "", AT)["verdict"] == "unknown"
    assert report.make_report("drift", [row(kind="unmanaged"), row(kind="risk")], 3, "", AT)["verdict"] == "clean"


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
        person: Person = {"subscriber_id": who if who < 5 else None, "subscriber": f"user{who}@d1.example.org"}
        rows.append(row(person, ACCEPTED if accepted and kind != "failed" else None, kind=kind, place=f"a.yml:{who}"))
    made = report.make_report("drift", rows, 10, "", AT)
    totals = made["totals"]
    assert sum(totals[name] for name in ("unchanged", "drifted", "missing", "unmanaged", "failed")) == 10
    assert totals["rows"] + totals["accepted"] == len(rows)
    counted = [each for each in made["rows"] if not each["accepted"]]
    failed = {each["subscriber"] for each in counted if each["kind"] == "failed"}
    assert totals["failed"] == len(failed - {None})
    assert (made["verdict"] == "unknown") is bool(failed)
