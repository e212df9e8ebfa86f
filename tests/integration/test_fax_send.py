# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a fax: once, and with its own outcome; what the server got is looked at on its side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxFailed,
    FaxPending,
    Rejected,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB
from tests.integration.conftest import BOTH_WAYS, Play, defaults, requests
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_send"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
OPTIONS = defaults(JOB.spec) | {
    "subscriber_id": 3,
    "content": "hello",
    "max_size": 1 << 26,
    "wait_timeout": 20.0,
    "poll_interval": 0.02,
}


@contextmanager
def under_way(connection: dict[str, Any], simulator: Simulator, **options: Any) -> Iterator[Future[Result]]:
    """A fax to 43100001 that was posted and never comes into the journal by itself; the test enters what it wants."""
    simulator.control("PUT", "/options", {"fax_delay_ms": 10_000_000})
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(run, connection, destination="43100001", **options)
        while not (sent(simulator, "43100001") or result.done()):
            pass
        yield result


@pytest.fixture(autouse=True)
def active(simulator: Simulator) -> None:
    """Subscriber 3 may send."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "Bericht Öst.pdf"
    path.write_bytes(PDF)
    return path


def sent(simulator: Simulator, destination: str) -> list[dict[str, Any]]:
    """Return the fax posted to a number, as the server received it."""
    return [fax for fax in posted(simulator) if fax["destination"] == destination]


def posted(simulator: Simulator) -> list[dict[str, Any]]:
    """Everything that was posted, oldest first: waiting, or over."""
    faxes = simulator.control("GET", "/faxes")
    return [fax for fax in (*faxes["journal"], *faxes["queued"]) if fax["filename"] or fax["data"]]


def run(connection: dict[str, Any], **options: Any) -> Result:
    """The module's function, without Ansible."""
    with Client(Connection(**connection)) as client:
        return JOB.execute(client, {**OPTIONS, **options}, check_mode=False)


@BOTH_WAYS
def test_a_document_is_sent_and_waited_for(play: Play, simulator: Simulator, document: Path) -> None:
    options = {"subscriber": "user3@d1.example.org", "destination": "43199001", "poll_interval": 0.05}
    played = play(
        [
            {"name": "predicted", MODULE: {**options, "src": str(document)}, "check_mode": True},
            {"name": "sent", MODULE: {**options, "src": str(document)}},
            {"name": "beside the playbook", MODULE: {**options, "src": document.name}},
            {"name": "on the host", MODULE: {**options, "src": str(document), "remote_src": True}},
            {"name": "text", MODULE: {**options, "content": "Guten Tag, Öst", "wait": False}},
        ]
    )
    assert played.code == 0, played.output
    predicted, done = played["predicted"], played["sent"]
    assert (predicted["changed"], predicted["state"], predicted.get("journal_entry")) == (True, "not_sent", None)
    assert (done["changed"], done["state"], done["journal_entry"]["status"]) == (True, "sent", "SUCCESS")
    assert done["journal_entry"]["callee"] == "43199001"
    assert (done["subscriber_id"], done["subscriber"]) == (3, "user3@d1.example.org")
    assert played["text"]["state"] == "queued"
    uploads = sent(simulator, "43199001")
    assert [fax["sha256"] for fax in uploads[:3]] == [hashlib.sha256(PDF).hexdigest()] * 3
    assert [fax["data"] for fax in uploads[3:]] == ["Guten Tag, Öst"]
    # Check mode sends none.
    assert sum(run.count("POST /api/faxes/") for run in requests(simulator)) == 4


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"src": "nosuch.pdf"}, "src: 'nosuch.pdf' cannot be found or read. Give an existing file"),
    ({"src": "/nosuch.pdf", "remote_src": True}, "src: '/nosuch.pdf' cannot be read (No such file or directory)."),
    ({"src": "empty.pdf"}, "src: 'empty.pdf' is empty. Give a file with a document in it."),
    ({}, "one of the following is required: src, content"),
    ({"sorce": "a.pdf"}, "one of the following is required: src, content. sorce is not an option of this module."),
    ({"src": "empty.pdf", "content": "x"}, "parameters are mutually exclusive: src|content"),
    ({"src": ["a.pdf"]}, "src must be a text."),
    ({"src": ""}, "src must not be empty; give the file to send"),
    ({"content": ""}, "content must not be empty; give the text to send, or a file as src."),
    ({"content": "x", "destination": ""}, "destination must not be empty; give the number to send to."),
    ({"content": "x", "subscriber_id": 999}, "There is no subscriber 999 on this server"),
]


@BOTH_WAYS
def test_what_is_refused_before_sending(in_process: bool, play: Play, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(b"")
    modes = (True, False) if in_process else (False,)
    # A process of its own for each takes long: one that the controller refuses, one that the host, one that the server.
    refused = REFUSED if in_process else [REFUSED[0], REFUSED[1], REFUSED[-1]]
    played = play(
        [
            {
                "name": f"{number}, {check}",
                MODULE: {"subscriber_id": 3, "destination": "431", **options},
                "check_mode": check,
                "ignore_errors": True,
            }
            for check in modes
            for number, (options, _sentence) in enumerate(refused)
        ]
    )
    for number, (_options, sentence) in enumerate(refused):
        for check in modes:
            assert sentence in played.failure(f"{number}, {check}")
    assert "ansible-tmp" not in played.output  # the file as it was given, not Ansible's copy of it
    assert not [line for one in requests(simulator) for line in one if line == "POST /api/faxes/"]


def test_check_mode_warns_of_what_an_earlier_task_would_do(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    sending = {"subscriber_id": 4, "destination": "43199003", "content": "hello", "poll_interval": 0.05}
    activate: dict[str, Any] = {"ngcp.fax.faxserver_settings": {"subscriber_id": 4, "active": True}}
    folder = tmp_path / "faxes"
    made = [
        {"name": "folder", "ansible.builtin.file": {"path": str(folder), "state": "directory"}},
        {"name": "recording", "ngcp.fax.fax_recording": {"id": 6, "dest": f"{folder}/"}},
        {"name": "archive", "ngcp.fax.fax_archive": {"dest": str(folder / "archive")}},
        {"name": "send", MODULE: {**sending, "receipt": str(folder / "receipt.json")}},
    ]
    inactive = "Fax is not active for subscriber 4. The run itself fails unless a task before this one activates it."
    missing = f"the folder '{folder}' does not exist. The run itself fails unless an earlier task makes it."
    warnings = {"recording": [f"dest: {missing}"], "archive": [f"dest: {missing}"]}
    warnings["send"] = [f"receipt: {missing}", inactive]
    predicted = play([activate, *made], "--check", warnings=(inactive[:20], "the folder"))
    assert predicted.code == 0, predicted.output
    assert {name: predicted[name]["warnings"] for name in warnings} == warnings
    assert all(predicted[name]["changed"] for name in warnings)
    assert (predicted["send"]["state"], folder.exists()) == ("not_sent", False)
    with pytest.raises(Rejected, match=r"^Fax is not active for subscriber 4\. Activate it first"):
        run(connection, subscriber_id=4, destination="43199003")
    assert posted(simulator) == []
    done = play([activate, *made])
    assert (done.code, done["send"]["state"], len(posted(simulator))) == (0, "sent", 1), done.output


@pytest.mark.parametrize(
    ("destination", "sentence"),
    [
        ("43100099", r"The fax to 43100099 failed: \w+, User busy\. It is over"),
        ("43100098", r"The fax to 43100098 failed: \w+, .*\. It is over"),
    ],
)
def test_a_fax_that_failed(destination: str, sentence: str, connection: dict[str, Any]) -> None:
    with pytest.raises(FaxFailed, match=sentence) as caught:
        run(connection, destination=destination)
    assert caught.value.facts["state"] == "failed"
    assert caught.value.facts["journal_entry"]["callee"] == destination


def test_a_failed_fax_fails_the_task_with_its_entry(play: Play) -> None:
    options = {**OPTIONS, "destination": "43100099"}
    played = play([{"name": "a", MODULE: options}])
    assert played.failure("a").startswith("The fax to 43100099 failed:")
    assert played["a"]["changed"] is True
    assert played["a"]["journal_entry"]["callee"] == "43100099"
    assert played["a"]["error"]["kind"] == "fax_failed"


def test_a_fax_that_never_shows_up(connection: dict[str, Any]) -> None:
    with pytest.raises(FaxPending, match=r"was queued, but after 0\.5 s it has no journal entry\. It may"):
        run(connection, destination="43100096", wait_timeout=0.5)


def test_a_journal_that_cannot_be_read_after_sending(connection: dict[str, Any], simulator: Simulator) -> None:
    crash = {"method": "GET", "path": "/api/faxes/", "times": None, "status": 500, "body": "<html>"}
    with under_way(connection, simulator) as result:
        simulator.control("PUT", "/faults", [crash])
        with pytest.raises(FaxPending, match="was queued, but its outcome could not be read: The server crashed"):
            result.result()


def test_a_number_that_the_server_rewrote(connection: dict[str, Any]) -> None:
    result = run(connection, destination="0043100097")
    assert result.facts["state"] == "sent"
    assert result.facts["journal_entry"]["callee"] != "0043100097"


def entry(**keys: Any) -> dict[str, Any]:
    return {"direction": "out", "status": "SUCCESS", "reason": "ok", "caller": "4311000003", **keys}


def test_every_fax_finds_its_own_entry(connection: dict[str, Any], simulator: Simulator) -> None:
    """Also on a server whose zone is as far from UTC as any."""
    simulator.control("PUT", "/options", {"time_zone": "Pacific/Kiritimati"})
    numbers = ["43155501", "0043155597", "43155599", "43155502", "+43 1 5557", "43155596"]
    with ThreadPoolExecutor(len(numbers)) as pool:
        outcomes = list(pool.map(lambda number: _outcome(connection, number), numbers))
    assert outcomes == [
        ("sent", "43155501"),
        ("sent", "49155597"),
        ("failed", "43155599"),
        ("sent", "43155502"),
        ("sent", "+43 1 5557"),
        ("queued", ""),
    ]
    assert len(posted(simulator)) == len(numbers) - 1


def _outcome(connection: dict[str, Any], destination: str) -> tuple[str, str]:
    try:
        facts = run(connection, destination=destination, wait_timeout=5.0).facts
    except (FaxFailed, FaxPending) as error:
        facts = {"journal_entry": {"callee": ""}, **error.facts}
    return facts["state"], facts["journal_entry"]["callee"]


def test_rewritten_numbers_find_their_own_entries(connection: dict[str, Any], simulator: Simulator) -> None:
    numbers = ["4311000097", "4312000097", "4313000097"]
    with ThreadPoolExecutor(len(numbers)) as pool:
        outcomes = list(pool.map(lambda number: _outcome(connection, number), numbers))
    assert outcomes == [("sent", f"49{number[2:]}") for number in numbers]


def test_a_rewritten_number_is_found_at_the_deadline(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"fax_delay_ms": 1})
    result = run(connection, destination="43100097", wait_timeout=0.5, poll_interval=0.4)
    assert result.facts["journal_entry"]["callee"] == "49100097"


def test_the_number_itself_is_taken_before_one_like_it(connection: dict[str, Any], simulator: Simulator) -> None:
    with under_way(connection, simulator, poll_interval=0.2) as result:
        simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="4943100001", status="FAILED"))
        own = simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="+43 100 001"))
        assert result.result().facts["journal_entry"]["id"] == own["id"]


def test_another_fax_of_the_subscriber_is_not_taken_for_ours(connection: dict[str, Any], simulator: Simulator) -> None:
    with under_way(connection, simulator, poll_interval=0.2) as result:
        simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="4377777"))
        simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="43100001", direction="in"))
        own = simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="43100001"))
        assert result.result().facts["journal_entry"]["id"] == own["id"]


def test_many_new_entries_are_read_page_by_page(connection: dict[str, Any], simulator: Simulator) -> None:
    with under_way(connection, simulator, poll_interval=0.5) as result:
        own = simulator.control("POST", "/faxes", entry(subscriber_id=3, callee="43100001"))
        for number in range(45):
            simulator.control("POST", "/faxes", entry(subscriber_id=3, callee=f"4388888{number}"))
        assert result.result().facts["journal_entry"]["id"] == own["id"]


@pytest.mark.parametrize("close", ["before", "after"])
def test_a_lost_answer_is_decided_by_the_journal(
    close: str, connection: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "close": close}])
    if close == "after":
        assert run(connection, destination="43100001").facts["state"] == "sent"
    else:
        with pytest.raises(Uncertain, match="look there before you send it again"):
            run(connection, destination="43100001", wait_timeout=0.5)
    assert len(sent(simulator, "43100001")) == (1 if close == "after" else 0)


def test_a_lost_answer_without_waiting_is_uncertain(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "close": "after"}])
    with pytest.raises(Uncertain):
        run(connection, destination="43100001", wait=False)
    assert len(sent(simulator, "43100001")) == 1


def test_a_server_without_fax(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"fax_server": "dead"})
    with pytest.raises(Uncertain, match=r"The server failed, perhaps after it had queued the fax \(POST /api/faxes/"):
        run(connection, destination="43100001", wait_timeout=0.2)
    assert sent(simulator, "43100001") == []


@BOTH_WAYS
def test_a_vaulted_document_is_sent_decrypted(play: Play, simulator: Simulator, document: Path, tmp_path: Path) -> None:
    secret = VaultSecret(b"vault-word")
    document.write_bytes(VaultLib([("default", secret)]).encrypt(PDF, secret))
    (tmp_path / "word").write_text("vault-word", encoding="utf-8")
    options = {**OPTIONS, "destination": "43199002", "src": document.name}
    del options["content"]
    played = play([{"name": "a", MODULE: options}], "--vault-password-file", str(tmp_path / "word"))
    assert played.code == 0, played.output
    assert [fax["sha256"] for fax in sent(simulator, "43199002")] == [hashlib.sha256(PDF).hexdigest()]
