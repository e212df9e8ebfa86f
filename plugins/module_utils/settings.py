# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write one settings resource of one subscriber, or read those of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import pages
from ansible_collections.ngcp.fax.plugins.module_utils.answers import NO_CACHE
from ansible_collections.ngcp.fax.plugins.module_utils.api import Client
from ansible_collections.ngcp.fax.plugins.module_utils.errors import FaxError, NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils.pages import Paging
from ansible_collections.ngcp.fax.plugins.module_utils.patch import Operation
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject, Resource
from ansible_collections.ngcp.fax.plugins.module_utils.subscribers import Subscriber, absent


def read(client: Client, resource: Resource, subscriber: Subscriber) -> JsonObject:
    """The settings as the server shows them: secrets in plain text, and fields that are not known here included.

    Raises `NotFound` if there is no such subscriber, or not for this login.
    """
    path = _path(resource, subscriber)
    try:
        item = client.get(path)
    except NotFound as error:
        raise absent(subscriber, error) from error
    return checked(client, resource, subscriber, item)


def read_all(
    client: Client,
    resource: Resource,
    paging: Paging,
    params: Mapping[str, Any] | None = None,
    done: Callable[[int], object] = lambda number: None,
) -> dict[int, JsonObject]:
    """The settings of all that the login may see, as `read` returns them, by the subscriber's id."""
    items = pages.read(client, resource.name, {**(params or {}), "order_by": "id"}, paging, done=done)
    owners = [Subscriber(int(pages.identity(item))) for item in items]
    return {owner.id: checked(client, resource, owner, item) for owner, item in zip(owners, items, strict=True)}


def write(client: Client, resource: Resource, subscriber: Subscriber, operations: Sequence[Operation]) -> JsonObject:
    """Send `operations` as one PATCH and return the settings that the server holds afterwards.

    An error tells by `perhaps_done` whether the PATCH may have been applied.
    """
    path = _path(resource, subscriber)
    item = client.patch(path, operations)
    try:
        return read(client, resource, subscriber) if item is None else checked(client, resource, subscriber, item)
    except FaxError as error:
        error.perhaps_done = True
        raise


def _path(resource: Resource, subscriber: Subscriber) -> str:
    return f"/api/{resource.name}/{subscriber.id}"


def checked(client: Client, resource: Resource, subscriber: Subscriber, item: JsonObject) -> JsonObject:
    """`item` without its links, its secrets noted for masking.

    An item says by its link whose it is, and only one of the two resources by its id too (ngcp-api.md, "Resources";
    design rule 9).
    """
    href = pages.link(item)
    item = {name: value for name, value in item.items() if name != "_links"}
    path = _path(resource, subscriber)
    another = str(item.get("id", subscriber.id)) != str(subscriber.id) or (href and not href.rstrip("/").endswith(path))
    if another or not any(field.name in item for field in resource.fields):
        raise NotNgcp(
            f"Asked for {path}, the server answered with {href or item.get('id') or 'something else'}", NO_CACHE
        )
    client.secrets.update(str(item[name]) for name in resource.secrets if item.get(name))
    return item
