# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection beside everything else that could do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks.cases import LATENCY_MS, PERCENT, WORKERS, Scale
from benchmarks.contestants import curl_round, fleet_round, floor_round, loop_round
from benchmarks.measure import Rounds, seconds
from benchmarks.report import Judged, Outcome, Table, at_most, number
from benchmarks.state import Naming
from benchmarks.world import World, world

# Times the floor, and times the shell script.
FLOOR_RATIO = 1.6
SCRIPT_RATIO = 1.3
URI_PART = 300
BCRYPT = 13
BOTH = ("faxserver_settings", "mailtofax_settings")
# How subscribers are named and which settings of those that differ do so; the first is the one that was promised.
VARIANTS: tuple[tuple[str, Naming, tuple[str, ...]], ...] = (
    ("by name, both settings differ", Naming.NAME, BOTH),
    ("by id, both settings differ", Naming.ID, BOTH),
    ("by id and name, both settings differ", Naming.BOTH, BOTH),
    ("by name, one of the two settings differs", Naming.NAME, BOTH[:1]),
)


@dataclass
class Compared:
    """The floor, this collection and, in the variant that was promised, the shell script."""

    name: str
    floor: Rounds = field(default_factory=Rounds)
    script: Rounds = field(default_factory=Rounds)
    task: Rounds = field(default_factory=Rounds)
    run: Rounds = field(default_factory=Rounds)
    cpu: float = 0
    connections: int = 0


def measure(scale: Scale) -> Outcome:
    """All rivals."""
    outcome = Outcome()
    with world(scale.main, latency_ms=LATENCY_MS) as place:
        rows = _fastest(scale, lambda size: floor_round(place, PERCENT, size)[0])
        page_size = _fastest(scale, lambda size: fleet_round(place, PERCENT, size).task)
        promised = _compare(place, scale, rows, page_size, *VARIANTS[0], script=True)
        more = [
            outcome.attempt(f"task ({variant[0]})", partial(_compare, place, scale, rows, page_size, *variant))
            for variant in VARIANTS[1:]
        ]
        compared = [promised, *(one for one in more if one is not None)]
        others = {"shell script, `curl` and `xargs -P 8`, pages": (promised.script.least, place.size)}
        others.update(_others(place, scale))
    with world(scale.other_items, bcrypt_cost=BCRYPT, latency_ms=LATENCY_MS) as place:
        part = loop_round(place, "uri_basic.yml", scale.other_items, PERCENT)
        others["`uri` loop, Basic, bcrypt 13: GET, compare, PATCH"] = (part.seconds(scale.main), part.items)
    outcome.tables = [_floors(scale, compared, rows, page_size), _all(scale, promised, others)]
    outcome.judged = [*_judged(scale, promised, others), *outcome.judged]
    return outcome


def _fastest(scale: Scale, time: Callable[[int], float]) -> int:
    """The page size with which it took the least time."""
    return min(scale.page_sizes, key=time)


def _compare(
    place: World,
    scale: Scale,
    rows: int,
    page_size: int,
    name: str,
    naming: Naming,
    only: tuple[str, ...],
    script: bool = False,
) -> Compared:
    found = Compared(name)
    for _round in range(scale.rounds):
        found.floor.all.append(floor_round(place, PERCENT, rows, naming=naming, only=only)[0])
        if script:
            found.script.all.append(curl_round(place, PERCENT, scale.curl_rows)[0].seconds)
        one = fleet_round(place, PERCENT, page_size, naming=naming, only=only)
        found.task.all.append(one.task)
        found.run.all.append(one.ran.seconds)
        found.cpu, found.connections = one.ran.cpu, max(found.connections, one.seen.connections)
    return found


Others = dict[str, tuple[float, int]]  # by name: seconds for all of them, and how many were measured


def _others(place: World, scale: Scale) -> Others:
    found: Others = {}
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


def _judged(scale: Scale, promised: Compared, others: Others) -> list[Judged]:
    what = f"{scale.main:,} subscribers {promised.name}, {PERCENT} % of them, {LATENCY_MS} ms, {WORKERS} connections"
    task, run = promised.task.least, promised.run.least
    floor, script = promised.floor.least, promised.script.least
    uri, _items = others["`uri` loop, JWT: GET, compare, PATCH"]
    return [
        at_most(f"task / the floor, {what}", task / floor, FLOOR_RATIO, "", _both(task, floor)),
        at_most(f"run / the shell script's run, {what}", run / script, SCRIPT_RATIO, "", _both(run, script)),
        at_most(f"run, {what}", run, uri / URI_PART, " s", f"1/{uri / run:,.0f} of the `uri` loop with JWT"),
        at_most(f"connections, {what}", promised.connections, WORKERS),
    ]


def _both(one: float, other: float) -> str:
    return f"{seconds(one)} / {seconds(other)}"


def _floors(scale: Scale, compared: list[Compared], rows: int, page_size: int) -> Table:
    head = (
        "entries",
        "floor",
        "task",
        "task / floor",
        "run",
        "CPU of a run",
    )
    lines = [
        [
            one.name,
            *map(str, (one.floor, one.task)),
            number(one.task.least / one.floor.least),
            str(one.run),
            seconds(one.cpu),
        ]
        for one in compared
    ]
    notes = (
        f"{scale.main:,} subscribers, {PERCENT} % differing, {LATENCY_MS} ms, {WORKERS} connections; minimum / median "
        f"of {scale.rounds} rounds. The fastest page sizes of {', '.join(map(str, scale.page_sizes))}: {rows} for the "
        f"floor, {page_size} for this collection. Where an entry gives an id, the floor takes it and checks no name."
    )
    return Table("This collection compared with the floor", head, lines, notes)


def _all(scale: Scale, own: Compared, others: Others) -> Table:
    run = own.run.least
    lines = [
        ["this collection, `fax_subscribers`", "all", seconds(run), "1"],
        ["floor: a script without checks", "all", seconds(own.floor.least), number(own.floor.least / run)],
    ]
    for name, (took, measured) in others.items():
        part = "all" if measured == scale.main else f"{measured}, scaled"
        lines.append([name, part, seconds(took), number(took / run)])
    notes = (
        "Times are those of a whole run; for the floor, without Python's start. Loops over a part of the subscribers "
        "are scaled: Ansible's start counts once, and each item as long as those that were measured. This favours "
        "them, because later items take longer. Loops and the shell script use ids and need no lookups; this "
        "collection and the floor look up the subscribers by name."
    )
    return Table(
        f"All rivals, {scale.main:,} subscribers", ("", "measured on", "run", "times this collection"), lines, notes
    )
