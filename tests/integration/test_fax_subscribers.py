# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many subscribers in one task of a real playbook: state files, both ways to run it, progress, interruptions."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import sample_report
from tests.integration.commands import Commands
from tests.integration.conftest import PYTHON, Play, wait_for_the_end
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_subscribers"
SECRET = "k3y-of-the-clinic"
FILES = {
    "customers/a.yml": f"""\
version: 1
defaults:
  faxserver_settings:
    t38: false
subscribers:
  - subscriber: user1@d1.example.org
    faxserver_settings: {{active: true, name: Example Clinic}}
    mailtofax_settings: {{active: true, secret_key: {SECRET}}}
  - subscriber_id: 2
    faxserver_settings: {{active: true}}
""",
    "customers/b/c.json": json.dumps(
        {"subscribers": [{"external_id": "ext-3", "faxserver_settings": {"name": "From JSON"}}]}
    ),
    "customers/d.csv": "subscriber_id,faxserver_settings.name\n4,From CSV\n",
}
WAYS = pytest.mark.parametrize("in_process", [True, False], ids=["in process", "shipped"])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def stored(simulator: Simulator, one: int, resource: str = "faxserversettings") -> dict[str, Any]:
    item = simulator.control("GET", f"/settings/{resource}/{one}")
    assert isinstance(item, dict)
    return item


@WAYS
def test_files_and_entries_predicted_done_and_again(files: Path, simulator: Simulator, play: Play) -> None:
    entries = [
        {"match": {"customer_id": 111}, "faxserver_settings": {"name": "A set"}},
        {"subscriber_id": 6, "mailtofax_settings": {"secret_key": "an0ther-secret"}},
    ]
    options = {"src": ["customers"], "subscribers": entries, "defaults": {"faxserver_settings": {"ecm": False}}}
    tasks: list[dict[str, Any]] = [
        {"name": "Predicted", MODULE: options, "check_mode": True, "diff": True},
        {"name": "Done", MODULE: options, "diff": True},
        {"name": "Again", MODULE: {**options, "return_unchanged": True, "return_report": True}},
    ]
    played = play(tasks, "-vvvv")
    assert played.code == 0, played.output
    predicted, done, again = (played[name] for name in ("Predicted", "Done", "Again"))
    assert done["totals"] == {"subscribers": 6, "unchanged": 0, "changed": 6, "failed": 0, "unmanaged": 0}
    assert predicted["totals"] == done["totals"]
    assert predicted["diff"] == done["diff"]
    for before, after in zip(predicted["subscribers"], done["subscribers"], strict=True):
        assert {**before, "applied": True, "read_at": after["read_at"]} == after
    assert (again["changed"], [row["status"] for row in again["subscribers"]]) == (False, ["unchanged"] * 6)
    assert (again["verdict"], again["report"]["verdict"], "verdict" in done) == ("clean", "clean", False)
    everybody = [1, 2, 3, 4, 11, 6]
    names = [stored(simulator, one)["name"] for one in everybody]
    assert names == ["Example Clinic", None, "From JSON", "From CSV", "A set", None]
    assert [stored(simulator, one)["t38"] for one in (1, 2, 3)] == [False, False, True]
    assert not any(stored(simulator, one)["ecm"] for one in everybody)
    assert stored(simulator, 1, "mailtofaxsettings")["secret_key"] == SECRET
    places = {row["subscriber_id"]: row["place"] for row in done["subscribers"]}
    assert places == {
        1: "customers/a.yml:6",
        2: "customers/a.yml:9",
        3: "customers/b/c.json:1",
        4: "customers/d.csv:2",
        11: "subscribers[0]",
        6: "subscribers[1]",
    }
    assert "-Example Clinic" not in played.output
    assert "Example Clinic" in played.output
    for secret in (SECRET, "an0ther-secret"):
        assert secret not in played.output + json.dumps(played.results)


@WAYS
def test_all_that_is_wrong_at_once_and_before_any_request(files: Path, simulator: Simulator, play: Play) -> None:
    (files / "customers" / "a.yml").write_text(
        "subscribers:\n  - subscriber: user1@d1.example.org\n    faxserver_settings: {actve: true}\n", encoding="utf-8"
    )
    (files / "customers" / "e.yml").write_text("subscribers:\n\t- x\n", encoding="utf-8")
    (files / "customers" / "d.csv").write_text("subscriber_id,active\n4,true\n", encoding="utf-8")
    played = play([{"name": "Wrong", MODULE: {"src": "customers"}}])
    a, csv, tab = played.failure("Wrong").splitlines()
    assert (
        a == "customers/a.yml:3: user1@d1.example.org: faxserver_settings.actve is not an option; did you mean active?"
    )
    assert csv.startswith("customers/d.csv:1: ")
    assert tab.startswith("customers/e.yml:2: ")
    assert simulator.control("GET", "/counters")["requests"] == 0


BAD_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "subscribers and src name no subscriber"),
    ({"subscribers": []}, "subscribers and src name no subscriber"),
    ({"src": "nowhere"}, "nowhere: There is no such file or folder."),
    ({"src": [None, "customers"]}, "src must be the path of a state file or folder, a glob, or a list of them."),
    ({"src": 5}, "src must be the path of a state file"),
    ({"src": "~nobody-here/x"}, "~nobody-here/x: There is no such user"),
    ({"src": "customers", "subscribers": 5}, "subscribers must be a list of entries"),
    ({"src": "customers", "plan": [{"status": "changed"}]}, "plan must be a mapping."),
    ({"src": "customers", "plan": sample_report.report()}, "plan must be the report of a run in check mode"),
    ({"src": "customers", "only": [None]}, "only[0] must be user@domain or an id, not 'None'."),
    ({"subscribers": [{"subscriber_id": 1}]}, "subscribers[0]: Nothing is declared"),
    ({"subscribers": [{"faxserver_settings": {"active": True}}]}, "subscribers[0]: The entry names nobody"),
    ({"src": "customers", "workers": 0}, "workers must be between 1 and 32, not 0."),
    ({"src": "customers", "max_changes": "many"}, "max_changes must be a number such as 50"),
    (
        {"src": "customers", "unmanaged_match": {"domain": "d1.example.org"}},
        "unmanaged_match is given without unmanaged",
    ),
    (
        {"src": "customers", "unmanaged_match": {}, "unmanaged": "report"},
        "unmanaged_match is empty, which would be everybody",
    ),
    ({"src": "customers", "defaults": {"fax": {}}}, "defaults.fax is not an option; "),
    (
        {"src": "customers", "subscribers": [{"subscriber_id": 2, "faxserver_settings": {"t38": True}}]},
        "is named already at",
    ),
]


def test_bad_options(files: Path, simulator: Simulator, play: Play) -> None:
    """In one playbook, for its start takes longer than any of them."""
    names = [f"Wrong {number}" for number in range(len(BAD_OPTIONS))]
    tasks = [
        {"name": name, MODULE: options, "ignore_errors": True}
        for name, (options, _sentence) in zip(names, BAD_OPTIONS, strict=True)
    ]
    played = play(tasks)
    for name, (_options, sentence) in zip(names, BAD_OPTIONS, strict=True):
        assert sentence in played.failure(name)
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_sets_go_above_the_defaults_and_below_the_own_entry(files: Path, simulator: Simulator, play: Play) -> None:
    (files / "sets.yml").write_text(
        "defaults:\n  faxserver_settings: {t38: false, name: Default}\n"
        "subscribers:\n"
        "  - subscriber_id: 16\n    faxserver_settings: {active: true}\n"
        "  - match: {domain: d2.example.org}\n    faxserver_settings: {name: Set}\n",
        encoding="utf-8",
    )
    task = {"src": "sets.yml", "defaults": {"faxserver_settings": {"t38": True, "ecm": False}}}
    played = play([{"name": "Done", MODULE: task}])
    found = {row["subscriber_id"]: row for row in played["Done"]["subscribers"]}
    assert {name: stored(simulator, 16)[name] for name in ("name", "t38", "ecm", "active")} == {
        "name": "Set",
        "t38": False,
        "ecm": False,
        "active": True,
    }
    assert (stored(simulator, 17)["name"], stored(simulator, 17)["t38"]) == ("Set", False)
    places = found[16]["places"]["faxserver_settings"]
    assert (places["name"], places["active"]) == ("sets.yml:6", "sets.yml:4")


def test_failures_are_told_in_the_message_and_the_result(files: Path, simulator: Simulator, play: Play) -> None:
    (files / "customers" / "z.yml").write_text(
        "subscribers:\n  - subscriber: nobody@d1.example.org\n    faxserver_settings: {active: true}\n",
        encoding="utf-8",
    )
    played = play([{"name": "Fails", MODULE: {"src": "customers"}}])
    message = played.failure("Fails")
    assert message.startswith("1 of 5 subscribers failed. customers/z.yml:2: nobody@d1.example.org: There is no")
    assert played["Fails"]["changed"] is True
    assert played["Fails"]["totals"]["changed"] == 4
    assert stored(simulator, 4)["name"] == "From CSV"


# Progress and interruptions -------------------------------------------------------------------------------------------


def book(path: Path, connection: dict[str, Any], **options: Any) -> str:
    entries = [{"subscriber_id": one, "faxserver_settings": {"active": True}} for one in range(1, 29)]
    entries = [{**entry, "mailtofax_settings": {"active": True, "secret_key": SECRET}} for entry in entries]
    task = {"name": "Fleet", MODULE: {**connection, "subscribers": entries, **options}}
    content = [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]
    (path / "book.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(path / "book.yml")


def on_a_terminal(command: list[str], environment: dict[str, str]) -> tuple[str, str]:
    """Return what a command prints to a pipe, and what it shows on a terminal at its standard error."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
        output, _nothing = process.communicate()
    os.close(ours)
    return output, shown.decode()


@pytest.mark.parametrize("wanted", [True, False])
def test_a_line_that_moves_on_a_terminal_and_nothing_on_the_standard_output(
    wanted: bool,
    simulator: Simulator,
    connection: dict[str, Any],
    ansible_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    simulator.control("PUT", "/options", {"latency_ms": 40})
    command = [PYTHON, "-m", "ansible.cli.playbook", book(tmp_path, connection, workers=2, progress=wanted)]
    output, shown = on_a_terminal(command, ansible_environment)
    assert "PLAY RECAP" in output
    assert "fax_subscribers: " not in output
    assert ("\r\033[Kngcp.fax.fax_subscribers: writing " in shown) is wanted
    assert ("28 changed" in shown or "/28, " in shown) is wanted


@contextmanager
def started(simulator: Simulator, command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a run against a slow server, and yield it after its first writes."""
    simulator.control("PUT", "/options", {"write_ms": 400})
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        simulator.control("GET", "/counters?writes=3")
        yield process


@WAYS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_has_written_whole_subscribers_and_the_next_run_does_the_rest(
    number: signal.Signals,
    in_process: bool,
    commands: Commands,
    simulator: Simulator,
    connection: dict[str, Any],
    ansible_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    command = [PYTHON, "-m", "ansible.cli.playbook", book(tmp_path, connection, workers=2)]
    command += [] if in_process else ["-e", json.dumps({"ngcp_fax_in_process": False})]
    with started(simulator, command, ansible_environment) as process:
        os.killpg(process.pid, number)
        output, _nothing = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in output
    if in_process and number == signal.SIGINT:
        assert re.search(r"^ngcp\.fax\.fax_subscribers: ended early, [1-9]\d* changed; ", output, re.MULTILINE)
    simulator.control("PUT", "/options", {"write_ms": 0})
    wait_for_the_end(ansible_environment)
    assert simulator.control("GET", "/counters")["writes"] < 2 * 28
    active = {
        resource: {one for one in range(1, 29) if stored(simulator, one, resource)["active"]}
        for resource in ("faxserversettings", "mailtofaxsettings")
    }
    if number != signal.SIGKILL:
        assert active["faxserversettings"] == active["mailtofaxsettings"]
    finished = commands.run("ansible.cli.playbook", command[3:], ansible_environment, tmp_path)
    assert finished.returncode == 0, finished.stdout
    assert all(stored(simulator, one, resource)["active"] for one in range(1, 29) for resource in active)
