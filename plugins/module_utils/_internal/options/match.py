# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `match`: a set of subscribers by what they are. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS, Filter
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import NOT, if_word, unknown
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    OptionSpecs,
    hidden_problems,
    not_between,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import checks_of

MATCH: OptionSpecs = {each.name: {"type": each.type} for each in FILTERS}
_CHECKS = checks_of(MATCH)


def match_problems(value: object, path: OptionPath = ("match",)) -> Problems:
    """Yield problems of `value`, a mapping at `path` that selects subscribers. Every option of this kind is checked
    here alone, so that a mistake is described in the same words wherever it is made.
    """
    if not isinstance(value, Mapping):
        yield Problem(path, f"must be a mapping with {', '.join(MATCH)}.")
        return
    wrong = list(unknown(path, value, MATCH))
    yield from wrong
    if not wrong and all(value.get(name) is None for name in MATCH):
        yield Problem(path, f"is empty, which would be everybody; give at least one of {', '.join(MATCH)}.")
    for each in FILTERS:
        found = list(_CHECKS[each.name].problems((each.name,), value.get(each.name)))
        given = _CHECKS[each.name].normalized(value.get(each.name))
        yield from (problem.below(*path) for problem in found or _value_problems(each, given))


def given_match(value: JsonMapping | None) -> dict[str, Any]:
    """Return the given keys of a checked `match`, numbers as such; an empty mapping for None."""
    return {name: _CHECKS[name].normalized(each) for name, each in (value or {}).items() if each is not None}


def _value_problems(one: Filter, value: object) -> Problems:
    """Yield problems of a value that the server would misread: `*` is a wildcard, and NULL selects subscribers without
    a value.
    """
    yield from not_between({one.name: value}, one.name, 1, math.inf)
    if not isinstance(value, str):
        return
    hidden = list(hidden_problems((one.name,), value))
    if value == "":
        yield Problem((one.name,), "must not be empty; leave it out to have all.")
    elif "*" in value or value == "NULL":
        yield Problem((one.name,), f"must be one whole value, without a wildcard{if_word(value, NOT)}.")
    elif hidden:
        yield from hidden
    elif one.contains and not re.fullmatch(r"[0-9]+", value):
        what = f"must be a whole number with country code, digits only{if_word(value, NOT)}."
        yield Problem((one.name,), what)
