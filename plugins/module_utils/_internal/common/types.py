# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types and marks that every package uses."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]

# Ansible's own word for a value that is not shown.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
