# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program and see what it takes: time, processor, memory; of ansible-playbook also each task's time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks import machine
from tests.simulator.client import ROOT, Simulator

HERE = Path(__file__).resolve().parent
RIVALS = HERE / "rivals"
WORK = ROOT / ".cache" / "bench"
# How often memory is looked at.
SAMPLE_SECONDS = 0.05
LOGIN = "administrator"
# From here on there are fewer rounds.
MANY = 20_000


class Broken(Exception):
    """Something did not run, or did something else than it was to."""


@dataclass(frozen=True)
class Task:
    """A task of a playbook."""

    name: str
    seconds: float
    totals: Mapping[str, int]


@dataclass(frozen=True)
class Ran:
    """What a program took. `cpu` is that of its whole tree of processes, in user and kernel mode.

    `largest` is the most that a single process held, `together` the most that all held at once, what they share counted
    once: in MiB, 0 if nobody looked.
    """

    seconds: float
    cpu: float
    largest: float
    together: float
    output: str
    tasks: tuple[Task, ...] = ()

    @property
    def task_seconds(self) -> float:
        """All tasks together: the run without Ansible's start and end."""
        return sum(task.seconds for task in self.tasks)

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)


def run(command: Sequence[str], env: Mapping[str, str], memory: bool = False) -> Ran:
    """Run a program to its end. Raises `Broken` if it fails."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "output").open("w+", encoding="utf-8") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=WORK, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        sampler = Sampler(process.pid) if memory else None
        try:
            cpu, code = _wait(process)
            seconds = time.perf_counter() - begun
        finally:
            if sampler:
                sampler.stop()
        return Ran(seconds, cpu, *(sampler.peaks if sampler else (0.0, 0.0)), output=_read(output, command, code))


def _wait(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Wait for a process; the processor time of it and all that it waited for, and its exit code."""
    try:
        _pid, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, process.returncode


def _read(output: IO[str], command: Sequence[str], code: int) -> str:
    output.seek(0)
    text = output.read()
    if code:
        raise Broken(f"{' '.join(command)} ended with {code}:\n{text[-4000:]}")
    return text


class Sampler:
    """Looks at the memory of a process and all below it until `stop`."""

    def __init__(self, pid: int) -> None:
        self.peaks = (0.0, 0.0)
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        # Not on the core of the program that is looked at.
        os.sched_setaffinity(0, machine.ALL_CORES)
        while not self._ended.wait(SAMPLE_SECONDS):
            held = [_memory(pid) for pid in _tree(self._pid)]
            largest, together = max((one for one, _pss in held), default=0), sum(pss for _one, pss in held)
            self.peaks = max(self.peaks[0], largest / 1024), max(self.peaks[1], together / 1024)


def _tree(pid: int) -> list[int]:
    found, pending = [], [pid]
    while pending:
        one = pending.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                pending += map(int, children.read_text(encoding="ascii").split())
            except OSError:
                continue  # ended meanwhile
    return found


def _memory(pid: int) -> tuple[int, int]:
    """The most that a process ever held, and its share of what it holds now, in KiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0, 0
    return _kibibytes(status, "VmHWM:"), _kibibytes(rollup, "Pss:")


def _kibibytes(text: str, key: str) -> int:
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(key)), 0)


def environment(simulator: Simulator | None) -> dict[str, str]:
    """Nothing of the caller's own Ansible or NGCP, no proxy, and the login for all rivals."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NGCP_"))}
    return {
        **kept,
        "ANSIBLE_HOME": str(WORK / "ansible"),
        "ANSIBLE_REMOTE_TMP": str(WORK / "ansible" / "tmp"),
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "bench_tasks",
        "BENCH_TASKS_FILE": str(WORK / "tasks.jsonl"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "NGCP_API_URL": simulator.url if simulator else "https://127.0.0.1:1",
        "NGCP_API_USERNAME": LOGIN,
        "NGCP_API_PASSWORD": LOGIN,
        "NGCP_CA_PATH": simulator.ca_file if simulator else "",
    }


def play(
    playbook: str,
    simulator: Simulator | None,
    variables: Mapping[str, Any],
    *arguments: str,
    memory: bool = False,
) -> Ran:
    """Run a playbook of the rivals."""
    env = environment(simulator)
    tasks = Path(env["BENCH_TASKS_FILE"])
    tasks.parent.mkdir(parents=True, exist_ok=True)
    tasks.write_text("", encoding="utf-8")
    # Not by the name of its script: the first line of a script cannot name an interpreter in a folder with a space.
    command = [sys.executable, "-m", "ansible", "playbook", str(RIVALS / playbook), "-e", json.dumps(variables)]
    ran = run([*command, *arguments], env, memory)
    lines = [json.loads(line) for line in tasks.read_text(encoding="utf-8").splitlines()]
    found = tuple(Task(one["task"], one["ended"] - one["begun"], one.get("totals", {})) for one in lines)
    return Ran(ran.seconds, ran.cpu, ran.largest, ran.together, ran.output, found)


@dataclass
class Rounds:
    """What several rounds of the same took."""

    all: list[float] = field(default_factory=list)

    @property
    def least(self) -> float:
        return min(self.all)

    @property
    def median(self) -> float:
        ordered = sorted(self.all)
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2

    def __str__(self) -> str:
        """Minimum and median, as the report shows them."""
        return seconds(self.least) if len(self.all) == 1 else f"{seconds(self.least)} / {seconds(self.median)}"


def seconds(value: float) -> str:
    """A time as people read it: three digits are enough."""
    return f"{value:,.0f} s" if value >= 100 else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"
