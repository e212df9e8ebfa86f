# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of `ngcp.fax.fax_subscribers`: reads the state files."""

from __future__ import annotations

from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import entries
from ansible_collections.ngcp.fax.plugins.module_utils.entries import Entries
from ansible_collections.ngcp.fax.plugins.plugin_utils import state_files
from ansible_collections.ngcp.fax.plugins.plugin_utils.action import FaxAction, Result


class ActionModule(FaxAction):
    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """With the entries of the state files: as objects or, for a module elsewhere, as it reads them."""
        options = super().options(task_vars)
        sources = options.get("src")
        if not sources:
            return options
        found = state_files.load(self, [sources] if isinstance(sources, str) else sources, entries.below_all(options))
        if not self.runs_here(task_vars) and not found.problems:
            return {**options, "subscribers": [*(options.get("subscribers") or []), *map(entries.written, found)]}
        own = entries.of_task(options)
        together = [*own, *found]
        problems = [*found.problems, *own.problems, *entries.doubles(together)]
        return {**options, "subscribers": Entries(together, problems)}

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        options = self.options(task_vars)
        given = options.get("subscribers")
        if isinstance(given, Entries) and given.problems:  # a line each, and in a list
            return {"failed": True, "msg": state_files.message(given.problems), "problems": given.problems}
        return self.execute(options, task_vars)
