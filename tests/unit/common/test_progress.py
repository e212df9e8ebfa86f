# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of a long task, and how often it is told. Time is handed in."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_told_at_intervals_and_not_more_often() -> None:
    told: list[str] = []
    clock = Clock()
    progress = Progress(Listener(told.append, seconds=5.0), clock)
    progress.begin("writing", 250)
    for _each in range(100):
        clock.now += 0.125
        progress.count(changed=1)
    assert told == [
        "writing 40/250, 40 changed, 8/s, 26 s left",
        "writing 80/250, 80 changed, 8/s, 21 s left",
    ]


@pytest.mark.parametrize(
    ("total", "done", "failed", "seconds", "line"),
    [
        (5000, 0, 0, 0.0, "reading 0/5,000, 0/s"),
        (5000, 1000, 3, 2.0, "reading 1,000/5,000, 3 failed, 500/s, 8 s left"),
        (100_000, 1000, 0, 10.0, "reading 1,000/100,000, 100/s, 16 min 30 s left"),
        (1_000_000, 1000, 0, 10.0, "reading 1,000/1,000,000, 100/s, 2 h 46 min left"),
        (3, 4, 0, 2.0, "reading 4/3, 2/s, 0 s left"),
        (5000, 1, 0, 0.1, "reading 1/5,000, 10/s"),
        # Nobody knows how many there are.
        (0, 1000, 0, 10.0, "reading 1,000, 100/s"),
    ],
)
def test_the_line(total: int, done: int, failed: int, seconds: float, line: str) -> None:
    clock = Clock()
    progress = Progress(Listener(lambda told: None), clock)
    progress.begin("reading", total)
    clock.now += seconds
    progress.count(done, failed=failed)
    assert progress.line == line


def test_without_a_listener_nothing_is_counted() -> None:
    progress = Progress(None)
    progress.begin("reading", 3)
    progress.count(3)
    progress.end()


def test_a_phase_says_what_counts_as_changed() -> None:
    progress = Progress(Listener(lambda told: None), Clock())
    progress.begin("reading", 2, "differ")
    progress.count(changed=1)
    assert progress.line == "reading 1/2, 1 differ, 1,000/s"


def test_the_end_is_told() -> None:
    ended: list[str] = []
    progress = Progress(Listener(lambda told: None, end=ended.append))
    progress.end()
    progress.end("5 subscribers, 5 changed")
    assert ended == ["", "5 subscribers, 5 changed"]
