# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and extend the history: a JSON file with the totals of the last runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import MOMENT, TOTALS, VERDICTS, Head

VERSION = 1
MOST_RUNS = 90
SAME = ("generated", "kind", "api_url")


class Damaged(Exception):
    """Raised if a file is not a history. The message is a sentence."""


def read(path: Path) -> list[Head]:
    """Return the runs in a file, oldest first; none if it is missing or empty. Raises `Damaged`."""
    try:
        content = files.read_regular(path).decode()
        found: Any = json.loads(content) if content.strip() else {"version": VERSION, "runs": []}
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Damaged(_sentence(path, f"cannot be read ({error.strerror})")) from None
    except (ValueError, RecursionError):
        raise Damaged(_sentence(path, "is damaged: it is not JSON")) from None
    if not _is_history(found):
        raise Damaged(_sentence(path, "is damaged: it holds no history of reports"))
    runs: list[Head] = found["runs"]
    return runs


def head(report: Head) -> Head:
    """Return the part of a report that the history keeps."""
    return {
        "generated": report["generated"],
        "kind": report["kind"],
        "api_url": report["api_url"],
        "verdict": report["verdict"],
        "totals": dict(report["totals"]),
    }


def added(runs: list[Head], report: Head) -> list[Head]:
    """Return the newest runs, including that of `report` once, in order of time."""
    run = head(report)
    others = [each for each in runs if _identity(each) != _identity(run)]
    return sorted([*others, run], key=lambda each: str(each["generated"]))[-MOST_RUNS:]


def text(runs: list[Head]) -> str:
    """Return the content of the file: one line for each run, so that git shows added runs."""
    lines = ",\n".join(json.dumps(run, ensure_ascii=False, sort_keys=True) for run in runs)
    return f'{{"version": {VERSION}, "runs": [\n{lines}\n]}}\n'


def _identity(run: Head) -> tuple[str, str, str]:
    return run["generated"], run["kind"], run["api_url"]


def _is_history(found: object) -> bool:
    if not isinstance(found, dict) or found.get("version") != VERSION or not isinstance(found.get("runs"), list):
        return False
    return all(map(_is_run, found["runs"]))


def _is_run(run: object) -> bool:
    if not isinstance(run, dict) or not all(isinstance(run.get(name), str) for name in SAME):
        return False
    totals = run.get("totals")
    return (
        re.match(MOMENT, run["generated"]) is not None
        and run.get("verdict") in tuple(VERDICTS)
        and isinstance(totals, dict)
        and all(isinstance(totals.get(name), int) for name in TOTALS)
    )


def _sentence(path: Path, fault: str) -> str:
    advice = "It was left as it is, and the report has no chart; fix the file, or move it away."
    return f"{option_name('history')}: '{path}' {fault}. {advice}"
