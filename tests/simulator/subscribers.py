# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscribers: who they are, who may see them, and how they are found.

Sources: docs/ngcp-api.md#roles, docs/ngcp-api.md#filters.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from uuid import UUID

from .database import as_number, collate, fold, like, like_folded, like_start


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
    aliases: tuple[tuple[int, str, str], ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """Fields that few subscribers have: display_name, email, profile_id, pbx_extension …"""
    created: str = ""
    """Times of creation and last change: the start of the server."""

    @property
    def phone(self) -> str | None:
        """Return the primary number as faxes show it."""
        return f"{self.number[0]}{self.number[1]}{self.number[2]}" if self.number else None

    @property
    def login(self) -> str:
        """Return the name for logins and for the journal."""
        return f"{self.webusername}@{self.domain}"


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


_Test = Callable[[Subscriber], bool]
_TEXTS: Final[Mapping[str, Callable[[Subscriber], str | None]]] = {
    "username": lambda each: each.username,
    "domain": lambda each: each.domain,
    "webusername": lambda each: each.webusername,
    "subscriber_external_id": lambda each: each.external_id,
    "customer_external_id": lambda each: each.customer_external_id,
}
"""Filters by a whole text."""
_NUMBERS: Final[Mapping[str, Callable[[Subscriber], Iterable[str | None]]]] = {
    "primary_number": lambda each: (each.phone,),
    "alias": lambda each: (each.phone, *("".join(map(str, alias)) for alias in each.aliases)),
}
"""Filters by a part of a number."""
_FOUND_CACHE: Final = 32


class _Index:
    """Subscribers by one of their texts, as LIKE compares it, or as `key` converts it."""

    def __init__(
        self,
        subscribers: Iterable[Subscriber],
        read: Callable[[Subscriber], Iterable[str | None]],
        key: Callable[[str], str] = fold,
    ) -> None:
        self._by_key: dict[str, list[Subscriber]] = {}
        for each in subscribers:
            for text in read(each):
                if text is not None:
                    self._by_key.setdefault(key(text), []).append(each)
        self._keys = sorted(self._by_key)

    def get(self, key: str) -> Sequence[Subscriber]:
        """Return the subscribers with this text, by id."""
        return self._by_key.get(key, ())

    def like(self, pattern: str) -> Sequence[Subscriber]:
        """Return the subscribers whose text matches a pattern, by id. Looks only at texts with its prefix."""
        start, _unused = like_start(pattern)
        keys = self._keys
        if start:
            end = start[:-1] + chr(ord(start[-1]) + 1)
            keys = keys[bisect_left(keys, start) : bisect_left(keys, end)]
        matches = like_folded(pattern)
        found = {each for key in keys if matches(key) for each in self._by_key[key]}
        return sorted(found, key=lambda each: each.id)


class Directory:
    """All subscribers, with the lists that a user may see. Terminated ones are as good as absent.

    Nobody changes them, so what was found once is right for good: the next page of a search costs no search.
    """

    def __init__(self, subscribers: Iterable[Subscriber], created: str) -> None:
        self.all = {each.id: each for each in sorted(subscribers, key=lambda each: each.id)}
        for each in self.all.values():
            each.created = created
        domains = {each.domain_id: Domain(each.domain_id, each.domain, each.reseller_id) for each in self.all.values()}
        self.domains = dict(sorted(domains.items()))
        """Domains by id, including those of terminated subscribers."""
        self._active = [each for each in self.all.values() if each.status != "terminated"]
        self._by_reseller: dict[int, list[Subscriber]] = defaultdict(list)
        self._by_customer: dict[int, list[Subscriber]] = defaultdict(list)
        for each in self._active:
            self._by_reseller[each.reseller_id].append(each)
            self._by_customer[each.customer_id].append(each)
        self._indexes: dict[str, _Index] = {}
        self._logins: _Index | None = None
        self._find_again = lru_cache(maxsize=_FOUND_CACHE)(self._find)

    def visible(self, user: User) -> Sequence[Subscriber]:
        """Return the subscribers that a user may see, by id."""
        if user.role == "admin":
            return self._active
        if user.role == "reseller":
            return self._by_reseller.get(user.reseller_id, [])
        if user.role == "subscriberadmin":
            return self._by_customer.get(user.customer_id, [])
        return [self.all[user.id]]

    def get(self, user: User, subscriber_id: int) -> Subscriber | None:
        """Return one subscriber, unless it is terminated or the user may not see it."""
        found = self.all.get(subscriber_id)
        return found if found and found.status != "terminated" and may_see(user, found) else None

    def by_login(self, webusername: str, domain: str) -> Subscriber | None:
        """Return the active subscriber that logs in with this name."""
        if self._logins is None:
            self._logins = _Index(self._active, lambda each: (each.login,), collate)
        found = self._logins.get(collate(f"{webusername}@{domain}"))
        return next((each for each in found if each.status == "active" and each.webusername), None)

    def find(self, user: User, query: Mapping[str, str]) -> Sequence[Subscriber]:
        """Apply the filters of a query: docs/ngcp-api.md#unknown-parameters-are-ignored."""
        filters = tuple((name, sql_pattern(value)) for name, value in query.items() if name in FILTERS)
        return self._find_again(user, filters) if filters else self.visible(user)

    def _find(self, user: User, filters: tuple[tuple[str, str | None], ...]) -> Sequence[Subscriber]:
        answers = [(each, found) for each in filters if (found := self._exact(*each)) is not None]
        if not answers:
            # One index is enough: few subscribers remain after it.
            text = next((each for each in filters if _is_text(*each)), None)
            answers = [(text, self._like(*text))] if text else []
        chosen, found = min(answers, key=lambda each: len(each[1]), default=(None, self.visible(user)))
        if chosen is not None and user.role != "admin":
            found = [each for each in found if may_see(user, each)]
        for each_filter in filters:
            if each_filter is not chosen:
                matches = FILTERS[each_filter[0]](each_filter[1])
                found = [each for each in found if matches(each)]
        return found

    def _exact(self, name: str, pattern: str | None) -> Sequence[Subscriber] | None:
        """Return the result of a filter if an index has it."""
        if pattern is None:
            return None
        if name in ("customer_id", "reseller_id"):
            groups, number = self._by_customer if name == "customer_id" else self._by_reseller, as_number(pattern)
            return groups.get(int(number), ()) if number.is_integer() else ()
        start, whole = like_start(pattern)
        return self._index(name).get(start) if whole and name in _TEXTS else None

    def _like(self, name: str, pattern: str | None) -> Sequence[Subscriber]:
        """Return the result of a filter from the texts of its index."""
        return self._index(name).like(f"%{pattern or ''}%" if name in _NUMBERS else pattern or "")

    def _index(self, name: str) -> _Index:
        if name not in self._indexes:
            read = _NUMBERS[name] if name in _NUMBERS else _one(_TEXTS[name])
            self._indexes[name] = _Index(self._active, read)
        return self._indexes[name]


def _one(read: Callable[[Subscriber], str | None]) -> Callable[[Subscriber], Iterable[str | None]]:
    return lambda each: (read(each),)


def _is_text(name: str, pattern: str | None) -> bool:
    """Return whether the index of a filter has its result; it does not know subscribers without a text."""
    return name in _NUMBERS or (name in _TEXTS and pattern is not None)


def may_see(user: User, subscriber: Subscriber) -> bool:
    """Return whether a user may see a subscriber: resellers theirs, subscriber admins their customer's, others
    themselves.
    """
    if user.role == "reseller":
        return subscriber.reseller_id == user.reseller_id
    if user.role == "subscriberadmin":
        return subscriber.customer_id == user.customer_id
    return user.role == "admin" or subscriber.id == user.id


def sql_pattern(value: str) -> str | None:
    """Return a filter's value as the server reads it: `*` becomes `%`, and NULL matches subscribers without a value."""
    return None if value == "NULL" else value.replace("*", "%")


def _text(read: Callable[[Subscriber], str | None], *, around: str = "") -> Callable[[str | None], _Test]:
    """Return a filter by LIKE. `around` is what the server puts before and after the value."""

    def build(pattern: str | None) -> _Test:
        if pattern is None and not around:
            return lambda each: read(each) is None
        matches = like(around + (pattern or "") + around)
        return lambda each: matches(read(each))

    return build


def _number(read: Callable[[Subscriber], object]) -> Callable[[str | None], _Test]:
    """Return a filter by a number."""

    def build(pattern: str | None) -> _Test:
        wanted = None if pattern is None else as_number(pattern)
        return lambda each: read(each) == wanted

    return build


def _flag(read: Callable[[Subscriber], object]) -> Callable[[str | None], _Test]:
    """Return a filter by a truth value: in the server's language, all but nothing, "" and "0" is true."""
    return lambda pattern: lambda each: bool(read(each)) == (pattern not in (None, "", "0"))


def _created(fits: Callable[[str, str], bool]) -> Callable[[str | None], _Test]:
    """Return a filter by the time of creation or change."""
    return lambda pattern: lambda each: pattern is not None and fits(each.created, pattern)


def _detail(name: str) -> Callable[[Subscriber], str | None]:
    def read(each: Subscriber) -> str | None:
        value = each.details.get(name)
        return None if value is None else str(value)

    return read


def _number_part(read: Callable[[Subscriber], Iterable[str | None]]) -> Callable[[str | None], _Test]:
    """Return a filter by a text that any of some numbers contains."""

    def build(pattern: str | None) -> _Test:
        matches = like(f"%{pattern or ''}%")
        return lambda each: any(matches(number) for number in read(each))

    return build


FILTERS: Final[Mapping[str, Callable[[str | None], _Test]]] = {
    **{name: _text(read) for name, read in _TEXTS.items()},
    "customer_id": _number(lambda each: each.customer_id),
    "reseller_id": _number(lambda each: each.reseller_id),
    "contact_id": _number(lambda each: None),
    "profile_id": _number(lambda each: each.details.get("profile_id")),
    **{name: _number_part(read) for name, read in _NUMBERS.items()},
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
"""Columns that `order_by` knows. Others are ignored."""


_HIDDEN: Final = (
    "create_timestamp", "external_id", "lock", "profile_id", "profile_set_id", "status", "uuid", "webpassword",
)  # fmt: skip
"""Fields that subscribers cannot see, not even their own."""


def resource(subscriber: Subscriber, role: str) -> dict[str, object]:
    """Return a subscriber as the API shows it to a role."""
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
    """Return the predicate of a filter by LIKE with this value."""
    pattern = sql_pattern(value)
    if pattern is None:
        return lambda each: each is None
    matches = like(pattern)
    return lambda each: matches(None if each is None else str(each))
