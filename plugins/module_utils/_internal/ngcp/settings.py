# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write one settings resource of one subscriber, or read it for all subscribers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import NO_CACHE, ODD_ANSWER
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Collection, OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject, Operation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber, absent

BOOLEANS = (True, False, "", "0", "1")
"""The forms in which the server writes true and false, including those of older releases."""
# Checks an item and returns it, as `checked` does.
Check = Callable[[Client, Resource, Subscriber, JsonObject], JsonObject]


def read(client: Client, resource: Resource, subscriber: Subscriber) -> JsonObject:
    """Return the settings as the server shows them: with secrets in plain text, and with unknown fields.

    Raises `NotFound` if this login cannot see the subscriber, `NotNgcp` if the answer is malformed.
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
    params: JsonMapping | None = None,
    on_progress: Callable[[int], object] = lambda number: None,
    on_odd: OnOdd | None = None,
    check: Check | None = None,
) -> dict[int, JsonObject]:
    """Return the settings of all subscribers that the login can see, as `read` returns them, by the subscriber's id.

    `on_progress` is called with the number of settings of each page. `on_odd` is called for malformed settings, which
    are left out; if it is None, they raise `NotNgcp`. `check` replaces `checked`.
    """
    unnamed = (lambda item: on_odd(pagination.without_id(resource.name))) if on_odd else None
    collection = Collection(client, resource.name, {**(params or {}), "order_by": "id"}, paging, on_progress, unnamed)
    found: dict[int, JsonObject] = {}
    for item in collection.read(pagination.unchanged):
        owner = Subscriber(int(pagination.identity(item)))
        try:
            found[owner.id] = (check or checked)(client, resource, owner, item)
        except NotNgcp as error:
            if not on_odd:
                raise
            on_odd(error)
    return found


def write(client: Client, resource: Resource, subscriber: Subscriber, operations: Sequence[Operation]) -> JsonObject:
    """Send `operations` as one PATCH and return the settings that the server holds afterwards.

    `perhaps_done` of an error is True if the PATCH may have been applied.
    """
    path = _path(resource, subscriber)
    item = client.patch(path, operations)
    try:
        if item is None:
            return read(client, resource, subscriber)
        try:
            return checked(client, resource, subscriber, item)
        except NotNgcp as error:  # the malformed answer is the one to the PATCH
            raise NotNgcp(error.what, error.advice, "PATCH", path) from error
    except FaxError as error:
        error.perhaps_done = True
        raise


def _path(resource: Resource, subscriber: Subscriber) -> str:
    return f"/api/{resource.name}/{subscriber.id}"


def checked(client: Client, resource: Resource, subscriber: Subscriber, item: JsonObject) -> JsonObject:
    """Return `item` as `identified` does. Raises `NotNgcp`, naming subscriber and field, if a field is malformed."""
    item = identified(client, resource, subscriber, item)
    odd = next((found for field in resource.fields if (found := _odd(field, item.get(field.name)))), None)
    if odd:
        what = f"{subscriber}: of its {resource.module} the server sends {odd}"
        raise NotNgcp(what, ODD_ANSWER, "GET", _path(resource, subscriber))
    return item


def identified(client: Client, resource: Resource, subscriber: Subscriber, item: JsonObject) -> JsonObject:
    """Return `item` without its links, and note its secrets for masking.

    The link of an item names its subscriber; only one of the two resources has an id, too (docs/ngcp-api.md#resources).
    Raises `NotNgcp` if it names another one (docs/design.md#check-what-came-back).
    """
    href = pagination.link(item)
    item = {name: value for name, value in item.items() if name != "_links"}
    path = _path(resource, subscriber)
    elsewhere = href if href and not href.rstrip("/").endswith(path) else ""
    other = "" if str(item.get("id", subscriber.id)) == str(subscriber.id) else str(item["id"])
    if elsewhere or other or not any(field.name in item for field in resource.fields):
        what = f"Asked for {path}, the server answered with {elsewhere or other or 'something else'}"
        raise NotNgcp(what, NO_CACHE)
    client.secrets.update(str(item[name]) for name in resource.secrets if item.get(name))
    return item


def _odd(field: Field, value: object) -> str:
    """Describe how a value is malformed, without quoting it, since it may be secret; empty if it is well-formed."""
    if value is None or (field.type == "bool" and value in BOOLEANS):
        return ""
    if field.parts:
        if not isinstance(value, list):
            return f"{pagination.kind_of(value)} as {field.name}, where a list is expected"
        for index, element in enumerate(value):
            place = f"{field.name}[{index}]"
            if not isinstance(element, dict):
                return f"{pagination.kind_of(element)} as {place}, where a mapping is expected"
            odd = next((found for part in field.parts if (found := _odd(part, element.get(part.name)))), "")
            if odd:
                return f"{odd} (in {place})"
        return ""
    if field.type == "bool":
        return f"{pagination.kind_of(value)} as {field.name}, where true or false is expected"
    if isinstance(value, str):
        return f"a text that is not Unicode as {field.name}" if pagination.LONE.search(value) else ""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "" if is_number else f"{pagination.kind_of(value)} as {field.name}, where a text is expected"
