# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that `until` or `retries` repeats sends its fax once: the server counts the posted faxes."""

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
    """Return how many faxes were posted, including those that never reach the journal."""
    log = simulator.control("GET", "/log")["requests"]
    return sum(request["method"] == "POST" and request["path"] == "/api/faxes/" for request in log)


def counted(play: Play, simulator: Simulator, tasks: list[dict[str, Any]], faults: list[Any]) -> tuple[Played, int]:
    """Run tasks; return the run and how many faxes it has posted."""
    simulator.control("PUT", "/faults", faults)
    simulator.control("DELETE", "/log")
    return play(tasks), posted(simulator)


def test_each_fax_is_sent_once_by_all_tries_of_its_task(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    never = {**SENDING, "destination": NEVER}
    lost = {**never, "wait": False}
    busy = {**SENDING, "destination": BUSY, "wait_timeout": 20.0}
    receipt = {**never, "receipt": str(tmp_path / "receipt.json")}
    until = {"register": "fax", "until": "fax.state == 'sent'", "retries": 100, "delay": 0}
    cases: list[tuple[dict[str, Any], int, tuple[str, bool]]] = [
        # A task, how many faxes it posts, and its state and whether it has changed something.
        ({"name": "lost", MODULE: lost, **AGAIN}, 1, ("uncertain", True)),
        ({"name": "lost, resend", MODULE: {**lost, "on_uncertain": "resend"}, **AGAIN}, 2, ("queued", True)),
        ({"name": "one", MODULE: never, **AGAIN}, 1, ("queued", True)),
        ({"name": "another task, another fax", MODULE: never, **AGAIN}, 1, ("queued", True)),
        ({"name": "receipt", MODULE: receipt, **AGAIN}, 1, ("queued", True)),
        ({"name": "receipt again", MODULE: receipt, **AGAIN}, 0, ("queued", False)),
        ({"name": "failed", MODULE: busy, **AGAIN}, 3, ("failed", True)),
        ({"name": "until", MODULE: {**lost, "destination": "43100001"}, **until}, 1, ("sent", True)),
    ]
    item = {"loop": [NEVER, NEVER, NEVER_TOO], MODULE: {**SENDING, "destination": "{{ item }}"}, **AGAIN}
    many = {MODULE: {**SENDING, "destinations": [NEVER, "43100001", NEVER_TOO]}, **AGAIN}
    tasks = [task for task, _posts, _outcome in cases] + [{"name": "items", **item}, {"name": "many", **many}]
    played, posts = counted(play, simulator, tasks, [LOST, LOST])
    outcomes = [(played[task["name"]]["state"], played[task["name"]]["changed"]) for task, _posts, _outcome in cases]
    assert outcomes == [outcome for _task, _posts, outcome in cases]
    assert [(one["state"], one["changed"]) for one in played.items["items"]] == [("queued", True)] * 3
    rows = [(row["state"], row["changed"]) for row in played["many"]["faxes"]]
    assert rows == [("queued", True), ("sent", True), ("queued", True)]
    assert PENDING in played["one"]["msg"]
    assert not [key for key in played["one"] if key.startswith("_tries")]
    assert posts == sum(number for _task, number, _outcome in cases) + 3 + 3


@pytest.mark.parametrize("in_process", [False], ids=["shipped"])
def test_modules_that_run_by_themselves(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text(f'#!/bin/sh\n{shlex.quote(PYTHON)} "$@" >/dev/null\nexit 1\n', encoding="utf-8")
    silent.chmod(0o755)
    again = {**AGAIN, "retries": 1}
    tasks: list[dict[str, Any]] = [
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
    ]
    played, posts = counted(play, simulator, tasks, [])
    assert [row["state"] for row in played["many"]["faxes"]] == ["queued", "queued"]
    assert played["silent"]["msg"].startswith("Not tried again: the try before ended without saying what it did")
    assert played["silent"]["changed"]
    assert PENDING in played["async"]["msg"]
    assert posts == 2 + 1 + 1
