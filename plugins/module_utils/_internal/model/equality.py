# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare values as the server keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field

# What means false, and what older releases of the server write for it.
FALSY = (None, False, "", "0")


def shown_list(field: Field, value: Sequence[Mapping[str, Any]]) -> list[Any]:
    """A list of the server's in an order that is always the same."""
    return sorted(value, key=lambda entry: _canonical_entry(field, entry))


def is_same(field: Field, one: Any, other: Any) -> bool:
    """Whether two values of `field` mean the same: null is `""`, lists have keys or are multisets, never an order."""
    return one == other or bool(_canonical(field, one) == _canonical(field, other))


def normalize(field: Field, value: Any) -> Any:
    """A value that is no list as it may be compared and shown: a boolean, a text, or None where nothing is set."""
    return _canonical(field, value)


def unmatched_entries(
    field: Field, one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """In what two values of a list differ: each entry of `one` beside that of the same key in `other`; None where
    there is none.
    """
    groups: dict[Any, tuple[list[Any], list[Any]]] = {}
    for side, entries in enumerate((one, other)):
        for entry in entries:
            groups.setdefault(entry_key(field, entry), ([], []))[side].append(entry)
    found: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
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


def entry_key(field: Field, entry: Mapping[str, Any]) -> Any:
    """What names an entry of a list: its key ignoring case, or in a multiset the entry itself."""
    return str(entry.get(field.key)).lower() if field.key else _canonical_entry(field, entry)


def _canonical(field: Field, value: Any) -> Any:
    """`value` so that equal means the same; entries as tuples of the known keys, sorted."""
    if field.entry:
        return sorted(_canonical_entry(field, entry) for entry in value or ())
    if field.type == "bool":
        return value not in FALSY
    return None if value in (None, "") else str(value)


def _canonical_entry(field: Field, entry: Mapping[str, Any]) -> tuple[tuple[bool, str], ...]:
    """`entry` as a sortable tuple: null sorts before any text, and the list's key ignores case."""
    values = ((part.name, _canonical(part, entry.get(part.name, part.default))) for part in field.entry)
    return tuple((value is not None, str(value).lower() if name == field.key else str(value)) for name, value in values)
