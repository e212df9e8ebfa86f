# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each contestant is started."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure, state
from benchmarks.cases import WORKERS
from benchmarks.measure import RIVALS, Broken, Ran
from benchmarks.state import Naming
from benchmarks.world import Counters, World, one_round

FLEET_TASK = "Apply the state file"


@dataclass(frozen=True)
class Fleet:
    """One run of this collection's bulk module, and what the server saw of it."""

    ran: Ran
    seen: Counters

    @property
    def task(self) -> float:
        return self.ran.task(FLEET_TASK).seconds


def fleet(
    place: World,
    page_size: int,
    *arguments: str,
    naming: Naming = Naming.NAME,
    memory: bool = False,
    workers: int = WORKERS,
) -> Ran:
    """Run `fax_subscribers` with a state file about all that there are."""
    file = state.state_file(place.size, naming=naming)
    variables = {"state_file": str(file), "workers": workers, "page_size": page_size}
    ran = measure.play("fleet.yml", place.simulator, variables, *arguments, memory=memory)
    totals = ran.task(FLEET_TASK).totals
    if totals["subscribers"] != place.size or totals["failed"]:
        raise Broken(f"fax_subscribers says {totals}")
    return ran


def fleet_round(
    place: World,
    percent: float,
    page_size: int,
    naming: Naming = Naming.NAME,
    memory: bool = False,
    only: tuple[str, ...] = tuple(state.RESOURCES),
) -> Fleet:
    """A round of it: afterwards all is as declared."""
    ran, seen = one_round(
        place,
        "fax_subscribers",
        percent,
        lambda: fleet(place, page_size, naming=naming, memory=memory),
        only=only,
    )
    return Fleet(ran, seen)


def floor_round(
    place: World,
    percent: float,
    rows: int,
    naming: Naming = Naming.NAME,
    only: tuple[str, ...] = tuple(state.RESOURCES),
) -> tuple[float, Counters]:
    """A round of the floor: its own seconds, without Python's start."""
    file = str(state.state_file(place.size, naming=naming))
    command = [sys.executable, str(RIVALS / "floor.py"), file, "--workers", str(WORKERS), "--rows", str(rows)]
    env = measure.environment(place.simulator)
    ran, seen = one_round(place, "floor.py", percent, lambda: measure.run(command, env), only=only)
    return float(json.loads(ran.output)["seconds"]), seen


def curl_round(place: World, percent: float, rows: int) -> tuple[Ran, Counters]:
    """A round of the shell script."""
    file = state.rivals_file(range(1, place.size + 1))
    command = ["sh", str(RIVALS / "curl.sh"), str(file), str(WORKERS), str(rows)]
    env = measure.environment(place.simulator)
    return one_round(place, "curl.sh", percent, lambda: measure.run(command, env))


@dataclass(frozen=True)
class Part:
    """A loop that was measured on a part of the subscribers."""

    ran: Ran
    items: int
    seen: Counters

    def seconds(self, size: int) -> float:
        """What the whole run would take for so many: each further item as long as those that were measured.

        In truth later items take longer, since Ansible keeps the results of all.
        """
        loops = sum(task.seconds for task in self.ran.tasks if task.name != "Log in")
        return self.ran.seconds - loops + loops / self.items * size

    def task_seconds(self, size: int) -> float:
        return sum(task.seconds for task in self.ran.tasks if task.name != "Log in") / self.items * size


def loop_round(place: World, playbook: str, items: int, percent: float, *arguments: str, writes: bool = True) -> Part:
    """A round of a playbook with loops over the first subscribers."""
    those = range(1, min(items, place.size) + 1)
    file = state.rivals_file(those)
    place.differ(percent)
    place.take_count()
    ran = measure.play(playbook, place.simulator, {"desired_file": str(file)}, *arguments)
    seen = place.counters()
    if writes:
        place.check(playbook, those)
    return Part(ran, len(those), seen)


def report_files(rows: int) -> tuple[Ran, float, dict[str, int]]:
    """Write the files of a report in a process of its own: what that took, the seconds of writing, and their sizes."""
    command = [sys.executable, "-m", "benchmarks.report_files", str(rows), str(measure.WORK / "report-files")]
    shutil.rmtree(measure.WORK / "report-files", ignore_errors=True)
    env = {**measure.environment(None), "PYTHONPATH": str(measure.HERE.parent)}
    ran = measure.run(command, env, memory=True)
    said = json.loads(ran.output)
    return ran, float(said["seconds"]), said["sizes"]


def load(file: Path) -> tuple[Ran, float]:
    """Load a state file in a process of its own: what the process took, and the seconds of loading itself."""
    command = [sys.executable, "-m", "benchmarks.load", str(file)]
    env = {**measure.environment(None), "PYTHONPATH": str(measure.HERE.parent)}
    ran = measure.run(command, env, memory=True)
    return ran, float(json.loads(ran.output)["seconds"])
