# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send faxes, and wait until the journal says what became of them (docs/ngcp-api.md#sending).

The server queues a fax and gives it no name. Its journal entry appears when the fax is over, with the number that was
dialled in the end, which the server may have rewritten: so the entry is recognised among the subscriber's new ones.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    FaxFailed,
    FaxPending,
    Uncertain,
    Unreadable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import fax_fields, journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import Document
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import digits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt, Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

# Entries read at once; new ones are few, and the newest come first.
PAGE = 20
# How many last digits the dialled number and the journal's must share to be the same one after the server's rewrite
# rules, and for how many further polls such an entry waits for one with just the dialled number.
COMMON_DIGITS, PATIENCE = 4, 2
# How many digits of the shorter number may differ, at its beginning: a country code has three at most.
LONGEST_PREFIX = 3
# The option, and the key of the result, with what became of the faxes in the tries that `until` makes of one task. Only
# the action plugin sees them.
TRIES = "_tries"
LOOK_FIRST = "It may still be on its way: look into the journal before you send it again."
# How long after its request a fax of an earlier run may have got into the journal: a day, whatever the server's zone.
LONGEST_QUEUE = timedelta(hours=38)
# The reasons of a failure that another try may not meet: the line was busy, or nobody answered.
PASSING = re.compile(r"\bbusy\b|no.?answer|not.?answer|no user response|\bSIP (408|480|486|600)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Transmission:
    """One document that goes from one subscriber to one or many numbers."""

    client: Client
    subscriber: Subscriber
    document: Document
    options: Mapping[str, Any]
    destinations: Sequence[str]
    receipts: Receipts
    check_mode: bool
    claims: ClaimedFaxes


@dataclass
class ClaimedFaxes:
    """The journal entries that are found to be some fax's own."""

    taken: set[int]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, fax: JsonObject) -> bool:
        """Whether the entry was still free; it is taken now."""
        with self._lock:
            free = int(fax["id"]) not in self.taken
            self.taken.add(int(fax["id"]))
            return free


class Delivery:
    """One fax on its way through the states of its receipt, each of which has a step to the next one."""

    def __init__(self, job: Transmission, destination: str) -> None:
        self.job = job
        self.destination = destination
        self.receipt = job.receipts.get(job.document.sha256, job.subscriber.id, destination)
        self.attempts = 0
        self._retries = int(job.options["retry_failed"])
        self._resends = 1
        self._lost: FaxError | None = None
        # The error of an entry that cannot be read, and may be this fax's.
        self._unreadable: Unreadable | None = None

    def run(self) -> JsonObject:
        """Take steps until there is a result; raise the error if it is a bad one."""
        steps = {
            "not_sent": self._post,
            "sending": self._settle_lost,
            "queued": self._settle_queued,
            "failed": self._try_again,
        }
        while self.receipt is None or self.receipt.state in steps:
            if steps[self.receipt.state if self.receipt else "not_sent"]():
                break
        return self.facts()

    def facts(self) -> JsonObject:
        """What became of it so far."""
        receipt = self.receipt
        state = "not_sent" if receipt is None else "uncertain" if receipt.state == "sending" else receipt.state
        if self.job.check_mode and state == "failed":
            state = "not_sent"
        found = {"fax": receipt.fax} if receipt and receipt.fax else {}
        assumed = {"assumed": True} if receipt and receipt.assumed else {}
        would = self.job.check_mode and state == "not_sent"
        before = self.job.receipts.of_task and receipt and (state != "not_sent" or receipt.earlier)
        changed = bool(self.attempts or would or before)
        return {"state": state, "changed": changed, "attempts": self.attempts, **found, **assumed}

    # The steps. A true answer means that this is the result.

    def _post(self) -> bool:
        job, client = self.job, self.job.client
        if job.check_mode:
            return True
        newest = next(_journal(client, job.subscriber, rows=1), {"id": 0})
        unknown = self.receipt if self._state() == "sending" else None
        receipt = Receipt(
            document=job.document.sha256,
            subscriber_id=job.subscriber.id,
            destination=self.destination,
            state="sending",
            time=times.iso(times.now()),
            last_id=int(newest["id"]),
            earlier=self._entries_so_far(),
        )
        self.receipt = job.receipts.put(receipt)
        body: JsonObject = {"destination": self.destination, "subscriber_id": job.subscriber.id}
        if job.document.text is not None:
            body["data"] = job.document.text
        self.attempts += 1
        self._lost = None
        try:
            client.post(journal.PATH, body, job.document)
        except FaxError as error:
            if error.perhaps_done:
                self._lost = error
                return False
            self.attempts -= 1
            if unknown:  # of the request before this one it is still not known
                self.receipt = job.receipts.put(unknown)
            else:
                self._note(state="not_sent")
            raise
        self._note(state="queued")
        return False

    def _settle_queued(self) -> bool:
        # Just posted, it is too early to look if nobody waits; from an earlier run, it may be over by now.
        waits = self.job.options["wait"] and not self.job.check_mode
        if (waits or not self.attempts) and self._found():
            return False
        if not waits:
            return True
        after = f"after {self.job.options['wait_timeout']:g} s"
        if not self.attempts and self.receipt:
            after = f"since {self.receipt.time}"
        again = " To send it again all the same, take its entry out of the receipt." if self._has_receipt else ""
        odd = f". {self._unreadable.what}" if self._unreadable else ""
        unseen = f"The fax to {self.destination} was queued, but {after} it has no journal entry{odd}"
        raise FaxPending(unseen, LOOK_FIRST + again)

    def _settle_lost(self) -> bool:
        if (self.job.options["wait"] or not self.attempts) and self._found():
            return False
        way = self.job.options["on_uncertain"]
        if way == "assume_sent":
            self._note(state="sent", assumed=True)
            return False
        # Not right after the request, when nobody has looked for it.
        if way == "resend" and self._resends and (self.job.options["wait"] or not self.attempts):
            self._resends -= 1
            if self.job.check_mode:
                self._note(state="not_sent")
            return self._post()
        raise self._uncertain()

    def _try_again(self) -> bool:
        receipt = self.receipt
        fax = (receipt.fax if receipt else None) or {}
        if self.attempts:
            reason = str(fax.get("reason") or "no reason given")
            if not (self._retries and PASSING.search(f"{fax.get('status')} {reason}")):
                again = "run it again, what has arrived is not sent twice" if self._has_receipt else "send it again"
                what = f"The fax to {self.destination} failed: {fax.get('status')}, {reason}"
                raise FaxFailed(what, f"It is over: {again}.")
            self._retries -= 1
            concurrency.pause(self.job.options["retry_pause"])
        return self._post()

    # What the steps are made of.

    @property
    def _has_receipt(self) -> bool:
        """Tell whether the user named a file for receipts."""
        return self.job.receipts.path is not None and not self.job.receipts.of_task

    def _entries_so_far(self) -> tuple[int, ...]:
        if self.receipt is None:
            return ()
        return (*self.receipt.earlier, *((int(self.receipt.fax["id"]),) if self.receipt.fax else ()))

    def _state(self) -> str:
        return self.receipt.state if self.receipt else "not_sent"

    def _note(self, **changes: Any) -> None:
        if self.receipt:
            self.receipt = replace(self.receipt, **changes)
            self.job.receipts.put(self.receipt)

    def _uncertain(self) -> Uncertain:
        since = self.receipt.time if self.receipt else ""
        what = self._lost.what if self._lost else f"the request of {since} has no answer"
        advice = (
            "The server may have received it: look into the journal, then run again with on_uncertain: resend or "
            "assume_sent."
            if self._has_receipt
            else "The server may have received it: look there before you send it again."
        )
        where = (self._lost.method, self._lost.path, self._lost.status) if self._lost else ()
        return Uncertain(f"It is not known whether the fax to {self.destination} was sent: {what}", advice, *where)

    def _found(self) -> bool:
        """Whether the journal says what became of the fax; its receipt says it too then."""
        try:
            fax = self._entry()
        except Exception as error:  # whatever it is, the fax may be queued and must not be sent again
            reason = error.what if isinstance(error, FaxError) else f"{type(error).__name__} in the journal's answer"
            if self._state() == "sending":
                raise self._uncertain() from error
            unread = f"The fax to {self.destination} was queued, but its outcome could not be read: {reason}"
            raise FaxPending(unread, LOOK_FIRST) from error
        if fax:
            self._note(state="sent" if str(fax["status"]).upper() == "SUCCESS" else "failed", fax=fax)
        return fax is not None

    def _entry(self) -> JsonObject | None:
        """The fax's own journal entry, looked for until the time is over; once if nobody waits."""
        options = self.job.options
        waits = options["wait"] and not self.job.check_mode
        deadline = time.monotonic()
        if waits:
            # Each try of a task waits as long.
            left = options["wait_timeout"] - (0 if self.attempts or self.job.receipts.of_task else self._age())
            # Long enough for a number that was rewritten, also if the fax was sent long ago.
            deadline += max(left, PATIENCE * options["poll_interval"] if not self.attempts else 0)
        polls = 0
        while True:
            # The oldest first: of several with the same number they were queued in this order.
            new = sorted(self._new_entries(), key=lambda fax: int(fax["id"]))
            same = [fax for fax in new if digits(journal.callee(fax)) == digits(self.destination)]
            own = next(iter(same[self._before() :]), None)
            likely = _rewritten(self.destination, self._others(), new)
            polls = polls + 1 if likely else 0
            remaining = deadline - time.monotonic()
            if own is None and (polls > PATIENCE or (remaining <= 0 and waits)):
                own = likely
            if own is not None and self.job.claims.take(own):
                return own
            if remaining <= 0:
                return None
            concurrency.pause(min(options["poll_interval"], remaining))

    def _age(self) -> float:
        """How many seconds ago the fax was posted."""
        posted = datetime.fromisoformat(self.receipt.time) if self.receipt else times.now()
        return max(0.0, (times.now() - posted).total_seconds())

    def _new_entries(self) -> Iterator[JsonObject]:
        """The subscriber's faxes that are over since this one was posted and that are nobody's yet, newest first."""
        last_id = self.receipt.last_id if self.receipt else 0
        # An entry from long after is another fax's.
        earlier_run = self.receipt if not self.attempts else None
        latest = datetime.fromisoformat(earlier_run.time) + LONGEST_QUEUE if earlier_run else None
        for fax in _journal(self.job.client, self.job.subscriber, PAGE, self._pass_over):
            if int(fax["id"]) <= last_id:
                return
            at = times.from_server(fax.get("time"))
            if latest and at and at > latest:
                continue
            if fax.get("direction") == "out" and fax.get("status") and int(fax["id"]) not in self.job.claims.taken:
                yield fax

    def _pass_over(self, unreadable: Unreadable) -> None:
        self._unreadable = unreadable

    def _before(self) -> int:
        """How many faxes to the same number are under way for longer, whose entries come first."""
        older = [each for each in self.job.receipts.under_way(self.job.subscriber.id) if self._precedes(each)]
        return sum(digits(each.destination) == digits(self.destination) for each in older)

    def _precedes(self, other: Receipt) -> bool:
        own = self.receipt
        if own is None or other.key == own.key or other.state != "queued":
            return False
        return (other.time, other.last_id) <= (own.time, own.last_id)

    def _others(self) -> set[str]:
        """The other numbers that an entry may belong to."""
        under_way = (each.destination for each in self.job.receipts.under_way(self.job.subscriber.id))
        return {digits(each) for each in (*self.job.destinations, *under_way)} - {digits(self.destination)}


def _journal(
    client: Client,
    subscriber: Subscriber,
    rows: int,
    on_unreadable: Callable[[Unreadable], object] | None = None,
) -> Iterator[JsonObject]:
    """The subscriber's faxes, newest first, without links, and without those that cannot be read."""
    params = {"subscriber_id": subscriber.id, **journal.NEWEST_FIRST}

    def refuse(fax: JsonObject) -> None:
        if on_unreadable:
            on_unreadable(fax_fields.unreadable(fax, fax_fields.oddities(fax)))

    for fax in pagination.one_by_one(client, "faxes", params, rows, refuse):
        odd = fax_fields.oddities(fax)
        if odd:
            refuse(fax)
        else:
            journal.check_owner(fax, subscriber)
            yield {**{key: value for key, value in fax.items() if key != "_links"}, "id": int(fax["id"])}


def _rewritten(destination: str, others: set[str], faxes: Sequence[JsonObject]) -> JsonObject | None:
    """The one of `faxes` whose number the server most likely made of `destination`, by the last digits in common.

    None if two are as likely, or if it is as likely one of `others` that it was made of.
    """
    ranks: dict[int, list[JsonObject]] = {}
    for fax in faxes:
        dialled = digits(journal.callee(fax))
        likeness = _likeness(digits(destination), dialled)
        if likeness > max((_likeness(other, dialled) for other in others), default=0):
            ranks.setdefault(likeness, []).append(fax)
    likeliest = ranks[max(ranks)] if ranks else []
    return likeliest[0] if len(likeliest) == 1 else None


def _likeness(one: str, other: str) -> int:
    """How many last digits two numbers share; 0 if they differ in more than a prefix.

    A number that also begins like it is another number.
    """
    shorter = min(len(one), len(other))
    common = next((n for n in range(shorter, 0, -1) if one[-n:] == other[-n:]), 0)
    prefix_only = common == shorter or (one[:2] != other[:2] and shorter - common <= LONGEST_PREFIX)
    return common if common >= COMMON_DIGITS and prefix_only else 0
