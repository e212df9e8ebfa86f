# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' action plugins share: what cannot succeed is not tried again.

Each task on each host, and each item of a loop, is a module of its own that would log in again, while five failures ban
the account (ngcp-api.md, "Authentication"; design rule 10).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils.answers import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils.options import CONNECTION

Result = dict[str, Any]

# Tasks whose server could not be reached: all items of a loop run in one process of Ansible's.
_UNREACHABLE: dict[str, Result] = {}


class FaxAction(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    """Runs the module of the same name on the managed host, unless it is known by now that it cannot succeed."""

    _supports_async = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        # Over another connection than a local one the same address, such as 127.0.0.1, is another server on each host.
        host = "" if self._connection.transport == "local" else str((task_vars or {}).get("inventory_hostname"))
        connection = repr([host, self._task.environment, *map(self._task.args.get, CONNECTION)])
        loop = f"{self._task._uuid}{connection}"
        with _login(connection) as login:
            earlier = login.failure or _UNREACHABLE.get(loop)
            if earlier:
                return {"failed": True, "msg": f"Not tried again: {earlier['msg']}", "error": earlier["error"]}
            try:
                result = self.run_module(task_vars or {})
            finally:
                if not self._task.async_val:  # an asynchronous module still needs its files
                    self._remove_tmp_path(self._connection._shell.tmpdir)
            self._learn(login, loop, result)
        return result

    def _learn(self, login: Login, loop: str, result: Result) -> None:
        """Keep what a result says of the login and the server; an asynchronous module tells nothing here."""
        error = result.get("error") or {}
        # A status is the server's answer. Not by `kind`: masking may have changed a text.
        answered = error.get("status")
        if error.get("fatal") and answered and not error.get("read_only"):
            login.refused(result)
        elif error.get("fatal"):
            if not self._task.until:  # `until` may wait for the server to come up
                _UNREACHABLE[loop] = result
        elif not self._task.async_val and ((answered and error.get("path") != LOGIN) or not result.get("failed")):
            login.accepted()

    def run_module(self, task_vars: dict[str, Any], **options: Any) -> Result:
        """The module's result; `options` go over the task's own."""
        result: Result = self._execute_module(
            module_args={**self._task.args, **options}, task_vars=task_vars, wrap_async=self._task.async_val
        )
        return result


class Login:
    """What this run of Ansible knows of one login, kept in a file that all its processes share."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        text = file.read()  # the failure, null for a good login, or nothing yet
        self.known = bool(text)
        self.failure: Result | None = json.loads(text) if text else None

    def refused(self, result: Result) -> None:
        """Also one that was good before: it may have been banned or changed meanwhile."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(0)
        json.dump({"msg": result["msg"], "error": result["error"]}, self._file)

    def accepted(self) -> None:
        if not self.known:
            json.dump(None, self._file)


@contextmanager
def _login(connection: str) -> Iterator[Login]:
    """A connection's login. As long as nothing is known of it one task at a time has it; the others wait and see."""
    name = hashlib.sha256(connection.encode()).hexdigest()
    with Path(constants.DEFAULT_LOCAL_TMP, f"ngcp.fax-{name}").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        login = Login(file)
        if login.known:
            fcntl.flock(file, fcntl.LOCK_UN)
        yield login
