# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the files of a report, by themselves and as a task of a playbook."""

from __future__ import annotations

import json
import shutil

from benchmarks import contestants
from benchmarks.cases import Scale
from benchmarks.measure import WORK, Rounds, play
from benchmarks.report import Outcome, Table, at_most
from tests import sample_report

MOST_SECONDS = 3
MOST_MEMORY = 300
TASK = "Write the files"


def measure(scale: Scale) -> Outcome:
    """What is promised is about the files by themselves; a task is also handed the report, by Ansible."""
    outcome = Outcome()
    rounds = [contestants.report_files(scale.report_rows) for _round in range(scale.rounds)]
    took = Rounds([seconds for _ran, seconds, _sizes in rounds])
    largest = max(ran.largest for ran, _seconds, _sizes in rounds)
    what = f"report files for {scale.report_rows:,} rows"
    outcome.judged.append(at_most(what, took.least, MOST_SECONDS, " s"))
    outcome.judged.append(at_most(f"{what}, memory of the process", largest, MOST_MEMORY, " MiB"))
    tasks = [_task(scale.report_rows) for _round in range(scale.rounds)]
    lines = [
        ["the files", str(took), f"{largest:.0f} MiB"],
        [
            "a task that receives the report in a file",
            str(Rounds([seconds for seconds, _memory in tasks])),
            f"{max(memory for _seconds, memory in tasks):.0f} MiB",
        ],
    ]
    outcome.tables.append(Table(f"Reports of {scale.report_rows:,} rows", ("", "time", "memory of the process"), lines))
    sizes = [[name, f"{size / 1024:,.0f} KiB"] for name, size in rounds[0][2].items()]
    outcome.tables.append(Table("Their files", ("file", "size"), sizes))
    return outcome


def _task(rows: int) -> tuple[float, float]:
    """The seconds of the task, and the most memory that a process of Ansible held, in MiB."""
    given = WORK / "report.json"
    given.parent.mkdir(parents=True, exist_ok=True)
    report = sample_report.report(sample_report.many(rows), subscribers=rows)
    given.write_text(json.dumps(report), encoding="utf-8")
    shutil.rmtree(WORK / "report-task", ignore_errors=True)
    variables = {"report_file": str(given), "report_dest": str(WORK / "report-task")}
    ran = play("report.yml", None, variables, memory=True)
    return ran.task(TASK).seconds, ran.largest
