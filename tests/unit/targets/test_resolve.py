# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries -> subscribers, where pages are read: an entry means nobody by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets import resolve as resolve_module
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.resolve import Resolution


class Server(Client):
    """Subscribers with these external ids, on one page each of three; nobody is found one by one."""

    def __init__(self, external_ids: list[str | None]) -> None:
        self.items = [
            {"id": one, "username": f"user{one}", "domain": "d.example", "external_id": external_id}
            for one, external_id in enumerate(external_ids, 1)
        ]

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        asked = params or {}
        if "subscriber_external_id" in asked:
            return {"total_count": 0, "_links": {}}
        here = self.items[(asked["page"] - 1) * asked["rows"] :][: asked["rows"]]
        links: dict[str, Any] = {"next": {}} if asked["page"] * asked["rows"] < len(self.items) else {}
        return {"total_count": len(self.items), "_embedded": {"ngcp:subscribers": here}, "_links": links}


def resolve(server: Server, names: list[str]) -> Resolution:
    entries = [Entry(f"a.yml:{line}", "external_id", name, "{}", ()) for line, name in enumerate(names, 1)]
    return resolve_module.resolve(server, entries, Paging(3, 2), allow_empty=False, only=SubscriberLimit(None))


def test_nobody_without_an_external_id_is_called_none() -> None:
    found = resolve(Server([None, None, None, "a", "b", "c"]), ["None", "none ", "a", "b", "c"])
    assert sorted(found.targets) == [4, 5, 6]
    assert [(entry.value, error.kind) for entry, error in found.failed] == [
        ("None", "not_found"),
        ("none ", "not_found"),
    ]


def test_an_external_id_of_two_is_ambiguous() -> None:
    found = resolve(Server(["a", "b", "c", "d", "A", "e"]), ["a", "b", "c", "d", "e"])
    assert sorted(found.targets) == [2, 3, 4, 6]
    (failed,) = found.failed
    assert str(failed[1]).startswith("More than one subscriber is external_id a (ids 1, 5)")
