# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load and check one state file, in a process of its own: python -m benchmarks.load FILE."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader


def main() -> None:
    begun = time.perf_counter()
    entries = loader.load([Path(sys.argv[1])])
    seconds = time.perf_counter() - begun
    if entries.problems:
        raise SystemExit("\n".join(map(str, entries.problems[:10])))
    print(json.dumps({"seconds": seconds, "entries": len(entries)}))


if __name__ == "__main__":
    main()
