# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the command that restores a declared value, or the lines that declare the server's. No I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff, equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Settlement
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import may_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import flow


@dataclass(frozen=True)
class RestoreOptions:
    """The options of the task that the command to restore a subscriber repeats."""

    src: Sequence[str] | None = None
    defaults: JsonMapping | None = None
    allow_empty: bool = False

    def restore(self, person: Person) -> str:
        """Return the command that shows how to restore the declared settings of one subscriber.

        Without its `--check`, the command restores them. Return a comment if no command can.
        """
        if not self.src or self._has_secret():
            return "# Run the task that declares it."
        given: JsonObject = {"src": self.src, "defaults": self.defaults, "allow_empty": self.allow_empty}
        options = {name: value for name, value in given.items() if value}
        return _command("fax_subscribers", {**options, "only": [str(_selector(person)[1])]})

    def _has_secret(self) -> bool:
        return any(SETTINGS[name].secrets & set(given or ()) for name, given in (self.defaults or {}).items())


def declaration(plan: Plan, declared: JsonMapping, name: str) -> str:
    """Return the lines of a state file that declare the server's value of the field `name`.

    They go below the subscriber's entry. `declared` holds the settings that the entry declares now.
    """
    field = next(each for each in plan.resource.fields if each.name == name)
    actual = plan.before[name]
    if field.parts:
        mode, elements = _declared_elements(field, actual or [], declared)
        lines = [f"  {name}:" if elements else f"  {name}: []"]
        lines += [f"    - {flow(_declaration(field, element, mode))}" for element in elements]
        # The mode may be declared elsewhere, and goes with the list.
        lines += [] if mode == "exact" else [f"  {field.mode}: {mode}"]
    elif field.secret and actual:
        lines = [f"  # {name}: as on the server, which ngcp.fax.export writes with export_secrets: vault"]
    else:
        lines = [f"  {name}: {flow(equality.normalize(field, actual))}"]
    return "\n".join([f"{plan.resource.module}:", *lines, ""])


def settle_unmanaged(person: Person, module: str) -> Settlement:
    """Return the ways to settle active settings of a subscriber without an entry: declare or deactivate them."""
    option, value = _selector(person)
    return {
        "declare": f"- {option}: {flow(value)}\n  {module}:\n    active: true\n",
        "restore": _command(module, {option: value, "active": False}),
    }


def _selector(person: Person) -> tuple[str, str | int | None]:
    """Return the option that names a subscriber, and its value.

    Ansible evaluates templates in the command, and anybody may have written the name: an unsafe name is replaced by the
    id.
    """
    name = person["subscriber"]
    return ("subscriber", name) if name and may_name("subscriber", name) else ("subscriber_id", person["subscriber_id"])


def _command(module: str, options: JsonObject) -> str:
    # Pasted unchanged, the command only shows what it would do.
    command = ["ansible", "localhost", "-m", f"ngcp.fax.{module}", "--check", "--diff", "-a", json.dumps(options)]
    return shlex.join(command)


def _declared_elements(
    field: Field, actual: Sequence[JsonMapping], declared: JsonMapping
) -> tuple[str, list[JsonMapping]]:
    """Return the mode and the elements to declare so that the server's list is as declared.

    A list to add or to remove cannot be empty: if the server has none of the elements to add, declare them as removed,
    and the other way round.
    """
    mode = declared.get(field.mode) or "exact"
    if mode == "exact":
        return mode, sorted(actual, key=lambda element: str(equality.element_key(field, element)))
    by_key: dict[Hashable, list[JsonMapping]] = {}
    for element in actual:
        by_key.setdefault(equality.element_key(field, element), []).append(element)
    present: list[JsonMapping] = []
    absent: list[JsonMapping] = []
    for element in declared.get(field.name) or []:
        copies = by_key.get(equality.element_key(field, element))
        if not copies:
            absent.append(element)
        elif mode == "remove":  # one element removes all copies
            present.append(copies[0])
        else:
            present.append(copies.pop())
    kept = {"add": present, "remove": absent}
    other = "remove" if mode == "add" else "add"
    return (mode, kept[mode]) if kept[mode] else (other, kept[other])


def _declaration(field: Field, element: JsonMapping, mode: str) -> JsonObject:
    """Return an element as a state file declares it; of one to be removed, only its key, if it has one."""
    known = diff.known_keys(field, element) or {}
    return {field.key: known[field.key]} if mode == "remove" and field.key else known
