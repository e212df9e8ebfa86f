# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that `until` or `retries` tries several times sends its fax once: what was posted is counted on the server."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import PYTHON, Play, Played
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_send"
# Numbers that end in 96 never get into the journal, those in 99 find a busy line.
NEVER, NEVER_TOO, BUSY = "43100096", "43100196", "43100099"
SENDING = {"subscriber_id": 3, "content": "hello", "wait_timeout": 0.1, "poll_interval": 0.02}
AGAIN = {"retries": 2, "delay": 0, "ignore_errors": True}
LOST = {"method": "POST", "path": "/api/faxes/", "close": "after"}
PENDING = "was queued, but since 20"


@pytest.fixture(autouse=True)
def active(simulator: Simulator) -> None:
    """Subscriber 3 may send."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})


def posted(simulator: Simulator) -> int:
    """How many faxes were posted, those that never get into the journal as well."""
    log = simulator.control("GET", "/log")["requests"]
    return sum(request["method"] == "POST" and request["path"] == "/api/faxes/" for request in log)


def counted(play: Play, simulator: Simulator, *tasks: dict[str, Any], **faults: Any) -> tuple[Played, int]:
    """A run of tasks, and how many faxes it has posted."""
    simulator.control("DELETE", "/log")
    simulator.control("PUT", "/faults", faults.get("faults", []))
    return play(list(tasks)), posted(simulator)


def test_a_queued_fax_is_waited_for_by_the_next_try(play: Play, simulator: Simulator) -> None:
    played, posts = counted(
        play,
        simulator,
        {"name": "one", MODULE: {**SENDING, "destination": NEVER}, **AGAIN},
        {"name": "another task, another fax", MODULE: {**SENDING, "destination": NEVER}, **AGAIN},
        {"name": "items", MODULE: {**SENDING, "destination": "{{ item }}"}, **AGAIN, "loop": [NEVER, NEVER, NEVER_TOO]},
        {"name": "many", MODULE: {**SENDING, "destinations": [NEVER, "43100001", NEVER_TOO]}, **AGAIN},
    )
    assert posts == 1 + 1 + 3 + 3
    for result in (played["one"], played["another task, another fax"], *played.items["items"]):
        assert PENDING in result["msg"]
        assert (result["state"], result["changed"]) == ("queued", True)
        assert not [key for key in result if key.startswith("_tries")]
    rows = [(row["state"], row["changed"]) for row in played["many"]["faxes"]]
    assert rows == [("queued", True), ("sent", True), ("queued", True)]


def test_until_the_journal_says_that_it_arrived(play: Play, simulator: Simulator) -> None:
    options = {**SENDING, "destination": "43100001", "wait": False}
    until = {"register": "fax", "until": "fax.state == 'sent'", "retries": 100, "delay": 0}
    played, posts = counted(play, simulator, {"name": "a", MODULE: options, **until})
    assert (played["a"]["state"], played["a"]["changed"], posts) == ("sent", True, 1)


def test_a_lost_answer_is_sent_again_only_if_that_is_asked_for(play: Play, simulator: Simulator) -> None:
    task: dict[str, Any] = {MODULE: {**SENDING, "destination": NEVER, "wait": False}, **AGAIN}
    played, posts = counted(play, simulator, {"name": "a", **task}, faults=[LOST])
    assert (played["a"]["state"], played["a"]["changed"], posts) == ("uncertain", True, 1)
    resending = {**task, MODULE: {**task[MODULE], "on_uncertain": "resend"}}
    played, posts = counted(play, simulator, {"name": "a", **resending}, faults=[LOST])
    assert (played["a"]["state"], posts) == ("queued", 2)


def test_a_receipt_does_as_well(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    options = {**SENDING, "destination": NEVER, "receipt": str(tmp_path / "receipt.json")}
    played, posts = counted(play, simulator, {"name": "a", MODULE: options, **AGAIN})
    assert (played["a"]["state"], played["a"]["changed"], posts) == ("queued", True, 1)
    played, posts = counted(play, simulator, {"name": "a", MODULE: options, **AGAIN})
    assert (played["a"]["state"], played["a"]["changed"], posts) == ("queued", False, 0)


def test_a_fax_that_failed_is_sent_again(play: Play, simulator: Simulator) -> None:
    played, posts = counted(
        play, simulator, {"name": "a", MODULE: {**SENDING, "destination": BUSY, "wait_timeout": 20.0}, **AGAIN}
    )
    assert (played["a"]["state"], posts) == ("failed", 3)


@pytest.mark.parametrize("in_process", [False], ids=["shipped"])
def test_modules_that_run_by_themselves(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text(f'#!/bin/sh\n{shlex.quote(PYTHON)} "$@" >/dev/null\nexit 1\n', encoding="utf-8")
    silent.chmod(0o755)
    again = {**AGAIN, "retries": 1}
    played, posts = counted(
        play,
        simulator,
        {"name": "many", MODULE: {**SENDING, "destinations": [NEVER, NEVER_TOO]}, **again},
        {
            "name": "silent",
            MODULE: {**SENDING, "destination": NEVER},
            **again,
            "vars": {"ansible_python_interpreter": str(silent)},
        },
        {
            "name": "async",
            MODULE: {**SENDING, "destination": NEVER},
            **again,
            "async": 60,
            "poll": 1,
            "vars": {"ansible_async_dir": str(tmp_path / "jobs")},
        },
    )
    assert [row["state"] for row in played["many"]["faxes"]] == ["queued", "queued"]
    assert played["silent"]["msg"].startswith("Not tried again: the try before ended without saying what it did")
    assert played["silent"]["changed"]
    assert PENDING in played["async"]["msg"]
    assert posts == 2 + 1 + 1
