# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between current and desired settings, field by field and, in lists, entry by entry. No I/O.

Secrets appear only as set or changed (docs/design.md#secrets-never-leave).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource

CHANGED, ADDED, REMOVED = "changed", "added", "removed"
# What a secret that is set shows as.
SECRET = "(changed)"


def of_plan(made: Plan) -> Iterator[JsonObject]:
    """What differs between the server and what is declared: a row for each field, of a list for each entry.

    `expected` is what a run would leave there, `actual` what is there.
    """
    resource = made.resource
    for each in resource.fields:
        if each.name not in made.managed or equality.is_same(each, made.before[each.name], made.after[each.name]):
            continue
        if each.entry:
            yield from _entries_apart(resource, each, made)
        else:
            expected, actual = (_value(each, side[each.name]) for side in (made.after, made.before))
            yield {
                "resource": resource.name,
                "field": each.name,
                "change": CHANGED,
                "expected": expected,
                "actual": actual,
            }


def _entries_apart(resource: Resource, each: Field, made: Plan) -> Iterator[JsonObject]:
    for there, wanted in equality.unmatched_entries(each, made.before[each.name] or (), made.after[each.name] or ()):
        yield {
            "resource": resource.name,
            "field": each.name,
            "element": element(each, wanted or there or {}),
            "change": ADDED if wanted is None else REMOVED if there is None else CHANGED,
            "expected": entry_of(each, wanted),
            "actual": entry_of(each, there),
        }


def element(each: Field, entry: Mapping[str, Any]) -> str:
    """What names an entry of a list: its address in small letters or, in a multiset, what is set in it."""
    if each.key:
        return str(equality.entry_key(each, entry))
    values = {part.name: equality.normalize(part, entry.get(part.name, part.default)) for part in each.entry}
    given = [
        name if value is True else f"{name}={value}" for name, value in values.items() if value not in equality.FALSY
    ]
    return " ".join(given) or "(empty)"


def _value(each: Field, value: Any) -> Any:
    shown = equality.normalize(each, value)
    return SECRET if each.secret and shown else shown


def entry_of(each: Field, entry: Mapping[str, Any] | None) -> JsonObject | None:
    """An entry with its known keys, in their order."""
    if entry is None:
        return None
    return {part.name: equality.normalize(part, entry.get(part.name, part.default)) for part in each.entry}
