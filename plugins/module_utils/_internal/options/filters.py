# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters of subscribers as options. No I/O."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import NOT, if_word, in_quotes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpecs,
    hidden_problems,
    instead,
    not_between,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import paging_problems

FILTER_OPTIONS: OptionSpecs = {**{each.name: {"type": each.type} for each in FILTERS}, "active": {"type": "bool"}}


def filter_problems(options: Options) -> Problems:
    """Yield problems of filters that the server would misread: `*` is a wildcard, and NULL selects subscribers without
    a value.
    """
    for each in FILTERS:
        value = options.get(each.name)
        if value == "":
            yield Problem((each.name,), "must not be empty; leave it out to have all.")
        elif isinstance(value, str) and ("*" in value or value == "NULL"):
            yield Problem((each.name,), f"must be one whole value, without a wildcard{if_word(value, NOT)}.")
        else:
            yield from hidden_problems((each.name,), value)
        if each.contains and isinstance(value, str) and value and not re.fullmatch(r"\d+", value):
            what = f"must be a whole number with country code, digits only{if_word(value, NOT)}."
            yield Problem((each.name,), what)
        yield from not_between(options, each.name, 1, math.inf)


def inventory_problems(options: Options) -> Problems:
    """Yield problems of the options that only the inventory plugin has."""
    filters = options.get("filters") or {}
    unknown = sorted(map(str, filters.keys() - FILTER_OPTIONS.keys()))
    if unknown:
        what = f"{', '.join(unknown)} is not a filter; use one of {', '.join(FILTER_OPTIONS)}."
        yield Problem((), what, place="filters")
    for name, value in filters.items():
        kind = FILTER_OPTIONS.get(name, {}).get("type")
        if kind == "bool" and not isinstance(value, bool):
            yield Problem((name,), f"must be true or false{instead(value)}.", place="filters")
        elif kind == "int" and (isinstance(value, bool) or not isinstance(value, int)):
            yield Problem((name,), f"must be a number{instead(value)}.", place="filters")
        elif kind == "str" and not isinstance(value, str):
            yield Problem((name,), f"must be a text{in_quotes(value)}.", place="filters")
    yield from (replace(problem, place="filters") for problem in filter_problems(filters))
    if filters.get("active") is not None and not options.get("with_settings"):
        yield Problem(("active",), "needs with_settings: true, because it is a setting.", place="filters")
    yield from paging_problems(options)
