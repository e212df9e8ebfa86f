# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of action plugins: decide where a module runs, and do not repeat what cannot succeed.

All tasks with the same login share its token (docs/design.md#log-in-once), and know of its refusal: five failures ban
the account (docs/ngcp-api.md#bans, docs/design.md#the-first-refused-login-ends-the-run).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result as JobResult
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import ROLE_VARIABLES, SHARED_TOKEN, WORKS_FOR
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import (
    ansible_internals,
    in_process,
    login_identity,
    role_variables,
    shared_login,
    stderr_progress,
)
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.ansible_internals import plain
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import SharedLogin

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
        given = login_identity.Given.of_task(self, task_vars)
        shares = given.shares_token and not self._task.async_val
        loop = f"{ansible_internals.identity(self)}{given.identity!r}"
        with shared_login.opened(Path(constants.DEFAULT_LOCAL_TMP), given.identity, shares) as login:
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
            refusal = self._log_in_for_module(options, task_vars)
            if refusal:
                return refusal
            options = {**options, WORKS_FOR: [os.getpid(), os.getppid()]}
        token = self._login.token
        if token and self._login.shares:
            options = {**options, SHARED_TOKEN: {token.value: token.expires}}
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
        display.vvv(f"{self._task.action} runs inside Ansible's own process", host=self._play_context.remote_addr)
        return plain(self._run_job(self._job(), options, task_vars))

    def _log_in_for_module(self, options: dict[str, Any], task_vars: dict[str, Any]) -> Result | None:
        """Get the token that a module on this machine is to use. Return the module's result if the login is refused.

        A module hands no token back, so that it appears in no output of Ansible's.
        """
        if not self._login.shares or self._login.token:
            return None
        # The options are the module's own, so that they mean the same, and so is the result of a refusal.
        job = replace(self._job(), run=_obtain_token, options=_no_options, libraries={})
        result = self._run_job(job, {**options}, task_vars, logs=False)
        # Whatever else may be wrong is the module's to report: its Python and its user may be others.
        return plain(result) if self._login.failure else None

    def _job(self) -> Job[Any]:
        name = ansible_internals.module_name(self)
        job: Job[Any] = import_module(f"ansible_collections.ngcp.fax.plugins.modules.{name}").JOB
        return job

    def _run_job(self, job: Job[Any], options: dict[str, Any], task_vars: dict[str, Any], logs: bool = True) -> Result:
        own = {option: options.pop(option) for option in job.spec.own & options.keys()}
        ansible_internals.add_internal_options(self, options, task_vars)
        if not logs:  # the system's log has one line for each task
            options["_ansible_no_log"] = True
        return in_process.run(
            job,
            params={**plain(options), **own},
            environment=ansible_internals.environment(self),
            folder=self._loader.get_basedir(),
            listener=None if self._task.no_log else stderr_progress.listener(self._task.action),
            login=self._login,
        )

    def _learn(self, login: SharedLogin, loop: str, result: Result) -> None:
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


def _no_options(given: Mapping[str, Any]) -> None:
    """Take no options but those of the connection."""


def _obtain_token(client: Client, options: None, check_mode: bool) -> JobResult:
    """Log in, once, unless the run has a token. Do nothing where the module will need none."""
    if client.needs_token:
        client.log_in(retries=0)
    return JobResult(changed=False, facts={})
