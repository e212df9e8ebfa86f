# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs, beside a script that reads the same."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

from benchmarks import measure as measuring
from benchmarks import state
from benchmarks.cases import LATENCY_MS, PERCENT, WORKERS, Scale
from benchmarks.measure import RIVALS, Broken, Rounds
from benchmarks.report import Outcome, Table, at_most, number
from benchmarks.world import World, world

MOST = 1.3
TASK = "Compare the server with the state file"
# How subscribers are named, how many differ, and whether those are looked for whom nobody declares.
VARIANTS = ((True, PERCENT, True), (True, PERCENT, False), (True, 0, True), (True, 0, False), (False, 0, False))


@dataclass
class Compared:
    """The script and this collection, in one variant, and how many requests each sent."""

    name: str
    floor: Rounds = field(default_factory=Rounds)
    task: Rounds = field(default_factory=Rounds)
    requests: tuple[int, int] = (0, 0)

    @property
    def ratio(self) -> float:
        return self.task.least / self.floor.least


def measure(scale: Scale) -> Outcome:
    """All variants."""
    with world(scale.main, latency_ms=LATENCY_MS) as place:
        page_size = min(scale.page_sizes, key=lambda rows: _drift(place, 0, rows, by_name=True, unmanaged=False)[0])
        rows = min(scale.page_sizes, key=lambda rows: _floor(place, rows, by_name=True)[0])
        compared = [_compare(place, scale, page_size, rows, *variant) for variant in VARIANTS]
    what = f"drift task, {scale.main:,} subscribers, {LATENCY_MS} ms, {WORKERS} connections"
    judged = [
        at_most(
            f"{what} ({one.name})",
            one.task.least,
            MOST * one.floor.least,
            " s",
            f"{number(one.ratio)} times a plain read",
        )
        for one in compared
    ]
    head = ("entries", "plain read", "task", "task / read", "requests of the read", "of the task")
    lines = [
        [one.name, str(one.floor), str(one.task), number(one.ratio), *(f"{each:,}" for each in one.requests)]
        for one in compared
    ]
    notes = (
        f"The plain read is `floor.py --read-only` with pages of {rows}; this collection uses {page_size}: the "
        "fastest for each. Both read the pages of all settings (and of all subscribers, if entries give names). For "
        "subscribers that differ, both read the journal of the fax settings and, if entries give ids, the subscriber."
    )
    return Outcome(judged, [Table("Drift compared with a plain read", head, lines, notes)])


def _compare(
    place: World, scale: Scale, page_size: int, rows: int, by_name: bool, percent: float, unmanaged: bool
) -> Compared:
    who = "by name" if by_name else "by id"
    found = Compared(f"{who}, {percent:g} % differing, unmanaged {'reported' if unmanaged else 'ignored'}")
    place.differ(percent)
    expected = len(range(round(100 / percent), place.size + 1, round(100 / percent))) if percent else 0
    for _round in range(scale.rounds):
        floor, floor_requests = _floor(place, rows, by_name)
        task, task_requests = _drift(place, expected, page_size, by_name, unmanaged)
        found.floor.all.append(floor)
        found.task.all.append(task)
        found.requests = floor_requests, task_requests
    place.put_back()
    return found


def _floor(place: World, rows: int, by_name: bool) -> tuple[float, int]:
    file = str(state.state_file(place.size, by_name=by_name))
    command = [sys.executable, str(RIVALS / "floor.py"), file, "--workers", str(WORKERS), "--rows", str(rows)]
    place.take_count()
    ran = measuring.run([*command, "--read-only"], measuring.environment(place.simulator))
    return float(json.loads(ran.output)["seconds"]), _reads(place)


def _drift(place: World, expected: int, page_size: int, by_name: bool, unmanaged: bool) -> tuple[float, int]:
    file = str(state.state_file(place.size, by_name=by_name))
    variables = {"state_file": file, "workers": WORKERS, "page_size": page_size, "expected": expected}
    place.take_count()
    ran = measuring.play("drift.yml", place.simulator, {**variables, "unmanaged": "report" if unmanaged else "ignore"})
    return ran.task(TASK).seconds, _reads(place)


def _reads(place: World) -> int:
    """How many requests there were. Raises `Broken` if one of them was a write."""
    seen = place.counters()
    if seen.writes:
        raise Broken(f"{seen.writes} writes by who only reads")
    return seen.requests
