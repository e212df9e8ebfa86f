# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structure that CONTRIBUTING.md describes: imports go one way, and what belongs together does not drift apart."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils.options import CONNECTION, Spec
from ansible_collections.ngcp.fax.plugins.module_utils.runner import Job
from ansible_collections.ngcp.fax.plugins.module_utils.specs import (
    spec_of_drift,
    spec_of_export,
    spec_of_fleet,
    spec_of_sending,
)

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "plugins" / "module_utils"
PREFIX = "ansible_collections.ngcp.fax.plugins.module_utils"
# From the ground up: a file imports only from the floors below its own.
FLOORS = (
    {"characters", "email_address", "keys", "notes", "pace", "pasting", "perl_regex", "progress"}
    | {"proxies", "resources", "times"},
    {"errors", "masks", "quoting", "risks"},
    {"files"},
    {
        "answers",
        "discovery",
        "bodies",
        "breaker",
        "documents",
        "error_body",
        "fax_fields",
        "modes",
        "patch",
        "pdf",
        "results",
    }
    | {"workers"},
    {"exchanges", "locks"},
    {"connections", "losses"},
    {"api"},
    {"differences", "options", "pages"},
    {"bulk", "guards", "invocation", "subscribers"},
    {"entries", "parts", "reviewed"},
    {"comments", "csv_parts", "json_parts", "yaml_parts"},
    {"baseline", "settings", "journal", "history", "state_file", "state_text"},
    {"directory", "listing", "logins", "receipts", "reconcile", "recordings"},
    {"archive", "describe", "faxes", "rows", "seals", "specs"},
    {"export", "reporting"},
    {"changes", "drift", "runner", "verification"},
    {"fleet"},
    {"compare"},
)
# Who alone may import what.
ALONE = {
    "requests": {"api", "bodies", "connections"},
    "urllib3": {"api", "connections"},
    "pyotp": {"api"},
    "jsonpatch": {"patch"},
    "ruamel": {"comments"},
    "yaml": {"yaml_parts"},
    "ansible": {"runner"},
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


def test_every_file_is_described() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(PROGRAM.glob("*.py")) if f" {path.name}" not in text] == []


@pytest.mark.parametrize("path", sorted(PROGRAM.glob("*.py")), ids=lambda path: path.stem)
def test_imports_go_one_way(path: Path) -> None:
    floor = next(number for number, names in enumerate(FLOORS) if path.stem in names)
    below = set().union(*FLOORS[:floor])
    names = imports(path)
    own = {name.removeprefix(f"{PREFIX}.").split(".")[0] for name in names if name.startswith(PREFIX)}
    assert own <= below
    for library, owners in ALONE.items():
        used = any(name.split(".")[0] == library for name in names)
        assert not used or path.stem in owners, f"{path.stem} imports {library}"


def test_every_module_is_in_the_action_group_and_has_an_action_plugin() -> None:
    """One of its own name, or the one for all: `ngcp.fax.fax`, for Ansible wants it named as a module."""
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["fax"]) == JOBS
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
        ("provision", spec_of_fleet(), {"progress", "return_unchanged"}),
        ("drift", spec_of_drift(), {"progress", "subscribers"}),
        ("export", spec_of_export(), {"progress"}),
        ("send", spec_of_sending(), {"destination", "remote_src"}),
    ],
)
def test_a_role_passes_on_every_option(role: str, spec: Spec, not_passed: set[str]) -> None:
    """What a module can do its role can do, too; the names and the defaults are the same."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / f"{role}.yml").read_text(encoding="utf-8"))
    passed = next(options for task in tasks for name, options in task.items() if name.startswith("ngcp.fax."))
    own = {name: option for name, option in spec.options.items() if name not in {*CONNECTION, *not_passed}}
    assert set(passed) == set(own)
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    variables = specs["argument_specs"]["main"]["options"]
    for name, option in own.items():
        # An empty variable is one that is not given.
        assert variables.get(f"{role}_{name}", option).get("default", "") in (option.get("default", ""), {}, [])
