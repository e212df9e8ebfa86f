# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Totals add up whatever the server does: each subscriber counts exactly once."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export import export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import model, view
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

Options = dict[str, Any]
STATUSES = ("unchanged", "changed", "failed", "unmanaged")
IN_REPORTS = ("unchanged", "drifted", "missing", "unmanaged", "failed")

FAULTS: dict[str, Options] = {
    "400": {"status": 400, "body": {"code": 400, "message": "Invalid id in request URI"}},
    "401": {"status": 401, "headers": {"Content-Type": "text/plain"}, "body": "Authorization required."},
    "403": {"status": 403, "body": {"code": 403, "message": "Forbidden"}},
    "404": {"status": 404, "body": {"code": 404, "message": "Entity not found."}},
    "422": {"status": 422, "body": {"code": 422, "message": "Validation failed."}},
    "429": {"status": 429},
    "500": {"status": 500, "body": {"code": 500, "message": "It could not be updated."}},
    "crash": {"status": 500, "body": "<html>"},
    "502": {"status": 502, "body": "<html>"},
    "503": {"status": 503},
    "a login page": {"status": 200, "body": "<html>"},
    "nothing": {"status": 200, "body": {}},
    "a list": {"status": 200, "body": []},
    "somebody else": {"status": 200, "body": {"id": 1, "active": True}},
    "cut off before": {"close": "before"},
    "cut off after": {"close": "after"},
    "cut off in the middle": {"close": "middle"},
}
# Errors that end a run, because the next request would fare no better; each of the others affects one subscriber.
FATAL = {"401"}
OF_ONE = {name: fault for name, fault in FAULTS.items() if name not in FATAL}
MET = dict(enumerate(OF_ONE.values(), start=1))
# Which requests of a subscriber its fault meets.
OF_EACH = {
    "a name": {"path": "^/api/subscribers/$", "query": "username=user{id}(&|$)"},
    "who somebody is": {"path": "^/api/subscribers/{id}$"},
    "fax settings": {"path": "^/api/faxserversettings/{id}$", "method": "GET"},
    "mail2fax settings": {"path": "^/api/mailtofaxsettings/{id}$", "method": "GET"},
    "a write": {"path": "^/api/faxserversettings/{id}$", "method": "PATCH"},
    "a write of mail2fax": {"path": "^/api/mailtofaxsettings/{id}$", "method": "PATCH"},
    "the journal": {"path": "^/api/faxserversettings/{id}/journal/"},
}
# Which requests a fault meets that are about many.
OF_MANY: dict[str, Options] = {
    "a set": {"path": "^/api/subscribers/$", "query": "customer_id="},
    "the unmanaged": {"query": "active=1"},
    "all settings": {"path": "^/api/.*settings/"},
    "anything": {"path": "^/api/"},
}
FAX = {"active": True, "name": "Declared"}
MAIL = {"active": True, "secret_key": "declared"}
OTHERS: list[Options] = [
    {"subscriber_id": 29, "faxserver_settings": FAX},  # terminated
    {"subscriber": "nobody@d1.example.org", "faxserver_settings": FAX},
    {"external_id": "nobody", "mailtofax_settings": MAIL},
    {"match": {"customer_id": 109}, "faxserver_settings": {"ecm": False}},  # 9 and, terminated, 29
]
MANY = [
    *({"subscriber_id": one, "faxserver_settings": FAX, "mailtofax_settings": MAIL} for one in list(MET)[:8]),
    *({"subscriber": f"user{one}@d{1 + (one > 15)}.example.org", "faxserver_settings": FAX} for one in list(MET)[8:]),
    *OTHERS,
]
BY_NAME = [
    *({"subscriber": f"user{one}@d{1 + (one > 15)}.example.org", "faxserver_settings": FAX} for one in MET),
    *OTHERS,
]
BY_ID = [
    *({"subscriber_id": one, "faxserver_settings": FAX, "mailtofax_settings": MAIL} for one in MET),
    *OTHERS,
]
FEW = [*BY_ID[:2], BY_NAME[2], *OTHERS]
UNMANAGED = {25, 26}


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Client]:
    connection = Connection(
        simulator.url, api_username="administrator", api_password="administrator", ca_path=simulator.ca_file, retries=1
    )
    with Client(connection, False) as client:
        client.get("/api/faxes/", {"rows": 1})  # log in before anything fails
        yield client


def prepare(simulator: Simulator, faults: list[Options]) -> None:
    """The same server for each run: two are active whom nobody declares."""
    simulator.control("POST", "/reset")
    simulator.control("PATCH", "/settings/faxserversettings/25", {"active": True})
    simulator.control("PATCH", "/settings/mailtofaxsettings/26", {"active": True})
    simulator.control("PUT", "/faults", [{**fault, "times": None} for fault in faults])


def of_each(place: str) -> list[Options]:
    """Each subscriber's own fault."""
    made = OF_EACH[place]
    return [
        {**{name: value.replace("{id}", str(one)) for name, value in made.items()}, **fault}
        for one, fault in MET.items()
    ]


def added_up(report: Options) -> None:
    totals = report["totals"]
    assert sum(totals[status] for status in IN_REPORTS) == totals["subscribers"], totals
    assert all(number >= 0 for number in totals.values())
    assert totals["rows"] + totals["accepted"] == len(report["rows"])
    failed = any(row["kind"] == "failed" for row in report["rows"])
    assert (report["verdict"] == "unknown") is failed
    assert view.verdict(model.read(report))[1]


def provision(client: Client, entries: list[Options], check_mode: bool) -> Options:
    """A run must count everybody once, and alike in its rows, its totals and its report. Returns its totals; none if it
    ended before anything was planned.
    """
    options = {"unmanaged": "deactivate", "return_report": True, "return_unchanged": True}
    given = {**defaults(SUBSCRIBERS.spec), "subscribers": entries, **options}
    try:
        facts = SUBSCRIBERS.execute(client, given, check_mode).facts
    except FaxError as error:
        facts = error.facts
    if "totals" not in facts:
        return {}
    totals, rows = facts["totals"], facts["subscribers"]
    assert Counter(row["status"] for row in rows) == Counter({each: totals[each] for each in STATUSES})
    assert sum(totals[status] for status in STATUSES) == totals["subscribers"] == len(rows)
    assert max(Counter(json.dumps([row["subscriber"], row["place"]]) for row in rows).values()) == 1
    added_up(facts["report"])
    in_report = facts["report"]["totals"]
    assert (in_report["drifted"], in_report["failed"]) == (totals["changed"], totals["failed"])
    assert in_report["subscribers"] == totals["subscribers"]
    about = {row["subscriber_id"] for row in rows}
    # Of the set, 9 may be one of the others.
    assert len(rows) - len(about & UNMANAGED) == len(entries) - (9 in MET and len(entries) > len(FEW))
    return dict(totals)


def drift(client: Client, entries: list[Options]) -> Options:
    """The same of a comparison, which has a report whatever ends it."""
    given = {**defaults(DRIFT.spec), "subscribers": entries}
    try:
        facts = DRIFT.execute(client, given, False).facts
    except FaxError as error:
        facts = error.facts
    report: Options = facts["report"]
    added_up(report)
    about = {row["subscriber_id"] for row in report["rows"]}
    known = report["totals"]["subscribers"] - len(about & UNMANAGED)
    # Nobody knows who is in a set that was not looked up.
    assert known in (len(entries), len(entries) - 1)
    return dict(report["totals"])


@pytest.mark.parametrize("place", OF_EACH)
def test_each_fault_of_one_subscriber_is_counted_once(simulator: Simulator, client: Client, place: str) -> None:
    entries = BY_NAME if place == "a name" else BY_ID
    faults = of_each(place)
    for check_mode in (True, False):
        if check_mode or "write" in place:
            prepare(simulator, faults)
            totals = provision(client, entries, check_mode)
            assert totals["failed"] >= len(OTHERS) - 1, "29 and the two that are nobody"
    prepare(simulator, faults)
    assert drift(client, entries)["missing"] >= len(OTHERS) - 1


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_many_is_counted_once(simulator: Simulator, client: Client, fault: str) -> None:
    for place in OF_MANY.values():
        prepare(simulator, [{**place, **FAULTS[fault]}])
        drift(client, FEW)
        provision(client, FEW, True)


@pytest.mark.parametrize("place", OF_EACH)
def test_a_list_or_an_export_has_everybody_or_fails(
    simulator: Simulator, client: Client, place: str, tmp_path: Path
) -> None:
    for one, fault in enumerate(of_each(place), start=1):
        if "PATCH" in fault.values():
            continue
        prepare(simulator, [fault])
        info = {**defaults(SETTINGS_INFO.spec), "subscribers": [{"subscriber_id": one}, {"subscriber_id": 30}]}
        with contextlib.suppress(FaxError):
            assert len(SETTINGS_INFO.execute(client, info, False).facts["subscribers"]) == 2
        folder = tmp_path / str(one)
        match = {"customer_id": 100 + one}
        options = {"dest": str(folder), "secrets": "omit", "layout": "one", "match": match}
        try:
            facts = export.JOB.execute(client, {**defaults(export.JOB.spec), **options}, False).facts
        except FaxError:
            assert not folder.exists()
        else:
            # A subscriber without settings was removed after the list was read.
            gone = "settings" in place and fault.get("status") == 404
            expected = (2 if one <= 8 or one == 10 else 1) - gone
            assert facts["totals"]["subscribers"] == sum(file["entries"] for file in facts["files"]) == expected
            assert len(loader.load(list(folder.iterdir()), str)) == expected
