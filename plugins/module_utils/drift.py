# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans -> the rows of a report: what on the server is not as declared (docs/drift.md). No I/O.

A row is about one field of one subscriber, of a list about one entry. It holds no secret (design rule 8).
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import entries, patch
from ansible_collections.ngcp.fax.plugins.module_utils.entries import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils.errors import FaxError, NotFound
from ansible_collections.ngcp.fax.plugins.module_utils.history import Change
from ansible_collections.ngcp.fax.plugins.module_utils.patch import Plan
from ansible_collections.ngcp.fax.plugins.module_utils.resources import Field, JsonObject, Resource
from ansible_collections.ngcp.fax.plugins.module_utils.rows import Row

VERSION = 1
DRIFT, MISSING, UNMANAGED, FAILED, RISK = KINDS = ("drift", "missing", "unmanaged", "failed", "risk")
CHANGED, ADDED, REMOVED = "changed", "added", "removed"
CLEAN, DRIFTED, UNKNOWN = "clean", "drift", "unknown"
# What a secret that is set shows as.
SECRET = "(changed)"
NOBODY = {"id": None, "username": None, "domain": None}


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


def rows_of(row: Row, known: Known, sources: Sequence[str]) -> list[JsonObject]:
    """The rows of one subscriber, or of an entry that names nobody. `sources`: where the state files are."""
    who = row.target.subscriber
    person: JsonObject = {**who.as_dict()} if who else dict(NOBODY)
    person["username"], person["domain"] = person["username"] or known.username, person["domain"] or known.domain
    base = {"subscriber": person, "customer": known.customer}
    found: list[JsonObject] = []
    if row.error:
        found.append({"kind": MISSING if is_missing(row.error) else FAILED, "message": _message(row)})
        found[-1]["place"] = row.target.place
    if row.active:
        found += [_unmanaged(name, person) for name in row.active]
    else:
        layers = entries.layers(row.target.entries) if row.plans else []
        places, declared = entries.sources(layers), entries.combined([settings for _place, settings in layers])
        restore = _restore(row, person, sources) if row.plans else ""
        for name, made in row.plans.items():
            for each in differences(made):
                change = known.changes.get(name, {}).get(each["field"])
                settle = {"accept": _accept(made, declared.get(name, {}), each["field"]), "restore": restore}
                place = places.get(name, {}).get(each["field"])
                told = {"since": change.since, "by": change.by} if change else {}
                found.append({**each, "kind": DRIFT, "place": place, "settle": settle, **told})
    for resource, sentences in known.risks.items():
        found += [
            {"kind": RISK, "resource": resource, "message": each, "place": row.target.place} for each in sentences
        ]
    name = "" if who else str(row.target.entries[-1])
    return [whole({**base, **each}, name) for each in found]


def failure(error: FaxError) -> JsonObject:
    """The row of what could not be read that belongs to no single subscriber."""
    return whole({"kind": FAILED, "subscriber": dict(NOBODY), "message": str(error)})


def whole(given: Mapping[str, Any], name: str = "") -> JsonObject:
    """A row with all of its keys; `name` is that of an entry that nobody was found for."""
    names = ("kind", "subscriber", "customer", "resource", "field", "element", "change", "expected", "actual", "since")
    row: JsonObject = {key: given.get(key) for key in ("id", *names, "by", "place", "message", "accepted", "settle")}
    who = row["subscriber"]["id"] or name or None
    # Several risks of the same settings have nothing else that tells them apart.
    which = row["message"] if row["kind"] == RISK else None
    row["id"] = _digest([row["kind"], who, row["resource"], row["field"], row["element"], which])
    return row


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


def is_missing(error: FaxError) -> bool:
    """Whether somebody is not on the server. That a release does not know a field is no answer of the server's."""
    return isinstance(error, NotFound) and error.method is not None


# Differences ----------------------------------------------------------------------------------------------------------


def differences(made: Plan) -> Iterator[JsonObject]:
    """What differs between the server and what is declared: a row for each field, of a list for each entry.

    `expected` is what a run would leave there, `actual` what is there.
    """
    resource = made.resource
    for each in resource.fields:
        if each.name not in made.managed or patch.same(each, made.before[each.name], made.after[each.name]):
            continue
        if each.entry:
            yield from _entries_apart(resource, each, made)
        else:
            expected, actual = (_value(each, side[each.name]) for side in (made.after, made.before))
            yield {
                "resource": resource.name,
                "field": each.name,
                "change": CHANGED,
                "expected": expected,
                "actual": actual,
            }


def _entries_apart(resource: Resource, each: Field, made: Plan) -> Iterator[JsonObject]:
    for there, wanted in patch.pairs(each, made.before[each.name] or (), made.after[each.name] or ()):
        yield {
            "resource": resource.name,
            "field": each.name,
            "element": element(each, wanted or there or {}),
            "change": ADDED if wanted is None else REMOVED if there is None else CHANGED,
            "expected": _entry(each, wanted),
            "actual": _entry(each, there),
        }


def element(each: Field, entry: Mapping[str, Any]) -> str:
    """What names an entry of a list: its address in small letters or, in a multiset, what is set in it."""
    if each.key:
        return str(patch.key(each, entry))
    values = {part.name: patch.plain(part, entry.get(part.name, part.default)) for part in each.entry}
    given = [name if value is True else f"{name}={value}" for name, value in values.items() if value not in patch.FALSE]
    return " ".join(given) or "(empty)"


def _value(each: Field, value: Any) -> Any:
    shown = patch.plain(each, value)
    return SECRET if each.secret and shown else shown


def _entry(each: Field, entry: Mapping[str, Any] | None) -> JsonObject | None:
    """An entry with its known keys, in their order."""
    if entry is None:
        return None
    return {part.name: patch.plain(part, entry.get(part.name, part.default)) for part in each.entry}


def _message(row: Row) -> str:
    """What is to be said about somebody who is missing or could not be read."""
    error = row.error
    if error is None:
        raise AssertionError("nothing is wrong")
    return f"{row.name}: {error}" if not row.target.subscriber else str(error)


def _unmanaged(name: str, person: Mapping[str, Any]) -> JsonObject:
    selector = _selector(person)
    lines = f"- {selector[0]}: {_yaml(selector[1])}\n  {name}:\n    active: true\n"
    return {
        "kind": UNMANAGED,
        "resource": SETTINGS[name].name,
        "field": "active",
        "actual": True,
        "message": f"{SETTINGS[name].name} is active though no entry is about the subscriber.",
        "settle": {
            "accept": lines,
            "restore": _command(
                "ansible", "localhost", "-m", f"ngcp.fax.{name}", "-a", f"{selector[0]}={selector[1]} active=false"
            ),
        },
    }


# What settles a difference --------------------------------------------------------------------------------------------


def _selector(person: Mapping[str, Any]) -> tuple[str, Any]:
    if person["username"]:
        return "subscriber", f"{person['username']}@{person['domain']}"
    return "subscriber_id", person["id"]


def _restore(row: Row, person: Mapping[str, Any], sources: Sequence[str]) -> str:
    """The command that puts the declared settings of one subscriber back."""
    options = {"src": list(sources)} if sources else {}
    options["only"] = [str(_selector(person)[1])]
    return _command("ansible", "localhost", "-m", "ngcp.fax.fax_subscribers", "-a", json.dumps(options))


def _command(*words: str) -> str:
    return shlex.join(words)


def _accept(made: Plan, declared: Mapping[str, Any], name: str) -> str:
    """The lines of a state file that declare what the server holds, below the subscriber's entry."""
    each = next(one for one in made.resource.fields if one.name == name)
    there = made.before[name]
    if each.entry:
        kept = _accepted_entries(each, there or [], declared)
        lines = [f"  {name}:" if kept else f"  {name}: []", *(f"    - {_yaml(_entry(each, entry))}" for entry in kept)]
    elif each.secret and there:
        lines = [f"  # {name}: the value on the server, encrypted by: ansible-vault encrypt_string --name {name}"]
    else:
        lines = [f"  {name}: {_yaml(patch.plain(each, there))}"]
    return "\n".join([f"{made.resource.module}:", *lines, ""])


def _accepted_entries(
    each: Field, there: Sequence[Mapping[str, Any]], declared: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The entries to declare, in the list's mode, so that what is there is right."""
    mode = declared.get(each.mode) or "exact"
    if mode == "exact":
        return sorted(there, key=lambda entry: str(patch.key(each, entry)))
    by_key = {patch.key(each, entry): entry for entry in there}
    wanted = declared.get(each.name) or []
    if mode == "remove":
        return [entry for entry in wanted if patch.key(each, entry) not in by_key]
    return [by_key[patch.key(each, entry)] for entry in wanted if patch.key(each, entry) in by_key]


def _yaml(value: Any) -> str:
    """A value as it may stand in YAML, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False)


# The whole report -----------------------------------------------------------------------------------------------------


def report(rows: Iterable[JsonObject], subscribers: int, server: str, generated: str) -> JsonObject:
    """The report of all rows, some of which may be `accepted`, over so many subscribers."""
    ordered = sorted(rows, key=_order)
    # A multiset may have, or lack, the same entry twice.
    seen: Counter[str] = Counter()
    for row in ordered:
        seen[row["id"]] += 1
        if seen[row["id"]] > 1:
            row["id"] = _digest([row["id"], seen[row["id"]]])
    counts = totals(ordered, subscribers)
    return {
        "version": VERSION,
        "kind": "drift",
        "generated": generated,
        "server": server,
        "verdict": verdict(counts),
        "totals": counts,
        "rows": ordered,
    }


def totals(rows: Iterable[JsonObject], subscribers: int) -> dict[str, int]:
    """How many subscribers there are of each kind; accepted rows count as if they were not there, but for their number.

    A subscriber of which one of the settings differs and the other could not be read is both drifted and failed.
    """
    who: dict[str, set[Any]] = {kind: set() for kind in KINDS}
    counted = accepted = risks = 0
    for row in rows:
        if row["accepted"]:
            accepted += 1
            continue
        counted += 1
        risks += row["kind"] == RISK
        who[row["kind"]].add(row["subscriber"]["id"] or row["id"])
    other = set().union(*(who[kind] for kind in (DRIFT, MISSING, UNMANAGED, FAILED)))
    return {
        "subscribers": subscribers,
        "unchanged": max(0, subscribers - len(other)),
        "drifted": len(who[DRIFT]),
        "missing": len(who[MISSING]),
        "unmanaged": len(who[UNMANAGED]),
        "failed": len(who[FAILED]),
        "rows": counted,
        "accepted": accepted,
        "risks": risks,
    }


def verdict(counts: Mapping[str, int]) -> str:
    """Whoever could not be read is never "no drift"."""
    if counts["failed"]:
        return UNKNOWN
    return DRIFTED if counts["drifted"] or counts["missing"] else CLEAN


def _order(row: JsonObject) -> tuple[Any, ...]:
    one = row["subscriber"]["id"]
    texts = (str(row[name] or "") for name in ("resource", "field", "element", "kind", "change", "place", "message"))
    return (one is None, one or 0, *texts)
