# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of faxes, as `fax_info` returns it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import together
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import get, read, shown, wanted
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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec


def spec_of_fax_info() -> Spec:
    """The spec of `fax_info`."""
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
        yield from (Problem((name,), "cannot be given together with id.") for name in others if name in options)
    for name in ("caller", "callee"):
        if not str(options.get(name, "x")).strip():
            yield Problem((name,), "must not be empty; leave it out to have all.")
        yield from hidden_problems((name,), options.get(name))
    yield from not_between(options, "id", 1, math.inf)
    yield from not_between(options, "limit", 1, math.inf)
    yield from window_problems(options)
    yield from paging_problems(options)


def info(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """One fax by its id, or those that fit, newest first."""
    if options.get("id"):
        found = [get(client, options["id"])]
    else:
        paging = Paging(options["page_size"], options["workers"])
        found, errors = read(client, wanted(client, options), paging, options.get("limit"))
        if errors:
            error = together(errors, f"{len(errors)} of {len(found) + len(errors)} faxes cannot be read")
            error.facts = {"changed": False, "faxes": [shown(fax) for fax in found]}
            raise error
    return Result(changed=False, facts={"faxes": [shown(fax) for fax in found]})


JOB = Job(spec_of_fax_info(), info, as_given)
