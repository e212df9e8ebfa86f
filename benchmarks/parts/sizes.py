# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs over sizes, latencies and how much differs, each beside the floor."""

from __future__ import annotations

from itertools import groupby

from benchmarks.cases import WORKERS, Case, Scale
from benchmarks.contestants import fleet_round, floor_round
from benchmarks.measure import seconds
from benchmarks.report import Outcome, Table, number
from benchmarks.world import World, world

PAGE_SIZE = 250


def measure(scale: Scale) -> Outcome:
    """Every case of the table; a simulator for those of the same size."""
    lines = []
    ordered = sorted(scale.table, key=_kind)
    for (size, bcrypt_cost), cases in groupby(ordered, key=_kind):
        with world(size, bcrypt_cost=bcrypt_cost) as place:
            lines += [_line(place, case) for case in cases]
    head = ("subscribers", "latency", "differing", "bcrypt", "floor", "task", "task / floor", "run", "CPU", "requests")
    notes = (
        f"`workers: {WORKERS}`, pages of {PAGE_SIZE} (25 for 100 subscribers), subscribers named by name. Subscribers "
        "that differ do so in both settings. One round each."
    )
    return Outcome(tables=[Table("Runs", head, lines, notes)])


def _kind(case: Case) -> tuple[int, int]:
    return case.size, case.bcrypt_cost


def _line(place: World, case: Case) -> list[str]:
    place.set_options(latency_ms=case.latency_ms)
    # Several pages also of the smallest: up to a page, subscribers are read one by one.
    page_size = min(PAGE_SIZE, case.size // 4)
    floor, _seen = floor_round(place, case.percent, page_size)
    one = fleet_round(place, case.percent, page_size)
    return [
        f"{case.size:,}",
        f"{case.latency_ms} ms",
        f"{case.percent:g} %",
        str(case.bcrypt_cost),
        seconds(floor),
        seconds(one.task),
        number(one.task / floor),
        seconds(one.ran.seconds),
        seconds(one.ran.cpu),
        f"{one.seen.requests:,}",
    ]
