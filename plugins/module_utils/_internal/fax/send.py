# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one document to one or several numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, file_modes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    Rejected,
    facts_of,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.file_modes import FileModes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delivery import Delivery, deliver
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import Document
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import digits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import (
    ClaimedFaxes,
    DeliveryOptions,
    Transmission,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import FALSY
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    LONGEST,
    SHORTEST,
    Options,
    OptionSpecs,
    hidden_problems,
    not_between,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import MODES, PAGING, elements_in
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)

# The longest text that the server accepts, in characters, read in the panel's source.
LONGEST_TEXT = 1 << 20
# The option, and the key of the result, for the receipts of earlier tries of a task with `until`: their list, or the
# path of a file with them. Only the action plugin sees them.
TRIES = "_tries"


def spec_of_sending() -> Spec:
    """Return the spec of `fax_send`. The action plugin adds `_tries`, the receipts of earlier tries of the task."""
    options: OptionSpecs = {
        "destination": {"type": "str"},
        "destinations": {"type": "list", "elements": "str"},
        "src": {"type": "path"},
        "content": {"type": "str"},
        "remote_src": {"type": "bool", "default": False},
        "max_size": {"type": "bytes", "default": "64M"},
        "force": {"type": "bool", "default": False},
        "receipt": {"type": "path"},
        "mode": MODES["mode"],
        "on_uncertain": {"type": "str", "choices": ["fail", "resend", "assume_sent"], "default": "fail"},
        "retry_failed": {"type": "int", "default": 0},
        "retry_pause": {"type": "float", "default": 60.0},
        "workers": PAGING["workers"],
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 300.0},
        "poll_interval": {"type": "float", "default": 5.0},
    }
    either = (("destination", "destinations"), ("src", "content"))
    return spec(options, _sending_problems, mutually_exclusive=either, required_one_of=either, own=frozenset({TRIES}))


def _sending_problems(options: Options) -> Problems:
    if not str(options.get("destination", "x")).strip():
        yield Problem(("destination",), "must not be empty; give the number to send to.")
    yield from hidden_problems(("destination",), options.get("destination"))
    # Numbers that differ only in leading zeros or a + reach the same phone: the fax would be sent there twice.
    seen: dict[str, int] = {}
    for index, number in enumerate(elements_in(options.get("destinations"))):
        path = ("destinations", index)
        yield from hidden_problems(path, number)
        if not str(number).strip():
            yield Problem(path, "must not be empty; give the number to send to.")
        elif seen.setdefault(digits(str(number)), index) != index:
            first = seen[digits(str(number))]
            yield Problem(
                path, f"'{number}' is already in {option_name('destinations')}[{first}]; keep one of them.", ": "
            )
    if options.get("destinations") == []:
        yield Problem(("destinations",), "must not be empty; give the numbers to send to.")
    content = str(options.get("content", "x"))
    if not content.strip():
        yield Problem(("content",), f"must not be empty; give the text to send, or a file as {option_name('src')}.")
    if len(content) > LONGEST_TEXT:
        what = f"is {len(content)} characters long; the server takes at most {LONGEST_TEXT}. Send it as a file."
        yield Problem(("content",), what)
    if options.get("src") == "":
        yield Problem(("src",), f"must not be empty; give the file to send, or a text as {option_name('content')}.")
    if options.get("receipt") == "":
        yield Problem(("receipt",), "must not be empty; give a file, or leave it out.")
    yield from file_modes.problems(options)
    if options.get("mode") is not None and not options.get("receipt"):
        yield Problem(("mode",), f"needs {option_name('receipt')}: it applies to no other file.")
    yield from not_between(options, "max_size", 1, math.inf)
    yield from not_between(options, "retry_failed", 0, 100)
    yield from not_between(options, "workers", 1, concurrency.MOST)
    for name in ("wait_timeout", "poll_interval", "retry_pause"):
        yield from not_between(options, name, SHORTEST, LONGEST)
    if options.get("retry_failed") and options.get("wait") is False:
        yield Problem(("retry_failed",), f"needs {option_name('wait')}: without it nobody knows that a fax failed.")


@dataclass(frozen=True)
class SendOptions:
    """The options of `fax_send`."""

    selector: Selector = field(default=Selector(), metadata=group(Selector))
    """The sender."""
    delivery: DeliveryOptions = field(default=DeliveryOptions(), metadata=group(DeliveryOptions))
    modes: FileModes = field(default=FileModes(), metadata=group(FileModes))
    destination: str | None = None
    """The number to send to; then `destinations` is None."""
    destinations: Sequence[str] | None = None
    """The numbers to send to; then the result has a list of faxes."""
    src: str | None = None
    """The path of the document; then `content` is None."""
    content: str | None = None
    """The text to send."""
    max_size: int = 64 << 20
    """The largest document that is sent, in bytes."""
    force: bool = False
    """Send a document that does not look like one."""
    receipt: str | None = None
    """The path of the file for receipts."""
    workers: int = Paging.workers
    _tries: str | Sequence[JsonObject] | None = None

    @property
    def earlier_tries(self) -> str | Sequence[JsonObject] | None:
        """The receipts of earlier tries of the same task, or the path of the file with them; None for a task that is
        tried once.
        """
        return self._tries

    @property
    def all_destinations(self) -> Sequence[str]:
        """The numbers to send to, however they were given."""
        return [self.destination or ""] if self.destinations is None else self.destinations


def send(client: Client, options: SendOptions, check_mode: bool) -> Result:
    """Send the document to each number, once; with `wait`, wait until the journal shows that it arrived. A fax that
    arrived according to its receipt is not sent again.

    Raises the error of a fax that did not arrive or whose outcome is unknown; of several, one that names them all.
    """
    destinations = options.all_destinations
    document = _document(options)
    with _receipts(client, options, check_mode) as kept:
        subscriber = subscribers.find(client, options.selector)
        warnings = [*kept.warnings, *_check_active(client, subscriber, check_mode)]
        claimed = ClaimedFaxes(kept.entries())
        transmission = Transmission(
            client, subscriber, document, options.delivery, destinations, kept, check_mode, claimed
        )
        outcomes = concurrency.map_concurrently(
            lambda destination: deliver(transmission, destination), destinations, options.workers
        )
        rows = [_row(transmission, *pair) for pair in zip(destinations, outcomes, strict=True)]
        tries = {} if options.earlier_tries is None or kept.path else {TRIES: kept.as_list()}
    faxes = rows[0] if options.destinations is None else {"faxes": rows}
    facts = {**subscriber.as_dict(), **faxes, **tries}
    changed = any(row["changed"] for row in rows)
    errors = [outcome for outcome in outcomes if isinstance(outcome, FaxError)]
    if errors:
        error = together(errors, f"{len(errors)} of {len(rows)} faxes did not arrive, or it is not known")
        error.facts = {**_without(facts, "error"), "changed": changed}
        raise error
    return Result(changed, _without(facts, "changed"), warnings=warnings)


def _document(options: SendOptions) -> Document:
    if options.content:
        return documents.of_text(options.content, options.force)
    return documents.of_file(Path(options.src or ""), options.max_size, options.force)


def _receipts(client: Client, options: SendOptions, check_mode: bool) -> AbstractContextManager[Receipts]:
    """Open the receipts in the file that the task names or, without one, the receipts of earlier tries of the same
    task, from their file or from the options.
    """
    if options.receipt:
        return receipts.opened(Path(options.receipt), client.url, check_mode, options.modes.file)
    earlier = options.earlier_tries
    if isinstance(earlier, str):
        return receipts.opened(Path(earlier).expanduser(), client.url, check_mode, of_task=True)
    return receipts.handed(client.url, earlier or [])


def _check_active(client: Client, subscriber: Subscriber, check_mode: bool) -> list[str]:
    """Raise `Rejected` unless fax is active for the subscriber. In check mode return a warning instead: an earlier task
    may activate it in the run itself.
    """
    if settings.read(client, FAXSERVER_SETTINGS, subscriber).get("active") not in FALSY:
        return []
    inactive = f"Fax is not active for {subscriber}"
    if check_mode:
        return [f"{inactive}. The run itself fails unless a task before this one activates it."]
    raise Rejected(inactive, "Activate it first: ngcp.fax.faxserver_settings with active: true.")


def _row(transmission: Transmission, destination: str, outcome: JsonObject | FaxError) -> JsonObject:
    """Return the result's entry for the fax to one number."""
    if isinstance(outcome, FaxError):
        # A fax that this run did not try may have a receipt from an earlier run.
        facts = outcome.facts or Delivery(transmission, destination).facts()
        return {"destination": destination, **facts, "error": {"msg": str(outcome), **facts_of(outcome)}}
    return {"destination": destination, **outcome}


def _without(facts: JsonObject, *names: str) -> JsonObject:
    return {name: value for name, value in facts.items() if name not in names}


JOB = Job(spec_of_sending(), send, partial(read_options, SendOptions))
