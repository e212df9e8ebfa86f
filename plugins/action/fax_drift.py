# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of `ngcp.fax.fax_drift`, which reads the state files and the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.ngcp.fax.plugins.action.fax_subscribers import ActionModule as Subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import read_regular
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline, baseline_file
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.discovery import display_path


class ActionModule(Subscribers):
    summary = ("verdict", "totals")

    def kind_of_report(self) -> str:
        return schema.DRIFT_REPORT

    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the options with paths relative to the folder in which Ansible was started.

        The report contains a command with these paths, for machines where that folder has another place.
        """
        options = super().options(task_vars)
        sources = options.get("src")
        if sources:
            options["src"] = [display_path(Path(each)) for each in ([sources] if isinstance(sources, str) else sources)]
        return options

    def problems(self, options: dict[str, Any]) -> list[Problem]:
        """Return the problems of the state files and of the baseline, whose entries replace its name in the options."""
        problems = super().problems(options)
        if isinstance(options.get("baseline"), str):
            accepted, wrong = self._baseline(options["baseline"])
            options["baseline"] = list(map(baseline.written, accepted))
            problems = [*problems, *wrong]
        return problems

    def _baseline(self, source: str) -> tuple[list[baseline.Accepted], list[Problem]]:
        """Return the entries of a file, found like a task's `src`, and its problems."""
        try:
            path = Path(self._find_needle("files", source))
            return baseline_file.read(read_regular(path).decode(), display_path(path))
        except AnsibleError:
            return [], [Problem((), f"There is no such file for {option_name('baseline')}.", place=source)]
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            return [], [Problem((), f"This cannot be read for {option_name('baseline')} ({why}).", place=source)]
