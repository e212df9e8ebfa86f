# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_report`, which runs on the controller and needs no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import file_modes, option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable, printable_lines
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    RowsFound,
    facts_of,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import read_regular, resolved
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options import invocation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Head, Report
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import controller, role_variables
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files, history, model

Result = dict[str, Any]

OPTIONS = {
    # Checked by `model.read`, which is faster for thousands of rows and names the place of a problem.
    "report": {"type": "raw"},
    "dest": {"type": "path", "required": True},
    "formats": {"type": "list", "elements": "str", "choices": list(files.FORMATS), "default": list(files.FORMATS)},
    "history": {"type": "path"},
    "mode": {"type": "raw"},
    "directory_mode": {"type": "raw"},
    "title": {"type": "str"},
    "check_options": {"type": "bool", "default": False},
    "fail_on": {"type": "list", "elements": "str", "choices": list(files.FAIL_ON), "default": ["drift"]},
}

REQUIRED_IF = [("check_options", False, ("report",))]


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        refused = controller.refused_become(self)
        if refused:
            return refused
        with option_names.of_role(role_variables.by_option(self)):
            return self._done()

    def _done(self) -> Result:
        try:
            _result, options = self.validate_argument_spec(OPTIONS, required_if=REQUIRED_IF)
        except AnsibleError as error:
            # Return the failure: Ansible would add the place of the task to an exception, and change its text.
            return _refusal(invocation.explained(str(error.message)))
        fail_on = list(dict.fromkeys(map(str, options["fail_on"])))
        if "never" in fail_on and len(fail_on) > 1:
            return _refusal(f"{option_name('fail_on')}: never stands alone.")
        for problem in file_modes.problems(options):
            return _refusal(str(problem))
        if options["check_options"]:
            return {"changed": False}
        try:
            report = model.read(*_given(options["report"]))
            return self._write(report, options, fail_on)
        except model.NoReport as error:
            return _refusal(str(error))
        except FaxError as error:
            return _failure(error)
        except OSError as error:
            return _failure(fault(error))

    def _write(self, report: Report, options: Result, fail_on: list[str]) -> Result:
        folder = Path(options["dest"])
        # Keep links, but give each target one name.
        past = resolved(Path(options["history"]), "history") if options["history"] else None
        check_mode = bool(self._task.check_mode)
        with files.folders(folder, past, check_mode, file_modes.folder_mode(options["directory_mode"])):
            return self._written(report, options, fail_on, folder, past)

    def _written(self, report: Report, options: Result, fail_on: list[str], folder: Path, past: Path | None) -> Result:
        check_mode = bool(self._task.check_mode)
        warnings: list[str] = []
        runs: list[Head] = []
        if past:
            try:
                runs = history.added(history.read(past), report)
            except history.Damaged as damaged:
                warnings.append(printable(str(damaged)))
                past = None
        contents = files.contents(report, options["formats"], str(options["title"] or ""), runs, fail_on)
        wanted = {folder / name: content for name, content in contents.items()}
        # Write the history last, so that a run whose files cannot be written is not counted.
        everything = {**wanted, **({past: history.text(runs).encode()} if past else {})}
        changed = files.write(everything, check_mode, file_modes.file_mode(options["mode"]))
        outcome, sentence = files.verdict(report, fail_on)
        hints = [files.UNREACHABLE_IN_WORDS] if outcome == "unreachable" else []
        where = f"Check mode: nothing was written to '{folder}'." if check_mode else f"The report is in '{folder}'."
        return {
            "changed": changed,
            "files": [
                {"path": str(folder / name), "format": file_format}
                for file_format, name in files.FORMATS.items()
                if folder / name in wanted
            ],
            "verdict": report["verdict"],
            "msg": printable(" ".join([sentence, where, *hints])),
            **({"warnings": warnings} if warnings else {}),
            **({outcome: True} if outcome else {}),
            **({"error": facts_of(RowsFound(sentence, ""))} if outcome == "failed" else {}),
        }


def _given(report: object) -> tuple[Any, str]:
    """Return a report, or that in the file of this name, and its name for messages. Raises `BadOption`."""
    if not isinstance(report, str):
        return report, option_name("report")
    path = Path(report).expanduser()
    what = f"{option_name('report')} must be a mapping, or a file of one, and '{path}'"
    try:
        return json.loads(read_regular(path)), str(path)
    except OSError as error:
        raise BadOption(f"{what} cannot be read ({error.strerror})", "Give what a task returned.") from error
    except (ValueError, RecursionError):
        raise BadOption(f"{what} is not JSON", "Give another.") from None


def _refusal(message: str) -> Result:
    return controller.refusal(printable_lines(message))


def _failure(error: FaxError) -> Result:
    changed = bool(error.facts.get("changed"))
    return {"failed": True, "changed": changed, "msg": printable_lines(str(error)), "error": facts_of(error)}
