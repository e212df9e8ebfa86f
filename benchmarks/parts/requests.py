# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are sent: by their numbers, which are promised exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial

from benchmarks import contestants, state
from benchmarks.cases import PERCENT, WORKERS, Scale
from benchmarks.report import Judged, Outcome, Table, at_most, equal
from benchmarks.state import Naming
from benchmarks.world import Counters, World, one_round, world

CHECK, RUN, AGAIN = "check mode", "run", "second run"


@dataclass(frozen=True)
class Way:
    """How subscribers are named and, by their number, read."""

    naming: Naming
    pages: bool

    @property
    def name(self) -> str:
        return f"named {self.naming.value}, read {'by pages' if self.pages else 'one by one'}"


WAYS = tuple(Way(naming, pages) for pages in (False, True) for naming in (Naming.ID, Naming.NAME, Naming.BOTH))


def measure(scale: Scale) -> Outcome:
    """Check mode, a run and a second run, in every way of reading."""
    rows = []
    outcome = Outcome()
    off = {CHECK: 0, AGAIN: 0}
    most = 0
    for way in WAYS:
        size = scale.some if way.pages else scale.few
        what = f"requests of a run, {size:,} subscribers {way.name}"
        with world(size) as place:
            seen = outcome.attempt(what, partial(_three_runs, place, scale.rows, way))
        if seen is None:
            continue
        most = max(most, *(one.connections for one in seen.values()))
        expected = {name: _expected(size, scale.rows, way, name) for name in seen}
        for name, one in seen.items():
            rows.append(
                [f"{size:,} {way.name}", name, *map(str, _numbers(one).values()), str(expected[name]["requests"])]
            )
        outcome.judged.append(equal(what, _numbers(seen[RUN]), expected[RUN]))
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
    contestants.fleet(place, rows, "--check", naming=way.naming)
    seen = {CHECK: place.counters()}
    for name, percent in ((RUN, PERCENT), (AGAIN, 0)):
        _ran, seen[name] = one_round(
            place, "fax_subscribers", percent, lambda: contestants.fleet(place, rows, naming=way.naming)
        )
    return seen


def _expected(size: int, rows: int, way: Way, run: str) -> dict[str, int]:
    """One login, what looking up and reading need, and a PATCH for each of the settings that differ.

    The name beside an id is checked by a GET of everybody who differs, once for both settings, in check mode as well.
    """
    differ = len(range(round(100 / PERCENT), size + 1, round(100 / PERCENT))) if run != AGAIN else 0
    patches = 2 * differ if run == RUN else 0
    reading = 2 * (-(-size // rows) if way.pages else size)
    naming = {Naming.ID: 0, Naming.NAME: _look_ups(size, rows), Naming.BOTH: differ}[way.naming]
    return {"requests": 1 + reading + naming + patches, "logins": 1, "PATCH": patches}


def _look_ups(size: int, rows: int) -> int:
    """Those of domains that fill more than a page by the pages of the domain; all others together: one by one if they
    fit on a page, else by the pages of all.
    """
    domains = Counter(each.domain for each in state.people(size)).values()
    rest = sum(many for many in domains if many <= rows)
    return sum(-(-many // rows) for many in domains if many > rows) + (rest if rest <= rows else -(-size // rows))
