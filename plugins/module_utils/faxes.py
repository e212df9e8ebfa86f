# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a fax, and waiting until the journal says what became of it (ngcp-api.md, "Sending" and "Reading faxes").

The server queues a fax and gives it no name. Its journal entry appears when the fax is over, with the number that was
dialled in the end, which the server may have rewritten: so the entry is recognised among the subscriber's new ones.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils.api import Client
from ansible_collections.ngcp.fax.plugins.module_utils.errors import (
    BadOption,
    FaxError,
    FaxFailed,
    FaxPending,
    NotNgcp,
    Rejected,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils.resources import FAXSERVER_SETTINGS, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils.results import Result
from ansible_collections.ngcp.fax.plugins.module_utils.subscribers import Subscriber

# Entries read at once; new ones are few, and the newest come first.
PAGE = 20
# A number that ends with the other one is the same with a prefix, if that one has at least so many digits.
LEAST_DIGITS = 4
# Two numbers that agree in so many last digits, but not in the first two, may be the same after the server's rewriting.
# Such an entry is taken when it was there for so many polls and none came that is surely ours.
ALIKE_DIGITS, PATIENCE = 6, 3
# What holds of every failure after the server has taken the fax: something was changed all the same.
TAKEN = {"changed": True}
LOOK_FIRST = "It may still be on its way: look into the journal before you send it again."


@dataclass(frozen=True)
class Sending:
    """A fax that was posted: whose it is, where it went, and the last journal entry from before it."""

    subscriber: Subscriber
    destination: str
    last_id: int


def send(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Send the document in `options` once; with `wait`, until the journal says that it arrived.

    Raises `FaxFailed` if it did not arrive, `Uncertain` if it is not known whether the server took it.
    """
    subscriber = subscribers.find(client, options)
    body = _body(options, subscriber)
    if not settings.read(client, FAXSERVER_SETTINGS, subscriber)["active"]:
        raise Rejected(
            f"Fax is not active for {subscriber}", "Activate it first: ngcp.fax.faxserver_settings with active: true."
        )
    facts: JsonObject = {"subscriber": subscriber.as_dict(), "destination": options["destination"]}
    if check_mode:
        return Result(changed=True, facts={**facts, "state": "not_sent"})
    newest = next(_journal(client, subscriber, rows=1), {"id": 0})
    lost: Uncertain | None = None
    try:
        client.post("/api/faxes/", **body)
    except Uncertain as error:
        lost = error
    if options["wait"]:
        sending = Sending(subscriber, options["destination"], int(newest["id"]))
        return Result(changed=True, facts={**facts, **_outcome(client, sending, options, lost)})
    if lost:
        raise lost
    return Result(changed=True, facts={**facts, "state": "queued"})


def _outcome(client: Client, sending: Sending, options: Mapping[str, Any], lost: Uncertain | None) -> JsonObject:
    """`state` and journal entry of a fax that arrived; `lost` says that nobody knows whether it was queued."""
    what = f"The fax to {sending.destination}"
    try:
        fax = wait(client, sending, options["wait_timeout"], options["poll_interval"])
    except Exception as error:  # whatever it is, the fax is queued and must not be sent again
        reason = error.what if isinstance(error, FaxError) else f"{type(error).__name__} in the journal's answer"
        unread = f"{what} was queued, but its outcome could not be read: {reason}"
        raise lost or FaxPending(unread, LOOK_FIRST, facts={**TAKEN, "state": "queued"}) from error
    if fax is None:
        unseen = f"{what} was queued, but after {options['wait_timeout']:g} s no journal entry is there for it"
        raise lost or FaxPending(unseen, LOOK_FIRST, facts={**TAKEN, "state": "queued"})
    if str(fax["status"]).upper() != "SUCCESS":
        reason = fax.get("reason") or "no reason given"
        over = f"{what} failed: {fax['status']}, {reason}"
        raise FaxFailed(over, "It is over: send it again.", facts={**TAKEN, "state": "failed", "fax": fax})
    return {"state": "sent", "fax": fax}


def wait(client: Client, sending: Sending, timeout: float, interval: float) -> JsonObject | None:
    """The journal entry of a posted fax, looked for every `interval` seconds; None if it is not there in `timeout`."""
    deadline = time.monotonic() + timeout
    polls = 0
    while True:
        # The oldest first: of several with the same number they were queued in this order.
        new = sorted(_new_entries(client, sending), key=lambda fax: int(fax["id"]))
        alike = [fax for fax in new if _may_be(sending.destination, _dialled(fax))]
        own = next((fax for fax in new if _is(sending.destination, _dialled(fax))), None)
        polls = polls + 1 if alike else 0
        if own is None and polls > PATIENCE:
            own = alike[0]
        if own is not None:
            return own
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return None
        time.sleep(min(interval, remaining))


def _body(options: Mapping[str, Any], subscriber: Subscriber) -> JsonObject:
    """The request's body, as requests takes it: a text as JSON, a file as multipart."""
    fax = {"destination": options["destination"], "subscriber_id": subscriber.id}
    if options.get("content"):
        return {"json": {**fax, "data": options["content"]}}
    source = Path(options["src"])
    try:
        document = source.read_bytes()
    except OSError as error:
        raise BadOption(f"src: '{source}' cannot be read ({error.strerror})", "Give a file that is there.") from error
    if not document:
        raise BadOption(f"src: '{source}' is empty", "Give a file with a document in it.")
    # The name is not used by the server, and not every multipart reader understands other letters in it.
    name = re.sub(r"[^A-Za-z0-9._-]", "_", source.name)
    return {"files": {"json": (None, json.dumps(fax)), "faxfile": (name, document)}}


def _journal(client: Client, subscriber: Subscriber, rows: int) -> Iterator[JsonObject]:
    """The subscriber's faxes, newest first, without links."""
    params = {"subscriber_id": subscriber.id, "order_by": "id", "order_by_direction": "desc"}
    for fax in client.items("faxes", params, rows):
        if str(fax.get("subscriber_id")) != str(subscriber.id):
            raise NotNgcp(
                "The journal answers with another subscriber's fax",
                "The server does not know this filter: its release is too old to tell whose a fax is.",
                "GET",
                "/api/faxes/",
            )
        yield {key: value for key, value in fax.items() if key != "_links"}


def _new_entries(client: Client, sending: Sending) -> Iterator[JsonObject]:
    """The subscriber's faxes that were sent and are over since the posted one was queued, newest first."""
    for fax in _journal(client, sending.subscriber, PAGE):
        if int(fax["id"]) <= sending.last_id:
            return
        if fax.get("direction") == "out" and fax.get("status"):
            yield fax


def _dialled(fax: Mapping[str, Any]) -> str:
    """The number that a sent fax went to; older releases call it the peer's."""
    return str(fax.get("callee") or fax.get("peer_number") or "")


def _digits(number: str) -> str:
    """A number without punctuation and without the zeros that a prefix begins with."""
    return re.sub(r"\D", "", number).lstrip("0")


def _is(destination: str, dialled: str) -> bool:
    """Whether two numbers are the same but for punctuation and a prefix: `0043 1 234567`, `+431234567`, `01234567`."""
    if destination == dialled:
        return True
    shorter, longer = sorted((_digits(destination), _digits(dialled)), key=len)
    return longer == shorter != "" or (len(shorter) >= LEAST_DIGITS and longer.endswith(shorter))


def _may_be(destination: str, dialled: str) -> bool:
    """Whether the server may have made one number of the other; one that begins alike and ends alike is another one."""
    one, other = _digits(destination), _digits(dialled)
    return one[-ALIKE_DIGITS:] == other[-ALIKE_DIGITS:] and one[:2] != other[:2] and len(one) >= ALIKE_DIGITS
