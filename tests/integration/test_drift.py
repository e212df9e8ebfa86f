# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift reports against the simulator, which refuses writes and counts requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    LoginRefused,
    NotNgcp,
    ServerFailed,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import model, view
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

Options = dict[str, Any]
FAX = {"faxserver_settings": {"active": False, "name": None}}
MAIL = {"mailtofax_settings": {"active": False}}


class Runs:
    """Comparisons, each with a read-only login of its own."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.counted: dict[str, int] = {}
        self.result = Result(False, {})

    def __call__(self, entries: Sequence[Any], check_mode: bool = False, **options: Any) -> Options:
        given = {**defaults(DRIFT.spec), "subscribers": entries, "page_size": 5, **options}
        connection = Connection(
            self.simulator.url, api_username="readonly", api_password="administrator", ca_path=self.simulator.ca_file
        )
        self.simulator.control("DELETE", "/log")
        self.simulator.control("PUT", "/refuse_writes", {"enabled": True})
        try:
            with Client(connection, check_mode) as client:
                self.result = DRIFT.execute(client, given, check_mode)
                assert client.read_only is check_mode
        finally:
            log = self.simulator.control("GET", "/log")["requests"]
            self.counted = dict(Counter(self.kind(request) for request in log))
            self.simulator.control("PUT", "/refuse_writes", {"enabled": False})
        report = self.result.facts["report"]
        assert isinstance(report, dict)
        return report

    @staticmethod
    def kind(request: Options) -> str:
        if request["path"] == "/login_jwt":
            return "login"
        parts = request["path"].split("/")[2:]
        return f"{request['method']} {'/'.join('ID' if part.isdecimal() else part for part in parts)}"

    def change(self, one: int, settings: Options, user: str = "ann", resource: str = "faxserversettings") -> None:
        self.simulator.control("PATCH", f"/settings/{resource}/{one}?user={user}", settings)

    def change_past_the_journal(self, one: int, settings: Options) -> None:
        self.simulator.control("PATCH", f"/settings/faxserversettings/{one}?journal=no", settings)


@pytest.fixture
def run(simulator: Simulator) -> Runs:
    return Runs(simulator)


def by_id(*ids: int, **settings: Any) -> list[Options]:
    return [{"subscriber_id": one, "place": f"a.yml:{one}", **(settings or FAX)} for one in ids]


def told(report: Options) -> list[tuple[Any, ...]]:
    return [(row["kind"], row["subscriber_id"], row["field"], row["expected"], row["actual"]) for row in report["rows"]]


@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_differs_and_nobody_is_asked_about(run: Runs, check_mode: bool) -> None:
    report = run(by_id(1, 2, 3, **FAX, **MAIL), check_mode, unmanaged="ignore")
    assert run.counted == {"login": 1, "GET faxserversettings/ID": 3, "GET mailtofaxsettings/ID": 3}
    assert (report["verdict"], report["rows"], run.result.changed) == ("clean", [], False)
    assert report["totals"]["unchanged"] == report["totals"]["subscribers"] == 3


def test_who_differs_is_asked_about_and_named_with_the_author(run: Runs) -> None:
    run.simulator.control("PUT", "/options", {"time_zone": "Europe/Vienna"})
    run.simulator.control("PUT", "/clock", {"now": "2026-07-01 10:00:00"})
    run.change(2, {"name": "By hand"}, "ann")
    run.change(2, {"t38": False}, "berta")
    report = run(by_id(1, 2, 3), unmanaged="ignore")
    assert run.counted == {
        "login": 1,
        "GET faxserversettings/ID": 3,
        "GET subscribers/ID": 1,
        "GET faxserversettings/ID/journal/": 1,
        "GET faxserversettings/ID/journal/ID": 2,
    }
    (row,) = report["rows"]
    assert (row["expected"], row["actual"], row["changed_by"], row["place"]) == (None, "By hand", "ann", "a.yml:2")
    assert row["changed_at"][:16] == "2026-07-01 10:00", "the server's time"
    assert (row["subscriber_id"], row["subscriber"]) == (2, "user2@d1.example.org")
    assert isinstance(row["customer_id"], int)
    assert row["settle"]["declare"] == 'faxserver_settings:\n  name: "By hand"\n'
    assert row["settle"]["restore"] == "# Run the task that declares it."
    assert (report["verdict"], report["totals"]["drifted"], report["totals"]["unchanged"]) == ("drift", 1, 2)
    assert run(by_id(1, 2, 3), unmanaged="ignore")["rows"] == report["rows"]


def test_who_was_looked_up_by_name_is_not_asked_for_once_more(run: Runs) -> None:
    run.change(2, {"name": "By hand"}, "ann")
    run.change(2, {"active": True, "secret_key": "of-the-server"}, resource="mailtofaxsettings")
    by_number = run(by_id(2, **FAX, **MAIL), unmanaged="ignore")["rows"]
    assert run.counted["GET subscribers/ID"] == 1
    many = [{"subscriber": f"user{one}@d1.example.org", "place": f"a.yml:{one}", **FAX, **MAIL} for one in range(1, 13)]
    for entries in ([many[1]], many):
        assert run(entries, unmanaged="ignore")["rows"] == by_number
        assert "GET subscribers/ID" not in run.counted
    assert isinstance(by_number[0]["customer_id"], int)


def authors(report: Options) -> Options:
    assert all((row["changed_at"] is None) == (row["changed_by"] is None) for row in report["rows"])
    return {row["field"]: row["changed_by"] for row in report["rows"]}


def test_the_author_is_that_of_the_field(run: Runs) -> None:
    run.change(2, {"name": None}, "first")
    run.change(2, {"name": "By hand"}, "ann")
    run.change(2, {"ecm": False}, "berta")
    entries = by_id(2, faxserver_settings={"name": None, "ecm": True})
    assert authors(run(entries, unmanaged="ignore")) == {"name": "ann", "ecm": "berta"}


def test_nobody_is_the_author_of_what_was_changed_past_the_journal(run: Runs) -> None:
    """That the journal knows the value from before tells nothing of who brought it back."""
    run.change(2, {"name": "By hand", "password": "of-ann"}, "ann")
    run.change(2, {"name": "By hand, too", "ecm": False}, "berta")
    entries = by_id(2, faxserver_settings={"name": None, "ecm": True, "password": None})
    for name in ("By nobody", "By hand"):
        run.change_past_the_journal(2, {"name": name})
        assert authors(run(entries, unmanaged="ignore")) == {"name": None, "ecm": "berta", "password": "ann"}


@pytest.mark.parametrize(("later", "author"), [(8, "ann"), (9, None), (10, None), (30, None)])
def test_the_author_of_what_the_oldest_entry_read_holds_is_known_only_if_there_is_none_before(
    run: Runs, later: int, author: str | None
) -> None:
    run.change(2, {"name": "By hand"}, "ann")
    for number in range(later):
        run.change(2, {"ecm": bool(number % 2)}, "berta")
    entries = by_id(2, faxserver_settings={"name": None})
    assert authors(run(entries, unmanaged="ignore")) == {"name": author}
    assert run.counted["GET faxserversettings/ID/journal/"] == 1
    assert run.counted["GET faxserversettings/ID/journal/ID"] == min(later + 1, 10)


def test_nobody_is_the_author_of_what_a_new_subscriber_has(run: Runs) -> None:
    """The first who changes anything else has not brought that about."""
    run.change(2, {"name": "By hand"}, "ann")
    settings = {
        "name": None,
        "ecm": False,
        "t38": False,
        "destinations": [{"destination": "a@x.example", "filetype": "PDF"}],
    }
    report = run(by_id(2, faxserver_settings=settings), unmanaged="ignore")
    assert authors(report) == {"name": "ann", "ecm": None, "t38": None, "destinations": None}
    run.change(2, {"ecm": False}, "berta")
    run.change(2, {"ecm": True}, "carl")
    report = run(by_id(2, faxserver_settings=settings), unmanaged="ignore")
    assert authors(report) == {"name": "ann", "ecm": "carl", "t38": None, "destinations": None}


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_journal_that_cannot_be_read_tells_nothing(run: Runs, status: int) -> None:
    run.change(2, {"name": "By hand"})
    fault = {"path": "journal", "times": None, "status": status, "body": json.dumps({"code": status, "message": "No"})}
    run.simulator.control("PUT", "/faults", [fault])
    report = run(by_id(2), unmanaged="ignore")
    assert [(row["kind"], row["changed_at"], row["changed_by"]) for row in report["rows"]] == [("drift", None, None)]


def test_lists_secrets_and_mail_settings_without_a_journal(run: Runs) -> None:
    run.change(3, {"password": "of-the-server"})
    run.change(3, {"active": True, "secret_key": "also-there"}, resource="mailtofaxsettings")
    run.change(3, {"destinations": [{"destination": "New@example.com", "filetype": "PDF"}]})
    settings = {"password": "as-declared", "destinations": [{"destination": "old@example.com", "filetype": "PDF"}]}
    report = run(
        by_id(3, faxserver_settings=settings, mailtofax_settings={"secret_key": None, "active": False}),
        unmanaged="ignore",
    )
    found = [(row["field"], row["element"], row["change"]) for row in report["rows"]]
    assert found == [
        ("destinations", "new@example.com", "added"),
        ("destinations", "old@example.com", "removed"),
        ("password", None, "changed"),
        ("active", None, "changed"),
        ("secret_key", None, "changed"),
    ]
    rows = {row["field"]: row for row in report["rows"]}
    assert (rows["password"]["expected"], rows["password"]["actual"]) == ("(changed)", "(changed)")
    assert (rows["secret_key"]["expected"], rows["secret_key"]["actual"]) == (None, "(changed)")
    assert (rows["active"]["changed_by"], rows["active"]["changed_at"]) == (None, None)
    assert not any(secret in json.dumps(report) for secret in ("of-the-server", "also-there", "as-declared"))


def test_a_secret_that_the_platform_renews_is_no_drift(run: Runs) -> None:
    run.change(4, {"secret_key": "k3y-of-old", "secret_key_renew": "daily"}, resource="mailtofaxsettings")
    run.simulator.control("POST", "/rotate_secret/4")
    entries = by_id(4, mailtofax_settings={"secret_key": "k3y-of-old", "secret_key_renew": "daily"})
    report = run(entries, unmanaged="ignore")
    assert report["verdict"] == "clean"
    (note,) = report["notes"]
    assert note.startswith("1 declared secret is left to the platform's renewal and not set (subscriber 4). ")
    assert "update_secret_key: always" in note
    assert run.result.warnings == [note]
    assert view.verdict(model.read(report)) == ("No drift", f"The one subscriber is as declared. {note}")
    for policy in ("always", "on_create"):
        settings = {**entries[0]["mailtofax_settings"], "update_secret_key": policy}
        report = run([{**entries[0], "mailtofax_settings": settings}], unmanaged="ignore")
        assert (report["notes"], report["verdict"]) == ([], "drift" if policy == "always" else "clean")


def test_missing_unmanaged_and_risky(run: Runs) -> None:
    run.change(16, {"active": True})
    run.change(17, {"active": True}, resource="mailtofaxsettings")
    entries = [*by_id(29), {"subscriber": "nobody@d1.example.org", "place": "b.yml:1", **FAX}]
    entries += by_id(17, mailtofax_settings={"active": True})
    report = run(entries)
    kinds = [(row["kind"], row["subscriber_id"], row["place"]) for row in report["rows"]]
    assert kinds == [
        ("unmanaged", 16, None),
        ("risk", 17, "a.yml:17"),
        ("missing", 29, "a.yml:29"),
        ("missing", None, "b.yml:1"),
    ]
    totals = {"subscribers": 4, "unchanged": 1, "drifted": 0, "missing": 2, "unmanaged": 1, "failed": 0}
    assert report["totals"] == {**totals, "rows": 4, "accepted": 0, "risks": 1, "renumbered": 0}
    assert report["verdict"] == "drift"
    assert any("neither a secret_key nor an acl" in warning for warning in run.result.warnings)
    for match in ({"domain": "d1.example.org"}, {"reseller_id": 1}, {"alias": "4311000017"}):
        elsewhere = run(entries, unmanaged_match=match)
        assert not any(row["kind"] == "unmanaged" for row in elsewhere["rows"])
    for match in ({"domain": "d2.example.org"}, {"reseller_id": 2}, {"alias": "4311000016"}):
        here = run(entries, unmanaged_match=match)
        assert sum(row["kind"] == "unmanaged" for row in here["rows"]) == 1


def test_who_could_not_be_read_is_never_without_a_difference(run: Runs) -> None:
    fault = {"path": "^/api/faxserversettings/2$", "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [fault])
    report = run(by_id(1, 2, 3), unmanaged="ignore")
    assert (report["verdict"], report["totals"]["failed"], report["totals"]["unchanged"]) == ("unknown", 1, 2)
    assert [(row["kind"], row["subscriber_id"]) for row in report["rows"]] == [("failed", 2)]
    assert any(warning.startswith("subscriber 2: ") for warning in run.result.warnings)


@pytest.mark.parametrize(
    ("resource", "wrong"),
    [
        ("faxserversettings", {"destinations": ["a@example.com"]}),
        ("mailtofaxsettings", {"acl": ["x"]}),
        ("mailtofaxsettings", {"acl": {"x": 1}}),
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_the_failure_of_one(run: Runs, resource: str, wrong: Options) -> None:
    run.change(4, {"name": "By hand"})
    run.change(3, {"active": True}, resource=resource)
    settings = run.simulator.control("GET", f"/settings/{resource}/3")
    fault = {"path": f"/{resource}/3$", "times": None, "status": 200, "body": {**settings, **wrong}}
    run.simulator.control("PUT", "/faults", [fault])
    report = run(by_id(3, 4, **FAX, **MAIL), unmanaged="ignore")
    assert (report["verdict"], report["totals"]["failed"], report["totals"]["drifted"]) == ("unknown", 1, 1)
    assert [row["subscriber_id"] for row in report["rows"] if row["kind"] == "failed"] == [3]


def test_only_that_fits_nobody_is_an_error(run: Runs) -> None:
    run.change(6, {"name": "By hand"})
    entries = [{"subscriber": "user6@d1.example.org", "place": "a.yml:6", **FAX}]
    for nobody in (["user7@d1.example.org"], []):
        with pytest.raises(BadOption, match="only names no subscriber that has an entry"):
            run(entries, unmanaged="ignore", only=nobody)
    for typo in (["usr6@d1.example.org"], ["usr6@d1.example.org", "user6@d1.example.org"]):
        report = run(entries, unmanaged="ignore", only=typo)
        assert (report["verdict"], report["totals"]["failed"]) == ("unknown", 1)
        (failed,) = (row for row in report["rows"] if row["kind"] == "failed")
        assert failed["place"] == "only"
        assert failed["msg"].startswith("usr6@d1.example.org: There is no subscriber usr6@d1.example.org")
    assert report["totals"]["drifted"] == 1


def test_a_run_that_ends_early_has_a_report_that_says_so(run: Runs) -> None:
    fault = {
        "path": "^/api/(faxserver|mailtofax)settings/$",
        "query": "active=1",
        "times": None,
        "status": 500,
        "body": "x",
    }
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises((ServerFailed, NotNgcp)) as caught:
        run(by_id(1))
    assert caught.value.facts["report"]["verdict"] == "unknown"
    run.simulator.control(
        "PUT",
        "/faults",
        [
            {
                "path": "^/login_jwt$",
                "times": None,
                "status": 403,
                "body": json.dumps({"code": 403, "message": "User not found"}),
            }
        ],
    )
    with pytest.raises(LoginRefused) as refused:
        run(by_id(1, 2))
    report = refused.value.facts["report"]
    assert (report["verdict"], report["totals"]["unchanged"]) == ("unknown", 0)
    assert run.counted == {"login": 1}


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_without_its_items_is_no_sign_that_nothing_differs(run: Runs, page: int) -> None:
    run.change(7, {"name": "By hand"})
    fault: Options = {"path": "^/api/subscribers/$", "query": f"page={page}", "times": None, "status": 200, "body": {}}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(Unverified) as caught:
        run([{"match": {"domain": "d1.example.org"}, "place": "a.yml:1", **FAX}], unmanaged="ignore")
    assert caught.value.facts["report"]["verdict"] == "unknown"


def test_accepted_differences_are_apart_until_they_expire(run: Runs) -> None:
    run.change(2, {"name": "By hand"})
    found = run(by_id(2), unmanaged="ignore")["rows"][0]
    entry = {"reason": "Until the move", "expires": "2999-12-31"}
    named = {"subscriber": "USER2@d1.example.org", "settings": "faxserver_settings", "field": "name"}
    for which in ({"id": found["id"]}, named, {**named, "subscriber": None, "subscriber_id": 2}):
        report = run(by_id(2), unmanaged="ignore", baseline=[{**which, **entry}])
        assert report["rows"] == [{**found, "accepted": entry}]
        totals = report["totals"]
        assert (report["verdict"], totals["accepted"], totals["rows"], totals["drifted"]) == ("clean", 1, 0, 0)
        assert run.result.warnings == []
    report = run(
        by_id(2), unmanaged="ignore", baseline=[{**named, **entry, "expires": "2020-01-01", "place": "b.yml:3"}]
    )
    assert (report["verdict"], report["rows"]) == ("drift", [found])
    assert run.result.warnings == ["b.yml:3: This expired on 2020-01-01; what it accepted counts again."]
    run(by_id(1), unmanaged="ignore", baseline=[{**named, **entry}])
    assert run.result.warnings == ["baseline[0]: This no longer matches a difference; remove it from the baseline."]


def test_of_entries_that_are_alike_each_is_accepted_by_itself(run: Runs) -> None:
    same = {"from_email": "a@x.example", "received_from": None, "destination": None, "use_regex": False}
    run.simulator.control("PATCH", "/settings/mailtofaxsettings/2", {"acl": [same, same, same]})
    entries = [{"subscriber_id": 2, "mailtofax_settings": {"acl": []}}]
    ids = [row["id"] for row in run(entries, unmanaged="ignore")["rows"]]
    assert len(set(ids)) == 3
    for one in ids:
        report = run(entries, unmanaged="ignore", baseline=[{"id": one, "reason": "x", "expires": "2999-12-31"}])
        assert [row["id"] for row in report["rows"] if row["accepted"]] == [one]
        assert [row["id"] for row in report["rows"]] == ids
        assert run.result.warnings == []
