# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of `ngcp.fax.fax_subscribers`, which reads the state files and the plan."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import read_regular
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import entry, parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entries
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import ENVIRONMENT, is_address
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.report import failure, make_report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import ansible_internals, controller, state_files
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import FaxAction, Result
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.ansible_internals import plain
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files, model
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import SharedLogin

display = Display()


class ActionModule(FaxAction):
    summary: tuple[str, ...] = ("verdict",)
    """The keys of the report that the result has, too, wherever the report is."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        """Run the module. The result contains the requested report, even if the run has failed before it had any."""
        result = super().run(tmp, task_vars)
        if self._leaves_rows_to_file:
            result.pop("problems", None)  # they are also in the message
        if self._is("check_options"):
            return result
        if result.get("failed") and "report" not in result and self.kind_of_report():
            url = str(self._task.args.get("api_url") or os.environ.get(ENVIRONMENT["api_url"], ""))
            rows = [failure(result["msg"])]
            server = connection.server(url) if is_address(url) else ""  # it may hold a login
            result["report"] = make_report(self.kind_of_report(), rows, 0, server, times.now())
        if "report" in result:
            result.update({name: result["report"][name] for name in self.summary})
        self._show_diff_of_failure(result)
        return self._with_report_file(result) if self._leaves_rows_to_file else result

    def kind_of_report(self) -> str:
        """Return the kind of the report that the task asks for, or "" if it asks for none."""
        if not self._is("return_report") and not self._leaves_rows_to_file:
            return ""
        return schema.PLAN if self._task.check_mode else schema.PROVISION

    @property
    def _leaves_rows_to_file(self) -> bool:
        return self._task.args.get("return_rows") == "file"

    def _is(self, option: str) -> bool:
        return bool(boolean(self._task.args.get(option, False), strict=False))

    def _show_diff_of_failure(self, result: Result) -> None:
        """Show the diff of a failed task, such as one that a limit stopped: Ansible shows it for success only."""
        if result.get("failed") and result.get("diff") and self._task.diff:
            # Do not use standard output, which a program may read.
            display.display(ansible_internals.diff_as_text(result["diff"]), stderr=True)
            if self._task.failed_when:  # if it lets the task succeed, Ansible would show the diff again
                del result["diff"]

    def _with_report_file(self, result: Result) -> Result:
        """Return the result with its report in a temporary file of Ansible's, and without what the report contains."""
        report = result.get("report")
        if not report:
            return result
        number, name = tempfile.mkstemp(".json", "ngcp.fax-report-", constants.DEFAULT_LOCAL_TMP)
        with os.fdopen(number, "wb") as file:
            file.write(files.as_json(report))
        kept = {name: value for name, value in result.items() if name not in ("report", "subscribers", "risks")}
        return {**kept, "report_file": name}

    def _learn(self, login: SharedLogin, loop: str, result: Result) -> None:
        if not self._is("check_options"):  # nobody has tried the login
            super()._learn(login, loop, result)

    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the options with the entries of the state files: as objects or, for a module elsewhere, in its
        format.
        """
        options = super().options(task_vars)
        sources = options.get("src")
        if not sources or self._is("check_options"):
            return options
        own = parser.entries_of_task(options)
        here = self.runs_here(task_vars)
        # A module elsewhere applies the task's defaults itself.
        found = state_files.load(
            self, [sources] if isinstance(sources, str) else sources, parser.layers_of_task(options) if here else ()
        )
        if not here and not found.problems and not own.problems:
            return {**options, "subscribers": [*(options.get("subscribers") or []), *map(parser.as_raw, found)]}
        together = [*own, *found]
        problems = [*own.problems, *found.problems, *entry.repeated(together)]
        return {**options, "subscribers": Entries(together, problems)}

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        sources = plain({"src": self._task.args.get("src")})["src"]
        if not isinstance(sources, (str, list, type(None))) or not all(isinstance(each, str) for each in sources or ()):
            what = f"{option_name('src')} must be the path of a state file or folder, a glob, or a list of them."
            return controller.refusal(what)
        options = self.options(task_vars)
        problems = self.problems(options)
        if problems:  # a line each, and in a list
            return state_files.failure(problems)
        return self.execute(options, task_vars)

    def problems(self, options: dict[str, Any]) -> list[Problem]:
        """Return the problems of the files that the options name. A plan replaces the name of its file."""
        given = options.get("subscribers")
        problems: list[Problem] = given.problems if isinstance(given, Entries) else []
        if options.get("plan") is None:
            return problems
        try:
            options["plan"] = self._plan(options["plan"])
        except (ValueError, model.NoReport) as error:
            problems = [*problems, *(Problem((), line) for line in str(error).splitlines())]
        return problems

    def _plan(self, given: object) -> Report:
        """Return the plan in a file, found like a task's `src`, or a plan that is given directly."""
        try:
            if not isinstance(given, str):
                return model.read(given, option_name("plan"))
            path = Path(self._find_needle("files", given))
            return model.read(json.loads(read_regular(path)), given)
        except AnsibleError:
            raise ValueError(f"{given}: There is no such file for {option_name('plan')}.") from None
        except OSError as error:
            why = f"This cannot be read for {option_name('plan')} ({error.strerror})."
            raise ValueError(f"{given}: {why} Give the report.json of a run in check mode.") from error
        except ValueError:
            raise ValueError(f"{given}: This is not a plan: it is not JSON.") from None
        except RecursionError:
            name = given if isinstance(given, str) else option_name("plan")
            raise ValueError(f"{name}: This is not a plan: it is nested too deeply.") from None
