# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Form that checks a fax to be sent, which the web panel uses: it lists all objections (docs/ngcp-api.md#sending)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from . import forms, perl
from .database import NUMBER
from .documents import Upload
from .errors import crash

FILE_LIMIT: Final = 1 << 26
_LARGEST: Final = 1 << 63
_TEXT_LIMIT: Final = 1 << 20
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.ASCII)
_NUMERIC = re.compile(r"[+-]?\.?[\d.]+", re.ASCII)


def _data(value: object) -> Sequence[str]:
    length = len(perl.trim(perl.text(value)))
    too_long = f"Field should not exceed {_TEXT_LIMIT} characters. You entered {length}"
    return [*forms.text(value), *([too_long] if length > _TEXT_LIMIT else [])]


def _subscriber_id(value: object) -> Sequence[str]:
    text = perl.trim(perl.text(value))
    whole = [] if _NUMBER.fullmatch(text) else ["Value must be an integer"]
    # A value that is not a number cannot be compared either.
    positive = _NUMERIC.fullmatch(text) and not text.startswith("-")
    return [*forms.text(value), *whole, *([] if positive else ["Value must be a positive integer"])]


def _faxfile(value: object) -> Sequence[str]:
    if not isinstance(value, Upload):
        return ["File not found for upload field"]
    if not value.content:
        return ["File uploaded is empty"]
    return [f"File is too big (> {FILE_LIMIT} bytes)"] if len(value.content) > FILE_LIMIT else []


_FIELDS: Final[Mapping[str, forms.Field]] = {
    "destination": forms.Field("Destination Number", forms.text, required=True),
    "pageheader": forms.Field("", forms.text),
    "quality": forms.Field("", forms.one_of("normal", "fine", "super")),
    "data": forms.Field("", _data),
    "faxfile": forms.Field("", _faxfile),
    "subscriber_id": forms.Field("Subscriber id", _subscriber_id, required=True),
}


_NOTHING: Final = "You need to specify a file to fax, if no text is entered in the content field"


def _as_number(value: object) -> object:
    """Return a number in the server's notation."""
    text = perl.text(value)
    if isinstance(value, (list, dict)) or not _NUMERIC.fullmatch(text):
        return value
    if not NUMBER.match(text):
        raise crash()
    number = float(text)
    return int(text) if abs(number) < _LARGEST and "." not in text else number


def check(document: Mapping[str, object], upload: Upload | None) -> int:
    """Return the subscriber of a fax that may be sent, or refuse with status 422. A `faxfile` without an upload is a
    text.
    """
    values = {**document, "faxfile": upload or document.get("faxfile")}
    forms.check_booleans(value for name, value in values.items() if name in _FIELDS)
    values["subscriber_id"] = _as_number(values.get("subscriber_id"))
    fields = dict(_FIELDS)
    has_file = perl.is_filled(values["faxfile"])
    is_nothing = not text_of(document) and not (has_file and perl.is_true(perl.trim(perl.text(values["faxfile"]))))
    if is_nothing and has_file:
        fields["faxfile"] = forms.Field("", lambda value: [*_faxfile(value), _NOTHING])
    found = list(forms.objections(fields, values))
    if is_nothing and not has_file:
        found.append(f"field='faxfile', input='{forms.shown('', values['faxfile'])}', errors='{_NOTHING}'")
    forms.refuse(found)
    return int(float(perl.text(values["subscriber_id"])))


def text_of(document: Mapping[str, object]) -> str | None:
    """Return the text of a fax, None if there is none. `0` is none."""
    data = document.get("data")
    text = perl.trim(perl.text(data))
    return text if perl.is_filled(data) and perl.is_true(text) else None
