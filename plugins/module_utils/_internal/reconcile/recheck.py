# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether settings must be read again just before they are written (docs/design.md#look-again-where-it-matters).

No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan


@dataclass(frozen=True)
class Circumstances:
    """What a decision depends on, beside the plan and what is declared."""

    age: float
    """How long ago the settings were read, in seconds."""
    recheck_after: float
    """The age from which they are read again, in seconds."""
    is_reviewed: bool = False
    """True if somebody has approved a plan."""
    shows_unknown_keys: bool = False
    """True if the server has shown an element of a list with a key that the collection does not know."""


def is_due(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """Return True if the settings must be read again before `planned` is sent. `desired`: see `plan.plan`."""
    return any(reason(planned, desired, circumstances) for reason in REASONS)


def _merges_a_list(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """What is sent holds the elements that somebody else wrote."""
    return any(desired.get(field.mode) in ("add", "remove") for field in planned.resource.lists)


def _depends_on_a_secret(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """A secret is sent or not, depending on the one that is set and on who renews it."""
    return any(
        field.renewal
        and field.name in desired
        and (desired.get(field.renewal.policy) or "auto") != "always"
        and not _is_surely_sent(
            desired.get(field.renewal.policy), desired.get(field.renewal.schedule), field.renewal.never
        )
        for field in planned.resource.fields
    )


def _is_surely_sent(policy: object, schedule: object, never: str) -> bool:
    """Return True if a secret is sent as declared whatever the server holds: the entry says that nobody renews it."""
    return (policy or "auto") == "auto" and schedule == never


def _copies_unknown_keys(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """The elements of a list that stay keep the keys that the collection does not know."""
    return circumstances.shows_unknown_keys and any(field.name in desired for field in planned.resource.lists)


def _is_reviewed(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """Somebody has approved a change of just these values."""
    return circumstances.is_reviewed


def _deactivates(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    """Faxes would be lost."""
    return planned.deactivates


def _is_old(planned: Plan, desired: JsonMapping, circumstances: Circumstances) -> bool:
    return circumstances.age >= circumstances.recheck_after


REASONS: tuple[Callable[[Plan, JsonMapping, Circumstances], bool], ...] = (
    _merges_a_list,
    _depends_on_a_secret,
    _copies_unknown_keys,
    _is_reviewed,
    _deactivates,
    _is_old,
)
