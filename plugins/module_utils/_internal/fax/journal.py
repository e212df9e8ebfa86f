# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of sent and received faxes (docs/ngcp-api.md#reading-faxes).

The server writes times without a zone, and reads them in one that it does not tell. So times are asked for in UTC, a
window is asked for a day wider than wanted, and cut here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import error_mapping, pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import fax_fields
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR, Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import read_options

PATH = "/api/faxes/"
NEWEST_FIRST = {"order_by": "id", "order_by_direction": "desc"}
# No zone is further away from UTC.
WIDEST_ZONE = timedelta(days=1)
# A zone that has been the same for ever, to see whether the server knows about zones.
PROBE_ZONE, PROBE_OFFSET = "Asia/Tokyo", timedelta(hours=9)
# How many are shown of too many.
SAMPLE = 20
TOO_OLD = "The server's release is too old for that: leave the option out."


@dataclass(frozen=True)
class FaxFilter:
    """Which faxes are meant; None for all. Times in UTC: from `since` on, and before `until`."""

    subscriber: Subscriber | None = None
    since: datetime | None = None
    until: datetime | None = None
    direction: str | None = None
    status: str | None = None
    caller: str | None = None
    callee: str | None = None

    def params(self) -> dict[str, Any]:
        """What the server can filter by; the rest it would ignore."""
        params: dict[str, Any] = dict(NEWEST_FIRST)
        if self.subscriber:
            params["subscriber_id"] = self.subscriber.id
        if self.since:
            params["time_from"] = times.to_server(_shifted(self.since, -WIDEST_ZONE))
        if self.until:
            params["time_to"] = times.to_server(_shifted(self.until, WIDEST_ZONE))
        return params

    @property
    def filtered_here(self) -> bool:
        """Whether the server sends faxes that are not meant."""
        return any((self.since, self.until, self.direction, self.status, self.caller, self.callee))

    def may_have(self, fax: Mapping[str, Any], odd: Mapping[str, str]) -> bool:
        """Return whether a fax may be meant of which these fields cannot be read."""
        decides = {
            "id": True,
            "subscriber_id": self.subscriber,
            "time": self.since or self.until,
            **{name: getattr(self, name) for name in ("direction", "status", "caller", "callee")},
        }
        return any(decides.get(name) for name in odd) or self.has({**fax, **dict.fromkeys(odd)})

    def has(self, fax: Mapping[str, Any]) -> bool:
        """Whether a fax, read in UTC, is meant. Raises `NotNgcp` if the server ignored the subscriber."""
        check_owner(fax, self.subscriber)
        at = times.from_server(fax.get("time"))
        if (self.since or self.until) and at is None:
            return False
        return (
            (self.since is None or at is None or at >= self.since)
            and (self.until is None or at is None or at < self.until)
            and self.direction in (None, fax.get("direction"))
            and self.status in (None, str(fax.get("status")).upper())
            and (self.caller is None or digits(self.caller) == digits(caller(fax)))
            and (self.callee is None or digits(self.callee) == digits(callee(fax)))
        )


def wanted(client: Client, options: Mapping[str, Any]) -> FaxFilter:
    """Which faxes `options` mean; looks up the subscriber if there is one."""
    at = times.now()
    named = any(name in options for name in SELECTOR)
    moments = {name: times.moment(options[name], at) for name in ("since", "until") if options.get(name)}
    return FaxFilter(
        subscriber=subscribers.find(client, read_options(Selector, options)) if named else None,
        direction=options.get("direction"),
        status=str(options["status"]).upper() if options.get("status") else None,
        caller=options.get("caller"),
        callee=options.get("callee"),
        **moments,
    )


def get(client: Client, fax_id: int) -> JsonObject:
    """One fax, its time in UTC. Raises `NotFound`."""
    fax = one(client, fax_id)
    check_zone(client, fax)
    return fax


def one(client: Client, fax_id: int, zone: str = "UTC") -> JsonObject:
    """One fax, its time in `zone` if the server knows about zones. Raises `NotFound`."""
    try:
        fax = client.get(f"{PATH}{fax_id}", {"tz": zone})
    except NotFound as error:
        raise NotFound(
            f"There is no fax {fax_id}",
            "Check the id; it may be deleted, and one of another reseller's subscriber is not found either.",
            error.method,
            error.path,
            error.status,
        ) from error
    odd = fax_fields.oddities(fax)
    if odd:
        raise fax_fields.unreadable(fax, odd, fax_id)
    if int(fax["id"]) != fax_id:
        what = f"Asked for fax {fax_id}, the server answered with {fax['id']}"
        raise NotNgcp(what, error_mapping.NO_CACHE, "GET", f"{PATH}{fax_id}")
    return {**fax, "id": fax_id}


def read(
    client: Client, which: FaxFilter, paging: Paging, limit: int | None = None
) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes that are meant, newest first, at most `limit`, their times in UTC; and an error for each that
    may be meant and cannot be read.
    """
    unreadable: dict[str, FaxError] = {}

    def refuse(fax: JsonObject, odd: Mapping[str, str]) -> None:
        error = fax_fields.unreadable(fax, odd)
        unreadable[str(error)] = error

    def take(fax: JsonObject) -> JsonObject | None:
        odd = fax_fields.oddities(fax)
        if not odd and pagination.identity(fax) != str(fax["id"]):
            odd = {"id": "is another one than in its link"}
        if odd and which.may_have(fax, odd):
            refuse(fax, odd)
        return None if odd or not which.has(fax) else {**fax, "id": int(fax["id"])}

    if limit and not which.filtered_here:
        paging = replace(paging, page_size=min(paging.page_size, limit))
    found = pagination.read(
        client,
        "faxes",
        {**which.params(), "tz": "UTC"},
        paging,
        take,
        limit,
        on_nameless=lambda fax: refuse(fax, fax_fields.oddities(fax)),
    )
    ids = [int(fax["id"]) for fax in found]
    if ids != sorted(ids, reverse=True):
        raise NotNgcp("The journal is not in the order that was asked for", TOO_OLD, "GET", PATH)
    if found:
        check_zone(client, found[0])
    return found, list(unreadable.values())


def check_zone(client: Client, fax: Mapping[str, Any]) -> None:
    """Raise `NotNgcp` unless the time of `fax`, which was asked for in UTC, is in UTC: unknown options are ignored."""
    try:
        there = times.from_server(one(client, int(fax["id"]), PROBE_ZONE).get("time"))
    except NotFound:  # deleted meanwhile
        return
    here = times.from_server(fax.get("time"))
    if here and there and there - here != PROBE_OFFSET:
        raise NotNgcp("The server does not give times in the zone that was asked for", TOO_OLD, "GET", PATH)


def check_owner(fax: Mapping[str, Any], subscriber: Subscriber | None) -> None:
    if subscriber and str(fax.get("subscriber_id")) != str(subscriber.id):
        raise NotNgcp(
            "The journal answers with another subscriber's fax",
            "The server does not know this filter: its release is too old to tell whose a fax is.",
            "GET",
            PATH,
        )


def caller(fax: Mapping[str, Any]) -> str:
    """The number that a fax came from; older releases have the peer's only."""
    return str(fax.get("caller") or (fax.get("peer_number") if fax.get("direction") == "in" else "") or "")


def callee(fax: Mapping[str, Any]) -> str:
    """The number that a fax went to; older releases have the peer's only."""
    return str(fax.get("callee") or (fax.get("peer_number") if fax.get("direction") != "in" else "") or "")


def peer(fax: Mapping[str, Any]) -> str:
    """The number at the other end."""
    return caller(fax) if fax.get("direction") == "in" else callee(fax)


def digits(number: str) -> str:
    """A number without punctuation and without the zeros that a prefix begins with; a name is compared as it is."""
    if re.search(r"[^\W\d_]", number):
        return number.casefold()
    return re.sub(r"\D", "", number).lstrip("0") or number


def number_key(number: str) -> str:
    """What two ways to write a number have in common: no punctuation; a prefix's zeros and + make a difference."""
    return re.sub(r"[^\w+*#]|_", "", number) or number


def shown(fax: Mapping[str, Any]) -> JsonObject:
    """A fax, read in UTC, without links, and with its time in ISO 8601 too."""
    at = times.from_server(fax.get("time"))
    own = {name: value for name, value in fax.items() if not name.startswith("_")}
    return {**own, "time_iso": times.iso(at) if at else None}


def _shifted(at: datetime, by: timedelta) -> datetime:
    """`at` moved by `by`, as far as the calendar goes."""
    try:
        return at + by
    except OverflowError:
        return at
