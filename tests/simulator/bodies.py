# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies as the server's framework reads them, before any code of the API sees them.

Source: the published Catalyst (Catalyst::Request, HTTP::Body).
"""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from . import perl

_FORM: Final = "application/x-www-form-urlencoded"
_BOUNDARY: Final = re.compile(r'boundary="?[^";]')
_NO_BODY: Final = (None, "0")


class UnreadableError(Exception):
    """The framework cannot turn the body into data."""


async def refusal(request: Request) -> Response | None:
    """Return the refusal of a body that the framework cannot take in at all, whatever the path and the login.

    It takes the body `0` for the end of the body, and a multipart form needs a boundary.
    """
    length, content_type = request.headers.get("content-length"), request.headers.get("content-type", "")
    is_form = "multipart/form-data" in content_type.lower()
    broken_form = is_form and length not in _NO_BODY and not _BOUNDARY.search(content_type)
    if broken_form or (length == "1" and await request.body() == b"0"):
        return Response("Bad Request", 400, media_type="text/plain")
    return None


async def data(request: Request) -> object:
    """Return the body as data. Raises UnreadableError if it is of another type, broken, or false."""
    content_type = request.headers.get("content-type", "").partition(";")[0].lower()
    content = await request.body()
    if _FORM in content_type:
        return _form(content.decode("latin-1"))
    try:
        document: object = json.loads(content) if "application/json" in content_type else None
    except (ValueError, RecursionError):
        raise UnreadableError from None
    if not perl.is_true(document):
        raise UnreadableError
    return document


def _form(text: str) -> dict[str, object]:
    """Return the fields of a form. A field that is given twice is a list."""
    fields: dict[str, object] = {}
    for part in re.split("[&;]", text):
        name, equals, value = part.partition("=")
        if equals:
            name = unquote_plus(name)
            fields[name] = [fields[name], value] if name in fields else unquote_plus(value)
    return fields
