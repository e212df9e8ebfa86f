# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscribers: who they are, who may see them, and how the API shows them (docs/ngcp-api.md#roles)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID


@dataclass(slots=True, eq=False)
class Subscriber:
    """Subscriber, with what the API shows of its domain, customer and number."""

    id: int
    username: str
    domain: str
    domain_id: int
    reseller_id: int
    customer_id: int
    customer_external_id: str | None
    external_id: str | None
    uuid: str
    number: tuple[int, str, str, int] | None
    """cc, ac, sn, number_id"""
    webusername: str | None
    webpassword: str | None
    password: str | None
    administrative: bool
    status: str
    aliases: tuple[tuple[int, str, str, int | None], ...] = ()
    """As `number`; what a seed gives may have no id."""
    details: Mapping[str, object] = field(default_factory=dict)
    """Fields that few subscribers have: display_name, email, profile_id, pbx_extension …"""
    created: str = ""
    modified: str = ""
    """Times of creation and of the last change; for those of the seed, the start of the server."""

    @property
    def phone(self) -> str | None:
        """Return the primary number as faxes show it."""
        return f"{self.number[0]}{self.number[1]}{self.number[2]}" if self.number else None

    @property
    def login(self) -> str:
        """Return the name for logins and for the journal."""
        return f"{self.webusername}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Customer:
    """Attributes of a subscriber's customer."""

    id: int
    reseller_id: int
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Domain:
    """Attributes of a subscriber's domain."""

    id: int
    domain: str
    reseller_id: int


def from_seed(entry: Mapping[str, object]) -> Subscriber:
    """Return a subscriber of a seed file. Raises KeyError or TypeError if it is malformed."""
    known = {name: entry[name] for name in _SEED_FIELDS}
    number = entry.get("primary_number")
    aliases = entry.get("alias_numbers", [])
    details = {
        name: entry[name] for name in ("display_name", "email", "profile_id", "pbx_extension", "is_pbx_pilot",
                                       "otp_secret", "password_expired") if name in entry
    }  # fmt: skip
    return Subscriber(
        **known,  # type: ignore[arg-type]  # the seed is data from outside; state.load reports what does not fit
        number=(int(number["cc"]), str(number["ac"]), str(number["sn"]), int(number["number_id"]))
        if isinstance(number, dict)
        else None,
        aliases=tuple((int(each["cc"]), str(each["ac"]), str(each["sn"]), None) for each in _dicts(aliases)),
        details=details,
    )


def _dicts(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise TypeError("alias_numbers must be a list")
    return value


_SEED_FIELDS: Final = (
    "id", "username", "domain", "domain_id", "reseller_id", "customer_id", "customer_external_id", "external_id",
    "uuid", "webusername", "webpassword", "password", "administrative", "status",
)  # fmt: skip

_DOMAINS, _RESELLERS, _CUSTOMER_SIZE = 8, 4, 5
_EMPTY: Mapping[str, object] = {}


def generated(first_id: int, count: int) -> Iterator[Subscriber]:
    """Return generated subscribers: 8 domains of 4 resellers, five subscribers per customer, always the same."""
    domains = [f"gen{index}.example.org" for index in range(1, _DOMAINS + 1)]
    for place in range(count):
        number = first_id + place
        customer = place // _CUSTOMER_SIZE
        domain = customer % _DOMAINS
        name = f"user{number}"
        yield Subscriber(
            id=number,
            username=name,
            domain=domains[domain],
            domain_id=1001 + domain,
            reseller_id=1 + domain % _RESELLERS,
            customer_id=1001 + customer,
            customer_external_id=f"gen-cust-{1 + customer}",
            external_id=f"ext-{number}",
            uuid=str(UUID(int=number << 96 | 0x4000 << 64 | 0x8000 << 48 | number)),
            number=(43, "720", f"{number:07}", number),
            webusername=name,
            webpassword=f"webpass{number}",
            password="secret",
            administrative=place % _CUSTOMER_SIZE == 0,
            status="active",
            details=_EMPTY,
        )


SUBSCRIBER_ROLES: Final = ("subscriberadmin", "subscriber")


@dataclass(frozen=True, slots=True)
class User:
    """Sender of a request."""

    name: str
    role: str
    """admin, reseller or one of the subscribers' roles."""
    id: int
    reseller_id: int = 0
    customer_id: int = 0
    read_only: bool = False


def may_see(user: User, subscriber: Subscriber) -> bool:
    """Return whether a user may see a subscriber: resellers theirs, subscriber admins their customer's, others
    themselves.
    """
    if user.role == "reseller":
        return subscriber.reseller_id == user.reseller_id
    if user.role == "subscriberadmin":
        return subscriber.customer_id == user.customer_id
    return user.role == "admin" or subscriber.id == user.id


_HIDDEN: Final = (
    "create_timestamp", "external_id", "lock", "profile_id", "profile_set_id", "status", "uuid", "webpassword",
)  # fmt: skip
"""Fields that subscribers cannot see, not even their own."""


def _alias(cc: int, ac: str, sn: str, number_id: int | None) -> dict[str, object]:
    known = {} if number_id is None else {"number_id": number_id, "is_devid": False}
    return {"cc": cc, "ac": ac, "sn": sn} | known


def resource(subscriber: Subscriber, role: str) -> dict[str, object]:
    """Return a subscriber as the API shows it to a role."""
    number, details = subscriber.number, subscriber.details
    shown = {
        "administrative": subscriber.administrative,
        "alias_numbers": [_alias(*alias) for alias in subscriber.aliases],
        "create_timestamp": subscriber.created,
        "customer_id": subscriber.customer_id,
        "display_name": details.get("display_name"),
        "domain": subscriber.domain,
        "domain_id": subscriber.domain_id,
        "email": details.get("email"),
        "external_id": subscriber.external_id,
        "id": subscriber.id,
        "lock": details.get("lock"),
        "modify_timestamp": subscriber.modified,
        "password": subscriber.password,
        "primary_number": {"cc": number[0], "ac": number[1], "sn": number[2], "number_id": number[3]}
        if number
        else None,
        "profile_id": details.get("profile_id"),
        "profile_set_id": None,
        "status": subscriber.status,
        "timezone": details.get("timezone"),
        "username": subscriber.username,
        "uuid": subscriber.uuid,
        "webpassword": subscriber.webpassword,
        "webusername": subscriber.webusername,
    }
    if details.get("webpassword_hashed"):
        # A password that was set through the API is stored as a hash, which the server does not show.
        del shown["webpassword"]
    if role in SUBSCRIBER_ROLES:
        hidden = _HIDDEN if role == "subscriberadmin" else (*_HIDDEN, "customer_id")
        shown = {name: value for name, value in shown.items() if name not in hidden}
    return shown
