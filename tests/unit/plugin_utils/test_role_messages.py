# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules say within a role: variables of this role and of no other, and no option that has a variable.

Every variable that reaches a module gets wrong values, one after the other. Where a message holds a word that is also
the name of an option, `ENGLISH` has the phrase in which it is meant as a word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader

from ansible_collections.ngcp.fax.plugins.action import fax_report, fax_state_info
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport_errors import LostRequest, too_large
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import folders
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, Unreachable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import of_role
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import entries_of_task
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import ambiguous
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import limits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run_here
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import role_variables

ROOT = Path(__file__).resolve().parents[3]
ROLES, PLUGINS = ROOT / "roles", ROOT / "plugins"
ROLE_NAMES = sorted(path.name for path in ROLES.iterdir())
MODULES = "ansible_collections.ngcp.fax.plugins.modules"
CONTROLLER: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "fax_report": (fax_report.ActionModule, fax_report.OPTIONS),
    "fax_state_info": (fax_state_info.ActionModule, fax_state_info.OPTIONS),
}
LOGIN = {"api_url": "https://ngcp.example.com:1443", "api_username": "a", "api_password": "b"}
ENTRY = {"subscriber": "a@b.example", "faxserver_settings": {"active": True}}
LOST = LostRequest("https://ngcp.example.com", "GET", "/api/faxes/", "", 30.0)
# What each module needs besides the value that is tried.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "fax_subscribers": {"subscribers": [ENTRY]},
    "fax_drift": {"subscribers": [ENTRY]},
    "fax_export": {"dest": "/nowhere/export"},
    "fax_send": {"destinations": ["43100001"], "content": "Hello", "subscriber_id": 3},
    "fax_archive": {"dest": "/nowhere/archive"},
    "fax_report": {"dest": "/nowhere/report", "check_options": True},
    "fax_state_info": {"src": ["/nowhere/a.yml"]},
}
WRONG: tuple[Any, ...] = (
    "", "a\u200bb", "a b", "*", "nonsense", "200%", "x" * 300,
    True, -1, 0, 1.5, float("nan"),
    [], [True], ["a\u200bb"], ["x", "x"], ["drift", "never"],
    {"x": 1}, {"domain": "*"}, {"customer_id": "x"},
    [{"x": 1}], [ENTRY, ENTRY], [{**ENTRY, "subscriber": 3}],
    [{**ENTRY, "faxserver_settings": {"destinations": [{"destination": 3}], "name": 4, "activ": True}}],
    {"faxserver_settings": {"name": 3}}, {"faxserver_settings": 3},
)  # fmt: skip
# Together with the value that is tried: what is wrong only in company.
COMPANY: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "fax_subscribers": ({"subscribers": None}, {"unmanaged": "ignore", "unmanaged_match": {"domain": "x"}}),
    "fax_drift": ({"subscribers": None}, {"unmanaged": "ignore", "unmanaged_match": {"domain": "x"}}),
    "fax_export": ({"vault_id": "x"}, {"secrets": "vault"}),
    "fax_send": (
        {"wait": False, "retry_failed": 3},
        {"mode": "0600"},
        {"src": "/nowhere/x.pdf"},
        {"content": None},
        {"content": None, "src": "/nowhere/x.pdf"},
        {"subscriber": "a@b.example"},
        {"subscriber_id": None},
        {"destinations": None},
        {"destinations": ["1", "01"]},
        {"client_key": "x"},
        {"api_ulr": "x"},
    ),
    "fax_archive": (
        {"since": "1d", "until": "7d"},
        {"subscriber": "a@b.example", "external_id": "x"},
        {"dest": None},
        {"api_ulr": "x"},
    ),
    "fax_report": ({"dest": None},),
    "fax_state_info": ({"src": None},),
}
# Phrases with a word that is also the name of an option: English, keys of a baseline, choices.
ENGLISH = re.compile(
    r"a symbolic mode|names one subscriber|the subscribers found there|a key of a baseline|use one of id, [\w, ]+"
    r"|give id, or one of subscriber and subscriber_id|drift, unmanaged, risk|ignore, report"
    r"|the report of a run in check mode, such as its report\.json|a list of subscribers"
)


@cache
def variables(role: str) -> Mapping[str, str]:
    """The variables of a role, by the option that they are passed on as."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_bytes())
    return {name.removeprefix(f"{role}_"): name for name in specs["argument_specs"]["main"]["options"]}


@cache
def tasks(role: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The module and the options of each task of a role that calls one of our modules."""
    found = []
    for path in sorted((ROLES / role / "tasks").glob("*.yml")):
        found += list(_calls(yaml.safe_load(path.read_bytes())))
    return tuple(found)


def _calls(content: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for task in content:
        yield from _calls([each for part in ("block", "rescue", "always") for each in task.get(part, ())])
        for name, options in task.items():
            if name.startswith("ngcp.fax.") and isinstance(options, Mapping):
                yield name.removeprefix("ngcp.fax."), options


def specs(module: str) -> Mapping[str, Any]:
    if module in CONTROLLER:
        return CONTROLLER[module][1]
    found: Mapping[str, Any] = import_module(f"{MODULES}.{module}").JOB.spec.options
    return found


@contextmanager
def unreachable(connection: Connection, read_only: bool) -> Iterator[Client]:
    raise Unreachable("No connection", "Check api_url.")
    yield


class Task(SimpleNamespace):
    """The parts of a role's task that its action plugin reads."""

    async_val, check_mode, diff, no_log, collections = 0, True, False, True, ()

    def get_search_path(self) -> list[str]:
        return []


def said(role: str, module: str, options: Mapping[str, Any]) -> str:
    """Everything that a module says about these options: without a server, but with the files of this machine."""
    given = {name: value for name, value in options.items() if value is not None}
    if module in CONTROLLER:
        of_task = SimpleNamespace(get_name=lambda: f"ngcp.fax.{role}", _role_path=str(ROLES / role))
        task = Task(args=given, action=f"ngcp.fax.{module}", _role=of_task)
        connection = SimpleNamespace(become=None, _shell=SimpleNamespace(tmpdir=None))
        found = CONTROLLER[module][0](task, connection, None, DataLoader(), SimpleNamespace(), None).run(task_vars={})
    else:
        job = import_module(f"{MODULES}.{module}").JOB
        with of_role(variables(role)):
            found = run_here(job, {**LOGIN, **given, "_ansible_check_mode": True}, unreachable)
    return "\n".join([str(found.get("msg", "")), *found.get("warnings", ()), *found.get("problems", ())])


def cases(role: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a module and its options for each wrong value of each variable that the module gets, and in company."""
    for module in sorted({module for module, _options in tasks(role) if module in NEEDED}):
        for option in specs(module).keys() & variables(role).keys():
            for value in WRONG:
                yield module, {**NEEDED[module], option: value}
        for more in COMPANY[module]:
            # What a role does not take cannot be given by its users.
            if not more.keys() & specs(module).keys() - variables(role).keys() - CONNECTION.keys():
                yield module, {**NEEDED[module], **more}


def expanded(role: str, text: str) -> str:
    """Return a template with those of the role's own variables in place of their names."""
    own = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_bytes())
    while found := re.search(rf"\b{role}__\w+", text):
        text = text.replace(found[0], str(own.get(found[0], "")))
    return text


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_role_passes_each_variable_on_as_the_option_of_its_name(role: str) -> None:
    passed = set()
    for module, options in tasks(role):
        names = variables(role).keys() & specs(module).keys()
        for name in names & options.keys():
            assert re.search(rf"\b{role}_{name}\b", expanded(role, str(options[name]))), (module, name)
        passed |= names
    # What a role does with the others itself: where paths start, the connection, what may fail.
    assert variables(role).keys() - passed <= {"chdir", "connection", "allow_failed"}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_role_speaks_of_no_variable_of_another(role: str) -> None:
    others = "|".join(name for other in ROLE_NAMES if other != role for name in variables(other).values())
    # A README may show the command of another role.
    paths = [path for path in (ROLES / role).rglob("*.*") if path.name != "README.md"]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    assert re.findall(rf"\b(?:{others})\b", "\n".join(texts)) == []


@pytest.mark.parametrize("of_task", [None, SimpleNamespace(get_name=lambda: "acme.fax.send", _role_path="/nowhere")])
def test_only_roles_of_this_collection_have_variables_for_options(of_task: object) -> None:
    assert role_variables.by_option(SimpleNamespace(_task=SimpleNamespace(_role=of_task))) == {}


def wrong_words(role: str, message: str) -> list[str]:
    """Return the words of a message that a user of the role does not know: options, and variables of other roles."""
    rest = ENGLISH.sub("", message)
    options = {name for module, _options in tasks(role) for name in specs(module)} - CONNECTION.keys()
    bare = [name for name in options if re.search(rf"(?<![\w.#/-]){name}(?![\w-])", rest)]
    others = [name for other in ROLE_NAMES if other != role for name in variables(other).values() if name in rest]
    return bare + others


@pytest.mark.parametrize(
    "message",
    [
        "argument 'workers' is of type str",
        "wait: true is needed.",
        "Raise max_size.",
        "export_dest is empty.",
        "set remote_src: true",
    ],
)
def test_words_that_a_user_of_the_role_does_not_know_are_found(message: str) -> None:
    assert len(wrong_words("send", message)) == 1


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_messages_about_wrong_values_name_the_variables_of_the_role(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for module, options in cases(role):
        message = said(role, module, options)
        words = wrong_words(role, message)
        if words:
            wrong[message] = words
    assert not wrong


def sentences() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each sentence, or part of one, in the program and the controller's side."""
    for path in sorted(PLUGINS.rglob("*.py")):
        if path.parent.name in ("modules", "doc_fragments", "inventory"):
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if isinstance(node.value, str) and " " in node.value:
                yield f"{path.relative_to(PLUGINS)}:{node.lineno}", node.value


def test_no_sentence_spells_out_an_option_that_has_a_variable() -> None:
    """It must call it by `option_name`. A name of one word is found where it can only be the option."""
    names = {name for role in ROLE_NAMES for name in variables(role)} - CONNECTION.keys()
    several = "|".join(name for name in names if "_" in name)
    follows = r": (?:true|false|vault|resend|tiff|never|')|\[\d| must | is (?:given|empty)"
    spelt = re.compile(rf"(?<![\w.'])(?:{several})(?!\w)|(?<![\w.'/])(?<!check )(?:{'|'.join(names)})(?={follows})")
    assert [(place, text) for place, text in sentences() if spelt.search(text)] == []


@pytest.mark.parametrize(
    ("role", "speak", "message"),
    [
        (
            "provision",
            lambda: limits.check(limits.ChangeLimits(3, 0), 20, 4, ["a@b"]),
            "If that is right, raise provision_max_changes and provision_max_deactivations.",
        ),
        (
            "provision",
            lambda: limits.check(limits.ChangeLimits(3, 0), 20, 4, ["a@b"]),
            "and provision_max_changes allows 3; 1 would be deactivated, and provision_max_deactivations allows 0",
        ),
        (
            "provision",
            lambda: limits.check_failures(limits.ChangeLimits(max_failures=2), 2),
            "2 subscribers failed before, and provision_max_failures is 2.",
        ),
        (
            "send",
            lambda: documents.of_text("<html>"),
            "send_force: true sends it as it is.",
        ),
        (
            "send",
            lambda: documents.of_file(Path(__file__), 10),
            f"send_src: '{__file__}' is larger than 10 bytes. Send a smaller document, or raise send_max_size.",
        ),
        (
            "archive",
            lambda: folders.check_folder(Path("/nowhere")),
            "archive_dest: the folder '/nowhere' does not exist. Make it first, or correct the path.",
        ),
        (
            "archive",
            lambda: too_large(LOST, 5, is_document=True),
            "Raise archive_max_size if you want it all the same.",
        ),
        (
            "archive",
            lambda: too_large(LOST, 5, is_document=False),
            "Lower archive_page_size if it is a list;",
        ),
        ("send", lambda: too_large(LOST, 5, is_document=False), "Find out what answers in the server's place."),
        ("send", lambda: ambiguous("a@b", [1, 2]), "Name the one by send_subscriber_id."),
        ("provision", lambda: ambiguous("a@b", [1, 2]), "Name the one by subscriber_id."),
    ],
)
def test_errors_name_the_variables_of_the_role(role: str, speak: Callable[[], object], message: str) -> None:
    with of_role(variables(role)):
        try:
            error = speak()
        except FaxError as raised:
            error = raised
    assert message in str(error)


def test_places_of_entries_begin_with_the_variable() -> None:
    options = {"subscribers": [ENTRY, {**ENTRY, "subscriber": "x"}], "defaults": {"faxserver_settings": {"t38": True}}}
    with of_role(variables("provision")):
        entries = entries_of_task(options)
    (entry,) = entries
    assert entry.place == "provision_subscribers[0]"
    assert [place for place, _settings in entry.below] == ["provision_defaults"]
    assert list(map(str, entries.problems)) == ["provision_subscribers[1]: subscriber must be user@domain, not 'x'."]
