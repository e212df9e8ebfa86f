# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gave a field of the settings the value that it has, and when, as far as the server's journal of them tells.

Only one of the two resources has a journal, and only what goes through the API is in it: not the pages of the web
panel. An entry shows all that the settings held after it. So the last entry alone would be no answer: it may be about
another field, or the field may have been changed past the journal since. Where that cannot be told, nobody is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

WITH_JOURNAL = frozenset({"faxserver_settings"})
"""The modules whose settings have a journal."""
# The status for anybody but an administrator (docs/drift.md).
CLOSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
# So many entries back it is looked at what the settings held.
MOST = 10


class Closed(Exception):
    """The server does not show the journal to this login; `status` is that of its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class FieldChange:
    """When a value came to be, and by whom: the login as the server writes it."""

    since: str | None
    by: str | None


def changes(
    client: Client, resource: Resource, subscriber: Subscriber, current: Mapping[str, Any], names: Iterable[str]
) -> dict[str, FieldChange]:
    """For the fields `names`, as far as the journal tells, the change that made them what they are in `current`.

    A journal that cannot be read, or makes no sense, tells nothing. Raises `Closed` if the server shows this login none
    at all, and what is fatal.
    """
    try:
        return _changes(client, resource, subscriber, current, names)
    except FaxError as error:
        if error.fatal:
            raise
        if error.status in CLOSED:
            raise Closed(error.status) from error
        return {}
    except (AttributeError, KeyError, TypeError, ValueError):  # a text where an object is expected, and the like
        return {}


def _changes(
    client: Client, resource: Resource, subscriber: Subscriber, current: Mapping[str, Any], names: Iterable[str]
) -> dict[str, FieldChange]:
    path = f"/api/{resource.name}/{subscriber.id}/journal/"
    body = client.get(path, {"order_by": "id", "order_by_direction": "desc", "rows": MOST, "page": 1})
    entries, whole = _entries(body)
    open_fields = [field for field in resource.fields if field.name in names]
    found: dict[str, FieldChange] = {}
    candidate: dict[str, FieldChange] = {}
    for entry in entries:
        if not open_fields:
            break
        content = client.get(f"{path}{int(entry['id'])}").get("content")
        held = content if isinstance(content, dict) else {}
        client.secrets.update(str(held[name]) for name in resource.secrets if held.get(name))
        # What an entry held that does not show the field, nobody knows.
        open_fields = [field for field in open_fields if field.name in held]
        left = []
        for field in open_fields:
            if equality.is_same(field, held[field.name], current[field.name]):
                candidate[field.name] = _change(entry)
                left.append(field)
            elif field.name in candidate:
                found[field.name] = candidate[field.name]
        open_fields = left
    if whole:
        # What the oldest entry held began with it, but for what a new subscriber has.
        open_fields = [
            field for field in open_fields if not equality.is_same(field, field.initial, current[field.name])
        ]
        found.update((field.name, candidate[field.name]) for field in open_fields if field.name in candidate)
    return found


def _entries(body: JsonObject) -> tuple[list[JsonObject], bool]:
    """The entries on the first page of a journal, the newest first, and whether there are no others. None at all where
    there may be newer ones: then the server does not know how to sort, and these are on another page.
    """
    listed = (body.get("_embedded") or {}).get("ngcp:journal") or []
    # An older release shows a single one as an object.
    listed = listed if isinstance(listed, list) else [listed]
    if not all(isinstance(each, dict) and str(each.get("id")).isdecimal() for each in listed):
        return [], False
    whole = "next" not in (body.get("_links") or {}) and len(listed) < MOST
    entries = sorted(listed, key=lambda each: int(each["id"]), reverse=True)
    return (entries, whole) if whole or entries == listed else ([], False)


def _change(entry: Mapping[str, Any]) -> FieldChange:
    at = times.from_server(entry.get("timestamp"))
    return FieldChange(
        f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None, str(entry["username"]) if entry.get("username") else None
    )
