# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit code 4 of playbooks that cannot do their work (docs/exit-codes.md), by `ngcp.fax.stop`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.files import UNREACHABLE_IN_WORDS
from tests.integration.conftest import Play, Played
from tests.simulator.client import ROOT, Simulator

Variables = dict[str, Any]
STATE = "subscribers:\n  - subscriber_id: 2\n    faxserver_settings: {name: Declared}\n"
# By playbook: what every host needs, and for each host what is wrong with it, and a part of what it is told.
WRONG: dict[str, tuple[Variables, dict[str, tuple[Variables, str]]]] = {
    "drift": (
        {"src": "state.yml", "unmanaged": "ignore"},
        {
            "misspelt": ({"onyl": "x"}, "Unknown variable: drift_onyl."),
            "type": ({"workers": "abc"}, "argument 'drift_workers' is of type"),
            "dict": ({"defaults": [1]}, "argument 'drift_defaults' is of type"),
            "number": ({"workers": 99}, "drift_workers must be between 1 and 32, not 99."),
            "choice": ({"fail_on": "drfit"}, "value of drift_fail_on must be one or more of"),
            "never": ({"fail_on": "never,drift"}, "drift_fail_on: never stands alone."),
            "formats": ({"formats": "htlm"}, "value of drift_formats must be one or more of"),
            "mode": ({"mode": "rw"}, "drift_mode"),
            "match": (
                {"unmanaged_match": {"domian": "x"}, "unmanaged": "report"},
                "drift_unmanaged_match.domian is no",
            ),
            "baseline": ({"baseline": "nowhere.yml"}, "nowhere.yml: There is no such file for drift_baseline."),
            "empty": ({"src": ""}, "drift_src must be a list of paths"),
            "one-empty": ({"src": "state.yml,"}, "and no path may be empty"),
            "nonsense": ({"src": 5}, "drift_src must be a list of paths"),
            "connection": ({"connection": {"api_urll": "https://x"}}, "api_urll"),
        },
    ),
    "provision": (
        {"src": "state.yml", "dest": "drift"},
        {
            "misspelt": ({"max_chnages": 1}, "Unknown variable: provision_max_chnages."),
            "type": ({"max_failures": "few"}, "argument 'provision_max_failures' is of type"),
            "guard": ({"max_changes": "many"}, "provision_max_changes must be a number such as 50"),
            "formats": ({"formats": "pdf"}, "value of provision_formats must be one or more of"),
            "plan": ({"plan": "nowhere/plan.json"}, "There is no such file for provision_plan."),
            "only": ({"only": [None]}, "provision_only[0] must be user@domain or an id"),
            "match": (
                {"unmanaged_match": {"domain": "x"}},
                "provision_unmanaged_match is given without provision_unmanaged",
            ),
            "empty": ({"src": ""}, "provision_src must be a list of paths"),
        },
    ),
    "export": (
        {"dest": "exported"},
        {
            "misspelt": ({"adpot": True}, "Unknown variable: export_adpot."),
            "choice": ({"layout": "each"}, "value of export_layout must be one of"),
            "vault": ({"vault_id": "x"}, "export_vault_id is given without export_secrets: vault"),
        },
    ),
}


@pytest.fixture
def run(play: Play, connection: Variables, tmp_path: Path) -> Any:
    """`run(playbook, hosts)`: all hosts at once, each with its own variables."""
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    (tmp_path / "drift").mkdir()
    for name in ("report.html", "report.json", "report.md", "junit.xml"):
        (tmp_path / "drift" / name).write_text("of an earlier run", encoding="utf-8")

    def run(playbook: str, hosts: dict[str, Variables]) -> Played:
        always = {"ansible_python_interpreter": sys.executable, f"{playbook}_connection": connection}
        named = {
            host: {**always, **{f"{playbook}_{name}": value for name, value in variables.items()}}
            for host, variables in hosts.items()
        }
        (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": named}}), encoding="utf-8")
        arguments = ("-i", str(tmp_path / "hosts.json"), "-e", f"{playbook}_hosts=all")
        played = play(f"ngcp.fax.{playbook}", *arguments)
        assert played.code == 4, played.output
        return played

    return run


@pytest.mark.parametrize("playbook", WRONG)
def test_what_is_wrong_ends_with_4_before_any_request(
    playbook: str, run: Any, simulator: Simulator, tmp_path: Path
) -> None:
    always, cases = WRONG[playbook]
    output = run(playbook, {host: {**always, **wrong} for host, (wrong, _told) in cases.items()}).output
    for host, (_wrong, told) in cases.items():
        assert re.search(rf"^{host} .*unreachable=1 .*failed=1 ", output, re.MULTILINE), host
        lines = [line for line in output.splitlines() if line.startswith((f"fatal: [{host}]", f"failed: [{host}]"))]
        assert told in lines[0], lines
        assert UNREACHABLE_IN_WORDS in lines[-1]
    assert simulator.control("GET", "/counters")["requests"] == 0
    # The files of an earlier run are unchanged.
    assert {path.read_text(encoding="utf-8") for path in (tmp_path / "drift").iterdir()} == {"of an earlier run"}


def test_a_message_about_what_is_there_names_the_variable_as_it_was_typed(run: Any, tmp_path: Path) -> None:
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "subscribers.yml").write_text("# By hand\nsubscribers: []\n", encoding="utf-8")
    output = run("export", {"one": {"dest": "exported", "layout": "one"}}).output
    assert (
        "exists and was not written by an export. Move it, or set export_adopt: true to bring it up to date" in output
    )


@pytest.mark.parametrize("role", ["drift", "validate"])
def test_hosts_that_nobody_knows_are_not_without_a_failure(role: str, play: Play) -> None:
    played = play(f"ngcp.fax.{role}", "-e", f"{role}_src=x", "-e", f"{role}_hosts=nobody", warnings=("nobody",))
    assert (played.code, UNREACHABLE_IN_WORDS in played.output) == (4, True)
    assert f"{role}_hosts is 'nobody', which matches no host in the inventory" in played.output


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"validate_scr": "state.yml"}, "missing required arguments: validate_src"),
        ({"validate_src": "", "validate_chdri": "/"}, "no path may be empty. Name the state files."),
        ({"validate_src": "nowhere"}, "There is no such file or folder."),
    ],
)
def test_files_that_are_not_right_end_with_4(play: Play, tmp_path: Path, variables: Variables, told: str) -> None:
    played = play("ngcp.fax.validate", "-e", json.dumps(variables))
    assert (played.code, UNREACHABLE_IN_WORDS in played.output) == (4, True)
    (task,) = played.failed
    assert told in played.failure(task)


def test_each_host_has_files_of_its_own(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    hosts = {"good": {"validate_src": "state.yml"}, "bad": {"validate_src": "nowhere.yml"}}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    played = play("ngcp.fax.validate", "-i", str(tmp_path / "hosts.json"), "-e", "validate_hosts=all")
    assert played.code == 4, played.output
    assert re.search(r"^good .*unreachable=0 .*failed=0 ", played.output, re.MULTILINE)
    assert re.search(r"^bad .*unreachable=1 .*failed=1 ", played.output, re.MULTILINE)
    assert simulator.control("GET", "/counters")["requests"] == 0


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"drift_src": "clean.yml", "drift_unmanaged": "ignore"}, 0),
        ({"drift_src": "state.yml", "drift_unmanaged": "ignore"}, 2),
        ({"drift_src": "nowhere.yml"}, 4),
        ({"drift_srk": "state.yml"}, 4),
    ],
)
def test_the_codes_of_the_example_for_a_play_of_ones_own(
    play: Play, connection: Variables, tmp_path: Path, variables: Variables, code: int
) -> None:
    """It tells them apart by `error.kind`, without a variable of the role."""
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    (tmp_path / "clean.yml").write_text("subscribers:\n  - subscriber_id: 2\n    faxserver_settings: {name: null}\n")
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    (tmp_path / "own.yml").write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    played = play(str(tmp_path / "own.yml"), "-e", json.dumps({**variables, "drift_connection": connection}))
    assert played.code == code, played.output
