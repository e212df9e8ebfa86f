# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The id finds, the name is verified: nothing is written to somebody else because an id went stale, nobody is switched
off for it, and no request is sent that is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB as SEND
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.single import job_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO
from tests.integration.conftest import defaults
from tests.simulator.client import ControlError, Simulator

SETTINGS = job_of(FAXSERVER_SETTINGS)
# Entries give this id, which is `OTHER`'s by now, beside this name, which a subscriber with another id has (`new`).
NAME, OTHER, OLD = "anna@d1.example.org", "user7@d1.example.org", 7
CLINIC = {"faxserver_settings": {"name": "Clinic"}}


@contextmanager
def administrator(simulator: Simulator) -> Iterator[Client]:
    login = Connection(
        simulator.url, api_username="administrator", api_password="administrator", ca_path=simulator.ca_file
    )
    with Client(login) as client:
        client.log_in()
        simulator.control("DELETE", "/log")
        yield client


def create(client: Client, username: str) -> int:
    """Create a subscriber, and return its id."""
    customer = client.get(f"/api/subscribers/{OLD}")["customer_id"]
    who = {"username": username, "domain": "d1.example.org"}
    more = {"customer_id": customer, "password": "s3cret-Pass", "status": "active", "external_id": "ext-new"}
    client.post("/api/subscribers/", {**who, **more})
    (found,) = client.get("/api/subscribers/", who)["_embedded"]["ngcp:subscribers"]
    return int(found["id"])


@pytest.fixture
def new(simulator: Simulator) -> int:
    """Create the subscriber with the name, and return its id."""
    with administrator(simulator) as client:
        return create(client, "anna")


def run(client: Client, job: Job[Any], check_mode: bool = False, **options: Any) -> Result:
    client.begin()
    client.read_only = check_mode
    try:
        return job.execute(client, {**defaults(job.spec), **options}, check_mode)
    finally:
        client.read_only = False


def failure(client: Client, job: Job[Any], **options: Any) -> FaxError:
    with pytest.raises(FaxError) as caught:
        run(client, job, **options)
    return caught.value


def fax_name(simulator: Simulator, number: int) -> str | None:
    """Return the server's value; None, too, if nobody has read or written the settings."""
    try:
        name: str | None = simulator.control("GET", f"/settings/faxserversettings/{number}")["name"]
    except ControlError:
        return None
    return name


def requests(simulator: Simulator) -> list[str]:
    """Return the requests since the last call, without the login."""
    log = simulator.control("GET", "/log")["requests"]
    simulator.control("DELETE", "/log")
    return [f"{each['method']} {each['path'].removeprefix('/api/')}" for each in log if "login" not in each["path"]]


def entry(**selector: Any) -> dict[str, Any]:
    return {"subscriber_id": OLD, **(selector or {"subscriber": NAME}), **CLINIC}


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_settings_module_writes_to_the_one_with_the_name(simulator: Simulator, new: int, check_mode: bool) -> None:
    with administrator(simulator) as client:
        result = run(client, SETTINGS, check_mode, subscriber_id=OLD, subscriber=NAME, name="Clinic")
        assert (result.changed, result.facts["subscriber_id"], result.facts["names_not_verified"]) == (True, new, 0)
        assert result.facts["renumbered"] == [{"subscriber_id": new, "subscriber": NAME, "stale_id": OLD}]
        assert client.remarks == [f"{NAME} is subscriber {new} now, not 7: correct its subscriber_id."]
    assert fax_name(simulator, OLD) is None
    assert fax_name(simulator, new) == (None if check_mode else "Clinic")


def test_a_settings_module_asks_for_the_name_only_if_it_would_write(simulator: Simulator) -> None:
    with administrator(simulator) as client:
        named: dict[str, Any] = {"subscriber_id": OLD, "external_id": "EXT-7"}
        assert run(client, SETTINGS, **named, ecm=True).facts["names_not_verified"] == 1
        assert requests(simulator) == ["GET faxserversettings/7"]
        assert run(client, SETTINGS, **named, name="Clinic").facts["names_not_verified"] == 0
        assert requests(simulator) == ["GET faxserversettings/7", "GET subscribers/7", "PATCH faxserversettings/7"]


@pytest.mark.parametrize("gone", [False, True])
def test_a_name_that_nobody_has_is_a_failure_that_names_both(simulator: Simulator, gone: bool) -> None:
    with administrator(simulator) as client:
        if gone:
            client.delete(f"/api/subscribers/{OLD}")
        named = {"subscriber_id": OLD, "subscriber": "nobody@d1.example.org"}
        failed = failure(client, SETTINGS, **named, name="Clinic")
        assert failed.what == "There is no subscriber nobody@d1.example.org, and subscriber 7 is gone or somebody else"
        failed = failure(client, SUBSCRIBERS, subscribers=[entry(subscriber="nobody@d1.example.org")])
        assert "There is no subscriber nobody@d1.example.org, and subscriber 7 is gone" in str(failed)
        assert (failed.facts["changed"], failed.facts["totals"]["failed"]) == (False, 1)
    assert gone or fax_name(simulator, OLD) is None


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_run_over_many_writes_to_the_one_with_the_name(simulator: Simulator, new: int, check_mode: bool) -> None:
    with administrator(simulator) as client:
        result = run(client, SUBSCRIBERS, check_mode, subscribers=[entry()], return_report=True)
    assert [(row["subscriber_id"], row["status"]) for row in result.facts["subscribers"]] == [(new, "changed")]
    stale = {"subscriber_id": new, "subscriber": NAME, "stale_id": OLD, "place": "subscribers[0]"}
    assert (result.facts["renumbered"], result.facts["names_not_verified"]) == ([stale], 0)
    assert [row["kind"] for row in result.facts["report"]["rows"]] == ["renumbered", "changed"]
    assert any("1 entry gives an id that is gone or somebody else's" in each for each in result.warnings)
    assert fax_name(simulator, OLD) is None
    assert fax_name(simulator, new) == (None if check_mode else "Clinic")


def test_an_id_that_is_gone_is_looked_up_by_its_name(simulator: Simulator, new: int) -> None:
    with administrator(simulator) as client:
        client.delete(f"/api/subscribers/{OLD}")
        result = run(client, SUBSCRIBERS, subscribers=[entry()])
    assert [each["subscriber_id"] for each in result.facts["renumbered"]] == [new]
    assert fax_name(simulator, new) == "Clinic"


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, ["GET faxserversettings/7"]),
        ({"verify_names": "always"}, ["GET faxserversettings/7", "GET subscribers/7"]),
    ],
)
def test_names_of_unchanged_subscribers_are_verified_on_request(
    simulator: Simulator, options: dict[str, Any], sent: list[str]
) -> None:
    same = {"subscriber_id": OLD, "subscriber": OTHER.upper(), "faxserver_settings": {"ecm": True}}
    with administrator(simulator) as client:
        result = run(client, SUBSCRIBERS, subscribers=[same], **options)
        assert (requests(simulator), result.facts["names_not_verified"]) == (sent, int(not options))
        report = run(client, DRIFT, subscribers=[same], unmanaged="ignore", **options).facts["report"]
        assert (requests(simulator), report["names_not_verified"]) == (sent, int(not options))


def test_before_a_write_its_name_is_read_once(simulator: Simulator) -> None:
    with administrator(simulator) as client:
        run(client, SUBSCRIBERS, subscribers=[entry(subscriber=OTHER)])
        sent = requests(simulator)
    assert (sent.count("GET subscribers/7"), sent.count("PATCH faxserversettings/7")) == (1, 1)
    assert sent.index("GET subscribers/7") < sent.index("PATCH faxserversettings/7")


def activate(client: Client, *numbers: int) -> None:
    for number in numbers:
        client.patch(f"/api/faxserversettings/{number}", [{"op": "replace", "path": "/active", "value": True}])


def test_nobody_is_switched_off_because_an_id_went_stale(simulator: Simulator, new: int) -> None:
    # As declared, so that nothing but the unmanaged ones shows that the id is stale.
    with administrator(simulator) as client:
        activate(client, OLD, new)
        same = {"subscriber_id": OLD, "subscriber": NAME, "faxserver_settings": {"active": True}}
        others = [
            {"subscriber_id": number, "faxserver_settings": {"active": True}}
            for number in range(1, 31)
            if number not in (OLD, 29)
        ]
        report = run(client, DRIFT, subscribers=[same, *others]).facts["report"]
        rows = [(row["kind"], row["subscriber_id"]) for row in report["rows"] if row["subscriber_id"] in (OLD, new)]
        assert rows == [("unmanaged", OLD), ("renumbered", new)]
        simulator.control("DELETE", "/log")
        result = run(client, SUBSCRIBERS, subscribers=[same, *others], unmanaged="deactivate")
        active = {number: client.get(f"/api/faxserversettings/{number}")["active"] for number in (OLD, new)}
    assert active == {OLD: False, new: True}  # the former owner of the name is declared by nobody now
    assert [each["subscriber_id"] for each in result.facts["renumbered"]] == [new]


def test_a_reviewed_plan_is_refused_if_an_id_went_stale(simulator: Simulator) -> None:
    with administrator(simulator) as client:
        declared = [{"subscriber_id": 8, "subscriber": "user8@d1.example.org", **CLINIC}]
        plan = run(client, SUBSCRIBERS, True, subscribers=declared, return_report=True).facts["report"]
        client.delete("/api/subscribers/8")
        again = create(client, "user8")
        failed = failure(client, SUBSCRIBERS, subscribers=declared, plan=plan)
    assert (failed.kind, "user8@d1.example.org has the id 8 in subscribers[0]" in failed.what) == (
        "plan_outdated",
        True,
    )
    assert fax_name(simulator, again) is None


def test_names_that_are_read_anyway_show_stale_ids(simulator: Simulator, new: int) -> None:
    everybody = {"match": {"domain": "d1.example.org"}, "faxserver_settings": {"name": "Everybody"}}
    with administrator(simulator) as client:
        result = run(client, SUBSCRIBERS, subscribers=[everybody, entry()], only=[str(OLD), NAME])
    assert [each["subscriber_id"] for each in result.facts["renumbered"]] == [new]
    # The set alone is about the one that has the stale id now.
    assert (fax_name(simulator, OLD), fax_name(simulator, new)) == ("Everybody", "Clinic")


def test_an_entry_about_the_new_owner_of_the_id(simulator: Simulator, new: int) -> None:
    other = {"subscriber": OTHER, "faxserver_settings": {"name": "Other"}}
    with administrator(simulator) as client:
        run(client, SUBSCRIBERS, subscribers=[entry(), other])
    assert (fax_name(simulator, OLD), fax_name(simulator, new)) == ("Other", "Clinic")


@pytest.mark.parametrize("ids", [(8, 7, 9), (9, 7, 8), (8, 9, 7)])
@pytest.mark.parametrize("unmanaged", ["ignore", "deactivate"])
def test_exchanged_ids(simulator: Simulator, ids: tuple[int, ...], unmanaged: str) -> None:
    with administrator(simulator) as client:
        activate(client, 7, 8, 9)
        entries = [
            {
                "subscriber_id": number,
                "subscriber": f"user{own}@d1.example.org",
                "faxserver_settings": {"active": True, "name": f"Clinic {own}"},
            }
            for own, number in zip((7, 8, 9), ids, strict=True)
        ]
        result = run(client, SUBSCRIBERS, subscribers=entries, unmanaged=unmanaged)
        active = [client.get(f"/api/faxserversettings/{number}")["active"] for number in (7, 8, 9)]
    assert [fax_name(simulator, own) for own in (7, 8, 9)] == ["Clinic 7", "Clinic 8", "Clinic 9"]
    assert active == [True, True, True]
    stale = {own: number for own, number in zip((7, 8, 9), ids, strict=True) if own != number}
    assert {row["subscriber_id"]: row["stale_id"] for row in result.facts["renumbered"]} == stale


def test_two_entries_that_turn_out_to_be_about_one_subscriber(simulator: Simulator, new: int) -> None:
    by_id = {"subscriber_id": new, "faxserver_settings": {"name": "By id"}}
    with administrator(simulator) as client:
        failed = failure(client, SUBSCRIBERS, subscribers=[entry(), by_id])
    assert (
        failed.what == f"subscribers[0]: {NAME} (subscriber {new}) is named already at subscribers[1]; keep one "
        "entry of each subscriber"
    )
    assert (fax_name(simulator, OLD), fax_name(simulator, new)) == (None, None)


@pytest.mark.parametrize("only", [[str(OLD)], [OTHER], ["999"]])
def test_only_takes_either_name(simulator: Simulator, only: list[str]) -> None:
    with administrator(simulator) as client:
        if only == ["999"]:
            assert "There is no subscriber 999" in str(failure(client, SUBSCRIBERS, subscribers=[entry()], only=only))
        else:
            run(client, SUBSCRIBERS, subscribers=[entry(subscriber=OTHER)], only=only)
    assert fax_name(simulator, OLD) == (None if only == ["999"] else "Clinic")


def test_a_fax_is_sent_for_the_one_with_the_name(simulator: Simulator, new: int) -> None:
    with administrator(simulator) as client:
        activate(client, OLD, new)
        result = run(client, SEND, subscriber_id=OLD, subscriber=NAME, destination="431110002", content="Hello.")
        assert result.facts["subscriber_id"] == new
        assert client.remarks
        info = run(client, SETTINGS_INFO, subscribers=[{"subscriber_id": OLD, "external_id": "ext-new"}])
        assert [each["subscriber_id"] for each in info.facts["subscribers"]] == [new]


def test_an_external_id_that_two_have_is_that_of_the_one_with_the_id(simulator: Simulator) -> None:
    with administrator(simulator) as client:
        client.patch("/api/subscribers/8", [{"op": "replace", "path": "/external_id", "value": "ext-7"}])
        result = run(client, SUBSCRIBERS, subscribers=[entry(external_id="ext-7")], unmanaged="report")
    assert (result.facts["renumbered"], result.facts["names_not_verified"]) == ([], 0)
    assert (fax_name(simulator, OLD), fax_name(simulator, 8)) == ("Clinic", None)
