# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structure that CONTRIBUTING.md describes: imports go one way, and what belongs together does not drift apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils.options import SELECTOR, settings_options
from ansible_collections.ngcp.fax.plugins.module_utils.resources import RESOURCES, Resource

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "plugins" / "module_utils"
PREFIX = "ansible_collections.ngcp.fax.plugins.module_utils"
# From the ground up: a file imports only from the floors below its own.
FLOORS = (
    {"resources", "times"},
    {"errors"},
    {"answers", "documents", "files", "patch", "results", "workers"},
    {"api", "locks"},
    {"options", "pages"},
    {"subscribers"},
    {"settings", "journal"},
    {"listing", "logins", "receipts", "reconcile", "recordings"},
    {"archive", "faxes", "specs"},
    {"runner"},
)
# Who alone may import what.
ALONE = {"requests": "api", "urllib3": "api", "pyotp": "api", "jsonpatch": "patch", "ansible": "runner"}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def imports(path: Path) -> set[str]:
    """The full names that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", sorted(PROGRAM.glob("*.py")), ids=lambda path: path.stem)
def test_imports_go_one_way(path: Path) -> None:
    floor = next(number for number, names in enumerate(FLOORS) if path.stem in names)
    below = set().union(*FLOORS[:floor])
    names = imports(path)
    own = {name.removeprefix(f"{PREFIX}.").split(".")[0] for name in names if name.startswith(PREFIX)}
    assert own <= below
    for library, owner in ALONE.items():
        used = any(name.split(".")[0] == library for name in names)
        assert not used or path.stem == owner, f"{path.stem} imports {library}"


def test_every_module_is_in_the_action_group_and_has_an_action_plugin() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["fax"]) == MODULES
    assert sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py")) == MODULES


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


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.module)
def test_the_role_passes_on_every_option(resource: Resource) -> None:
    """The role names every option until a module takes its list whole: a new field must not be forgotten there."""
    role = ROOT / "roles" / "provision"
    tasks = yaml.safe_load((role / "tasks" / "subscribers.yml").read_text(encoding="utf-8"))
    passed = next(task[f"ngcp.fax.{resource.module}"] for task in tasks if f"ngcp.fax.{resource.module}" in task)
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    entry = specs["argument_specs"]["main"]["options"]["provision_subscribers"]["options"][resource.module]["options"]
    options = settings_options(resource)
    assert set(passed) == set(options) | set(SELECTOR)
    assert set(entry) == set(options)
    for field in resource.lists:
        assert set(entry[field.name]["options"]) == {part.name for part in field.entry}
