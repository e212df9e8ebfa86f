# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the files of a report, write them, and derive the outcome of the run from the report."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.folders import make_folders
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Head, Report
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import html_page, junit, markdown, view
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports.model import counted

FORMATS = {"html": "report.html", "json": "report.json", "md": "report.md", "junit": "junit.xml"}
# Kinds of rows for each choice of `fail_on`.
FAIL_ON: dict[str, tuple[str, ...]] = {
    "drift": ("drift", "missing"),
    "unmanaged": ("unmanaged",),
    "risk": ("risk",),
    "never": (),
}

# Ansible prints UNREACHABLE for exit code 4, which misleads readers.
UNREACHABLE_IN_WORDS = "(UNREACHABLE is how Ansible shows a run that ends with 4; this host itself was reached.)"


def contents(
    report: Report, formats: Iterable[str], title: str, runs: Sequence[Head], fail_on: Collection[str]
) -> dict[str, bytes]:
    """Return the content of each file by its name. The same report gives the same bytes."""
    kinds = {kind for choice in fail_on for kind in FAIL_ON[choice]}
    makers = {
        "html": lambda: html_page.text(report, title, runs),
        "json": lambda: as_json(report).decode(),
        "md": lambda: markdown.text(report, title),
        "junit": lambda: junit.text(report, title, kinds),
    }
    # A name that was not UTF-8 can contain half a surrogate pair, which cannot be written.
    return {name: makers[one]().encode(errors="replace") for one, name in FORMATS.items() if one in set(formats)}


def as_json(report: Report) -> bytes:
    """Return the content of a JSON file."""
    return (json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


@contextmanager
def folders(dest: Path, history: Path | None, check_mode: bool, mode: int | None = None) -> Iterator[None]:
    """Make the folders of a report and a history with `mode` if they are missing, and hold their locks.

    No other process may write a history between reading and writing it. Raises `BadOption`.
    """
    if check_mode:
        yield
        return
    reports = [dest / name for name in FORMATS.values()]
    for path in reports:  # before anything is made
        _held(path)
    make_folders(dest, mode)
    if history:
        make_folders(history.parent, mode, "history")
    with locks.held_folders([dest, *([history.parent] if history else [])]):
        files.remove_leftovers_of(*reports, *([history] if history else []))
        yield


def write(contents: Mapping[Path, bytes], check_mode: bool, mode: int = files.PRIVATE) -> bool:
    """Write the files that differ from existing ones, each in one step; new ones get `mode`. Raises `BadOption`.

    Return True if there are any.
    """
    differing = {path: content for path, content in contents.items() if _held(path) != content}
    placed = 0
    try:
        for path, content in () if check_mode else differing.items():
            make_folders(path.parent)
            with files.beside(path) as new:
                new.file.write(content)
                new.place(mode)
            placed += 1
    except BadOption as error:
        error.facts = {"changed": placed > 0}
        raise
    return bool(differing)


def verdict(report: Report, fail_on: Collection[str]) -> tuple[str, str]:
    """Return the outcome of the run ("failed", "unreachable" or "") and a sentence about it."""
    word, sentence = view.verdict(report)
    message = f"{word}. {sentence}"
    if "never" in fail_on:
        return "", message
    if report["verdict"] == "unknown":
        return "unreachable", message
    wanted = {kind for choice in fail_on for kind in FAIL_ON[choice]}
    found = sum(row["kind"] in wanted for row in counted(report["rows"]))
    if not found:
        return "", message
    return "failed", f"{message} {view.number(found, 'row')} to fail on ({', '.join(fail_on)})."


def _held(path: Path) -> bytes | None:
    try:
        return files.read_regular(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadOption(f"'{path}' cannot be written ({files.reason_of(error)})", "Write elsewhere.") from error
