# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete faxes from the journal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LimitExceeded,
    NotFound,
    Unreadable,
    fault,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import (
    PATH,
    SAMPLE,
    check_zone,
    one,
    read,
    shown,
    wanted,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    PAGING,
    entries_in,
    fault_of,
    paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec


def spec_of_fax() -> Spec:
    """The spec of `fax`."""
    options: OptionSpecs = {
        "state": {"type": "str", "required": True, "choices": ["absent"]},
        "id": {"type": "list", "elements": "int"},
        "older_than": {"type": "str"},
        "confirm_all": {"type": "bool", "default": False},
        "max_deletions": {"type": "int", "default": 100},
        **PAGING,
    }
    which = (("id", "older_than"),)
    return spec(options, _fax_problems, selector=False, mutually_exclusive=which, required_one_of=which)


def _fax_problems(options: Options) -> Problems:
    named = [name for name in SELECTOR if name in options]
    if "id" in options:
        yield from (Problem((name,), "cannot be given together with id.") for name in named)
        if options["id"] == []:
            yield Problem(("id",), "must not be an empty list; name the faxes to delete.")
        for index, fax_id in enumerate(entries_in(options["id"])):
            yield from (replace(each, path=("id", index)) for each in not_between({"id": fax_id}, "id", 1, math.inf))
    if "older_than" in options:
        problem = fault_of(times.span, options["older_than"])
        if problem:
            yield Problem(("older_than",), f"{problem}.", ": ")
        elif not times.span(str(options["older_than"])):
            yield Problem(("older_than",), "must be longer than nothing.")
        else:
            yield from _too_early("older_than", options["older_than"])
        if not named and options.get("confirm_all") is not True:
            what = "without a subscriber deletes everybody's faxes; name one, or set confirm_all: true."
            yield Problem(("older_than",), what)
    yield from not_between(options, "max_deletions", 0, math.inf)
    yield from paging_problems(options)


def _too_early(name: str, text: Any) -> Problems:
    problem = fault_of(lambda one: times.moment(one, times.now()), text)
    if problem:
        yield Problem((name,), f"{problem}.", ": ")


def remove(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Delete faxes from the journal, by id or by age; what is gone already is no error.

    Raises `TooMany` before anything is deleted if there are more than `max_deletions`.
    """
    paging = Paging(options["page_size"], options["workers"])
    if options.get("id") is not None:
        found, unreadable = _those_there(client, options["id"], paging)
    else:
        until = times.now() - times.span(options["older_than"])
        found, unreadable = read(client, replace(wanted(client, options), until=until), paging)
    most = options["max_deletions"]
    if len(found) > most:
        raise LimitExceeded(
            f"{len(found)} faxes would be deleted, and max_deletions is {most}: nothing was deleted",
            "Some of them stand in the result as faxes; raise max_deletions if these are what you want to delete.",
            facts={"faxes": [shown(fax) for fax in found[:SAMPLE]]},
        )
    outcomes: list[FaxError | None] = [None] * len(found) if check_mode else delete_each(client, found, paging)
    deleted = [fax for fax, outcome in zip(found, outcomes, strict=True) if outcome is None]
    errors = [*unreadable, *(outcome for outcome in outcomes if outcome is not None)]
    facts = {"faxes": [shown(fax) for fax in deleted]}
    if errors:
        error = together(errors, f"{len(errors)} of {len(found) + len(unreadable)} faxes could not be deleted")
        error.facts = {"changed": bool(deleted) or any(each.perhaps_done for each in errors), **facts}
        raise error
    return Result(changed=bool(deleted), facts=facts)


def _those_there(client: Client, ids: Sequence[int], paging: Paging) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes with these ids, without those that are gone, and an error for each that cannot be read."""
    found = concurrency.map_concurrently(lambda fax_id: one(client, fax_id), sorted(set(ids)), paging.workers)
    errors = [each for each in found if isinstance(each, FaxError) and not isinstance(each, (NotFound, Unreadable))]
    if errors:
        raise together(errors, f"{len(errors)} of {len(found)} faxes cannot be read")
    there = [each for each in found if not isinstance(each, FaxError)]
    if there:
        check_zone(client, there[0])
    return there, [each for each in found if isinstance(each, Unreadable)]


def delete(client: Client, fax: Mapping[str, Any]) -> None:
    """Delete a fax that was there: gone meanwhile, or by a DELETE whose answer was lost, is no error.

    After an answer that does not tell, look whether it is gone. `perhaps_done` of an error says that nobody knows.
    """
    path = f"{PATH}{fax['id']}"
    try:
        client.delete(path)
    except FaxError as error:
        if not error.perhaps_done:
            if isinstance(error, NotFound):
                return
            raise
        try:
            client.get(path)
        except NotFound:
            return
        except FaxError:
            raise _unknown(f"It is not known whether fax {fax['id']} was deleted", error) from error
        if error.over:  # the API has answered, so that nothing more comes of the request
            error.perhaps_done = False
            raise
        unfinished = f"Fax {fax['id']} is there, but the request to delete it may still take effect"
        raise _unknown(unfinished, error) from error
    except Exception as error:
        unexpected = fault(error)
        unexpected.perhaps_done = True
        raise unexpected from error


def _unknown(what: str, cause: FaxError) -> FaxError:
    """Make the error of a DELETE that may have taken effect."""
    error = type(cause)(
        f"{what}: {cause.what}", "Run it again: a fax that is gone is no error.", cause.method, cause.path, cause.status
    )
    error.perhaps_done = True
    return error


def delete_each(client: Client, faxes: Sequence[JsonObject], paging: Paging) -> list[FaxError | None]:
    """Delete faxes side by side; return for each None, or why it could not be deleted."""
    return concurrency.map_concurrently(lambda fax: delete(client, fax), faxes, paging.workers)


JOB = Job(spec_of_fax(), remove, as_given)
