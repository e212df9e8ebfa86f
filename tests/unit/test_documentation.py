# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of return values that several modules share.

Options come from doc fragments. Return values cannot: ansible-doc before ansible-core 2.20 fails on a `RETURN` that
extends one. So each module repeats them, and these tests keep them equal.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from tests.simulator.client import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
PLUGINS = "ansible_collections.ngcp.fax.plugins.modules"
RETURNED: dict[str, dict[str, Any]] = {
    name: yaml.safe_load(import_module(f"{PLUGINS}.{name}").RETURN) for name in MODULES
}
NEED_NO_SERVER = ["fax_report", "fax_state_info"]
FAIL = [name for name in MODULES if "error" in RETURNED[name] and name not in NEED_NO_SERVER]
# The modules that write to the server, for which a login that may only read is a reason to fail.
WRITE = {"fax", "fax_archive", "fax_send", "fax_subscribers", "faxserver_settings", "mailtofax_settings"}

SHARED = [
    ("subscriber", ["fax_send", "faxserver_settings", "mailtofax_settings"]),
    ("patch", ["faxserver_settings", "mailtofax_settings"]),
    ("before", ["faxserver_settings", "mailtofax_settings"]),
    ("after", ["faxserver_settings", "mailtofax_settings"]),
    ("diff", ["faxserver_settings", "mailtofax_settings"]),
    ("applied", ["faxserver_settings", "mailtofax_settings"]),
    ("report_file", ["fax_drift", "fax_subscribers"]),
    ("verdict", ["fax_drift", "fax_subscribers"]),
]
# What is the module's own in a return value that is otherwise shared.
OWN = {"sample", "returned"}


def text(module: str, name: str) -> dict[str, Any]:
    return {key: value for key, value in RETURNED[module][name].items() if key not in OWN}


@pytest.mark.parametrize(("name", "modules"), SHARED)
def test_modules_describe_a_shared_return_value_alike(name: str, modules: list[str]) -> None:
    assert all(text(module, name) == text(modules[0], name) for module in modules)


@pytest.mark.parametrize("module", FAIL)
def test_every_module_describes_an_error_alike(module: str) -> None:
    """Only the kinds are its own, and whether a login that may only read can be the reason."""
    kinds, request, fatal, *read_only = RETURNED[module]["error"]["description"]
    _kinds, shared_request, shared_fatal, shared_read_only = RETURNED["fax"]["error"]["description"]
    assert kinds.startswith("C(kind) names the kind of failure, such as V(")
    assert (request, fatal) == (shared_request, shared_fatal)
    assert read_only == ([shared_read_only] if module in WRITE else [])
    assert RETURNED[module]["error"]["returned"] == RETURNED["fax"]["error"]["returned"]


@pytest.mark.parametrize("module", NEED_NO_SERVER)
def test_an_error_without_a_server_is_described_alike(module: str) -> None:
    kinds, request = RETURNED[module]["error"]["description"]
    assert kinds.startswith("C(kind) names the kind of failure, such as V(")
    assert request == RETURNED[NEED_NO_SERVER[0]]["error"]["description"][1]
    assert RETURNED[module]["error"]["returned"] == RETURNED["fax"]["error"]["returned"]


def kinds(error: type[FaxError] = FaxError) -> set[str]:
    """Return the kinds of all errors that are a sort of `error`."""
    return {kind for each in error.__subclasses__() for kind in ({each("", "").kind} | kinds(each))}


def test_the_readme_explains_every_kind_of_error() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n| kind | means |\n")[2].partition("\n\n")[0]
    explained = {kind for row in section.splitlines() for kind in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert explained == kinds()


@pytest.mark.parametrize("module", FAIL)
def test_the_page_of_a_module_names_kinds_that_exist(module: str) -> None:
    assert set(re.findall(r"V\((\w+)\)", RETURNED[module]["error"]["description"][0])) <= kinds()
