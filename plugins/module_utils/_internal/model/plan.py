# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Current + desired settings -> JSON Patch (RFC 6902) -> settings after; and what of it may be shown.

The only file that imports jsonpatch. No I/O.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import (
    FALSY,
    entry_key,
    is_same,
    shown_list,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource

IMPORT_ERROR: ImportError | None = None
try:
    import jsonpatch
except ImportError as error:  # Ansible's tools import this file without its libraries
    IMPORT_ERROR = error
# For the `libraries` of a `Job`.
LIBRARIES = {"jsonpatch": IMPORT_ERROR}

# What a changed secret shows as, for two masks look the same.
CHANGED_MASK = f"{MASK} (changed)"

Operation = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What would be done to one settings resource: `operations` applied to `before` give `after`.

    `before` and `after` are the whole resource as the server shows it, secrets in plain text: pass on `shown()` only.
    `managed` names the declared fields, in the resource's order (docs/design.md#only-what-is-declared-is-managed),
    `left` the declared secrets that differ on the server and stay so, since the platform renews them
    (docs/design.md#a-rotated-secret-is-not-drift).
    """

    resource: Resource
    managed: tuple[str, ...]
    operations: list[Operation]
    before: JsonObject
    after: JsonObject
    left: tuple[str, ...] = ()

    @property
    def deactivates(self) -> bool:
        """Whether what is active now would not be any more."""
        return self.before.get("active") not in FALSY and self.after.get("active") in FALSY

    def mismatched_fields(self, returned: Mapping[str, Any]) -> list[str]:
        """The managed fields in which `returned`, the server's settings after the write, is not `after`."""
        return [
            field.name
            for field in _fields(self.resource, self.managed)
            if not is_same(field, self.after[field.name], returned.get(field.name))
        ]

    def shown(self) -> JsonObject:
        """Return `patch`, `before` and `after` without any secret (docs/design.md#secrets-never-leave)."""
        managed = _fields(self.resource, self.managed)
        secrets = {f"/{name}" for name in self.resource.secrets}
        return {
            "patch": [
                {**operation, "value": _masked(operation["value"])} if operation["path"] in secrets else dict(operation)
                for operation in self.operations
            ],
            "before": {field.name: _shown(field, self.before) for field in managed},
            "after": {field.name: _shown(field, self.after) for field in managed},
        }

    def diff(self) -> JsonObject:
        """`before` and `after` of the fields that differ, lists sorted, without any secret."""
        managed = _fields(self.resource, self.managed)
        changed = [field for field in managed if not is_same(field, self.before[field.name], self.after[field.name])]
        return {
            "before": {field.name: _shown(field, self.before, sort=True) for field in changed},
            "after": {field.name: _shown(field, self.after, sort=True, mask=CHANGED_MASK) for field in changed},
        }


def plan(resource: Resource, desired: Mapping[str, Any], current: Mapping[str, Any]) -> Plan:
    """The plan that brings `current` to `desired`; without operations where nothing declared differs.

    `desired`: option name -> value, checked (`Spec.problems`), holding only what was declared; with `*_mode` for
    lists and the policy of a renewed secret. `current`: the resource as the server returned it.
    Raises `NotFound` where the server does not know a declared field.
    """
    managed = [field for field in resource.fields if field.name in desired]
    unknown = ", ".join(field.name for field in managed if field.name not in current)
    if unknown:
        raise NotFound(
            f"This server's {resource.name} has no {unknown}", "Its release does not know it: leave the option out."
        )
    # Always replace the whole field: an operation by index can hit the wrong entry (docs/ngcp-api.md#list-order), and
    # `remove` sets a column's default (docs/ngcp-api.md#operations).
    operations = [
        {"op": "replace", "path": f"/{field.name}", "value": wanted}
        for field in managed
        if not _is_plainly_there(field, desired, current)
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


def shown(resource: Resource, settings: Mapping[str, Any], secrets: bool = False) -> JsonObject:
    """Settings as they are shown: without any secret unless asked for, lists sorted, unknown fields as they are."""
    fields = [field for field in resource.fields if field.name in settings]
    known = {field.name: _shown(field, settings, sort=True) for field in fields if not (field.secret and secrets)}
    return {**settings, **known}


def _fields(resource: Resource, names: Sequence[str]) -> list[Field]:
    return [field for field in resource.fields if field.name in names]


def _is_plainly_there(field: Field, desired: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether the server holds just what is declared, which is so for nearly all; any other value may mean the same."""
    return bool(desired[field.name] == current[field.name]) and desired.get(field.mode, "exact") == "exact"


def _wanted(field: Field, desired: Mapping[str, Any], current: Mapping[str, Any]) -> Any:
    """What the server must hold for `field`, in the server's form."""
    if _is_left_to_server(field, desired, current):
        return current[field.name]
    if field.entry:
        declared = [_entry(field, entry) for entry in desired[field.name] or ()]
        return _MODES[desired.get(field.mode) or "exact"](field, declared, current[field.name] or [])
    return desired[field.name] or None if field.clearable else desired[field.name]


def _is_left_to_server(field: Field, desired: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Tell whether a secret that is set stays as it is, because the platform renews it."""
    renewal = field.renewal
    if not renewal or not current[field.name]:
        return False
    policy = desired.get(renewal.policy) or "auto"
    if policy != "auto":
        return bool(policy == "on_create")
    return bool((desired.get(renewal.schedule) or current.get(renewal.schedule) or renewal.never) != renewal.never)


def _entry(field: Field, declared: Mapping[str, Any]) -> JsonObject:
    """A declared entry with every key that the server knows: what is not sent gets another default there."""
    return {
        part.name: (declared.get(part.name) or None) if part.clearable else declared.get(part.name, part.default)
        for part in field.entry
    }


def _exact(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """The declared entries are all there is; keys of an entry that this collection does not know are kept."""
    known = {entry_key(field, entry): entry for entry in current}
    return [{**known.get(entry_key(field, entry), {}), **entry} for entry in declared]


def _add(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """The declared entries are there, as often as declared; the others stay as they are."""
    if field.key:
        wanted = {entry_key(field, entry): entry for entry in _exact(field, declared, current)}
        kept = [wanted.pop(entry_key(field, entry), entry) for entry in current]
        return kept + list(wanted.values())
    there = [entry_key(field, entry) for entry in current]
    missing = []
    for entry in declared:
        if entry_key(field, entry) in there:
            there.remove(entry_key(field, entry))
        else:
            missing.append(entry)
    return current + missing


def _remove(field: Field, declared: list[JsonObject], current: list[JsonObject]) -> list[JsonObject]:
    """The declared entries are gone, every copy of them; the others stay as they are."""
    gone = [entry_key(field, entry) for entry in declared]
    return [entry for entry in current if entry_key(field, entry) not in gone]


_MODES: dict[str, Callable[[Field, list[JsonObject], list[JsonObject]], list[JsonObject]]] = {
    "exact": _exact,
    "add": _add,
    "remove": _remove,
}


def _masked(value: Any, mask: str = MASK) -> Any:
    """A secret as it may be shown; that none is set is no secret."""
    return mask if value else value


def _shown(field: Field, settings: Mapping[str, Any], sort: bool = False, mask: str = MASK) -> Any:
    value = settings[field.name]
    if field.secret:
        return _masked(value, mask)
    if field.entry and sort:
        return shown_list(field, value or ())
    return copy.deepcopy(value)
