# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside what the server itself is busy for, at the real panel's costs."""

from __future__ import annotations

from benchmarks.cases import PERCENT, RE_READING, SERVER_WORKERS, WORKERS, Scale
from benchmarks.contestants import Fleet, fleet_round, floor_round
from benchmarks.measure import seconds
from benchmarks.report import Judged, Outcome, Table, at_most, number
from benchmarks.world import world
from tests.simulator.costs import COSTS

MOST = 1.1
# The fewest requests are those of the largest pages. They take half a minute each, so the floor that is run reads
# smaller ones, and what more of them cost is taken off.
LARGEST_ROWS = 1000
FLOOR_ROWS = 250
VARIANTS = ((True, PERCENT), (False, PERCENT), (True, 0), (False, 0))


def measure(scale: Scale) -> Outcome:
    """Runs at several page sizes, and the least that the server has to do for the same."""
    outcome = Outcome()
    lines = []
    best = 0
    with world(scale.panel, costs="panel", server_workers=SERVER_WORKERS) as place:
        for by_name, percent in VARIANTS:
            # The bill does not depend on how many are served at a time.
            place.set_options(costs="panel", server_workers=0)
            needless_ms = _needless_pages_ms(scale.panel, 3 if by_name else 2)
            least, careful = (
                (floor_round(place, percent, FLOOR_ROWS, *arguments, by_name=by_name)[1].busy_ms - needless_ms)
                / 1000
                / SERVER_WORKERS
                for arguments in ((), ("--re-read",))
            )
            place.set_options(costs="panel", server_workers=SERVER_WORKERS)
            # Which page size is best is looked for once, and used for the others.
            sizes = scale.panel_page_sizes if by_name and percent else (best,)
            runs = {size: fleet_round(place, percent, size, by_name) for size in sizes}
            best = min(runs, key=lambda size: runs[size].ran.seconds)
            name = f"{'by name' if by_name else 'by id'}, {percent:g} % differing"
            outcome.judged.append(_judged(scale, name, runs[best], least))
            if percent:
                outcome.judged.append(_judged(scale, f"{name}, {RE_READING}", runs[best], careful))
            lines += [_line(name, size, one, least, careful) for size, one in runs.items()]
    head = (
        "entries",
        "page size",
        "run",
        "server busy",
        "the same / 4",
        "cheapest / 4",
        "run / cheapest",
        "run / cheapest, re-reading",
    )
    notes = (
        f"{scale.panel:,} subscribers, `--costs panel --server-workers {SERVER_WORKERS}`, `workers: {WORKERS}`. "
        "Server busy: the cost of all requests of the run by the simulator's table (`busy_ms`). Cheapest: the same "
        f"for the floor, which reads pages of {LARGEST_ROWS}, sends one PATCH for each of the settings that differ and "
        f"reads nothing twice. Both are divided by the {SERVER_WORKERS} requests that the server serves at a time. A "
        "run also includes Ansible's start and end, and the login, during which nothing else can be done."
    )
    outcome.tables.append(Table("Runs at the panel's costs", head, lines, notes))
    return outcome


def _needless_pages_ms(size: int, collections: int) -> int:
    """What the pages cost that the floor reads although larger ones would do, without their items."""
    needless = -(-size // FLOOR_ROWS) - -(-size // LARGEST_ROWS)
    resources = ("faxserversettings", "mailtofaxsettings", "subscribers")[:collections]
    return needless * sum(COSTS["panel"].resources[name].read for name in resources)


def _judged(scale: Scale, name: str, one: Fleet, least: float) -> Judged:
    what = f"run, {scale.panel:,} subscribers, the panel's costs, {SERVER_WORKERS} server workers ({name})"
    detail = f"{number(one.ran.seconds / least)} times the server's own time"
    return at_most(what, one.ran.seconds, MOST * least, " s", detail)


def _line(name: str, size: int, one: Fleet, least: float, careful: float) -> list[str]:
    busy = one.seen.busy_ms / 1000
    took = seconds(one.ran.seconds)
    ratios = [f"{one.ran.seconds / each:.3f}" for each in (least, careful)]
    return [name, str(size), took, seconds(busy), seconds(busy / SERVER_WORKERS), seconds(least), *ratios]
