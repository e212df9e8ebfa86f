# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences that are accepted: which rows are meant."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline, baseline_file
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Row, RowFacts

TODAY = date(2026, 1, 1)
OTHER = "b.yml:1: The server has another value than the accepted one; the difference counts."
FAX = {"destination": "a@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
RULE = {"from_email": "a@x.example", "received_from": None, "destination": None, "use_regex": False}


def row(one: int = 2, **given: Any) -> Row:
    who: Person = {"subscriber_id": one, "subscriber": f"user{one}@d1.example.org"}
    facts = cast(RowFacts, {"kind": "drift", "settings": "faxserver_settings", "field": "name", **given})
    return report.complete(facts, who)


def test_a_failure_is_never_accepted() -> None:
    failed = row(kind="failed", settings=None, field=None)
    entry = f"- id: {failed['id']}\n  reason: y\n  expires: 2999-01-01\n"
    accepted, problems = baseline_file.read(entry, "b.yml")
    assert problems == []
    assert baseline.apply(accepted, [failed], date(2026, 1, 1)) == []
    assert failed["accepted"] is None


@pytest.mark.parametrize(
    ("written", "there", "is_accepted"),
    [
        ("Ward 3", "Ward 3", True),
        ("Ward 3", "ward 3", False),
        ("Ward 3", None, False),
        ("null", None, True),
        ('""', None, True),
        ("null", "Ward 3", False),
        ("True", True, True),
        ("false", True, False),
        ("0017", "0017", True),
        ("(changed)", "(changed)", True),
        ("{destination: a@x.example, filetype: PDF, incoming: true, outgoing: false, status: false}", FAX, True),
        ("{destination: a@x.example, filetype: TIFF, incoming: true, outgoing: false, status: false}", FAX, False),
        ("{destination: a@x.example}", FAX, False),
        ("{from_email: a@x.example, use_regex: false}", RULE, True),
        ("{from_email: a@x.example, use_regex: false, destination: .*}", RULE, False),
        ("null", FAX, False),
        ("{destination: a@x.example}", None, False),
        ("{}", "{}", False),
    ],
)
def test_only_the_value_that_is_said_is_accepted(written: str, there: Any, is_accepted: bool) -> None:
    """Out of a file, and handed on by the action plugin."""
    found = row(actual=there)
    accepted, problems = baseline_file.read(
        f"- {{id: {found['id']}, actual: {written}, reason: y, expires: 2999-01-01}}", "b.yml"
    )
    assert problems == []
    assert baseline.of_task(list(map(baseline.written, accepted))) == (accepted, [])
    assert baseline.apply(accepted, [found], TODAY) == ([] if is_accepted else [OTHER])
    assert (found["accepted"] is not None) is is_accepted


@pytest.mark.parametrize("value", [True, None, "Ward 3", FAX])
def test_the_values_of_a_task(value: Any) -> None:
    found = row(actual=value)
    accepted, problems = baseline.of_task(
        [{"id": found["id"], "actual": value, "reason": "y", "expires": "2999-01-01"}]
    )
    assert problems == []
    assert baseline.apply(accepted, [found], TODAY) == []
    assert found["accepted"] == {"reason": "y", "expires": "2999-01-01"}


def test_without_a_value_any_is_accepted() -> None:
    for there in ("Ward 3", None, "Ward 4"):
        found = row(actual=there)
        accepted, _problems = baseline_file.read(f"- id: {found['id']}\n  reason: y\n  expires: 2999-01-01\n", "b.yml")
        assert baseline.apply(accepted, [found], TODAY) == []
        assert found["accepted"]


def test_each_entry_looks_at_the_rows_of_its_own_subscriber_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows times entries would be minutes."""
    rows = [row(one) for one in range(1, 501)]
    named = {"settings": "faxserver_settings", "field": "name", "reason": "y", "expires": "2999-01-01"}
    accepted, problems = baseline.of_task(
        [{"id": each["id"], "reason": "y", "expires": "2999-01-01"} for each in rows[:100]]
        + [{"subscriber": f"USER{one}@d1.example.org", **named} for one in range(101, 201)]
        + [{"subscriber_id": one, **named} for one in range(201, 301)]
    )
    assert problems == []
    seen: list[Any] = []
    fits = baseline.Accepted.fits

    def counted(each: baseline.Accepted, one: Row) -> bool:
        seen.append(one)
        return fits(each, one)

    monkeypatch.setattr(baseline.Accepted, "fits", counted)
    assert baseline.apply(accepted, rows, TODAY) == []
    assert [bool(each["accepted"]) for each in rows] == [True] * 300 + [False] * 200
    assert len(seen) == 300
