# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find subscribers with active settings that no entry is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotFound,
    NotNgcp,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import FALSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import members


def is_active(item: JsonMapping) -> bool:
    """Return True if settings are active."""
    return item.get("active") not in FALSY


def active(
    client: Client,
    match: JsonMapping,
    paging: Paging,
    without: set[int],
    only: SubscriberLimit,
    known: Mapping[str, Mapping[int, JsonObject]],
    on_seen: Callable[[JsonObject], None] = lambda item: None,
) -> list[tuple[Subscriber, dict[str, JsonObject]]]:
    """Return the subscribers that `match` selects with active settings, each with these settings by module.

    If `match` is empty, all subscribers count; the ids in `without` are left out. `known` holds, for each module whose
    settings were just read for all subscribers, the server's active items by id: they are not read again. `on_seen`:
    see `Lookup`.
    """
    inside = {each.id: each for each in members(client, match, paging, on_seen=on_seen)} if match else None
    held: dict[int, dict[str, JsonObject]] = {}
    for module, resource in SETTINGS.items():
        for number, item in _active_settings(client, resource, paging, known.get(module)).items():
            if number not in without and (inside is None or number in inside):
                held.setdefault(number, {})[module] = item
    if inside is None:
        inside = _people(client, sorted(held), paging, on_seen)
    return [(inside[number], held[number]) for number in sorted(held) if number in inside and only.has(inside[number])]


def _active_settings(
    client: Client, resource: Resource, paging: Paging, known: Mapping[int, JsonObject] | None
) -> dict[int, JsonObject]:
    """Return the active settings of all subscribers, by id; those in `known`, if they were just read."""
    if known is None:
        found = settings.read_all(client, resource, paging, {"active": 1}, check=settings.identified)
    else:
        found = {
            number: settings.identified(client, resource, Subscriber(number), item) for number, item in known.items()
        }
    # A server that does not know the filter returns everybody (docs/design.md#check-what-came-back).
    return {number: item for number, item in found.items() if is_active(item)}


def _people(
    client: Client, numbers: Sequence[int], paging: Paging, on_seen: Callable[[JsonObject], None]
) -> dict[int, Subscriber]:
    """Return the subscribers with these ids that still exist. If a name is malformed, only the id is known."""

    def fetch(number: int) -> Subscriber:
        item = subscribers.get(client, Subscriber(number))
        on_seen(item)
        return subscribers.of(item)

    answers = concurrency.map_concurrently(fetch, numbers, paging.workers)
    errors = [each for each in answers if isinstance(each, FaxError) and not isinstance(each, (NotFound, NotNgcp))]
    if errors:
        raise together(errors, f"{len(errors)} subscribers cannot be read")
    people = [
        Subscriber(number) if isinstance(answer, NotNgcp) else answer
        for number, answer in zip(numbers, answers, strict=True)
    ]
    return {each.id: each for each in people if isinstance(each, Subscriber)}
