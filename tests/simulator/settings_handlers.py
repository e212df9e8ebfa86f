# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handlers of the two settings resources and of their journal.

Sources: docs/ngcp-api.md#patch, docs/ngcp-api.md#settings-journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Final

from starlette.responses import Response

from . import filters, hal, patching, settings
from .call import (
    Call,
    check_accept,
    check_link_header,
    check_media_type,
    json_body,
    preference_of,
    visible_subscriber,
)
from .database import DatabaseError, as_number, collate
from .errors import ApiError
from .subscribers import Subscriber


def _settings_item(call: Call, spec: settings.Spec, subscriber: Subscriber) -> hal.Item:
    """Return a subscriber's settings, which are serialized once until they change."""
    row = call.state.row(spec, subscriber.id)
    if row.shown is None:
        row.shown = _new_settings_item(spec, subscriber, settings.show(spec, row, subscriber.id))
    return row.shown


def _new_settings_item(spec: settings.Spec, subscriber: Subscriber, shown: Mapping[str, object]) -> hal.Item:
    relations = {
        spec.name: f"/api/{spec.name}/{subscriber.id}",
        "subscribers": f"/api/subscribers/{subscriber.id}",
    }
    if spec.journal:
        relations["journal"] = f"/api/{spec.name}/{subscriber.id}/journal/"
    return hal.item(shown, f"/api/{spec.name}/", subscriber.id, relations)


async def get_settings(call: Call) -> Response:
    """GET of an item. Creates the row of a subscriber that has none."""
    spec = settings.SPECS[call.resource]
    subscriber = visible_subscriber(call, call.id, spec.item_name)
    if not spec.own_controller:
        check_accept(call)
    return call.item(_settings_item(call, spec, subscriber))


_SETTINGS_FILTERS: Final = ("active", "name_or_password", "secret_key_renew")
_FOUND_CACHE: Final = 32


def _settings_filters(call: Call, spec: settings.Spec) -> list[Callable[[settings.Row | None], bool]]:
    """Return the filters of the rows. A subscriber without a row has NULL everywhere."""
    query, tests = call.conditions, list[Callable[[settings.Row | None], bool]]()
    if query.get("active") not in (None, "", "0", "NULL"):
        tests.append(lambda row: row is not None and row.values["active"] is True)
    if spec is settings.FAXSERVER and "name_or_password" in query:
        matches = filters.text_matcher(query["name_or_password"])
        tests.append(lambda row: any(matches(row.values[each] if row else None) for each in ("name", "password")))
    renew = filters.sql_pattern(query.get("secret_key_renew", ""))
    if spec is settings.MAILTOFAX and renew:
        tests.append(lambda row: row is not None and collate(str(row.values["secret_key_renew"])) == collate(renew))
    return tests


def _find_settings(call: Call, spec: settings.Spec) -> Sequence[Subscriber]:
    """Return the subscribers that match the filters, looked up once for all pages as long as no row changes."""
    everybody, tests = call.state.directory.visible(call.user), _settings_filters(call, spec)
    if not tests:
        return everybody
    key = (spec.name, call.user, *(call.conditions.get(name) for name in _SETTINGS_FILTERS))
    known, rows = call.state.found, call.state.rows[spec.name]
    if key not in known:
        if len(known) >= _FOUND_CACHE:
            known.clear()
        found = everybody
        for test in tests:
            found = [each for each in found if test(rows.get(each.id))]
        known[key] = found
    return known[key]


async def list_settings(call: Call) -> Response:
    """GET of a page."""
    spec = settings.SPECS[call.resource]
    found = _find_settings(call, spec)
    return call.page(spec.name, found, filters.ORDER, lambda each: _settings_item(call, spec, each))


async def patch_settings(call: Call) -> Response:
    """PATCH: read, apply, re-create the row."""
    spec = settings.SPECS[call.resource]
    media_type = "application/json-patch+json"
    preference_of(call)
    subscriber_id = call.id
    check_link_header(call)
    check_media_type(call, media_type)
    patch = patching.check(await json_body(call, media_type))
    subscriber = visible_subscriber(call, subscriber_id, spec.item_name)
    entity = settings.patched(spec, call.state.row(spec, subscriber.id), subscriber.id)
    return await _write(call, spec, subscriber, patching.apply(entity, patch))


async def put_settings(call: Call) -> Response:
    """PUT: reset values that are not given to their defaults."""
    spec = settings.SPECS[call.resource]
    preference_of(call)
    if spec.own_controller and not as_number(call.id_text):
        raise ApiError(404, f"Entity '{spec.item_name}' not found.")
    subscriber = visible_subscriber(call, call.id, spec.item_name)
    check_link_header(call)
    check_media_type(call, "application/json")
    return await _write(call, spec, subscriber, await json_body(call, "application/json"))


async def _write(call: Call, spec: settings.Spec, subscriber: Subscriber, document: object) -> Response:
    """Validate, delete and re-create: writes of others in between are lost (docs/ngcp-api.md#no-locking)."""
    checked = settings.validate(spec, document, call.state.options.password_min_length)
    before = call.state.row(spec, subscriber.id)
    deadlocked = await _wait_for_others(call, spec, subscriber, before)
    try:
        row = settings.build_row(spec, checked, call.state.clock.text())
    except DatabaseError:
        raise ApiError(500, f"{spec.name} could not be updated.") from None
    if deadlocked and not spec.repeats_deadlocks:
        raise ApiError(500, f"{spec.name} could not be updated.")
    # A PATCH writes the secret key again, unless it removes it. A PUT writes it only if it is given.
    if spec.stamp and "secret_key" not in checked:
        row.values[spec.stamp] = before.values[spec.stamp]
    call.state.rows[spec.name][subscriber.id] = row
    call.state.rows_changed()
    if spec.journal:
        content = settings.show(spec, row, subscriber.id)
        call.state.journal.add(spec.name, subscriber.id, "update", call.user.name, content)
    preference = preference_of(call)
    applied = {"Preference-Applied": f"return={preference}"}
    if preference == "minimal":
        response = Response(status_code=204, headers=applied)
    else:
        response = call.item(_settings_item(call, spec, subscriber), applied)
    if deadlocked:
        response.status_code = 500
    return response


async def _wait_for_others(call: Call, spec: settings.Spec, subscriber: Subscriber, before: settings.Row) -> bool:
    """Wait for the time of a write. Returns whether it deadlocks with writes of other subscribers."""
    state = call.state
    deadlocks = state.deadlocks[spec.name]
    with nullcontext(False) if before.written else deadlocks.writing(subscriber.id) as deadlocked:
        await asyncio.sleep(state.options.write_ms / 1000)
    return (deadlocked and state.options.deadlocks) or deadlocks.is_due(state.options.deadlock_percent)
