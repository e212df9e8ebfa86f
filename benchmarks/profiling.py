# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profile a task over many subscribers: python -m benchmarks.profiling [SUBSCRIBERS].

Everything happens in one thread, the one that is profiled.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run_here
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from benchmarks import state
from benchmarks.cases import PERCENT
from benchmarks.measure import LOGIN
from benchmarks.world import World, one_round, world

PAGE_SIZE = 250
LINES = 60


class ThisThread:
    """Methods of `JobQueue` that run its jobs in the thread that waits for them."""

    @staticmethod
    @contextmanager
    def running(queue: JobQueue, workers: int) -> Iterator[None]:
        """Run the jobs when the block ends."""
        yield
        ThisThread.wait_for(queue, lambda: True)

    @staticmethod
    def wait_for(queue: JobQueue, is_over: Callable[[], bool]) -> None:
        """Run all jobs that were added."""
        queue._work()
        if queue._failure:
            raise queue._failure


def task(place: World, file: Path) -> dict[str, Any]:
    """Run the task once, and return its result."""
    result = run_here(
        JOB,
        {
            "_ansible_module_name": "ngcp.fax.fax_subscribers",
            "api_url": place.simulator.url,
            "ca_path": place.simulator.ca_file,
            "api_username": LOGIN,
            "api_password": LOGIN,
            "subscribers": loader.load([file]),
            "page_size": PAGE_SIZE,
            "workers": 1,
        },
        Client,
    )
    if result.get("failed"):
        raise SystemExit(result["msg"])
    return result


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    # Processor time: waiting for the server does not count, nor what else the machine does.
    profile = cProfile.Profile(time.thread_time)
    file = state.state_file(size)
    patch = mock.patch.object
    with (
        world(size) as place,
        patch(JobQueue, "running", ThisThread.running),
        patch(JobQueue, "wait_for", ThisThread.wait_for),
    ):
        one_round(place, "the task", PERCENT, lambda: profile.runcall(task, place, file))
    stats = pstats.Stats(profile)
    for order in ("cumulative", "tottime"):
        stats.sort_stats(order).print_stats(LINES)


if __name__ == "__main__":
    main()
