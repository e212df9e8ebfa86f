# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the outcomes of a survey that something must still be read of. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS, Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


def wanted_settings(outcomes: Mapping[int, Outcome]) -> dict[str, list[int]]:
    """Return the ids of the subscribers whose settings must be read, by module."""
    wanted: dict[str, list[int]] = {name: [] for name in SETTINGS}
    for number, outcome in outcomes.items():
        for name in () if outcome.error else outcome.target.names:
            wanted[name].append(number)
    return wanted


def due_names(outcomes: Iterable[Outcome], choice: str) -> list[Entry]:
    """Return the entries whose names beside ids must be verified. `choice` is the value of `verify_names`."""
    return [
        outcome.target.entries[-1]
        for outcome in outcomes
        if outcome.target.is_unverified and (choice == "always" or _is_shown(outcome))
    ]


def _is_shown(outcome: Outcome) -> bool:
    """Return True if the subscriber would be written, or has rows in a report; or if its id may be gone."""
    return bool(outcome.changes or outcome.risks or outcome.left or isinstance(outcome.error, NotFound))
