# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook against the simulator, seen from both sides: Ansible's results, the server's log."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec
from tests.integration.commands import Commands
from tests.simulator.client import Simulator, running

HERE = Path(__file__).resolve().parent
# Another Python, with another ansible-core, may run the playbooks (CONTRIBUTING.md, "Tests").
PYTHON = os.environ.get("TEST_ANSIBLE_PYTHON", sys.executable)
Task = dict[str, Any]
# Of a test whose playbooks run in both ways: see `in_process`.
BOTH_WAYS = pytest.mark.parametrize("in_process", [True, False], ids=["in process", "shipped"])


@dataclass(frozen=True)
class Played:
    """What a run of ansible-playbook came to: `results` by the task's name (of a loop: the whole), and its output."""

    code: int
    output: str
    results: dict[str, dict[str, Any]]
    failed: set[str]
    items: dict[str, list[dict[str, Any]]]

    def __getitem__(self, task: str) -> dict[str, Any]:
        return self.results[task]

    def failure(self, task: str) -> str:
        """The message of a task that must have failed."""
        assert task in self.failed, self.output
        return str(self.results[task]["msg"])


Play = Callable[..., Played]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries in this process not wait. Playbooks run in processes of their own, with the pauses of users."""
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.0)


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    with running("--fax-delay-ms", "100") as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    """The contract's seed, untouched; its requests are counted from here on."""
    shared_simulator.control("POST", "/reset")
    return shared_simulator


@pytest.fixture
def connection(simulator: Simulator) -> dict[str, Any]:
    """The options that reach the simulator as its administrator."""
    return {
        "api_url": simulator.url,
        "api_username": "administrator",
        "api_password": "administrator",
        "ca_path": simulator.ca_file,
    }


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority for tests that serve TLS themselves."""
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_path(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of that authority, as the option wants it."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    with contextlib.closing(Commands(PYTHON)) as commands:
        yield commands


@pytest.fixture(scope="session")
def ansible_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: each run of Ansible has a folder of its own in it."""
    return tmp_path_factory.mktemp("ansible")


@pytest.fixture(scope="session")
def compiled_from_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where python_path/sitecustomize.py keeps what it compiles of shipped modules."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def ansible_environment(tmp_path: Path, ansible_home: Path, compiled_from_zip: Path) -> dict[str, str]:
    """An environment in which warnings and deprecations are shown, and nothing of the caller's counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NGCP_"))}
    return {
        **kept,
        "ANSIBLE_HOME": str(ansible_home),
        "ANSIBLE_REMOTE_TMP": str(ansible_home / "tmp"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "COMPILED_FROM_ZIP": str(compiled_from_zip),
        "PYTHONPATH": str(HERE / "python_path"),
        "RECORD_FILE": str(tmp_path / "record.jsonl"),
    }


@pytest.fixture
def in_process() -> bool:
    """Return True if modules run inside Ansible's own process where they can (the default), False if never."""
    return True


@pytest.fixture
def play(
    tmp_path: Path,
    connection: dict[str, Any],
    ansible_environment: dict[str, str],
    in_process: bool,
    commands: Commands,
) -> Play:
    """`play(tasks, *arguments)` runs tasks on the implicit localhost, the connection given by `module_defaults`.

    A warning that is not expected (`warnings=` holds a part of its first line) fails the test, and so does a traceback.
    """

    switch = () if in_process else ("-e", json.dumps({"ngcp_fax_in_process": False}))

    def run(
        tasks: list[Task] | str,
        *arguments: str,
        warnings: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        **keywords: Any,
    ) -> Played:
        playbook = tasks
        if not isinstance(tasks, str):
            playbook = str(tmp_path / "playbook.yml")
            content = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
            content.setdefault("module_defaults", {"group/ngcp.fax.ngcp": connection})
            Path(playbook).write_text(yaml.safe_dump([content], sort_keys=False, allow_unicode=True), encoding="utf-8")
        record = Path(ansible_environment["RECORD_FILE"])
        record.write_text("", encoding="utf-8")
        finished = commands.run(
            "ansible.cli.playbook",
            [str(playbook), *arguments, *switch],
            {**ansible_environment, **(environment or {})},
            tmp_path,
        )
        output = finished.stdout
        assert "Traceback (most recent call last)" not in output, output
        unexpected = [
            line
            for line in output.splitlines()
            if line.startswith(("[WARNING]", "[DEPRECATION", "[ERROR]: Unexpected"))
            and not any(warning in line for warning in warnings)
        ]
        assert not unexpected, output
        results: dict[str, dict[str, Any]] = {}
        items: dict[str, list[dict[str, Any]]] = {}
        failed: set[str] = set()
        for line in map(json.loads, record.read_text(encoding="utf-8").splitlines()):
            if line["kind"] == "item":
                items.setdefault(line["task"], []).append(line["result"])
            else:
                results[line["task"]] = line["result"]
                failed |= {line["task"]} if line["kind"] == "failed" else set()
        return Played(finished.returncode, output, results, failed, items)

    return run


def defaults(spec: Spec) -> dict[str, Any]:
    """A module's own options that its function gets where none are given."""
    own = {name: option for name, option in spec.options.items() if name not in CONNECTION}
    return {name: option["default"] for name, option in own.items() if "default" in option}


def requests(simulator: Simulator) -> list[list[str]]:
    """What the server saw since the last reset, a list per login: `["POST /login_jwt", "GET /api/…", …]`."""
    runs: list[list[str]] = []
    for request in simulator.control("GET", "/log")["requests"]:
        line = f"{request['method']} {request['path']}"
        if line == "POST /login_jwt" or not runs:
            runs.append([])
        runs[-1].append(line)
    return runs


def wait_for_the_end(environment: dict[str, str]) -> None:
    """Ansible does not wait for its own processes when it is killed."""
    mark = f"RECORD_FILE={environment['RECORD_FILE']}".encode()

    def runs(process: Path) -> bool:
        try:
            return mark in (process / "environ").read_bytes()
        except OSError:  # it has ended
            return False

    while alive := [int(process.name) for process in Path("/proc").glob("[0-9]*") if runs(process)]:
        for one in alive:
            with contextlib.suppress(ProcessLookupError):
                end = os.pidfd_open(one)
                select.select([end], [], [])
                os.close(end)
