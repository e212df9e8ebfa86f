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
from collections.abc import Iterator, Mapping, Sequence
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
# How many last digits the dialled number and the journal's must share to be the same one after the server's rewrite
# rules, and for how many further polls such an entry waits for one with just the dialled number.
COMMON_DIGITS, PATIENCE = 4, 2
# What holds of every failure after the server has, or may have, taken the fax: something was changed all the same.
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
        error.facts = {**TAKEN, "state": "uncertain"}
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
        own = next((fax for fax in new if _digits(_dialled(fax)) == _digits(sending.destination)), None)
        rewritten = _rewritten(sending.destination, new)
        polls = polls + 1 if rewritten else 0
        remaining = deadline - time.monotonic()
        if own is None and (polls > PATIENCE or remaining <= 0):
            own = rewritten
        if own is not None or remaining <= 0:
            return own
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
    """A number without punctuation and without the zeros that a prefix begins with; the text itself if it has none."""
    return re.sub(r"\D", "", number).lstrip("0") or number


def _rewritten(destination: str, faxes: Sequence[JsonObject]) -> JsonObject | None:
    """The one of `faxes` whose number the server most likely made of `destination`, by the last digits in common.

    A number that also begins like it is another number; and where two are as likely, none is taken.
    """
    ranks: dict[int, list[JsonObject]] = {}
    for fax in faxes:
        one, other = _digits(destination), _digits(_dialled(fax))
        common = next((n for n in range(min(len(one), len(other)), 0, -1) if one[-n:] == other[-n:]), 0)
        if common >= COMMON_DIGITS and (common in (len(one), len(other)) or one[:2] != other[:2]):
            ranks.setdefault(common, []).append(fax)
    likeliest = ranks[max(ranks)] if ranks else []
    return likeliest[0] if len(likeliest) == 1 else None
