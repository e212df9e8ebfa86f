# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role `ngcp.fax.drift` by its playbook: what ansible-playbook ends with, and what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.files import UNREACHABLE_IN_WORDS
from tests.integration.conftest import Play
from tests.simulator.client import Simulator

STATE = "subscribers:\n  - subscriber_id: 2\n    faxserver_settings: {name: null}\n"


@pytest.mark.parametrize(
    ("drift", "fault", "state", "code", "verdict"),
    [
        (False, None, STATE, 0, "clean"),
        (True, None, STATE, 2, "drift"),
        (True, "faxserversettings/2$", STATE, 4, "unknown"),
        (False, "login_jwt", STATE, 4, "unknown"),
        (False, None, "subscribers: wrong\n", 4, "unknown"),
    ],
)
def test_exit_codes(
    drift: bool,
    fault: str | None,
    state: str,
    code: int,
    verdict: str,
    simulator: Simulator,
    connection: dict[str, Any],
    play: Play,
    tmp_path: Path,
) -> None:
    (tmp_path / "state.yml").write_text(state, encoding="utf-8")
    if drift:
        simulator.control("PATCH", "/settings/faxserversettings/2?user=ann", {"name": "By hand"})
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    if fault:
        body = json.dumps({"code": 403, "message": "User not found"})
        simulator.control("PUT", "/faults", [{"path": fault, "times": None, "status": 403, "body": body}])
    login = {**connection, "api_username": "readonly"}
    variables = {"drift_src": "state.yml", "drift_unmanaged": "ignore", "drift_connection": login}
    (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    played = play("ngcp.fax.drift", "-e", f"@{tmp_path / 'variables.json'}", warnings=("[WARNING]",))
    assert played.code == code, played.output
    assert ("UNREACHABLE!" in played.output) == (UNREACHABLE_IN_WORDS in played.output) == (code == 4)
    (written,) = (tmp_path / "drift").glob("*.json")
    report = json.loads(written.read_bytes())
    assert report["verdict"] == verdict
    # Paths are relative to the folder of the run: another machine has these files there, too.
    for command in (row["settle"]["restore"] for row in report["rows"] if row["kind"] == "drift"):
        assert '"src": ["state.yml"]' in command
        assert str(tmp_path) not in command
