# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of `ngcp.fax.fax_send`: takes the document to the managed host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ngcp.fax.plugins.plugin_utils.action import FaxAction, Result


class ActionModule(FaxAction):
    TRANSFERS_FILES = True

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        source = self._task.args.get("src")
        if not (source and isinstance(source, str)) or boolean(self._task.args.get("remote_src", False), strict=False):
            return super().run_module(task_vars)
        try:
            found = self._find_needle("files", source)
            # Also decrypts a vaulted document.
            local = self._loader.get_real_file(found)
        except AnsibleError:
            return {
                "failed": True,
                "error": {"kind": "bad_option", "method": None, "path": None, "status": None},
                "msg": f"src: '{source}' cannot be found or read. Give a file that is there, or set "
                "remote_src: true for one on the managed host.",
            }
        # A decrypted one has another name, which its format is known by.
        as_it_is = local == found and self.runs_here(task_vars)
        placed = local if as_it_is else self._transferred(local, Path(source).name)
        result = self.execute({**self.options(task_vars), "src": placed}, task_vars)
        # Newer releases of Ansible have made an error of the message by now; they make it anew.
        result.pop("exception", None)
        for failure in (result, *result.get("faxes", ())):
            if "msg" in failure:
                failure["msg"] = failure["msg"].replace(placed, source)
        if "invocation" in result:
            result["invocation"]["module_args"]["src"] = source
        return result

    def _transferred(self, local: str, name: str) -> str:
        """Where on the managed host the document is now."""
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        remote = str(shell.join_path(shell.tmpdir, name))
        self._transfer_file(local, remote)
        self._fixup_perms2((shell.tmpdir, remote))
        return remote
