# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of `ngcp.fax.fax_send`, which transfers the document to the managed host, and keeps the outcome of
the faxes from one try of a task to the next.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import advice_about, option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import TRIES
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import controller
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import FaxAction, Result


@dataclass
class Tries:
    """The outcome so far of the tries of one task."""

    task: object
    """The task, or its copy for one item of a loop. `until` makes a new action plugin for each try."""
    receipts: list[dict[str, Any]] = field(default_factory=list)
    """A receipt for each fax, as the last try that knew it has returned it."""
    path: str = ""
    """File on the managed host in which a module in a process of its own keeps the receipts."""
    changed: bool = False
    """True if one of the tries has sent anything."""
    silent: Result | None = None
    """Result of a module that ended without one of its own."""


# The tries of the current task: a process of Ansible runs one task after the other.
_CURRENT = Tries(None)


class ActionModule(FaxAction):
    TRANSFERS_FILES = True

    def execute(self, options: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        """Run the module. Another try of the same task checks what the earlier tries sent."""
        tries = self._tries()
        if not tries:
            return super().execute(options, task_vars)
        result = self._try(tries, options, task_vars)
        # The task has changed something if any of its tries has.
        tries.changed = tries.changed or bool(result.get("changed"))
        return {**result, "changed": True} if tries.changed else result

    def _try(self, tries: Tries, options: dict[str, Any], task_vars: dict[str, Any]) -> Result:
        if options.get("receipt"):
            return super().execute(options, task_vars)
        if tries.silent and options.get("on_uncertain") != "resend":
            return self._not_again(tries.silent)
        tries.silent = None
        result = super().execute({**options, TRIES: tries.path or tries.receipts}, task_vars)
        if TRIES in result:
            tries.receipts = result.pop(TRIES)
        elif "module_stdout" in result:  # no result of the module itself
            tries.silent = result
        return result

    def _tries(self) -> Tries | None:
        """Return the tries of this task, or None if it is tried only once."""
        global _CURRENT
        if not (self._task.until or self._task.retries):
            return None
        if _CURRENT.task is not self._task:
            _CURRENT = Tries(self._task)
            if self._task.async_val:
                folder = self.get_shell_option("async_dir", default="~/.ansible_async")
                _CURRENT.path = f"{folder}/ngcp.fax-{uuid.uuid4().hex}.json"
        return _CURRENT

    @staticmethod
    def _not_again(earlier: Result) -> Result:
        reason = str(earlier.get("msg", "")).rstrip(".")
        return {
            "failed": True,
            "changed": True,
            "error": {"kind": "uncertain", "method": None, "path": None, "status": None},
            "msg": "Not tried again: the try before ended without saying what it did, and may have sent the fax "
            f"({reason}). Look into the journal, or set {option_name('on_uncertain')}: resend.",
        }

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        source = self._task.args.get("src")
        if not (source and isinstance(source, str)) or boolean(self._task.args.get("remote_src", False), strict=False):
            return super().run_module(task_vars)
        try:
            found = self._find_needle("files", source)
            files.open_regular(Path(found)).close()  # Ansible would wait for a FIFO
            # This also decrypts a vaulted document.
            local = self._loader.get_real_file(found)
        except AnsibleError:
            return _unusable(f"{option_name('src')}: '{source}' cannot be found or read.")
        except OSError as error:
            return _unusable(f"{option_name('src')}: '{source}' cannot be read ({error.strerror}).")
        # A decrypted document has another name. Keep the original one, because the format is checked against it.
        as_it_is = local == found and self.runs_here(task_vars)
        placed = local if as_it_is else self._transferred(local, Path(source).name)
        result = self.execute({**self.options(task_vars), "src": placed}, task_vars)
        # Newer releases of Ansible have already made an exception from the message, and make it again.
        result.pop("exception", None)
        for failure in (result, *(row.get("error", {}) for row in result.get("faxes", ()))):
            if "msg" in failure:
                failure["msg"] = failure["msg"].replace(printable(placed), printable(source))
        if "invocation" in result:
            result["invocation"]["module_args"]["src"] = source
        return result

    def _transferred(self, local: str, name: str) -> str:
        """Return the path of the document on the managed host."""
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        remote = str(shell.join_path(shell.tmpdir, name))
        self._transfer_file(local, remote)
        self._fixup_perms2((shell.tmpdir, remote))
        return remote


def _unusable(fault: str) -> Result:
    return controller.refusal(printable(f"{fault} {advice_about('remote_src')}"))
