# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs, beside a script that reads the same."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from functools import partial

from benchmarks import measure as measuring
from benchmarks import state
from benchmarks.cases import LATENCY_MS, PERCENT, WORKERS, Scale
from benchmarks.measure import RIVALS, Broken, Ran, Rounds, seconds
from benchmarks.report import Outcome, Table, at_most, number
from benchmarks.state import Naming
from benchmarks.world import World, world

# Times a plain read, by the share that differs.
MOST: dict[float, float] = {PERCENT: 1.3, 0: 3}
TASK = "Compare the server with the state file"
# How subscribers are named, how many differ, and whether those are looked for whom nobody declares.
VARIANTS = (
    (Naming.NAME, PERCENT, True),
    (Naming.NAME, PERCENT, False),
    (Naming.NAME, 0, True),
    (Naming.NAME, 0, False),
    (Naming.ID, 0, False),
    (Naming.BOTH, PERCENT, True),
    (Naming.BOTH, 0, True),
)


@dataclass
class Compared:
    """The script and this collection, in one variant, and how many requests each sent."""

    name: str
    percent: float
    floor: Rounds = field(default_factory=Rounds)
    task: Rounds = field(default_factory=Rounds)
    requests: tuple[int, int] = (0, 0)

    @property
    def ratio(self) -> float:
        return self.task.least / self.floor.least


def measure(scale: Scale) -> Outcome:
    """All variants."""
    outcome = Outcome()
    with world(scale.main, latency_ms=LATENCY_MS) as place:
        page_size = min(scale.page_sizes, key=lambda rows: _seconds(place, rows))
        rows = min(scale.page_sizes, key=lambda rows: _floor(place, rows, Naming.NAME)[0])
        tried = [
            outcome.attempt(
                f"drift task ({_name(*variant)})", partial(_compare, place, scale, page_size, rows, *variant)
            )
            for variant in VARIANTS
        ]
    compared = [one for one in tried if one is not None]
    what = f"drift task / a plain read, {scale.main:,} subscribers, {LATENCY_MS} ms, {WORKERS} connections"
    outcome.judged += [
        at_most(
            f"{what} ({one.name})",
            one.ratio,
            MOST[one.percent],
            detail=f"{seconds(one.task.least)} / {seconds(one.floor.least)}",
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
    outcome.tables.append(Table("Drift compared with a plain read", head, lines, notes))
    return outcome


def _seconds(place: World, page_size: int) -> float:
    return drift_run(place, 0, page_size, Naming.NAME, unmanaged=False)[0].task(TASK).seconds


def _name(naming: Naming, percent: float, unmanaged: bool) -> str:
    return f"{naming.value}, {percent:g} % differing, unmanaged {'reported' if unmanaged else 'ignored'}"


def _compare(
    place: World, scale: Scale, page_size: int, rows: int, naming: Naming, percent: float, unmanaged: bool
) -> Compared:
    found = Compared(_name(naming, percent, unmanaged), percent)
    place.differ(percent)
    expected = len(range(round(100 / percent), place.size + 1, round(100 / percent))) if percent else 0
    try:
        for _round in range(scale.rounds):
            floor, floor_requests = _floor(place, rows, naming)
            ran, task_requests = drift_run(place, expected, page_size, naming, unmanaged)
            found.floor.all.append(floor)
            found.task.all.append(ran.task(TASK).seconds)
            found.requests = floor_requests, task_requests
    finally:
        place.put_back()
    return found


def _floor(place: World, rows: int, naming: Naming) -> tuple[float, int]:
    file = str(state.state_file(place.size, naming=naming))
    command = [sys.executable, str(RIVALS / "floor.py"), file, "--workers", str(WORKERS), "--rows", str(rows)]
    place.take_count()
    ran = measuring.run([*command, "--read-only"], measuring.environment(place.simulator))
    return float(json.loads(ran.output)["seconds"]), _reads(place)


def drift_run(place: World, expected: int, page_size: int, naming: Naming, unmanaged: bool) -> tuple[Ran, int]:
    """Run `fax_drift`; returns it, and how many requests it sent. Raises `Broken` unless it reports so many."""
    file = str(state.state_file(place.size, naming=naming))
    variables = {"state_file": file, "workers": WORKERS, "page_size": page_size, "expected": expected}
    place.take_count()
    ran = measuring.play("drift.yml", place.simulator, {**variables, "unmanaged": "report" if unmanaged else "ignore"})
    return ran, _reads(place)


def _reads(place: World) -> int:
    """How many requests there were. Raises `Broken` if one of them was a write."""
    seen = place.counters()
    if seen.writes:
        raise Broken(f"{seen.writes} writes by who only reads")
    return seen.requests
