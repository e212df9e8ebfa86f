# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All subscribers, and how they are found and changed (docs/ngcp-api.md#the-life-of-a-subscriber)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Final

from .database import as_number, collate, like_folded, like_start
from .filters import FILTERS, NUMBERS, TEXTS, WILDCARD, is_text, like_pattern
from .subscribers import Customer, Domain, Subscriber, User, may_see

_FOUND_CACHE: Final = 32


class NumberTakenError(Exception):
    """Another subscriber has the number."""


class _Numbers:
    """Numbers with their ids and owners. A number stays in the database when its owner is terminated."""

    def __init__(self, subscribers: Iterable[Subscriber]) -> None:
        self._ids: dict[tuple[int, str, str], int] = {}
        self._owners: dict[tuple[int, str, str], int] = {}
        for each in subscribers:
            self._ids |= _ids_of(each)
            if each.status != "terminated":
                self._owners |= dict.fromkeys(_all_numbers(each), each.id)
        self._next = count(max(self._ids.values(), default=0) + 1)

    def id_of(self, number: tuple[int, str, str], owner_id: int) -> int:
        """Return the id that a number has once a subscriber has it. Raises NumberTakenError if it is another's."""
        taken = self._owners.get(number, owner_id) != owner_id
        if number in self._ids and not taken:
            return self._ids[number]
        # The database counts on even if it then refuses the number.
        new_id = next(self._next)
        if taken:
            raise NumberTakenError
        return new_id

    def update(self, before: Subscriber | None, after: Subscriber) -> None:
        """Free the numbers that a subscriber has no longer, and give it those that are new."""
        terminated = after.status == "terminated"
        kept = () if terminated else _all_numbers(after)
        for number in _all_numbers(before) if before else ():
            if number not in kept:
                self._owners.pop(number, None)
                if not terminated:
                    self._ids.pop(number, None)
        self._owners |= dict.fromkeys(kept, after.id)
        self._ids |= _ids_of(after)


def _all_numbers(subscriber: Subscriber) -> Sequence[tuple[int, str, str]]:
    primary = () if subscriber.number is None else (subscriber.number[:3],)
    return (*primary, *(alias[:3] for alias in subscriber.aliases))


def _ids_of(subscriber: Subscriber) -> dict[tuple[int, str, str], int]:
    numbers = (*(() if subscriber.number is None else (subscriber.number,)), *subscriber.aliases)
    return {number[:3]: number[3] for number in numbers if number[3] is not None}


class _Index:
    """Subscribers by one of their texts, as the database compares it."""

    def __init__(self, subscribers: Iterable[Subscriber], read: Callable[[Subscriber], Iterable[str | None]]) -> None:
        self._by_key: dict[str, list[Subscriber]] = {}
        for each in subscribers:
            for text in read(each):
                if text is not None:
                    self._by_key.setdefault(collate(text), []).append(each)
        self._keys = sorted(self._by_key)

    def get(self, text: str) -> Sequence[Subscriber]:
        """Return the subscribers with this text, by id."""
        return self._by_key.get(collate(text), ())

    def like(self, wildcards: str) -> Sequence[Subscriber]:
        """Return the subscribers whose text matches, by id. Looks only at texts with its prefix."""
        pattern = like_pattern(wildcards)
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

    What was found once is kept until a subscriber changes: the next page of a search costs no search.
    """

    def __init__(self, subscribers: Iterable[Subscriber], created: str) -> None:
        self.all = {each.id: each for each in sorted(subscribers, key=lambda each: each.id)}
        self.changed = False
        """Whether any subscriber was changed, or an id used up."""
        for each in self.all.values():
            each.created = each.modified = created
        domains = {each.domain_id: Domain(each.domain_id, each.domain, each.reseller_id) for each in self.all.values()}
        self.domains = dict(sorted(domains.items()))
        """Domains by id, including those of terminated subscribers."""
        self.customers = {
            each.customer_id: Customer(each.customer_id, each.reseller_id, each.customer_external_id)
            for each in self.all.values()
        }
        self._ids = count(max(self.all, default=0) + 1)
        self._numbers: _Numbers | None = None
        self._list()

    def _list(self) -> None:
        """Make the lists of those who are not terminated. Indexes are made when somebody looks for a text."""
        self._active = [each for each in self.all.values() if each.status != "terminated"]
        self._by_reseller: dict[int, list[Subscriber]] = defaultdict(list)
        self._by_customer: dict[int, list[Subscriber]] = defaultdict(list)
        for each in self._active:
            self._by_reseller[each.reseller_id].append(each)
            self._by_customer[each.customer_id].append(each)
        self._indexes: dict[str, _Index] = {}
        self._logins: _Index | None = None
        self._find_again = lru_cache(maxsize=_FOUND_CACHE)(self._find)

    # Changes ------------------------------------------------------------------------------------------------------

    def new_id(self) -> int:
        """Return the next id. It is used up, even if no subscriber gets it."""
        self.changed = True
        return next(self._ids)

    def put(self, subscriber: Subscriber) -> None:
        """Add a subscriber, or put it in the place of the one with its id."""
        self.changed = True
        self.numbers.update(self.all.get(subscriber.id), subscriber)
        self.all[subscriber.id] = subscriber
        self._list()

    @property
    def numbers(self) -> _Numbers:
        """All numbers, whoever has or had them."""
        if self._numbers is None:
            self._numbers = _Numbers(self.all.values())
        return self._numbers

    def named(self, username: str, domain_id: int) -> bool:
        """Return whether an active subscriber has this name."""
        return any(each.domain_id == domain_id for each in self._index("username").get(username))

    def web_named(self, subscriber: Subscriber) -> bool:
        """Return whether another subscriber of the domain has the same name for the web."""
        name = subscriber.webusername
        return name is not None and any(
            each.id != subscriber.id and each.domain_id == subscriber.domain_id
            for each in self._login_index().get(f"{name}@{subscriber.domain}")
        )

    def domain_named(self, name: str) -> Domain | None:
        """Return a domain by its name."""
        return next((each for each in self.domains.values() if collate(each.domain) == collate(name)), None)

    # Searches -----------------------------------------------------------------------------------------------------

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
        found = self._login_index().get(f"{webusername}@{domain}")
        return next((each for each in found if each.status == "active" and each.webusername), None)

    def _login_index(self) -> _Index:
        if self._logins is None:
            self._logins = _Index(self._active, lambda each: (each.login,))
        return self._logins

    def find(self, user: User, query: Mapping[str, str]) -> Sequence[Subscriber]:
        """Apply the filters of a query: docs/ngcp-api.md#unknown-parameters-are-ignored."""
        filters = tuple((name, None if value == "NULL" else value) for name, value in query.items() if name in FILTERS)
        return self._find_again(user, filters) if filters else self.visible(user)

    def _find(self, user: User, filters: tuple[tuple[str, str | None], ...]) -> Sequence[Subscriber]:
        answers = [(each, found) for each in filters if (found := self._exact(*each)) is not None]
        if not answers:
            # One index is enough: few subscribers remain after it.
            text = next((each for each in filters if is_text(*each)), None)
            answers = [(text, self._like(*text))] if text else []
        chosen, found = min(answers, key=lambda each: len(each[1]), default=(None, self.visible(user)))
        if chosen is not None and user.role != "admin":
            found = [each for each in found if may_see(user, each)]
        for each_filter in filters:
            if each_filter is not chosen:
                matches = FILTERS[each_filter[0]](each_filter[1])
                found = [each for each in found if matches(each)]
        return found

    def _exact(self, name: str, value: str | None) -> Sequence[Subscriber] | None:
        """Return the result of a filter if an index has it."""
        if value is None:
            return None
        if name in ("customer_id", "reseller_id"):
            groups, number = self._by_customer if name == "customer_id" else self._by_reseller, as_number(value)
            return groups.get(int(number), ()) if number.is_integer() else ()
        return self._index(name).get(value) if is_text(name, value) and WILDCARD not in value else None

    def _like(self, name: str, value: str | None) -> Sequence[Subscriber]:
        """Return the result of a filter from the texts of its index."""
        return self._index(name).like(value or "")

    def _index(self, name: str) -> _Index:
        if name not in self._indexes:
            read = NUMBERS[name] if name in NUMBERS else _one(TEXTS[name])
            self._indexes[name] = _Index(self._active, read)
        return self._indexes[name]


def _one(read: Callable[[Subscriber], str | None]) -> Callable[[Subscriber], Iterable[str | None]]:
    return lambda each: (read(each),)
