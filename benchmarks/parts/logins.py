# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a run of Ansible logs in, by the number that the server saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure as measuring
from benchmarks import state
from benchmarks.cases import WORKERS, Scale
from benchmarks.measure import WORK
from benchmarks.report import Outcome, Table, equal
from benchmarks.world import Counters, World, world

FORKS = 8
TASKS = 20
PLAYS = 3
SUBSCRIBERS = 100
HEAD = ("playbook", "requests", "logins", "connections")
Task = dict[str, Any]


def measure(scale: Scale) -> Outcome:
    """Each playbook once. The loop is that of the part `loops`, shipped as well."""
    outcome = Outcome()
    lines = []
    with world(SUBSCRIBERS) as place:
        for name, (plays, arguments) in _playbooks(scale).items():
            what = f"logins of {name}"
            seen = outcome.attempt(what, partial(_run, place, plays, arguments))
            if seen is not None:
                outcome.judged.append(equal(what, {"logins": seen.logins}, {"logins": 1}))
                lines.append([name, *(f"{one:,}" for one in (seen.requests, seen.logins, seen.connections))])
    notes = "Each task is a module of this collection, and every fifth is shipped as a process of its own."
    outcome.tables.append(Table("Logins", HEAD, lines, notes))
    return outcome


def _playbooks(scale: Scale) -> Mapping[str, tuple[list[Task], Sequence[str]]]:
    """Return plays and arguments by what they are."""
    hosts = ",".join(f"host{one}" for one in range(1, FORKS + 1))
    loop = {**_settings("{{ item % 100 + 1 }}"), "loop": f"{{{{ range({scale.loop}) | list }}}}"}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return {
        f"a playbook of {TASKS} tasks": ([_play(_tasks(TASKS))], ()),
        f"a playbook of {PLAYS} plays": ([_play(_tasks(2)) for _play_number in range(PLAYS)], ()),
        f"a loop of {scale.loop}": ([_play([loop])], ()),
        f"a playbook with {FORKS} forks": (
            [{**_play(_tasks(5)), "hosts": "all", "vars": local}],
            ("--inventory", f"{hosts},", "--forks", str(FORKS)),
        ),
    }


def _play(tasks: list[Task]) -> Task:
    return {"name": "Configure fax", "hosts": "localhost", "gather_facts": False, "tasks": tasks}


def _tasks(many: int) -> list[Task]:
    """Return so many tasks: single modules, modules about many, and such that are shipped."""
    file = str(state.state_file(SUBSCRIBERS))
    kinds: list[Task] = [
        _settings("1"),
        {"ngcp.fax.fax_subscribers": {"src": file, "workers": WORKERS}},
        {"ngcp.fax.fax_settings_info": {"subscriber_id": 1}},
        {"ngcp.fax.fax_drift": {"src": file, "workers": WORKERS}},
        {**_settings("2"), "vars": {"ngcp_fax_in_process": False}},
    ]
    return [{"name": f"Task {number}", **kinds[number % len(kinds)]} for number in range(many)]


def _settings(subscriber_id: str) -> Task:
    return {"ngcp.fax.faxserver_settings": {"subscriber_id": subscriber_id, "t38": True}}


def _run(place: World, plays: list[Task], arguments: Sequence[str]) -> Counters:
    playbook = Path(WORK, "logins.yml")
    playbook.parent.mkdir(parents=True, exist_ok=True)
    playbook.write_text(json.dumps(plays), encoding="utf-8")
    place.take_count()
    measuring.play(str(playbook), place.simulator, {}, *arguments)
    return place.counters()
