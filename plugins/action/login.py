# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of `ngcp.fax.login`: register the token without showing it, and share it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import Token
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import FaxAction, Result
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import SharedLogin


class ActionModule(FaxAction):
    _supports_async = False  # the result would not pass here, and be shown

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        self._play_context.no_log = True  # or ssh would show it with -vvv; the result itself is not concerned
        result = super().run(tmp, task_vars)
        if not result.get("failed"):
            result["_ansible_no_log"] = True
        return result

    def _learn(self, login: SharedLogin, loop: str, result: Result) -> None:
        """Share the token with the other tasks of a host that no controller can log in for."""
        super()._learn(login, loop, result)
        if not result.get("failed"):
            expires = result["expires"] and datetime.fromisoformat(result["expires"]).timestamp()
            login.keep(Token(result["api_token"], expires))
