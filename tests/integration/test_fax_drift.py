# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons by real playbooks: `ngcp.fax.fax_drift` by itself, and the role `ngcp.fax.drift`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import BOTH_WAYS, Play
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_drift"
STATE = """\
subscribers:
  - subscriber: user1@d1.example.org
    faxserver_settings: {active: false, name: null, password: secret-as-declared}
  - subscriber_id: 2
    faxserver_settings:
      name: null
"""
BASELINE = """\
- subscriber: user1@d1.example.org
  settings: faxserver_settings
  field: password
  reason: Not agreed upon yet
  expires: 2999-12-31
"""


@pytest.fixture
def files(tmp_path: Path, simulator: Simulator) -> Path:
    """A state file, and a server that refuses writes, where subscriber 2 was changed by hand."""
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    (tmp_path / "accepted.yml").write_text(BASELINE, encoding="utf-8")
    simulator.control("PATCH", "/settings/faxserversettings/2?user=ann", {"name": "By hand"})
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    return tmp_path


def read_only(connection: dict[str, Any]) -> dict[str, Any]:
    return {**connection, "api_username": "readonly"}


@BOTH_WAYS
def test_a_report_of_state_files_and_a_baseline(files: Path, connection: dict[str, Any], play: Play) -> None:
    options = {"src": "state.yml", "baseline": "accepted.yml", "unmanaged": "ignore", **read_only(connection)}
    played = play([{"name": "Compare", MODULE: options}], "-vvvv")
    assert played.code == 0, played.output
    result = played["Compare"]
    assert result["changed"] is False
    accepted, row = result["report"]["rows"]
    assert accepted["accepted"] == {"reason": "Not agreed upon yet", "expires": "2999-12-31"}
    assert (row["field"], row["actual"], row["changed_by"], row["place"]) == ("name", "By hand", "ann", "state.yml:4")
    assert result["totals"]["drifted"] == 1
    assert (result["verdict"], result["totals"]) == (result["report"]["verdict"], result["report"]["totals"])
    assert "secret-as-declared" not in played.output + json.dumps(played.results)


@BOTH_WAYS
def test_all_that_is_wrong_with_both_files_before_any_request(files: Path, simulator: Simulator, play: Play) -> None:
    (files / "state.yml").write_text("subscribers:\n  - subscriber_id: 1\n    fax: {}\n", encoding="utf-8")
    (files / "accepted.yml").write_text(
        "- subscriber_id: 1\n  settings: faxserver_settings\n  feld: name\n  expires: tomorrow\n", encoding="utf-8"
    )
    simulator.control("DELETE", "/log")
    played = play([{"name": "Wrong", MODULE: {"src": "state.yml", "baseline": "accepted.yml"}}])
    lines = played.failure("Wrong").splitlines()
    assert lines[0].startswith("state.yml:3: subscriber_id 1: fax is not an option")
    assert lines[1] == "accepted.yml:3: feld is not a key of a baseline; did you mean field?"
    assert {line.partition(": ")[0] for line in lines} >= {"accepted.yml:1", "accepted.yml:4"}
    assert (played["Wrong"]["verdict"], played["Wrong"]["totals"]["subscribers"]) == ("unknown", 0)
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_nothing_is_waited_for_and_nothing_is_passed_over(files: Path, simulator: Simulator, play: Play) -> None:
    """FIFOs and devices in the place of all files that the controller reads; links, of which `unmanaged` would switch
    off whom they declare.
    """
    folder = files / "subscribers"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.yml").write_text(STATE, encoding="utf-8")
    (files / "elsewhere").mkdir()
    (files / "elsewhere" / "b.yml").write_text(STATE.replace("1", "3").replace("2", "4"), encoding="utf-8")
    (folder / "customers").symlink_to("../elsewhere")
    (folder / "sub" / "gone").symlink_to("nowhere")
    os.mkfifo(files / "fifo.yml")
    os.mkfifo(folder / "fifo.yml")
    subscribers, info = "ngcp.fax.fax_subscribers", "ngcp.fax.fax_state_info"
    tasks: list[dict[str, Any]] = [
        {"name": "FIFO", MODULE: {"src": "fifo.yml", "baseline": "fifo.yml"}},
        {"name": "Device", MODULE: {"src": "state.yml", "baseline": "/dev/zero"}},
        {"name": "Plan", subscribers: {"src": "state.yml", "plan": "fifo.yml"}},
        {
            "name": "Folder",
            subscribers: {"src": "subscribers", "unmanaged": "deactivate", "unmanaged_match": {"customer_id": 1}},
        },
        {"name": "Glob", subscribers: {"src": "subscribers/*"}},
        {"name": "Check", info: {"src": ["subscribers/", "elsewhere"]}},
    ]
    simulator.control("DELETE", "/log")
    played = play([{**task, "ignore_errors": True} for task in tasks])
    no_file = "This is not a file (it is a FIFO), and has the name of a state file. Remove or rename it."
    wrong = [
        "subscribers/customers: This leads out of 'subscribers'; give 'elsewhere' as a source of its own.",
        f"subscribers/fifo.yml: {no_file}",
        "subscribers/sub/gone: This link leads to itself, or to something that is not there. Remove or correct it.",
    ]
    assert played.failure("FIFO").splitlines() == [
        "fifo.yml: This is not a file: it is a FIFO.",
        "fifo.yml: This cannot be read for baseline (it is a FIFO).",
    ]
    assert played.failure("Device") == "/dev/zero: This cannot be read for baseline (it is a device)."
    advice = "Give the report.json of a run in check mode."
    assert played.failure("Plan") == f"fifo.yml: This cannot be read for plan (it is a FIFO). {advice}"
    for task in ("Folder", "Glob", "Check"):
        told = [line.replace(f"{files}/subscribers", "subscribers") for line in played.failure(task).splitlines()]
        # A link to a source of its own is allowed.
        assert sorted(told) == (wrong[1:] if task == "Check" else wrong), task
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_what_the_server_takes_is_warned_of(files: Path, play: Play, connection: dict[str, Any]) -> None:
    """A name with an invisible character, which Persian needs, and an invalid address for a notice."""
    name = "\u0645\u06cc\u200c\u062e"
    notify = [{"destination": "nobody"}]
    declared = {"faxserver_settings": {"name": name}, "mailtofax_settings": {"secret_renew_notify": notify}}
    entries = [{"subscriber_id": 5, **declared}]
    (files / "state.json").write_text(json.dumps({"subscribers": entries}), encoding="utf-8")
    one = {"subscriber_id": 5, "secret_renew_notify": notify}
    played = play(
        [
            {"name": "Check", "ngcp.fax.fax_state_info": {"src": "state.json"}},
            {"name": "Compare", MODULE: {"src": "state.json", "unmanaged": "ignore"}},
            {"name": "Plan", "ngcp.fax.fax_subscribers": {"src": "state.json"}, "check_mode": True},
            {"name": "Name", "ngcp.fax.faxserver_settings": {"subscriber_id": 5, "name": name}, "check_mode": True},
            {"name": "Notice", "ngcp.fax.mailtofax_settings": one, "check_mode": True},
        ],
        warnings=("which is invisible", "is not an e-mail address"),
    )
    assert played.code == 0, played.output
    seen = "name holds U+200C (zero width non-joiner, character 3), which is invisible; remove it if it is not meant."
    sent = (
        "secret_renew_notify[0].destination is not an e-mail address; the server takes it, and its mails arrive "
        "nowhere. Correct it."
    )
    place = "state.json:1: subscriber_id 5: "
    for task in ("Check", "Compare", "Plan"):
        assert played[task]["warnings"][:2] == [
            f"{place}faxserver_settings.{seen}",
            f"{place}mailtofax_settings.{sent}",
        ], task
    assert f"subscriber 5: {seen}" in played["Name"]["warnings"]
    assert f"subscriber 5: {sent}" in played["Notice"]["warnings"]


def test_sources_that_are_no_paths(files: Path, play: Play) -> None:
    played = play([{"name": "Wrong", MODULE: {"src": 5}}])
    assert played.failure("Wrong").startswith("src must be the path of a state file or folder, a glob, or a list")


def test_no_such_baseline(files: Path, play: Play) -> None:
    played = play([{"name": "Wrong", MODULE: {"src": "state.yml", "baseline": "nowhere.yml"}}])
    assert played.failure("Wrong") == "nowhere.yml: There is no such file for baseline."
