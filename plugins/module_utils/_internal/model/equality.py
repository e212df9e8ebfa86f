# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare values as the server keeps them. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Sequence
from itertools import zip_longest
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field

FALSY = (None, False, "", "0")
"""The values that mean false, including those of older releases of the server."""
KEPT = frozenset("йЙ")
"""Letters that the server's database keeps apart from those without the mark."""


def sorted_list(field: Field, value: Sequence[JsonMapping]) -> list[JsonMapping]:
    """Return a list from the server in an order that is the same in every run."""
    return sorted(value, key=lambda element: _canonical_element(field, element))


def is_same(field: Field, one: object, other: object) -> bool:
    """Return True if two values of `field` mean the same: null is `""`, and lists have no order."""
    return one == other or bool(_canonical(field, one) == _canonical(field, other))


def normalize(field: Field, value: object) -> object:
    """Normalize a value of a field that is not a list: to a boolean, a text, or None if nothing is set."""
    return _canonical(field, value)


def unmatched_elements(
    field: Field, one: Sequence[JsonMapping], other: Sequence[JsonMapping]
) -> list[tuple[JsonMapping | None, JsonMapping | None]]:
    """Return the elements in which two lists differ, as (element of `one`, element of `other`).

    Elements with the same key are a pair; None stands for an element that is missing.
    """
    groups: dict[Hashable, tuple[list[JsonMapping], list[JsonMapping]]] = {}
    for side, elements in enumerate((one, other)):
        for element in elements:
            groups.setdefault(element_key(field, element), ([], []))[side].append(element)
    found: list[tuple[JsonMapping | None, JsonMapping | None]] = []
    for left, right in groups.values():
        for element in list(left):
            same = next(
                (each for each in right if _canonical_element(field, each) == _canonical_element(field, element)), None
            )
            if same is not None:
                left.remove(element)
                right.remove(same)
        found += zip_longest(left, right)
    return found


def unique_key(text: str) -> str:
    """Return the part of `text` that counts in a unique key of the server's database: no case, no marks on letters, no
    blanks at the end, and `ß` as `s` (docs/ngcp-api.md#texts).
    """
    text = text.rstrip(" ")
    return text.upper() if text.isascii() else "".join(map(_letter, text))


def _letter(letter: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if not marks or letter in KEPT or not all(map(unicodedata.combining, marks)):
        base = letter
    upper = "S" if base == "ß" else base.upper()
    return upper if len(upper) == 1 else base


def element_key(field: Field, element: JsonMapping) -> Hashable:
    """Return the identity of a list's element: its key in lower case or, in a multiset, the element itself."""
    return str(element.get(field.key)).lower() if field.key else _canonical_element(field, element)


def _canonical(field: Field, value: Any) -> object:
    """Return `value` in a form that is equal for equal meanings; a list is sorted, its elements are tuples."""
    if field.parts:
        return sorted(_canonical_element(field, element) for element in value or ())
    if field.type == "bool":
        return value not in FALSY
    return None if value in (None, "") else str(value)


def _canonical_element(field: Field, element: JsonMapping) -> tuple[tuple[bool, str], ...]:
    """Return `element` as a tuple of its known keys that can be sorted: null first, the list's key in lower case."""
    values = ((part.name, _canonical(part, element.get(part.name, part.default))) for part in field.parts)
    return tuple((value is not None, str(value).lower() if name == field.key else str(value)) for name, value in values)
