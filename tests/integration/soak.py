# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A loop of many items and a play of many tasks: the last one uses no more than the first ones. `make soak` runs long
ones, the suite short ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import Play, Task

MODULE = "ngcp.fax.faxserver_settings"
# The first ones open what the others use again.
SETTLED = 3
# A connection that is made anew, or a pipe of Ansible's own, at the moment of counting.
PASSING = 2
# What Ansible itself keeps of an item or a task, in kB.
KEPT_OF_ITEM, KEPT_OF_TASK = 12, 40
Usage = dict[str, dict[str, int]]


def tasks(items: int, single: int) -> list[Task]:
    """A loop of so many items, and so many tasks; each notes what is used before it begins."""
    wanted: dict[str, Any] = {"active": True}
    loop: Task = {
        "name": "loop",
        MODULE: {"subscriber_id": "{{ item % 3 + 3 + lookup('usage') }}", **wanted},
        "loop": f"{{{{ range({items}) | list }}}}",
        "loop_control": {"label": ""},
    }
    others: list[Task] = [
        {"name": f"task {number}", MODULE: {"subscriber_id": f"{{{{ {number % 3 + 3} + lookup('usage') }}}}", **wanted}}
        for number in range(single)
    ]
    return [loop, *others]


def check(play: Play, folder: Path, items: int, single: int) -> None:
    """Play them, and compare what was used."""
    file = folder / "usage.jsonl"
    environment = {
        "ANSIBLE_LOOKUP_PLUGINS": str(Path(__file__).parent / "lookup_plugins"),
        "USAGE_FILE": str(file),
    }
    played = play(tasks(items, single), environment=environment)
    assert played.code == 0, played.output[-2000:]
    lines: list[Usage] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == items + single
    of_items, of_tasks = lines[:items], lines[items:]
    _compare([one["worker"] for one in of_items], KEPT_OF_ITEM)
    _compare([one["main"] for one in of_tasks], KEPT_OF_TASK)


def _compare(used: list[dict[str, int]], kept: int) -> None:
    first, last = used[SETTLED], used[-1]
    for what in ("descriptors", "threads"):
        assert last[what] <= first[what] + PASSING, (what, first, last)
    assert last["memory"] - first["memory"] < kept * len(used) + 2000, (first, last)
