# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' action plugins share: a refused login ends the task's loop."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

Result = dict[str, Any]

# The logins that the server refused in this process. All items of a loop run in one process of Ansible's, and each is
# a new module that would log in again; five failures ban the account (ngcp-api.md, "Authentication"; design rule 10).
_REFUSED: set[tuple[str, ...]] = set()
_LOGIN_OPTIONS = ("api_url", "api_username", "api_password", "api_token", "auth", "otp")


class FaxAction(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    """Runs the module of the same name on the managed host, unless an earlier item's login was refused."""

    _supports_async = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        login = (self._task._uuid, *(repr(self._task.args.get(option)) for option in _LOGIN_OPTIONS))
        if login in _REFUSED:
            return {
                "failed": True,
                "msg": "Not tried: the login was refused for an earlier item, and five failures ban the account.",
                "error": {"kind": "login_refused", "method": None, "path": None, "status": None},
            }
        try:
            result = self.run_module(task_vars or {})
        finally:
            if not self._task.async_val:  # an asynchronous module still needs its files
                self._remove_tmp_path(self._connection._shell.tmpdir)
        if (result.get("error") or {}).get("kind") == "login_refused":
            _REFUSED.add(login)
        return result

    def run_module(self, task_vars: dict[str, Any], **options: Any) -> Result:
        """The module's result; `options` go over the task's own."""
        result: Result = self._execute_module(
            module_args={**self._task.args, **options}, task_vars=task_vars, wrap_async=self._task.async_val
        )
        return result
