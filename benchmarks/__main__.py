# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure everything: `make bench`, or parts of it: `make bench ARGS='--only rivals loading'`.

The exit code is 1 if something fails to run or leaves the server in a wrong state, whatever the figures are. It is then
a row of the table, and everything else is measured all the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks import machine, report
from benchmarks.cases import FULL, QUICK, Scale
from benchmarks.measure import Broken
from benchmarks.parts import (
    drift,
    exports,
    growth,
    loading,
    logins,
    loops,
    panel,
    reports,
    requests,
    rivals,
    simulator,
    sizes,
)
from benchmarks.report import Outcome

PARTS: dict[str, Callable[[Scale], Outcome]] = {
    "requests": requests.measure,
    "logins": logins.measure,
    "rivals": rivals.measure,
    "drift": drift.measure,
    "panel": panel.measure,
    "growth": growth.measure,
    "loops": loops.measure,
    "loading": loading.measure,
    "exports": exports.measure,
    "reports": reports.measure,
    "sizes": sizes.measure,
    "simulator": simulator.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, print, write docs/performance.md.")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=f"parts: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a small variant of all, which writes nothing")
    arguments = parser.parse_args()
    machine.separate_cores()
    print(machine.name(), flush=True)
    if not arguments.quick and not arguments.only:
        report.forget()
    failed = [what for name in arguments.only or PARTS for what in _measure(name, arguments.quick)]
    if not arguments.quick:
        missing = report.write_page(list(PARTS))
        where = report.PAGE.name
        print(
            f"\nNot written, for these were never measured: {', '.join(missing)}" if missing else f"\nWritten: {where}"
        )
    if failed:
        print("\nFailed:", *failed, sep="\n- ", flush=True)
    return int(bool(failed))


def _measure(name: str, quick: bool) -> list[str]:
    """Measure a part and print what it found; returns what failed to run."""
    print(f"\n== {name}", flush=True)
    begun = time.monotonic()
    try:
        outcome = PARTS[name](QUICK if quick else FULL)
    except Broken as broken:
        print(f"FAILED: {broken}", flush=True)
        outcome = Outcome([report.failed(f"the part {name}", broken)])
    print(report.shown(outcome), flush=True)
    print(f"\n({time.monotonic() - begun:.0f} s)", flush=True)
    if not quick:
        report.keep(name, outcome)
    return outcome.failures


if __name__ == "__main__":
    sys.exit(main())
