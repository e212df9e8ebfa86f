# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one document to one or many numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, file_modes, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Fault,
    FaxError,
    Rejected,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delivery import (
    LOOK_FIRST,
    TRIES,
    ClaimedFaxes,
    Delivery,
    Transmission,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import Document
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import digits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipts
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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import MODES, PAGING, entries_in
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    as_given,
    read_options,
    spec,
)

# The longest text that the server takes, in characters, read in the panel's source.
LONGEST_TEXT = 1 << 20


def spec_of_sending() -> Spec:
    """The spec of `fax_send`; the action plugin hands in what became of earlier tries of the task."""
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
    return spec(
        options, _sending_problems, mutually_exclusive=either, required_one_of=either, own=frozenset({"_tries"})
    )


def _sending_problems(options: Options) -> Problems:
    if not str(options.get("destination", "x")).strip():
        yield Problem(("destination",), "must not be empty; give the number to send to.")
    yield from hidden_problems(("destination",), options.get("destination"))
    # Zeros and a + before a number make no other phone of it: two ways to write one are one too many.
    seen: dict[str, int] = {}
    for index, number in enumerate(entries_in(options.get("destinations"))):
        path = ("destinations", index)
        yield from hidden_problems(path, number)
        if not str(number).strip():
            yield Problem(path, "must not be empty; give the number to send to.")
        elif seen.setdefault(digits(str(number)), index) != index:
            first = seen[digits(str(number))]
            yield Problem(path, f"'{number}' stands already in destinations[{first}]; keep one of them.", ": ")
    if options.get("destinations") == []:
        yield Problem(("destinations",), "must not be empty; give the numbers to send to.")
    content = str(options.get("content", "x"))
    if not content.strip():
        yield Problem(("content",), "must not be empty; give the text to send, or a file as src.")
    if len(content) > LONGEST_TEXT:
        what = f"is {len(content)} characters long; the server takes at most {LONGEST_TEXT}. Send it as a file."
        yield Problem(("content",), what)
    if options.get("src") == "":
        yield Problem(("src",), "must not be empty; give the file to send, or a text as content.")
    if options.get("receipt") == "":
        yield Problem(("receipt",), "must not be empty; give a file, or leave it out.")
    yield from file_modes.problems(options)
    if options.get("mode") is not None and not options.get("receipt"):
        yield Problem(("mode",), "needs receipt: it applies to no other file.")
    yield from not_between(options, "max_size", 1, math.inf)
    yield from not_between(options, "retry_failed", 0, 100)
    yield from not_between(options, "workers", 1, concurrency.MOST)
    for name in ("wait_timeout", "poll_interval", "retry_pause"):
        yield from not_between(options, name, SHORTEST, LONGEST)
    if options.get("retry_failed") and options.get("wait") is False:
        yield Problem(("retry_failed",), "needs wait: without it nobody knows that a fax failed.")


def send(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Send the document in `options` to its destination or destinations, once; with `wait`, until the journal says
    that it arrived. What the receipts say has arrived is not sent again.

    Raises the error of a fax that did not arrive, or of which it is not known; of several, one that names them all.
    """
    many = "destinations" in options
    destinations = options["destinations"] if many else [options["destination"]]
    document = _document(options)
    with _receipts(client, options, check_mode) as kept:
        subscriber = subscribers.find(client, read_options(Selector, options))
        warnings = [*kept.warnings, *_check_active(client, subscriber, check_mode)]
        job = Transmission(
            client, subscriber, document, options, destinations, kept, check_mode, ClaimedFaxes(kept.entries())
        )
        outcomes = concurrency.map_concurrently(
            lambda destination: deliver(job, destination), destinations, options["workers"]
        )
        rows = [_row(job, *each) for each in zip(destinations, outcomes, strict=True)]
        handed_on = {TRIES: kept.as_list()} if TRIES in options and kept.path is None else {}
    facts = {"subscriber": subscriber.as_dict(), **({"faxes": rows} if many else rows[0]), **handed_on}
    errors = [outcome for outcome in outcomes if isinstance(outcome, FaxError)]
    changed = any(row["changed"] for row in rows)
    if errors:
        error = together(errors, f"{len(errors)} of {len(rows)} faxes did not arrive, or it is not known")
        error.facts = {
            **{key: value for key, value in facts.items() if key not in ("msg", "error")},
            "changed": changed,
        }
        raise error
    return Result(changed, {key: value for key, value in facts.items() if key != "changed"}, warnings=warnings)


def _document(options: Mapping[str, Any]) -> Document:
    if options.get("content"):
        return documents.of_text(options["content"], options["force"])
    return documents.of_file(Path(options["src"]), options["max_size"], options["force"])


def _receipts(client: Client, options: Mapping[str, Any], check_mode: bool) -> AbstractContextManager[Receipts]:
    """Open the receipts in the file that the task names; without one, those of earlier tries of the same task, which
    are in a file of their own or were handed in.
    """
    earlier = options.get(TRIES, [])
    if options.get("receipt"):
        return receipts.opened(Path(options["receipt"]), client.url, check_mode, file_modes.file_mode(options))
    if isinstance(earlier, str):
        return receipts.opened(Path(earlier).expanduser(), client.url, check_mode, of_task=True)
    return receipts.handed(client.url, earlier)


def _check_active(client: Client, subscriber: Subscriber, check_mode: bool) -> list[str]:
    """Raise `Rejected` unless the subscriber may send. In check mode a task before this one may only have said that it
    would activate fax: a warning.
    """
    if settings.read(client, FAXSERVER_SETTINGS, subscriber).get("active") not in FALSY:
        return []
    inactive = f"Fax is not active for {subscriber}"
    if check_mode:
        return [f"{inactive}. The run itself fails unless a task before this one activates it."]
    raise Rejected(inactive, "Activate it first: ngcp.fax.faxserver_settings with active: true.")


def _row(job: Transmission, destination: str, outcome: JsonObject | FaxError) -> JsonObject:
    """What became of the fax to one destination, as the result shows it."""
    if isinstance(outcome, FaxError):
        # One that was not tried may have a receipt of an earlier run.
        facts = outcome.facts or Delivery(job, destination).facts()
        return {"destination": destination, **facts, "msg": str(outcome), "error": outcome.kind}
    return {"destination": destination, **outcome}


def deliver(job: Transmission, destination: str) -> JsonObject:
    """Bring the document to one destination: what the result says of it. Raises the error if it does not arrive.

    Of one subscriber's faxes to one number, one is under way at a time: nothing else would tell their entries apart.
    """
    with locks.held("send", job.client.url, str(job.subscriber.id), digits(destination)):
        delivery = Delivery(job, destination)
        try:
            return delivery.run()
        except FaxError as error:
            error.facts = delivery.facts()
            raise
        except Exception as error:
            # What became of the others must not be lost with this one.
            fault = Fault(f"The fax to {destination} met something unexpected ({type(error).__name__})", LOOK_FIRST)
            fault.facts = delivery.facts()
            raise fault from error


JOB = Job(spec_of_sending(), send, as_given)
