# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the journal entry of a fax that was sent (docs/ngcp-api.md#sending).

The server queues a fax and gives it no id. Its journal entry appears when the fax is over, under the number that was
dialled in the end, which the server may have rewritten. So the entry is recognized among the subscriber's new ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Unreadable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import fax_fields, journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import digits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import Transmission
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

# Entries per page: new ones are few, and the newest come first.
PAGE_SIZE = 20
# The least number of last digits that the dialled number and the journal's must share to be the same number after the
# server's rewrite rules.
COMMON_DIGITS = 4
# The most digits that may differ at the beginning of the shorter number: a country code has at most three.
LONGEST_PREFIX = 3
# Further polls for which an entry with a rewritten number waits for one with exactly the dialled number.
PATIENCE = 2
# How long after its request a fax of an earlier run may enter the journal: a day, whatever the server's zone.
LONGEST_QUEUE = timedelta(hours=38)


class EntrySearch:
    """The search for one fax's journal entry."""

    unreadable: Unreadable | None = None
    """The error of an unreadable entry that may be this fax's."""

    def __init__(self, transmission: Transmission, receipt: Receipt, is_new: bool) -> None:
        """Prepare the search for the fax of `receipt`. `is_new`: this run posted it."""
        self._transmission = transmission
        self._receipt = receipt
        self._number = digits(receipt.destination)
        self._is_new = is_new

    def find(self) -> JsonObject | None:
        """Poll the journal, and claim and return the fax's entry; None if it does not appear in time. A transmission
        that does not wait polls once.
        """
        transmission = self._transmission
        deadline = self._deadline()
        polls = 0
        while True:
            # Several faxes to one number were queued in the order of their entries.
            entries = sorted(self._new_entries(), key=lambda fax: int(fax["id"]))
            exact = [fax for fax in entries if digits(journal.callee(fax)) == self._number]
            own = next(iter(exact[self._count_earlier() :]), None)
            likely = most_likely(self._number, self._other_numbers(), entries)
            polls = polls + 1 if likely else 0
            remaining = deadline - time.monotonic()
            if own is None and (polls > PATIENCE or (remaining <= 0 and transmission.waits)):
                own = likely
            if own is not None and transmission.claimed.claim(int(own["id"])):
                return own
            if remaining <= 0:
                return None
            concurrency.pause(min(transmission.options.poll_interval, remaining))

    def _deadline(self) -> float:
        """Return the monotonic time at which the search ends."""
        transmission, options = self._transmission, self._transmission.options
        if not transmission.waits:
            return time.monotonic()
        # Each try of a task waits as long.
        is_fresh = self._is_new or transmission.receipts.of_task
        remaining = options.wait_timeout - (0 if is_fresh else self._age())
        # A rewritten number needs several polls, even if the fax was sent long ago.
        return time.monotonic() + max(remaining, 0 if self._is_new else PATIENCE * options.poll_interval)

    def _age(self) -> float:
        """Return how many seconds ago the fax was posted."""
        return max(0.0, (times.now() - datetime.fromisoformat(self._receipt.time)).total_seconds())

    def _new_entries(self) -> Iterator[JsonObject]:
        """Yield the subscriber's sent faxes that ended since this one was posted and are unclaimed, newest first."""
        # An entry from long after the request belongs to another fax.
        latest = None if self._is_new else datetime.fromisoformat(self._receipt.time) + LONGEST_QUEUE
        transmission = self._transmission
        for fax in newest_first(transmission.client, transmission.subscriber, PAGE_SIZE, self._on_unreadable):
            if fax["id"] <= self._receipt.last_id:
                return
            at = times.from_server(fax.get("time"))
            if latest and at and at > latest:
                continue
            if fax.get("direction") == "out" and fax.get("status") and fax["id"] not in transmission.claimed:
                yield fax

    def _on_unreadable(self, error: Unreadable) -> None:
        self.unreadable = error

    def _count_earlier(self) -> int:
        """Count the faxes to the same number that were queued before this one: their entries come first."""
        under_way = self._transmission.receipts.under_way(self._transmission.subscriber.id)
        return sum(self._precedes(other) and digits(other.destination) == self._number for other in under_way)

    def _precedes(self, other: Receipt) -> bool:
        own = self._receipt
        if other.key == own.key or other.state != "queued":
            return False
        return (other.time, other.last_id) <= (own.time, own.last_id)

    def _other_numbers(self) -> set[str]:
        """Return the digits of the other numbers that an entry may belong to."""
        under_way = self._transmission.receipts.under_way(self._transmission.subscriber.id)
        numbers = (*self._transmission.destinations, *(receipt.destination for receipt in under_way))
        return {digits(number) for number in numbers} - {self._number}


def newest_first(
    client: Client,
    subscriber: Subscriber,
    page_size: int,
    on_unreadable: Callable[[Unreadable], object] | None = None,
) -> Iterator[JsonObject]:
    """Yield a subscriber's faxes, newest first, without links; call `on_unreadable(error)` for each unreadable one.
    Raises `NotNgcp` if the server sends another subscriber's.
    """
    params = {"subscriber_id": subscriber.id, **journal.NEWEST_FIRST}

    def refuse(fax: JsonObject) -> None:
        if on_unreadable:
            on_unreadable(fax_fields.unreadable(fax, fax_fields.oddities(fax)))

    for fax in pagination.one_by_one(client, "faxes", params, page_size, refuse):
        if fax_fields.oddities(fax):
            refuse(fax)
        else:
            journal.check_owner(fax, subscriber)
            yield {**{name: value for name, value in fax.items() if name != "_links"}, "id": int(fax["id"])}


def most_likely(number: str, others: set[str], faxes: Sequence[JsonObject]) -> JsonObject | None:
    """Return the fax whose number the server most likely made of `number`, judged by the last digits in common.

    Numbers are in the form of `digits`. Return None if two faxes are equally likely, or if the fax may just as well
    have gone to a number of `others`.
    """
    ranks: dict[int, list[JsonObject]] = {}
    for fax in faxes:
        dialled = digits(journal.callee(fax))
        score = likeness(number, dialled)
        if score > max((likeness(other, dialled) for other in others), default=0):
            ranks.setdefault(score, []).append(fax)
    likeliest = ranks[max(ranks)] if ranks else []
    return likeliest[0] if len(likeliest) == 1 else None


def likeness(first: str, second: str) -> int:
    """Return how many last digits two numbers share; 0 if they differ in more than a prefix, or share too few.

    Numbers that also begin alike, and differ in between, are different numbers.
    """
    shorter = min(len(first), len(second))
    common = next((n for n in range(shorter, 0, -1) if first[-n:] == second[-n:]), 0)
    is_prefix = common == shorter or (first[:2] != second[:2] and shorter - common <= LONGEST_PREFIX)
    return common if common >= COMMON_DIGITS and is_prefix else 0
