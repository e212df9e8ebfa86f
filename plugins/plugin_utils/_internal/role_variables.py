# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of this collection's roles, so that messages of their tasks name these and not the modules' options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

COLLECTION = "ngcp.fax."


def by_option(action: ActionBase) -> dict[str, str]:
    """Return the variables of the role that a task belongs to, by the module's options; none outside of our roles.

    The variable of an option has the option's name after that of the role: `export_adopt` is passed on as `adopt`.
    """
    name, folder = ansible_internals.role(action)
    if not name.startswith(COLLECTION):
        return {}
    prefix = f"{name.removeprefix(COLLECTION)}_"
    # The action's own loader takes ten times as long, because it remembers the line of each value.
    specs = yaml_load(Path(folder, "meta", "argument_specs.yml").read_text(encoding="utf-8"))
    return {str(one).removeprefix(prefix): str(one) for one in specs["argument_specs"]["main"]["options"]}
