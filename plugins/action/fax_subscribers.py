# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of `ngcp.fax.fax_subscribers`: reads the state files."""

from __future__ import annotations

from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import entries
from ansible_collections.ngcp.fax.plugins.module_utils.entries import Entries
from ansible_collections.ngcp.fax.plugins.plugin_utils import state_files
from ansible_collections.ngcp.fax.plugins.plugin_utils.action import FaxAction, Result, plain


class ActionModule(FaxAction):
    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """With the entries of the state files: as objects or, for a module elsewhere, as it reads them."""
        options = super().options(task_vars)
        sources = options.get("src")
        if not sources:
            return options
        own = entries.of_task(options)
        here = self.runs_here(task_vars)
        # A module elsewhere puts the task's defaults below all by itself.
        found = state_files.load(
            self, [sources] if isinstance(sources, str) else sources, entries.below_all(options) if here else ()
        )
        if not here and not found.problems and not own.problems:
            return {**options, "subscribers": [*(options.get("subscribers") or []), *map(entries.written, found)]}
        together = [*own, *found]
        problems = [*own.problems, *found.problems, *entries.doubles(together)]
        return {**options, "subscribers": Entries(together, problems)}

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        sources = plain({"src": self._task.args.get("src")})["src"]
        if not isinstance(sources, (str, list, type(None))) or not all(isinstance(each, str) for each in sources or ()):
            what = "src must be the path of a state file or folder, a glob, or a list of them."
            return {"failed": True, "msg": what}
        options = self.options(task_vars)
        problems = self.problems(options)
        if problems:  # a line each, and in a list
            return {"failed": True, "msg": state_files.message(problems), "problems": problems}
        return self.execute(options, task_vars)

    def problems(self, options: dict[str, Any]) -> list[str]:
        """What is wrong with the files that the options name."""
        given = options.get("subscribers")
        return given.problems if isinstance(given, Entries) else []
