# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write all files of a report with so many rows, and say how long it took without Python's start.

python -m benchmarks.report_files ROWS FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files, history, model
from tests import sample_report


def main(rows: str, folder: str) -> None:
    given = sample_report.report(sample_report.many(int(rows)), subscribers=int(rows))
    begun = time.perf_counter()
    report = model.read(given)
    runs = history.added(sample_report.runs(89), report)
    made = files.contents(report, files.FORMATS, "", runs, ["drift"])
    files.write({Path(folder, name): content for name, content in made.items()}, check_mode=False)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "sizes": {name: len(content) for name, content in made.items()}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
