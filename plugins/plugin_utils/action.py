# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' action plugins share: a refused login, or a server that cannot be reached, ends the task's loop."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils.options import CONNECTION

Result = dict[str, Any]

# The failures that the next item would only repeat. Each item of a loop is a new module that would log in again, while
# five failures ban the account (ngcp-api.md, "Authentication"; design rule 10).
_HOPELESS = frozenset({"login_refused", "unreachable"})
# Such failures of this process by task and connection: all items of a loop run in one process of Ansible's.
_FAILURES: dict[tuple[str, ...], Result] = {}


class FaxAction(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    """Runs the module of the same name on the managed host, unless an earlier item showed that it is no use."""

    _supports_async = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        key = (self._task._uuid, *(repr(self._task.args.get(option)) for option in CONNECTION))
        if key in _FAILURES:
            earlier = _FAILURES[key]
            return {
                "failed": True,
                "msg": f"Not tried after an earlier item: {earlier['msg']}",
                "error": earlier["error"],
            }
        try:
            result = self.run_module(task_vars or {})
        finally:
            if not self._task.async_val:  # an asynchronous module still needs its files
                self._remove_tmp_path(self._connection._shell.tmpdir)
        if (result.get("error") or {}).get("kind") in _HOPELESS:
            _FAILURES[key] = result
        return result

    def run_module(self, task_vars: dict[str, Any], **options: Any) -> Result:
        """The module's result; `options` go over the task's own."""
        result: Result = self._execute_module(
            module_args={**self._task.args, **options}, task_vars=task_vars, wrap_async=self._task.async_val
        )
        return result
