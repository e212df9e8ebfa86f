# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans -> the rows of a report: what on the server is not as declared (docs/drift.md). No I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import differences, entries, patch, reporting
from ansible_collections.ngcp.fax.plugins.module_utils.describe import may_name
from ansible_collections.ngcp.fax.plugins.module_utils.entries import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils.errors import FaxError, NotFound
from ansible_collections.ngcp.fax.plugins.module_utils.history import Change
from ansible_collections.ngcp.fax.plugins.module_utils.patch import Plan
from ansible_collections.ngcp.fax.plugins.module_utils.resources import Field, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils.rows import Row
from ansible_collections.ngcp.fax.plugins.module_utils.state_text import flow


@dataclass
class Known:
    """What is known of a subscriber beside its settings.

    `risks`: by the resource, the sentences about what the server holds. `changes`: by the module and the field, who
    made the difference, and when.
    """

    username: str | None = None
    domain: str | None = None
    customer: int | None = None
    risks: dict[str, list[str]] = field(default_factory=dict)
    changes: dict[str, Mapping[str, Change]] = field(default_factory=dict)


def rows_of(row: Row, known: Known, options: Mapping[str, Any]) -> list[JsonObject]:
    """The rows of one subscriber, or of an entry that names nobody. `options`: the task's."""
    who = row.target.subscriber
    person = row.target.as_dict()
    person["username"], person["domain"] = person["username"] or known.username, person["domain"] or known.domain
    base = {"subscriber": person, "customer": known.customer}
    found: list[JsonObject] = []
    if row.error:
        # Nothing settles this: whether somebody missing is to be made or the entry to go, no single line can tell.
        found.append({**reporting.failed(row), **({"kind": reporting.MISSING} if is_missing(row.error) else {})})
    if row.active:
        found += [_unmanaged(name, person) for name in row.active]
    else:
        layers = entries.layers(row.target.entries) if row.plans else []
        places, declared = entries.sources(layers), entries.combined([settings for _place, settings in layers])
        restore = _restore(person, options) if row.plans else ""
        for name, made in row.plans.items():
            for each in differences.of_plan(made):
                change = known.changes.get(name, {}).get(each["field"])
                settle = {"accept": _accept(made, declared.get(name, {}), each["field"]), "restore": restore}
                place = places.get(name, {}).get(each["field"])
                told = {"since": change.since, "by": change.by} if change else {}
                found.append({**each, "kind": reporting.DRIFT, "place": place, "settle": settle, **told})
    for resource, sentences in known.risks.items():
        found += reporting.risky(row, resource, sentences)
    name = "" if who else str(row.target.entries[-1])
    return [reporting.whole({**base, **each}, name) for each in found]


def is_missing(error: FaxError) -> bool:
    """Whether somebody is not on the server. That a release does not know a field is no answer of the server's."""
    return isinstance(error, NotFound) and error.method is not None


def _unmanaged(name: str, person: Mapping[str, Any]) -> JsonObject:
    selector = _selector(person)
    lines = f"- {selector[0]}: {flow(selector[1])}\n  {name}:\n    active: true\n"
    return {
        **reporting.unmanaged(name),
        "settle": {
            "accept": lines,
            "restore": _command(name, {selector[0]: selector[1], "active": False}),
        },
    }


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
        lines = [f"  {name}: {flow(patch.plain(each, there))}"]
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
        return mode, sorted(there, key=lambda entry: str(patch.key(each, entry)))
    by_key: dict[Any, list[Mapping[str, Any]]] = {}
    for entry in there:
        by_key.setdefault(patch.key(each, entry), []).append(entry)
    present: list[Mapping[str, Any]] = []
    absent: list[Mapping[str, Any]] = []
    for entry in declared.get(each.name) or []:
        those = by_key.get(patch.key(each, entry))
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
    known = differences.entry_of(each, entry) or {}
    return {each.key: known[each.key]} if mode == "remove" and each.key else known
