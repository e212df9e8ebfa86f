# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Patch as the server applies it: RFC 6902 without test and move, and private extensions.

Source: docs/ngcp-api.md#operations.

jsonpatch does the work; what comes here is the server's stricter check of the operations, its messages, and how its two
extensions behave. The extensions are not RFC 6902, and a client must never send them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Final

import jsonpatch
import jsonpointer

from . import perl, pointer
from .errors import ApiError

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


def apply(document: Mapping[str, object], patch: list[Operation]) -> object:
    """Return the document after the patch. If an operation does not apply, refuse with 422 and change nothing."""
    result: object = deepcopy(dict(document))
    try:
        for operation in _expand(document, patch):
            result = _apply_one(result, operation)
    except pointer.PointerError as error:
        raise ApiError(422, f"The entity could not be processed: {error}") from None
    return result


def _apply_one(document: object, operation: Operation) -> object:
    """Return the document after one operation. The server also removes and copies the whole document."""
    op, path = operation["op"], pointer.normal(operation["path"])
    if op == "remove" and not path:
        return None
    standard: Operation = {"op": op, "path": path, "value": operation.get("value")}
    if op == "copy":
        value = pointer.resolve(document, pointer.normal(operation["from"]))
        standard |= {"op": "add", "value": deepcopy(value)}
    try:
        after: object = jsonpatch.JsonPatch([standard]).apply(document)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError):
        raise pointer.nowhere(path) from None
    return after


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
    """Apply `add` with `mode: append`: append the value, or each of a list of values, to a list that may not exist."""
    path = perl.text(operation["path"]).removesuffix("/-")
    value = operation["value"]
    values = value if isinstance(value, list) else [value]
    current = pointer.get(document, path)
    if not perl.is_true(current):
        return [{"op": "add", "path": path, "value": values}]
    if not isinstance(current, list):
        raise pointer.PointerError(f"invalid attempt to append in not-array path '{path}'")
    return [{"op": "add", "path": f"{path}/-", "value": each} for each in values]


def _remove_values(document: Mapping[str, object], operation: Operation) -> list[Operation]:
    """Apply `remove` with `value`: remove equal entries, by their place in the list before the patch; `index` removes
    one.
    """
    path, value, index = operation["path"], operation["value"], operation.get("index")
    current = pointer.get(document, path)
    wanted = value if isinstance(value, list) else [value]
    if not isinstance(current, list):
        return [{"op": "remove", "path": path} for each in wanted if each == current]
    places = [place for each in wanted for place, entry in enumerate(current) if entry == each]
    if isinstance(value, list) or not isinstance(index, int):
        return [{"op": "remove", "path": f"{path}/{place}"} for place in places]
    if index and len(places) < index:
        raise pointer.PointerError(f"delete index {index} out of bounds")
    return [{"op": "remove", "path": f"{path}/{place}"} for place in places[index : index + 1]]
