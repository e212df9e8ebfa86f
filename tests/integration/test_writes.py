# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that fail, or seem to: what is sent again, what of others' is kept, and what is said of what happened."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal import runner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LoginRefused,
    NoAnswer,
    Rejected,
    ServerFailed,
    SomeFailed,
    Unreachable,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import single
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import BulkRun
from tests.integration.conftest import requests
from tests.integration.test_fleet import Runs, by_id, planned, rows
from tests.simulator.client import Simulator, running

Options = dict[str, Any]
PATH = "/api/faxserversettings/3"
READ, WRITE = f"GET {PATH}", f"PATCH {PATH}"
BEFORE, OURS, THEIRS = (
    {"destination": f"{name}@example.org", "filetype": "PDF"} for name in ("before", "ours", "they")
)
ADD: Options = {"destinations": [OURS], "destinations_mode": "add"}
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}
CRASH = {"code": 500, "message": "faxserversettings could not be updated."}
# What comes back for a PATCH, beside that nothing does. `effect` is added where the server or a proxy can answer so
# after the write took effect.
SURELY_NOT: dict[str, Options] = {"429": {"status": 429, "headers": {"Retry-After": "2"}}}
PERHAPS: dict[str, Options] = {
    "503": {"status": 503, "headers": {"Retry-After": "2"}},
    "502": {"status": 502, "body": "<html>", "headers": HTML},
    "504": {"status": 504, "body": "<html>", "headers": HTML},
    "500 HTML": {"status": 500, "body": "<html>", "headers": HTML},
    "500 JSON": {"status": 500, "body": CRASH},
    "500 of a gateway": {"status": 500, "body": {"message": "An unexpected error occurred"}},
    "500 empty": {"status": 500},
    "408": {"status": 408, "body": {"code": 408, "message": "Timeout"}},
    "404 HTML": {"status": 404, "body": "<html>", "headers": HTML},
    "login page": {"status": 200, "body": "<html>Log in</html>", "headers": HTML},
    "cut JSON": {"status": 200, "body": '{"id":3,"active":tr', "headers": JSON},
    "a list": {"status": 200, "body": []},
    "nothing in it": {"status": 200, "body": {}},
    "another id": {"status": 200, "body": {"id": 4, "active": True, "destinations": []}},
    "a broken id": {"status": 200, "body": {"id": 1.5, "active": True, "destinations": []}},
    "a text for a list": {"status": 200, "body": {"id": 3, "active": True, "destinations": "x"}},
    "texts in a list": {"status": 200, "body": {"id": 3, "active": True, "destinations": ["x"]}},
    "500 without its fields": {"status": 500, "body": {"_links": {}, "id": 3}},
}
LOST: dict[str, Options] = {"reset": {"close": "before"}, "lost": {"close": "after"}, "cut off": {"close": "middle"}}
WITH_EFFECT = {f"{name}, done": {**fault, "effect": True} for name, fault in PERHAPS.items()}
ALL = {**SURELY_NOT, **PERHAPS, **WITH_EFFECT, **LOST}
TOOK_EFFECT = (*WITH_EFFECT, "lost", "cut off")


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Run these one after the other while the client waits for its next tries; it does not really wait."""
    events: list[Callable[[], object]] = []
    monkeypatch.setattr(concurrency, "pause", lambda *until: events.pop(0)() if events else None)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)
    return events


def break_patches(simulator: Simulator, *faults: Options, times: int | None = 1) -> None:
    simulator.control("PUT", "/faults", [{"method": "PATCH", "times": times, **fault} for fault in faults])


def make(simulator: Simulator, options: Options, resource: Any = FAXSERVER_SETTINGS, **connection: Any) -> Result:
    login = {"api_username": "administrator", "api_password": "administrator", "ca_path": simulator.ca_file}
    with Client(Connection(simulator.url, **{**login, **connection})) as client:
        return single.job_of(resource).execute(client, {"subscriber_id": 3, **options}, check_mode=False)


def change(simulator: Simulator, **changes: Any) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", changes)


def stored(simulator: Simulator) -> Options:
    held = simulator.control("GET", "/settings/faxserversettings/3")
    assert isinstance(held, dict)
    return held


def addresses(simulator: Simulator) -> list[str]:
    return sorted(entry["destination"].partition("@")[0] for entry in stored(simulator)["destinations"])


def writes(simulator: Simulator) -> int:
    return sum(line.startswith("PATCH") for run in requests(simulator) for line in run)


def outcome(facts: Options) -> tuple[bool, bool]:
    return facts["changed"], facts["applied"]


# What others write in between -----------------------------------------------------------------------------------------


def add_theirs(simulator: Simulator) -> None:
    change(simulator, destinations=[*stored(simulator)["destinations"], THEIRS])


@pytest.mark.parametrize("name", ALL)
def test_what_a_colleague_adds_before_the_next_try_is_kept(
    name: str, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    change(simulator, destinations=[BEFORE])
    break_patches(simulator, ALL[name])
    between.append(lambda: add_theirs(simulator))
    done = make(simulator, ADD)
    assert addresses(simulator) == ["before", "ours", "they"]
    assert (done.changed, done.facts["applied"], between) == (True, True, [])
    assert writes(simulator) == (1 if name in TOOK_EFFECT else 2)


def test_what_a_colleague_adds_is_kept_in_a_run_over_many(
    simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    run = Runs(simulator)
    faults = [{"path": f"settings/{one}$", **fault} for one, fault in enumerate(ALL.values(), start=1) if one <= 28]
    for one in range(1, 29):
        run.change(one, {"destinations": [BEFORE]})
    break_patches(simulator, *faults)

    def add() -> None:
        for one in range(1, 29):
            held = run.stored(one)["destinations"]
            if THEIRS["destination"] not in {entry["destination"] for entry in held}:
                run.change(one, {"destinations": [*held, THEIRS]})

    between.append(add)
    done = run(by_id(range(1, 29), faxserver_settings=ADD), workers=1)
    assert done.facts["totals"]["changed"] == 28
    for one in range(2, 29):
        assert len(run.stored(one)["destinations"]) == 3, one


@pytest.mark.parametrize(
    ("fault", "changed"), [(SURELY_NOT["429"], False), (PERHAPS["503"], True), (PERHAPS["500 JSON"], True)]
)
def test_somebody_else_does_it_meanwhile(
    fault: Options, changed: bool, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    break_patches(simulator, fault)
    between.append(lambda: change(simulator, name="N"))
    done = make(simulator, {"name": "N"})
    assert (done.changed, done.facts["applied"], bool(done.facts["patch"])) == (changed, changed, changed)
    assert writes(simulator) == 1


def test_a_failed_try_that_surely_wrote_nothing_is_not_shown(
    simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    break_patches(simulator, SURELY_NOT["429"])
    between.append(lambda: change(simulator, name="By hand"))
    done = make(simulator, {"name": "N", "t38": False})
    assert done.facts["before"] == {"name": "By hand", "t38": True}


@pytest.mark.parametrize(("name", "applied"), [("429", False), ("503", True)])
def test_a_reviewed_plan_counts_for_every_try(
    name: str, applied: bool, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    run = Runs(simulator)
    entries = by_id([3], faxserver_settings={"name": "N", "t38": True})
    plan = planned(run, entries)
    break_patches(simulator, ALL[name])
    between.append(lambda: change(simulator, t38=False))
    with pytest.raises(SomeFailed, match="t38 is to be changed, too") as caught:
        run(entries, plan=plan)
    row = rows(caught.value.facts)[3]
    assert (row["error"]["kind"], row["applied"], caught.value.facts["changed"]) == ("plan_outdated", applied, applied)
    assert ("A write before it may have taken effect" in row["error"]["msg"]) == applied
    assert run.counted["PATCH faxserversettings/ID"] == 1


def test_a_guard_counts_for_every_try(simulator: Simulator, between: list[Callable[[], object]]) -> None:
    run = Runs(simulator)
    break_patches(simulator, PERHAPS["503"])
    between.append(lambda: change(simulator, active=True))
    with pytest.raises(SomeFailed, match="was activated since the run began, and would be deactivated now"):
        run(by_id([3], faxserver_settings={"active": False, "name": "N"}), max_deactivations=0)
    assert stored(simulator)["active"] is True


# How often, and how long ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("name", [*SURELY_NOT, *PERHAPS, "reset"])
def test_a_write_that_never_succeeds(
    name: str, retries: int, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    break_patches(simulator, ALL[name], times=None)
    with pytest.raises(FaxError) as caught:
        make(simulator, ADD, retries=retries)
    assert writes(simulator) == 1 + retries
    surely_not = name in ("429", "500 JSON")
    assert outcome(caught.value.facts) == (not surely_not, not surely_not)
    assert [operation["path"] for operation in caught.value.facts["patch"]] == ["/destinations"]
    differ = "still differ in destinations"
    words = f"nothing was written, and they {differ}" if surely_not else f"{differ}; the write may still take effect"
    assert name == "429" or words in str(caught.value)


@pytest.mark.parametrize("name", [*TOOK_EFFECT])
def test_without_retries_a_write_that_took_effect_is_found_by_a_look(
    name: str, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    break_patches(simulator, ALL[name], times=None)
    done = make(simulator, {"name": "N"}, retries=0)
    assert (done.changed, done.facts["applied"], stored(simulator)["name"]) == (True, True, "N")
    assert [line for run in requests(simulator) for line in run][1:] == [READ, WRITE, READ]


@pytest.mark.parametrize("name", ["422", "422 cut", "redirect", "413"])
def test_what_is_refused_is_not_tried_again(
    name: str, simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    fault: Options = {
        "422": {"status": 422, "body": {"code": 422, "message": "No."}},
        "422 cut": {"status": 422, "body": '{"code":422,"message":"Validation fa', "headers": JSON},
        "redirect": {"status": 301, "headers": {"Location": "https://elsewhere.example.com/"}},
        "413": {"status": 413, "body": "<html>", "headers": HTML},
    }[name]
    break_patches(simulator, fault, times=None)
    with pytest.raises(FaxError) as caught:
        make(simulator, {"name": "N"})
    assert outcome(caught.value.facts) == (False, False)
    assert requests(simulator)[-1][1:] == [READ, WRITE]


def test_a_crash_is_tried_three_times_more_whatever_retries_says(
    simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    break_patches(simulator, PERHAPS["500 JSON"], times=None)
    with pytest.raises(ServerFailed):
        make(simulator, {"name": "N"}, retries=9)
    assert writes(simulator) == 4


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7, 7),
        ({"status": 503, "headers": {"Retry-After": "3600"}}, 60, 60),
        ({"status": 503, "headers": {"Retry-After": "x"}}, 0.25, 0.75),
        ({"status": 429, "headers": {"Retry-After": "0"}}, 0.25, 0.75),
        ({"status": 502, "headers": {"Retry-After": "7"}}, 0.25, 0.75),
        ({"status": 500, "body": CRASH}, 0.07, 0.23),
        ({"close": "before"}, 0.25, 0.75),
    ],
)
def test_how_long_a_next_try_waits(
    fault: Options, least: float, most: float, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 60.0)
    monkeypatch.setattr(concurrency, "pause", lambda seconds, *until: pauses.append(seconds))
    break_patches(simulator, fault)
    make(simulator, {"name": "N"})
    assert len(pauses) == 1
    assert least <= pauses[0] <= most


def test_a_wait_ends_with_the_program(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "BACKOFF", 3600)
    break_patches(simulator, {"status": 503})
    concurrency._ending.set()
    try:
        with pytest.raises(ServerFailed, match=r"was interrupted before another try\. A write before it may") as end:
            make(simulator, {"name": "N"})
    finally:
        concurrency.begin()
    assert (writes(simulator), outcome(end.value.facts)) == (1, (True, True))


# What is said of it ---------------------------------------------------------------------------------------------------


def test_a_lost_answer_and_then_a_refusal(simulator: Simulator, between: list[Callable[[], object]]) -> None:
    break_patches(simulator, LOST["reset"], {"status": 422, "body": {"code": 422, "message": "No."}})
    with pytest.raises(Rejected) as caught:
        make(simulator, {"name": "N"})
    assert outcome(caught.value.facts) == (True, True)
    assert "A write before it may have taken effect: look at the settings." in str(caught.value)


@pytest.mark.parametrize("what", ["a closed port", "another certificate"])
def test_a_lost_answer_and_then_no_connection(
    what: str, simulator: Simulator, between: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last try surely did nothing, an earlier one did it."""
    get = Client.get

    def meet(client: Client, *arguments: Any) -> Any:
        if writes(simulator) == 0:
            return get(client, *arguments)
        elsewhere = {"a closed port": "https://127.0.0.1:1", "another certificate": simulator.url}[what]
        trusted = None if what == "another certificate" else simulator.ca_file
        with Client(Connection(elsewhere, api_token="t", ca_path=trusted, retries=0)) as other:
            return get(other, *arguments)

    monkeypatch.setattr(Client, "get", meet)
    break_patches(simulator, LOST["lost"])
    with pytest.raises(Unreachable) as caught:
        make(simulator, {"name": "N"}, retries=2)
    assert (stored(simulator)["name"], outcome(caught.value.facts)) == ("N", (True, True))
    assert "A write before it may have taken effect: look at the settings." in str(caught.value)


@pytest.mark.parametrize(
    ("patch", "read", "kind", "words"),
    [
        (LOST["lost"], {"status": 200, "body": "<html>"}, NoAnswer, "could not be read afterwards: What answers at"),
        (
            PERHAPS["503"],
            {"status": 500, "body": "<html>"},
            ServerFailed,
            "could not be read afterwards: The server cr",
        ),
        (
            {"status": 204},
            {"status": 500, "body": "<html>"},
            ServerFailed,
            "accepted the write before it, which could not be",
        ),
        ({"status": 429}, {"status": 500, "body": "<html>"}, ServerFailed, "crashed and answered with an HTML"),
    ],
)
def test_what_came_of_a_write_cannot_be_read(
    patch: Options,
    read: Options,
    kind: type[FaxError],
    words: str,
    simulator: Simulator,
    between: list[Callable[[], object]],
) -> None:
    first = {"method": "GET", "path": PATH, "delay_ms": 1}
    then = {"method": "GET", "path": PATH, "times": None, **read}
    simulator.control("PUT", "/faults", [first, {"method": "PATCH", **patch}, then])
    with pytest.raises(kind, match=words) as caught:
        make(simulator, {"name": "N"})
    applied = patch != {"status": 429}
    assert outcome(caught.value.facts) == (applied, applied)
    assert writes(simulator) == 1


@pytest.mark.parametrize("later", [False, True])
def test_a_token_that_ends_and_a_login_that_fails(
    later: bool, simulator: Simulator, between: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the first PATCH, or of the look after it."""
    write = settings.write

    def end_token() -> None:
        simulator.control("POST", "/rotate_token_key")
        refusal = {"code": 403, "message": "Banned"}
        faults: list[Options] = [{"path": "/login_jwt", "times": None, "status": 403, "body": refusal}]
        simulator.control("PUT", "/faults", faults)

    def write_without(*arguments: Any) -> Any:
        if not later:
            end_token()
        return write(*arguments)

    monkeypatch.setattr(settings, "write", write_without)
    break_patches(simulator, LOST["lost"])
    between.append(end_token)
    with pytest.raises(LoginRefused) as caught:
        make(simulator, {"name": "N"})
    assert outcome(caught.value.facts) == (later, later)
    assert caught.value.fatal


def test_a_deletion_that_is_lost_and_a_login_that_fails(
    simulator: Simulator, between: list[Callable[[], object]], connection: dict[str, Any]
) -> None:
    """The login ends it, and the deletion may have been done all the same."""

    def end_token() -> None:
        simulator.control("POST", "/rotate_token_key")
        refusal = {"code": 403, "message": "Banned"}
        simulator.control("PUT", "/faults", [{"path": "/login_jwt", "status": 403, "body": refusal}])

    between.append(end_token)
    with Client(Connection(**connection)) as client:
        client.get(PATH)
        simulator.control("PUT", "/faults", [{"method": "DELETE", "close": "after"}])
        with pytest.raises(LoginRefused) as caught:
            client.delete("/api/faxes/5")
        assert (caught.value.perhaps_done, client.perhaps_wrote) == (True, True)


def test_a_500_that_holds_the_item_is_compared_like_any_answer(
    simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    item = {"_links": {"self": {"href": PATH}}, "id": 3, "active": False, "name": "N", "destinations": []}
    kept = {"status": 500, "body": item, "effect": True, "headers": {"Preference-Applied": "return=representation"}}
    break_patches(simulator, kept)
    assert make(simulator, {"name": "N"}).facts["applied"]
    assert writes(simulator) == 1
    change(simulator, name=None)
    break_patches(simulator, {"status": 500, "body": {**item, "name": "another"}}, times=None)
    with pytest.raises(Unverified, match="still holds something else in name"):
        make(simulator, {"name": "N2"})


@pytest.mark.parametrize("readable", [True, False])
def test_a_fault_of_this_program_after_the_write(
    readable: bool, simulator: Simulator, between: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, left = settings.checked, [0, 1] if readable else [0, 1, 1]

    def break_after(*arguments: Any) -> Any:
        if left and left.pop(0):
            raise AttributeError("s3cret")
        return checked(*arguments)

    monkeypatch.setattr(settings, "checked", break_after)
    if readable:
        assert make(simulator, {"name": "N"}).changed
        return
    with pytest.raises(FaxError) as caught:
        make(simulator, {"name": "N"})
    assert (caught.value.kind, outcome(caught.value.facts)) == ("fault", (True, True))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("writes_first", [True, False])
def test_a_fault_of_any_module_tells_whether_it_may_have_written(
    writes_first: bool, simulator: Simulator, connection: dict[str, Any]
) -> None:
    def run(client: Client, options: Any, check_mode: bool) -> Result:
        client.get(PATH)
        if writes_first:
            client.delete("/api/faxes/5")
        raise KeyError("s3cret")

    result = runner.run_here(Job(spec({}, lambda options: iter(()), selector=None), run, dict), connection, Client)
    assert (result["failed"], result["changed"], result["error"]) == (True, writes_first, {"kind": "fault"})
    assert "s3cret" not in json.dumps(result)


# A first run over a fresh platform ------------------------------------------------------------------------------------


def test_a_first_run_of_300_while_the_server_deadlocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fails, nobody is written more often than the server needs, and neighbours are not written at once."""
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)
    with running("--subscribers", 300, "--write-ms", 6) as simulator:
        simulator.control("PUT", "/options", {"deadlocks": True})
        everybody = range(31, 331)
        mail = {"active": True, "secret_key": "k3y-of-the-fleet"}
        done = Runs(simulator)(
            by_id(everybody, faxserver_settings={"active": True}, mailtofax_settings=mail), page_size=50
        )
        log = simulator.control("GET", "/log")["requests"]
        neighbours = simulator.control("GET", "/counters")["neighbours"]
    assert done.facts["totals"] == {"subscribers": 300, "unchanged": 0, "changed": 300, "failed": 0, "unmanaged": 0}
    answers: dict[str, list[int]] = {}
    for request in log:
        if request["method"] == "PATCH":
            answers.setdefault(request["path"], []).append(request["status"])
    assert len(answers) == 600
    for path, statuses in answers.items():
        if path.startswith("/api/faxserversettings/"):
            assert statuses in ([200], [500]), "it has written, whatever the status says"
        else:
            assert statuses == [500] * (len(statuses) - 1) + [200]
    assert sum(500 in statuses for statuses in answers.values()) >= 1
    assert neighbours == 0


def test_settings_that_exist_while_every_third_write_deadlocks(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer with the item that was sent needs no second PATCH; one that wrote nothing does."""
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)
    entries = by_id(range(1, 25), faxserver_settings={"name": "A"}, mailtofax_settings={"secret_key": "a"})
    Runs(simulator)(entries)
    simulator.control("PUT", "/options", {"deadlock_percent": 34})
    simulator.control("DELETE", "/log")
    entries = by_id(range(1, 25), faxserver_settings={"name": "B"}, mailtofax_settings={"secret_key": "b"})
    assert Runs(simulator)(entries).facts["totals"]["changed"] == 24
    patches = [one for one in simulator.control("GET", "/log")["requests"] if one["method"] == "PATCH"]
    fax = [one["status"] for one in patches if "faxserversettings" in one["path"]]
    mail = [one["status"] for one in patches if "mailtofaxsettings" in one["path"]]
    assert (len(fax), fax.count(500)) == (24, 8)
    assert (len(mail) - mail.count(500), mail.count(500) >= 8) == (24, True)


# What others overwrite before the end ---------------------------------------------------------------------------------


FAX_ADD = {"faxserver_settings": {"name": "N", **ADD}}
FAX_REMOVE = {"faxserver_settings": {"destinations": [BEFORE], "destinations_mode": "remove"}}
FAX_EXACT = {"faxserver_settings": {"name": "N", "destinations": [OURS]}}
MAIL = {"mailtofax_settings": {"active": True, "secret_key": "k3y", "secret_key_renew": "daily"}}


def with_mail(**more: Any) -> Options:
    return {"mailtofax_settings": {**MAIL["mailtofax_settings"], **more}}


MAIL_ADD = with_mail(acl=[{"from_email": "a@b.de"}], acl_mode="add")
NOTHING: Options = {"destinations": []}


@pytest.mark.parametrize(
    ("choice", "declared", "change", "reads", "lost"),
    [
        ("lists", FAX_ADD, NOTHING, 3, "destinations"),
        ("lists", FAX_ADD, {"destinations": [THEIRS, {**OURS, "incoming": False}]}, 3, "destinations"),
        ("lists", FAX_ADD, {"destinations": [THEIRS, OURS]}, 3, ""),
        ("lists", FAX_ADD, {"name": None, "destinations": []}, 3, "name, destinations"),
        ("lists", FAX_REMOVE, {"destinations": [BEFORE, THEIRS]}, 3, "destinations"),
        ("lists", FAX_REMOVE, {"destinations": [THEIRS]}, 3, ""),
        ("lists", FAX_EXACT, NOTHING, 1, ""),
        ("all", FAX_EXACT, NOTHING, 2, "destinations"),
        ("all", FAX_EXACT, {"t38": False}, 2, ""),
        ("none", FAX_ADD, NOTHING, 2, ""),
        ("all", MAIL, {"secret_key": "renewed"}, 3, ""),
        ("all", with_mail(update_secret_key="always"), {"secret_key": "renewed"}, 2, ""),
        ("all", MAIL, {"secret_key": "x", "secret_key_renew": "never"}, 3, "secret_key_renew"),
        ("all", with_mail(secret_key_renew="never"), {"secret_key": "x"}, 2, "secret_key"),
        ("lists", MAIL_ADD, {"secret_key": "renewed"}, 3, ""),
        ("lists", MAIL_ADD, {"acl": []}, 3, "acl"),
    ],
)
def test_what_is_overwritten_by_the_end_is_found(
    choice: str,
    declared: Options,
    change: Options,
    reads: int,
    lost: str,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = Runs(simulator)
    run.change(3, {"destinations": [BEFORE]})
    resource = "mailtofaxsettings" if "mailtofax_settings" in declared else "faxserversettings"
    before_the_end(monkeypatch, lambda: run.change(3, change, resource))
    if lost:
        with pytest.raises(SomeFailed, match=f"no longer held what is declared in {lost}") as caught:
            run(by_id([3], **declared), verify_at_end=choice, return_report=True)
        facts = caught.value.facts
        row = rows(facts)[3]
        assert (facts["changed"], row["applied"], row["status"]) == (True, True, "failed")
        assert (row["error"]["kind"], row["error"]["settings"]) == ("overwritten", next(iter(declared)))
        assert {each["kind"] for each in facts["report"]["rows"]} >= {"changed", "failed"}
    else:
        assert run(by_id([3], **declared), verify_at_end=choice).facts["totals"]["changed"] == 1
    assert run.counted[f"GET {resource}/ID"] == reads


def before_the_end(monkeypatch: pytest.MonkeyPatch, event: Callable[[], object]) -> None:
    """Let something happen after everything is written, and before it is read again."""
    verify = BulkRun.verify

    def verify_later(run: BulkRun) -> None:
        event()
        verify(run)

    monkeypatch.setattr(BulkRun, "verify", verify_later)


def test_many_are_read_by_pages_at_the_end(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Runs(simulator)
    before_the_end(monkeypatch, lambda: run.change(7, NOTHING))
    with pytest.raises(SomeFailed, match=r"1 of 28 subscribers failed. .*subscriber 7: faxserver"):
        run(by_id(range(1, 29), **FAX_ADD))
    assert (run.counted["GET faxserversettings/"], run.counted["GET faxserversettings/ID"]) == (12, 28)


@pytest.mark.parametrize("everybody", [range(1, 4), range(1, 29)], ids=["one by one", "pages"])
@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 401}], ids=["busy", "the login ended"])
def test_a_look_at_the_end_that_fails_says_what_was_done(
    answer: Options, everybody: range, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Runs(simulator)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)
    broken = [{"method": "GET", "path": "faxserversettings/", "times": None, **answer}]
    before_the_end(monkeypatch, lambda: simulator.control("PUT", "/faults", broken))
    with pytest.raises(SomeFailed, match="It was written; only the check at the end of the run") as caught:
        run(by_id(everybody, **FAX_ADD))
    totals = caught.value.facts["totals"]
    assert (totals["failed"], totals["subscribers"], caught.value.facts["changed"]) == (len(everybody),) * 2 + (True,)
    assert all(row["applied"] for row in caught.value.facts["subscribers"])


def test_of_two_writers_at_once_each_is_told_what_was_lost(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On two machines, which share no locks. Both are at their ends before either looks."""
    monkeypatch.setattr(locks, "held", lambda *name: nullcontext())
    simulator.control("PUT", "/options", {"write_ms": 20})
    written = threading.Barrier(2)
    before_the_end(monkeypatch, written.wait)
    ids = range(1, 21)

    def write(entry: Options) -> set[int]:
        declared = {"destinations": [entry], "destinations_mode": "add"}
        try:
            Runs(simulator)(by_id(ids, faxserver_settings=declared))
        except SomeFailed as error:
            return {one for one, row in rows(error.facts).items() if row["status"] == "failed"}
        return set()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(write, [OURS, THEIRS]))
    run = Runs(simulator)
    held = {one: {each["destination"] for each in run.stored(one)["destinations"]} for one in ids}
    lost = [{one for one in ids if entry["destination"] not in held[one]} for entry in (OURS, THEIRS)]
    assert told == lost


def test_a_secret_that_is_written_under_on_create_is_planned_anew(
    simulator: Simulator, between: list[Callable[[], object]]
) -> None:
    """Values set meanwhile by the platform or by somebody else are kept."""
    break_patches(simulator, SURELY_NOT["429"])
    theirs = {"secret_key": "theirs", "secret_key_renew": "daily"}
    between.append(lambda: simulator.control("PATCH", "/settings/mailtofaxsettings/3", theirs))
    make(simulator, {"active": True, "secret_key": "ours"}, MAILTOFAX_SETTINGS)
    held = simulator.control("GET", "/settings/mailtofaxsettings/3")
    assert (held["secret_key"], held["active"]) == ("theirs", True)
