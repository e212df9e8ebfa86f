# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Pointers as the server's library (JSON::Pointer) reads and applies them, with the words of its errors.

Pointers are percent-decoded first, and null is the whole document, which can be removed and copied as well.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass

from . import perl

_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_TOKEN = re.compile(r"/((?:~[01]|[^/~])*)")
_INDEX = re.compile(r"0|[1-9][0-9]*")


class PointerError(ValueError):
    """A pointer is malformed or leads nowhere. The message is the server's."""


def _nowhere(pointer: str) -> PointerError:
    return PointerError(f"A pointer that references a non-existent value (pointer: {pointer})")


@dataclass(slots=True)
class _Place:
    """Where a pointer leads."""

    pointer: str
    token: str | None
    """Last token, None for the whole document."""
    parent: object
    value: object
    exists: bool
    is_last: bool = True
    """Whether only the last token may be missing."""

    def require(self) -> _Place:
        if not self.exists:
            raise _nowhere(self.pointer)
        return self


def _normal(path: object) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), perl.text(path))


def _tokens(pointer: str) -> list[str]:
    """Return the tokens. The library takes them out of the pointer one by one: nothing may remain."""
    if _TOKEN.sub("", pointer):
        raise PointerError(f"Invalid pointer syntax (pointer: {pointer})")
    return [found.replace("~1", "/").replace("~0", "~") for found in _TOKEN.findall(pointer)]


def _find(document: object, path: object, *, beyond: bool = False) -> _Place:
    """Follow a pointer. `beyond`: whether an index may be that after the last entry."""
    pointer = _normal(path)
    tokens = _tokens(pointer)
    place = _Place(pointer, None, document, document, exists=True)
    for number, token in enumerate(tokens):
        parent = place.value
        place.parent, place.token, place.is_last = parent, token, number == len(tokens) - 1
        if isinstance(parent, dict) and token in parent:
            place.value = parent[token]
        elif isinstance(parent, list) and (index := _index(parent, token)) is not None and index < len(parent) + beyond:
            place.value = parent[index] if index < len(parent) else None
        else:
            place.exists = False
            break
    return place


def _index(entries: list[object], token: str) -> int | None:
    if token == "-":
        return len(entries)
    return int(token) if _INDEX.fullmatch(token) else None


def _clone(document: object) -> object:
    """Copy a document like the library, in whose copies booleans are numbers."""
    if isinstance(document, dict):
        return {name: _clone(value) for name, value in document.items()}
    if isinstance(document, list):
        return [_clone(value) for value in document]
    return int(document) if isinstance(document, bool) else document


def get(document: object, path: object) -> object:
    """Return a value, or None if there is none. Raises PointerError if the pointer is malformed."""
    place = _find(document, path)
    return place.value if place.exists else None


def add(document: object, path: object, value: object) -> object:
    """Return the document with a value added."""
    after = _clone(document)
    place = _find(after, path, beyond=True)
    if place.token is None:
        return value
    if isinstance(place.parent, dict) and place.is_last:
        place.parent[place.token] = value
    elif isinstance(place.parent, list) and place.exists:
        index = _index(place.parent, place.token)
        place.parent.insert(len(place.parent) if index is None else index, value)
    else:
        raise _nowhere(place.pointer)
    return after


def replace(document: object, path: object, value: object) -> object:
    """Return the document with a value replaced."""
    after = _clone(document)
    place = _find(after, path).require()
    if place.token is None:
        return value
    if isinstance(place.parent, dict):
        place.parent[place.token] = value
    elif isinstance(place.parent, list):
        place.parent[int(place.token)] = value
    return after


def remove(document: object, path: object) -> object:
    """Return the document without a value, None if that is the whole."""
    after = _clone(document)
    place = _find(after, path).require()
    if place.token is None:
        return None
    if isinstance(place.parent, dict):
        del place.parent[place.token]
    elif isinstance(place.parent, list):
        del place.parent[int(place.token)]
    return after


def copy(document: object, source: object, path: object) -> object:
    """Return the document with a value copied."""
    return add(document, path, deepcopy(_find(document, source).require().value))
