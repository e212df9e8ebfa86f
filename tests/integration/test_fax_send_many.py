# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One document to many numbers, and never twice: what was posted is counted on the server."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    FaxFailed,
    FaxPending,
    LoginRefused,
    SomeFailed,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB
from tests.integration.conftest import BOTH_WAYS, PYTHON, Play, defaults, requests, wait_for_the_end
from tests.simulator.client import ROOT, Simulator

MODULE = "ngcp.fax.fax_send"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
OPTIONS = {
    **defaults(JOB.spec),
    "subscriber_id": 3,
    "content": "hello",
    "max_size": 1 << 26,
    "wait_timeout": 20.0,
    "poll_interval": 0.02,
}
LOST = {"method": "POST", "path": "/api/faxes/", "close": "after"}
NEVER_THERE = {"method": "POST", "path": "/api/faxes/", "close": "before"}
AGAIN = "It is over: run it again, what has arrived is not sent twice."
NUMBERS = ["43100001", "43100002", "43100003"]

Send = Callable[..., Result]


@pytest.fixture(autouse=True)
def active(simulator: Simulator) -> None:
    """Subscriber 3 may send."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})


@pytest.fixture
def send(connection: dict[str, Any]) -> Send:
    """The module's function, without Ansible."""

    def run(check_mode: bool = False, **options: Any) -> Result:
        with Client(Connection(**connection), read_only=check_mode) as client:
            return JOB.execute(client, {**OPTIONS, **options}, check_mode)

    return run


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    return tmp_path / "receipt.json"


def posted(simulator: Simulator) -> list[str]:
    """The numbers that faxes were posted to, each as often as it was."""
    listed = simulator.control("GET", "/faxes")
    return sorted(fax["destination"] for fax in (*listed["journal"], *listed["queued"]) if fax["destination"])


def hold_back(simulator: Simulator) -> None:
    """No fax gets into the journal by itself from now on."""
    simulator.control("PUT", "/options", {"fax_delay_ms": 10_000_000})


def enter(simulator: Simulator, callee: str, **fields: Any) -> None:
    """A sent fax of subscriber 3 gets into the journal now."""
    now = simulator.control("GET", "/clock")["now"]
    fax = {"subscriber_id": 3, "direction": "out", "caller": "4311000003", "callee": callee, "time": now}
    simulator.control("POST", "/faxes", {**fax, "status": "SUCCESS", **fields})


def states(rows: list[dict[str, Any]]) -> dict[str, tuple[str, bool]]:
    return {row["destination"]: (row["state"], row["changed"]) for row in rows}


def failure(send: Send, **options: Any) -> FaxError:
    with pytest.raises(FaxError) as caught:
        send(**options)
    return caught.value


def test_a_document_to_many_in_a_playbook(play: Play, simulator: Simulator, tmp_path: Path, receipt: Path) -> None:
    document = tmp_path / "notice.pdf"
    document.write_bytes(PDF)
    options = {"subscriber_id": 3, "src": "notice.pdf", "poll_interval": 0.05, "receipt": str(receipt)}
    task = {MODULE: {**options, "destinations": [*NUMBERS, "43100099"]}, "ignore_errors": True}
    played = play([{"name": "check", **task, "check_mode": True}, {"name": "run", **task}, {"name": "again", **task}])
    assert states(played["check"]["faxes"]) == dict.fromkeys((*NUMBERS, "43100099"), ("not_sent", True))
    first, second = played["run"], played["again"]
    assert states(first["faxes"]) == {**dict.fromkeys(NUMBERS, ("sent", True)), "43100099": ("failed", True)}
    assert states(second["faxes"]) == {**dict.fromkeys(NUMBERS, ("sent", False)), "43100099": ("failed", True)}
    assert first["changed"]
    for result in (played.failure("run"), played.failure("again")):
        assert result == f"The fax to 43100099 failed: FAILED, User busy. {AGAIN}"
    assert first["faxes"][3]["error"]["msg"] == played.failure("run")
    assert posted(simulator) == sorted([*NUMBERS, "43100099", "43100099"])
    sent = simulator.control("GET", "/faxes")["journal"][-1]
    assert sent["sha256"] == hashlib.sha256(PDF).hexdigest()


def test_two_that_fail_are_both_named_and_do_not_stop_the_rest(send: Send, simulator: Simulator) -> None:
    error = failure(send, destinations=["43100099", *NUMBERS, "43100098"], workers=2)
    assert isinstance(error, SomeFailed)
    assert str(error) == (
        "2 of 5 faxes did not arrive, or it is not known. The fax to 43100099 failed: FAILED, User busy. It is over: "
        "send it again. The fax to 43100098 failed: FAILED, No answer. It is over: send it again."
    )
    assert [row["state"] for row in error.facts["faxes"]] == ["failed", "sent", "sent", "sent", "failed"]
    assert len(posted(simulator)) == 5


def test_at_most_as_many_at_once_as_workers(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    numbers = [f"4310{number:04}" for number in range(10)]
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destinations=numbers, workers=3)
        most = 0
        for _number in numbers:
            while not (queued := simulator.control("GET", "/faxes")["queued"]):
                pass
            most = max(most, len(queued))
            simulator.control("PUT", "/faxes/queued", {"place": 0})
        assert states(result.result().facts["faxes"]) == dict.fromkeys(numbers, ("sent", True))
    assert most <= 3


def test_a_refused_login_is_tried_once_for_all(simulator: Simulator, connection: dict[str, Any]) -> None:
    client = Client(Connection(**{**connection, "api_password": "wrong"}))
    with client, pytest.raises(LoginRefused):
        JOB.execute(client, {**OPTIONS, "destinations": NUMBERS}, check_mode=False)
    assert requests(simulator) == [["POST /login_jwt"]]


def test_a_login_that_is_refused_in_the_middle_stops_the_rest(send: Send, simulator: Simulator) -> None:
    banned = {"path": "/api/faxes/", "method": "POST", "status": 403, "body": {"code": 403, "message": "Banned"}}
    simulator.control("PUT", "/faults", [{**banned, "times": None}])
    error = failure(send, destinations=NUMBERS, workers=1)
    assert isinstance(error, LoginRefused)
    assert [row["error"]["kind"] for row in error.facts["faxes"]] == ["login_refused", "not_tried", "not_tried"]
    assert [row["state"] for row in error.facts["faxes"]] == ["not_sent"] * 3
    assert sum(line == "POST /api/faxes/" for run in requests(simulator) for line in run) == 1


# Two faxes to the same number -----------------------------------------------------------------------------------------


def test_two_faxes_to_one_number_at_the_same_moment_find_their_own_entries(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    with ThreadPoolExecutor(2) as pool:
        running = {text: pool.submit(send, destination="43100001", content=text) for text in ("one", "two")}
        for status in ("SUCCESS", "FAILED"):
            while not simulator.control("GET", "/faxes")["queued"]:
                pass
            simulator.control("PUT", "/faxes/queued", {"place": 0, "status": status})
        found = {}
        for text, future in running.items():
            error = future.exception()
            assert error is None or isinstance(error, FaxFailed)
            found[text] = (error.facts if isinstance(error, FaxError) else future.result().facts)["journal_entry"]["id"]
    journal = {fax["id"]: fax for fax in simulator.control("GET", "/faxes")["journal"]}
    assert {text: journal[fax_id]["data"] for text, fax_id in found.items()} == {"one": "one", "two": "two"}


def test_an_entry_of_another_destination_is_not_taken_for_a_rewritten_one(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    # The server makes 49...97 of 43...97; the other one ends in the same four digits.
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destinations=["4312340197", "0201990197"], workers=2)
        while len(simulator.control("GET", "/faxes")["queued"]) < 2:
            pass
        for number in ("0201990197", "4312340197"):
            simulator.control("PUT", "/faxes/queued", {"destination": number})
        rows = {row["destination"]: row["journal_entry"]["callee"] for row in result.result().facts["faxes"]}
    assert rows == {"4312340197": "4912340197", "0201990197": "49201990197"}


def test_outcomes_of_numbers_that_end_alike_are_not_swapped(send: Send, simulator: Simulator) -> None:
    """Both were rewritten, both end in 1234: each entry differs from its own number in the prefix only."""
    hold_back(simulator)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destinations=["015551234", "0732991234"], workers=2)
        while len(simulator.control("GET", "/faxes")["queued"]) < 2:
            pass
        for callee, status in (("43732991234", "SUCCESS"), ("4315551234", "FAILED")):
            looks = len(simulator.control("GET", "/log")["requests"])
            while len(simulator.control("GET", "/log")["requests"]) < looks + 10:
                pass
            enter(simulator, callee, status=status)
        error = result.exception()
    assert isinstance(error, FaxFailed)
    assert states(error.facts["faxes"]) == {"015551234": ("failed", True), "0732991234": ("sent", True)}


def test_a_fax_from_elsewhere_that_ends_alike_is_not_taken(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destination="015551234", wait_timeout=0.5)
        while not simulator.control("GET", "/faxes")["queued"]:
            pass
        enter(simulator, "4930991234")
        assert isinstance(result.exception(), FaxPending)


def test_one_look_takes_the_number_itself_only(send: Send, simulator: Simulator, receipt: Path) -> None:
    hold_back(simulator)
    options = {"destination": "06641234567", "receipt": str(receipt)}
    send(**options, wait=False)
    enter(simulator, "436641234567")
    assert send(**options, wait=False).facts["state"] == "queued"
    assert send(**options).facts["state"] == "sent"


def test_of_two_documents_to_one_number_each_has_its_own_outcome(
    send: Send, simulator: Simulator, receipt: Path
) -> None:
    hold_back(simulator)
    options = {"destination": "43100001", "receipt": str(receipt), "wait": False}
    for text in ("one", "two"):
        send(**options, content=text)
    for status in ("FAILED", "SUCCESS"):
        simulator.control("PUT", "/faxes/queued", {"place": 0, "status": status})
    assert send(**options, content="two").facts["state"] == "sent"
    assert send(check_mode=True, **options, content="one").facts["state"] == "not_sent"
    assert posted(simulator) == ["43100001"] * 2


def test_an_entry_from_days_after_is_another_fax(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/faults", [NEVER_THERE])
    options = {"destination": "43100001", "receipt": str(receipt)}
    failure(send, **options, wait=False)
    simulator.control("PUT", "/clock", {"advance": 3 * 86400})
    enter(simulator, "43100001")
    assert isinstance(failure(send, **options, wait_timeout=0.1), Uncertain)
    simulator.control("PUT", "/clock", {"advance": -3 * 86400})


# Receipts -------------------------------------------------------------------------------------------------------------


def test_a_second_run_sends_only_what_is_missing(send: Send, simulator: Simulator, receipt: Path) -> None:
    send(destinations=NUMBERS[:2], receipt=str(receipt))
    again = send(destinations=NUMBERS, receipt=str(receipt))
    assert states(again.facts["faxes"]) == {
        NUMBERS[0]: ("sent", False),
        NUMBERS[1]: ("sent", False),
        NUMBERS[2]: ("sent", True),
    }
    assert posted(simulator) == NUMBERS
    # Written another way it is the same number; another text, or another subscriber, is another fax.
    assert not send(destination="4310-0001", receipt=str(receipt)).changed
    assert send(destination="43100001", content="another", receipt=str(receipt)).changed


def test_check_mode_writes_no_receipt_and_predicts(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    assert states(send(check_mode=True, destinations=NUMBERS, receipt=str(receipt)).facts["faxes"]) == dict.fromkeys(
        NUMBERS, ("not_sent", True)
    )
    assert not receipt.exists()


def test_what_was_queued_is_looked_for_and_not_sent_again(send: Send, simulator: Simulator, receipt: Path) -> None:
    hold_back(simulator)
    options = {"destination": "43100001", "receipt": str(receipt)}
    assert send(**options, wait=False).facts["state"] == "queued"
    assert (send(**options, wait=False).facts["state"], send(**options, wait=False).changed) == ("queued", False)
    assert isinstance(failure(send, **options, wait_timeout=0.05), FaxPending)
    simulator.control("PUT", "/faxes/queued", {"place": 0})
    done = send(**options, wait=False)
    assert (done.facts["state"], done.changed, done.facts["journal_entry"]["callee"]) == ("sent", False, "43100001")
    assert posted(simulator) == ["43100001"]


def test_a_fax_that_failed_is_sent_again_by_the_next_run(send: Send, simulator: Simulator, receipt: Path) -> None:
    hold_back(simulator)
    options = {"destination": "43100001", "receipt": str(receipt), "wait": False}
    send(**options)
    simulator.control("PUT", "/faxes/queued", {"place": 0, "status": "FAILED"})
    assert send(**options, check_mode=True).facts["state"] == "not_sent"
    assert send(**options).facts == {
        "subscriber_id": 3,
        "subscriber": None,
        "destination": "43100001",
        "state": "queued",
        "attempts": 1,
    }
    assert posted(simulator) == ["43100001", "43100001"]


RUN = """
import json, sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import send
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection

connection, options = json.loads(sys.argv[1])
send.JOB.execute(Client(Connection(**connection)), options, check_mode=False)
"""
KILLED = """
import json, os, signal, sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import receipts, send
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection

connection, options, state = json.loads(sys.argv[1])
put = receipts.Receipts.put

def die(self, receipt):
    if receipt.state == state:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, receipt)

receipts.Receipts.put = die
send.JOB.execute(Client(Connection(**connection)), options, check_mode=False)
"""


def killed(connection: dict[str, Any], state: str, **options: Any) -> None:
    """Send in a process that is killed just before its receipt would say `state`."""
    arguments = json.dumps([connection, {**OPTIONS, **options}, state])
    ended = subprocess.run([sys.executable, "-c", KILLED, arguments], cwd=ROOT, check=False)
    assert ended.returncode == -9


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_killed_between_post_and_receipt_nothing_is_sent_twice(
    state: str, send: Send, simulator: Simulator, receipt: Path, connection: dict[str, Any]
) -> None:
    options = {"destination": "43100001", "receipt": str(receipt)}
    killed(connection, state, **options)
    assert posted(simulator) == ["43100001"]
    again = send(**options)
    assert (again.facts["state"], again.changed, again.facts["attempts"]) == ("sent", False, 0)
    assert posted(simulator) == ["43100001"]


def test_killed_before_the_receipt_was_written_nothing_was_sent(
    send: Send, simulator: Simulator, receipt: Path, connection: dict[str, Any]
) -> None:
    killed(connection, "sending", destination="43100001", receipt=str(receipt))
    assert posted(simulator) == []
    assert send(destination="43100001", receipt=str(receipt)).facts["attempts"] == 1


def test_every_byte_of_half_a_receipt_is_refused(send: Send, simulator: Simulator, receipt: Path) -> None:
    send(destinations=NUMBERS, receipt=str(receipt))
    whole = receipt.read_bytes()
    half = whole[: len(whole) // 2]
    receipt.write_bytes(half)
    error = failure(send, destinations=NUMBERS, receipt=str(receipt))
    assert isinstance(error, BadOption)
    assert str(error).startswith(f"receipt: '{receipt}' is damaged or not a receipt of ngcp.fax")
    assert receipt.read_bytes() == half
    assert posted(simulator) == NUMBERS


def test_a_receipt_of_another_server_is_refused(send: Send, simulator: Simulator, receipt: Path) -> None:
    send(destination="43100001", receipt=str(receipt))
    receipt.write_text(receipt.read_text().replace(simulator.url, "https://other.example:1443"))
    error = failure(send, destination="43100002", receipt=str(receipt))
    assert f"is about faxes sent by https://other.example:1443, and api_url is {simulator.url}" in str(error)
    assert posted(simulator) == ["43100001"]


def test_a_receipt_that_cannot_be_written_is_said_before_anything_is_sent(
    send: Send, simulator: Simulator, tmp_path: Path
) -> None:
    error = failure(send, destination="43100001", receipt=str(tmp_path / "missing" / "receipt.json"))
    assert str(error).startswith(f"receipt: the folder '{tmp_path / 'missing'}' does not exist.")
    assert requests(simulator) == []


def test_processes_with_other_temporary_folders_share_a_receipt(
    simulator: Simulator, receipt: Path, connection: dict[str, Any], tmp_path: Path
) -> None:
    """As a service with a temporary folder of its own, or in a container, has one."""
    options = json.dumps([connection, {**OPTIONS, "destinations": NUMBERS, "receipt": str(receipt)}])
    processes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        environment = {**os.environ, "TMPDIR": str(tmp_path / name)}
        processes.append(subprocess.Popen([sys.executable, "-c", RUN, options], cwd=ROOT, env=environment))
    assert [process.wait() for process in processes] == [0, 0]
    assert posted(simulator) == NUMBERS


def test_two_runs_with_one_receipt_wait_for_each_other(send: Send, simulator: Simulator, receipt: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _run: send(destinations=NUMBERS, receipt=str(receipt)), range(4)))
    assert sum(result.changed for result in results) == 1
    assert posted(simulator) == NUMBERS


# Lost answers ---------------------------------------------------------------------------------------------------------


def test_the_journal_decides_about_a_lost_answer(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/faults", [LOST])
    result = send(destinations=NUMBERS, receipt=str(receipt), workers=1)
    assert states(result.facts["faxes"]) == dict.fromkeys(NUMBERS, ("sent", True))
    assert posted(simulator) == NUMBERS


@pytest.mark.parametrize("with_receipt", [True, False])
def test_if_the_journal_cannot_decide_it_fails_for_that_one(
    with_receipt: bool, send: Send, simulator: Simulator, receipt: Path
) -> None:
    simulator.control("PUT", "/options", {"fax_delay_ms": 0})
    simulator.control("PUT", "/faults", [NEVER_THERE])
    options = {"receipt": str(receipt)} if with_receipt else {}
    error = failure(send, destinations=NUMBERS, workers=1, wait_timeout=0.5, **options)
    assert isinstance(error, Uncertain)
    assert str(error).startswith("It is not known whether the fax to 43100001 was sent: The connection to ")
    assert ("run again with on_uncertain: resend or assume_sent" in str(error)) == with_receipt
    assert states(error.facts["faxes"])["43100001"] == ("uncertain", True)
    assert posted(simulator) == NUMBERS[1:]
    if with_receipt:
        again = failure(send, destinations=NUMBERS, wait=False, **options)
        assert "was sent: the request of 20" in str(again)
        assert not again.facts["changed"]
        assert posted(simulator) == NUMBERS[1:]


def test_uncertain_resend(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/options", {"fax_delay_ms": 0})
    simulator.control("PUT", "/faults", [NEVER_THERE])
    options = {"destination": "43100001", "receipt": str(receipt), "wait_timeout": 0.5}
    result = send(**options, on_uncertain="resend")
    assert (result.facts["state"], result.facts["attempts"]) == ("sent", 2)
    # Not for ever: a second lost answer is enough.
    simulator.control("PUT", "/faults", [{**NEVER_THERE, "times": None}])
    error = failure(send, destination="43100002", wait_timeout=0.05, on_uncertain="resend")
    assert (error.kind, error.facts["attempts"]) == ("uncertain", 2)


def test_uncertain_assume_sent(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/faults", [NEVER_THERE])
    options = {"destination": "43100001", "receipt": str(receipt)}
    failure(send, **options, wait_timeout=0.05)
    assumed = send(**options, wait=False, on_uncertain="assume_sent")
    assert (assumed.facts["state"], assumed.facts["assumed"], assumed.changed) == ("sent", True, False)
    assert send(**options).facts["assumed"]
    assert posted(simulator) == []


def test_resend_does_not_mean_at_once_if_nobody_looks(send: Send, simulator: Simulator, receipt: Path) -> None:
    simulator.control("PUT", "/faults", [LOST])
    options = {"destination": "43100001", "receipt": str(receipt), "on_uncertain": "resend", "wait": False}
    assert isinstance(failure(send, **options), Uncertain)
    assert posted(simulator) == ["43100001"]


REFUSAL = '{"code":422,"message":"Validation failed."}'
UNSURE = [
    {"status": 200},
    {"status": 204},
    {"status": 400, "body": "<html>Bad Request</html>"},
    {"status": 403, "body": "<html>Forbidden</html>"},
    {"status": 499, "body": ""},
    {"status": 500, "body": {"code": 500, "message": "Internal Server Error"}},
    {"status": 500, "body": "<html>"},
    {"status": 502, "body": "<html>"},
    {"status": 503, "body": ""},
    {"status": 503, "body": {"code": 503, "message": "Service Unavailable"}},
    {"status": 408, "body": {"code": 408, "message": "Request Timeout"}},
    {"status": 407, "body": ""},
    {"status": 404, "body": "<html>Not Found</html>"},
    {"status": 422, "body": REFUSAL, "headers": {"Content-Type": "text/html"}},
    {"status": 400, "body": REFUSAL, "headers": {"Content-Type": "application/problem+json"}},
    {"status": 403, "body": REFUSAL, "headers": {"Content-Type": "text/plain; charset=utf-8"}},
]


@pytest.mark.parametrize("answer", UNSURE, ids=lambda answer: f"{answer['status']} {answer.get('body')}"[:20])
def test_what_is_not_surely_refused_is_uncertain(
    answer: dict[str, Any], send: Send, simulator: Simulator, receipt: Path
) -> None:
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", **answer}])
    error = failure(send, destination="43100001", receipt=str(receipt), wait=False)
    assert (error.kind, error.facts["state"]) == ("uncertain", "uncertain")


SURE = [
    {"status": 403, "body": {"code": 403, "message": "Invalid license"}},
    {"status": 400, "body": {"code": 400, "message": "Bad Request"}},
    {"status": 401, "body": "Authorization required."},
    {"status": 413, "body": "<html>"},
    {"status": 422, "body": '{"code":422,"message":"Validation fa', "headers": {"Content-Type": "application/json"}},
    {"status": 422, "body": {"code": 422, "message": "Validation failed."}},
    {"status": 422, "body": REFUSAL, "headers": {"Content-Type": "application/hal+json; charset=utf-8"}},
    {"status": 429, "body": ""},
    {"status": 301, "headers": {"Location": "https://elsewhere.example/api/faxes/"}},
]


@pytest.mark.parametrize("answer", SURE, ids=lambda answer: str(answer["status"]))
def test_what_is_surely_refused_is_sent_by_the_next_run(
    answer: dict[str, Any], send: Send, simulator: Simulator, receipt: Path
) -> None:
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", **answer}])
    error = failure(send, destination="43100001", receipt=str(receipt))
    assert (error.facts["state"], error.facts["changed"]) == ("not_sent", False)
    assert send(destination="43100001", receipt=str(receipt)).facts["attempts"] == 1
    assert posted(simulator) == ["43100001"]


# Trying again ---------------------------------------------------------------------------------------------------------


def test_busy_is_tried_again_as_often_as_asked_for(send: Send, simulator: Simulator) -> None:
    error = failure(send, destination="43100099", retry_failed=2, retry_pause=0.01)
    assert (error.kind, error.facts["attempts"]) == ("fax_failed", 3)
    assert posted(simulator) == ["43100099"] * 3


def test_busy_and_then_free(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destination="43100001", retry_failed=1, retry_pause=0.01)
        for outcome in ({"status": "FAILED", "reason": "Normal Clearing / SIP 486 Busy Here"}, {"status": "SUCCESS"}):
            while not simulator.control("GET", "/faxes")["queued"]:
                pass
            simulator.control("PUT", "/faxes/queued", {"place": 0, **outcome})
        facts = result.result().facts
    assert (facts["state"], facts["attempts"], facts["journal_entry"]["status"]) == ("sent", 2, "SUCCESS")


def test_what_another_try_does_not_mend_is_not_tried_again(send: Send, simulator: Simulator) -> None:
    hold_back(simulator)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(send, destination="43100001", retry_failed=3, retry_pause=0.01)
        while not simulator.control("GET", "/faxes")["queued"]:
            pass
        simulator.control("PUT", "/faxes/queued", {"place": 0, "status": "FAILED", "reason": "No such number"})
        assert isinstance(result.exception(), FaxFailed)
    assert posted(simulator) == ["43100001"]


# Documents ------------------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, bytes, str]] = [
    ("page.pdf", b"no\x00", "holds neither PDF, TIFF, PostScript nor a text in UTF-8"),
    ("image.tif", b"\x89PNG\r\n\x1a\n", "holds neither PDF, TIFF, PostScript nor a text in UTF-8"),
    ("latin.txt", "Öst".encode("latin-1"), "holds neither PDF, TIFF, PostScript nor a text in UTF-8"),
    ("report.pdf", b"<!DOCTYPE html>\n<html>Log in</html>", "holds an HTML page, perhaps of an error instead of the"),
    (
        "notice.pdf",
        b"Not found.\n",
        "is named as PDF and begins as text. Look at it: it may be the text of an error",
    ),
    ("big.txt", b"x" * 2001, "is larger than 2000 bytes. Send a smaller document, or raise max_size."),
]


@pytest.mark.parametrize(("name", "content", "sentence"), WRONG, ids=[wrong[0] for wrong in WRONG])
def test_a_document_is_looked_at_before_any_request(
    name: str, content: bytes, sentence: str, send: Send, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = failure(send, destination="431", content=None, src=str(path), max_size=2000)
    assert str(error).startswith(f"src: '{path}' {sentence}")
    assert requests(simulator) == []


def test_with_force_it_is_sent_all_the_same(send: Send, simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(b"<html>no</html>\x00")
    assert send(destination="43100001", content=None, src=str(path), force=True).facts["state"] == "sent"
    assert failure(send, destination="43100002", content="<html>no</html>").kind == "bad_option"
    assert send(destination="43100002", content="<html>no</html>", force=True).facts["state"] == "sent"
    assert posted(simulator) == NUMBERS[:2]


@pytest.mark.parametrize("content", [PDF, b"II*\x00rest", b"MM\x00*rest", b"%!PS-Adobe-3.0\n", "Grüße\n".encode()])
def test_documents_of_every_kind_arrive_as_they_are(
    content: bytes, send: Send, simulator: Simulator, tmp_path: Path
) -> None:
    hold_back(simulator)
    path = tmp_path / "document.bin"
    path.write_bytes(content)
    send(destination="43100001", content=None, src=str(path), wait=False)
    fax = simulator.control("GET", "/faxes")["queued"][0]
    assert fax["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_large_document_is_never_in_memory(send: Send, simulator: Simulator, tmp_path: Path) -> None:
    hold_back(simulator)
    path = tmp_path / "large.pdf"
    path.write_bytes(b"%PDF-1.4\n" + b"0123456789abcde\n" * (1 << 20))
    tracemalloc.start()
    try:
        send(destination="43100001", content=None, src=str(path), wait=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 4
    fax = simulator.control("GET", "/faxes")["queued"][0]
    assert fax["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_renewed_token_sends_the_whole_document_again(send: Send, simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "notice.pdf"
    path.write_bytes(PDF)
    expired = {"method": "POST", "path": "/api/faxes/", "status": 403, "body": {"code": 403, "message": "Invalid user"}}
    simulator.control("PUT", "/faults", [expired])
    assert send(destination="43100001", content=None, src=str(path)).facts["attempts"] == 1
    assert posted(simulator) == ["43100001"]
    assert sum(line == "POST /login_jwt" for run in requests(simulator) for line in run) == 2


def test_an_interrupted_run_does_not_wait_for_the_faxes(simulator: Simulator, connection: dict[str, Any]) -> None:
    """Ctrl-C reaches a process that waits for the outcome of several faxes: it ends, and they are not cancelled."""
    hold_back(simulator)
    options = {**OPTIONS, "destinations": NUMBERS, "wait_timeout": 86400.0, "poll_interval": 86400.0}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, json.dumps([connection, options])], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        looks = 0
        while looks < 2 * len(NUMBERS):  # one before each fax, one after it
            log = simulator.control("GET", "/log")["requests"]
            looks = sum(request["method"] == "GET" and request["path"] == "/api/faxes/" for request in log)
        process.send_signal(2)
        _output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in errors
    assert posted(simulator) == NUMBERS


def test_many_threads_write_one_receipt(receipt: Path, simulator: Simulator) -> None:
    """Every receipt of many workers is in the file in the end."""
    start = threading.Barrier(4)

    def put(kept: receipts.Receipts, number: int) -> None:
        start.wait()
        kept.put(receipts.Receipt("a" * 64, 3, str(number), "sent", "2026-11-24T00:00:00+00:00", 0))

    with receipts.opened(receipt, simulator.url, read_only=False) as kept, ThreadPoolExecutor(4) as pool:
        list(pool.map(put, [kept] * 4, range(4)))
    with receipts.opened(receipt, simulator.url, read_only=True) as kept:
        assert all(kept.get("a" * 64, 3, str(number)) for number in range(4))


@BOTH_WAYS
def test_nothing_is_posted_after_ansible_was_killed(
    in_process: bool,
    simulator: Simulator,
    connection: dict[str, Any],
    ansible_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """`kill -9` of Ansible alone while the first fax is on its way: the process that sends it lives on."""
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "delay_ms": 1000}])
    options = {"subscriber_id": 3, "content": "hello", "wait": False, "workers": 1, **connection}
    numbers = [f"4310{number:04}" for number in range(8)]
    task = {MODULE: {**options, "destinations": numbers}, "vars": {"ngcp_fax_in_process": in_process}}
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    with subprocess.Popen(
        [PYTHON, "-m", "ansible.cli.playbook", str(playbook)],
        env=ansible_environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not simulator.control("GET", "/counters")["writes"]:
            assert process.poll() is None
        process.kill()
    wait_for_the_end(ansible_environment)
    assert posted(simulator) == numbers[:1]
