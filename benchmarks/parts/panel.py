# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs at the real panel's costs, beside the cheapest set of requests that the rules allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from benchmarks import measure as measuring
from benchmarks.cases import PERCENT, SERVER_WORKERS, WORKERS, Scale
from benchmarks.contestants import curl_round, fleet_round
from benchmarks.measure import Ran, Rounds, seconds
from benchmarks.parts.drift import drift_run
from benchmarks.report import Judged, Outcome, Table, at_most
from benchmarks.state import RESOURCES, Naming
from benchmarks.world import World, world
from tests.simulator.costs import COSTS, Prices

# Times the cheapest set of requests.
MOST = {Naming.BOTH: 1.06, Naming.NAME: 1.12}
# The run with ids and names, times the shell script's run.
SCRIPT_MOST = 1.12
DRIFT_MOST = 1.05
NIGHTLY_PERCENT = 0.5
# Largest page that `page_size` allows.
LARGEST_ROWS = 1000
PANEL = COSTS["panel"]
LOGIN_MS = PANEL.other.read + PANEL.password


@dataclass(frozen=True)
class Cheapest:
    """The least that the server has to do, in milliseconds of one of its workers."""

    reading: int
    naming: int = 0
    """Looking up, or checking the names beside ids."""
    writing: int = 0

    @property
    def seconds(self) -> float:
        """Return how long it takes with all of the server's workers: first the login alone, then all side by side."""
        return (LOGIN_MS + (self.reading + self.naming + self.writing) / SERVER_WORKERS) / 1000


@dataclass
class Measured:
    """What was run, and the least that it could have taken."""

    name: str
    cheapest: Cheapest
    run: Rounds = field(default_factory=Rounds)
    busy_ms: int = 0

    def ratio(self, start: Rounds) -> float:
        return (self.run.least - start.least) / self.cheapest.seconds


def measure(scale: Scale) -> Outcome:
    """Runs, the shell script and a drift report, each beside its cheapest set of requests."""
    outcome = Outcome()
    changed = len(range(round(100 / PERCENT), scale.panel + 1, round(100 / PERCENT)))
    runs = {naming: Measured(naming.value, cheapest(scale.panel, naming, changed)) for naming in MOST}
    script = Measured("shell script, by id", cheapest(scale.panel, Naming.ID, changed))
    start, empty = Rounds(), Rounds()
    with world(scale.panel, costs="panel", server_workers=SERVER_WORKERS) as place:
        for _round in range(scale.panel_rounds):
            start.all.append(_ansible_alone().seconds)
            for naming, one in runs.items():
                outcome.attempt(_what(scale.panel, one.name), partial(_fleet, place, scale, naming, one))
            outcome.attempt("the shell script at the panel's costs", partial(_script, place, scale, script))
    nightly = Measured("drift, by id and name", _reading(scale.nightly))
    with world(scale.nightly, costs="panel", server_workers=SERVER_WORKERS) as place:
        empty.all.append(_ansible_alone().seconds)
        outcome.attempt(_drift_what(scale), partial(_drift, place, scale, nightly))
    outcome.judged = [*_judged(scale, runs, script, nightly, start), *outcome.judged]
    lines = [
        *(_line(scale.panel, one, start) for one in runs.values() if one.run.all),
        *([_line(scale.panel, script, Rounds([0]))] if script.run.all else []),
        *([_line(scale.nightly, nightly, empty)] if nightly.run.all else []),
    ]
    outcome.tables.append(_table(scale, lines))
    return outcome


def cheapest(size: int, naming: Naming, changed: int) -> Cheapest:
    """Return the cheapest way to change both settings of so many of the subscribers."""
    names = PANEL.resources["subscribers"]
    wanted = {Naming.ID: 0, Naming.NAME: size, Naming.BOTH: changed}[naming]
    alone = names.read + names.item + (names.search if naming is Naming.NAME else 0)
    writing = changed * sum(_prices(name).write or 0 for name in RESOURCES)
    return Cheapest(_reading(size).reading, min(wanted * alone, _pages(names, size)) if wanted else 0, writing)


def _reading(size: int) -> Cheapest:
    """Return the cheapest way to read both settings of everybody once."""
    every = [_prices(name) for name in RESOURCES]
    return Cheapest(sum(min(_pages(each, size), size * (each.read + each.item)) for each in every))


def _prices(name: str) -> Prices:
    return PANEL.resources[RESOURCES[name]]


def _pages(prices: Prices, size: int) -> int:
    return -(-size // LARGEST_ROWS) * prices.read + size * prices.item


def _ansible_alone() -> Ran:
    return measuring.play("base.yml", None, {})


def _fleet(place: World, scale: Scale, naming: Naming, found: Measured) -> None:
    one = fleet_round(place, PERCENT, scale.panel_rows, naming)
    found.run.all.append(one.ran.seconds)
    found.busy_ms = one.seen.busy_ms


def _script(place: World, scale: Scale, found: Measured) -> None:
    ran, seen = curl_round(place, PERCENT, scale.panel_rows)
    found.run.all.append(ran.seconds)
    found.busy_ms = seen.busy_ms


def _drift(place: World, scale: Scale, found: Measured) -> None:
    expected = place.differ(NIGHTLY_PERCENT) // len(RESOURCES)
    ran, _requests = drift_run(place, expected, scale.panel_rows, Naming.BOTH, unmanaged=True)
    found.run.all.append(ran.seconds)
    found.busy_ms = place.counters().busy_ms


def _what(size: int, name: str) -> str:
    return f"run, {size:,} subscribers {name}, the panel's costs, {SERVER_WORKERS} server workers"


def _drift_what(scale: Scale) -> str:
    return (
        f"drift report, {scale.nightly:,} subscribers by id and name, {NIGHTLY_PERCENT} % differing, the panel's costs"
    )


def _judged(
    scale: Scale, runs: dict[Naming, Measured], script: Measured, nightly: Measured, start: Rounds
) -> list[Judged]:
    judged = [
        at_most(
            f"{_what(scale.panel, one.name)}, less Ansible's own start / the cheapest requests",
            one.ratio(start),
            MOST[naming],
            detail=f"{seconds(one.run.least - start.least)} / {seconds(one.cheapest.seconds)}",
        )
        for naming, one in runs.items()
        if one.run.all
    ]
    own = runs[Naming.BOTH]
    if own.run.all and script.run.all:
        judged.append(
            at_most(
                f"{_what(scale.panel, own.name)} / the shell script's run",
                own.run.least / script.run.least,
                SCRIPT_MOST,
                detail=f"{seconds(own.run.least)} / {seconds(script.run.least)}",
            )
        )
    if nightly.run.all:
        judged.append(
            at_most(
                f"{_drift_what(scale)} / reading both settings once",
                nightly.run.least / nightly.cheapest.seconds,
                DRIFT_MOST,
                detail=f"{seconds(nightly.run.least)} / {seconds(nightly.cheapest.seconds)}, with Ansible's own start",
            )
        )
    return judged


def _line(size: int, one: Measured, start: Rounds) -> list[str]:
    return [
        f"{size:,} {one.name}",
        str(one.run),
        seconds(one.run.least - start.least),
        seconds(one.busy_ms / 1000 / SERVER_WORKERS),
        seconds(one.cheapest.seconds),
        f"{one.ratio(start):.3f}",
    ]


def _table(scale: Scale, lines: list[list[str]]) -> Table:
    head = ("subscribers", "run", "less Ansible's own start", "server busy / 4", "cheapest requests", "ratio")
    notes = (
        f"`--costs panel --server-workers {SERVER_WORKERS}`, `workers: {WORKERS}`, pages of {scale.panel_rows}. Runs "
        f"change both settings of {PERCENT} % of the subscribers; the drift report finds {NIGHTLY_PERCENT} % and looks "
        "for unmanaged ones. Ansible's own start is that of a playbook with a `debug` task, in the same rounds. Server "
        "busy: the cost of all requests by the simulator's table (`busy_ms`). Cheapest requests, computed from the "
        f"same table: the login ({LOGIN_MS} ms, while nothing else can be done), and then, divided by the "
        f"{SERVER_WORKERS} requests that the server serves at a time, pages of {LARGEST_ROWS:,} of both settings, what "
        "naming needs (a look-up of everybody, or a GET of the name of those that change) and a PATCH for each of the "
        "settings that differ. For the drift report: the login and the pages. The shell script takes ids, checks no "
        "name, and reads pages of the same size."
    )
    return Table("Runs at the panel's costs", head, lines, notes)
