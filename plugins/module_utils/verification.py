# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings a run reads again at its end, and what of its writes they no longer hold. No I/O.

The server has no locking. A client that read a subscriber before this run wrote it, and writes it afterwards, takes the
write away, and both are told that all is well. Lists that grow or shrink are what several people write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils.errors import Overwritten
from ansible_collections.ngcp.fax.plugins.module_utils.patch import Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils.resources import Field, JsonObject

LISTS, ALL, NONE = CHOICES = ("lists", "all", "none")


def is_due(made: Plan, declared: Mapping[str, Any], choice: str) -> bool:
    """Tell whether settings that were written are to be read again. `choice`: that of `verify_at_end`."""
    return choice == ALL or (choice == LISTS and _merges_a_list(made, declared))


def check(made: Plan, declared: Mapping[str, Any], current: JsonObject) -> None:
    """Raise `Overwritten` if `current` no longer holds what was written.

    A secret that the platform renews is not what was written, and nobody has overwritten it.
    """
    differing = {operation["path"] for operation in plan(made.resource, declared, current).operations}
    written = {operation["path"] for operation in made.operations}
    lost = [
        field.name
        for field in made.resource.fields
        if f"/{field.name}" in differing & written and not _is_renewed(field, current)
    ]
    if lost:
        raise Overwritten(
            f"{made.resource.name} was written, and at the end of the run no longer held what is declared in "
            f"{', '.join(lost)}",
            "Somebody else writes the same subscriber at the same time: agree with them, and run it again.",
        )


def _merges_a_list(made: Plan, declared: Mapping[str, Any]) -> bool:
    """Tell whether a list was written to which entries were added, or from which entries were removed."""
    written = {operation["path"] for operation in made.operations}
    lists = made.resource.lists
    return any(f"/{each.name}" in written and declared.get(each.mode) in ("add", "remove") for each in lists)


def _is_renewed(field: Field, current: JsonObject) -> bool:
    return field.renewal is not None and current.get(field.renewal.schedule) not in (None, "", field.renewal.never)
