# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare values as the server keeps them. No I/O."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import zip_longest
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field

FALSY = (None, False, "", "0")
"""The values that mean false, including those of older releases of the server."""


def sorted_list(field: Field, value: Sequence[JsonMapping]) -> list[JsonMapping]:
    """Return a list from the server in an order that is the same in every run."""
    return sorted(value, key=lambda entry: _canonical_entry(field, entry))


def is_same(field: Field, one: object, other: object) -> bool:
    """Return True if two values of `field` mean the same: null is `""`, and lists have no order."""
    return one == other or bool(_canonical(field, one) == _canonical(field, other))


def normalize(field: Field, value: object) -> object:
    """Normalize a value of a field that is not a list: to a boolean, a text, or None if nothing is set."""
    return _canonical(field, value)


def unmatched_entries(
    field: Field, one: Sequence[JsonMapping], other: Sequence[JsonMapping]
) -> list[tuple[JsonMapping | None, JsonMapping | None]]:
    """Return the entries in which two lists differ, as (entry of `one`, entry of `other`).

    Entries with the same key are a pair; None stands for an entry that is missing.
    """
    groups: dict[Hashable, tuple[list[JsonMapping], list[JsonMapping]]] = {}
    for side, entries in enumerate((one, other)):
        for entry in entries:
            groups.setdefault(entry_key(field, entry), ([], []))[side].append(entry)
    found: list[tuple[JsonMapping | None, JsonMapping | None]] = []
    for left, right in groups.values():
        for entry in list(left):
            same = next(
                (each for each in right if _canonical_entry(field, each) == _canonical_entry(field, entry)), None
            )
            if same is not None:
                left.remove(entry)
                right.remove(same)
        found += zip_longest(left, right)
    return found


def entry_key(field: Field, entry: JsonMapping) -> Hashable:
    """Return the identity of a list's entry: its key in lower case or, in a multiset, the entry itself."""
    return str(entry.get(field.key)).lower() if field.key else _canonical_entry(field, entry)


def _canonical(field: Field, value: Any) -> object:
    """Return `value` in a form that is equal for equal meanings; a list is sorted, its entries are tuples."""
    if field.entry:
        return sorted(_canonical_entry(field, entry) for entry in value or ())
    if field.type == "bool":
        return value not in FALSY
    return None if value in (None, "") else str(value)


def _canonical_entry(field: Field, entry: JsonMapping) -> tuple[tuple[bool, str], ...]:
    """Return `entry` as a tuple of its known keys that can be sorted: null first, the list's key in lower case."""
    values = ((part.name, _canonical(part, entry.get(part.name, part.default))) for part in field.entry)
    return tuple((value is not None, str(value).lower() if name == field.key else str(value)) for name, value in values)
