# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes when each task began and ended, with its totals, as a line of JSON to BENCH_TASKS_FILE."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_tasks
type: notification
short_description: Keeps the times of tasks for the benchmarks
description: Keeps the times of tasks for the benchmarks.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible publishes no types
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "bench_tasks"

    def __init__(self) -> None:
        super().__init__()
        self._begun = 0.0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._begun = time.time()

    def _write(self, result: Any, failed: bool) -> None:
        facts = {name: result._result[name] for name in ("totals", "msg", "pace") if name in result._result}
        line = {"task": result._task.get_name(), "begun": self._begun, "ended": time.time(), "failed": failed, **facts}
        with Path(os.environ["BENCH_TASKS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write(result, False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write(result, True)
