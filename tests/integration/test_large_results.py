# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand changes under ansible-runner, as AWX starts playbooks: no result is so large that it is dropped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.simulator.client import running

BIN = Path(sys.executable).parent
SIZE = 1_000
# The longest result that ansible-runner shows, in characters.
MOST = 700_000
PLAYBOOK = """\
- import_playbook: ngcp.fax.provision
  vars: {provision_dest: plan}
- import_playbook: ngcp.fax.provision
- import_playbook: ngcp.fax.drift
"""


def declared(one: int) -> dict[str, Any]:
    """Six fields of a subscriber, as when it is set up."""
    destination = {"destination": f"fax{one}@customer{one}.example.org", "filetype": "PDF14"}
    fax = {"active": True, "name": f"Number {one}", "destinations": [destination]}
    mail = {"active": True, "secret_key": f"s3cret-of-{one}", "acl": [{"from_email": f"office{one}@b.example"}]}
    return {"subscriber_id": one, "faxserver_settings": fax, "mailtofax_settings": mail}


def test_a_thousand_changes_are_shown(tmp_path: Path, ansible_environment: dict[str, str]) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    content = {"version": 1, "subscribers": [declared(one) for one in range(1, SIZE + 1)]}
    (folder / "state.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "main.yml").write_text(PLAYBOOK, encoding="utf-8")
    # Subscribers that drifted are asked about one by one, which does not matter here.
    variables = {
        "provision_src": "state.json",
        "drift_src": "state.json",
        "drift_unmanaged": "ignore",
        "drift_only": "1,2",
    }
    (folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    with running("--seed", "none", "--subscribers", str(SIZE), "--bcrypt-cost", "4") as simulator:
        environment = {
            **{name: value for name, value in ansible_environment.items() if "CALLBACK" not in name},
            "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
            "NGCP_API_URL": simulator.url,
            "NGCP_API_USERNAME": "administrator",
            "NGCP_API_PASSWORD": "administrator",
            "NGCP_CA_PATH": simulator.ca_file,
        }
        command = [sys.executable, "-m", "ansible_runner", "run", str(tmp_path), "-p", "main.yml"]
        finished = subprocess.run(
            [*command, "--cmdline", "--check -e @variables.json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert simulator.control("GET", "/counters")["writes"] == 0
    assert finished.returncode == 2, finished.stdout[-3000:]
    files = tmp_path.glob("artifacts/*/job_events/*-*.json")
    events = sorted((json.loads(path.read_bytes()) for path in files), key=lambda event: event["counter"])
    results = [
        (event["event_data"]["task"], event["event_data"]["res"])
        for event in events
        if "res" in event["event_data"] and "_item_" not in event["event"]
    ]
    # A result that is too large is not shown at all.
    assert not [task for task, result in results if not result]
    assert max(len(str(result)) for _task, result in results) < MOST
    brought = [result for task, result in results if task == "Apply the declared settings"]
    assert [result["totals"]["changed"] for result in brought] == [SIZE, SIZE]
    for result in brought:
        assert (result["verdict"], "subscribers" in result, "diff" in result) == ("drift", False, False)
        assert len(str(result)) < 10_000
    (compared,) = (result for task, result in results if task == "Compare the server with the state files")
    assert (compared["totals"]["drifted"], "report" in compared) == (2, False)
    report = json.loads((folder / "plan" / "report.json").read_bytes())
    assert (report["totals"]["drifted"], len(report["rows"])) == (SIZE, 6 * SIZE)
