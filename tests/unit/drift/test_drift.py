# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drift report: who differs, who made it so, and what was not read."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    LoginRefused,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB
from tests.unit.fakes import FakeClient

CLINIC = {"faxserver_settings": {"name": "Clinic"}}
DEFAULTS = {name: option["default"] for name, option in JOB.spec.options.items() if "default" in option}
JOURNAL = "/api/faxserversettings/1/journal/"


class Server(FakeClient):
    """With a journal of the first subscriber's fax settings."""

    def get(self, path: str, params: Any = None) -> Any:
        if "/journal/" not in path:
            return super().get(path, params)
        self._answer("GET", path)
        entry = {"id": 4, "timestamp": "2026-11-01T08:00:00", "username": "ann"}
        if path.endswith("/"):
            return {"_embedded": {"ngcp:journal": [entry]}}
        return {**entry, "content": {"name": "Office"}}


def by_id(*numbers: int, **settings: Any) -> list[dict[str, Any]]:
    return [{"subscriber_id": number, **(settings or CLINIC)} for number in numbers]


def report(client: FakeClient, entries: list[dict[str, Any]], **options: Any) -> Result:
    given = {**DEFAULTS, "subscribers": entries, "workers": 1, "progress": False, "unmanaged": "ignore", **options}
    return JOB.execute(client, given, False)


def rows(result: Result) -> list[tuple[Any, ...]]:
    return [(row["kind"], row["subscriber_id"], row["field"]) for row in result.facts["report"]["rows"]]


def test_who_is_as_declared_is_clean() -> None:
    client = FakeClient()
    client.fax(1, name="Clinic")
    made = report(client, by_id(1)).facts["report"]
    assert (made["verdict"], made["rows"], made["totals"]["unchanged"]) == ("clean", [], 1)


def test_a_difference_has_its_author_and_its_customer() -> None:
    client = Server()
    client.fax(1, name="Office")
    result = report(client, by_id(1))
    (row,) = result.facts["report"]["rows"]
    assert (row["expected"], row["actual"], row["changed_by"], row["customer_id"]) == ("Clinic", "Office", "ann", 5)
    assert (row["subscriber_id"], row["subscriber"]) == (1, "user1@d.example")
    assert row["settle"]["declare"] == 'faxserver_settings:\n  name: "Office"\n'
    assert (result.changed, client.writes, client.read_only) == (False, [], False)


def test_missing_and_unmanaged_subscribers() -> None:
    client = FakeClient()
    client.fax(1, name="Clinic")
    client.mail(2, active=True, secret_key="a-secret-key")
    result = report(client, by_id(1, 9), unmanaged="report")
    assert rows(result) == [("unmanaged", 2, "active"), ("missing", 9, None)]


def test_what_is_risky_about_the_settings_as_they_are() -> None:
    client = FakeClient()
    client.mail(1, active=True)
    result = report(client, by_id(1, mailtofax_settings={"active": True}))
    assert rows(result) == [("risk", 1, None)]
    assert "neither a secret_key nor an acl" in result.warnings[0]


def test_what_ends_the_run_leaves_nobody_clean() -> None:
    client = FakeClient()
    client.failures["GET /api/faxserversettings/2"] = [LoginRefused("Refused", "Look.")]
    with pytest.raises(LoginRefused) as caught:
        report(client, by_id(1, 2, 3))
    made = caught.value.facts["report"]
    failed = {row["subscriber_id"] for row in made["rows"] if row["kind"] == "failed"}
    assert {2, 3, None} <= failed
    assert made["verdict"] == "unknown"


def test_what_ends_the_look_up_leaves_nobody_clean() -> None:
    client = FakeClient()
    client.failures["GET /api/subscribers/"] = [LoginRefused("Refused", "Look.")]
    with pytest.raises(LoginRefused) as caught:
        report(client, [{"subscriber": "user1@d.example", **CLINIC}, *by_id(2)])
    names = {row["subscriber"] or row["subscriber_id"] for row in caught.value.facts["report"]["rows"]}
    assert {"user1@d.example", 2} <= names


def test_a_journal_that_is_closed_is_asked_once_and_noted() -> None:
    client = Server()
    for number in (1, 2):
        closed = FaxError("Closed", "Look.", "GET", JOURNAL, 403)
        client.failures[f"GET /api/faxserversettings/{number}/journal/"] = [closed]
    result = report(client, by_id(1, 2))
    assert sum("journal" in request for request in client.requests) == 1
    assert "to administrators only" in result.facts["report"]["notes"][0]


def test_a_baseline_accepts_a_difference() -> None:
    client = FakeClient()
    entry = {
        "subscriber_id": 1,
        "settings": "faxserver_settings",
        "field": "name",
        "reason": "Later.",
        "expires": "2999-01-01",
    }
    made = report(client, by_id(1), baseline=[entry]).facts["report"]
    assert (made["verdict"], made["totals"]["accepted"]) == ("clean", 1)


def test_a_limit_that_names_nobody_compares_nothing() -> None:
    with pytest.raises(BadOption, match="only names no subscriber"):
        report(FakeClient(), by_id(1), only=[2])
