# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export of settings of every kind, and that a run over its files would change nothing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from benchmarks.cases import Scale
from benchmarks.measure import WORK, Broken, seconds
from benchmarks.report import Outcome, Table
from benchmarks.world import PAGE, World, world
from tests.integration.exporting import Exports
from tests.integration.odd_settings import SEED, kinds

T = TypeVar("T")
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "a file for each customer": {"layout": "customer"},
    "one file, secrets encrypted": {"layout": "one", "secrets": "vault"},
    "a file for each domain, without defaults": {
        "layout": "domain",
        "secrets": "plain",
        "omit_defaults": True,
        "name_by": "subscriber_id",
    },
}


def measure(scale: Scale) -> Outcome:
    """Export with each set of options, and compare the server with the files."""
    with world(scale.main, filled=False) as place:
        place.tell(
            ("PATCH", f"/settings/{resource}/{one}", settings) for resource, one, settings in kinds(SEED, scale.main)
        )
        lines = [[name, *_round_trip(place, options)] for name, options in OPTIONS.items()]
    head = ("options", "files", "size", "export, CPU", "comparison with the server, CPU")
    notes = (
        "No latency. The comparison is a run of `fax_subscribers` over the files in check mode; it finds nothing to "
        "change. Encrypting is replaced by a quick substitute, because `ansible-vault` takes 10 ms for each value."
    )
    return Outcome(tables=[Table(f"Exports of {scale.main:,} subscribers", head, lines, notes)])


def _round_trip(place: World, options: dict[str, Any]) -> list[str]:
    """Export into an empty folder and compare; raise `Broken` unless the files hold exactly what the server has."""
    folder = WORK / "export"
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    run = Exports(place.simulator, folder, PAGE)
    first, export_cpu = _cpu(lambda: run(**options))
    if (first.facts["totals"]["subscribers"], first.facts["not_written"]) != (place.size, []):
        raise Broken(f"export with {options}: {first.facts}")
    differing, compare_cpu = _cpu(run.differing)
    if differing or run(**options).changed:
        raise Broken(f"export with {options}: {differing} subscribers would change, or a second export differs")
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / (1 << 20)
    return [f"{len(files):,}", f"{size:.1f} MiB", seconds(export_cpu), seconds(compare_cpu)]


def _cpu(function: Callable[[], T]) -> tuple[T, float]:
    """Return what `function` returns, and the seconds of this process's CPU that it took."""
    begun = time.process_time()
    returned = function()
    return returned, time.process_time() - begun
