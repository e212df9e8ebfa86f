# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscribers: who they are, who may see them, and how they are found (ngcp-api.md, Authentication and Collections)."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from .database import as_number, collate, like, like_literal


@dataclass(slots=True, eq=False)
class Subscriber:
    """One subscriber with what the API shows of its domain, customer and number."""

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
    aliases: tuple[tuple[int, str, str], ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """Fields that few have: display_name, email, profile_id, pbx_extension …"""
    created: str = ""
    """When it was made, and last changed: at the start of the server."""

    @property
    def phone(self) -> str | None:
        """The primary number as faxes show it."""
        return "".join(map(str, self.number[:3])) if self.number else None

    @property
    def login(self) -> str:
        """How it logs in, and how the journal names it."""
        return f"{self.webusername}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Domain:
    """What subscribers have behind the @."""

    id: int
    domain: str
    reseller_id: int


def from_seed(entry: Mapping[str, object]) -> Subscriber:
    """A subscriber of a seed file; KeyError or TypeError if it lacks something."""
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
        aliases=tuple((int(each["cc"]), str(each["ac"]), str(each["sn"])) for each in _dicts(aliases)),
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
    """Further active subscribers: 8 domains of 4 resellers, five to a customer. The same ones for the same numbers."""
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
    """Who sent a request."""

    name: str
    role: str
    """admin, reseller or one of the subscribers' roles"""
    id: int
    reseller_id: int = 0
    customer_id: int = 0
    read_only: bool = False


_Test = Callable[[Subscriber], bool]
_EXACT_INDEXES: Final = ("username", "external_id", "customer_external_id", "domain")


class Directory:
    """All subscribers, with the lists that a user may see. Terminated ones are as good as absent."""

    def __init__(self, subscribers: Iterable[Subscriber], created: str) -> None:
        self.all = {each.id: each for each in sorted(subscribers, key=lambda each: each.id)}
        for each in self.all.values():
            each.created = created
        domains = {each.domain_id: Domain(each.domain_id, each.domain, each.reseller_id) for each in self.all.values()}
        self.domains = dict(sorted(domains.items()))
        """By id, those of terminated subscribers as well."""
        self._active = [each for each in self.all.values() if each.status != "terminated"]
        self._by_reseller: dict[int, list[Subscriber]] = defaultdict(list)
        self._by_customer: dict[int, list[Subscriber]] = defaultdict(list)
        for each in self._active:
            self._by_reseller[each.reseller_id].append(each)
            self._by_customer[each.customer_id].append(each)
        self._indexes: dict[str, dict[str, list[Subscriber]]] = {}

    def visible(self, user: User) -> Sequence[Subscriber]:
        """What a user may see, by id."""
        if user.role == "admin":
            return self._active
        if user.role == "reseller":
            return self._by_reseller.get(user.reseller_id, [])
        if user.role == "subscriberadmin":
            return self._by_customer.get(user.customer_id, [])
        return [self.all[user.id]]

    def get(self, user: User, subscriber_id: int) -> Subscriber | None:
        """One subscriber, unless it is terminated or another's."""
        found = self.all.get(subscriber_id)
        return found if found and found.status != "terminated" and may_see(user, found) else None

    def by_login(self, webusername: str, domain: str) -> Subscriber | None:
        """The active subscriber that logs in by this name."""
        found = self._index("login").get(collate(f"{webusername}@{domain}"), [])
        return next((each for each in found if each.status == "active" and each.webusername), None)

    def find(self, user: User, query: Mapping[str, str]) -> Sequence[Subscriber]:
        """Apply the filters of a query; unknown ones are ignored (ngcp-api.md, Collections)."""
        found: Sequence[Subscriber] | None = None
        for name, value in query.items():
            test = FILTERS.get(name)
            if test is None:
                continue
            pattern = sql_pattern(value)
            if found is None:
                found = self._exact(user, name, pattern)
                if found is not None:
                    continue
                found = self.visible(user)
            matches = test(pattern)
            found = [each for each in found if matches(each)]
        return self.visible(user) if found is None else found

    def _exact(self, user: User, name: str, pattern: str | None) -> list[Subscriber] | None:
        """The answer of an index, where there is one for the filter and the pattern has no wildcard."""
        attribute = {"subscriber_external_id": "external_id"}.get(name, name)
        literal = None if pattern is None else like_literal(pattern)
        # LIKE heeds blanks at the end, an index does not.
        if attribute not in _EXACT_INDEXES or literal is None or literal.endswith(" "):
            return None
        return [each for each in self._index(attribute).get(collate(literal), []) if may_see(user, each)]

    def _index(self, attribute: str) -> dict[str, list[Subscriber]]:
        if attribute not in self._indexes:
            index: dict[str, list[Subscriber]] = defaultdict(list)
            for each in self._active:
                value = getattr(each, attribute)
                if value is not None:
                    index[collate(value)].append(each)
            self._indexes[attribute] = dict(index)
        return self._indexes[attribute]


def may_see(user: User, subscriber: Subscriber) -> bool:
    """Resellers see their own, subscriber admins their customer's, subscribers themselves."""
    if user.role == "reseller":
        return subscriber.reseller_id == user.reseller_id
    if user.role == "subscriberadmin":
        return subscriber.customer_id == user.customer_id
    return user.role == "admin" or subscriber.id == user.id


def sql_pattern(value: str) -> str | None:
    """What the server makes of a filter's value: `*` becomes `%`, NULL asks for no value at all."""
    return None if value == "NULL" else value.replace("*", "%")


def _text(read: Callable[[Subscriber], str | None], *, around: str = "") -> Callable[[str | None], _Test]:
    """A filter by LIKE; `around` is what the server puts before and behind the value."""

    def build(pattern: str | None) -> _Test:
        if pattern is None and not around:
            return lambda each: read(each) is None
        matches = like(around + (pattern or "") + around)
        return lambda each: matches(read(each))

    return build


def _number(read: Callable[[Subscriber], object]) -> Callable[[str | None], _Test]:
    """A filter by a number."""

    def build(pattern: str | None) -> _Test:
        wanted = None if pattern is None else as_number(pattern)
        return lambda each: read(each) == wanted

    return build


def _flag(read: Callable[[Subscriber], object]) -> Callable[[str | None], _Test]:
    """A filter by yes or no: everything but nothing, "" and "0" is a yes in the server's language."""
    return lambda pattern: lambda each: bool(read(each)) == (pattern not in (None, "", "0"))


def _created(fits: Callable[[str, str], bool]) -> Callable[[str | None], _Test]:
    """A filter by the time of creation or change."""
    return lambda pattern: lambda each: pattern is not None and fits(each.created, pattern)


def _detail(name: str) -> Callable[[Subscriber], str | None]:
    def read(each: Subscriber) -> str | None:
        value = each.details.get(name)
        return None if value is None else str(value)

    return read


def _alias(pattern: str | None) -> _Test:
    """Any number of the subscriber, the primary one too, that contains the value."""
    matches = like(f"%{pattern or ''}%")
    return lambda each: matches(each.phone) or any(matches("".join(map(str, alias))) for alias in each.aliases)


FILTERS: Final[Mapping[str, Callable[[str | None], _Test]]] = {
    "username": _text(lambda each: each.username),
    "domain": _text(lambda each: each.domain),
    "webusername": _text(lambda each: each.webusername),
    "subscriber_external_id": _text(lambda each: each.external_id),
    "customer_external_id": _text(lambda each: each.customer_external_id),
    "customer_id": _number(lambda each: each.customer_id),
    "reseller_id": _number(lambda each: each.reseller_id),
    "contact_id": _number(lambda each: None),
    "profile_id": _number(lambda each: each.details.get("profile_id")),
    "alias": _alias,
    "primary_number": _text(lambda each: each.phone, around="%"),
    "pbx_extension": _text(_detail("pbx_extension"), around="%"),
    "display_name": _text(_detail("display_name"), around="%"),
    "is_pbx_pilot": _flag(lambda each: each.details.get("is_pbx_pilot")),
    "is_pbx_group": _flag(lambda each: False),
    "is_admin": _flag(lambda each: each.administrative),
    "create_timestamp_gt": _created(operator.ge),
    "create_timestamp_lt": _created(operator.le),
    "modify_timestamp_gt": _created(operator.ge),
    "modify_timestamp_lt": _created(operator.le),
}

ORDER: Final[Mapping[str, Callable[[Subscriber], object]]] = {
    "id": lambda each: each.id,
    "username": lambda each: collate(each.username),
    "domain_id": lambda each: each.domain_id,
    "contract_id": lambda each: each.customer_id,
    "primary_number_id": lambda each: each.number[3] if each.number else 0,
    "external_id": lambda each: collate(each.external_id or ""),
    "uuid": lambda each: each.uuid,
    "status": lambda each: each.status,
}
"""Columns that `order_by` knows; others are ignored."""


_HIDDEN: Final = (
    "domain_id", "external_id", "lock", "password", "profile_id", "profile_set_id", "status", "uuid", "webpassword",
)  # fmt: skip
"""What subscribers do not see, not even of themselves."""


def resource(subscriber: Subscriber, role: str) -> dict[str, object]:
    """A subscriber as the API shows it to a user of that role."""
    number, details = subscriber.number, subscriber.details
    shown = {
        "administrative": subscriber.administrative,
        "alias_numbers": [{"cc": cc, "ac": ac, "sn": sn} for cc, ac, sn in subscriber.aliases],
        "create_timestamp": subscriber.created,
        "customer_id": subscriber.customer_id,
        "display_name": details.get("display_name"),
        "domain": subscriber.domain,
        "domain_id": subscriber.domain_id,
        "email": details.get("email"),
        "external_id": subscriber.external_id,
        "id": subscriber.id,
        "lock": None,
        "modify_timestamp": subscriber.created,
        "password": subscriber.password,
        "primary_number": {"cc": number[0], "ac": number[1], "sn": number[2], "number_id": number[3]}
        if number
        else None,
        "profile_id": details.get("profile_id"),
        "profile_set_id": None,
        "status": subscriber.status,
        "timezone": None,
        "username": subscriber.username,
        "uuid": subscriber.uuid,
        "webpassword": subscriber.webpassword,
        "webusername": subscriber.webusername,
    }
    if role in SUBSCRIBER_ROLES:
        hidden = _HIDDEN if role == "subscriberadmin" else (*_HIDDEN, "customer_id")
        shown = {name: value for name, value in shown.items() if name not in hidden}
    return shown


def text_matcher(value: str) -> Callable[[object], bool]:
    """What a filter by LIKE with this value matches."""
    pattern = sql_pattern(value)
    if pattern is None:
        return lambda each: each is None
    matches = like(pattern)
    return lambda each: matches(None if each is None else str(each))
