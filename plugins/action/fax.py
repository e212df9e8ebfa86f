# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of every module that has none of its own: meta/runtime.yml sends them here."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.action import FaxAction


class ActionModule(FaxAction):
    pass
