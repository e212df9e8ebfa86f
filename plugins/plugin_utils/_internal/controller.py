# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse options, and `become` for the modules that run on the controller, whatever the host of the task."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, facts_of

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


def refused_become(action: ActionBase) -> dict[str, Any] | None:
    """Return a failure if the task must become a user other than the one that runs Ansible, and None otherwise.

    Files cannot be read or written as another user here: Ansible becomes that user only for a process on the host.
    """
    become = action._connection.become
    user = become and action.get_become_option("become_user")
    own = _own_name()
    if not user or user == own:
        return None
    message = (
        f"become: {action._task.action} works on the controller as the user that runs Ansible, {own}, and cannot "
        f"become {user}. Set become: false for this task."
    )
    return refusal(printable(message))


def refusal(message: str) -> dict[str, Any]:
    """Return the result of a task that fails for an invalid option or file, before it does anything."""
    return {"failed": True, "changed": False, "msg": message, "error": facts_of(BadOption(message, ""))}


def _own_name() -> str:
    """Return the name of the user that runs Ansible, or its number if it has no name, as in a container."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
