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
# The variables of a run, what differs in its connection, the guilty task, and the kind of the error.
Case = tuple[Variables, Variables, str, str]
# Runs a role once for each case in a play of one's own, each within a block that has a `rescue`.
Run = Callable[..., Played]

VALID = "subscribers:\n  - subscriber_id: 3\n    faxserver_settings: {active: true}\n"
FILES = {
    "state.yml": VALID,
    "invalid.yml": "subscribers:\n  - subscriber_id: x\n",
    "nobody.yml": VALID.replace("subscriber_id: 3", "subscriber: nobody@d1.example.org"),
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
    "send": {"src": "notice.txt", "subscriber_id": 4, "destinations": ["43100001"], "poll_interval": 0.05},
    "archive": {"dest": "faxes"},
    "validate": {"src": "state.yml"},
}
SEEN = {
    "task": "{{ ansible_failed_task.name }}",
    "kind": "{{ ansible_failed_result.error.kind | default('') }}",
    "msg": "{{ ansible_failed_result.msg }}",
}
WRONG_LOGIN, NO_SERVER = {"api_password": "wrong"}, {"api_url": "https://127.0.0.1:9", "retries": 0}
UNREAD = {"path": "/faxserversettings/3$", "status": 403, "body": '{"code": 403, "message": "no"}', "times": None}
BROKEN = {"path": "/api/faxrecordings/6", "status": 200, "body": "<html>Oops</html>", "times": None}
# By role. Ansible itself refuses variables without a kind, and so does the role.
FAILURES: dict[str, list[Case]] = {
    "provision": [
        ({"src": "nobody.yml"}, {}, APPLY, "some_failed"),
        ({"max_changes": 0, "dest": "report"}, {}, APPLY, "limit_exceeded"),
        ({"dest": "report"}, WRONG_LOGIN, APPLY, "login_refused"),
        ({"dest": "report"}, NO_SERVER, APPLY, "unreachable"),
        ({"src": "invalid.yml", "dest": "report"}, {}, APPLY, "bad_option"),
        ({"dest": "broken"}, {}, WRITE_EITHER, "bad_option"),
        ({"workers": 99}, {}, CHECK_RUN, "bad_option"),
        ({"onyl": 3}, {}, CHECK_VARIABLES, ""),
    ],
    "drift": [
        ({}, {}, WRITE, "rows_found"),
        ({}, WRONG_LOGIN, COMPARE, "login_refused"),
        ({}, NO_SERVER, COMPARE, "unreachable"),
        ({"src": "invalid.yml"}, {}, COMPARE, "bad_option"),
        ({"dest": "broken"}, {}, WRITE, "bad_option"),
        ({"workers": 99}, {}, CHECK_COMPARISON, "bad_option"),
        ({"onyl": 3}, {}, CHECK_VARIABLES, ""),
    ],
    "export": [
        ({}, WRONG_LOGIN, EXPORT, "login_refused"),
        ({}, NO_SERVER, EXPORT, "unreachable"),
        ({"dest": "notice.txt"}, {}, EXPORT, "bad_option"),
        ({"workers": 99}, {}, EXPORT, "bad_option"),
        ({"layuot": "one"}, {}, CHECK_VARIABLES, ""),
    ],
    "send": [
        ({"destinations": ["43100099"]}, {}, SEND, "fax_failed"),
        ({"destinations": ["43110099", "43120099"]}, {}, SEND, "some_failed"),
        ({}, WRONG_LOGIN, SEND, "login_refused"),
        ({"receipt": "other.json"}, NO_SERVER, SEND, "unreachable"),
        ({"src": "missing.pdf"}, {}, SEND, "bad_option"),
        ({"workers": 99}, {}, SEND, "bad_option"),
        ({"src": "", "content": "x"}, {}, CHECK_VARIABLES, ""),
    ],
    "archive": [
        ({}, WRONG_LOGIN, DOWNLOAD, "login_refused"),
        ({}, NO_SERVER, DOWNLOAD, "unreachable"),
        ({"dest": "notice.txt"}, {}, DOWNLOAD, "bad_option"),
        ({"workers": 99}, {}, DOWNLOAD, "bad_option"),
        ({"dest": ""}, {}, CHECK_VARIABLES, ""),
    ],
    "validate": [
        ({"src": "invalid.yml"}, {}, VALIDATE, "bad_option"),
        ({"src": "nowhere"}, {}, VALIDATE, "bad_option"),
        ({"src": ""}, {}, CHECK_VARIABLES, ""),
    ],
}
# What the server does, and the failure that follows.
FAULTS: list[tuple[str, Variables, Case]] = [
    ("drift", UNREAD, ({}, {}, COMPARE, "some_failed")),
    ("archive", BROKEN, ({}, {}, DOWNLOAD, "not_ngcp")),
]


@pytest.fixture
def run(play: Play, connection: Variables, simulator: Simulator, tmp_path: Path) -> Run:
    """`run(role, cases, *arguments)` in a folder with `FILES`, where fax is active for the subscribers that send."""
    for number in (4, 5):
        simulator.control("PATCH", f"/settings/faxserversettings/{number}", {"active": True})
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    def variables(role: str, own: Variables, other: Variables) -> Variables:
        login = {} if role == "validate" else {"connection": {**connection, **other}}
        return {f"{role}_{name}": value for name, value in {**NEEDED[role], **login, **own}.items()}

    def run(role: str, cases: list[Case], *arguments: str) -> Played:
        tasks = [
            {
                "block": [
                    {
                        "name": "role",
                        "ansible.builtin.include_role": {"name": f"ngcp.fax.{role}"},
                        "vars": variables(role, own, other),
                    }
                ],
                "rescue": [{"name": f"seen {number}", "ansible.builtin.debug": {"msg": SEEN}}],
            }
            for number, (own, other, _task, _kind) in enumerate(cases)
        ]
        return play(tasks, *arguments, module_defaults={}, warnings=("[WARNING]",))

    return run


def check(played: Played, cases: list[Case]) -> None:
    """Check that each case failed once, by the guilty task, whose message nothing else shows."""
    assert played.code == 0, played.output
    # Every failed task counts.
    assert re.search(rf"failed=0 .*rescued={len(cases)} ", played.output), played.output
    for number, (_own, _other, task, kind) in enumerate(cases):
        seen = played[f"seen {number}"]["msg"]
        assert (seen["task"], seen["kind"]) == (task, kind), played.output
        sentence = json.dumps(seen["msg"].splitlines()[0])[1:-1]
        lines = [line for line in played.output.splitlines() if sentence in line]
        (fatal,) = (line for line in lines if line.startswith("fatal: "))
        # Each fax has its own message, and the table shows another part of it.
        assert fatal.count(sentence) == 1 or '"faxes": ' in fatal
        (_seen,) = (line for line in lines if line.startswith(" "))


@pytest.mark.parametrize("role", FAILURES)
def test_rescue_sees_the_guilty_task_and_no_other_fails(role: str, run: Run) -> None:
    check(run(role, FAILURES[role]), FAILURES[role])


@pytest.mark.parametrize(("role", "fault", "case"), FAULTS)
def test_rescue_sees_what_the_server_did(
    role: str, fault: Variables, case: Case, run: Run, simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", [fault])
    check(run(role, [case]), [case])


def test_rescue_sees_that_the_plan_is_outdated(run: Run, simulator: Simulator) -> None:
    assert run("provision", [({"dest": "plan"}, {}, "", "")], "--check").code == 0
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True, "name": "By hand"})
    case: Case = (
        {"plan": "plan/report.json", "defaults": {"faxserver_settings": {"name": "New"}}},
        {},
        APPLY,
        "plan_outdated",
    )
    check(run("provision", [case]), [case])


def test_failures_that_are_allowed_are_shown_and_nothing_fails(run: Run) -> None:
    case: Case = ({"src": "state.yml,nobody.yml", "allow_failed": True, "dest": "plan"}, {}, "", "")
    played = run("provision", [case], "--check", "--diff")
    assert (played.code, played.failed) == (0, set())
    assert re.search(r"failed=0 .*rescued=0 ", played.output)
    (line,) = played["ngcp.fax.provision : Show the failures that provision_allow_failed allows"]["msg"]
    assert "nobody@d1.example.org: There is no subscriber" in line
    assert played.output.count("+++ after: ") == 1


def test_the_report_and_the_summary_are_there_although_the_run_failed(run: Run, tmp_path: Path) -> None:
    played = run("provision", [({"src": "state.yml,nobody.yml", "dest": "report"}, {}, "", "")], "--check", "--diff")
    assert played.failed == {f"ngcp.fax.provision : {APPLY}"}
    assert played["ngcp.fax.provision : Show the summary"]["msg"].startswith("2 subscribers: ")
    assert json.loads((tmp_path / "report" / "report.json").read_bytes())["verdict"] == "unknown"
    assert played.output.count("+++ after: ") == 1


def test_all_mistakes_in_the_variables_are_told_at_once(run: Run) -> None:
    mistakes: Variables = {"src": "state.yml,", "plan": "plan/report.json", "dest": "plan", "onyl": 1}
    message = run("provision", [(mistakes, {}, "", "")])["seen 0"]["msg"]["msg"]
    beginnings = [line.split(" ")[0] for line in message.splitlines()]
    assert beginnings == ["Unknown", "provision_src", "provision_dest"]
