# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handlers of faxes and recordings.

Sources: docs/ngcp-api.md#sending, docs/ngcp-api.md#reading-faxes, docs/ngcp-api.md#recordings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import starlette.datastructures
import starlette.formparsers
from starlette.responses import Response

from . import fax_form, faxes, hal, perl, settings, subscribers
from .call import (
    Call,
    check_accept,
    check_link_header,
    check_media_type,
    json_body,
    parsed,
)
from .documents import FORMATS, Upload
from .errors import ApiError, HtmlError, crash


def _visible_faxes(call: Call) -> Sequence[faxes.Fax]:
    entries = call.state.faxes.journal(call.state.clock.now()).values()
    return [fax for fax in entries if _sees_fax(call, fax)]


def _sees_fax(call: Call, fax: faxes.Fax) -> bool:
    owner = call.state.directory.all.get(fax.subscriber_id)
    return owner is not None and owner.status != "terminated" and subscribers.may_see(call.user, owner)


def _fax(call: Call, fax_id: int) -> faxes.Fax:
    found = call.state.faxes.journal(call.state.clock.now()).get(fax_id)
    if found is None or not _sees_fax(call, found):
        raise ApiError(404, "Entity 'faxe' not found.")
    return found


def _fax_item(call: Call, fax: faxes.Fax) -> hal.Item:
    relations = {
        "faxes": f"/api/faxes/{fax.id}",
        "subscribers": f"/api/subscribers/{fax.subscriber_id}",
        "faxrecordings": f"/api/faxrecordings/{fax.id}",
    }
    return hal.item(fax.show(faxes.clock_of(call.query, call.state.clock.zone)), "/api/faxes/", fax.id, relations)


def _check_zone(call: Call) -> None:
    """Refuse an unknown time zone before anything else."""
    faxes.clock_of(call.query, call.state.clock.zone)


async def get_fax(call: Call) -> Response:
    """GET of a journal entry."""
    _check_zone(call)
    fax = _fax(call, call.id)
    check_accept(call)
    return call.item(_fax_item(call, fax))


async def list_faxes(call: Call) -> Response:
    """GET of a page of the journal."""
    _check_zone(call)
    found = faxes.find(_visible_faxes(call), call.conditions, call.state.clock)
    return call.page("faxes", found, faxes.ORDER, lambda each: _fax_item(call, each))


async def delete_fax(call: Call) -> Response:
    """DELETE of a journal entry."""
    call.state.faxes.delete(_fax(call, call.id).id)
    return Response(status_code=204)


async def post_fax(call: Call) -> Response:
    """Queue a fax. The answer does not identify it."""
    check_link_header(call)
    document, upload = await _fax_request(call)
    if not isinstance(document, dict):
        raise crash()
    subscriber = call.state.directory.get(call.user, fax_form.check(document, upload))
    if subscriber is None:
        raise ApiError(422, "Fax subscriber not found.")
    row = call.state.rows[settings.FAXSERVER.name].get(subscriber.id)
    if row is None or row.values["active"] is not True:
        raise ApiError(422, "Invalid subscriber fax preferences")
    if call.state.options.fax_server == "dead":
        raise crash()
    if call.state.options.fax_server == "alive":
        text = fax_form.text_of(document)
        destination = perl.text(document["destination"])
        caller = subscriber.phone or "webfax"
        fax = await asyncio.to_thread(faxes.new_fax, subscriber.id, caller, destination, upload, text)
        call.state.faxes.queue(fax, call.state.clock.now() + call.state.options.fax_delay_ms / 1000)
    return Response(status_code=201)


async def _fax_request(call: Call) -> tuple[object, Upload | None]:
    if check_media_type(call, "multipart/form-data", "application/json") == "application/json":
        return await json_body(call, "application/json"), None
    parser = starlette.formparsers.MultiPartParser(
        call.request.headers, call.request.stream(), max_part_size=fax_form.FILE_LIMIT
    )
    try:
        form = await parser.parse()
    except (starlette.formparsers.MultiPartException, KeyError):
        form = starlette.datastructures.FormData()
    # Of several, the server takes the first text.
    part = next((each for each in form.getlist("json") if isinstance(each, str)), "")
    file = form.get("faxfile")
    upload = None
    # Of two files, the server takes either. The simulator takes the last.
    # A file without a name is none.
    if isinstance(file, starlette.datastructures.UploadFile) and file.filename:
        upload = Upload(file.filename or "", await file.read())
    await form.close()
    return parsed(part, "application/json"), upload


async def get_recording(call: Call) -> Response:
    """Return the document of a fax. The server crashes on any error (docs/ngcp-api.md#recordings)."""
    name = call.query.get("format", "")
    try:
        fax = _fax(call, call.id)
        # Add a second each time, so that no two renderings have the same date.
        made = call.state.clock.now() + next(call.state.renderings)
        content = await asyncio.to_thread(fax.render, name, made)
    except (ApiError, KeyError, ValueError):
        raise HtmlError from None
    chosen = FORMATS[name]
    # The server omits the closing quote.
    headers = {"Content-Disposition": f'attachment; filename="{fax.id}-{fax.filename}.{chosen.extension}'}
    return Response(content, 200, headers, chosen.media_type)
