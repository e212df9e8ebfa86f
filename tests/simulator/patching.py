# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Patch as the server applies it: RFC 6902 without test and move, and private extensions.

Source: docs/ngcp-api.md#operations. The extensions are not RFC 6902, and a client must never send them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from . import perl, pointer
from .errors import ApiError, crash

Operation = dict[str, object]

_MUST, _MAY = True, False
_KEYS: Final[Mapping[str, Mapping[str, bool]]] = {
    "add": {"value": _MUST, "path": _MUST, "mode": _MAY},
    "replace": {"value": _MUST, "path": _MUST},
    "remove": {"path": _MUST, "value": _MAY, "index": _MAY},
    "copy": {"path": _MUST, "from": _MUST},
}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _shuffled(names: Iterable[str]) -> list[str]:
    """Shuffle the listed operations: on the server their order varies, and nobody must rely on it."""
    return random.sample(list(names), len(list(names)))


def check(document: object) -> list[Operation]:
    """Refuse what the server does not accept as a patch, with status 400."""
    if not isinstance(document, list):
        raise ApiError(400, "Body for PATCH must be an array.")
    for operation in document:
        if not isinstance(operation, dict):
            raise ApiError(400, "Array in body of PATCH must only contain hashes.")
        if "op" not in operation:
            raise ApiError(400, "PATCH element must have an 'op' field.")
        if operation["op"] is None:
            raise crash()
        op = perl.text(operation["op"])
        keys = _KEYS.get(op)
        if keys is None:
            raise ApiError(400, f"Invalid PATCH op '{op}', must be one of {_listed(_shuffled(_KEYS))}")
        for name in operation:
            if name != "op" and name not in keys:
                raise ApiError(400, f"Invalid PATCH key '{name}' for op '{op}', must be one of {_listed(keys)}")
        missing = [name for name, needed in keys.items() if needed and name not in operation]
        if missing:
            raise ApiError(400, f"Missing PATCH keys {_listed(missing)} for op '{op}'")
    return document


_APPLY: Final[Mapping[str, Callable[[object, Operation], object]]] = {
    "add": lambda document, each: pointer.add(document, each["path"], each["value"]),
    "replace": lambda document, each: pointer.replace(document, each["path"], each["value"]),
    "remove": lambda document, each: pointer.remove(document, each["path"]),
    "copy": lambda document, each: pointer.copy(document, each["from"], each["path"]),
}


def apply(document: Mapping[str, object], patch: list[Operation]) -> object:
    """Return the document after the patch. If an operation does not apply, refuse with 422 and change nothing."""
    result: object = document
    try:
        for operation in _expand(document, patch):
            result = _APPLY[str(operation["op"])](result, operation)
    except pointer.PointerError as error:
        raise ApiError(422, f"The entity could not be processed: {error}") from None
    return result


def _expand(document: Mapping[str, object], patch: list[Operation]) -> list[Operation]:
    """Turn private operations into standard ones, put at the patch's end.

    The server takes each private operation out of the list while it walks over it, and so steps over the next one:
    the second of two removals by value stays a plain `remove` of the whole list, and the first, which comes last now,
    finds nothing: 422.
    """
    operations, expanded = list(patch), list[Operation]()
    position = 0
    while position < len(operations):
        operation = operations[position]
        if operation["op"] == "add" and operation.get("mode") == "append":
            expanded += _append(document, operation)
            del operations[position]
        elif operation["op"] == "remove" and perl.is_true(operation.get("value")):
            expanded += _remove_values(document, operation)
            del operations[position]
        position += 1
    return operations + expanded


def _append(document: Mapping[str, object], operation: Operation) -> list[Operation]:
    """Apply `add` with `mode: append`: append the value, or each of a list of values, to a list. If there is none, the
    value is added as it is.
    """
    path, value = perl.text(operation["path"]).removesuffix("/-"), operation["value"]
    current = pointer.get(document, path)
    if not perl.is_true(current):
        return [{"op": "add", "path": path, "value": value}]
    if not isinstance(current, list):
        raise pointer.PointerError(f"invalid attempt to append in not-array path '{path}'")
    values = value if isinstance(value, list) else [value]
    return [{"op": "add", "path": f"{path}/-", "value": each} for each in values]


def _remove_values(document: Mapping[str, object], operation: Operation) -> list[Operation]:
    """Apply `remove` with `value`: remove equal entries, by their place in the list before the patch; `index` removes
    one.
    """
    path, value = operation["path"], operation["value"]
    index = None if isinstance(value, list) else operation.get("index")
    current = pointer.get(document, path)
    wanted = value if isinstance(value, list) else [value]
    if not isinstance(current, list):
        _check_index(0, index)
        return [{"op": "remove", "path": path} for each in wanted if _same(current, each)]
    places = [place for each in wanted for place, entry in enumerate(current) if _same(entry, each)]
    if not isinstance(index, int):
        return [{"op": "remove", "path": f"{path}/{place}"} for place in places]
    _check_index(len(places), index)
    return [{"op": "remove", "path": f"{path}/{place}"} for place in places[index : index + 1] if index >= 0]


def _check_index(found: int, index: object) -> None:
    if isinstance(index, int) and found < index:
        raise pointer.PointerError(f"delete index {index} out of bounds")


_HIDDEN: Final = ("id", "subscriber_id", "cc")
"""Columns of an entry that the API does not show: they do not count."""


def _same(one: object, other: object) -> bool:
    """Compare like Data::Compare: numbers and texts as texts, booleans and null only with their like."""
    if isinstance(one, dict) and isinstance(other, dict):
        shown = {name: value for name, value in one.items() if name in other or name not in _HIDDEN}
        return shown.keys() == other.keys() and all(_same(shown[name], other[name]) for name in shown)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    # Booleans of the database are numbers.
    if isinstance(one, int) and isinstance(other, bool):
        return one == other
    if any(each is None or isinstance(each, (bool, dict, list)) for each in (one, other)):
        return type(one) is type(other) and one == other
    return perl.text(one) == perl.text(other)
