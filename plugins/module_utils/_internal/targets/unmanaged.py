# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscribers with active settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotFound,
    NotNgcp,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import FALSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import members


def is_active(item: Mapping[str, Any]) -> bool:
    """Whether settings are active."""
    return item.get("active") not in FALSY


def active(
    client: Client,
    scope: Mapping[str, Any] | None,
    paging: Paging,
    without: set[int],
    only: SubscriberLimit,
    known: Mapping[str, Mapping[int, JsonObject]],
) -> list[tuple[Subscriber, dict[str, JsonObject]]]:
    """Those in `scope` (everybody if it is not given), but for the ids in `without`, of whose settings some are active:
    with these, by their module.

    `known`: where the settings of everybody have just been read, the server's items of all that are active, by module
    and id; they are not asked for again.
    """
    inside = {each.id: each for each in members(client, scope, paging)} if scope else None
    held: dict[int, dict[str, JsonObject]] = {}
    for name, resource in SETTINGS.items():
        if name in known:
            those = {
                one: settings.identified(client, resource, Subscriber(one), item) for one, item in known[name].items()
            }
        else:
            those = settings.read_all(client, resource, paging, {"active": 1}, check=settings.identified)
        for one, item in those.items():
            # A server that does not know the filter returns everybody (docs/design.md#check-what-came-back).
            if is_active(item) and one not in without and (inside is None or one in inside):
                held.setdefault(one, {})[name] = item
    if inside is None:
        found = concurrency.map_concurrently(
            lambda one: subscribers.of(subscribers.get(client, Subscriber(one))), sorted(held), paging.workers
        )
        # A member with a malformed name is known by its id.
        found = [
            Subscriber(one) if isinstance(each, NotNgcp) else each
            for one, each in zip(sorted(held), found, strict=True)
        ]
        errors = [each for each in found if isinstance(each, FaxError) and not isinstance(each, NotFound)]
        if errors:
            raise together(errors, f"{len(errors)} subscribers cannot be read")
        inside = {each.id: each for each in found if isinstance(each, Subscriber)}
    return [(inside[one], held[one]) for one in sorted(held) if one in inside and only.has(inside[one])]
