# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.stop`: fail so that ansible-playbook ends with 4."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import printable_lines
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.files import UNREACHABLE_IN_WORDS


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible publishes no types
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec({"msg": {"type": "str", "required": True}})
        return {
            "unreachable": True,
            "changed": False,
            "msg": printable_lines(f"{options['msg']} {UNREACHABLE_IN_WORDS}"),
        }
