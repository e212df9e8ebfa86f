# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of Ansible's controller that this collection uses although Ansible does not document them for plugins.

No other file below plugins/action and plugins/plugin_utils uses them. Those of the module's side are in
plugins/module_utils/_internal/runner.py. Any release of Ansible may change them:
tests/integration/test_ansible_internals.py says which one it changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.module_utils.common import json as ansible_json
from ansible.parsing.vault import match_encrypt_secret
from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

if hasattr(ansible_json, "get_module_encoder"):
    _encoder = ansible_json.get_module_encoder("legacy", ansible_json.Direction.CONTROLLER_TO_MODULE)
    _as_for_a_module = partial(json.dumps, cls=_encoder)
else:  # before ansible-core 2.19
    _as_for_a_module = partial(json.dumps, cls=ansible_json.AnsibleJSONEncoder, vault_to_text=True)


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy as a module would read it: plain lists, keys that are texts, nothing marked or encrypted."""
    copy: dict[str, Any] = json.loads(_as_for_a_module(content))
    return copy


def configured(setting: str, variables: Mapping[str, Any] | None = None) -> Any:
    """Return a setting of ansible.cfg, of the environment, or of a variable."""
    return constants.config.get_config_value(setting, variables=variables)


def identity(action: ActionBase) -> str:
    """Return an identity that all items of a task's loop share, and no other task."""
    return str(action._task._uuid)


def module_name(action: ActionBase) -> str:
    """Return the name of the module that a task calls, with redirects resolved and without the collection's name."""
    loader = action._shared_loader_obj.module_loader
    found = loader.find_plugin_with_context(action._task.action, collection_list=action._task.collections)
    return str(found.resolved_fqcn).rpartition(".")[2]


def add_internal_options(action: ActionBase, options: dict[str, Any], variables: Mapping[str, Any]) -> None:
    """Add the options that Ansible passes to each module: check mode, diff, the destination of its log."""
    action._update_module_args(action._task.action, options, variables)


def environment(action: ActionBase) -> dict[str, str]:
    """Return the environment that a task gives to its module."""
    found: dict[str, Any] = {}
    action._compute_environment_string(found)
    return {str(name): str(value) for name, value in found.items()}


def remote_user(action: ActionBase) -> str | None:
    """Return the user that the task's connection logs in as."""
    user: str | None = action._get_remote_user()
    return user


def vault(action: ActionBase) -> Any:
    """Return the `VaultLib` that encrypts and decrypts with the vault passwords of the run."""
    return action._loader._vault


def encryption_secret(vault: Any, vault_id: str | None) -> tuple[str, Any]:
    """Return the id and the secret that encrypt. Raises AnsibleError if the run has no password of that id."""
    name, secret = match_encrypt_secret(vault.secrets, vault_id)
    return name, secret


def role(action: ActionBase) -> tuple[str, str]:
    """Return the full name and the folder of the role that a task belongs to, or "" and "" outside of roles."""
    of_task = action._task._role
    return (str(of_task.get_name()), str(of_task._role_path)) if of_task else ("", "")


def diff_as_text(diff: object) -> str:
    """Return a result's diff as Ansible shows it."""
    return str(CallbackBase()._get_diff(diff))
