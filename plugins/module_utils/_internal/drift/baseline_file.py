# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a baseline from a file. Only the controller does: a module is sent the entries. No I/O."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.baseline import Accepted
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_positions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import ParseError


def read(text: str, name: str) -> tuple[list[Accepted], list[Problem]]:
    """Return the entries of a file and its problems, whose places are `name` and the line."""
    try:
        content = yaml_positions.located(text)
    except ParseError as broken:
        return [], [Problem((), sentence, place=f"{name}:{line + 1}") for line, sentence in broken.problems]
    if content.value is None:
        return [], []
    if not isinstance(content.value, list):
        what = f"A baseline is a list of entries, each with {', '.join(baseline.KEYS)}."
        return [], [Problem((), what, place=f"{name}:{content.line + 1}")]
    return baseline.entries_of((each, f"{name}:{each.line + 1}", name) for each in content.value)
