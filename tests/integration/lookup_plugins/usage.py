# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes in the file USAGE_FILE what Ansible's worker and its main process use at this moment. Its value is 0."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase


def usage(process: int) -> dict[str, int]:
    """Return how many descriptors and threads a process has, and its memory in kB."""
    folder = Path(f"/proc/{process}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text(encoding="utf-8").splitlines())
    return {
        "descriptors": len(list((folder / "fd").iterdir())),
        "threads": int(status["Threads"]),
        "memory": int(status["VmRSS"].split()[0]),
    }


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible publishes no types
    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[int]:
        line = json.dumps({"worker": usage(os.getpid()), "main": usage(os.getppid())})
        with Path(os.environ["USAGE_FILE"]).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return [0]
