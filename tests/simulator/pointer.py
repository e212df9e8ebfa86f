# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Pointers as the server's library (JSON::Pointer) reads them, with the words of its errors.

jsonpointer and jsonpatch follow them; what comes here is what the server does before: pointers are percent-decoded, and
null is the whole document.
"""

from __future__ import annotations

import re

import jsonpointer

from . import perl

_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_POINTER = re.compile(r"(/((~[01]|[^/~])*))*")


class PointerError(ValueError):
    """A pointer is malformed or leads nowhere. The message is the server's."""


def normal(path: object) -> str:
    """Return a pointer in the form of RFC 6901."""
    pointer = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), perl.text(path))
    if not _POINTER.fullmatch(pointer):
        raise PointerError(f"Invalid pointer syntax (pointer: {pointer})")
    return pointer


def nowhere(pointer: str) -> PointerError:
    return PointerError(f"A pointer that references a non-existent value (pointer: {pointer})")


def resolve(document: object, pointer: str) -> object:
    """Return the value that a pointer leads to. Raises PointerError if there is none."""
    try:
        found: object = jsonpointer.resolve_pointer(document, pointer)
    except (jsonpointer.JsonPointerException, TypeError):
        raise nowhere(pointer) from None
    return found


def get(document: object, path: object) -> object:
    """Return the value, or None if there is none."""
    try:
        return resolve(document, normal(path))
    except PointerError:
        return None
