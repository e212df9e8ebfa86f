# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_export`, which runs on the controller with its state files and the vault passwords of the run."""

from __future__ import annotations

from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import controller, state_files
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import FaxAction, Result


class ActionModule(FaxAction):
    _requires_connection = False
    _supports_async = False

    def runs_here(self, task_vars: dict[str, Any]) -> bool:
        return True

    def options(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        options = super().options(task_vars)
        encrypt = None
        if options.get("secrets") == "vault":
            encrypt = state_files.encrypter(self, options.get("vault_id"))
        return {**options, "_vault": Vault(encrypt, state_files.decrypter(self)), "_diff": bool(self._task.diff)}

    def run_module(self, task_vars: dict[str, Any]) -> Result:
        refused = controller.refused_become(self)
        if refused:
            return refused
        try:
            options = self.options(task_vars)
        except ValueError as error:
            return controller.refusal(printable(str(error)))
        return self.execute(options, task_vars)
