# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handlers of subscribers: how they are found, created, changed and terminated.

Sources: docs/ngcp-api.md#the-life-of-a-subscriber, and the vendor's published Role/API/Subscribers.pm for what PUT and
PATCH do (read).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import NoneType
from typing import Final
from uuid import uuid4

from starlette.responses import Response

from . import filters, hal, patching, perl, subscriber_form, subscribers
from .call import (
    Call,
    check_link_header,
    check_media_type,
    json_body,
    preference_of,
    visible_subscriber,
    whole_number,
)
from .database import as_number
from .directory import Directory, NumberTakenError
from .errors import ApiError, crash
from .subscribers import SUBSCRIBER_ROLES, Customer, Domain, Subscriber

_KEPT: Final = ("administrative", "customer_id", "domain", "external_id", "lock", "status")
"""Fields that subscribers cannot change, not even their own."""
_LONGEST: Final = {"username": 127, "external_id": 255}
"""Lengths of columns. The database refuses longer texts."""
_LOCKED: Final = "4"
"""Lock level of a subscriber whose status is `locked`."""


def _item(call: Call, each: Subscriber) -> hal.Item:
    """Return a subscriber as the user's role sees it, which is serialized once until it changes."""
    known = call.state.shown_subscribers[call.user.role]
    shown = known.get(each.id)
    if shown is None:
        shown = known[each.id] = _new_item(each, call.user.role)
    return shown


def _new_item(each: Subscriber, role: str) -> hal.Item:
    relations = {
        "subscribers": f"/api/subscribers/{each.id}",
        "domains": f"/api/domains/{each.domain_id}",
        "customers": f"/api/customers/{each.customer_id}",
        "subscriberpreferences": f"/api/subscriberpreferences/{each.id}",
        "journal": f"/api/subscribers/{each.id}/journal/",
    }
    return hal.item(subscribers.resource(each, role), "/api/subscribers/", each.id, relations)


async def get_subscriber(call: Call) -> Response:
    """GET of an item. Unlike other items, it does not look at what is accepted."""
    return call.item(_item(call, visible_subscriber(call, call.id, "subscriber")))


async def list_subscribers(call: Call) -> Response:
    """GET of a page."""
    call.bill.searches = not filters.FILTERS.keys().isdisjoint(call.conditions)
    found = call.state.directory.find(call.user, call.conditions)
    return call.page("subscribers", found, filters.ORDER, lambda each: _item(call, each))


# Writes ---------------------------------------------------------------------------------------------------------------


def _named_subscriber(call: Call) -> Subscriber:
    """Return the path's subscriber. It is the database that reads the id, and to it `3x` is 3."""
    return visible_subscriber(call, _whole(call.id_text), "subscriber")


def _subscriber_to_update(call: Call) -> Subscriber:
    """Return the path's subscriber. The server looks for it first, and then checks whether the id is a number."""
    found = _named_subscriber(call)
    whole_number(call.id_text)
    return found


def _check_write_access(call: Call, subscriber_id: int | None) -> None:
    """Refuse writes of subscribers, but for what is their own."""
    if call.user.role in SUBSCRIBER_ROLES and call.user.id != subscriber_id:
        raise ApiError(403, "Read-only resource for authenticated role")


async def create(call: Call) -> Response:
    """POST: create a subscriber. A refused number has used up an id."""
    check_link_header(call)
    check_media_type(call, "application/json")
    document = await json_body(call, "application/json")
    _check_write_access(call, None)
    checked, domain, customer = _checked(call, document)
    directory = call.state.directory
    if directory.named(str(checked["username"]), domain.id):
        raise ApiError(422, "Subscriber already exists.")
    if not perl.is_true(checked.get("password")):
        raise ApiError(500, "Failed to create subscriber")
    blank = _blank(directory.new_id(), perl.text(checked["username"]), domain, customer, call.state.clock.iso_text())
    wanted = {**checked, "webusername": checked.get("webusername") or checked["username"]}
    created = _changed(directory, blank, wanted)
    if directory.web_named(created):
        taken = f"{created.webusername}-{created.domain_id}"
        raise ApiError(422, f"Webusername-Domain combination '{taken}' already exists.")
    _store(call, created, "create")
    return Response(status_code=201, headers={"Location": f"/api/subscribers/{created.id}"})


def _blank(subscriber_id: int, username: str, domain: Domain, customer: Customer, now: str) -> Subscriber:
    """Return a new subscriber that has a name and nothing else."""
    return Subscriber(
        id=subscriber_id,
        username=username,
        domain=domain.domain,
        domain_id=domain.id,
        reseller_id=customer.reseller_id,
        customer_id=customer.id,
        customer_external_id=customer.external_id,
        external_id=None,
        uuid=str(uuid4()),
        number=None,
        webusername=None,
        webpassword=None,
        password=None,
        administrative=False,
        status="active",
        created=now,
        modified=now,
    )


async def put(call: Call) -> Response:
    """PUT: what is not given is cleared, but for the passwords."""
    preference = preference_of(call)
    before = _subscriber_to_update(call)
    check_link_header(call)
    check_media_type(call, "application/json")
    return _update(call, before, await json_body(call, "application/json"), preference)


async def patch(call: Call) -> Response:
    """PATCH: the whole subscriber is written again."""
    preference, media_type = preference_of(call), "application/json-patch+json"
    before = _subscriber_to_update(call)
    check_link_header(call)
    check_media_type(call, media_type)
    operations = patching.check(await json_body(call, media_type))
    document = patching.apply(subscribers.resource(before, call.user.role), operations)
    return _update(call, before, document, preference)


async def terminate(call: Call) -> Response:
    """DELETE: the subscriber stays in the database, as good as absent."""
    before = _named_subscriber(call)
    _check_write_access(call, None)
    _store(call, replace(before, status="terminated"), "delete")
    return Response(status_code=204)


def _update(call: Call, before: Subscriber, document: object, preference: str) -> Response:
    checked, domain, customer = _checked(call, document, before)
    if not call.state.directory.named(str(checked["username"]), domain.id):
        raise ApiError(422, "Subscriber with this username does not exist in the domain.")
    _check_write_access(call, before.id)
    if customer.id != before.customer_id:
        raise ApiError(422, "customer_id can't be changed.")
    after = replace(before, modified=call.state.clock.iso_text())
    if checked.get("status") == "terminated":
        after = replace(after, status="terminated")
    else:
        after = _changed(call.state.directory, after, checked)
        if call.state.directory.web_named(after):
            raise crash()
    _store(call, after, "update")
    applied = {"Preference-Applied": f"return={preference}"}
    if preference == "minimal":
        return Response(status_code=204, headers=applied)
    return call.item(_item(call, after), applied)


def _checked(
    call: Call, document: object, before: Subscriber | None = None
) -> tuple[dict[str, object], Domain, Customer]:
    """Return the values to be written, and their domain and customer, or refuse them."""
    if not isinstance(document, dict):
        raise crash()
    values = dict(document)
    if before is not None and call.user.role in SUBSCRIBER_ROLES:
        # Their form has no field for these.
        values |= {name: value for name, value in subscribers.resource(before, "admin").items() if name in _KEPT}
    if perl.is_true(values.get("domain")):
        values["domain_id"] = _domain_by_name(call, perl.text(values["domain"])).id
    _check_numbers(values)
    subscriber_form.check(values)
    domain = _visible_domain(call, call.state.directory.domains.get(_whole(values["domain_id"])))
    customer = call.state.directory.customers.get(_whole(values["customer_id"]))
    foreign = customer and call.user.role == "reseller" and customer.reseller_id != call.user.reseller_id
    if customer is None or foreign:
        # The server refuses the customer, goes on without it, and crashes.
        raise crash()
    return values, domain, customer


def _check_numbers(values: Mapping[str, object]) -> None:
    if not isinstance(values.get("primary_number"), (dict, NoneType)):
        raise ApiError(422, "Invalid primary_number parameter, must be a hash.")
    aliases = values.get("alias_numbers", [])
    if not isinstance(aliases, list):
        raise ApiError(422, "Invalid alias_number parameter, must be an array.")
    if not all(isinstance(each, dict) for each in aliases):
        raise ApiError(422, "Invalid alias_number parameter, must be an array of the hashes.")


def _whole(value: object) -> int:
    number = as_number(perl.text(value))
    return int(number) if number.is_integer() else 0


def _domain_by_name(call: Call, name: str) -> Domain:
    return _visible_domain(call, call.state.directory.domain_named(name))


def _visible_domain(call: Call, domain: Domain | None) -> Domain:
    foreign = domain and call.user.role == "reseller" and domain.reseller_id != call.user.reseller_id
    if domain is None or foreign:
        raise ApiError(422, "Invalid 'domain', doesn't exist.")
    return domain


def _changed(directory: Directory, before: Subscriber, values: Mapping[str, object]) -> Subscriber:
    """Return a subscriber with new values. What is not given is cleared, but for the passwords."""
    is_new = before.id not in directory.all
    if any(len(perl.text(values.get(name))) > most for name, most in _LONGEST.items()):
        raise ApiError(500, "Failed to create subscriber") if is_new else crash()
    passwords = {name: _text_or_none(values[name]) for name in ("password", "webpassword") if name in values}
    # A password for the web is stored as a hash, and from then on never shown.
    hashed = "webpassword" in values and not (is_new and passwords["webpassword"] is None)
    status, number, aliases = values.get("status"), values.get("primary_number"), values.get("alias_numbers")
    return replace(
        before,
        external_id=_text_or_none(values.get("external_id")),
        webusername=_text_or_none(values.get("webusername")),
        administrative=perl.is_true(values.get("administrative")),
        status=_text_or_none(status) or "active",
        details={
            **before.details,
            **{name: _text_or_none(values.get(name)) for name in ("display_name", "email", "timezone")},
            "lock": _lock(before, status, perl.text(values.get("lock")), is_new=is_new),
            "webpassword_hashed": hashed or before.details.get("webpassword_hashed", False),
        },
        number=_with_id(directory, before.id, number) if isinstance(number, dict) and _has_number(number) else None,
        aliases=tuple(_with_id(directory, before.id, each) for each in aliases) if isinstance(aliases, list) else (),
        **passwords,  # type: ignore[arg-type]  # only the two passwords
    )


def _lock(before: Subscriber, status: object, level: str, *, is_new: bool) -> str | None:
    """Return the lock level. To lock a subscriber by its status sets it; a new subscriber may give another one."""
    if status == "locked" != before.status and not (is_new and level):
        return _LOCKED
    return level or None


def _has_number(number: Mapping[str, object]) -> bool:
    return perl.text(number.get("cc")) != ""


def _text_or_none(value: object) -> str | None:
    return None if value is None else perl.text(value)


def _with_id(directory: Directory, owner_id: int, number: Mapping[str, object]) -> tuple[int, str, str, int]:
    """Return a number with its id. A number that was somebody's before keeps the id."""
    cc, ac, sn = (perl.text(number.get(name)) for name in ("cc", "ac", "sn"))
    parts = int(as_number(cc)), ac, sn
    try:
        return (*parts, directory.numbers.id_of(parts, owner_id))
    except NumberTakenError:
        raise ApiError(422, f"Number '{cc}-{ac}-{sn}' already exists.") from None


def _store(call: Call, subscriber: Subscriber, operation: str) -> None:
    """Put a subscriber into the directory and the change into the journal."""
    call.state.directory.put(subscriber)
    call.state.subscriber_changed(subscriber.id)
    content = subscribers.resource(subscriber, call.user.role)
    call.state.journal.add("subscribers", subscriber.id, operation, call.user.name, content)
