# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are sent: by their numbers, which are promised exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks import contestants, state
from benchmarks.cases import PERCENT, WORKERS, Scale
from benchmarks.report import Judged, Outcome, Table, at_most, equal
from benchmarks.world import Counters, World, one_round, world

CHECK, RUN, AGAIN = "check mode", "run", "second run"


@dataclass(frozen=True)
class Way:
    """How subscribers are named and, by their number, read."""

    name: str
    by_name: bool
    pages: bool


WAYS = tuple(
    Way(f"named by {'name' if by_name else 'id'}, read {'by pages' if pages else 'one by one'}", by_name, pages)
    for pages in (False, True)
    for by_name in (False, True)
)


def measure(scale: Scale) -> Outcome:
    """Check mode, a run and a second run, in every way of reading."""
    rows = []
    outcome = Outcome()
    off = {CHECK: 0, AGAIN: 0}
    most = 0
    for way in WAYS:
        size = scale.some if way.pages else scale.few
        with world(size) as place:
            seen = _three_runs(place, scale.rows, way)
        most = max(most, *(one.connections for one in seen.values()))
        expected = {name: _expected(size, scale.rows, way, name == RUN) for name in seen}
        for name, one in seen.items():
            rows.append(
                [f"{size:,} {way.name}", name, *map(str, _numbers(one).values()), str(expected[name]["requests"])]
            )
        outcome.judged.append(
            equal(f"requests of a run, {size:,} subscribers {way.name}", _numbers(seen[RUN]), expected[RUN])
        )
        for name in off:
            off[name] += seen[name].writes + abs(seen[name].requests - expected[name]["requests"])
    outcome.judged += [
        Judged(
            f"requests of {name}, in all these ways", f"{many} writes or needless requests", "none", not many, str(many)
        )
        for name, many in off.items()
    ]
    outcome.judged.append(at_most(f"connections, `workers: {WORKERS}`", most, WORKERS))
    head = ("subscribers", "run", "requests", "logins", "PATCH", "connections", "expected requests")
    outcome.tables.append(Table("Requests", head, rows))
    return outcome


def _numbers(seen: Counters) -> dict[str, int]:
    return {
        "requests": seen.requests,
        "logins": seen.logins,
        "PATCH": seen.methods.get("PATCH", 0),
        "connections": seen.connections,
    }


def _three_runs(place: World, rows: int, way: Way) -> dict[str, Counters]:
    place.differ(PERCENT)
    place.take_count()
    contestants.fleet(place, rows, "--check", by_name=way.by_name)
    seen = {CHECK: place.counters()}
    for name, percent in ((RUN, PERCENT), (AGAIN, 0)):
        _ran, seen[name] = one_round(
            place, "fax_subscribers", percent, lambda: contestants.fleet(place, rows, by_name=way.by_name)
        )
    return seen


def _expected(size: int, rows: int, way: Way, writes: bool) -> dict[str, int]:
    """One login, what looking up and reading need, and a PATCH and a GET for each of the settings that differ."""
    changed = 2 * len(range(round(100 / PERCENT), size + 1, round(100 / PERCENT))) if writes else 0
    pages = -(-size // rows)
    reading = 2 * (pages if way.pages else size)
    requests = 1 + reading + (_look_ups(size, rows) if way.by_name else 0) + 2 * changed
    return {"requests": requests, "logins": 1, "PATCH": changed}


def _look_ups(size: int, rows: int) -> int:
    """Those of domains that fill more than a page by the pages of the domain; all others together: one by one if they
    fit on a page, else by the pages of all.
    """
    domains = Counter(each.domain for each in state.people(size)).values()
    rest = sum(many for many in domains if many <= rows)
    return sum(-(-many // rows) for many in domains if many > rows) + (rest if rest <= rows else -(-size // rows))
