# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How time, memory and the controller's processor grow with the number of subscribers."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks import contestants, state
from benchmarks import measure as measuring
from benchmarks.cases import PERCENT, Scale
from benchmarks.contestants import fleet_round
from benchmarks.measure import Rounds, seconds
from benchmarks.report import Judged, Outcome, Table, at_most, number
from benchmarks.state import Naming
from benchmarks.world import world

GROWTH = 1.2
# Of the second and the third size: MiB of the largest process, and of all processes.
LARGEST = (150, 400)
TOGETHER = (150, 320)
EACH_MS = 0.3
CPU_MS = 0.3
# So many that there are several pages of the smallest: up to a page, subscribers are read one by one.
PAGE_SIZE = 250


@dataclass
class Found:
    """What runs over so many subscribers took."""

    size: int
    task: Rounds = field(default_factory=Rounds)
    run: Rounds = field(default_factory=Rounds)
    cpu: float = 0
    largest: float = 0
    together: float = 0
    unchanged_cpu: float = 0
    """Of a run that changes nothing, subscribers named by id."""
    load_cpu: float = 0
    """Of loading the state file, in it."""

    @property
    def each_ms(self) -> float:
        return self.task.least / self.size * 1000


def measure(scale: Scale) -> Outcome:
    """The three sizes, and Ansible by itself."""
    base = measuring.play("base.yml", None, {}, memory=True)
    small, large, largest = (_measure(size, scale.rounds) for size in scale.growth)
    outcome = Outcome(tables=[_table([small, large, largest], base)])
    outcome.judged = [
        at_most(f"task, milliseconds for each subscriber at {largest.size:,}", largest.each_ms, EACH_MS, " ms"),
        at_most(
            f"task, milliseconds for each subscriber at {largest.size:,} against {small.size:,}",
            largest.each_ms,
            GROWTH * small.each_ms,
            " ms",
            f"{number(largest.each_ms / small.each_ms)} times",
        ),
        *(
            at_most(f"controller's peak memory at {one.size:,}, the largest process", one.largest, most, " MiB")
            for one, most in zip((large, largest), LARGEST, strict=True)
        ),
        *(
            at_most(f"controller's peak memory at {one.size:,}, all processes", one.together, most, " MiB")
            for one, most in zip((large, largest), TOGETHER, strict=True)
        ),
        *_cpu(small, large),
    ]
    return outcome


def _measure(size: int, rounds: int) -> Found:
    found = Found(size)
    with world(size) as place:
        # Looking at the memory takes time: there is a round without it, but for the largest, where it does not show.
        for number_of_round in range(min(rounds, 2) if size > measuring.MANY else rounds):
            one = fleet_round(place, PERCENT, PAGE_SIZE, memory=number_of_round == 0)
            found.task.all.append(one.task)
            found.run.all.append(one.ran.seconds)
            found.cpu = one.ran.cpu
            found.largest = max(found.largest, one.ran.largest)
            found.together = max(found.together, one.ran.together)
        if size <= measuring.MANY:
            unchanged = [fleet_round(place, 0, PAGE_SIZE, naming=Naming.ID) for _round in range(rounds)]
            found.unchanged_cpu = min(one.ran.cpu for one in unchanged)
            file = state.state_file(size, naming=Naming.ID)
            found.load_cpu = min(contestants.load(file)[0].cpu for _round in range(rounds))
    return found


def _cpu(small: Found, large: Found) -> list[Judged]:
    """Of two sizes, so that Ansible's start and what else happens once does not count."""
    more = large.size - small.size
    whole = (large.unchanged_cpu - small.unchanged_cpu) / more * 1000
    loading = (large.load_cpu - small.load_cpu) / more * 1000
    what = "controller's CPU for each unchanged subscriber, reading pages"
    return [
        at_most(f"{what}, without loading the state file", whole - loading, CPU_MS, " ms"),
        at_most(f"{what}, with loading the state file (JSON)", whole, CPU_MS, " ms"),
    ]


def _table(sizes: list[Found], base: measuring.Ran) -> Table:
    head = ("subscribers", "task", "ms each", "run", "CPU", "largest process", "all processes")
    lines = [
        [
            f"{one.size:,}",
            str(one.task),
            f"{one.each_ms:.2f}",
            str(one.run),
            seconds(one.cpu),
            f"{one.largest:.0f} MiB",
            f"{one.together:.0f} MiB",
        ]
        for one in sizes
    ]
    nothing = ["(a playbook with a `debug` task)", "", "", seconds(base.seconds), seconds(base.cpu)]
    lines.append([*nothing, f"{base.largest:.0f} MiB", f"{base.together:.0f} MiB"])
    notes = (
        f"{PERCENT} % differing, no latency, subscribers named by name, JSON, page size {PAGE_SIZE}. All processes: "
        "Ansible's own and its worker's, with shared memory counted once (PSS), sampled every 50 ms."
    )
    return Table("Growth", head, lines, notes)
