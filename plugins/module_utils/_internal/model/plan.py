# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the JSON Patch (RFC 6902) that brings current settings to desired ones, and show it without secrets. No I/O.

No other file imports jsonpatch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.times import Reading
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import (
    MASK,
    JsonMapping,
    JsonObject,
    Operation,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import (
    FALSY,
    element_key,
    is_same,
    sorted_list,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource

IMPORT_ERROR: ImportError | None = None
try:
    import jsonpatch
except ImportError as error:  # Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
# For the `libraries` of a `Job`.
LIBRARIES = {"jsonpatch": IMPORT_ERROR}

CHANGED_MASK = f"{MASK} (changed)"
"""Stands for the new value of a changed secret: two equal masks would look like no change."""


class RedactedPlan(TypedDict):
    """A plan as results show it, without any secret. `before` and `after` hold the declared fields."""

    patch: list[Operation]
    before: JsonObject
    after: JsonObject


class RedactedDiff(TypedDict):
    """The fields that differ, as results and `--diff` show them, without any secret."""

    before: JsonObject
    after: JsonObject


@dataclass(frozen=True)
class Plan:
    """The planned change of one settings resource. It holds secrets in plain text: pass on `redacted()` only."""

    resource: Resource
    managed: tuple[str, ...]
    """The declared fields, in the order of the resource (docs/design.md#only-what-is-declared-is-managed)."""
    operations: list[Operation]
    """The JSON Patch to send; applied to `before` it gives `after`."""
    before: JsonObject
    """The whole resource as the server shows it."""
    after: JsonObject
    """The whole resource as it will be."""
    left: tuple[str, ...] = ()
    """The declared secrets that differ on the server and stay that way, because the platform renews them
    (docs/design.md#a-rotated-secret-is-not-drift).
    """
    read: Reading | None = None
    """When `before` was read, where it matters: of a plan with operations in a run over many."""
    moved: tuple[str, ...] = ()
    """After the write, the undeclared fields that had changed on the server since `before` was read."""

    @property
    def deactivates(self) -> bool:
        """True if the settings are active now and would not be afterwards."""
        return self.before.get("active") not in FALSY and self.after.get("active") in FALSY

    def mismatched_fields(self, returned: JsonMapping) -> list[str]:
        """Return the managed fields in which the server's settings after the write are not those of `after`."""
        return [
            field.name
            for field in _fields(self.resource, self.managed)
            if not is_same(field, self.after[field.name], returned.get(field.name))
        ]

    def moved_fields(self, returned: JsonMapping) -> tuple[str, ...]:
        """Return the undeclared fields in which the server's settings after the write are not those of `before`."""
        return tuple(
            field.name
            for field in self.resource.fields
            if field.name not in self.managed
            and field.name in returned
            and field.name in self.before
            and not is_same(field, self.before[field.name], returned[field.name])
        )

    def redacted(self) -> RedactedPlan:
        """Return the plan without any secret (docs/design.md#secrets-never-leave)."""
        managed = _fields(self.resource, self.managed)
        secrets = {f"/{name}" for name in self.resource.secrets}
        return {
            "patch": [
                {**operation, "value": _masked(operation["value"])}
                if operation["path"] in secrets
                else operation.copy()
                for operation in self.operations
            ],
            "before": {field.name: _displayed(field, self.before) for field in managed},
            "after": {field.name: _displayed(field, self.after) for field in managed},
        }

    def diff(self) -> RedactedDiff:
        """Return the managed fields that differ, lists sorted, without any secret."""
        managed = _fields(self.resource, self.managed)
        changed = [field for field in managed if not is_same(field, self.before[field.name], self.after[field.name])]
        return {
            "before": {field.name: _displayed(field, self.before, sort=True) for field in changed},
            "after": {field.name: _displayed(field, self.after, sort=True, mask=CHANGED_MASK) for field in changed},
        }


def plan(resource: Resource, desired: JsonMapping, current: JsonMapping) -> Plan:
    """Return the plan that brings `current` to `desired`. It has no operations if nothing declared differs.

    `desired` holds the declared options by name, checked by `Spec.problems`: fields, the modes of lists, and the policy
    of a renewed secret. `current` is the resource as the server returned it. Raises `NotFound` if the server does not
    know a declared field.
    """
    managed = [field for field in resource.fields if field.name in desired]
    unknown = ", ".join(field.name for field in managed if field.name not in current)
    if unknown:
        raise NotFound(
            f"This server's {resource.module} has no {unknown}", "Its release does not know it: leave the option out."
        )
    # Always replace the whole field: an operation by index can hit the wrong element (docs/ngcp-api.md#list-order), and
    # `remove` sets a column's default (docs/ngcp-api.md#operations).
    operations: list[Operation] = [
        {"op": "replace", "path": f"/{field.name}", "value": wanted}
        for field in managed
        if not _is_identical(field, desired, current)
        and not is_same(field, wanted := _wanted(field, desired, current), current[field.name])
    ]
    before = dict(current)
    after = jsonpatch.apply_patch(before, operations) if operations else before
    left = tuple(
        field.name
        for field in managed
        if field.renewal
        and (desired.get(field.renewal.policy) or "auto") == "auto"
        and _is_left_to_server(field, desired, current)
        and not is_same(field, desired[field.name], current[field.name])
    )
    return Plan(resource, tuple(field.name for field in managed), operations, before, after, left)


def displayed(resource: Resource, settings: JsonMapping, secrets: bool = False) -> JsonObject:
    """Return settings as results show them: lists sorted, unknown fields as they are, secrets only on request."""
    fields = [field for field in resource.fields if field.name in settings]
    known = {field.name: _displayed(field, settings, sort=True) for field in fields if not (field.secret and secrets)}
    return {**settings, **known}


def has_unknown_keys(resource: Resource, settings: JsonMapping) -> bool:
    """Return True if an element of a list has a key that the collection does not know."""
    return any(
        not element.keys() <= {part.name for part in field.parts}
        for field in resource.lists
        for element in settings.get(field.name) or ()
    )


def _fields(resource: Resource, names: Sequence[str]) -> list[Field]:
    return [field for field in resource.fields if field.name in names]


def _is_identical(field: Field, desired: JsonMapping, current: JsonMapping) -> bool:
    """Fast path: identical values need no normalization. Any other value may still mean the same."""
    return bool(desired[field.name] == current[field.name]) and desired.get(field.mode, "exact") == "exact"


def _wanted(field: Field, desired: JsonMapping, current: JsonMapping) -> object:
    """Return the value that `field` must have on the server, in the server's form."""
    if _is_left_to_server(field, desired, current):
        return current[field.name]
    if field.parts:
        declared = [_element(field, element) for element in desired[field.name] or ()]
        return _MODES[desired.get(field.mode) or "exact"](field, declared, current[field.name] or [])
    return desired[field.name] or None if field.clearable else desired[field.name]


def _is_left_to_server(field: Field, desired: JsonMapping, current: JsonMapping) -> bool:
    """Return True if a secret that is set stays as it is, because the platform renews it."""
    renewal = field.renewal
    if not renewal or not current[field.name]:
        return False
    policy = desired.get(renewal.policy) or "auto"
    if policy != "auto":
        return bool(policy == "on_create")
    return bool((desired.get(renewal.schedule) or current.get(renewal.schedule) or renewal.never) != renewal.never)


def _element(field: Field, declared: JsonMapping) -> JsonObject:
    """Return a declared element with every known key: the server has other defaults for keys that are not sent."""
    return {
        part.name: (declared.get(part.name) or None) if part.clearable else declared.get(part.name, part.default)
        for part in field.parts
    }


def _exact(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """Return the declared elements only; keys of an element that the collection does not know are kept."""
    known = {element_key(field, element): element for element in current}
    return [{**known.get(element_key(field, element), {}), **element} for element in declared]


def _add(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """Return the current elements with the declared ones added, as often as declared."""
    if field.key:
        wanted = {element_key(field, element): element for element in _exact(field, declared, current)}
        kept = [wanted.pop(element_key(field, element), element) for element in current]
        return kept + list(wanted.values())
    present = [element_key(field, element) for element in current]
    missing = []
    for element in declared:
        if element_key(field, element) in present:
            present.remove(element_key(field, element))
        else:
            missing.append(element)
    return current + missing


def _remove(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """Return the current elements without the declared ones, every copy of them."""
    gone = [element_key(field, element) for element in declared]
    return [element for element in current if element_key(field, element) not in gone]


_MODES: dict[str, Callable[[Field, list[JsonObject], list[JsonObject]], list[JsonObject]]] = {
    "exact": _exact,
    "add": _add,
    "remove": _remove,
}


def _masked(value: object, mask: str = MASK) -> object:
    """Mask a secret, but show whether one is set."""
    return mask if value else value


def _displayed(field: Field, settings: JsonMapping, sort: bool = False, mask: str = MASK) -> object:
    value = settings[field.name]
    if field.secret:
        return _masked(value, mask)
    if field.parts and sort:
        return sorted_list(field, value or ())
    return copy.deepcopy(value)
