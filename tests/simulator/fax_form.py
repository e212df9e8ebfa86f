# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Form that checks a fax to be sent, which the web panel uses: it lists all objections (docs/ngcp-api.md#sending)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from . import perl
from .documents import Upload
from .errors import ApiError
from .settings import one_of

FILE_LIMIT: Final = 1 << 26
_TEXT_LIMIT: Final = 1 << 20
_UPLOAD_TEXT: Final = "Catalyst::Request::Upload=HASH(0x55d6c1a3e2d8)"
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.ASCII)
_NUMERIC = re.compile(r"[+-]?\.?[\d.]+", re.ASCII)

_Check = Callable[[object], str | None]


def _destination(value: object) -> str | None:
    return None if perl.is_filled(value) else "Destination Number field is required"


def _quality(value: object) -> str | None:
    return one_of(("normal", "fine", "super"))(value) if perl.is_filled(value) else None


def _data(value: object) -> str | None:
    length = len(perl.text(value).strip())
    if length <= _TEXT_LIMIT:
        return None
    return f"Field should not exceed {_TEXT_LIMIT} characters. You entered {length}"


def _subscriber_id(value: object) -> str | None:
    text = perl.text(value).strip()
    if not text:
        return "Subscriber id field is required"
    whole = None if _NUMBER.fullmatch(text) else "Value must be an integer"
    # A value that is not a number cannot be compared either.
    positive = _NUMERIC.fullmatch(text) and not text.startswith("-")
    return ",".join(filter(None, (whole, None if positive else "Value must be a positive integer"))) or None


def _faxfile(value: object) -> str | None:
    if isinstance(value, Upload):
        if not value.content:
            return "File uploaded is empty"
        return f"File is too big (> {FILE_LIMIT} bytes)" if len(value.content) > FILE_LIMIT else None
    return "File not found for upload field" if perl.is_filled(value) else None


_FIELDS: Final[Mapping[str, _Check]] = {
    "destination": _destination,
    "quality": _quality,
    "data": _data,
    "faxfile": _faxfile,
    "subscriber_id": _subscriber_id,
}


def check(document: Mapping[str, object], upload: Upload | None) -> int:
    """Return the subscriber of a fax that may be sent, or refuse with status 422. A `faxfile` without an upload is a
    text.
    """
    values = {**document, "faxfile": upload or document.get("faxfile")}
    objections = [(name, objection) for name, judge in _FIELDS.items() if (objection := judge(values.get(name)))]
    if not perl.is_filled(values["faxfile"]) and not perl.is_true(perl.text(document.get("data")).strip()):
        nothing = "You need to specify a file to fax, if no text is entered in the content field"
        objections.append(("faxfile", nothing))
    if objections:
        shown = (f"field='{name}', input='{_shown(values.get(name))}', errors='{each}'" for name, each in objections)
        raise ApiError(422, "Validation failed. " + "; ".join(shown))
    return int(float(perl.text(values["subscriber_id"])))


def _shown(value: object) -> str:
    return _UPLOAD_TEXT if isinstance(value, Upload) else perl.text(value)
