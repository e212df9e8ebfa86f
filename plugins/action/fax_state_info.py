# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_state_info`, which runs on the controller and needs no server."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import notices as notices_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options import invocation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import display_path
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import controller, role_variables, state_files

OPTIONS = {
    "src": {"type": "list", "elements": "path", "required": True},
    "progress": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        refused = controller.refused_become(self)
        if refused:
            return refused
        variables = role_variables.by_option(self)
        with option_names.of_role(variables):
            result = self._checked_files()
        if variables:  # the task of the role shows them in its message
            result.pop("problems", None)
        return result

    def _checked_files(self) -> dict[str, Any]:
        try:
            _result, options = self.validate_argument_spec(OPTIONS)
        except AnsibleError as error:
            # Return the failure: Ansible would add the place of the task to an exception, and change its text.
            return controller.refusal(printable(invocation.explained(str(error.message))))
        if not options["src"]:
            return controller.refusal(f"{option_name('src')} is empty; name files, folders or globs.")
        paths, problems = state_files.find(self, options["src"])
        entries = state_files.read(self, paths)
        problems += entries.problems
        if problems:
            return state_files.failure(problems)
        notices = list(map(printable, notices_of(entries)))
        counts = Counter(entry.place.rpartition(":")[0] for entry in entries)
        return {
            "changed": False,
            "files": [{"path": display_path(path), "entries": counts[display_path(path)]} for path in paths],
            "totals": {"entries": len(entries), "sets": sum(entry.kind == "match" for entry in entries)},
            **({"warnings": notices} if notices else {}),
        }
