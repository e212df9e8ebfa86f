# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete faxes from the journal: the module `fax`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import FaxSelection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    PAGING,
    elements_in,
    fault_of,
    paging_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)

# How many faxes the error about too many of them names.
SAMPLE = 20


def spec_of_fax() -> Spec:
    """Return the spec of `fax`."""
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
        yield from (Problem((name,), f"cannot be given together with {option_name('id')}.") for name in named)
        if options["id"] == []:
            yield Problem(("id",), "must not be an empty list; name the faxes to delete.")
        for index, fax_id in enumerate(elements_in(options["id"])):
            yield from (replace(each, path=("id", index)) for each in not_between({"id": fax_id}, "id", 1, math.inf))
    if "older_than" in options:
        problem = fault_of(times.span, options["older_than"])
        if problem:
            yield Problem(("older_than",), f"{problem}.", ": ")
        elif not times.span(str(options["older_than"])):
            yield Problem(("older_than",), "must be longer than zero.")
        else:
            yield from _too_early("older_than", options["older_than"])
        if not named and options.get("confirm_all") is not True:
            what = (
                f"without a subscriber deletes everybody's faxes; name one, or set {option_name('confirm_all')}: true."
            )
            yield Problem(("older_than",), what)
    yield from not_between(options, "max_deletions", 0, math.inf)
    yield from paging_problems(options)


def _too_early(name: str, text: object) -> Problems:
    problem = fault_of(lambda span: times.moment(span, times.now()), text)
    if problem:
        yield Problem((name,), f"{problem}.", ": ")


@dataclass(frozen=True)
class DeleteOptions:
    """The options of `fax`."""

    selection: FaxSelection = field(default=FaxSelection(), metadata=group(FaxSelection))
    paging: Paging = field(default=Paging(), metadata=group(Paging))
    id: Sequence[int] | None = None
    """The faxes to delete; then `older_than` is None."""
    older_than: str = ""
    """The age from which faxes are deleted, in a form that `times.span` accepts."""
    max_deletions: int = 100
    """Delete nothing if there are more faxes than this."""


def delete_faxes(client: Client, options: DeleteOptions, check_mode: bool) -> Result:
    """Delete faxes by id or by age; a fax that is gone already is not an error.

    Raises `LimitExceeded` before anything is deleted if there are more than `max_deletions`, and an error that holds
    the deleted faxes if others could not be deleted.
    """
    found, unreadable = _find(client, options)
    limit = options.max_deletions
    if len(found) > limit:
        name = option_name("max_deletions")
        raise LimitExceeded(
            f"{len(found)} faxes would be deleted, and {name} is {limit}: nothing was deleted",
            f"Some of them are in the result as faxes; raise {name} if these are what you want to delete.",
            facts={"faxes": [journal.as_result(fax) for fax in found[:SAMPLE]]},
        )
    outcomes: list[FaxError | None] = [None] * len(found) if check_mode else delete_each(client, found, options.paging)
    deleted = [fax for fax, outcome in zip(found, outcomes, strict=True) if outcome is None]
    errors = [*unreadable, *(outcome for outcome in outcomes if outcome is not None)]
    facts = {"faxes": [journal.as_result(fax) for fax in deleted]}
    if errors:
        error = together(errors, f"{len(errors)} of {len(found) + len(unreadable)} faxes could not be deleted")
        error.facts = {"changed": bool(deleted) or any(one.perhaps_done for one in errors), **facts}
        raise error
    return Result(changed=bool(deleted), facts=facts)


def _find(client: Client, options: DeleteOptions) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes to delete, and an error for each that cannot be read."""
    if options.id is not None:
        return _existing(client, options.id, options.paging)
    until = times.now() - times.span(options.older_than)
    wanted = replace(journal.make_filter(client, options.selection), until=until)
    return journal.read(client, wanted, options.paging)


def _existing(client: Client, ids: Sequence[int], paging: Paging) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes with these ids, without those that are gone, and an error for each that cannot be read."""
    unique = sorted(set(ids))
    outcomes = concurrency.map_concurrently(lambda fax_id: journal.read_one(client, fax_id), unique, paging.workers)
    errors = [outcome for outcome in outcomes if isinstance(outcome, FaxError)]
    failed = [error for error in errors if not isinstance(error, (NotFound, Unreadable))]
    if failed:
        raise together(failed, f"{len(failed)} of {len(outcomes)} faxes cannot be read")
    faxes = [outcome for outcome in outcomes if not isinstance(outcome, FaxError)]
    if faxes:
        journal.check_zone(client, faxes[0])
    return faxes, [error for error in errors if isinstance(error, Unreadable)]


def delete_each(client: Client, faxes: Sequence[JsonObject], paging: Paging) -> list[FaxError | None]:
    """Delete faxes concurrently; return, for each, None or the error that prevented it."""
    return concurrency.map_concurrently(lambda fax: delete(client, fax), faxes, paging.workers)


def delete(client: Client, fax: JsonMapping) -> None:
    """Delete one fax that existed; it is not an error if it is gone by now, or by a DELETE whose answer was lost.

    After an inconclusive answer, check whether the fax is gone. Raises `FaxError`; its `perhaps_done` is set if the
    outcome remains unknown.
    """
    path = f"{journal.PATH}{fax['id']}"
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
        if error.over:  # the API has answered, so the request cannot take effect later
            error.perhaps_done = False
            raise
        unfinished = f"Fax {fax['id']} still exists, but the request to delete it may take effect later"
        raise _unknown(unfinished, error) from error
    except Exception as error:
        unexpected = fault(error)
        unexpected.perhaps_done = True
        raise unexpected from error


def _unknown(what: str, cause: FaxError) -> FaxError:
    """Return the error of a DELETE that may have taken effect, with the class of its cause."""
    advice = "Run it again: a fax that is gone is not an error."
    error = type(cause)(f"{what}: {cause.what}", advice, cause.method, cause.path, cause.status)
    error.perhaps_done = True
    return error


JOB = Job(spec_of_fax(), delete_faxes, partial(read_options, DeleteOptions))
