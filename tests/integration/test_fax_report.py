# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_report`: the files are there before anything fails, and the exit code says what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests import sample_report
from tests.integration.conftest import Play, Played
from tests.sample_report import row

TASK = "Write it"
NAMES = ["junit.xml", "report.html", "report.json", "report.md"]
CLEAN = sample_report.report()
DRIFT = sample_report.report(sample_report.of_each())
UNKNOWN = sample_report.report([row(field="active", expected=True, actual=False), sample_report.failed()])


def write(
    play: Play, tmp_path: Path, report: Any, *arguments: str, warnings: tuple[str, ...] = (), **options: Any
) -> Played:
    """Run the module with a report out of a file, as another task would return it."""
    (tmp_path / "given.json").write_text(json.dumps(report), encoding="utf-8")
    given = "{{ lookup('ansible.builtin.file', '" + str(tmp_path / "given.json") + "') | from_json }}"
    task = {"name": TASK, "ngcp.fax.fax_report": {"report": given, "dest": "out/new", **options}}
    return play([task], *arguments, warnings=warnings)


def told(played: Played) -> str:
    """The task's message; that of a host that is unreachable is in the output only."""
    return str(played[TASK]["msg"]) if TASK in played.results else " ".join(played.output.split())


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out" / "new").glob("*"))


@pytest.mark.parametrize(
    ("report", "options", "code", "message"),
    [
        (CLEAN, {}, 0, "No drift. All 5,000 subscribers are as declared. The report is in 'out/new'."),
        (DRIFT, {}, 2, "7 rows to fail on (drift). The report is in 'out/new'."),
        (
            DRIFT,
            {"fail_on": ["risk", "unmanaged"]},
            2,
            "2 rows to fail on (risk, unmanaged). The report is in 'out/new'.",
        ),
        (DRIFT, {"fail_on": "never"}, 0, "1 is unmanaged. The report is in 'out/new'."),
        (UNKNOWN, {}, 4, "1 of 5,000 subscribers differs. The report is in 'out/new'."),
        (UNKNOWN, {"fail_on": "risk"}, 4, "The report is in 'out/new'."),
    ],
)
def test_the_exit_code(
    play: Play, tmp_path: Path, report: dict[str, Any], options: dict[str, Any], code: int, message: str
) -> None:
    played = write(play, tmp_path, report, **options)
    assert played.code == code, played.output
    assert names(tmp_path) == NAMES
    assert message in told(played)
    assert json.loads((tmp_path / "out/new/report.json").read_text(encoding="utf-8")) == report
    ElementTree.parse(tmp_path / "out/new/junit.xml")
    if not code:
        result = played[TASK]
        assert (result["changed"], result["verdict"]) == (True, report["verdict"])
        assert result["files"][0] == {"path": "out/new/report.html", "format": "html"}


def test_the_second_time_nothing_changes_and_the_history_grows_by_runs(play: Play, tmp_path: Path) -> None:
    history = tmp_path / "history" / "runs.json"
    for changed in (True, False):
        played = write(play, tmp_path, CLEAN, history=str(history), formats=["html"], title="Morning")
        assert played[TASK]["changed"] is changed, played.output
    assert names(tmp_path) == ["report.html"]
    assert "Morning" in (tmp_path / "out/new/report.html").read_text(encoding="utf-8")
    write(play, tmp_path, CLEAN | {"generated": "2026-11-27T05:00:00Z"}, history=str(history), formats=["md"])
    runs = json.loads(history.read_text(encoding="utf-8"))["runs"]
    assert [run["generated"] for run in runs] == [CLEAN["generated"], "2026-11-27T05:00:00Z"]


def test_a_damaged_history_is_left_alone(play: Play, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text("{", encoding="utf-8")
    played = write(play, tmp_path, CLEAN, history=str(history), warnings=("history: ",))
    assert played.code == 0, played.output
    assert "is damaged: it is not JSON" in played[TASK]["warnings"][0]
    assert history.read_text(encoding="utf-8") == "{"
    assert names(tmp_path) == NAMES


def test_check_mode_writes_nothing_and_says_so(play: Play, tmp_path: Path) -> None:
    for report, code in ((CLEAN, 0), (DRIFT, 2), (UNKNOWN, 4)):
        played = write(play, tmp_path, report, "--check", history=str(tmp_path / "history.json"))
        assert played.code == code, played.output
        assert "Check mode: nothing was written to 'out/new'." in told(played)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "history.json").exists()


@pytest.mark.parametrize(
    ("report", "options", "message"),
    [
        ({"version": 1}, {}, "report.kind is missing."),
        ("none", {}, "report must be a mapping, or a file of one, and 'none' cannot be read"),
        (CLEAN, {"fail_on": ["never", "drift"]}, "fail_on: never stands alone."),
        (CLEAN, {"fail_on": "always"}, "fail_on"),
        (CLEAN, {"formats": ["pdf"]}, "formats"),
        (CLEAN, {"dest": "given.json/below"}, "'given.json/below/report.html' cannot be written (Not a directory)."),
    ],
)
def test_what_is_refused(play: Play, tmp_path: Path, report: Any, options: dict[str, Any], message: str) -> None:
    if report == "none":
        played = play([{"name": TASK, "ngcp.fax.fax_report": {"report": "none", "dest": "out/new"}}])
    else:
        played = write(play, tmp_path, report, **options)
    assert played.code == 2
    assert message in played.failure(TASK)
    assert names(tmp_path) == []
