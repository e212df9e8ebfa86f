# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return faxes of the journal: the module `fax_info`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import FaxSelection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpecs,
    hidden_problems,
    not_between,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    PAGING,
    WINDOW,
    paging_problems,
    window_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)


def spec_of_fax_info() -> Spec:
    """Return the spec of `fax_info`."""
    options: OptionSpecs = {
        "id": {"type": "int"},
        **WINDOW,
        "caller": {"type": "str"},
        "callee": {"type": "str"},
        "limit": {"type": "int"},
        **PAGING,
    }
    return spec(options, _fax_info_problems, selector=False)


def _fax_info_problems(options: Options) -> Problems:
    if "id" in options:
        others = (*SELECTOR, *WINDOW, "caller", "callee", "limit")
        yield from (
            Problem((name,), f"cannot be given together with {option_name('id')}.")
            for name in others
            if name in options
        )
    for name in ("caller", "callee"):
        if not str(options.get(name, "x")).strip():
            yield Problem((name,), "must not be empty; leave it out to have all.")
        yield from hidden_problems((name,), options.get(name))
    yield from not_between(options, "id", 1, math.inf)
    yield from not_between(options, "limit", 1, math.inf)
    yield from window_problems(options)
    yield from paging_problems(options)


@dataclass(frozen=True)
class InfoOptions:
    """The options of `fax_info`."""

    selection: FaxSelection = field(default=FaxSelection(), metadata=group(FaxSelection))
    paging: Paging = field(default=Paging(), metadata=group(Paging))
    id: int | None = None
    """The fax to return; then nothing else is selected."""
    limit: int | None = None
    """The most faxes to return, the newest ones; None for all."""


def info(client: Client, options: InfoOptions, check_mode: bool) -> Result:
    """Return one fax by its id, or all that match, newest first. Raises `NotFound` if there is no fax with that id, and
    an error that holds the other faxes if some cannot be read.
    """
    found, errors = _find(client, options)
    facts = {"faxes": [journal.as_result(fax) for fax in found]}
    if errors:
        error = together(errors, f"{len(errors)} of {len(found) + len(errors)} faxes cannot be read")
        error.facts = {"changed": False, **facts}
        raise error
    return Result(changed=False, facts=facts)


def _find(client: Client, options: InfoOptions) -> tuple[list[JsonObject], list[FaxError]]:
    """Return the faxes, and an error for each that cannot be read."""
    if options.id:
        return [journal.get(client, options.id)], []
    wanted = journal.make_filter(client, options.selection)
    return journal.read(client, wanted, options.paging, options.limit)


JOB = Job(spec_of_fax_info(), info, partial(read_options, InfoOptions))
