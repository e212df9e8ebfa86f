# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the journal of sent and received faxes (docs/ngcp-api.md#reading-faxes).

The server writes times without a zone. It reads them in its own, which it does not name, whatever zone is requested.
So times are requested in UTC; a window is requested more than a day wider on both sides and filtered here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, timezone

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import error_mapping, pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Collection, Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import fax_fields
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import Window
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import group

PATH = "/api/faxes/"
NEWEST_FIRST = {"order_by": "id", "order_by_direction": "desc"}
# No time zone is further from UTC.
WIDEST_ZONE = timedelta(days=1)
# Summer time begins at night, and leaves out an hour: the server crashes if it is asked for a time in that hour.
NOON = time(12)
# A zone whose offset never changes, to find out whether the server knows zones.
PROBE_ZONE, PROBE_OFFSET = "Asia/Tokyo", timedelta(hours=9)
TOO_OLD = "The server's release is too old for that: leave the option out."


@dataclass(frozen=True)
class FaxSelection:
    """The options that select faxes of the journal."""

    selector: Selector = field(default=Selector(), metadata=group(Selector))
    """The subscriber whose faxes are selected; all subscribers if it is empty."""
    window: Window = field(default=Window(), metadata=group(Window))
    caller: str | None = None
    callee: str | None = None


@dataclass(frozen=True)
class FaxFilter:
    """Conditions that a fax must meet; None means any. Times are in UTC."""

    subscriber: Subscriber | None = None
    since: datetime | None = None
    """The earliest time."""
    until: datetime | None = None
    """The time before which the fax must be."""
    direction: str | None = None
    status: str | None = None
    """In upper case."""
    caller: str | None = None
    callee: str | None = None

    def params(self) -> JsonObject:
        """Return the query parameters for the filters that the server knows; it would ignore others."""
        params: JsonObject = dict(NEWEST_FIRST)
        if self.subscriber:
            params["subscriber_id"] = self.subscriber.id
        if self.since:
            params["time_from"] = times.to_server(_noon_before(self.since))
        if self.until:
            params["time_to"] = times.to_server(_noon_after(self.until))
        return params

    @property
    def filters_here(self) -> bool:
        """True if the server also sends faxes that do not match."""
        return any((self.since, self.until, self.direction, self.status, self.caller, self.callee))

    def may_match(self, fax: JsonMapping, odd: Mapping[str, str]) -> bool:
        """Return True if a fax may match, although its fields in `odd` cannot be read."""
        decisive = {
            "id": True,
            "subscriber_id": self.subscriber,
            "time": self.since or self.until,
            **{name: getattr(self, name) for name in ("direction", "status", "caller", "callee")},
        }
        return any(decisive.get(name) for name in odd) or self.matches({**fax, **dict.fromkeys(odd)})

    def matches(self, fax: JsonMapping) -> bool:
        """Return True if a fax, read in UTC, matches. Raises `NotNgcp` if the server ignored the subscriber."""
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


def make_filter(client: Client, selection: FaxSelection) -> FaxFilter:
    """Make the filter that a task's options describe; look up the subscriber if they name one."""
    at = times.now()
    window = selection.window
    return FaxFilter(
        subscriber=subscribers.find(client, selection.selector) if selection.selector else None,
        since=times.moment(window.since, at) if window.since else None,
        until=times.moment(window.until, at) if window.until else None,
        direction=window.direction,
        status=str(window.status).upper() if window.status else None,
        caller=selection.caller,
        callee=selection.callee,
    )


def get(client: Client, fax_id: int) -> JsonObject:
    """Return one fax, its time in UTC. Raises `NotFound` if there is none, and `Unreadable` or `NotNgcp` if the server
    sends something else.
    """
    fax = read_one(client, fax_id)
    check_zone(client, fax)
    return fax


def read_one(client: Client, fax_id: int, zone: str = "UTC") -> JsonObject:
    """Return one fax, its time in `zone` if the server knows zones. Raises like `get`."""
    try:
        fax = client.get(f"{PATH}{fax_id}", {"tz": zone})
    except NotFound as error:
        raise NotFound(
            f"There is no fax {fax_id}",
            "Check the id; it may be deleted, and those of another reseller's subscribers are not found either.",
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
    client: Client, wanted: FaxFilter, paging: Paging, limit: int | None = None
) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes that match, newest first, at most `limit`, with times in UTC, and an error for each unreadable
    one that may match. Raises `NotNgcp` if the server ignores the order or the zone.
    """
    unreadable: dict[str, FaxError] = {}

    def refuse(fax: JsonObject, odd: Mapping[str, str]) -> None:
        error = fax_fields.unreadable(fax, odd)
        unreadable[str(error)] = error

    def on_item(fax: JsonObject) -> JsonObject | None:
        odd = fax_fields.oddities(fax)
        if not odd and pagination.identity(fax) != str(fax["id"]):
            odd = {"id": "differs from the one in its link"}
        if odd and wanted.may_match(fax, odd):
            refuse(fax, odd)
        return None if odd or not wanted.matches(fax) else {**fax, "id": int(fax["id"])}

    if limit and not wanted.filters_here:
        paging = replace(paging, page_size=min(paging.page_size, limit))
    collection = Collection(
        client,
        "faxes",
        {**wanted.params(), "tz": "UTC"},
        paging,
        on_nameless=lambda fax: refuse(fax, fax_fields.oddities(fax)),
    )
    found = collection.read(on_item, limit)
    ids = [int(fax["id"]) for fax in found]
    if ids != sorted(ids, reverse=True):
        raise NotNgcp("The journal is not in the order that was asked for", TOO_OLD, "GET", PATH)
    if found:
        check_zone(client, found[0])
    return found, list(unreadable.values())


def check_zone(client: Client, fax: JsonMapping) -> None:
    """Raise `NotNgcp` unless the time of `fax` is in UTC, as requested: a server that does not know zones ignores the
    request.
    """
    try:
        probe_time = times.from_server(read_one(client, int(fax["id"]), PROBE_ZONE).get("time"))
    except NotFound:  # deleted meanwhile
        return
    utc_time = times.from_server(fax.get("time"))
    if utc_time and probe_time and probe_time - utc_time != PROBE_OFFSET:
        raise NotNgcp("The server does not give times in the zone that was asked for", TOO_OLD, "GET", PATH)


def check_owner(fax: JsonMapping, subscriber: Subscriber | None) -> None:
    """Raise `NotNgcp` if the faxes of `subscriber` were requested and this is another's."""
    if subscriber and str(fax.get("subscriber_id")) != str(subscriber.id):
        raise NotNgcp(
            "The journal answers with another subscriber's fax",
            "The server does not know this filter: its release is too old to tell whose a fax is.",
            "GET",
            PATH,
        )


def caller(fax: JsonMapping) -> str:
    """Return the number that a fax came from; older releases show only the peer's."""
    return str(fax.get("caller") or (fax.get("peer_number") if fax.get("direction") == "in" else "") or "")


def callee(fax: JsonMapping) -> str:
    """Return the number that a fax went to; older releases show only the peer's."""
    return str(fax.get("callee") or (fax.get("peer_number") if fax.get("direction") != "in" else "") or "")


def peer(fax: JsonMapping) -> str:
    """Return the number at the other end."""
    return caller(fax) if fax.get("direction") == "in" else callee(fax)


def digits(number: str) -> str:
    """Return a number's digits without leading zeros, to compare numbers written in different ways; a name in lower
    case.
    """
    if re.search(r"[^\W\d_]", number):
        return number.casefold()
    return re.sub(r"\D", "", number).lstrip("0") or number


def number_key(number: str) -> str:
    """Return a number without punctuation; unlike in `digits`, leading zeros and a + make it another number."""
    return re.sub(r"[^\w+*#]|_", "", number) or number


def as_result(fax: JsonMapping) -> JsonObject:
    """Return a fax, read in UTC, as results show it: without links, and with `time_iso`, its time in ISO 8601."""
    at = times.from_server(fax.get("time"))
    own = {name: value for name, value in fax.items() if not name.startswith("_")}
    return {**own, "time_iso": times.iso(at) if at else None}


def _noon_before(at: datetime) -> datetime:
    """Return the last noon that is at least a day before `at`, or `at` itself if that is beyond the calendar."""
    try:
        earliest = at - WIDEST_ZONE
        noon = datetime.combine(earliest, NOON, timezone.utc)
        return noon if noon <= earliest else noon - timedelta(days=1)
    except OverflowError:
        return at


def _noon_after(at: datetime) -> datetime:
    """Return the first noon that is at least a day after `at`, or `at` itself if that is beyond the calendar."""
    try:
        latest = at + WIDEST_ZONE
        noon = datetime.combine(latest, NOON, timezone.utc)
        return noon if noon >= latest else noon + timedelta(days=1)
    except OverflowError:
        return at
