# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What settles a difference: the command, or the lines to accept."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff, equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.loader import may_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import flow

# What settles a difference --------------------------------------------------------------------------------------------


def _selector(person: Mapping[str, Any]) -> tuple[str, Any]:
    """What names a subscriber in a file, and in a command: the options of one are templates to Ansible, and a name is
    whatever somebody has written on the server.
    """
    name = f"{person['username']}@{person['domain']}"
    is_known = person["username"] and may_name("subscriber", name)
    return ("subscriber", name) if is_known else ("subscriber_id", person["id"])


def _restore(person: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """The command that shows what would put the declared settings of one subscriber back and, without --check, does it;
    or a comment where no command can.
    """
    defaults = options.get("defaults") or {}
    if not options.get("src") or any(SETTINGS[name].secrets & set(given or ()) for name, given in defaults.items()):
        return "# Run the task that declares it."
    given: JsonObject = {name: options[name] for name in ("src", "defaults", "allow_empty") if options.get(name)}
    return _command("fax_subscribers", {**given, "only": [str(_selector(person)[1])]})


def _command(module: str, options: JsonObject) -> str:
    # Pasted as it is, it only shows what it would do.
    command = ["ansible", "localhost", "-m", f"ngcp.fax.{module}", "--check", "--diff", "-a", json.dumps(options)]
    return shlex.join(command)


def _accept(made: Plan, declared: Mapping[str, Any], name: str) -> str:
    """The lines of a state file that declare what the server holds, below the subscriber's entry."""
    each = next(one for one in made.resource.fields if one.name == name)
    there = made.before[name]
    if each.entry:
        mode, kept = _accepted_entries(each, there or [], declared)
        lines = [f"  {name}:" if kept else f"  {name}: []", *(f"    - {flow(_named(each, one, mode))}" for one in kept)]
        # The mode may be declared elsewhere, and goes with the list.
        lines += [] if mode == "exact" else [f"  {each.mode}: {mode}"]
    elif each.secret and there:
        lines = [f"  # {name}: as on the server, which ngcp.fax.export writes with export_secrets: vault"]
    else:
        lines = [f"  {name}: {flow(equality.normalize(each, there))}"]
    return "\n".join([f"{made.resource.module}:", *lines, ""])


def _accepted_entries(
    each: Field, there: Sequence[Mapping[str, Any]], declared: Mapping[str, Any]
) -> tuple[str, list[Mapping[str, Any]]]:
    """The mode and the entries to declare so that what is there is right.

    A list to add or to remove cannot be empty. Where none of those to be added is there, they are to be removed, and
    the other way round.
    """
    mode = declared.get(each.mode) or "exact"
    if mode == "exact":
        return mode, sorted(there, key=lambda entry: str(equality.entry_key(each, entry)))
    by_key: dict[Any, list[Mapping[str, Any]]] = {}
    for entry in there:
        by_key.setdefault(equality.entry_key(each, entry), []).append(entry)
    present: list[Mapping[str, Any]] = []
    absent: list[Mapping[str, Any]] = []
    for entry in declared.get(each.name) or []:
        those = by_key.get(equality.entry_key(each, entry))
        if not those:
            absent.append(entry)
        elif mode == "remove":  # every copy of it
            present.append(those[0])
        else:
            present.append(those.pop())
    kept = {"add": present, "remove": absent}
    other = "remove" if mode == "add" else "add"
    return (mode, kept[mode]) if kept[mode] else (other, kept[other])


def _named(each: Field, entry: Mapping[str, Any], mode: str) -> JsonObject:
    """An entry as it is written: of one to be removed only what names it, where something does."""
    known = diff.entry_of(each, entry) or {}
    return {each.key: known[each.key]} if mode == "remove" and each.key else known
