# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who last changed a field and when, from the settings journal.

Only one of the two resources has a journal, and it records only changes through the API, not those in the web panel. An
entry shows all settings after the change. So the last entry alone is not enough: it may be about another field, or the
field may have been changed in the panel since. If that cannot be decided, no author is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

WITH_JOURNAL = frozenset({"faxserver_settings"})
"""The modules whose settings have a journal."""
CLOSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
"""The statuses that refuse the journal to a login: only administrators may read it (docs/drift.md)."""
MOST = 10
"""How many entries to read, from the last one backwards."""


class Closed(Exception):
    """Raised when the server does not show the journal to this login."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
        """The HTTP status of the answer."""


@dataclass(frozen=True)
class FieldChange:
    """The change that gave a field its value: its time and author."""

    since: str | None
    """In the server's time zone, which it does not name; None if the journal does not say."""
    by: str | None
    """The login as the server writes it; None if the journal does not say."""


def changes(
    client: Client, resource: Resource, subscriber: Subscriber, current: JsonMapping, names: Iterable[str]
) -> dict[str, FieldChange]:
    """Return the change that gave each of the fields `names` its value in `current`, as far as the journal shows it.

    A journal that cannot be read, or is malformed, shows nothing. Raises `Closed` if this login may not see the
    journal, and every fatal error.
    """
    try:
        return _changes(client, resource, subscriber, current, names)
    except FaxError as error:
        if error.fatal:
            raise
        if error.status in CLOSED:
            raise Closed(error.status) from error
        return {}
    except (AttributeError, KeyError, TypeError, ValueError):  # such as a text in the place of an object
        return {}


def _changes(
    client: Client, resource: Resource, subscriber: Subscriber, current: JsonMapping, names: Iterable[str]
) -> dict[str, FieldChange]:
    path = f"/api/{resource.name}/{subscriber.id}/journal/"
    body = client.get(path, {"order_by": "id", "order_by_direction": "desc", "rows": MOST, "page": 1})
    entries, is_whole = _entries(body)
    open_fields = [field for field in resource.fields if field.name in names]
    decided: dict[str, FieldChange] = {}
    candidates: dict[str, FieldChange] = {}
    for entry in entries:
        if not open_fields:
            break
        content = client.get(f"{path}{int(entry['id'])}").get("content")
        held = content if isinstance(content, dict) else {}
        client.secrets.update(str(held[name]) for name in resource.secrets if held.get(name))
        # An entry that does not show a field leaves its earlier values unknown.
        visible = [field for field in open_fields if field.name in held]
        open_fields = [field for field in visible if equality.is_same(field, held[field.name], current[field.name])]
        for field in visible:
            if field in open_fields:
                candidates[field.name] = _change(entry)
            elif field.name in candidates:
                decided[field.name] = candidates[field.name]
    if is_whole:
        # The oldest entry set the value that it shows, unless it is what a new subscriber has anyway.
        decided.update(
            (field.name, candidates[field.name])
            for field in open_fields
            if field.name in candidates and not equality.is_same(field, field.initial, current[field.name])
        )
    return decided


def _entries(body: JsonObject) -> tuple[list[JsonObject], bool]:
    """Return the entries on the first page of a journal, newest first, and True if there are no others.

    Return no entries if newer ones may be on another page, because the server does not know how to sort.
    """
    listed = (body.get("_embedded") or {}).get("ngcp:journal") or []
    # An older release shows a single one as an object.
    listed = listed if isinstance(listed, list) else [listed]
    if not all(isinstance(each, dict) and str(each.get("id")).isdecimal() for each in listed):
        return [], False
    whole = "next" not in (body.get("_links") or {}) and len(listed) < MOST
    entries = sorted(listed, key=lambda each: int(each["id"]), reverse=True)
    return (entries, whole) if whole or entries == listed else ([], False)


def _change(entry: JsonMapping) -> FieldChange:
    at = entry.get("timestamp") if times.from_server(entry.get("timestamp")) else None
    return FieldChange(str(at) if at else None, str(entry["username"]) if entry.get("username") else None)
