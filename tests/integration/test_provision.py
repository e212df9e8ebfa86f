# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook and its role: one broken subscriber or host does not stop the others, and the end names every one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Play
from tests.simulator.client import Simulator

PLAYBOOK = "ngcp.fax.provision"
LAST = "ngcp.fax.provision : Name every subscriber that failed"
ACTIVE = {"faxserver_settings": {"active": True}, "mailtofax_settings": {"active": False}}


def extra(path: Path, connection: dict[str, Any], entries: list[dict[str, Any]], **variables: Any) -> tuple[str, str]:
    """The arguments that hand the playbook its variables, as a user's file would."""
    content = {"provision_subscribers": entries, "provision_connection": connection, **variables}
    (path / "variables.json").write_text(json.dumps(content), encoding="utf-8")
    return "-e", f"@{path / 'variables.json'}"


def writes(simulator: Simulator) -> list[str]:
    log = simulator.control("GET", "/log")["requests"]
    return [request["path"] for request in log if request["method"] == "PATCH"]


def test_check_then_real_then_again(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    entries: list[dict[str, Any]] = [
        {"subscriber": "user3@d1.example.org", **ACTIVE},
        {"external_id": "ext-4", **ACTIVE},
    ]
    arguments = extra(tmp_path, connection, entries)
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    assert play(PLAYBOOK, *arguments, "--check", "--diff").code == 0
    assert simulator.control("GET", "/counters")["refused_writes"] == 0
    simulator.control("PUT", "/refuse_writes", {"enabled": False})
    assert play(PLAYBOOK, *arguments).code == 0
    assert writes(simulator) == ["/api/faxserversettings/3", "/api/faxserversettings/4"]
    assert play(PLAYBOOK, *arguments).code == 0
    assert len(writes(simulator)) == 2


def test_every_failed_subscriber_is_named_and_the_others_are_done(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    entries: list[dict[str, Any]] = [
        {"subscriber": "nobody@d1.example.org", **ACTIVE},
        {"subscriber_id": 4, **ACTIVE},
        {"external_id": "ext-5\n", "mailtofax_settings": {"active": False}},
        {"external_id": "ext-6", "mailtofax_settings": {"secret_key_renew": "hourly"}},
    ]
    played = play(PLAYBOOK, *extra(tmp_path, connection, entries))
    assert played.code == 2
    head, *lines = played.failure(LAST).splitlines()
    assert head == "3 of 4 subscribers failed:"
    nobody, blank, hourly = lines
    assert nobody.startswith("nobody@d1.example.org: faxserver_settings: There is no subscriber nobody@d1.example.org")
    assert blank == "external_id ext-5: mailtofax_settings: external_id must not hold a blank or a line break."
    assert hourly.startswith("external_id ext-6: mailtofax_settings: secret_key_renew must be one of never, daily,")
    assert writes(simulator) == ["/api/faxserversettings/4"]


def test_a_login_refused_midway_names_the_failures_so_far(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    body = json.dumps({"code": 403, "message": "Banned"})
    simulator.control("PUT", "/faults", [{"path": "faxserversettings/5", "times": None, "status": 403, "body": body}])
    entries: list[dict[str, Any]] = [
        {"subscriber": "nobody@d1.example.org", **ACTIVE},
        *({"subscriber_id": n, **ACTIVE} for n in (4, 5, 6)),
    ]
    played = play(PLAYBOOK, *extra(tmp_path, connection, entries))
    head, *lines = played.failure(LAST).splitlines()
    assert head == "3 of 4 subscribers failed:"
    assert lines[0].startswith("nobody@d1.example.org: faxserver_settings: There is no subscriber")
    assert lines[1].startswith("subscriber_id 5: faxserver_settings: The account is banned")
    assert lines[2] == "1 more were not tried after that."
    assert simulator.control("GET", "/counters")["logins"] == 1


def test_a_broken_subscriber_of_one_host_does_not_stop_another(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    common: dict[str, Any] = {"ansible_python_interpreter": sys.executable, "provision_connection": connection}
    hosts = {
        "h0": {**common, "provision_subscribers": [{"subscriber": "nobody@d1.example.org", **ACTIVE}]},
        "h1": {**common, "provision_subscribers": [{"subscriber_id": 4, **ACTIVE}]},
    }
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    played = play(PLAYBOOK, "-i", str(tmp_path / "hosts.json"), "-e", "provision_hosts=all")
    assert played.code == 2
    assert writes(simulator) == ["/api/faxserversettings/4"]


@pytest.mark.parametrize(
    ("entries", "task", "sentence"),
    [
        ([], "Stop if there is nothing to do", "Nothing to do: neither provision_subscribers nor a file"),
        (
            [{"subscriber_id": 4, **ACTIVE}, {"subscriber_id": 4, **ACTIVE}],
            "Stop if a subscriber is named twice",
            "Named more than once in provision_subscribers and provision_files: subscriber_id 4.",
        ),
    ],
)
def test_what_is_refused_before_anything_is_sent(
    entries: list[dict[str, Any]],
    task: str,
    sentence: str,
    play: Play,
    simulator: Simulator,
    connection: dict[str, Any],
    tmp_path: Path,
) -> None:
    played = play(PLAYBOOK, *extra(tmp_path, connection, entries))
    assert played.failure(f"ngcp.fax.provision : {task}").startswith(sentence)
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_a_file_with_a_vaulted_secret(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "list.yml").write_text(
        "subscribers:\n  - subscriber_id: 4\n    mailtofax_settings: {active: true, secret_key: a-secret-of-four}\n",
        encoding="utf-8",
    )
    arguments = extra(tmp_path, connection, [], provision_files=["list.yml"])
    played = play(PLAYBOOK, *arguments, "--diff", "-vvv")
    assert played.code == 0, played.output
    assert "a-secret-of-four" not in played.output
    assert simulator.control("GET", "/settings/mailtofaxsettings/4")["secret_key"] == "a-secret-of-four"
