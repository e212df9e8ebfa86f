# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a module's function."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject


@dataclass(frozen=True)
class Result:
    """The result of one run of a module."""

    changed: bool
    facts: JsonObject
    """The module's own keys of the result, without any secret."""
    diff: JsonObject | list[JsonObject] | None = None
    """What Ansible shows with `--diff`."""
    warnings: list[str] = field(default_factory=list)
    plain: frozenset[str] = frozenset()
    """Secrets that are returned on purpose, such as a token, even if an option holds the same value."""
