# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structure that CONTRIBUTING.md describes: imports go one way, and what belongs together does not drift apart."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import spec_of_export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import spec_of_sending
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "plugins" / "module_utils" / "_internal"
PREFIX = "ansible_collections.ngcp.fax.plugins.module_utils._internal."
# From the ground up: a package imports only from the floors below its own. The edge imports from all of them, and its
# files know nothing of each other.
FLOORS = (
    {"common"},
    {"model", "client"},
    {"options"},
    {"ngcp", "desired"},
    {"statefile", "targets", "fax"},
    {"report", "export"},
    {"reconcile"},
    {"drift"},
)
EDGE = {"login", "runner", "settings_info"}
# Who alone may import what.
ALONE = {
    "requests": {"client.responses", "client.transport"},
    "urllib3": {"client.client", "client.transport"},
    "pyotp": {"client.authentication"},
    "jsonpatch": {"model.plan"},
    "ruamel": {"statefile.yaml_comments", "statefile.yaml_rewrite"},
    "yaml": {"statefile.yaml_positions", "statefile.yaml_reader"},
    "ansible": {"runner"},
}
OF_ACTIONS = [
    str(path.relative_to(ROOT))
    for folder in ("plugins/action", "plugins/plugin_utils/_internal")
    for path in sorted((ROOT / folder).glob("*.py"))
]
# Parts of Ansible that action plugins may use although their names are private: Ansible's documentation does so.
FOR_ACTIONS = {
    "_connection",
    "_execute_module",
    "_find_needle",
    "_fixup_perms2",
    "_loader",
    "_make_tmp_path",
    "_play_context",
    "_remove_tmp_path",
    "_shell",
    "_task",
    "_templar",
    "_transfer_file",
}
# How many lines a file of the program or of the tools may have.
MOST_LINES = 350
# How many files of the program a module brings to a managed host, at most.
MOST_SHIPPED = {
    "fax": 36,
    "fax_archive": 45,
    "fax_drift": 68,
    "fax_export": 67,
    "fax_info": 36,
    "fax_recording": 41,
    "fax_send": 47,
    "fax_settings_info": 41,
    "fax_subscribers": 71,
    "faxserver_settings": 43,
    "login": 29,
    "mailtofax_settings": 43,
}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# Modules that are done by the action plugin of their name, on the controller. They know of no server, so that the
# connection's options, which the action group's `module_defaults` give, are none of theirs.
CONTROLLER = ["fax_report", "fax_state_info", "stop"]
JOBS = [module for module in MODULES if module not in CONTROLLER]


def imports(path: Path) -> set[str]:
    """The full names that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_name(path: Path) -> str:
    """`client.retry` for the file `client/retry.py`."""
    return ".".join(path.relative_to(PROGRAM).with_suffix("").parts)


FILES = {own_name(path): path for path in sorted(PROGRAM.rglob("*.py")) if path.name != "__init__.py"}


def own_imports(path: Path) -> set[str]:
    """The files of the program that a file imports."""
    names = {name.removeprefix(PREFIX) for name in imports(path) if name.startswith(PREFIX)}
    return {name if name in FILES else name.rpartition(".")[0] for name in names}


IMPORTS = {name: own_imports(path) for name, path in FILES.items()}


def floor(package: str) -> int:
    """The floor of a package, from 0; the edge is above all of them."""
    return next((number for number, packages in enumerate(FLOORS) if package in packages), len(FLOORS))


def shipped(module: str) -> set[str]:
    """The files of the program that Ansible ships with a module."""
    found: set[str] = set()
    pending = own_imports(ROOT / "plugins" / "modules" / f"{module}.py")
    while pending:
        found |= pending
        pending = {name for each in pending for name in IMPORTS[each]} - found
    return found


def test_every_package_is_described_and_on_a_floor() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = {path.name for path in PROGRAM.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert packages == set().union(*FLOORS)
    assert [name for name in sorted(packages) if f"{name}/" not in text] == []
    assert {name for name in FILES if "." not in name} == EDGE
    assert all((PROGRAM / name / "__init__.py").read_bytes() == b"" for name in packages)


def test_contributing_names_only_files_and_functions_that_exist() -> None:
    """`package/file.py:Class.method`, below the program's folder or that of the checkout."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)(?::([\w.]+))?`", text)
    assert named
    assert [f"{path}:{name}" for path, name in named if not defines(path, name)] == []


def defines(path: str, name: str) -> bool:
    """Tell whether there is such a file, and it has such a function, class or method (any, if `name` is empty)."""
    file = next((found for folder in (PROGRAM, ROOT) if (found := folder / path).is_file()), None)
    scope: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))] if file else []
    for part in filter(None, name.split(".")):
        scope = [node for outer in scope for node in ast.iter_child_nodes(outer) if getattr(node, "name", "") == part]
    return bool(scope)


def test_the_design_describes_every_package_on_its_floor() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| (\d) \| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(described) == sorted((str(number), name) for number, names in enumerate(FLOORS, 1) for name in names)


@pytest.mark.parametrize("name", FILES)
def test_imports_go_one_way(name: str) -> None:
    package = name.partition(".")[0]
    others = {each.partition(".")[0] for each in IMPORTS[name]} - {package}
    assert {each for each in others if floor(each) >= floor(package)} == set()
    for library, owners in ALONE.items():
        used = any(each.split(".")[0] == library for each in imports(FILES[name]))
        assert used == (name in owners), f"{name} and {library}"


def test_imports_have_no_circle() -> None:
    assert list(TopologicalSorter(IMPORTS).static_order())


@pytest.mark.parametrize("name", FILES)
def test_a_name_with_an_underscore_stays_in_its_file(name: str) -> None:
    taken = {each for each in imports(FILES[name]) if each.startswith(PREFIX)}
    assert [each for each in taken if each.rpartition(".")[2].startswith("_")] == []


def test_no_file_is_long() -> None:
    files = [path for folder in ("plugins", "scripts") for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES] == []


def private_parts(tree: ast.AST, of: type) -> set[str]:
    """Return the private names of Ansible that a tree uses: those of other objects than its own, and those that its own
    share with Ansible's class.
    """
    theirs = {*dir(of), *of.__init__.__code__.co_names}  # type: ignore[misc]  # of a class, not of an object
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in theirs:
            used.add(node.name)
        elif isinstance(node, ast.Attribute) and (
            node.attr in theirs or ast.unparse(node.value) not in ("self", "super()")
        ):
            used.add(node.attr)
    return {name for name in used if re.match("_[a-z]", name)}


@pytest.mark.parametrize("name", OF_ACTIONS)
def test_one_file_uses_what_ansible_does_not_document_for_actions(name: str) -> None:
    used = private_parts(ast.parse((ROOT / name).read_text(encoding="utf-8")), ActionBase)
    assert used <= FOR_ACTIONS or name == "plugins/plugin_utils/_internal/ansible_internals.py"


def test_one_class_uses_what_ansible_does_not_document_for_modules() -> None:
    tree = ast.parse(FILES["runner"].read_text(encoding="utf-8"))
    one, others = (
        ast.Module([node for node in tree.body if (getattr(node, "name", "") == "EmbeddableModule") == is_it], [])
        for is_it in (True, False)
    )
    assert "_return_formatted" in private_parts(one, AnsibleModule)
    assert private_parts(others, AnsibleModule) == set()


@pytest.mark.parametrize("module", JOBS)
def test_a_module_brings_only_what_it_needs(module: str) -> None:
    assert len(shipped(module)) <= MOST_SHIPPED[module]


def test_every_module_is_in_the_action_group_and_has_an_action_plugin() -> None:
    """One of its own name, or the one for all: `ngcp.fax.fax`, for Ansible wants it named as a module."""
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["ngcp"]) == JOBS
    own = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    routed = runtime["plugin_routing"]["modules"]
    assert own == {"fax", "fax_drift", "fax_export", "fax_send", "fax_subscribers", "login", *CONTROLLER}
    assert sorted({*own, *routed}) == MODULES
    assert not own & routed.keys()
    assert all(route == {"action_plugin": "ngcp.fax.fax"} for route in routed.values())


@pytest.mark.parametrize("module", JOBS)
def test_a_module_is_one_job(module: str) -> None:
    """What the action plugin runs inside Ansible's own process is what the module runs as a process."""
    assert isinstance(import_module(f"ansible_collections.ngcp.fax.plugins.modules.{module}").JOB, Job)
    source = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    assert source.endswith('def main() -> None:\n    run(JOB)\n\n\nif __name__ == "__main__":\n    main()\n')


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_tested_and_named_in_the_readme(module: str) -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "integration").glob("test_*.py"))
    assert f"ngcp.fax.{module}" in tests
    assert f"| `ngcp.fax.{module}` |" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["roles", "inventory"])
def test_every_role_and_plugin_is_tested_and_named_in_the_readme(kind: str) -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "integration").glob("test_*.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folder = ROOT / "roles" if kind == "roles" else ROOT / "plugins" / "inventory"
    names = [path.stem for path in folder.iterdir() if not path.name.startswith("_")]
    assert names
    for name in names:
        assert f"ngcp.fax.{name}" in tests
        assert f"| `ngcp.fax.{name}` |" in readme
        assert kind != "roles" or (ROOT / "playbooks" / f"{name}.yml").is_file()


@pytest.mark.parametrize(
    ("role", "spec", "not_passed"),
    [
        ("provision", SUBSCRIBERS.spec, {"progress", "return_report", "return_unchanged"}),
        ("drift", DRIFT.spec, {"progress"}),
        ("export", spec_of_export(), {"progress"}),
        ("send", spec_of_sending(), {"destination", "remote_src"}),
    ],
)
def test_a_role_passes_on_every_option(role: str, spec: Spec, not_passed: set[str]) -> None:
    """What a module can do its role can do, too; the names and the defaults are the same."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / f"{role}.yml").read_text(encoding="utf-8"))
    tasks = [one for task in tasks for one in (task, *task.get("block", ()))]
    passed = next(options for task in tasks for name, options in task.items() if name.startswith("ngcp.fax."))
    own = {name: option for name, option in spec.options.items() if name not in {*CONNECTION, *not_passed}}
    assert set(passed) == set(own)
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    variables = specs["argument_specs"]["main"]["options"]
    for name, option in own.items():
        # An empty variable is one that is not given.
        assert variables.get(f"{role}_{name}", option).get("default", "") in (option.get("default", ""), {}, [])
