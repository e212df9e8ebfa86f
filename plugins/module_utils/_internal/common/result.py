# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's function returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject


@dataclass(frozen=True)
class Result:
    """`facts` are the result's own keys, without any secret; `diff` as Ansible shows it with `--diff`."""

    changed: bool
    facts: JsonObject
    diff: JsonObject | list[JsonObject] | None = None
    warnings: list[str] = field(default_factory=list)
    # What is returned on purpose, though an option may hold the same secret.
    plain: frozenset[str] = frozenset()
