# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of action plugins: decide where a module runs, and do not repeat what cannot succeed.

Each task on each host logs in again, and so does each item of a loop that runs as a process of its own. Five failures
ban the account (docs/ngcp-api.md#bans, docs/design.md#the-first-refused-login-ends-the-run).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import server
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import ROLE_VARIABLES, WORKS_FOR
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import (
    ansible_internals,
    in_process,
    role_variables,
    stderr_progress,
)
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.ansible_internals import plain

Result = dict[str, Any]

# The variable that, if false, makes all modules run in processes of their own.
SWITCH = "ngcp_fax_in_process"

display = Display()

# The failures of tasks whose server could not be reached; one process of Ansible runs all items of a loop.
_UNREACHABLE: dict[str, Result] = {}


class FaxAction(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    """Runs the task's module, unless an earlier failure shows that it cannot succeed.

    The module runs inside this process where that makes no difference, which saves a process, a connection and a login
    for each item of a loop, and otherwise on the managed host.
    """

    _supports_async = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        self._role_variables = role_variables.by_option(self)
        with option_names.of_role(self._role_variables):
            return self._run_unless_known(task_vars or {})

    def _run_unless_known(self, task_vars: dict[str, Any]) -> Result:
        # Over a connection other than a local one, an address such as 127.0.0.1 is a different server on each host.
        host = "" if self._connection.transport == "local" else str(task_vars.get("inventory_hostname"))
        options = {name: self._task.args.get(name) for name in CONNECTION}
        # Try a login once per address, however the address is written.
        options["api_url"] = server(str(options["api_url"] or ""))
        connection = repr([host, self._task.environment, *options.values()])
        loop = f"{ansible_internals.identity(self)}{connection}"
        with _login(connection) as login:
            earlier = login.failure or _UNREACHABLE.get(loop)
            if earlier:
                return {"failed": True, "msg": f"Not tried again: {earlier['msg']}", "error": earlier["error"]}
            self._login = login
            try:
                result = self.run_module(task_vars)
            finally:
                if not self._task.async_val:  # an asynchronous module still needs its files
                    self._remove_tmp_path(self._connection._shell.tmpdir)
            self._learn(login, loop, result)
        return result

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        """Return the module's result."""
        return self.execute(self.options(task_vars), task_vars)

    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the module's options as plain JSON. Options of `Spec.own` may be any object if the module
        `runs_here`.
        """
        return plain(self._task.args)

    def execute(self, options: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        """Run the module with these options, and return its result."""
        if self.runs_here(task_vars):
            return self._execute_here(options, task_vars)
        if self._connection.transport == "local" and not self._task.async_val:
            options = {**options, WORKS_FOR: [os.getpid(), os.getppid()]}
        if self._role_variables:
            options = {**options, ROLE_VARIABLES: self._role_variables}
        result: Result = self._execute_module(module_args=options, task_vars=task_vars, wrap_async=self._task.async_val)
        return result

    def runs_here(self, task_vars: dict[str, Any]) -> bool:
        """Return True if the module runs inside this process: on this machine, as this user and with this Python."""
        if self._connection.transport != "local" or self._task.async_val or self._becomes_another():
            return False
        delegated = task_vars.get("ansible_delegated_vars", {})
        variables = delegated.get(self._task.delegate_to, task_vars) if self._task.delegate_to else task_vars
        wanted = self._templar.template(variables.get(SWITCH, True))
        return boolean(wanted, strict=False) and self._is_own_python(variables)

    def _becomes_another(self) -> bool:
        become = self._connection.become
        same = become and self.get_become_option("become_user") == ansible_internals.remote_user(self)
        return bool(become) and (not same or constants.BECOME_ALLOW_SAME_USER)

    def _is_own_python(self, variables: Mapping[str, Any]) -> bool:
        """Return True if modules run with Ansible's own Python; False if Ansible would detect an interpreter first."""
        configured = ansible_internals.configured("INTERPRETER_PYTHON", variables)
        python = Path(str(self._templar.template(configured)).strip())
        own = Path(sys.executable)
        # Compare the folders, too: two virtual environments may share one executable, and have different libraries.
        return python.is_file() and python.parent.resolve() == own.parent.resolve() and python.samefile(own)

    def _execute_here(self, options: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        name = ansible_internals.module_name(self)
        job: Job[Any] = import_module(f"ansible_collections.ngcp.fax.plugins.modules.{name}").JOB
        own = {option: options.pop(option) for option in job.spec.own & options.keys()}
        ansible_internals.add_internal_options(self, options, task_vars)
        display.vvv(f"{self._task.action} runs inside Ansible's own process", host=self._play_context.remote_addr)
        result = in_process.run(
            job,
            params={**plain(options), **own},
            environment=ansible_internals.environment(self),
            folder=self._loader.get_basedir(),
            listener=None if self._task.no_log else stderr_progress.listener(self._task.action),
            accepted=self._login.accepted,
        )
        return plain(result)

    def _learn(self, login: Login, loop: str, result: Result) -> None:
        """Keep what a result shows about the login and the server. That of an asynchronous module shows nothing."""
        error = result.get("error") or {}
        # A status shows that the server has answered. Do not rely on `kind`, a text that masking may have changed.
        answered = error.get("status")
        if error.get("fatal") and answered and not error.get("read_only"):
            login.refused(result)
        elif error.get("fatal"):
            if not self._task.until:  # `until` may wait for the server to come up
                _UNREACHABLE[loop] = result
        elif not self._task.async_val and ((answered and error.get("path") != LOGIN) or not result.get("failed")):
            login.accepted()


def _failure(text: str) -> Result | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class Login:
    """State of one login in this run of Ansible, kept in a file that all its processes share."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        text = file.read()  # the failure, null for a good login, or nothing yet
        self.known, self.failure = bool(text), _failure(text)
        if text and text != "null" and self.failure is None:  # the writing process was killed
            self.known = False
            file.truncate(0)

    def refused(self, result: Result) -> None:
        """Record a refusal, even of a login that was accepted before: it may have been banned or changed since."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(0)
        json.dump({"msg": result["msg"], "error": result["error"]}, self._file)

    def accepted(self) -> None:
        """Record an acceptance as soon as it is known, so that other tasks need not wait for the end of this one."""
        if not self.known:
            self.known = True
            json.dump(None, self._file)
            self._file.flush()
            fcntl.flock(self._file, fcntl.LOCK_UN)


@contextmanager
def _login(connection: str) -> Iterator[Login]:
    """Hold a connection's login. Until its state is known, one task at a time has it, and the others wait."""
    name = hashlib.sha256(connection.encode()).hexdigest()
    with Path(constants.DEFAULT_LOCAL_TMP, f"ngcp.fax-{name}").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        login = Login(file)
        if login.known:
            fcntl.flock(file, fcntl.LOCK_UN)
        yield login
