# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that answers from memory, for unit tests of the packages above it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import jsonpatch

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    RESOURCES,
    Field,
    Resource,
)

Item = dict[str, Any]
DOMAIN = "d.example"


def new_settings(resource: Resource) -> Item:
    """Return the settings of a subscriber for whom nobody has set anything."""
    return {each.name: _initial(each) for each in resource.fields}


def _initial(field: Field) -> Any:
    if field.initial is not None:
        return field.initial
    return [] if field.parts else False if field.type == "bool" else None


FAX, MAIL = new_settings(FAXSERVER_SETTINGS), new_settings(MAILTOFAX_SETTINGS)


# What a page is asked for beside its filters.
PAGE_PARAMETERS = ("rows", "page", "order_by", "no_count")


class FakeClient(Client):
    """A server with so many subscribers (`user1@d.example` and so on), each with the settings of a new one."""

    def __init__(self, subscribers: int = 3) -> None:
        self.connection = Connection("https://ngcp.example", "user", "password", retries=2)
        self.secrets = Secrets()
        self.read_only = False
        self.listener = None
        self.items: dict[str, dict[int, Item]] = {
            "subscribers": {number: _subscriber(number) for number in range(1, subscribers + 1)},
            **{
                resource.name: {number: new_settings(resource) for number in range(1, subscribers + 1)}
                for resource in RESOURCES
            },
        }
        self.failures: dict[str, list[FaxError]] = {}
        """Errors to raise, by `GET /api/…` or `PATCH /api/…`: one for each request, the last one for all further."""
        self.requests: list[str] = []
        """Method and path of each request."""
        self.pauses = 0

    @property
    def url(self) -> str:
        return "https://ngcp.example"

    def fax(self, number: int, **changes: Any) -> Item:
        """Change the fax settings of a subscriber, and return them."""
        return self._change("faxserversettings", number, changes)

    def mail(self, number: int, **changes: Any) -> Item:
        """Change the mail2fax settings of a subscriber, and return them."""
        return self._change("mailtofaxsettings", number, changes)

    @property
    def writes(self) -> list[str]:
        """The paths of the requests that wrote."""
        return [request.partition(" ")[2] for request in self.requests if request.startswith("PATCH ")]

    def limit_requests(self, limit: Any) -> None:
        pass

    def pause(self, error: FaxError, tries: int) -> None:
        self.pauses += 1

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Item:
        self._answer("GET", path)
        resource, number = path.removeprefix("/api/").split("/", 1)
        if not number:
            return self._page(resource, params or {})
        return self._shown(resource, int(number))

    def patch(self, path: str, operations: Sequence[Mapping[str, Any]]) -> Item | None:
        assert not self.read_only
        self._answer("PATCH", path)
        resource, number = path.removeprefix("/api/").split("/", 1)
        held = self.items[resource][int(number)]
        held.update(jsonpatch.apply_patch(held, [*operations]))
        return self._shown(resource, int(number))

    def _answer(self, method: str, path: str) -> None:
        self.requests.append(f"{method} {path}")
        errors = self.failures.get(f"{method} {path}", [])
        if errors:
            raise errors.pop(0) if len(errors) > 1 else errors[0]

    def _change(self, resource: str, number: int, changes: Item) -> Item:
        self.items[resource][number].update(changes)
        return self.items[resource][number]

    def _shown(self, resource: str, number: int) -> Item:
        path = f"/api/{resource}/{number}"
        if number not in self.items[resource]:
            raise NotFound("There is no such entity", "Look.", "GET", path, 404)
        return {**copy.deepcopy(self.items[resource][number]), "_links": {"self": {"href": path}}}

    def _page(self, resource: str, params: Mapping[str, Any]) -> Item:
        rows, page = int(params["rows"]), int(params["page"])
        filters = {name: value for name, value in params.items() if name not in PAGE_PARAMETERS}
        found = [number for number, item in self.items[resource].items() if _fits(item, filters)]
        shown = [self._shown(resource, number) for number in found[(page - 1) * rows : page * rows]]
        is_counted = "no_count" not in params
        links: Item = {"next": {}} if (page * rows < len(found) if is_counted else len(shown) == rows) else {}
        return {
            "total_count": len(found) if is_counted else None,
            "_links": links,
            "_embedded": {f"ngcp:{resource}": shown},
        }


def _subscriber(number: int) -> Item:
    return {
        "id": number,
        "username": f"user{number}",
        "domain": DOMAIN,
        "external_id": f"ext-{number}",
        "customer_id": 5,
        "password": "s3cret",
        "status": "active",
    }


def _fits(item: Item, filters: Mapping[str, Any]) -> bool:
    names = {"subscriber_external_id": "external_id"}
    pairs = ((item.get(names.get(name, name)), value) for name, value in filters.items())
    return all(
        bool(there) is bool(value) if isinstance(there, bool) else str(there).casefold() == str(value).casefold()
        for there, value in pairs
    )
