# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find subscribers by a selector, or those that `match` selects (docs/ngcp-api.md#filters)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypedDict, TypeVar

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import NO_CACHE, ODD_ANSWER
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Collection, OnOdd, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Ambiguous,
    Forbidden,
    NotFound,
    NotNgcp,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS, Filter
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Name, Selector, SubscriberKey

PAGE = 10
"""How many items a look-up of one subscriber asks for. Several match if its name contains an SQL wildcard."""


T = TypeVar("T")


class Person(TypedDict):
    """The keys of results and report rows that name a subscriber, as far as it is known."""

    subscriber_id: int | None
    subscriber: str | None
    """`user@domain`."""


def called(person: Person) -> str:
    """Return how sentences call a subscriber; empty if nothing is known of it."""
    number = person["subscriber_id"]
    return person["subscriber"] or (f"subscriber {number}" if number else "")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber on the server. If it was named by id, it is not looked up, so only the id is known."""

    id: int
    name: str | None = None
    """`user@domain`."""
    customer_id: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.name or f"subscriber {self.id}"

    def as_dict(self) -> Person:
        """Return the keys of a result that name the subscriber."""
        return {"subscriber_id": self.id, "subscriber": self.name}


SECRETS = ("password", "webpassword")
# The fields that the collection uses, beside the telephone numbers.
TEXTS = ("username", "domain", "external_id", "status")
NUMBERS = ("customer_id", "domain_id", "profile_id")


@dataclass(frozen=True)
class Renumbered:
    """A subscriber that was declared with an id that is gone, or that is somebody else's by now."""

    declared_id: int
    subscriber: Subscriber
    """The subscriber that the name beside the id finds."""

    def __str__(self) -> str:
        return (
            f"{self.subscriber} is subscriber {self.subscriber.id} now, not {self.declared_id}: correct its "
            f"{option_name('subscriber_id')}."
        )


def find(client: Client, selector: Selector) -> Subscriber:
    """Find the one subscriber that `selector` names: without a request for an id alone, otherwise with one.

    A name beside an id is verified. If the id is stale, the name decides, and the client's `remarks` say so. Raises
    `NotFound` or `Ambiguous`, and `NotNgcp` if the answer does not match the request.
    """
    name, number = selector.name, selector.subscriber_id
    if name is None:
        return Subscriber(int(number or 0))
    if number is None:
        return of(find_by_name(client, name))
    try:
        item = get(client, Subscriber(number))
    except NotFound:
        item = {}
    if SubscriberKey.of(*name) in keys_of(item):
        return of(item)
    try:
        found = Renumbered(number, of(find_by_name(client, name)))
    except NotFound as error:
        raise found_by_neither(error, number) from error
    client.remarks.append(str(found))
    return found.subscriber


def keys_of(item: JsonMapping) -> set[SubscriberKey]:
    """Return the names of a server's item, in the form in which they are compared."""
    username, domain, external_id = (item.get(field) for field in ("username", "domain", "external_id"))
    keys = {SubscriberKey.of("subscriber", f"{username}@{domain}")} if username and domain else set()
    return keys if external_id in (None, "") else keys | {SubscriberKey.of("external_id", external_id)}


def find_by_name(client: Client, named: Name) -> JsonObject:
    """Return the server's item of the one subscriber with a name. Raises like `find`."""
    option, value = named
    if option == "external_id":
        wanted = {"external_id": value}
        name, filters = f"{option_name('external_id')} '{value}'", {"subscriber_external_id": value}
    else:
        name = value
        username, _at, domain = name.rpartition("@")
        filters = wanted = {"username": username, "domain": domain}
    where = ("GET", "/api/subscribers/")
    found = []
    exact = {key: value.casefold() for key, value in wanted.items()}
    patterns = {key: _like(value) for key, value in exact.items()}
    for item in pagination.one_by_one(client, "subscribers", {**filters, "order_by": "id"}, PAGE):
        checked(item)
        names = {key: str(item.get(key)).casefold() for key in exact}
        if not all(patterns[key].fullmatch(text) for key, text in names.items()):
            raise NotNgcp(
                f"The server was asked for {name} and answered with another subscriber",
                f"It does not know this filter: name the subscriber by {option_name('subscriber_id')}.",
                *where,
            )
        if names == exact:
            found.append(item)
    if not found:
        raise NotFound(
            f"There is no subscriber {name}",
            "Check the name; a terminated subscriber, or one of another reseller, is not found either.",
            *where,
        )
    if len(found) > 1:
        raise ambiguous(name, [item["id"] for item in found])
    return found[0]


def found_by_neither(error: NotFound, stale_id: int) -> NotFound:
    """Return the error for a subscriber whose declared id is stale, made of the `error` of looking up its name."""
    what = f"{error.what}, and subscriber {stale_id} is gone or somebody else"
    return NotFound(what, error.advice, error.method, error.path, error.status)


def ambiguous(name: str, ids: Iterable[Any]) -> Ambiguous:
    """Return the error for a name that several subscribers have."""
    return Ambiguous(
        f"More than one subscriber is {name} (ids {', '.join(map(str, ids))})",
        f"Name the one by {option_name('subscriber_id')}.",
        "GET",
        "/api/subscribers/",
    )


def of(item: JsonMapping) -> Subscriber:
    """Return the subscriber of a server's item, which must be `checked`."""
    username, domain = item.get("username"), item.get("domain")
    name = f"{username}@{domain}" if username and domain else None
    return Subscriber(int(pagination.identity(item)), name, item.get("customer_id"))


def get(client: Client, subscriber: Subscriber) -> JsonObject:
    """Return the server's item of a subscriber, without its passwords.

    Raises `NotFound`, and `NotNgcp` if the server answers with another subscriber's.
    """
    path = f"/api/subscribers/{subscriber.id}"
    try:
        item = client.get(path)
    except NotFound as error:
        raise absent(subscriber, error) from error
    if not str(item.get("id")) == pagination.identity(item) == str(subscriber.id):
        raise NotNgcp(
            f"Asked for {subscriber}, the server answered with another subscriber", NO_CACHE, "GET", path, HTTPStatus.OK
        )
    return without_secrets(checked(item))


def checked(item: JsonObject) -> JsonObject:
    """Return a server's item of a subscriber.

    Raises `NotNgcp`, naming subscriber and field, if one of the fields that the collection uses is malformed.
    """
    if "id" not in item:
        raise _odd(item, "no id")
    for name in (*TEXTS, *NUMBERS):
        value = item.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int))):
            kind = "text" if name in TEXTS else "number"
            raise _odd(item, f"{pagination.kind_of(value)} as {name}, where a {kind} is expected")
        if isinstance(value, str) and pagination.LONE.search(value):
            raise _odd(item, f"a text that is not Unicode as {name}")
    others = item.get("alias_numbers") or []
    if not isinstance(others, list):
        raise _odd(item, f"{pagination.kind_of(others)} as alias_numbers, where a list is expected")
    primary = [item["primary_number"]] if item.get("primary_number") else []
    for name, numbers in (("primary_number", primary), ("alias_numbers", others)):
        for one in numbers:
            if not isinstance(one, dict):
                raise _odd(item, f"{pagination.kind_of(one)} as {name}, where an object is expected")
    return item


def _odd(item: JsonObject, what: str) -> NotNgcp:
    number = pagination.identity(item)
    return NotNgcp(f"Subscriber {number}: the server sends {what}", ODD_ANSWER, "GET", f"/api/subscribers/{number}")


def absent(subscriber: Subscriber, error: NotFound) -> NotFound:
    """Return the error for a named subscriber that does not exist, made of the `error` of its request."""
    return NotFound(
        f"There is no {subscriber} on this server",
        "Check the selector; one that is terminated, or another reseller's, is not found either.",
        error.method,
        error.path,
        error.status,
    )


def search(
    client: Client,
    match: JsonMapping,
    paging: Paging,
    convert: Callable[[JsonObject], T],
    on_progress: Callable[[int], object] = lambda number: None,
    on_odd: OnOdd | None = None,
) -> list[T]:
    """Return what `convert` makes of the server's item of each subscriber that `match` selects, by id.

    `match` has keys of `MATCH`; an empty one selects everybody. Each of its values is checked: by the items that came
    back or, if they do not show it, by asking for a value that no subscriber has. `on_progress` is called with the
    number of items of each page. `on_odd` is called for malformed items, which are left out; if it is None, they raise
    `NotNgcp`.
    """

    def convert_fitting(item: JsonObject) -> T | None:
        try:
            checked(item)
        except NotNgcp as error:
            if not on_odd:
                raise
            on_odd(error)
            return None
        return convert(item) if fits(match, item) else None

    for each, value in _given(match):
        if not each.shown_in:
            _check_known(client, each, value)
    params = {each.parameter: _literal(each, value) for each, value in _given(match)}
    on_nameless = (lambda item: on_odd(pagination.without_id("subscribers"))) if on_odd else None
    collection = Collection(client, "subscribers", {**params, "order_by": "id"}, paging, on_progress, on_nameless)
    return collection.read(convert_fitting)


def fits(match: JsonMapping, item: JsonMapping) -> bool:
    """Return True if `match` selects an item. Raises `NotNgcp` if the server must have ignored one of its values."""
    return all(_fits(each, value, item) for each, value in _given(match))


def _given(match: JsonMapping) -> list[tuple[Filter, str]]:
    return [(each, str(match[each.name])) for each in FILTERS if match.get(each.name) not in (None, "")]


def resellers(client: Client, paging: Paging) -> dict[int, int]:
    """Return the reseller's id by the domain's id, as far as this login and this release of the server show them."""
    try:
        collection = Collection(client, "domains", {"order_by": "id"}, paging, on_nameless=lambda item: None)
        domains = collection.read(pagination.unchanged)
    except (Forbidden, NotFound):
        return {}
    # Nothing depends on a malformed reseller: no filter uses it, so it is left out.
    pairs = ((pagination.identity(each), str(each.get("reseller_id"))) for each in domains)
    return {int(domain): int(reseller) for domain, reseller in pairs if reseller.isdecimal()}


def without_secrets(item: JsonObject) -> JsonObject:
    """Return a server's item of a subscriber without its passwords."""
    return {name: value for name, value in item.items() if name not in SECRETS and not name.startswith("_")}


def _check_known(client: Client, one: Filter, value: str) -> None:
    for _anybody in pagination.one_by_one(client, "subscribers", {one.parameter: one.impossible}, 1):
        raise _ignored(one, value)


def _ignored(one: Filter, value: str) -> NotNgcp:
    return NotNgcp(
        f"The server was asked for {one.name} '{value}' and answered with others",
        "It does not know this filter, or this login is not shown what it needs: use another one.",
        "GET",
        "/api/subscribers/",
    )


def _literal(one: Filter, value: str) -> str:
    r"""Return `value` so that the server compares it literally if items do not show it: `\` escapes in SQL."""
    return re.sub(r"([\\%_])", r"\\\1", value) if not one.shown_in and one.type == "str" else value


def _fits(one: Filter, value: str, item: JsonMapping) -> bool:
    """Return True if an item matches the filter. Raises `NotNgcp` if the server must have ignored it."""
    if not one.shown_in:
        return True
    wanted, actual = value.casefold(), one.values(item)
    if wanted in actual:
        return True
    passed = any(wanted in each for each in actual) if one.contains else any(map(_like(wanted).fullmatch, actual))
    if not passed:
        raise _ignored(one, value)
    return False


def _like(value: str) -> re.Pattern[str]:
    """Return a pattern of what the server matches for `value`: `_` is any letter and `%` any text, as in SQL.

    If anything else comes back, the server has ignored the filter (docs/design.md#check-what-came-back).
    """
    wildcards = {"_": ".", "%": ".*"}
    return re.compile("".join(wildcards.get(letter) or re.escape(letter) for letter in value), re.DOTALL)
