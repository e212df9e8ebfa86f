# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliver one fax to one number: post it once, and find out its outcome (docs/design.md#a-fax-is-sent-once).

A delivery is a state machine over the state of the fax's receipt: each state that is not final has one step.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, locks, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Fault,
    FaxError,
    FaxFailed,
    FaxPending,
    Uncertain,
    Unreadable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.entry_search import EntrySearch, newest_first
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import Transmission

LOOK_FIRST = "It may still be on its way: look into the journal before you send it again."
# Reasons of a failure that may not occur with another try: the line was busy, or nobody answered.
PASSING = re.compile(r"\bbusy\b|no.?answer|not.?answer|no user response|\bSIP (408|480|486|600)\b", re.IGNORECASE)


def deliver(transmission: Transmission, destination: str) -> JsonObject:
    """Send the document to one number and return the facts of `Delivery.facts`. Raises `FaxError`, with these facts, if
    the fax does not arrive or its outcome is unknown.

    Only one fax of a subscriber to a number is under way at a time: their journal entries could not be told apart.
    """
    number = journal.digits(destination)
    with locks.held("send", transmission.client.url, str(transmission.subscriber.id), number):
        delivery = Delivery(transmission, destination)
        try:
            return delivery.run()
        except FaxError as error:
            error.facts = delivery.facts()
            raise
        except Exception as error:
            # The other faxes' outcomes must not be lost with this one's.
            fault = Fault(f"The fax to {destination} met something unexpected ({type(error).__name__})", LOOK_FIRST)
            fault.facts = delivery.facts()
            raise fault from error


class Delivery:
    """One fax on its way. `receipt` is None until the fax was posted, by this run or an earlier one."""

    def __init__(self, transmission: Transmission, destination: str) -> None:
        self.destination = destination
        self.receipt = transmission.receipts.get(transmission.document.sha256, transmission.subscriber.id, destination)
        self.attempts = 0
        """How many requests this run has sent."""
        self._transmission = transmission
        self._options = transmission.options
        self._retries_left = transmission.options.retry_failed
        self._may_resend = True
        self._lost: FaxError | None = None
        self._unreadable: Unreadable | None = None

    def run(self) -> JsonObject:
        """Take steps until the state is final or the task does not wait, and return the facts. Raises the error if the
        fax did not arrive.
        """
        steps: dict[str, Callable[[Receipt], bool]] = {
            "not_sent": self._post,
            "sending": self._resolve_lost_request,
            "queued": self._await_outcome,
            "failed": self._retry,
        }
        is_over = self.receipt is None and self._post(None)
        while not is_over and self.receipt is not None and self.receipt.state in steps:
            is_over = steps[self.receipt.state](self.receipt)
        return self.facts()

    def facts(self) -> JsonObject:
        """Return the known facts: `state`, `changed`, `attempts`, `journal_entry` if it has one, `assumed` if true."""
        receipt, check_mode = self.receipt, self._transmission.check_mode
        state = "not_sent" if receipt is None else "uncertain" if receipt.state == "sending" else receipt.state
        if check_mode and state == "failed":
            state = "not_sent"
        entry = {"journal_entry": receipt.journal_entry} if receipt and receipt.journal_entry else {}
        assumed = {"assumed": True} if receipt and receipt.assumed else {}
        would_send = check_mode and state == "not_sent"
        earlier_try = self._transmission.receipts.of_task and receipt and (state != "not_sent" or receipt.earlier)
        changed = bool(self.attempts or would_send or earlier_try)
        return {"state": state, "changed": changed, "attempts": self.attempts, **entry, **assumed}

    # The steps. Each returns True if nothing is left to do.

    def _post(self, previous: Receipt | None) -> bool:
        """Post the fax; its receipt is on the disk before the request leaves."""
        transmission = self._transmission
        if transmission.check_mode:
            return True
        receipt = self.receipt = transmission.receipts.put(self._new_receipt(previous))
        self.attempts += 1
        self._lost = None
        try:
            transmission.client.post(journal.PATH, self._request_body(), transmission.document)
        except FaxError as error:
            if error.perhaps_done:
                self._lost = error
                return False
            self.attempts -= 1
            if previous and previous.state == "sending":  # the outcome of that request is still unknown
                self.receipt = transmission.receipts.put(previous)
            else:
                self._record(receipt, state="not_sent")
            raise
        self._record(receipt, state="queued")
        return False

    def _await_outcome(self, receipt: Receipt) -> bool:
        """Wait for the journal entry of a queued fax. Raises `FaxPending` if none appears in time."""
        waits = self._transmission.waits
        # Without waiting, it is too early for a fax just posted, but one of an earlier run may be over.
        if (waits or not self.attempts) and self._finds_outcome(receipt):
            return False
        if not waits:
            return True
        after = f"after {self._options.wait_timeout:g} s" if self.attempts else f"since {receipt.time}"
        resend = " To send it again anyway, remove its entry from the receipt." if self._keeps_receipts else ""
        odd = f". {self._unreadable.what}" if self._unreadable else ""
        what = f"The fax to {self.destination} was queued, but {after} it has no journal entry{odd}"
        raise FaxPending(what, LOOK_FIRST + resend)

    def _resolve_lost_request(self, receipt: Receipt) -> bool:
        """Look for the fax of an unanswered request in the journal; without a result, follow `on_uncertain`."""
        may_look = self._options.wait or not self.attempts
        if may_look and self._finds_outcome(receipt):
            return False
        if self._options.on_uncertain == "assume_sent":
            self._record(receipt, state="sent", assumed=True)
            return False
        # Never right after the request, before the journal was searched for the fax.
        if self._options.on_uncertain == "resend" and self._may_resend and may_look:
            self._may_resend = False
            if self._transmission.check_mode:
                self._record(receipt, state="not_sent")
            return self._post(receipt)
        raise self._uncertain(receipt)

    def _retry(self, receipt: Receipt) -> bool:
        """Post a failed fax again: always if it failed in an earlier run, otherwise as `retry_failed` allows."""
        if self.attempts:
            entry = receipt.journal_entry or {}
            reason = str(entry.get("reason") or "no reason given")
            if not (self._retries_left and PASSING.search(f"{entry.get('status')} {reason}")):
                again = "run it again, what has arrived is not sent twice" if self._keeps_receipts else "send it again"
                what = f"The fax to {self.destination} failed: {entry.get('status')}, {reason}"
                raise FaxFailed(what, f"It is over: {again}.")
            self._retries_left -= 1
            concurrency.pause(self._options.retry_pause)
        return self._post(receipt)

    # Parts of the steps.

    @property
    def _keeps_receipts(self) -> bool:
        return self._transmission.keeps_receipts

    def _new_receipt(self, previous: Receipt | None) -> Receipt:
        """Make the receipt of a request that is about to leave."""
        transmission = self._transmission
        newest = next(newest_first(transmission.client, transmission.subscriber, page_size=1), {"id": 0})
        return Receipt(
            document=transmission.document.sha256,
            subscriber_id=transmission.subscriber.id,
            destination=self.destination,
            state="sending",
            time=times.iso(times.now()),
            last_id=int(newest["id"]),
            earlier=previous.all_entries if previous else (),
        )

    def _request_body(self) -> JsonObject:
        body: JsonObject = {"destination": self.destination, "subscriber_id": self._transmission.subscriber.id}
        text = self._transmission.document.text
        return body if text is None else {**body, "data": text}

    def _record(self, receipt: Receipt, **changes: Any) -> None:
        """Keep `receipt` with these fields changed."""
        self.receipt = replace(receipt, **changes)
        self._transmission.receipts.put(self.receipt)

    def _finds_outcome(self, receipt: Receipt) -> bool:
        """Search the journal for the outcome and record it. Raises `Uncertain` or `FaxPending` if the journal cannot be
        read.
        """
        search = EntrySearch(self._transmission, receipt, is_new=self.attempts > 0)
        try:
            entry = search.find()
        except Exception as error:  # in any case, the fax may be queued and must not be sent again
            reason = error.what if isinstance(error, FaxError) else f"{type(error).__name__} in the journal's answer"
            if receipt.state == "sending":
                raise self._uncertain(receipt) from error
            unread = f"The fax to {self.destination} was queued, but its outcome could not be read: {reason}"
            raise FaxPending(unread, LOOK_FIRST) from error
        self._unreadable = search.unreadable or self._unreadable
        if entry:
            state = "sent" if str(entry["status"]).upper() == "SUCCESS" else "failed"
            self._record(receipt, state=state, journal_entry=entry)
        return entry is not None

    def _uncertain(self, receipt: Receipt) -> Uncertain:
        what = self._lost.what if self._lost else f"the request of {receipt.time} has no answer"
        advice = (
            "The server may have received it: look into the journal, then run again with "
            f"{option_name('on_uncertain')}: resend or assume_sent."
            if self._keeps_receipts
            else "The server may have received it: look there before you send it again."
        )
        request = (self._lost.method, self._lost.path, self._lost.status) if self._lost else ()
        return Uncertain(f"It is not known whether the fax to {self.destination} was sent: {what}", advice, *request)
