# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection beside everything else that could do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import contestants
from benchmarks.cases import LATENCY_MS, PERCENT, RE_READING, WORKERS, Scale
from benchmarks.contestants import Fleet, fleet_round, floor_round, loop_round
from benchmarks.measure import Rounds, seconds
from benchmarks.report import Judged, Outcome, Table, at_most, number
from benchmarks.world import World, world

FLOOR_RATIO = 1.25
URI_PART = 300
BCRYPT = 13
# How subscribers are named and which settings of those that differ do so; the first is the one that was promised.
VARIANTS: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("by name, both settings differ", True, ("faxserver_settings", "mailtofax_settings")),
    ("by id, both settings differ", False, ("faxserver_settings", "mailtofax_settings")),
    ("by name, one of the two settings differs", True, ("faxserver_settings",)),
)


@dataclass
class Compared:
    """The floor and this collection, in one variant."""

    floor: Rounds = field(default_factory=Rounds)
    careful: Rounds = field(default_factory=Rounds)
    """The floor with --re-read."""
    task: Rounds = field(default_factory=Rounds)
    run: Rounds = field(default_factory=Rounds)
    cpu: float = 0
    connections: int = 0


def measure(scale: Scale) -> Outcome:
    """All rivals."""
    with world(scale.main, latency_ms=LATENCY_MS) as place:
        rows = _fastest(scale, lambda size: floor_round(place, PERCENT, size)[0])
        page_size = _fastest(scale, lambda size: fleet_round(place, PERCENT, size).task)
        compared = [_compare(place, scale, rows, page_size, by_name, only) for _name, by_name, only in VARIANTS]
        others = _others(place, scale)
    with world(scale.other_items, bcrypt_cost=BCRYPT, latency_ms=LATENCY_MS) as place:
        part = loop_round(place, "uri_basic.yml", scale.other_items, PERCENT)
        others["`uri` loop, Basic, bcrypt 13: GET, compare, PATCH"] = (part.seconds(scale.main), part.items)
    outcome = Outcome(tables=[_floors(scale, compared, rows, page_size), _all(scale, compared[0], others)])
    outcome.judged = _judged(scale, compared, others)
    return outcome


def _fastest(scale: Scale, time: Callable[[int], float]) -> int:
    """The page size with which it took the least time."""
    return min(scale.page_sizes, key=time)


def _compare(place: World, scale: Scale, rows: int, page_size: int, by_name: bool, only: tuple[str, ...]) -> Compared:
    found = Compared()
    for _round in range(scale.rounds):
        found.floor.all.append(floor_round(place, PERCENT, rows, by_name=by_name, only=only)[0])
        found.careful.all.append(floor_round(place, PERCENT, rows, "--re-read", by_name=by_name, only=only)[0])
        one: Fleet = fleet_round(place, PERCENT, page_size, by_name=by_name, only=only)
        found.task.all.append(one.task)
        found.run.all.append(one.ran.seconds)
        found.cpu, found.connections = one.ran.cpu, max(found.connections, one.seen.connections)
    return found


Others = dict[str, tuple[float, int]]  # by name: seconds for all of them, and how many were measured


def _others(place: World, scale: Scale) -> Others:
    script = min(contestants.curl_round(place, PERCENT).seconds for _round in range(scale.rounds))
    found: Others = {"shell script, `curl` and `xargs -P 8`, pages": (script, place.size)}
    for name, playbook, items, arguments in (
        ("this collection, single modules in a loop, in Ansible's process", "loop.yml", scale.own_items, ()),
        (
            "this collection, single modules in a loop, shipped",
            "loop.yml",
            scale.other_items,
            ("-e", "ngcp_fax_in_process=false"),
        ),
        ("`uri` loop, JWT: PATCH blindly", "uri_blind.yml", scale.other_items, ()),
        ("`uri` loop, JWT: GET, compare, PATCH", "uri_jwt.yml", scale.uri_items, ()),
    ):
        part = loop_round(place, playbook, items, PERCENT, *arguments)
        found[name] = part.seconds(place.size), part.items
    return found


def _judged(scale: Scale, compared: list[Compared], others: Others) -> list[Judged]:
    what = f"{scale.main:,} subscribers, {PERCENT} % differing, {LATENCY_MS} ms, {WORKERS} connections"
    judged = []
    for (name, _by_name, _only), one in zip(VARIANTS, compared, strict=True):
        detail = f"{number(one.task.least / one.floor.least)} times the floor"
        judged.append(at_most(f"task, {what} ({name})", one.task.least, FLOOR_RATIO * one.floor.least, " s", detail))
        detail = f"{number(one.task.least / one.careful.least)} times that floor"
        name = f"{name}, {RE_READING}"
        judged.append(at_most(f"task, {what} ({name})", one.task.least, FLOOR_RATIO * one.careful.least, " s", detail))
    uri, _items = others["`uri` loop, JWT: GET, compare, PATCH"]
    run = compared[0].run.least
    judged.append(at_most(f"run, {what}", run, uri / URI_PART, " s", f"1/{uri / run:,.0f} of the `uri` loop with JWT"))
    judged.append(at_most(f"connections, {what}", max(one.connections for one in compared), WORKERS))
    return judged


def _floors(scale: Scale, compared: list[Compared], rows: int, page_size: int) -> Table:
    head = (
        "entries",
        "floor",
        "floor, re-reading",
        "task",
        "task / floor",
        "task / floor, re-reading",
        "run",
        "CPU of a run",
    )
    lines = [
        [
            name,
            *map(str, (one.floor, one.careful, one.task)),
            number(one.task.least / one.floor.least),
            number(one.task.least / one.careful.least),
            str(one.run),
            seconds(one.cpu),
        ]
        for (name, _by_name, _only), one in zip(VARIANTS, compared, strict=True)
    ]
    notes = (
        f"{scale.main:,} subscribers, {PERCENT} % differing, {LATENCY_MS} ms, {WORKERS} connections; minimum / median "
        f"of {scale.rounds} rounds. The fastest page sizes of {', '.join(map(str, scale.page_sizes))}: {rows} for the "
        f"floor, {page_size} for this collection."
    )
    return Table("This collection compared with the floor", head, lines, notes)


def _all(scale: Scale, own: Compared, others: Others) -> Table:
    run = own.run.least
    lines = [
        ["this collection, `fax_subscribers`", "all", seconds(run), "1"],
        ["floor: a script without checks", "all", seconds(own.floor.least), number(own.floor.least / run)],
        ["floor, re-reading before each PATCH", "all", seconds(own.careful.least), number(own.careful.least / run)],
    ]
    for name, (took, measured) in others.items():
        part = "all" if measured == scale.main else f"{measured}, scaled"
        lines.append([name, part, seconds(took), number(took / run)])
    notes = (
        "Times are those of a whole run; for the floor, without Python's start. Loops over a part of the subscribers "
        "are scaled: Ansible's start counts once, and each item as long as those that were measured. This favours "
        "them, because later items take longer. Loops use ids and need no lookups; this collection and the floor look "
        "up the subscribers by name."
    )
    return Table(
        f"All rivals, {scale.main:,} subscribers", ("", "measured on", "run", "times this collection"), lines, notes
    )
