# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle a difference: the command that restores what is declared, or the lines that accept what is there. No I/O."""

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
    """Options of the task that the command which restores a subscriber repeats."""

    src: Sequence[str] | None = None
    defaults: JsonMapping | None = None
    allow_empty: bool = False

    def restore(self, person: Person) -> str:
        """Return the command that shows what would restore the declared settings of one subscriber.

        Without `--check` the command restores them. Where no command can, return a comment.
        """
        if not self.src or self._has_secret():
            return "# Run the task that declares it."
        given: JsonObject = {"src": self.src, "defaults": self.defaults, "allow_empty": self.allow_empty}
        options = {name: value for name, value in given.items() if value}
        return _command("fax_subscribers", {**options, "only": [str(_selector(person)[1])]})

    def _has_secret(self) -> bool:
        return any(SETTINGS[name].secrets & set(given or ()) for name, given in (self.defaults or {}).items())


def accept(plan: Plan, declared: JsonMapping, name: str) -> str:
    """Return the lines of a state file that declare what the server has in the field `name`.

    They go below the subscriber's entry. `declared` are the settings that the entry declares today.
    """
    field = next(each for each in plan.resource.fields if each.name == name)
    actual = plan.before[name]
    if field.entry:
        mode, entries = _accepted_entries(field, actual or [], declared)
        lines = [f"  {name}:" if entries else f"  {name}: []"]
        lines += [f"    - {flow(_declaration(field, entry, mode))}" for entry in entries]
        # The mode may be declared elsewhere, and goes with the list.
        lines += [] if mode == "exact" else [f"  {field.mode}: {mode}"]
    elif field.secret and actual:
        lines = [f"  # {name}: as on the server, which ngcp.fax.export writes with export_secrets: vault"]
    else:
        lines = [f"  {name}: {flow(equality.normalize(field, actual))}"]
    return "\n".join([f"{plan.resource.module}:", *lines, ""])


def settle_unmanaged(person: Person, module: str) -> Settlement:
    """Return what settles settings that are active though no entry is about the subscriber: declare, or deactivate."""
    option, value = _selector(person)
    return {
        "accept": f"- {option}: {flow(value)}\n  {module}:\n    active: true\n",
        "restore": _command(module, {option: value, "active": False}),
    }


def _selector(person: Person) -> tuple[str, str | int | None]:
    """Return the option that names a subscriber, and its value.

    Whatever somebody has written on the server is a template to Ansible in a command: a name that is not safe there is
    replaced by the id.
    """
    name = f"{person['username']}@{person['domain']}"
    is_known = person["username"] and may_name("subscriber", name)
    return ("subscriber", name) if is_known else ("subscriber_id", person["id"])


def _command(module: str, options: JsonObject) -> str:
    # A command that is pasted as it is only shows what it would do.
    command = ["ansible", "localhost", "-m", f"ngcp.fax.{module}", "--check", "--diff", "-a", json.dumps(options)]
    return shlex.join(command)


def _accepted_entries(
    field: Field, actual: Sequence[JsonMapping], declared: JsonMapping
) -> tuple[str, list[JsonMapping]]:
    """Return the mode and the entries to declare so that what the server has is right.

    A list to add or to remove cannot be empty: if none of the entries to add is there, they are to be removed, and the
    other way round.
    """
    mode = declared.get(field.mode) or "exact"
    if mode == "exact":
        return mode, sorted(actual, key=lambda entry: str(equality.entry_key(field, entry)))
    by_key: dict[Hashable, list[JsonMapping]] = {}
    for entry in actual:
        by_key.setdefault(equality.entry_key(field, entry), []).append(entry)
    present: list[JsonMapping] = []
    absent: list[JsonMapping] = []
    for entry in declared.get(field.name) or []:
        copies = by_key.get(equality.entry_key(field, entry))
        if not copies:
            absent.append(entry)
        elif mode == "remove":  # one stands for all copies
            present.append(copies[0])
        else:
            present.append(copies.pop())
    kept = {"add": present, "remove": absent}
    other = "remove" if mode == "add" else "add"
    return (mode, kept[mode]) if kept[mode] else (other, kept[other])


def _declaration(field: Field, entry: JsonMapping, mode: str) -> JsonObject:
    """Return an entry as a state file declares it; of one to be removed only its key, if it has one."""
    known = diff.known_keys(field, entry) or {}
    return {field.key: known[field.key]} if mode == "remove" and field.key else known
