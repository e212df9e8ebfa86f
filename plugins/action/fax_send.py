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

    def run_module(self, task_vars: dict[str, Any], **options: Any) -> Result:
        source = self._task.args.get("src")
        if not (source and isinstance(source, str)) or boolean(self._task.args.get("remote_src", False), strict=False):
            return super().run_module(task_vars, **options)
        try:
            # Also decrypts a vaulted document.
            local = self._loader.get_real_file(self._find_needle("files", source))
        except AnsibleError:
            return {
                "failed": True,
                "error": {"kind": "bad_option", "method": None, "path": None, "status": None},
                "msg": f"src: '{source}' cannot be found or read. Give a file that is there, or set "
                "remote_src: true for one on the managed host.",
            }
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        remote = shell.join_path(shell.tmpdir, Path(source).name)
        self._transfer_file(local, remote)
        self._fixup_perms2((shell.tmpdir, remote))
        result = super().run_module(task_vars, src=remote, **options)
        # Newer releases of Ansible have made an error of the message by now; they make it anew.
        result.pop("exception", None)
        for failure in (result, *result.get("faxes", ())):
            if "msg" in failure:
                failure["msg"] = failure["msg"].replace(remote, source)
        return result
