# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks for options of every kind. No I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import describe_invisible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems

Options = Mapping[str, Any]
# One option, and all of a module, as Ansible describes them in an argument spec.
OptionSpec = dict[str, Any]
OptionSpecs = dict[str, OptionSpec]

# The limits of options in seconds: up to a day.
SHORTEST, LONGEST = 0.001, 86400.0


def instead(value: object) -> str:
    """Return the end of a sentence that quotes a wrong value; empty for a list or an entry, which may hold anything."""
    return "" if isinstance(value, (list, tuple, Mapping)) else f", not '{value}'"


def not_between(options: Options, name: str, least: float, most: float) -> Problems:
    """Yield the problem of a number that is not between `least` and `most`."""
    value = options.get(name)
    if isinstance(value, (int, float)) and not least <= value <= most:
        upper = "" if most == math.inf else f" and {most:g}"
        yield Problem((name,), f"must be {'between' if upper else 'at least'} {least:g}{upper}, not {value}.")


def hidden_problems(path: OptionPath, value: object) -> Problems:
    """Yield the problem of a selector, address or rule that holds an invisible character."""
    found = describe_invisible(value) if isinstance(value, str) and value.strip(" \t\r\n\f\v") else ""
    if found:
        yield Problem(path, f"holds {found}, which is invisible; remove it.")
