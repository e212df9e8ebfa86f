# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Pointer as the server's library (JSON::Pointer) reads and follows it, with the words of its errors.

It differs from RFC 6901 and 6902: pointers are percent-decoded, null is the whole document, and removing the whole
document leaves nothing. Functions change the document and return it, for where it is replaced as a whole.
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
    """A pointer that is none, or leads nowhere; the message is the server's."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pointer leads. `left` is how many of its tokens could not be followed."""

    pointer: str
    parent: object
    token: str | None
    """None: the whole document."""
    target: object
    left: int

    def nowhere(self) -> PointerError:
        return PointerError(f"A pointer that references a non-existent value (pointer: {self.pointer})")

    def must_exist(self) -> None:
        if self.left:
            raise self.nowhere()


def _follow(document: object, path: object, *, behind_end: bool = False) -> _Place:
    """Follow a pointer; `behind_end` lets it point behind the last entry of a list."""
    pointer = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), perl.text(path))
    if _TOKEN.sub("", pointer):
        raise PointerError(f"Invalid pointer syntax (pointer: {pointer})")
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in _TOKEN.findall(pointer)]
    parent, target, token = document, document, None
    for number, token in enumerate(tokens):
        parent = target
        if isinstance(parent, dict) and token in parent:
            target = parent[token]
        elif isinstance(parent, list) and 0 <= (index := _index(parent, token)) < len(parent) + behind_end:
            target = parent[index] if index < len(parent) else None
        else:
            return _Place(pointer, parent, token, None, len(tokens) - number)
    return _Place(pointer, parent, token, target, 0)


def _index(entries: list[object], token: str) -> int:
    """The place in a list that a token names; -1 if it names none."""
    if token == "-":
        return len(entries)
    return int(token) if _INDEX.fullmatch(token) else -1


def get(document: object, path: object) -> object:
    """The value, or None where there is none."""
    return _follow(document, path).target


def add(document: object, path: object, value: object) -> object:
    """Set a member of an object, or put an entry into a list."""
    place = _follow(document, path, behind_end=True)
    if place.left and (place.left > 1 or not isinstance(place.parent, dict)):
        raise place.nowhere()
    if place.token is None:
        return value
    if isinstance(place.parent, list):
        place.parent.insert(_index(place.parent, place.token), value)
    elif isinstance(place.parent, dict):
        place.parent[place.token] = value
    return document


def replace(document: object, path: object, value: object) -> object:
    """Set what is there."""
    place = _follow(document, path)
    place.must_exist()
    if place.token is None:
        return value
    if isinstance(place.parent, list):
        place.parent[_index(place.parent, place.token)] = value
    elif isinstance(place.parent, dict):
        place.parent[place.token] = value
    return document


def remove(document: object, path: object) -> object:
    """Take away what is there."""
    place = _follow(document, path)
    place.must_exist()
    if place.token is None:
        return None
    if isinstance(place.parent, list):
        del place.parent[_index(place.parent, place.token)]
    elif isinstance(place.parent, dict):
        del place.parent[place.token]
    return document


def copy(document: object, source: object, path: object) -> object:
    """Add at one place what is at another."""
    place = _follow(document, source)
    place.must_exist()
    return add(document, path, deepcopy(place.target))
