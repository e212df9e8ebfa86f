# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where modules run: inside Ansible's own process, with one connection for a whole loop, or each as a process; and that
nobody can tell but by the number of connections.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration import soak
from tests.integration.conftest import BOTH_WAYS, PYTHON, Play, Played, Task
from tests.simulator.client import Simulator

FAX, MAIL = "ngcp.fax.faxserver_settings", "ngcp.fax.mailtofax_settings"
LOOP: Task = {"name": "a", FAX: {"subscriber_id": "{{ item }}", "active": True}, "loop": [3, 4]}
OWN = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def opened(simulator: Simulator) -> tuple[int, int]:
    """Return how many connections and logins the server has seen."""
    counters = simulator.control("GET", "/counters")
    return counters["connections"], counters["logins"]


# Where a module runs --------------------------------------------------------------------------------------------------


# Connections and logins of a loop of two items: in one process, and in one for each item beside that which logs in.
HERE, SHIPPED = (1, 1), (3, 1)
# Where the interpreter lacks the libraries: no module can run.
NO_LIBRARIES = (1, 1)


@pytest.mark.parametrize(("in_process", "counts"), [(True, HERE), (False, SHIPPED)])
def test_a_loop_has_one_login_and_a_connection_for_each_process(
    counts: tuple[int, int], play: Play, simulator: Simulator
) -> None:
    played = play([LOOP])
    assert [item["changed"] for item in played.items["a"]] == [True] * 2, played.output
    assert opened(simulator) == counts


def test_the_last_item_and_task_use_no_more_than_the_first(play: Play, tmp_path: Path) -> None:
    """`make soak` does the same with thousands."""
    soak.check(play, tmp_path, items=25, single=4)


def wrapper(folder: Path) -> str:
    """Another interpreter, of the same Python."""
    path = folder / "python3"
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(PYTHON)} "$@"\n', encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def link(folder: Path) -> str:
    """The same file by another name, as in another virtual environment of the same Python."""
    path = folder / "python3"
    path.symlink_to(PYTHON)
    return str(path)


@pytest.mark.parametrize("make", [wrapper, link])
def test_another_interpreter_gets_modules(
    make: Callable[[Path], str], play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    other = make(tmp_path)
    played = play([{**LOOP, "vars": {"ansible_python_interpreter": other}, "ignore_errors": True}], "-vvv")
    assert f"{other} " in played.output
    # A link has no libraries: no module is to run with those of another environment.
    assert opened(simulator) in (SHIPPED, NO_LIBRARIES)


@pytest.mark.parametrize(
    "keywords",
    [
        {"async": 60, "poll": 1},
        {"vars": {"ngcp_fax_in_process": "{{ 'n' + 'o' }}"}},
        {"vars": {"ansible_python_interpreter": "auto_silent"}},
    ],
    ids=str,
)
def test_who_gets_modules(keywords: dict[str, Any], play: Play, simulator: Simulator) -> None:
    played = play([{**LOOP, **keywords, "ignore_errors": True}], warnings=("discovered",))
    assert "a" in played.results
    # Asynchronous ones do not share a login.
    wanted = (2, 2) if "async" in keywords else SHIPPED
    # The interpreter that Ansible finds may have no libraries. And what Ansible starts an asynchronous module with
    # cannot start one whose path holds a space.
    unlike = "auto_silent" in str(keywords) or ("async" in keywords and " " in PYTHON)
    assert opened(simulator) == wanted or (unlike and opened(simulator) in (NO_LIBRARIES, (0, 0)))


@pytest.mark.parametrize(("another", "counts"), [(True, SHIPPED), (False, HERE)])
def test_a_task_that_becomes_another_user_gets_modules(
    another: bool, counts: tuple[int, int], play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    """A sudo that takes everybody for the user."""
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n', encoding="utf-8")
    sudo.chmod(0o700)
    user = getpass.getuser()
    become = {"become": True, "become_user": ("nobody" if user == "root" else "root") if another else user}
    played = play(
        [{**LOOP, **become, "vars": {"ansible_become_exe": str(sudo)}}],
        environment={"ANSIBLE_PIPELINING": "true"},
    )
    assert played.code == 0, played.output
    assert opened(simulator) == counts


def test_what_is_done_on_the_controller_becomes_nobody_else(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    user = getpass.getuser()
    other = "nobody" if user == "root" else "root"
    (tmp_path / "state.yml").write_text("version: 1\nsubscribers: []\n", encoding="utf-8")
    modules: dict[str, dict[str, Any]] = {
        "fax_export": {"dest": "out"},
        "fax_report": {"report": {}, "dest": "out"},
        "fax_state_info": {"src": "state.yml"},
    }
    tasks: list[Task] = [
        {"name": f"{name} {who}", f"ngcp.fax.{name}": options, "become_user": who, "ignore_errors": True}
        for name, options in modules.items()
        for who in (other, user)
    ]
    played = play(tasks, become=True)
    for name in modules:
        assert played.failure(f"{name} {other}") == (
            f"become: ngcp.fax.{name} works on the controller as the user that runs Ansible, {user}, and cannot become "
            f"{other}. Set become: false for this task."
        )
        assert played[f"{name} {other}"]["changed"] is False
        assert not str(played[f"{name} {user}"].get("msg")).startswith("become")
    assert played[f"fax_export {user}"]["changed"] is True


def test_controls_of_paths_and_names_do_not_reach_the_terminal(play: Play, tmp_path: Path) -> None:
    evil, safe = "a\x1b[31m\u202e", "a\\x1b[31m\\u202e"
    settings = {"name": "\u200b", "active": True}
    state = {"version": 1, "subscribers": [{"subscriber_id": 3, "faxserver_settings": settings}]}
    (tmp_path / f"{evil}.yml").write_text(json.dumps(state), encoding="utf-8")
    tasks: list[Task] = [
        {"name": "state", "ngcp.fax.fax_state_info": {"src": f"{evil}.yml"}},
        {"name": "document", "ngcp.fax.fax_send": {"subscriber_id": 3, "destination": "431", "src": evil}},
        {"name": "user", "ngcp.fax.fax_export": {"dest": "out"}, "become": True, "become_user": evil},
        {"name": "report", "ngcp.fax.fax_report": {"report": {}, "dest": "out", "formats": [evil]}},
        {"name": "stop", "ngcp.fax.stop": {"msg": evil}, "ignore_unreachable": True},
    ]
    played = play([{**task, "ignore_errors": True} for task in tasks], warnings=(safe,))
    (warning,) = played["state"]["warnings"]
    assert warning.startswith(f"{safe}.yml:1: subscriber_id 3: faxserver_settings.name holds U+200B")
    assert played.failure("document").startswith(f"src: '{safe}' cannot be found or read.")
    assert f"cannot become {safe}." in played.failure("user")
    assert played.failure("report") == "value of formats must be one or more of: html, json, md, junit"
    assert json.dumps(f"{safe} (").strip('"') in played.output
    # Ansible itself quotes the playbook.
    lines = [line for line in played.output.splitlines() if not re.match(r"\d+ ", line)]
    assert [line for line in lines if not line.isprintable()] == []


@pytest.mark.parametrize(("own", "counts"), [(True, HERE), (False, SHIPPED)])
def test_the_variables_of_a_delegated_host_count(
    own: bool, counts: tuple[int, int], play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    near = {"ansible_connection": "local", **OWN}
    hosts = {"far": near, "near": near if own else {**near, "ansible_python_interpreter": wrapper(tmp_path)}}
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    played = play([{**LOOP, "delegate_to": "near"}], "-i", str(inventory), hosts="far")
    assert played.code == 0, played.output
    assert opened(simulator) == counts


# What a task can set --------------------------------------------------------------------------------------------------


@BOTH_WAYS
def test_module_defaults_of_the_group_and_of_one_module(
    play: Play, simulator: Simulator, connection: dict[str, Any]
) -> None:
    """One action plugin, named as the module `fax`, takes care of all: nobody gets the options of another one."""
    tasks: list[Task] = [
        {"name": "full name", FAX: {"active": True}},
        {"name": "short name", "faxserver_settings": {"active": True}, "collections": ["ngcp.fax"]},
        {"name": "another module", MAIL: {"subscriber_id": 4, "secret_key_renew": "daily"}},
        {"name": "fax itself", "ngcp.fax.fax": {"id": 5}},
    ]
    by_name: dict[str, Any] = {FAX: {"subscriber_id": 3, "name": "N"}, "ngcp.fax.fax": {"state": "absent"}}
    played = play(tasks, module_defaults={"group/ngcp.fax.ngcp": connection, **by_name})
    assert played.code == 0, played.output
    assert played["full name"]["after"] == {"active": True, "name": "N"}
    assert (played["short name"]["changed"], played["short name"]["subscriber_id"]) == (False, 3)
    assert played["another module"]["subscriber_id"] == 4


@BOTH_WAYS
def test_the_environment_of_a_task_is_its_own(play: Play, simulator: Simulator, connection: dict[str, Any]) -> None:
    """Also from one item of a loop to the next, in one process of Ansible's."""
    login = {"NGCP_API_USERNAME": "administrator", "NGCP_API_PASSWORD": "administrator"}
    reader = {"NGCP_API_USERNAME": "readonly", "NGCP_API_PASSWORD": "administrator"}
    task: Task = {
        "name": "a",
        FAX: {"subscriber_id": 3, "active": True},
        "loop": [reader, {}, login],
        "loop_control": {"label": ""},
        "environment": [{"NGCP_API_URL": connection["api_url"]}, "{{ item }}"],
        "ignore_errors": True,
    }
    after = {"name": "b", FAX: {"subscriber_id": 3, "active": True}}
    played = play([task, after], module_defaults={FAX: {"ca_path": connection["ca_path"]}})
    read, nobody, written = played.items["a"]
    assert read["msg"].startswith("This login may not do that")
    assert nobody["msg"].startswith("api_username and api_password are missing")
    assert written["changed"] is True
    assert played.failure("b").startswith("api_username and api_password are missing")


def test_each_item_has_its_own_warnings_and_secrets(play: Play, simulator: Simulator) -> None:
    """And what is a secret of one is an ordinary word for the next."""
    simulator.control(
        "PUT", "/faults", [{"path": "settings/4$", "status": 500, "body": '{"message": "the clinic failed"}'}]
    )
    items: list[dict[str, Any]] = [
        {"subscriber_id": 3, "active": True},
        {"subscriber_id": 3, "secret_key": "clinic"},
        {"subscriber_id": 4, "active": True},
        {"subscriber_id": 5, "active": True},
    ]
    task: Task = {"name": "a", MAIL: "{{ item }}", "loop": items, "ignore_errors": True}
    played = play(
        [task],
        warnings=("mailtofax_settings is active with neither", "args"),
        environment={"ANSIBLE_INJECT_FACT_VARS": "false"},
    )
    first, second, third, fourth = played.items["a"]
    assert ["subscriber 3" in warning for warning in first["warnings"]] == [True]
    assert "warnings" not in second
    assert third["msg"].startswith("The server failed: the clinic failed (GET ")
    assert ["subscriber 5" in warning for warning in fourth["warnings"]] == [True]


@BOTH_WAYS
def test_a_task_without_log_shows_nothing(play: Play, simulator: Simulator) -> None:
    played = play([{**LOOP, "no_log": True}], "-vvv", "--diff")
    assert played.code == 0, played.output
    assert '"active": true' not in played.output
    assert all("patch" not in item for item in played.items["a"])


@BOTH_WAYS
def test_a_relative_path_begins_at_the_playbook(
    play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_bytes(Path(connection["ca_path"]).read_bytes())
    book = tmp_path / "books" / "play.yml"
    book.parent.mkdir()
    content = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {FAX: {**connection, "ca_path": "../ca.pem"}},
        "tasks": [LOOP],
    }
    book.write_text(yaml.safe_dump([content]), encoding="utf-8")
    assert play(str(book)).code == 0


# Nobody can tell ------------------------------------------------------------------------------------------------------


def tasks_of_all_kinds(folder: Path) -> list[Task]:
    """Success, change, failures of every kind, texts of every kind."""
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 a")
    three, four = {"subscriber_id": 3}, {"subscriber_id": 4}
    secret = {"secret_key": "{{ key }}", "acl": [{"from_email": "a@example.com"}]}
    ignore = {"ignore_errors": True}
    entries = [{"destination": "{{ 'B' }}@example.com", "filetype": "PDF14", "incoming": "yes"}]
    document = {"id": 6, "dest": str(folder / "6.tif"), "mode": "0640"}
    archive = {"dest": str(folder / "archive"), "subscriber_id": 3, "delete_archived": True}
    return [
        {"name": "predicted", FAX: {**three, "active": True, "password": "{{ pin }}"}, "check_mode": True},
        {"name": "changed", FAX: {**three, "active": True, "password": "{{ pin }}", "destinations": entries}},
        {"name": "unchanged", FAX: {**three, "active": "yes", "name": None}},
        {"name": "diff", FAX: {**three, "name": "{{ 'Ä' + 'rzte' }}"}, "diff": True},
        {"name": "vaulted", MAIL: {**four, **secret, "secret_key": "{{ vaulted }}"}},
        {"name": "warned", MAIL: {"subscriber_id": 5, "active": True}},
        {"name": "unsafe", FAX: {**three, "name": "{{ unsafe }}"}},
        {"name": "moment", FAX: {**three, "name": "{{ moment }}"}, **ignore},
        {"name": "no option", FAX: {**three, "passwort": "misspelt"}, **ignore},
        {"name": "bad value", FAX: {**three, "password": ["x"], "active": "maybe"}, **ignore},
        {"name": "bad choice", MAIL: {**four, "secret_key_renew": "{{ key }}", **secret}, **ignore},
        {"name": "not there", FAX: {"subscriber_id": 999, "active": True}, **ignore},
        {"name": "by name", FAX: {"subscriber": "user3@d1.example.org", "t38": False}},
        {"name": "refused", FAX: {**three, "api_password": "{{ wrong }}", "active": True}, **ignore},
        {"name": "refused again", FAX: {**three, "api_password": "{{ wrong }}", "active": True}, **ignore},
        {"name": "not reached", FAX: {**three, "api_url": "https://127.0.0.1:1", "retries": 0}, **ignore},
        {"name": "no file", FAX: {**three, "ca_path": "/nosuch.pem"}, **ignore},
        {"name": "settings", "ngcp.fax.fax_settings_info": {"match": {"domain": "d2.example.org"}}},
        {"name": "journal", "ngcp.fax.fax_info": {"subscriber_id": 1}},
        {"name": "no such fax", "ngcp.fax.fax_info": {"id": 99}, **ignore},
        {"name": "no such direction", "ngcp.fax.fax_info": {"direction": "both"}, **ignore},
        {"name": "document, predicted", "ngcp.fax.fax_recording": document, "check_mode": True},
        {"name": "document", "ngcp.fax.fax_recording": document, "diff": True},
        {"name": "document again", "ngcp.fax.fax_recording": document},
        {"name": "no folder", "ngcp.fax.fax_recording": {**document, "dest": str(folder / "x" / "y")}, **ignore},
        {"name": "sent", "ngcp.fax.fax_send": {**three, "destination": "431", "src": "a.pdf", "wait": False}},
        {"name": "no document", "ngcp.fax.fax_send": {**three, "destination": "431", "src": "b.pdf"}, **ignore},
        {"name": "deleted, predicted", "ngcp.fax.fax": {"id": 5, "state": "absent"}, "check_mode": True},
        {"name": "deleted", "ngcp.fax.fax": {"id": 5, "state": "absent"}},
        {"name": "everybody's", "ngcp.fax.fax": {"older_than": "1d", "state": "absent"}, **ignore},
        {"name": "read-only", "ngcp.fax.fax": {"id": 8, "state": "absent", "api_username": "readonly"}, **ignore},
        {"name": "archive, predicted", "ngcp.fax.fax_archive": archive, "check_mode": True},
        {"name": "archive", "ngcp.fax.fax_archive": archive, "diff": True},
        {"name": "archive nowhere", "ngcp.fax.fax_archive": {"dest": str(folder / "x" / "y")}, **ignore},
        {"name": "looped", FAX: {"subscriber_id": "{{ item }}", "ecm": False}, "loop": [3, 999, 4], **ignore},
        {
            "name": "changed when",
            FAX: {**three, "active": True},
            "changed_when": "result.subscriber_id == 3",
            "register": "result",
        },
    ]


def test_the_results_are_the_same_in_both_ways(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    tasks = tasks_of_all_kinds(tmp_path)
    (tmp_path / "word").write_text("word", encoding="utf-8")
    vaulted = subprocess.run(
        [
            PYTHON,
            "-m",
            "ansible.cli.vault",
            "encrypt_string",
            "--vault-password-file",
            str(tmp_path / "word"),
            "vaulted-k3y",
        ],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "ansible")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    variables = tmp_path / "variables.yml"
    # Ansible quotes the lines of a playbook that fail: no secret stands there.
    words = "pin: pa55word\nkey: k3y-of-the-clinic\nwrong: wr0ng-word\nunsafe: !unsafe '{{ x }}'\nmoment: 2026-11-02\n"
    variables.write_text(f"{words}vaulted: {vaulted}", encoding="utf-8")
    arguments = ("--vault-password-file", str(tmp_path / "word"), "-e", f"@{variables}", "-vvvv")
    shown: list[Played] = []
    for switch in (True, False):
        simulator.control("POST", "/reset")
        (tmp_path / "6.tif").unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "archive", ignore_errors=True)
        shown.append(
            play(
                tasks,
                *arguments,
                *("-e", json.dumps({"ngcp_fax_in_process": switch})),
                warnings=("mailtofax_settings is active", "mailtofax_settings: ", "ERROR"),
            )
        )
    here, shipped = shown
    assert here.failed == shipped.failed
    assert here.items.keys() == shipped.items.keys()
    assert list(here.results) == [task["name"] for task in tasks]
    for name in here.results:
        assert plain(here[name]) == plain(shipped[name])
    for name, items in here.items.items():
        assert list(map(plain, items)) == list(map(plain, shipped.items[name]))
    for played in shown:
        shown_text = played.output + json.dumps(played.results)
        for secret in ("pa55word", "k3y-of-the-clinic", "vaulted-k3y", "wr0ng-word"):
            assert secret not in shown_text


@pytest.mark.newest_core
@BOTH_WAYS
def test_no_secret_shows_in_the_wrong_place_or_by_what_is_missing(
    in_process: bool, play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    """Half of a login in an address, a document, a secret of another type, or in an option that is misspelt; and a PIN
    that is a part of a number, which Ansible would print as `4$REDACTED$632960011`.
    """
    three, ignore = {"subscriber_id": 3}, {"ignore_errors": True}
    bad = "https://admin:{{ s }}@ngcp.example.com"
    many = "ngcp.fax.fax_subscribers"
    state = {"subscribers": [{"subscriber_id": 3, "faxserver_settings": {"t38": True}}]}
    secrets = {"faxserver_settings": {"password": "{{ s }}"}, "mailtofax_settings": {"secret_key": "{{ s }}"}}
    entries = {
        "subscribers": [{"subscriber_id": 3, **secrets, "below": [{"place": "x", **secrets}]}],
        "defaults": secrets,
        "check_options": True,
    }
    wrong = {"faxserver_settings": {"password": ["{{ s }}"], "passwort": "{{ s }}"}, "mailtofax_settings": "{{ s }}"}
    tasks: list[Task] = [
        {"name": "taken", FAX: {**three, "active": True, "password": "{{ s }}"}},
        {"name": "entries", many: entries},
        {"name": "drift entries", "ngcp.fax.fax_drift": entries},
        {"name": "wrong entries", many: {"subscribers": [{**three, **wrong, "below": [wrong]}], "defaults": wrong}},
        {"name": "url", FAX: {**three, "api_url": bad}},
        {"name": "no at", FAX: {**three, "api_url": "https://admin:{{ s }}%40ngcp.example.com"}},
        {"name": "query", FAX: {**three, "api_url": "https://ngcp.example.com/?token={{ s }}"}},
        {"name": "environment", FAX: {**three, "api_url": None}},
        {"name": "report", many: {**state, "api_url": bad, "return_report": True}},
        {"name": "drift", "ngcp.fax.fax_drift": {**state, "api_url": bad}},
        {"name": "proxy", FAX: {**three, "proxy": "http://admin:{{ s }}@127.0.0.1:1", "retries": 0}},
        {"name": "list", FAX: {**three, "password": ["{{ s }}"], "active": {"x": "{{ s }}"}}},
        {"name": "entry", MAIL: {**three, "secret_key": {"x": "{{ s }}"}, "acl": "{{ s }}"}},
        {"name": "misspelt", FAX: {**three, "passwort": "{{ s }}", "api_passwort": ["{{ s }}"]}},
        {"name": "key", FAX: {**three, "client_cert": "-----BEGIN\n{{ s }}\n", "client_key": "-----BEGIN\n{{ s }}\n"}},
        {"name": "guard", many: {**state, "max_changes": {"x": "{{ s }}"}, "only": [{"x": "{{ s }}"}]}},
        {
            "name": "content",
            "ngcp.fax.fax_send": {**three, "destination": "431", "content": "Dear {{ s }}", "wait": False},
        },
        {
            "name": "baseline",
            "ngcp.fax.fax_drift": {
                **state,
                "baseline": [
                    {"subscriber": "a@b", "field": "name", "actual": "{{ s }}", "reason": "r", "expires": "x"}
                ],
            },
        },
    ]
    numbers = [{"destination": "441632960011@example.com", "filetype": "PDF"}]
    add = {"subscriber_id": 4, "destinations": numbers, "destinations_mode": "add"}
    pins: list[Task] = [
        {"name": "pin", FAX: {**add, "password": "{{ pin }}"}, "diff": True},
        {"name": "longer pin", FAX: {**add, "password": "{{ longer }}"}},
        {"name": "number", "ansible.builtin.debug": {"msg": "of 441632960011"}},
    ]
    # A process of its own for each takes long, and does the same with its options.
    shipped = {"taken", "environment", "list", "key", "entries", "drift entries", "wrong entries"}
    tasks = tasks if in_process else [task for task in tasks if task["name"] in shipped]
    tasks += pins
    variables = tmp_path / "variables.yml"
    variables.write_text("s: Zm6-the-s3cret\npin: '41'\nlonger: '1632960011'\n", encoding="utf-8")
    played = play(
        [{**task, **ignore} for task in tasks],
        *("-e", f"@{variables}", "-vvvv"),
        warnings=("Unsupported", "ERROR"),
        environment={"NGCP_API_URL": bad.replace("{{ s }}", "Zm6-the-s3cret")},
    )
    assert list(played.results) == [task["name"] for task in tasks]
    done = {"content", "taken", "entries", "drift entries", "pin", "longer pin", "number"}
    assert set(played.results) - played.failed == done.intersection(played.results)
    assert "subscribers[0]: faxserver_settings.password must be a text." in played.failure("wrong entries")
    assert played.failure("environment").startswith("api_url must not hold a username or password")
    assert "Zm6" not in played.output
    assert "Zm6" not in json.dumps(played.results)
    assert played["pin"]["after"]["destinations"][0]["destination"] == "441632960011@example.com"
    shown = played.output[played.output.index("TASK [pin]") :]
    assert '"441632960011@example.com"' in shown
    assert "of 441632960011" in shown
    assert not re.search(r"REDACTED|(?<![* ])\*{8}(?!\*)", shown)


def plain(result: Any) -> Any:
    """A result without what Ansible keeps for itself, and without what differs from run to run."""
    if isinstance(result, list):
        return [plain(each) for each in result]
    if not isinstance(result, dict):
        return result
    kept = {name: plain(value) for name, value in result.items() if not name.startswith("_ansible")}
    return {name: value for name, value in kept.items() if name not in ("mtime", "exception", "ansible_facts")}


# Interrupted ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_without_a_traceback(
    number: signal.Signals,
    simulator: Simulator,
    connection: dict[str, Any],
    ansible_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """The server does not answer; the terminal signals all processes."""
    simulator.control("PUT", "/faults", [{"path": "/api/", "times": None, "delay_ms": 10_000_000}])
    book = tmp_path / "book.yml"
    content = {"hosts": "localhost", "gather_facts": False, "module_defaults": {FAX: connection}, "tasks": [LOOP]}
    book.write_text(yaml.safe_dump([content]), encoding="utf-8")
    with subprocess.Popen(
        [PYTHON, "-m", "ansible.cli.playbook", str(book)],
        env=ansible_environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        simulator.control("GET", "/counters?requests=2")
        os.killpg(process.pid, number)
        output, _nothing = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in output
    assert "ok: [localhost]" not in output
