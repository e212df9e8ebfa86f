# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single modules in a loop, inside Ansible's process, beside `uri` in a loop that only reads."""

from __future__ import annotations

from benchmarks.cases import Scale
from benchmarks.contestants import loop_round
from benchmarks.measure import Rounds, seconds
from benchmarks.report import Outcome, Table, at_most, equal, number
from benchmarks.world import world

PART = 20


def measure(scale: Scale) -> Outcome:
    """One loop over `faxserver_settings` that finds all as declared, and one over `uri`."""
    with world(scale.loop) as place:
        runs = [loop_round(place, "loop.yml", scale.loop, 0, "-e", "one_only=true") for _round in range(scale.rounds)]
        uri = loop_round(place, "uri_get.yml", scale.loop_uri, 0, writes=False)
    own = Rounds([one.ran.seconds for one in runs])
    task = Rounds([one.ran.task("Set the fax settings").seconds for one in runs])
    rival, rival_task = uri.seconds(scale.loop), uri.task_seconds(scale.loop)
    seen = {"connections": runs[0].seen.connections, "logins": runs[0].seen.logins}
    what = f"a loop of {scale.loop} single modules in Ansible's process"
    outcome = Outcome()
    outcome.judged = [
        at_most(f"{what}, run", own.least, rival / PART, " s", f"1/{rival / own.least:.1f} of `uri` in a loop"),
        equal(what, seen, {"connections": 1, "logins": 1}),
    ]
    lines = [
        ["`faxserver_settings`", f"all {scale.loop}", str(own), str(task), _each(task.least, scale.loop), "1"],
        [
            "`uri`, GET only, JWT",
            f"{uri.items}, scaled to {scale.loop}",
            seconds(rival),
            seconds(rival_task),
            _each(rival_task, scale.loop),
            number(rival / own.least),
        ],
    ]
    head = ("loop over", "measured on", "run", "task", "an item", "times this collection")
    outcome.tables.append(Table("Loops", head, lines))
    return outcome


def _each(took: float, items: int) -> str:
    return f"{took / items * 1000:.1f} ms"
