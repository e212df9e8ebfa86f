# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many subscribers in one run, against the simulator: requests are counted and settings looked at on its side."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    LimitExceeded,
    LoginRefused,
    NotNgcp,
    PlanOutdated,
    SomeFailed,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings as settings_module
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.settings import read
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import single
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import model
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

Options = dict[str, Any]
FAX = {"faxserver_settings": {"active": True, "name": "As declared"}}
MAIL = {"mailtofax_settings": {"active": True, "secret_key": "k3y-of-the-fleet"}}
# Those of the contract's seed that are there; 29 is terminated.
EVERYBODY = [one for one in range(1, 31) if one != 29]
DOMAIN = "d2.example.org"
OF_DOMAIN = range(16, 21)
REFUSAL = {"code": 422, "message": "No."}


class Runs:
    """Runs over the simulator, each with a login of its own."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.counted: dict[str, int] = {}
        # The progress of the last run, line by line.
        self.told: list[str] = []

    def __call__(
        self, entries: list[Options], check_mode: bool = False, login: str = "administrator", **options: Any
    ) -> Result:
        given = {**defaults(SUBSCRIBERS.spec), "subscribers": entries, "page_size": 5, **options}
        connection = Connection(
            self.simulator.url, api_username=login, api_password="administrator", ca_path=self.simulator.ca_file
        )
        login_options = {"api_url": self.simulator.url, "api_username": login, "api_password": "administrator"}
        assert SUBSCRIBERS.spec.problems({**given, **login_options}) == []
        self.simulator.control("DELETE", "/log")
        self.simulator.control("PUT", "/refuse_writes", {"enabled": check_mode})
        try:
            with Client(connection, check_mode) as client:
                client.listener = Listener(self.told.append, end=self.told.append)
                return SUBSCRIBERS.execute(client, given, check_mode)
        finally:
            log = self.simulator.control("GET", "/log")["requests"]
            self.counted = dict(Counter(self.kind(request) for request in log))
            self.simulator.control("PUT", "/refuse_writes", {"enabled": False})

    @staticmethod
    def kind(request: Options) -> str:
        *parts, last = request["path"].split("/")
        return f"{request['method']} {'/'.join(parts[2:])}{'/ID' if last else '/'}" if len(parts) > 2 else "login"

    def stored(self, one: int, resource: str = "faxserversettings") -> Options:
        item = self.simulator.control("GET", f"/settings/{resource}/{one}")
        assert isinstance(item, dict)
        return item

    def change(self, one: int, settings: Options, resource: str = "faxserversettings") -> None:
        self.simulator.control("PATCH", f"/settings/{resource}/{one}", settings)


@pytest.fixture
def run(simulator: Simulator) -> Runs:
    return Runs(simulator)


def rows(facts: Options) -> dict[int, Options]:
    return {row["subscriber_id"]: row for row in facts["subscribers"]}


def by_id(ids: Any = EVERYBODY, **declared: Any) -> list[Options]:
    return [{"subscriber_id": one, **(declared or FAX)} for one in ids]


# What it costs ----------------------------------------------------------------------------------------------------


def test_few_by_id(run: Runs) -> None:
    """1 login, one GET for each of the settings, one PATCH for those that differ, and one GET more before a secret."""
    entries = by_id(range(1, 5), **FAX, **MAIL)
    run.change(1, FAX["faxserver_settings"])
    predicted = run(entries, check_mode=True)
    reading = {"login": 1, "GET faxserversettings/ID": 4, "GET mailtofaxsettings/ID": 4}
    assert run.counted == reading
    done = run(entries)
    assert run.counted == {
        "login": 1,
        "GET faxserversettings/ID": 4,
        "PATCH faxserversettings/ID": 3,
        "GET mailtofaxsettings/ID": 4 + 4,
        "PATCH mailtofaxsettings/ID": 4,
    }
    assert predicted.facts["totals"] == done.facts["totals"]
    assert done.facts["totals"] == {"subscribers": 4, "unchanged": 0, "changed": 4, "failed": 0, "unmanaged": 0}
    for before, after in zip(predicted.facts["subscribers"], done.facts["subscribers"], strict=True):
        assert {**before, "applied": True, "read_at": after["read_at"]} == after
    assert predicted.diff == done.diff
    again = run(entries)
    assert run.counted == reading
    assert (again.changed, again.facts["subscribers"]) == (False, [])


@pytest.mark.parametrize("workers", [1, 8])
def test_everybody_by_pages(run: Runs, workers: int) -> None:
    entries = by_id(**FAX, **MAIL)
    done = run(entries, workers=workers)
    assert run.counted == {
        "login": 1,
        "GET faxserversettings/": 6,
        "GET mailtofaxsettings/": 6,
        **{f"PATCH {name}settings/ID": 29 for name in ("faxserver", "mailtofax")},
        "GET mailtofaxsettings/ID": 29,  # a secret depends on who renews it
    }
    assert done.facts["totals"]["changed"] == 29
    assert all(run.stored(one)["name"] == "As declared" for one in EVERYBODY)
    run(entries, check_mode=True, workers=workers)
    assert run.counted == {"login": 1, "GET faxserversettings/": 6, "GET mailtofaxsettings/": 6}
    assert run.simulator.control("GET", "/counters")["connections"] <= workers


def test_no_more_connections_than_workers(run: Runs) -> None:
    run.simulator.control("PUT", "/options", {"latency_ms": 2})
    run(by_id(**FAX, **MAIL), workers=3)
    assert run.simulator.control("GET", "/counters")["connections"] <= 3


@pytest.mark.parametrize(
    ("entries", "look_ups"),
    [
        ([{"subscriber": f"User{one}@D2.example.org", **FAX} for one in OF_DOMAIN], {"GET subscribers/": 5}),
        # More than a page of one domain: its pages, and not those of others.
        ([{"subscriber": f"user{one}@d1.example.org", **FAX} for one in range(1, 16)], {"GET subscribers/": 5}),
        ([{"external_id": f"ext-{one}", **FAX} for one in EVERYBODY], {"GET subscribers/": 6}),
        ([{"external_id": "ext-3", **FAX}, {"subscriber_id": 4, **FAX}], {"GET subscribers/": 1}),
        ([{"match": {"domain": DOMAIN}, **FAX}], {"GET subscribers/": 1}),
    ],
    ids=["few by name", "a domain by name", "all by external id", "one of each", "a set"],
)
def test_look_ups(run: Runs, entries: list[Options], look_ups: dict[str, int]) -> None:
    done = run(entries, check_mode=True)
    assert done.facts["totals"]["failed"] == 0
    assert {kind: count for kind, count in run.counted.items() if "subscribers" in kind} == look_ups


# Whom, and what -----------------------------------------------------------------------------------------------------


def test_sets_apply_first_and_then_the_single_entry(run: Runs) -> None:
    entries: list[Options] = [
        {"subscriber": "user17@d2.example.org", "place": "own:1", "faxserver_settings": {"name": "Own"}},
        {
            "match": {"domain": DOMAIN},
            "place": "set:1",
            "faxserver_settings": {
                "active": True,
                "name": "Set",
                "destinations": [{"destination": "a@example.com", "filetype": "PDF"}],
                "destinations_mode": "add",
            },
        },
        {
            "match": {"customer_id": 118},
            "place": "set:2",
            "faxserver_settings": {"destinations": [{"destination": "b@example.com", "filetype": "PDF"}]},
        },
    ]
    run.change(18, {"destinations": [{"destination": "old@example.com", "filetype": "PS"}]})
    done = run(entries, defaults={"faxserver_settings": {"name": "Default", "t38": False}})
    found = rows(done.facts)
    assert sorted(found) == list(OF_DOMAIN)
    assert [run.stored(one)["name"] for one in OF_DOMAIN] == ["Set", "Own", "Set", "Set", "Set"]
    assert all(run.stored(one)["t38"] is False for one in OF_DOMAIN)
    # The mode goes with its list: `add` of the first set is not that of the second.
    assert [each["destination"] for each in run.stored(18)["destinations"]] == ["b@example.com"]
    assert [each["destination"] for each in run.stored(17)["destinations"]] == ["a@example.com"]
    assert (found[17]["place"], found[16]["place"], found[18]["place"]) == ("own:1", "set:1", "set:2")
    assert found[17]["places"]["faxserver_settings"] == {
        "active": "set:1",
        "name": "own:1",
        "t38": "defaults",
        "destinations": "set:1",
    }
    assert found[17]["subscriber"] == f"user17@{DOMAIN}"


def test_two_entries_of_one_subscriber_are_an_error_before_any_write(run: Runs) -> None:
    entries: list[Options] = [
        {"subscriber": "user3@d1.example.org", "place": "a.yml:7", **FAX},
        {"subscriber_id": 3, **FAX},
    ]
    with pytest.raises(BadOption, match=r"subscribers\[1\]: subscriber_id 3 .* at a\.yml:7"):
        run(entries)
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_an_empty_set(run: Runs) -> None:
    entries = [{"match": {"domain": "nowhere.example"}, "place": "a.yml:3", **FAX}, *by_id([1])]
    with pytest.raises(BadOption, match=r"a\.yml:3: nobody is in match domain nowhere\.example"):
        run(entries)
    assert not any(kind.startswith("PATCH") for kind in run.counted)
    assert run(entries, allow_empty=True).facts["totals"]["changed"] == 1


# Sets that have members, by each key of match; 3 and 4 are of the first domain and reseller.
SETS: list[tuple[Options, list[int]]] = [
    ({"domain": DOMAIN}, [*OF_DOMAIN]),
    ({"customer_id": 103}, [3, 23]),
    ({"customer_external_id": "cust-3"}, [3, 23]),
    ({"reseller_id": 2}, [*OF_DOMAIN]),
    ({"alias": "4311000003"}, [3]),
    ({"alias": "4311000016", "reseller_id": 2}, [16]),
]


@pytest.mark.parametrize(("match", "members"), SETS, ids=str)
def test_who_is_in_a_set(run: Runs, match: Options, members: list[int]) -> None:
    """An entry of its own overrides the set, `only` limits it, and nobody else is written."""
    entries = [{"match": match, **FAX}, *by_id(members[:1], faxserver_settings={"name": "Its own"})]
    limited = run(entries, only=[str(members[-1])])
    assert list(rows(limited.facts)) == members[-1:]
    done = run(entries)
    assert done.facts["totals"]["subscribers"] == len(members)
    assert run.counted.get("PATCH faxserversettings/ID", 0) == len(members) - 1
    names = {one: run.stored(one)["name"] for one in members}
    assert names == {**dict.fromkeys(members, "As declared"), members[0]: "Its own"}
    assert not run(entries).changed


@pytest.mark.parametrize(("match", "members"), SETS, ids=str)
def test_the_unmanaged_of_a_set(run: Runs, match: Options, members: list[int]) -> None:
    found = [3, 4, 16, 23]
    for one in found:
        run.change(one, {"active": True})
    done = run(by_id([1]), unmanaged="deactivate", unmanaged_match=match)
    inactive = sorted({*found} & {*members})
    assert sorted(rows(done.facts)) == [1, *inactive]
    assert [one for one in found if not run.stored(one)["active"]] == inactive


NOBODY: list[Options] = [
    {"domain": "nowhere.example"},
    {"customer_id": 999},
    {"customer_external_id": "cust-999"},
    {"reseller_id": 7},
    {"profile_id": 1},
    # Only a part of a number.
    {"alias": "431100000"},
    {"alias": "4311000003", "reseller_id": 2},
]


@pytest.mark.parametrize("match", NOBODY, ids=str)
def test_a_set_of_nobody(run: Runs, match: Options) -> None:
    run.change(3, {"active": True})
    entries = [{"match": match, "place": "a.yml:3", **FAX}, *by_id([1])]
    words = ", ".join(f"{name} {value}" for name, value in match.items())
    with pytest.raises(
        BadOption, match=rf"^a\.yml:3: nobody is in match {words}\. Correct it, or set allow_empty: true"
    ):
        run(entries)
    assert not any(kind.startswith("PATCH") for kind in run.counted)
    assert run(entries, allow_empty=True).facts["totals"]["changed"] == 1
    assert not run(by_id([1]), unmanaged="deactivate", unmanaged_match=match).changed


@pytest.mark.parametrize("match", [match for match in NOBODY if len(match) == 1], ids=str)
def test_a_set_by_a_filter_that_the_server_ignores(run: Runs, match: Options) -> None:
    """It answers with somebody else, who must not be written."""
    ((name, value),) = match.items()
    anybody = {"id": 4, "username": "user4", "domain": "d1.example.org", "customer_id": 104, "profile_id": None}
    body = {"_embedded": {"ngcp:subscribers": [anybody]}, "_links": {}, "total_count": 1}
    run.change(4, {"active": True})
    run.simulator.control(
        "PUT", "/faults", [{"path": "/api/subscribers/$", "times": None, "status": 200, "body": body}]
    )
    for entries, options in (
        ([{"match": match, **FAX}], {"allow_empty": True}),
        (by_id([1]), {"unmanaged": "deactivate", "unmanaged_match": match}),
    ):
        with pytest.raises(NotNgcp, match=f"asked for {name} '{value}' and answered with others"):
            run(entries, **options)
        assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_only_these(run: Runs) -> None:
    entries: list[Options] = [
        *({"subscriber": f"user{one}@d1.example.org", **FAX} for one in (1, 2)),
        *by_id([3, 4]),
        *({"external_id": f"ext-{one}", **FAX} for one in (5, 6)),
        {"match": {"domain": DOMAIN}, **FAX},
    ]
    run.change(2, {"active": True})
    mine = ["User1@d1.example.org", 3, "6", "user17@d2.example.org"]
    done = run(entries, only=mine, unmanaged="report")
    assert sorted(rows(done.facts)) == [1, 3, 6, 17]
    # Whoever is known by the entry to be another one is not looked up; user17 is, who may be named by an id.
    assert (run.counted["GET subscribers/"], run.counted["GET subscribers/ID"]) == (5, 3)
    assert done.facts["totals"] == {"subscribers": 4, "unchanged": 0, "changed": 4, "failed": 0, "unmanaged": 0}
    assert run(entries, only=[]).facts["totals"]["subscribers"] == 0


def test_return_unchanged(run: Runs) -> None:
    run.change(1, FAX["faxserver_settings"])
    done = run(by_id([1, 2]), return_unchanged=True)
    assert [row["status"] for row in done.facts["subscribers"]] == ["unchanged", "changed"]


# What goes wrong ----------------------------------------------------------------------------------------------------


def test_one_that_fails_does_not_stop_the_others(run: Runs) -> None:
    entries: list[Options] = [
        {"subscriber": "nobody@d1.example.org", "place": "a.yml:3", **FAX},
        *by_id([4, 29]),
        {"external_id": "ext-5", "faxserver_settings": {"password": "too-weak"}},
    ]
    run.simulator.control("PUT", "/options", {"password_min_length": 12})
    with pytest.raises(SomeFailed) as caught:
        run(entries)
    facts = caught.value.facts
    assert facts["totals"] == {"subscribers": 4, "unchanged": 0, "changed": 1, "failed": 3, "unmanaged": 0}
    assert facts["changed"] is True
    text = str(caught.value)
    assert text.startswith("3 of 4 subscribers failed. a.yml:3: nobody@d1.example.org: There is no subscriber")
    assert "too-weak" not in text + json.dumps(facts)
    failed = {row["place"]: row["error"]["kind"] for row in facts["subscribers"] if row["status"] == "failed"}
    assert failed == {"a.yml:3": "not_found", "subscribers[2]": "not_found", "subscribers[3]": "rejected"}
    assert run.stored(4)["name"] == "As declared"
    with pytest.raises(SomeFailed) as predicted:
        run(entries[:3], check_mode=True)
    assert predicted.value.facts["totals"]["failed"] == 2


def test_a_page_that_crashes_is_read_one_by_one(run: Runs) -> None:
    page = {"path": "^/api/faxserversettings/$", "query": "page=2", "times": None, "status": 500, "body": "crashed"}
    item = {"method": "GET", "path": "^/api/faxserversettings/7$", "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [page, item])
    with pytest.raises(SomeFailed) as caught:
        run(by_id())
    assert caught.value.facts["totals"]["changed"] == 28
    assert [one for one, row in rows(caught.value.facts).items() if row["status"] == "failed"] == [7]


def test_a_page_that_fails_is_a_failure_of_those_on_it(run: Runs) -> None:
    fault = {"path": "^/api/faxserversettings/$", "query": "page=2", "times": None, "status": 503, "body": "busy"}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run(by_id())
    found = rows(caught.value.facts)
    assert [one for one, row in found.items() if row["status"] == "failed"] == [6, 7, 8, 9, 10]
    assert caught.value.facts["totals"] == {
        "subscribers": 29,
        "unchanged": 0,
        "changed": 24,
        "failed": 5,
        "unmanaged": 0,
    }


def test_a_half_done_subscriber_says_so(run: Runs) -> None:
    fault = {"method": "PATCH", "path": "mailtofaxsettings/2$", "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run(by_id([1, 2, 3], **FAX, **MAIL))
    found = rows(caught.value.facts)
    assert [found[one]["status"] for one in (1, 2, 3)] == ["changed", "failed", "changed"]
    assert (found[2]["applied"], found[2]["error"]["status"]) == (True, 500)
    assert run.stored(2)["active"] is True


def test_max_failures_stops_writing(run: Runs) -> None:
    fault = {"method": "PATCH", "times": None, "status": 422, "body": json.dumps({"code": 422, "message": "No."})}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run(by_id(), max_failures=3, workers=1)
    assert run.counted["PATCH faxserversettings/ID"] == 3
    kinds = Counter(row["error"]["kind"] for row in caught.value.facts["subscribers"])
    assert kinds == {"rejected": 3, "not_tried": 26}
    assert str(caught.value).endswith("26 more were not tried after that.")


def test_max_failures_before_the_first_write(run: Runs) -> None:
    entries = [*by_id([1, 2]), *({"external_id": f"nobody-{one}", **FAX} for one in range(3))]
    with pytest.raises(LimitExceeded, match="Nothing was written: 3 subscribers failed before"):
        run(entries, max_failures=3)
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_a_login_that_may_only_read(run: Runs) -> None:
    predicted = run(by_id(), check_mode=True, login="readonly")
    assert predicted.facts["totals"]["changed"] == 29
    with pytest.raises(SomeFailed) as caught:
        run(by_id(), login="readonly", workers=4)
    assert run.counted["PATCH faxserversettings/ID"] <= 4
    assert caught.value.facts["changed"] is False
    assert {row["error"]["kind"] for row in caught.value.facts["subscribers"]} == {"read_only", "not_tried"}


def test_a_refused_login_ends_the_run(run: Runs) -> None:
    with pytest.raises(LoginRefused):
        run([{"external_id": f"ext-{one}", **FAX} for one in EVERYBODY], login="nobody", workers=8)
    assert run.counted == {"login": 1}


# Guards ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check_mode", [True, False])
def test_max_changes(run: Runs, check_mode: bool) -> None:
    with pytest.raises(LimitExceeded) as caught:
        run(by_id(), check_mode, max_changes="50%")
    assert not any(kind.startswith("PATCH") for kind in run.counted)
    assert caught.value.facts["totals"]["changed"] == 29
    assert len(caught.value.facts["subscribers"]) == 29
    assert caught.value.facts["changed"] is False
    assert not any(row["applied"] for row in caught.value.facts["subscribers"])


def test_max_deactivations(run: Runs) -> None:
    run.change(3, {"active": True})
    entries = by_id([3, 4], faxserver_settings={"active": False, "name": "Gone"})
    with pytest.raises(LimitExceeded, match="1 would be deactivated, and max_deactivations allows 0"):
        run(entries, max_deactivations=0)
    assert run.stored(4)["name"] is None
    assert run(entries, max_deactivations=1).facts["totals"]["changed"] == 2


def test_who_is_activated_after_the_guards_have_counted_is_not_deactivated(
    run: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = single.apply

    def activate_first(*arguments: Any, **more: Any) -> Any:
        run.change(3, {"active": True})
        return bring(*arguments, **more)

    monkeypatch.setattr(single, "apply", activate_first)
    with pytest.raises(SomeFailed, match="was activated since the run began"):
        run(by_id([3], faxserver_settings={"active": False, "name": "Gone"}), max_deactivations=0)
    assert run.stored(3)["active"] is True


# Unmanaged ------------------------------------------------------------------------------------------------------------


def test_unmanaged_are_reported_or_deactivated(run: Runs) -> None:
    run.change(2, {"active": True})
    run.change(16, {"active": True})
    run.change(17, {"active": True, "secret_key": "of-seventeen"}, "mailtofaxsettings")
    reported = run(by_id([1]), check_mode=True, unmanaged="report")
    unmanaged = {one: row for one, row in rows(reported.facts).items() if row["status"] == "unmanaged"}
    assert {one: row["active_settings"] for one, row in unmanaged.items()} == {
        2: ["faxserver_settings"],
        16: ["faxserver_settings"],
        17: ["mailtofax_settings"],
    }
    assert unmanaged[17]["subscriber"] == f"user17@{DOMAIN}"
    options: Options = {"unmanaged": "deactivate", "unmanaged_match": {"domain": DOMAIN}}
    with pytest.raises(LimitExceeded, match="2 would be deactivated"):
        run(by_id([1]), max_deactivations=1, **options)
    predicted = run(by_id([1]), check_mode=True, **options)
    done = run(by_id([1]), max_deactivations=2, **options)
    assert predicted.facts["totals"] == done.facts["totals"]
    assert done.facts["totals"] == {"subscribers": 3, "unchanged": 0, "changed": 3, "failed": 0, "unmanaged": 0}
    assert [run.stored(one)["active"] for one in (2, 16)] == [True, False]
    assert run.stored(17, "mailtofaxsettings")["active"] is False
    assert run(by_id([1]), **options).changed is False


@pytest.mark.parametrize("only_fax", [True, False])
@pytest.mark.parametrize("match", [None, {"domain": DOMAIN}])
def test_the_unmanaged_of_pages_that_were_read_anyway(run: Runs, match: Options | None, only_fax: bool) -> None:
    """The server is not asked once more for those that are active, and they are the same as if it were."""
    run.change(16, {"active": True, "name": "Nobody's"})
    run.change(17, {"active": True, "secret_key": "k3y-of-17"}, resource="mailtofaxsettings")
    if match:
        run.change(2, {"active": True}, resource="mailtofaxsettings")
    entries = by_id([one for one in EVERYBODY if one not in (2, 16, 17)], **({} if only_fax else MAIL), **FAX)
    options: Options = {"unmanaged": "report", "unmanaged_match": match, "check_mode": True}
    few = run(by_id([1], **FAX), **options)
    done = run(entries, **options)
    who = {"GET subscribers/": 1} if match else {"GET subscribers/ID": 2}
    mail = 1 if only_fax else 6
    assert run.counted == {"login": 1, "GET faxserversettings/": 6, "GET mailtofaxsettings/": mail, **who}
    unmanaged = [[row for row in each.facts["subscribers"] if row["status"] == "unmanaged"] for each in (few, done)]
    assert {row["subscriber_id"]: row["active_settings"] for row in unmanaged[0]} == {
        16: ["faxserver_settings"],
        17: ["mailtofax_settings"],
    }
    assert unmanaged[0] == unmanaged[1]


def test_pages_that_changed_meanwhile_are_not_trusted_about_the_unmanaged(run: Runs) -> None:
    run.change(16, {"active": True})
    # The last page says of all of them that there is one more.
    entries = by_id([one for one in EVERYBODY if one != 16])
    body = {"total_count": 30, "_links": {}, "_embedded": {"ngcp:faxserversettings": []}}
    fault = {
        "path": "^/api/faxserversettings/$",
        "query": "page=6",
        "times": 1,
        "status": 200,
        "body": json.dumps(body),
    }
    run.simulator.control("PUT", "/faults", [fault])
    done = run(entries, check_mode=True, unmanaged="report")
    assert run.counted["GET faxserversettings/"] == 6 + 1
    assert [one for one, row in rows(done.facts).items() if row["status"] == "unmanaged"] == [16]


def test_nobody_is_deactivated_who_may_be_declared(run: Runs) -> None:
    """A declared subscriber whose look-up fails is not unmanaged."""
    run.change(2, {"active": True})
    fault = {"path": "^/api/subscribers/$", "query": "ext-2", "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run([{"external_id": "ext-2", **FAX}, *by_id([1])], unmanaged="deactivate")
    assert rows(caught.value.facts)[2]["status"] == "unmanaged"
    assert run.stored(2)["active"] is True


# What moves meanwhile -------------------------------------------------------------------------------------------------


def moving(run: Runs, monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """Let `change` happen once, after everything is planned and before the first write."""
    bring, left = single.apply, [change]

    def changed_before(*arguments: Any, **more: Any) -> Any:
        if left:
            left.pop()()
        return bring(*arguments, **more)

    monkeypatch.setattr(single, "apply", changed_before)


def test_what_is_declared_is_sent_as_it_is_and_what_moved_is_told(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    moving(run, monkeypatch, lambda: run.change(3, {"name": "By hand", "t38": False, "password": "0017-by-hand"}))
    done = run(by_id([3]), workers=1)
    assert [run.counted[f"{method} faxserversettings/ID"] for method in ("GET", "PATCH")] == [1, 1]
    assert {name: run.stored(3)[name] for name in ("name", "t38", "password")} == {
        "name": "As declared",
        "t38": False,
        "password": "0017-by-hand",
    }
    row = rows(done.facts)[3]
    assert row["changed_meanwhile"] == {"faxserver_settings": ["password", "t38"]}
    assert datetime.fromisoformat(row["read_at"]) <= datetime.now(timezone.utc)
    assert "Somebody else changed settings meanwhile that are not declared" in "".join(done.facts["notes"])
    assert "0017-by-hand" not in json.dumps(done.facts)


def test_what_is_declared_and_moved_is_written_again(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    moving(run, monkeypatch, lambda: run.change(3, {"active": False}))
    run.change(3, {"active": True})
    run(by_id([3]), workers=1)
    assert [run.counted[f"{method} faxserversettings/ID"] for method in ("GET", "PATCH")] == [2, 2]
    assert run.stored(3)["active"] is True


def test_what_moved_since_the_page_was_read_is_planned_anew(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    new, hand = ({"destination": f"{who}@example.com", "filetype": "PDF"} for who in ("new", "by-hand"))
    moving(run, monkeypatch, lambda: run.change(3, {"destinations": [hand]}))
    done = run(by_id([3], faxserver_settings={"destinations": [new], "destinations_mode": "add"}), workers=1)
    assert [each["destination"] for each in run.stored(3)["destinations"]] == ["by-hand@example.com", "new@example.com"]
    assert "by-hand@example.com" in json.dumps(rows(done.facts)[3]["diff"]["before"])


def test_what_somebody_did_meanwhile_is_not_done_again(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    moving(run, monkeypatch, lambda: run.change(3, FAX["faxserver_settings"]))
    done = run(by_id([3]), workers=1, recheck_after=0)
    assert (done.changed, run.counted.get("PATCH faxserversettings/ID")) == (False, None)


def between_look_and_write(run: Runs, monkeypatch: pytest.MonkeyPatch, one: int, changed: Options) -> None:
    """Let somebody change a subscriber once, after our look at it and before our PATCH."""
    write, left = settings_module.write, [changed]

    def changed_before(*arguments: Any) -> Any:
        if left:
            run.change(one, left.pop())
        return write(*arguments)

    monkeypatch.setattr(settings_module, "write", changed_before)


# What is declared already, but for the name.
NAMED = {"active": False, "t38": True, "name": "As declared"}
BY_HAND = {"active": True, "t38": False}


def test_what_a_second_write_undoes_is_told(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    between_look_and_write(run, monkeypatch, 3, BY_HAND)
    done = run(by_id([3], faxserver_settings=NAMED), return_report=True, return_rows="full")
    assert run.counted["PATCH faxserversettings/ID"] == 2
    row = rows(done.facts)[3]
    assert row["diff"]["before"] == {"faxserver_settings": {**BY_HAND, "name": None}}
    assert row["diff"]["after"] == {"faxserver_settings": NAMED}
    paths = [operation["path"] for operation in row["patch"]["faxserver_settings"]]
    assert sorted(paths) == ["/active", "/name", "/t38"]
    assert {row["field"]: row["actual"] for row in done.facts["report"]["rows"]} == {**BY_HAND, "name": None}


@pytest.mark.parametrize(("with_plan", "words"), [(True, "t38 is to be changed, too"), (False, "was activated since")])
def test_a_second_write_obeys_what_the_first_one_did(
    run: Runs, monkeypatch: pytest.MonkeyPatch, with_plan: bool, words: str
) -> None:
    entries = by_id([3], faxserver_settings=NAMED)
    options: Options = {"plan": planned(run, entries)} if with_plan else {"max_deactivations": 0}
    between_look_and_write(run, monkeypatch, 3, BY_HAND)
    with pytest.raises(SomeFailed, match=words) as caught:
        run(entries, return_report=True, return_rows="full", **options)
    assert run.counted["PATCH faxserversettings/ID"] == 1
    assert {name: run.stored(3)[name] for name in NAMED} == {**BY_HAND, "name": "As declared"}
    row = rows(caught.value.facts)[3]
    assert (row["applied"], row["diff"]["after"]) == (True, {"faxserver_settings": {"name": "As declared"}})
    assert [row["field"] for row in caught.value.facts["report"]["rows"] if row["kind"] == "changed"] == ["name"]


def test_a_second_write_does_what_of_the_plan_was_lost(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's write at the same moment has put one of two fields back."""
    entries = by_id([3], faxserver_settings={"t38": False, "name": "B"})
    plan = planned(run, entries)
    write, left = settings_module.write, [{"t38": True}]

    def changed_after(client: Client, resource: Any, subscriber: Any, operations: Any) -> Any:
        returned = write(client, resource, subscriber, operations)
        if left:
            run.change(3, left.pop())
            return read(client, resource, subscriber)
        return returned

    monkeypatch.setattr(settings_module, "write", changed_after)
    done = run(entries, plan=plan)
    assert run.counted["PATCH faxserversettings/ID"] == 2
    assert rows(done.facts)[3]["diff"]["before"] == {"faxserver_settings": {"t38": True, "name": None}}
    assert (run.stored(3)["t38"], run.stored(3)["name"]) == (False, "B")


def test_a_server_that_is_busy_is_asked_less(run: Runs) -> None:
    faults = [{"path": "faxserversettings", "times": 3, "status": 503, "body": ""}]
    run.simulator.control("PUT", "/faults", faults)
    done = run(by_id(), workers=8)
    assert done.facts["totals"]["changed"] == 29
    assert done.facts["pace"]["busy_answers"] == 3
    assert done.facts["pace"]["fewest_workers"] < 8


def test_no_secret_is_in_a_result(run: Runs) -> None:
    run.change(1, {"secret_key": "was-there-before"}, "mailtofaxsettings")
    done = run(by_id([1, 2], **MAIL))
    assert done.diff
    text = json.dumps([done.facts, done.diff, done.warnings])
    assert "k3y-of-the-fleet" not in text
    assert "was-there-before" not in text
    assert "(changed)" in text


@pytest.mark.parametrize("check_mode", [True, False])
def test_secrets_that_are_left_to_the_platform_are_told(run: Runs, check_mode: bool) -> None:
    """A new one is declared, the platform renews it, and `update_secret_key` is not given."""
    ids = list(range(1, 13))
    for one in ids:
        run.change(one, {"secret_key": f"rotated-{one}", "secret_key_renew": "daily"}, "mailtofaxsettings")
    entries = by_id(ids, mailtofax_settings={"secret_key": "n3w-key"})
    done = run(entries, check_mode, return_report=True, return_unchanged=True)
    assert done.facts["totals"]["unchanged"] == 12
    (note,) = done.facts["notes"]
    assert note.startswith("12 declared secrets are left to the platform's renewal and not set (subscriber 1, ")
    assert "subscriber 10 and 2 more). Give update_secret_key: always to set them" in note
    assert done.facts["report"]["notes"] == [note]
    assert note in done.warnings
    assert {tuple(row["left_to_renewal"]) for row in done.facts["subscribers"]} == {("secret_key",)}
    assert run.told[-1].startswith("12 subscribers, 12 unchanged, 12 declared secrets left to the platform's renewal")
    assert {run.stored(one, "mailtofaxsettings")["secret_key"] for one in ids} == {f"rotated-{one}" for one in ids}


def test_an_error_of_one_does_not_show_what_it_echoes(run: Runs) -> None:
    body = json.dumps({"code": 422, "message": "Validation failed: k3y-of-the-fleet is too easy"})
    run.simulator.control("PUT", "/faults", [{"method": "PATCH", "times": None, "status": 422, "body": body}])
    with pytest.raises(FaxError) as caught:
        run(by_id([1], **MAIL))
    assert "k3y-of-the-fleet" not in str(caught.value) + json.dumps(caught.value.facts)


# What may not be mistaken ---------------------------------------------------------------------------------------------


def test_only_does_not_depend_on_how_an_entry_names_its_subscriber(run: Runs) -> None:
    entries: list[Options] = [
        {"match": {"domain": DOMAIN}, "faxserver_settings": {"active": True}},
        {"subscriber_id": 16, "faxserver_settings": {"active": False}},
    ]
    done = run(entries, only=["user16@d2.example.org"])
    assert (done.changed, run.stored(16)["active"]) == (False, False)
    run.change(16, {"active": True})
    done = run(by_id([16], faxserver_settings={"active": True}), only=["user16@d2.example.org"], unmanaged="deactivate")
    assert (done.changed, done.facts["totals"]["subscribers"]) == (False, 1)
    done = run([{"subscriber": "user17@d2.example.org", **FAX}], only=["17"])
    assert sorted(rows(done.facts)) == [17]
    done = run([{"subscriber": "user17@d2.example.org", **FAX}], only=["user18@d2.example.org"])
    assert done.warnings == ["No subscriber in only has an entry."]
    with pytest.raises(BadOption, match="is named already"):
        run([{"subscriber": "user17@d2.example.org", **FAX}, *by_id([17])], only=["user17@d2.example.org"])


@pytest.mark.parametrize("wrong", ["usr18@d2.example.org", "29", "user18"])
@pytest.mark.parametrize("kind", ["subscriber", "subscriber_id", "match"])
def test_who_is_in_only_and_not_on_the_server_is_told(run: Runs, kind: str, wrong: str) -> None:
    named = {"subscriber": "user17@d2.example.org", "subscriber_id": 17, "match": {"domain": DOMAIN}}
    run.change(16, {"active": True})
    with pytest.raises(SomeFailed, match=f"only: {wrong}: There is no subscriber {wrong} on this server") as caught:
        run([{kind: named[kind], **FAX}], only=["USER17@d2.example.org", wrong, "16"], unmanaged="deactivate")
    assert caught.value.facts["totals"]["failed"] == 1
    assert run.stored(17)["name"] == "As declared"
    assert run.stored(16)["active"] is True


def test_who_is_declared_and_not_found_is_told_once(run: Runs) -> None:
    entries: list[Options] = [{"subscriber": "usr17@d2.example.org", **FAX}, *by_id([16])]
    with pytest.raises(SomeFailed) as caught:
        run(entries, only=["usr17@d2.example.org", "16"])
    assert caught.value.facts["totals"] == {"subscribers": 2, "unchanged": 0, "changed": 1, "failed": 1, "unmanaged": 0}


@pytest.mark.parametrize(
    "renamed", [{"subscriber": "user3-old@d1.example.org"}, {"subscriber_id": 29}, {"external_id": "ext-old"}]
)
@pytest.mark.parametrize("only", [None, ["user3@d1.example.org"]])
def test_nobody_is_deactivated_whom_an_entry_may_name_that_is_not_found(
    run: Runs, renamed: Options, only: list[str] | None
) -> None:
    run.change(3, FAX["faxserver_settings"])
    entries: list[Options] = [{**renamed, "place": "a.yml:3", **FAX}, {"subscriber": "user4@d1.example.org", **FAX}]
    options: Options = {"unmanaged": "deactivate", "unmanaged_match": {"domain": "d1.example.org"}}
    options |= {"only": only} if only else {}
    if only and "external_id" not in renamed:  # its entry is not one of this run
        done = run(entries, **options)
        (warning,) = done.warnings
        assert "(a.yml:3) was not found, and may be one of them" in warning
        assert rows(done.facts)[3]["status"] == "unmanaged"
        run([{"subscriber": "user4@d1.example.org", **FAX}], **options)
        assert run.stored(3)["active"] is False
    else:
        with pytest.raises(SomeFailed):
            run(entries, **options)
        assert run.stored(3)["active"] is True


def test_an_answer_that_is_wrong_once_deactivates_nobody_who_is_declared(run: Runs) -> None:
    run.change(3, FAX["faxserver_settings"])
    body = json.dumps({"code": 404, "message": "Not found"})
    run.simulator.control("PUT", "/faults", [{"path": "^/api/subscribers/3$", "times": 1, "status": 404, "body": body}])
    with pytest.raises(SomeFailed, match="There is no subscriber 3 on this server"):
        run([{"subscriber": "user3@d1.example.org", **FAX}], only=["3"], unmanaged="deactivate")
    assert run.stored(3)["active"] is True


@pytest.mark.parametrize("name", [{"subscriber": "user16@d2.example.org"}, {"external_id": "ext-16"}])
def test_a_set_is_not_written_over_an_entry_that_could_not_be_looked_up(run: Runs, name: Options) -> None:
    entries: list[Options] = [
        {"match": {"domain": DOMAIN}, **FAX},
        {**name, "place": "a.yml:7", "faxserver_settings": {"active": False}},
        *by_id([18]),
    ]
    run.change(16, {"active": False})
    query = "ext-16" if "external_id" in name else "username=user16"
    fault = {"path": "^/api/subscribers/$", "query": query, "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run(entries)
    found = rows(caught.value.facts)
    assert (found[16]["status"], found[16]["error"]["kind"]) == ("failed", "not_tried")
    assert "a.yml:7 may be about it" in found[16]["error"]["msg"]
    # An external id that is not known may be anybody's, but for those who have an entry of their own.
    assert {one for one, row in found.items() if row["status"] == "changed"} == (
        {18} if "external_id" in name else {17, 18, 19, 20}
    )
    assert run.stored(16)["active"] is not True


def test_who_is_not_found_may_be_one_of_those_to_deactivate(run: Runs) -> None:
    run.change(16, {"active": True})
    with pytest.raises(SomeFailed):
        run([{"subscriber": "usr16@d2.example.org", **FAX}], unmanaged="deactivate", unmanaged_match={"domain": DOMAIN})
    assert run.stored(16)["active"] is True


def test_a_server_that_does_not_know_the_filter_makes_nobody_unmanaged(run: Runs) -> None:
    run.change(16, {"active": False})
    run.change(17, {"active": True})
    links = {one: {"_links": {"self": {"href": f"/api/faxserversettings/{one}"}}} for one in (16, 17)}
    items = [{**run.stored(one), "id": one, **link} for one, link in links.items()]
    body = {"_embedded": {"ngcp:faxserversettings": items}, "total_count": 2}
    fault = {"path": "^/api/faxserversettings/$", "query": "active=1", "times": None, "status": 200, "body": body}
    run.simulator.control("PUT", "/faults", [fault])
    done = run(by_id([1]), check_mode=True, unmanaged="report")
    assert [one for one, row in rows(done.facts).items() if row["status"] == "unmanaged"] == [17]


@pytest.mark.parametrize("body", [{}, {"_links": {}, "total_count": 24}], ids=str)
def test_a_set_of_which_a_page_came_without_its_items_is_not_believed(run: Runs, body: Options) -> None:
    """Who was on it would be one whom nobody declares."""
    run.change(7, {"active": True})
    fault = {"path": "^/api/subscribers/$", "query": "domain=.*page=2", "times": None, "status": 200, "body": body}
    run.simulator.control("PUT", "/faults", [fault])
    entries = [{"match": {"domain": "d1.example.org"}, **FAX}]
    with pytest.raises(Unverified, match="holds less than the server says"):
        run(entries, unmanaged="deactivate", unmanaged_match={"customer_id": 107})
    assert run.stored(7)["active"] is True
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_a_fault_of_this_program_is_that_of_one_subscriber(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    bring = single.apply

    def break_at_two(client: Client, resource: Any, subscriber: Any, *rest: Any, **more: Any) -> Any:
        if subscriber.id == 2:
            raise AttributeError("k3y-of-the-fleet")
        return bring(client, resource, subscriber, *rest, **more)

    monkeypatch.setattr(single, "apply", break_at_two)
    with pytest.raises(SomeFailed) as caught:
        run(by_id([1, 2, 3]), workers=1)
    found = rows(caught.value.facts)
    assert [found[one]["status"] for one in (1, 2, 3)] == ["changed", "failed", "changed"]
    assert (found[2]["error"]["kind"], found[2]["applied"]) == ("fault", True)
    assert "k3y-of" not in str(caught.value)


def test_an_answer_of_another_shape_is_the_failure_of_one(run: Runs) -> None:
    run.change(2, {"active": False}, "mailtofaxsettings")
    body = {**run.stored(2, "mailtofaxsettings"), "acl": ["x"]}
    fault = {"method": "GET", "path": "/mailtofaxsettings/2$", "times": None, "status": 200, "body": body}
    run.simulator.control("PUT", "/faults", [fault])
    with pytest.raises(SomeFailed) as caught:
        run(by_id([1, 2], **MAIL))
    found = rows(caught.value.facts)
    assert [(found[one]["status"], found[one].get("error", {}).get("kind")) for one in (1, 2)] == [
        ("changed", None),
        ("failed", "not_ngcp"),
    ]


def test_a_failure_says_which_settings_it_was_and_what_was_tried(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = {"method": "PATCH", "path": "mailtofaxsettings/2$", "times": None, "status": 500, "body": "crashed"}
    run.simulator.control("PUT", "/faults", [fault])
    moving(run, monkeypatch, lambda: run.change(2, {"name": "By hand"}))
    with pytest.raises(SomeFailed) as caught:
        run(by_id([2], **FAX, **MAIL), recheck_after=0)
    row = rows(caught.value.facts)[2]
    assert row["error"]["settings"] == "mailtofax_settings"
    assert row["diff"]["before"]["faxserver_settings"]["name"] == "By hand"


def test_a_patch_whose_answer_was_lost_may_have_been_applied(run: Runs) -> None:
    faults = [
        {"method": "PATCH", "times": 1, "close": "before"},
        {"method": "PATCH", "times": None, "status": 422, "body": REFUSAL},
    ]
    run.simulator.control("PUT", "/faults", faults)
    with pytest.raises(SomeFailed) as caught:
        run(by_id([3]))
    assert (rows(caught.value.facts)[3]["applied"], caught.value.facts["changed"]) == (True, True)


# A reviewed plan ------------------------------------------------------------------------------------------------------


def planned(run: Runs, entries: list[Any], **options: Any) -> Any:
    return run(entries, check_mode=True, return_report=True, **options).facts["report"]


def test_a_plan_is_applied_as_it_was_looked_at(run: Runs) -> None:
    new = {"destination": "new@example.com", "filetype": "PDF"}
    entries = by_id([1, 2, 3], faxserver_settings={"name": "B", "destinations": [new], "destinations_mode": "add"})
    plan = json.loads(json.dumps(planned(run, entries)))
    run.change(1, {"name": "B", "destinations": [new]})  # as an interrupted run leaves it
    done = run(entries, plan=plan)
    assert done.facts["totals"]["changed"] == 2
    assert run(entries, plan=plan).changed is False


@pytest.mark.parametrize(
    ("change", "entry", "words"),
    [
        ({"name": "By hand"}, {"name": "B"}, 'name is "By hand" and was nothing'),
        ({}, {"name": "C"}, 'name is declared to be "C" and was to be "B"'),
        ({}, {"name": "B", "t38": False}, "t38 is to be changed, too"),
        ({}, {"active": True}, "name is as declared now"),
    ],
)
def test_what_is_not_in_the_plan_is_refused_before_the_first_write(
    run: Runs, change: Options, entry: Options, words: str
) -> None:
    plan = planned(run, by_id([1, 2], faxserver_settings={"name": "B"}))
    run.change(2, {"t38": True, **change})
    with pytest.raises(PlanOutdated, match="Nothing was written") as caught:
        run([*by_id([1], faxserver_settings={"name": "B"}), *by_id([2], faxserver_settings=entry)], plan=plan)
    assert words in str(caught.value)
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_a_list_that_moved_is_named_by_its_entries(run: Runs) -> None:
    def fax(one: str) -> Options:
        return {"destination": one, "filetype": "PDF"}

    entries = by_id([1], faxserver_settings={"destinations": [fax("a@example.com")]})
    plan = planned(run, entries)
    run.change(1, {"destinations": [fax("by-hand@example.com")]})
    with pytest.raises(PlanOutdated, match=r"destinations by-hand@example\.com is to be changed, too"):
        run(entries, plan=plan)
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_who_is_in_the_plan_and_not_declared_any_more_is_named(run: Runs) -> None:
    plan = planned(run, by_id([1, 2, 3]))
    with pytest.raises(PlanOutdated, match="subscriber 3: the plan changes it, and no entry is about it now") as caught:
        run(by_id([1, 2]), plan=plan)
    assert "subscriber 2" not in str(caught.value)
    assert not any(kind.startswith("PATCH") for kind in run.counted)


def test_settings_that_are_in_the_plan_and_not_declared_any_more_are_named(run: Runs) -> None:
    plan = planned(run, by_id([1, 2], **FAX, **MAIL))
    run.change(1, MAIL["mailtofax_settings"], "mailtofaxsettings")  # as declared by then
    for entry, what in (({}, "mailtofax_settings"), ({"mailtofax_settings": {"active": True}}, "secret_key")):
        with pytest.raises(
            PlanOutdated, match=f"subscriber 2: the plan changes its {what}, and no entry declares it"
        ) as caught:
            run([*by_id([1], **FAX, **MAIL), *by_id([2], **FAX, **entry)], plan=plan)
        assert "subscriber 1" not in str(caught.value)
        assert not any(kind.startswith("PATCH") for kind in run.counted)
    assert run(by_id([1, 2], **FAX, **MAIL), plan=plan).facts["totals"]["changed"] == 2


def renamed(plan: Options, user: str = r"\1", domain: str = r"\2") -> Options:
    rows = [{**row, "subscriber": re.sub("(.*)@(.*)", f"{user}@{domain}", row["subscriber"])} for row in plan["rows"]]
    return {**plan, "rows": rows}


@pytest.mark.parametrize("names", [{"user": "somebody-else"}, {"domain": "elsewhere.example.org"}])
def test_the_id_of_a_plan_may_be_another_subscribers_by_now(run: Runs, names: dict[str, str]) -> None:
    entries = [{"match": {"domain": DOMAIN}, **FAX}]
    plan = planned(run, entries)
    with pytest.raises(
        PlanOutdated, match=f"user16@{DOMAIN}: subscriber 16 is .* in the plan, and has another name now"
    ):
        run(entries, plan=renamed(plan, **names))
    assert not any(kind.startswith("PATCH") for kind in run.counted)
    twice = {**plan, "rows": [*plan["rows"], renamed(plan, **names)["rows"][0]]}
    with pytest.raises(BadOption, match="The plan calls subscriber 16 user16@"):
        run(entries, plan=twice)
    assert run(entries, plan=renamed(plan, domain=DOMAIN.upper())).facts["totals"]["changed"] == len(OF_DOMAIN)


@pytest.mark.parametrize("before", ["", "only id"])
def test_a_name_that_one_side_does_not_know_is_not_compared(run: Runs, before: str) -> None:
    named = [{"subscriber": "user3@d1.example.org", **FAX}]
    first, second = (by_id([3]), named) if before else (named, by_id([3]))
    assert run(second, plan=planned(run, first)).changed


def test_a_slice_does_its_part_of_a_plan(run: Runs) -> None:
    plan = planned(run, by_id([1, 2, 3]))
    assert run(by_id([1, 2, 3]), plan=plan, only=["2"]).facts["totals"]["changed"] == 1
    assert run(by_id([1, 2, 3]), plan=plan).facts["totals"]["changed"] == 2


def test_a_deactivation_of_somebody_unmanaged_is_as_in_the_plan(run: Runs) -> None:
    run.change(17, {"active": True})
    options: Options = {"unmanaged": "deactivate", "unmanaged_match": {"domain": DOMAIN}}
    plan = planned(run, by_id([16]), **options)
    run.change(18, {"active": True})
    with pytest.raises(PlanOutdated, match=f"user18@{DOMAIN}: the plan does not change its faxserver_settings"):
        run(by_id([16]), plan=plan, **options)
    run.change(18, {"active": False})
    assert run(by_id([16]), plan=plan, **options).facts["totals"]["changed"] == 2
    assert run.stored(17)["active"] is False


@pytest.mark.parametrize(
    "left_out", [{"unmanaged": "ignore"}, {"unmanaged": "report"}, {"unmanaged": "deactivate", "also": "29"}]
)
def test_a_deactivation_of_somebody_unmanaged_is_not_left_out(run: Runs, left_out: Options) -> None:
    for one in (17, 18):
        run.change(one, {"active": True})
    options: Options = {"unmanaged": "deactivate", "unmanaged_match": {"domain": DOMAIN}}
    plan = planned(run, by_id([16]), **options)
    run.change(17, {"active": False})  # as an interrupted run leaves it
    other = {**left_out, **({} if left_out["unmanaged"] == "ignore" else {"unmanaged_match": {"domain": DOMAIN}})}
    entries = by_id([16, other.pop("also")] if "also" in other else [16])
    with pytest.raises(PlanOutdated, match=f"user18@{DOMAIN}: the plan deactivates it .*, and this run does not"):
        run(entries, plan=plan, **other)
    assert not any(kind.startswith("PATCH") for kind in run.counted)
    assert run(by_id([16]), plan=plan, **options).facts["totals"]["changed"] == 2
    assert run.stored(18)["active"] is False


def test_a_plan_of_another_server_is_refused_before_the_login(run: Runs) -> None:
    plan = {**planned(run, by_id([1])), "api_url": "https://staging.example.com"}
    with pytest.raises(
        BadOption, match=r"The plan is about https://staging\.example\.com, and this run about https://"
    ):
        run(by_id([1]), plan=plan)
    assert run.counted == {}


def test_how_the_address_of_the_server_is_written_does_not_matter(run: Runs) -> None:
    plan = planned(run, by_id([1]))
    scheme, _slashes, rest = plan["api_url"].partition("://")
    assert run(by_id([1]), plan={**plan, "api_url": f"{scheme.upper()}://{rest}/api/"}).changed


def test_nobody_is_written_who_is_not_in_the_plan(run: Runs) -> None:
    with pytest.raises(PlanOutdated, match="the plan does not change its faxserver_settings"):
        run(by_id([1]), plan=planned(run, by_id([1, 2], faxserver_settings={"active": False})))


def test_what_moves_after_the_first_write_stops_that_one(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(run, by_id([1, 2]))
    moving(run, monkeypatch, lambda: run.change(2, {"name": "By hand"}))
    with pytest.raises(SomeFailed, match='name is "By hand" and was nothing') as caught:
        run(by_id([1, 2]), plan=plan, workers=1)
    assert (caught.value.facts["totals"]["changed"], run.stored(2)["name"]) == (1, "By hand")


# How much the result holds -------------------------------------------------------------------------------------------

BASE = {"subscriber_id", "subscriber", "status", "place"}
WRITTEN = {*BASE, "applied", "read_at"}
FULL = {*WRITTEN, "patch"}


@pytest.mark.parametrize(
    ("options", "keys", "others"),
    [
        ({}, {*FULL, "diff"}, {"diff"}),
        ({"_diff": False}, FULL, set()),
        ({"_diff": False, "return_report": True}, WRITTEN, {"report"}),
        ({"_diff": True, "return_report": True}, WRITTEN, {"diff", "report"}),
        ({"return_report": True, "return_rows": "full"}, {*FULL, "diff"}, {"diff", "report"}),
        ({"_diff": False, "return_rows": "brief"}, WRITTEN, set()),
        ({"_diff": False, "return_rows": "none"}, None, set()),
        ({"_diff": False, "return_rows": "file"}, None, {"report"}),
    ],
)
def test_nothing_is_twice_in_a_result(run: Runs, options: Options, keys: set[str] | None, others: set[str]) -> None:
    for done in (run(by_id([1, 2]), check_mode=True, **options), stopped(run, **options)):
        facts = done.facts if isinstance(done, LimitExceeded) else {**done.facts, "diff": done.diff}
        assert {name for name in ("diff", "report") if facts.get(name) is not None} == others
        assert [set(row) for row in facts.get("subscribers", ())] == ([keys] * 2 if keys else [])
        assert facts["totals"]["changed"] == 2


def stopped(run: Runs, **options: Any) -> LimitExceeded:
    """The failure of a run that a guard stopped, which has all that would have been done."""
    with pytest.raises(LimitExceeded) as caught:
        run(by_id([1, 2]), max_changes=1, **options)
    return caught.value


def test_a_row_tells_where_values_come_from_only_if_it_is_elsewhere(run: Runs) -> None:
    done = run([*by_id([3]), {"match": {"domain": DOMAIN}, **FAX}], defaults={"faxserver_settings": {"t38": False}})
    found = rows(done.facts)
    assert found[3]["places"]["faxserver_settings"]["t38"] == "defaults"
    assert "places" not in rows(run(by_id([4])).facts)[4]


# The report -----------------------------------------------------------------------------------------------------------


def told(report: Options) -> list[tuple[Any, ...]]:
    names = ("kind", "settings", "field", "element", "change", "actual", "expected")
    rows: list[Options] = [{**row} for row in model.read(report)["rows"]]
    return [(row["subscriber_id"], *(row[name] for name in names)) for row in rows]


def test_the_report_tells_what_was_written_as_the_plan_told_it(run: Runs) -> None:
    entry = {"destination": "A@example.com", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
    there = {"destination": "b@example.com", "filetype": "PS", "incoming": True, "outgoing": False, "status": False}
    run.change(1, {"destinations": [there], "password": "old-password"})
    fax = {"active": True, "password": "new-password", "destinations": [entry]}
    entries = by_id([1], faxserver_settings=fax, mailtofax_settings={"active": True})
    plan = planned(run, entries)
    done = run(entries, return_report=True).facts["report"]
    assert (plan["kind"], done["kind"], done["verdict"]) == ("plan", "provision", "drift")
    assert told(plan) == told(done)
    risk = (1, "risk", "mailtofax_settings", None, None, None, None, None)
    assert told(done) == [
        (1, "changed", "faxserver_settings", "active", None, "changed", False, True),
        (1, "changed", "faxserver_settings", "destinations", "a@example.com", "added", None, entry),
        (1, "changed", "faxserver_settings", "destinations", "b@example.com", "removed", there, None),
        (1, "changed", "faxserver_settings", "password", None, "changed", "(changed)", "(changed)"),
        risk,
        (1, "changed", "mailtofax_settings", "active", None, "changed", False, True),
    ]
    assert "-password" not in json.dumps([plan, done])
    assert done["totals"] == {**plan["totals"], "drifted": 1, "risks": 1}
    again = run(entries, return_report=True).facts["report"]
    assert (again["verdict"], told(again)) == ("clean", [risk])


def test_the_report_knows_the_customer_of_who_was_looked_up(run: Runs) -> None:
    report = planned(run, [{"subscriber": "user3@d1.example.org", **FAX}])
    assert [row["customer_id"] for row in report["rows"]] == [103, 103]


def test_the_report_has_no_more_than_was_written(run: Runs) -> None:
    """Of the first subscriber one of the two settings, of the second nothing."""
    faults = [{"method": "PATCH", "path": "mailtofaxsettings/1$", "times": None, "status": 422, "body": REFUSAL}]
    run.simulator.control("PUT", "/faults", faults)
    with pytest.raises(SomeFailed) as caught:
        run(by_id([1, 2], **FAX, **MAIL), return_report=True, max_failures=1, workers=1)
    report = caught.value.facts["report"]
    assert (report["kind"], report["verdict"]) == ("provision", "unknown")
    assert {(row["subscriber_id"], row["kind"], row["settings"]) for row in report["rows"]} == {
        (1, "changed", "faxserver_settings"),
        (1, "failed", None),
        (2, "failed", None),
    }


def test_the_report_of_a_run_that_a_guard_stopped_is_a_plan_that_says_so(run: Runs) -> None:
    with pytest.raises(LimitExceeded) as caught:
        run(by_id([1, 2, 3]), return_report=True, max_changes=2)
    report = caught.value.facts["report"]
    assert (report["kind"], report["verdict"]) == ("plan", "unknown")
    assert [row["msg"] for row in report["rows"] if row["kind"] == "failed"] == [str(caught.value)]
    assert run(by_id([1, 2, 3]), plan=report).facts["totals"]["changed"] == 3


def test_who_could_not_be_read_is_not_told_to_be_changed(run: Runs) -> None:
    run.simulator.control("PUT", "/faults", [{"path": "mailtofaxsettings/1$", "times": None, "status": 500}])
    with pytest.raises(SomeFailed) as caught:
        run(by_id([1], **FAX, **MAIL), check_mode=True, return_report=True)
    assert {row["kind"] for row in caught.value.facts["report"]["rows"]} == {"failed"}


def test_nobody_and_the_unmanaged_are_in_the_report(run: Runs) -> None:
    run.change(17, {"active": True})
    options: Options = {"unmanaged": "report", "unmanaged_match": {"domain": DOMAIN}, "return_report": True}
    with pytest.raises(SomeFailed) as caught:
        run([{"subscriber": "nobody@d1.example.org", **FAX}], check_mode=True, **options)
    failed, unmanaged = sorted(caught.value.facts["report"]["rows"], key=lambda row: str(row["kind"]))
    assert (failed["subscriber"], failed["kind"], failed["customer_id"]) == ("nobody@d1.example.org", "failed", None)
    assert (unmanaged["subscriber_id"], unmanaged["field"], unmanaged["settle"]) == (17, "active", None)
