# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure of a role is the failure of the task that met it: in the recap, and in the `rescue` of a user's play."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Play, Played
from tests.simulator.client import Simulator

Variables = dict[str, Any]
# Runs a role in a play of one's own, within a block that has a `rescue`.
Run = Callable[..., Played]

VALID = "subscribers:\n  - subscriber_id: 3\n    faxserver_settings: {active: true}\n"
FILES = {
    "state.yml": VALID,
    "invalid.yml": "subscribers:\n  - subscriber_id: x\n",
    "nobody.yml": f"{VALID}  - subscriber: nobody@d1.example.org\n    faxserver_settings: {{active: true}}\n",
    "notice.txt": "Closed tomorrow.",
    "broken/report.json/file": "",
}
APPLY, COMPARE = "Apply the declared settings", "Compare the server with the state files"
SEND, DOWNLOAD = "Send the fax to every number that has not received it", "Download new faxes to the archive"
WRITE, EXPORT, VALIDATE = "Write the report", "Write the state files", "Check all state files"
WRITE_EITHER, CHECK_VARIABLES = "Write the plan or the report", "Check the variables"
CHECK_RUN, CHECK_COMPARISON = "Check the options of the run", "Check the options of the comparison"
# What a role needs to succeed.
NEEDED: dict[str, Variables] = {
    "provision": {"src": "state.yml"},
    "drift": {"src": "state.yml", "unmanaged": "ignore"},
    "export": {"dest": "exported"},
    "send": {"src": "notice.txt", "subscriber_id": 3, "destinations": ["43100001"], "poll_interval": 0.05},
    "archive": {"dest": "faxes"},
    "validate": {"src": "state.yml"},
}
WRONG_LOGIN, NO_SERVER = {"api_password": "wrong"}, {"api_url": "https://127.0.0.1:9"}
UNREAD = {"path": "/faxserversettings/3$", "status": 403, "body": '{"code": 403, "message": "no"}', "times": None}
BROKEN = {"path": "/api/faxrecordings/6", "status": 200, "body": "<html>Oops</html>", "times": None}
# For each failure: the role, its variables, what differs in the connection, the faults of the server, the guilty task,
# and the kind of the error. Ansible itself refuses variables without a kind.
FAILURES: list[tuple[str, Variables, Variables, list[Variables], str, str]] = [
    ("provision", {"src": "nobody.yml", "dest": "report"}, {}, [], APPLY, "some_failed"),
    ("provision", {"src": "nobody.yml"}, {}, [], APPLY, "some_failed"),
    ("provision", {"max_changes": 0, "dest": "report"}, {}, [], APPLY, "limit_exceeded"),
    ("provision", {"dest": "report"}, WRONG_LOGIN, [], APPLY, "login_refused"),
    ("provision", {"dest": "report"}, NO_SERVER, [], APPLY, "unreachable"),
    ("provision", {"src": "invalid.yml", "dest": "report"}, {}, [], APPLY, "bad_option"),
    ("provision", {"dest": "broken"}, {}, [], WRITE_EITHER, "bad_option"),
    ("provision", {"workers": 99}, {}, [], CHECK_RUN, "bad_option"),
    ("provision", {"onyl": 3}, {}, [], CHECK_VARIABLES, ""),
    ("drift", {}, {}, [], WRITE, "rows_found"),
    ("drift", {}, {}, [UNREAD], COMPARE, "some_failed"),
    ("drift", {}, WRONG_LOGIN, [], COMPARE, "login_refused"),
    ("drift", {}, NO_SERVER, [], COMPARE, "unreachable"),
    ("drift", {"src": "invalid.yml"}, {}, [], COMPARE, "bad_option"),
    ("drift", {"dest": "broken"}, {}, [], WRITE, "bad_option"),
    ("drift", {"workers": 99}, {}, [], CHECK_COMPARISON, "bad_option"),
    ("drift", {"onyl": 3}, {}, [], CHECK_VARIABLES, ""),
    ("export", {}, WRONG_LOGIN, [], EXPORT, "login_refused"),
    ("export", {}, NO_SERVER, [], EXPORT, "unreachable"),
    ("export", {"dest": "notice.txt"}, {}, [], EXPORT, "bad_option"),
    ("export", {"workers": 99}, {}, [], EXPORT, "bad_option"),
    ("export", {"layuot": "one"}, {}, [], CHECK_VARIABLES, ""),
    ("send", {"destinations": ["43100099"]}, {}, [], SEND, "fax_failed"),
    ("send", {"destinations": ["43100099", "43110099"]}, {}, [], SEND, "some_failed"),
    ("send", {}, WRONG_LOGIN, [], SEND, "login_refused"),
    ("send", {}, NO_SERVER, [], SEND, "unreachable"),
    ("send", {"src": "missing.pdf"}, {}, [], SEND, "bad_option"),
    ("send", {"workers": 99}, {}, [], SEND, "bad_option"),
    ("send", {"src": "", "content": "x"}, {}, [], CHECK_VARIABLES, ""),
    ("archive", {}, {}, [BROKEN], DOWNLOAD, "not_ngcp"),
    ("archive", {}, WRONG_LOGIN, [], DOWNLOAD, "login_refused"),
    ("archive", {}, NO_SERVER, [], DOWNLOAD, "unreachable"),
    ("archive", {"dest": "notice.txt"}, {}, [], DOWNLOAD, "bad_option"),
    ("archive", {"workers": 99}, {}, [], DOWNLOAD, "bad_option"),
    ("archive", {"dest": ""}, {}, [], CHECK_VARIABLES, ""),
    ("validate", {"src": "invalid.yml"}, {}, [], VALIDATE, "bad_option"),
    ("validate", {"src": "nowhere"}, {}, [], VALIDATE, "bad_option"),
    ("validate", {"src": ""}, {}, [], CHECK_VARIABLES, ""),
]


@pytest.fixture
def run(play: Play, connection: Variables, simulator: Simulator, tmp_path: Path) -> Run:
    """`run(role, variables, connection)`: the role with its rescue, in a folder with `FILES`."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": False})
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    def run(role: str, variables: Variables, other: Variables, *arguments: str) -> Played:
        given = {**NEEDED[role], **variables}
        if role != "validate":
            given["connection"] = {**connection, **other}
        seen = {
            "task": "{{ ansible_failed_task.name }}",
            "kind": "{{ ansible_failed_result.error.kind | default('') }}",
            "msg": "{{ ansible_failed_result.msg }}",
        }
        block = {
            "block": [{"name": "role", "ansible.builtin.include_role": {"name": f"ngcp.fax.{role}"}}],
            "rescue": [{"name": "seen", "ansible.builtin.debug": {"msg": seen}}],
        }
        names = {f"{role}_{name}": value for name, value in given.items()}
        return play([block], *arguments, vars=names, module_defaults={}, warnings=("[WARNING]",))

    return run


@pytest.mark.parametrize(("role", "variables", "other", "faults", "task", "kind"), FAILURES)
def test_rescue_sees_the_guilty_task_and_no_other_fails(
    role: str,
    variables: Variables,
    other: Variables,
    faults: list[Variables],
    task: str,
    kind: str,
    run: Run,
    simulator: Simulator,
) -> None:
    if role in ("send", "archive"):
        simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    simulator.control("PUT", "/faults", faults)
    played = run(role, variables, other)
    assert played.code == 0, played.output
    assert played.failed == {f"ngcp.fax.{role} : {task}"}
    seen = played["seen"]["msg"]
    assert (seen["task"], seen["kind"]) == (task, kind)
    assert re.search(r"failed=0 .*rescued=1 ", played.output)
    # The message is shown by the guilty task and, here, by the rescue alone.
    sentence = json.dumps(seen["msg"].splitlines()[0][:60])[1:-1]
    showing = [name for name, result in played.results.items() if sentence in json.dumps(result.get("msg"))]
    assert showing == [f"ngcp.fax.{role} : {task}", "seen"]
