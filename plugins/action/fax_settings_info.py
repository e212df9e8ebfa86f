# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of `ngcp.fax.fax_settings_info`."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.plugin_utils.action import FaxAction


class ActionModule(FaxAction):
    pass
