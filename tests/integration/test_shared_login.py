# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All tasks, items, hosts and forks of one run with the same login share a token; logins are counted on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import PYTHON, Play, Played, Task
from tests.simulator.client import Simulator

FAX, INFO, LOGIN = "ngcp.fax.faxserver_settings", "ngcp.fax.fax_settings_info", "ngcp.fax.login"
HOSTS = [f"h{number}" for number in range(8)]
THREE = {"subscriber_id": 3}


class Run:
    """A playbook of several plays against one simulator."""

    def __init__(self, play: Play, simulator: Simulator, connection: dict[str, Any], folder: Path) -> None:
        self._play, self._simulator, self._folder = play, simulator, folder
        self._common = {"gather_facts": False, "module_defaults": {"group/ngcp.fax.ngcp": connection}}

    def __call__(self, *plays: dict[str, Any], connection: str = "local") -> Played:
        inventory: dict[str, Any] = {"hosts": {name: {} for name in HOSTS}}
        inventory["vars"] = {"ansible_connection": connection, "ansible_python_interpreter": PYTHON}
        (self._folder / "hosts.yml").write_text(yaml.safe_dump({"all": inventory}), encoding="utf-8")
        book = self._folder / "book.yml"
        book.write_text(yaml.safe_dump([{**self._common, **each} for each in plays]), encoding="utf-8")
        played = self._play(str(book), "-i", str(self._folder / "hosts.yml"), "-f", "8", "-vvvv")
        assert played.code == 0, played.output
        # No token, whole or in part, whichever process has read it.
        assert "eyJ" not in played.output
        assert "eyJ" not in (self._folder / "record.jsonl").read_text(encoding="utf-8")
        return played

    @property
    def logins(self) -> int:
        """How many logins the server has seen."""
        return int(self._simulator.control("GET", "/counters")["logins"])


@pytest.fixture
def run(play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path) -> Run:
    return Run(play, simulator, connection, tmp_path)


def files_of_logins(ansible_home: Path) -> list[Path]:
    return list((ansible_home / "tmp").glob("ansible-local-*/ngcp.fax-*"))


def control(simulator: Simulator, path: str) -> Task:
    """A task that does something on the server, once."""
    options = {"url": f"{simulator.control_url}{path}", "method": "POST", "use_proxy": False, "status_code": [200, 204]}
    return {"name": f"server {path}", "ansible.builtin.uri": options, "run_once": True}


def test_a_run_logs_in_once(run: Run, simulator: Simulator, ansible_home: Path) -> None:
    """20 tasks, a loop, 8 hosts at once, 3 plays; check mode, another timeout, and the module `login`."""
    # Runs of other tests that were killed have left theirs.
    before = set(files_of_logins(ansible_home))
    tasks: list[Task] = [{"name": f"task {number}", FAX: {**THREE, "active": True}} for number in range(17)]
    tasks += [
        {"name": "loop", FAX: {"subscriber_id": "{{ item }}", "ecm": False}, "loop": [1, 2, 4, 5] * 10},
        {"name": "check mode", FAX: {**THREE, "timeout": 33, "name": "N"}, "check_mode": True},
        {"name": "log in", LOGIN: {}},
    ]
    run(
        {"hosts": "h0", "tasks": tasks},
        {"hosts": "all", "tasks": [{"name": "all", FAX: {**THREE, "active": True}}]},
        {"hosts": "all", "strategy": "free", "tasks": [{"name": "free", INFO: THREE}]},
    )
    assert run.logins == 1
    assert set(files_of_logins(ansible_home)) == before


def test_forks_renew_a_token_once(run: Run, simulator: Simulator) -> None:
    """Eight that all are refused the same token."""
    every: Task = {"name": "every", FAX: {**THREE, "active": True}}
    run({"hosts": "all", "tasks": [every, control(simulator, "/rotate_token_key"), {**every, "name": "again"}]})
    log = simulator.control("GET", "/log")["requests"]
    assert run.logins == 2
    assert 1 <= sum(request["status"] == 403 for request in log) <= len(HOSTS)


def test_who_does_not_share(run: Run) -> None:
    """`share_token: false`, Basic, another user, another environment."""
    apart = {"share_token": False}
    run(
        {
            "hosts": "h0",
            "tasks": [
                {"name": "share", FAX: THREE},
                {"name": "alone", FAX: {**THREE, **apart}},
                {"name": "alone again", FAX: {**THREE, **apart}},
                {"name": "new token", LOGIN: apart},
                {"name": "basic", FAX: {**THREE, "auth": "basic"}},
                {"name": "reader", FAX: {**THREE, "api_username": "readonly"}, "check_mode": True},
                {"name": "environment", FAX: THREE, "environment": {"NO_PROXY": "x"}},
            ],
        }
    )
    assert run.logins == 1 + 3 + 1 + 1


def test_modules_in_processes_of_their_own_share_too(run: Run) -> None:
    """The controller logs in for those on this machine."""
    shipped = {"ngcp_fax_in_process": False}
    tasks: list[Task] = [
        {"name": "first", FAX: {**THREE, "active": True}},
        {"name": "second", INFO: THREE, "run_once": True},
        {"name": "log in", LOGIN: {}, "run_once": True},
    ]
    run({"hosts": "h0:h1", "tasks": tasks, "vars": shipped})
    assert run.logins == 1


def test_hosts_elsewhere_share_what_login_returns(run: Run) -> None:
    """The controller logs in for no other machine, whose server it may not reach."""
    one: Task = {"name": "before", FAX: {**THREE, "active": True}}
    tasks: list[Task] = [one, {"name": "log in", LOGIN: {}}, {**one, "name": "after"}]
    run({"hosts": "h0:h1", "tasks": tasks}, connection="elsewhere")
    assert run.logins == 2 * 2
