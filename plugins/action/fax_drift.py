# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of `ngcp.fax.fax_drift`: reads the state files and the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.ngcp.fax.plugins.action.fax_subscribers import ActionModule as Subscribers
from ansible_collections.ngcp.fax.plugins.module_utils import baseline
from ansible_collections.ngcp.fax.plugins.module_utils.state_file import shown
from ansible_collections.ngcp.fax.plugins.plugin_utils import state_files
from ansible_collections.ngcp.fax.plugins.plugin_utils.action import Result


class ActionModule(Subscribers):
    def run_module(self, task_vars: dict[str, Any]) -> Result:
        options = self.options(task_vars)
        problems = list(getattr(options.get("subscribers"), "problems", ()))
        if isinstance(options.get("baseline"), str):
            accepted, wrong = self._baseline(options["baseline"])
            options["baseline"] = list(map(baseline.written, accepted))
            problems += wrong
        if problems:  # a line each, and in a list
            return {"failed": True, "msg": state_files.message(problems), "problems": problems}
        return self.execute(options, task_vars)

    def _baseline(self, source: str) -> tuple[list[baseline.Accepted], list[str]]:
        """The entries of a file, found as Ansible finds a task's `src`, and what is wrong with it."""
        try:
            path = Path(self._find_needle("files", source))
            return baseline.read(path.read_text(encoding="utf-8"), shown(path))
        except AnsibleError:
            return [], [f"{source}: There is no such file for baseline."]
        except (OSError, ValueError) as error:
            return [], [f"{source}: This cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8'})."]
