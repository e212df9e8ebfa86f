# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the result of every task, and every item of a loop, as a line of JSON to the file in RECORD_FILE."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Keeps results for the tests
description: Keeps results for the tests.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible publishes no types
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"

    def _write(self, kind: str, result: Any) -> None:
        line = {"task": result._task.get_name(), "kind": kind, "result": result._result}
        with Path(os.environ["RECORD_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._write("item", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._write("item", result)
