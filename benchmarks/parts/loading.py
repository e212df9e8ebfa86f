# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading and checking state files."""

from __future__ import annotations

from benchmarks import contestants, state
from benchmarks.cases import Scale
from benchmarks.measure import Rounds
from benchmarks.report import Outcome, Table, at_most

# By suffix: the format, and the seconds that are promised.
FORMATS = {".yml": ("YAML", 20), ".json": ("JSON", 3), ".csv": ("CSV", 3)}


def measure(scale: Scale) -> Outcome:
    """Each format."""
    outcome = Outcome()
    lines = []
    for suffix, (name, most) in FORMATS.items():
        file = state.state_file(scale.entries, suffix)
        rounds = [contestants.load(file) for _round in range(scale.rounds)]
        took = Rounds([seconds for _ran, seconds in rounds])
        outcome.judged.append(
            at_most(f"loading and checking {scale.entries:,} entries, {name}", took.least, most, " s")
        )
        size = file.stat().st_size / (1 << 20)
        lines.append([name, f"{size:.1f} MiB", str(took), f"{rounds[0][0].largest:.0f} MiB"])
    head = ("format", "file", "time", "memory of the process")
    outcome.tables.append(Table(f"State files of {scale.entries:,} entries", head, lines))
    return outcome
