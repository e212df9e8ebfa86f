# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handlers of the journals of settings and of subscribers.

Sources: docs/ngcp-api.md#settings-journal, the vendor's published Utils/Journal.pm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.responses import Response

from . import hal
from .call import Call, whole_number
from .database import collate
from .errors import ApiError
from .state import JournalEntry

_ORDER: Final[Mapping[str, Callable[[JournalEntry], object]]] = {
    "id": lambda entry: entry.id,
    "operation": lambda entry: entry.operation,
    "resource_id": lambda entry: entry.resource_id,
    "resource_name": lambda entry: entry.resource,
    "timestamp": lambda entry: entry.time,
    "username": lambda entry: collate(entry.username),
}


def _item(call: Call, entry: JournalEntry, *, content: bool) -> hal.Item:
    resource: dict[str, object] = {
        "id": entry.id,
        "operation": entry.operation,
        "timestamp": call.state.clock.text(entry.time),
        "username": entry.username,
    }
    if content:
        resource["content"] = entry.content
    subject = f"/api/{entry.resource}/{entry.resource_id}"
    return hal.item(resource, f"{subject}/journal/", entry.id, {entry.resource: subject})


def _entries(call: Call) -> Sequence[JournalEntry]:
    """Return the entries of the path's subscriber that match the filters, oldest first."""
    if call.user.role != "admin":
        # All others are refused like this, also a reseller or a subscriber for their own.
        raise ApiError(400, "Invalid id in request URI")
    entries, query = call.state.journal.of(call.resource, call.id), call.conditions
    if "operation" in query:
        entries = [entry for entry in entries if entry.operation == collate(query["operation"]).lower()]
    if "from" in query:
        earliest = call.state.clock.moment(query["from"])
        entries = [entry for entry in entries if entry.time >= earliest]
    if "to" in query:
        latest = call.state.clock.moment(query["to"])
        entries = [entry for entry in entries if entry.time <= latest]
    return entries


async def list_journal(call: Call) -> Response:
    """Return a page of who changed the subscriber or its settings."""
    return call.page("journal", _entries(call), _ORDER, lambda each: _item(call, each, content=False))


async def get_journal(call: Call) -> Response:
    """Return one entry, or the last one as `recent`, with the values after the change."""
    entries, found = _entries(call), None
    if call.entry_text == "recent":
        found = entries[-1] if entries else None
    else:
        # The server looks the entry up by its number alone, whatever resource it is of.
        found = call.state.journal.get(whole_number(call.entry_text))
    if found is None or found.resource_id != call.id:
        raise ApiError(404, "Entity 'journal' not found.")
    return hal.hal_response(_item(call, found, content=True).text, call.request.headers.get("accept"))
