# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine: its name for the report, and which core does what."""

from __future__ import annotations

import functools
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

MANY_CORES = 2
# Those that this process had when it began.
ALL_CORES = frozenset(os.sched_getaffinity(0))


@functools.cache
def separate_cores() -> tuple[str, ...]:
    """Bind this process, and so all clients, to one core; returns what binds the simulator to another."""
    cores = sorted(ALL_CORES)
    taskset = shutil.which("taskset")
    if taskset is None or len(cores) < MANY_CORES:
        return ()
    os.sched_setaffinity(0, {cores[1]})
    return taskset, "--cpu-list", str(cores[0])


def name() -> str:
    """The machine in one line; nothing that says whose it is."""
    return (
        f"{os.cpu_count()} cores ({_model()}), {_memory()} GiB of memory, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}"
    )


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30))
