# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forms that check a document, as HTML::FormHandler does: the objections of all fields at once, with status 422."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html.entities import codepoint2name
from typing import Final

from . import email_valid, perl
from .errors import ApiError, crash

Check = Callable[[object], Sequence[str]]
"""Check that returns the form's objections to a value that is filled in."""


@dataclass(frozen=True, slots=True)
class Field:
    """Field of a form."""

    label: str
    check: Check
    required: bool = False

    def objections(self, value: object) -> Sequence[str]:
        """Return what the form says about a value."""
        if perl.is_filled(value):
            return self.check(value)
        return [f"{self.label} field is required"] if self.required else []


def text(value: object) -> Sequence[str]:
    """Check a text. An object passes."""
    return ["Field must contain a single value"] if isinstance(value, list) else []


def email(value: object) -> Sequence[str]:
    """Check an e-mail address, trimmed and in lower case."""
    fits = email_valid.address(perl.trim(perl.text(value)).lower())
    return [*text(value), *([] if fits else ["Email should be of the format someuser@example.com"])]


def one_of(*values: str) -> Check:
    """Return a check of a choice."""

    def check(value: object) -> Sequence[str]:
        if isinstance(value, list):
            return ["This field does not take multiple values"]
        chosen = perl.text(value)
        return [] if chosen in values else [f"'{_encoded(chosen)}' is not a valid value"]

    return check


_PLAIN: Final = re.compile(r"[^\n\r\t !#$%(-;=?-~]")
_BYTES: Final = 0x100


def _encoded(value: str) -> str:
    """Write all but plain letters as entities of HTML."""
    return _PLAIN.sub(lambda found: _entity(ord(found[0])), value)


def _entity(number: int) -> str:
    if number in codepoint2name:
        return f"&{codepoint2name[number]};"
    return f"&#{number};" if number < _BYTES else f"&#x{number:X};"


_DATE: Final = r"([0-9]{4})-([0-9 ]?[0-9])-([0-9 ]?[0-9])"
_TIME: Final = r" ([0-9 ]?[0-9]):([0-9 ]?[0-9])"
_MOMENTS: Final = [re.compile(_DATE + rest) for rest in (_TIME + ":([0-9 ]?[0-9])", _TIME, "")]
_LEAP_YEAR: Final = 2000


def moment(value: object) -> Sequence[str]:
    """Check a time, which may stand anywhere in the text."""
    text = perl.text(value).replace("T", " ", 1)
    if any(_names_moment(found.groups()) for pattern in _MOMENTS if (found := pattern.search(text))):
        return []
    return ["Could not parse DateTime input. Should be one of (Y-m-d H:M:S, Y-m-d H:M, Y-m-d)."]


def _names_moment(parts: Sequence[str]) -> bool:
    year, month, day, hour, minute, second, *_unused = [*map(int, parts), 0, 0, 0]
    try:
        datetime(year or _LEAP_YEAR, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
    except ValueError:
        return False
    return second <= 61


def objections(fields: Mapping[str, Field], values: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Yield an objection for each field whose value the form refuses."""
    for name, each in fields.items():
        found = each.objections(values.get(name))
        if found:
            yield f"field='{prefix}{name}', input='{shown(name, values.get(name))}', errors='{','.join(found)}'"


def shown(name: str, value: object) -> str:
    """Return what an objection shows of a value."""
    if name == "password":
        return "*****"
    if isinstance(value, dict) and "id" in value:
        return perl.text(value["id"])
    return perl.text(value)


def check_booleans(values: Iterable[object]) -> None:
    """Crash like the server, which cannot copy a boolean inside of a list or an object."""
    if any(_holds_boolean(value) for value in values if not isinstance(value, bool)):
        raise crash()


def _holds_boolean(value: object) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_holds_boolean, value.values() if isinstance(value, dict) else value))
    return isinstance(value, bool)


def refuse(found: Sequence[str]) -> None:
    """Refuse the document if there are objections."""
    if found:
        raise ApiError(422, "Validation failed. " + "; ".join(found))
