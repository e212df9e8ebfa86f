# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons by real playbooks: `ngcp.fax.fax_drift` by itself, and the role `ngcp.fax.drift`."""

from __future__ import annotations

import json
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
  resource: faxserver_settings
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
    assert (row["field"], row["actual"], row["by"], row["place"]) == ("name", "By hand", "ann", "state.yml:4")
    assert result["report"]["totals"]["drifted"] == 1
    assert "secret-as-declared" not in played.output + json.dumps(played.results)


@BOTH_WAYS
def test_all_that_is_wrong_with_both_files_before_any_request(files: Path, simulator: Simulator, play: Play) -> None:
    (files / "state.yml").write_text("subscribers:\n  - subscriber_id: 1\n    fax: {}\n", encoding="utf-8")
    (files / "accepted.yml").write_text(
        "- subscriber_id: 1\n  resource: faxserver_settings\n  feld: name\n  expires: tomorrow\n", encoding="utf-8"
    )
    simulator.control("DELETE", "/log")
    played = play([{"name": "Wrong", MODULE: {"src": "state.yml", "baseline": "accepted.yml"}}])
    lines = played.failure("Wrong").splitlines()
    assert lines[0].startswith("state.yml:3: subscriber_id 1: fax is no option")
    assert lines[1] == "accepted.yml:3: feld is no key of a baseline; is it field?"
    assert {line.partition(": ")[0] for line in lines} >= {"accepted.yml:1", "accepted.yml:4"}
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_sources_that_are_no_paths(files: Path, play: Play) -> None:
    played = play([{"name": "Wrong", MODULE: {"src": 5}}])
    assert played.failure("Wrong").startswith("src must be the path of a state file or folder, a glob, or a list")


def test_no_such_baseline(files: Path, play: Play) -> None:
    played = play([{"name": "Wrong", MODULE: {"src": "state.yml", "baseline": "nowhere.yml"}}])
    assert played.failure("Wrong") == "nowhere.yml: There is no such file for baseline."
