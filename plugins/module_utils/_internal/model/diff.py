# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between current and desired settings, field by field and, in lists, element by element. No I/O.

Secrets appear only as set or changed (docs/design.md#secrets-never-leave).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource

CHANGED, ADDED, REMOVED = CHANGES = ("changed", "added", "removed")
SECRET = "(changed)"
"""Stands for a secret that is set."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, or one element of a list, in which the server differs from the declaration."""

    resource: Resource
    field: str
    change: str
    """One of `CHANGES`: `added` if only the server has the element, `removed` if only the declaration has it."""
    expected: object
    """The value that a run would leave there; None if nothing. An element is a mapping of its known keys."""
    actual: object
    """The value that the server has, in the same form."""
    element: str | None = None
    """The name of the element; None unless the field is a list."""


def differences(plan: Plan) -> Iterator[Difference]:
    """Yield the differences between the server and the declaration, in the order of the resource's fields."""
    for field in plan.resource.fields:
        before, after = plan.before.get(field.name), plan.after.get(field.name)
        if field.name not in plan.managed or equality.is_same(field, before, after):
            continue
        if field.parts:
            yield from _element_differences(plan, field)
        else:
            yield Difference(plan.resource, field.name, CHANGED, _visible(field, after), _visible(field, before))


def element_name(field: Field, element: JsonMapping) -> str:
    """Return the name of a list's element: its key in lower case or, in a multiset, the values that are set in it."""
    if field.key:
        return str(equality.element_key(field, element))
    values = {part.name: equality.normalize(part, element.get(part.name, part.default)) for part in field.parts}
    given = [
        name if value is True else f"{name}={value}" for name, value in values.items() if value not in equality.FALSY
    ]
    return " ".join(given) or "(empty)"


def known_keys(field: Field, element: JsonMapping | None) -> JsonObject | None:
    """Return the known keys of a list's element, in the order of the resource; None if there is no element."""
    if element is None:
        return None
    return {part.name: equality.normalize(part, element.get(part.name, part.default)) for part in field.parts}


def _element_differences(plan: Plan, field: Field) -> Iterator[Difference]:
    for actual, expected in equality.unmatched_elements(
        field, plan.before[field.name] or (), plan.after[field.name] or ()
    ):
        yield Difference(
            plan.resource,
            field.name,
            ADDED if expected is None else REMOVED if actual is None else CHANGED,
            known_keys(field, expected),
            known_keys(field, actual),
            element_name(field, expected or actual or {}),
        )


def _visible(field: Field, value: object) -> object:
    normal = equality.normalize(field, value)
    return SECRET if field.secret and normal else normal
