# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four slices of one fleet at once, as AWX starts them, against one server (docs/scaling.md)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.client import Simulator

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "scaling"
BIN = Path(sys.executable).parent
SLICES = 4
EVERYBODY = [one for one in range(1, 31) if one != 29]
RESOURCES = ("faxserversettings", "mailtofaxsettings")


@pytest.fixture
def environment(simulator: Simulator, ansible_environment: dict[str, str]) -> dict[str, str]:
    return {
        **{name: value for name, value in ansible_environment.items() if not name.startswith("ANSIBLE_CALLBACK")},
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "NGCP_API_URL": simulator.url,
        "NGCP_API_USERNAME": "administrator",
        "NGCP_API_PASSWORD": "administrator",
        "NGCP_CA_PATH": simulator.ca_file,
    }


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The example with state files split by domain, and the inventory as AWX keeps it."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    (folder / "subscribers").mkdir()
    for number, ids in ((1, [one for one in EVERYBODY if one not in range(16, 21)]), (2, range(16, 21))):
        entries = [
            {
                "subscriber": f"user{one}@d{number}.example.org",
                "faxserver_settings": {"active": True, "name": f"Number {one}"},
                "mailtofax_settings": {"active": True, "secret_key": f"s3cret-of-{one}"},
            }
            for one in ids
        ]
        path = folder / "subscribers" / f"d{number}.example.org.json"
        path.write_text(json.dumps({"version": 1, "subscribers": entries}), encoding="utf-8")
    command = [BIN / "python", "-m", "ansible.cli.inventory", "-i", "ngcp_fax.yml", "--list", "--yaml"]
    listed = subprocess.run([*map(str, command), "--output", "hosts.yml"], cwd=folder, env=environment, check=True)
    assert listed.returncode == 0
    return folder


def start(project: Path, name: str, environment: dict[str, str], hosts: list[str]) -> subprocess.Popen[str]:
    """`ansible-runner` with a part of the hosts."""
    folder = project.parent / name
    (folder / "inventory").mkdir(parents=True)
    shutil.copytree(project, folder / "project")
    shutil.copy(project / "hosts.yml", folder / "inventory" / "hosts.yml")
    command = [str(BIN / "python"), "-m", "ansible_runner", "run", str(folder), "-p", "slice.yml"]
    return subprocess.Popen(
        [*command, "--limit", ",".join(hosts)],
        env={**environment, "ANSIBLE_HOME": str(folder / "ansible")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(simulator: Simulator, project: Path, environment: dict[str, str], slices: int) -> tuple[Counter[str], Any]:
    """Run all slices; return the requests of all together, and the server's settings afterwards."""
    hosts = sorted(f"user{one}@d{2 if one in range(16, 21) else 1}.example.org" for one in EVERYBODY)
    simulator.control("POST", "/reset")
    simulator.control("PUT", "/options", {"write_ms": 20})
    # AWX takes every fourth one.
    processes = [start(project, f"{slices}-{each}", environment, hosts[each::slices]) for each in range(slices)]
    for process in processes:
        output, _nothing = process.communicate()
        assert process.returncode == 0, output
        assert "changed=1" in output
        assert "\033[K" not in output, "runner's terminal is no terminal"
        assert re.search(r"^ngcp\.fax\.fax_subscribers: \d+ subscribers, \d+ changed", output, re.MULTILINE)
    log = simulator.control("GET", "/log")["requests"]
    written = Counter(request["path"] for request in log if request["method"] == "PATCH")
    assert set(written.values()) == {1}, "nobody is written by two slices"
    asked = Counter("/".join([request["method"], *request["path"].split("/")[:3]]) for request in log)
    held = [simulator.control("GET", f"/settings/{each}/{one}") for each in RESOURCES for one in EVERYBODY]
    for item in held:
        item.pop("last_secret_key_modify", None)
        item.pop("_hidden")
    return asked, held


def test_four_slices_do_what_one_run_does(simulator: Simulator, project: Path, environment: dict[str, str]) -> None:
    asked, held = run(simulator, project, environment, 1)
    sliced, same = run(simulator, project, environment, SLICES)
    assert same == held
    login = "POST//login_jwt"
    assert (asked.pop(login), sliced.pop(login)) == (1, SLICES)
    assert sliced == asked
