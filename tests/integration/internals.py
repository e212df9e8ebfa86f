# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use each undocumented part of Ansible that the collection uses; print as JSON which of them are not as they were.

A program, for test_ansible_internals.py to run it with the Python of another ansible-core as well.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from getpass import getuser
from pathlib import Path
from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.module_utils.basic import AnsibleModule
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.playbook.play import Play
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugin_loaders
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.ngcp.fax.plugins.action.fax import ActionModule
from ansible_collections.ngcp.fax.plugins.module_utils._internal import runner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import JOB
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals

# What Ansible calls between the options of a module and its result.
OVERRIDDEN = ("_load_params", "_check_locale", "_log_invocation", "_return_formatted")
DIFF = {"before": "active: false\n", "after": "active: true\n"}


def action_in_a_role() -> ActionModule:
    """Return the action of a task of the role `export`, in a run with one vault password.

    The collection's loader must have been set up before the collection was imported, or no role is found.
    """
    loader = DataLoader()
    loader.set_vault_secrets([("one", VaultSecret(b"password"))])
    content = {"hosts": "localhost", "gather_facts": False, "roles": ["ngcp.fax.export"]}
    play = Play.load(content, variable_manager=VariableManager(loader=loader), loader=loader)
    task = Task.load({"ngcp.fax.fax_info": {}, "environment": {"PLACE": "here"}}, role=play.roles[0], loader=loader)
    context = PlayContext()
    connection = plugin_loaders.connection_loader.get("local", context)
    return ActionModule(task, connection, context, loader, Templar(loader=loader, variables={}), plugin_loaders)


def used_by_actions(action: ActionModule) -> dict[str, Callable[[], bool]]:
    """Return for each function of `ansible_internals` whether it does what its docstring says."""
    internals, options = ansible_internals, {"name": "value"}

    def of_an_unknown_id() -> bool:
        try:
            internals.encryption_secret(internals.vault(action), "two")
        except AnsibleError:
            return True
        return False

    def with_internal_options() -> bool:
        internals.add_internal_options(action, options, {})
        return options["name"] == "value" and {"_ansible_check_mode", "_ansible_diff"} <= options.keys()

    return {
        "plain": lambda: internals.plain({"list": (1, None), "text": "ä"}) == {"list": [1, None], "text": "ä"},
        "configured": lambda: internals.configured("INTERPRETER_PYTHON", {"ansible_python_interpreter": "x"}) == "x",
        "identity": lambda: internals.identity(action) == str(action._task._uuid) != "None",
        "module_name": lambda: internals.module_name(action) == "fax_info",
        "add_internal_options": with_internal_options,
        "environment": lambda: internals.environment(action) == {"PLACE": "here"},
        "remote_user": lambda: internals.remote_user(action) == getuser(),
        "vault": lambda: internals.vault(action).decrypt(internals.vault(action).encrypt("text")).decode() == "text",
        "encryption_secret": lambda: (
            internals.encryption_secret(internals.vault(action), "one")[0] == "one" and of_an_unknown_id()
        ),
        "role": lambda: (
            internals.role(action)[0] == "ngcp.fax.export"
            and Path(internals.role(action)[1], "meta", "argument_specs.yml").is_file()
        ),
        "diff_as_text": lambda: "+active: true" in internals.diff_as_text(DIFF),
    }


def wrong_in_actions() -> Iterator[str]:
    checks = used_by_actions(action_in_a_role())
    defined = inspect.getmembers(ansible_internals, inspect.isfunction)
    own = {name for name, function in defined if function.__module__ == ansible_internals.__name__}
    yield from (f"ansible_internals.{name} is not checked" for name in sorted(own - checks.keys()))
    for name, check in checks.items():
        try:
            if not check():
                yield f"ansible_internals.{name} returns something else"
        except Exception as error:  # noqa: BLE001  # whatever Ansible raises where its parts have changed
            yield f"ansible_internals.{name}: {type(error).__name__}: {error}"


def nobody(_connection: Connection, _read_only: bool) -> NoReturn:
    raise BadOption("Nothing is asked", "")


def wrong_in_modules() -> Iterator[str]:
    """A module runs inside this process, and Ansible calls each method that `EmbeddableModule` overrides."""
    called = set()

    def recorded(name: str) -> Callable[..., Any]:
        method = getattr(runner.FaxModule, name)

        @wraps(method)
        def call(self: runner.FaxModule, *arguments: Any) -> Any:
            called.add(name)
            return method(self, *arguments)

        return call

    missing = [name for name in (*OVERRIDDEN, "add_path_info") if not hasattr(AnsibleModule, name)]
    yield from (f"AnsibleModule.{name} is gone" for name in missing)
    for name in OVERRIDDEN:
        setattr(runner.FaxModule, name, recorded(name))
    options = {"api_url": "https://127.0.0.1:1", "api_username": "a", "api_password": "b", "_ansible_diff": True}
    ended = ""
    try:
        result = runner.run_here(JOB, {"_ansible_module_name": "login", **options}, nobody)
        if "Nothing is asked" not in result.get("msg", "") or "invocation" not in result:
            ended = f"the result of a module is {result}"
    except SystemExit:
        ended = "AnsibleModule ends the process, not in _return_formatted"
    except Exception as error:  # noqa: BLE001  # whatever Ansible raises where its parts have changed
        ended = f"a module inside Ansible's own process: {type(error).__name__}: {error}"
    yield from (f"AnsibleModule does not call {name}" for name in OVERRIDDEN if name not in called)
    yield from filter(None, [ended])


if __name__ == "__main__":
    sys.stdout.write(json.dumps([*wrong_in_actions(), *wrong_in_modules()]))
