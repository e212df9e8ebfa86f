# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive: nothing is fetched twice, and nothing is deleted that is not safely on the disk."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    NoAnswer,
    NotNgcp,
    ReadOnly,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import JOB
from tests.integration.conftest import Play, defaults, requests
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_archive"
FIVE, SIX = "2026/11/01/20261101T100000Z_out_431110002_5.tif", "2026/11/02/20261102T100000Z_in_431999_6.tif"
INDEXES = ["index.csv", "index.json"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that is not there yet."""
    return tmp_path / "Archiv Öst"


def options_for(folder: Path, **options: Any) -> dict[str, Any]:
    return {**defaults(JOB.spec), "dest": str(folder), **options}


def run(connection: dict[str, Any], folder: Path, check_mode: bool = False, **options: Any) -> Result:
    """The module's function, without Ansible."""
    with Client(Connection(**connection), read_only=check_mode) as client:
        return JOB.execute(client, options_for(folder, **options), check_mode)


def facts(folder: Path, *lists: list[int]) -> dict[str, Any]:
    return {"index": str(folder / "index.json"), **dict(zip(("downloaded", "missing", "deleted"), lists, strict=True))}


def enter(simulator: Simulator, **keys: Any) -> int:
    """A fax into the journal, by hand; its id."""
    return int(simulator.control("POST", "/faxes", {"subscriber_id": 3, "time": "2026-11-05 08:09:10", **keys})["id"])


def left(simulator: Simulator) -> list[int]:
    return [fax["id"] for fax in simulator.control("GET", "/faxes")["journal"]]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def index(folder: Path) -> dict[int, dict[str, Any]]:
    content = json.loads((folder / "index.json").read_bytes())
    assert content["version"] == 1
    return {entry["id"]: entry for entry in content["faxes"]}


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def downloads(simulator: Simulator) -> dict[int, int]:
    """Return how often each fax's recording was requested."""
    lines = [line for lines in requests(simulator) for line in lines if "faxrecordings" in line]
    return Counter(int(line.rpartition("/")[2]) for line in lines)


def check(folder: Path) -> None:
    """The index tells the truth: of every file, and no file is missing in it."""
    entries = index(folder)
    for entry in entries.values():
        if entry["file"]:
            content = (folder / entry["file"]).read_bytes()
            assert (entry["size"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    named = [entry["file"] for entry in entries.values() if entry["file"]]
    assert [name for name in files(folder) if not name.endswith(".part")] == sorted([*named, *INDEXES])
    assert [int(row["id"]) for row in table(folder)] == sorted(entries)


# Fetching -------------------------------------------------------------------------------------------------------------


def test_a_tree_by_date_with_an_index(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    result = run(connection, folder)
    assert result == Result(True, facts(folder, [6, 5], [8, 7], []))
    assert files(folder) == [FIVE, SIX, *INDEXES]
    check(folder)
    entry = index(folder)[6]
    assert (entry["file"], entry["format"], entry["caller"], entry["reason"]) == (SIX, "tiff", "431999", "ok")
    assert (entry["time"], entry["time_iso"]) == ("2026-11-02 10:00:00", "2026-11-02T10:00:00+00:00")
    assert {number: entry["file"] for number, entry in index(folder).items()} == {5: FIVE, 6: SIX, 7: None, 8: None}
    rows = {int(row["id"]): row for row in table(folder)}
    assert (rows[6]["file"], rows[6]["sha256"], rows[7]["file"]) == (SIX, entry["sha256"], "")
    assert list(rows[6])[:4] == ["id", "subscriber_id", "time_iso", "direction"]
    assert left(simulator) == [5, 6, 7, 8]


def test_a_second_run_fetches_what_is_new_only(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    run(connection, folder)
    before = {name: (folder / name).stat().st_mtime_ns for name in files(folder)}
    simulator.control("DELETE", "/log")
    assert run(connection, folder) == Result(False, facts(folder, [], [8, 7], []))
    assert set(downloads(simulator)) == {7, 8}  # they may have come in
    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == before
    fax = enter(simulator, caller="4377")
    assert run(connection, folder) == Result(True, facts(folder, [fax], [8, 7], []))
    assert files(folder) == [FIVE, SIX, f"2026/11/05/20261105T080910Z_in_4377_{fax}.tif", *INDEXES]
    assert set(downloads(simulator)) == {7, 8, fax}
    check(folder)


def test_a_server_that_moves_to_another_zone(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    """Names and times in the index are UTC, in winter and in summer, so nothing is fetched again."""
    summer = enter(simulator, caller="4377", time="2026-07-01 23:30:00")
    simulator.control("PUT", "/options", {"time_zone": "Europe/Vienna"})
    run(connection, folder)
    named = [FIVE, SIX, f"2026/07/01/20260701T233000Z_in_4377_{summer}.tif", *INDEXES]
    assert files(folder) == sorted(named)
    assert index(folder)[summer]["time_iso"] == "2026-07-01T23:30:00+00:00"
    simulator.control("PUT", "/options", {"time_zone": "Pacific/Kiritimati"})
    assert not run(connection, folder).changed


def test_which_faxes(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    fax = enter(simulator, subscriber_id=9)
    assert run(connection, folder, subscriber_id=9).facts["downloaded"] == [fax]
    assert run(connection, folder, direction="in", until="2026-11-03").facts["downloaded"] == [6]
    assert run(connection, folder, subscriber="user3@d1.example.org", status="failed").facts["missing"] == [7]
    assert sorted(index(folder)) == [6, 7, fax]
    check(folder)


def test_what_was_missing_comes_later(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    fax = enter(simulator)
    simulator.control("PUT", "/faults", [{"path": f"faxrecordings/{fax}", "status": 500, "body": "<html>"}])
    assert run(connection, folder, subscriber_id=3).facts["missing"] == [fax, 7]
    assert run(connection, folder, subscriber_id=3) == Result(True, facts(folder, [fax], [7], []))
    check(folder)


@pytest.mark.parametrize("name", ["pdf", "ps"])
def test_conversions_are_fetched_once(
    name: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder, format=name)
    assert files(folder)[0] == FIVE.replace("tif", name)
    assert not run(connection, folder, format=name).changed
    assert downloads(simulator)[5] == 1
    check(folder)


def test_another_format_is_fetched_anew(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    """Also one with the same suffix."""
    for name, beginning in (("pdf", b"%PDF-1.3"), ("pdf14", b"%PDF-1.4")):
        assert run(connection, folder, format=name).facts["downloaded"] == [6, 5]
        assert (folder / FIVE.replace("tif", "pdf")).read_bytes().startswith(beginning)
        assert index(folder)[5]["format"] == name
        check(folder)
    run(connection, folder)
    assert (len(files(folder)), index(folder)[5]["file"]) == (6, FIVE)


def test_a_file_that_went_away_is_fetched_again(connection: dict[str, Any], folder: Path) -> None:
    run(connection, folder)
    shutil.rmtree(folder / "2026" / "11" / "01")
    assert run(connection, folder).facts["downloaded"] == [5]
    check(folder)


def test_an_index_that_went_away_is_written_anew(connection: dict[str, Any], folder: Path) -> None:
    run(connection, folder)
    (folder / "index.json").unlink()
    (folder / FIVE).write_bytes(b"II*\0 damaged")
    run(connection, folder)
    assert (folder / FIVE).stat().st_size > 50
    check(folder)


def test_hundreds(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    simulator.control("POST", "/faxes/generate", {"count": 150, "subscriber_id": 9})
    result = run(connection, folder, subscriber_id=9, workers=8)
    assert len(result.facts["downloaded"]) + len(result.facts["missing"]) == 150
    assert len(result.facts["downloaded"]) > 50
    check(folder)
    simulator.control("DELETE", "/log")
    assert not run(connection, folder, subscriber_id=9).changed
    assert sorted(downloads(simulator)) == sorted(result.facts["missing"])


def test_two_runs_at_once_wait_for_each_other(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    simulator.control("PUT", "/faults", [{"path": "faxrecordings/5", "delay_ms": 100}])
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _number: run(connection, folder), range(2)))
    assert sorted(len(result.facts["downloaded"]) for result in results) == [0, 2]
    assert (downloads(simulator)[5], downloads(simulator)[6]) == (1, 1)
    check(folder)


# Deleting -------------------------------------------------------------------------------------------------------------


def test_what_is_on_the_disk_is_deleted(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    assert run(connection, folder, delete_archived=True) == Result(True, facts(folder, [6, 5], [8, 7], [6, 5]))
    assert left(simulator) == [7, 8]
    check(folder)
    assert run(connection, folder, delete_archived=True) == Result(False, facts(folder, [], [8, 7], []))
    assert (left(simulator), sorted(index(folder))) == ([7, 8], [5, 6, 7, 8])


def test_what_an_earlier_run_fetched_is_deleted_later(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder)
    assert run(connection, folder, delete_archived=True) == Result(True, facts(folder, [], [8, 7], [6, 5]))
    assert (left(simulator), downloads(simulator)[5]) == ([7, 8], 1)


@pytest.mark.parametrize("damage", ["cut", "changed", "longer"])
def test_a_file_that_is_damaged_on_the_disk_is_the_reason_not_to_delete(
    damage: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder)
    content = (folder / FIVE).read_bytes()
    damaged = {"cut": content[:-1], "changed": content[:-1] + b"?", "longer": content + b"?"}
    (folder / FIVE).write_bytes(damaged[damage])
    result = run(connection, folder, delete_archived=True)
    # Either it stays on the server, or it was fetched again before.
    assert 5 in left(simulator) or ((folder / FIVE).read_bytes() == content and 5 in result.facts["downloaded"])
    assert 6 not in left(simulator)


def test_a_damaged_file_is_predicted_and_told(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    run(connection, folder)
    (folder / FIVE).write_bytes(b"")
    predicted = run(connection, folder, check_mode=True, delete_archived=True)
    assert run(connection, folder, delete_archived=True) == predicted
    check(folder)


def test_a_fax_that_is_gone_already_is_no_error(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    simulator.control("PUT", "/faults", [{"method": "DELETE", "times": 2, "close": "after"}])
    assert run(connection, folder, delete_archived=True).facts["deleted"] == [6, 5]
    assert left(simulator) == [7, 8]


def test_only_what_was_asked_for_is_deleted(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    run(connection, folder)
    assert run(connection, folder, delete_archived=True, direction="in").facts["deleted"] == [6]
    assert left(simulator) == [5, 7, 8]


# Failures -------------------------------------------------------------------------------------------------------------


def test_one_that_cannot_be_fetched_does_not_stop_the_others(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    simulator.control("PUT", "/faults", [{"path": "faxrecordings/5", "times": None, "close": "middle"}])
    with pytest.raises(NoAnswer, match=r"before the answer was complete \(GET /api/faxrecordings/5\)") as caught:
        run(connection, folder, delete_archived=True)
    assert caught.value.facts == {"changed": True, **facts(folder, [6], [8, 7], [6])}
    assert (files(folder), left(simulator)) == ([SIX, *INDEXES], [5, 7, 8])
    check(folder)
    simulator.control("PUT", "/faults", [])
    assert run(connection, folder, delete_archived=True) == Result(True, facts(folder, [5], [8, 7], [5]))
    check(folder)


def test_several_that_cannot_be_fetched_are_all_named(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    simulator.control("PUT", "/faults", [{"path": "faxrecordings/", "times": None, "status": 200, "body": "<html>"}])
    with pytest.raises(SomeFailed) as caught:
        run(connection, folder, delete_archived=True, subscriber_id=3)
    assert str(caught.value).startswith("3 of 3 faxes could not be archived. ")
    for fax in (5, 6, 7):
        assert f"The answer for fax {fax} is not a TIFF document (GET /api/faxrecordings/{fax})" in str(caught.value)
    assert caught.value.facts == {"changed": False, **facts(folder, [], [], [])}
    assert (left(simulator), [name for name in files(folder) if name not in INDEXES]) == ([5, 6, 7, 8], [])


def test_a_read_only_administrator_archives_and_deletes_nothing(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    reader = {**connection, "api_username": "readonly"}
    assert run(reader, folder, direction="in").facts["downloaded"] == [6]
    with pytest.raises(ReadOnly) as caught:
        run(reader, folder, delete_archived=True, workers=1)
    assert caught.value.facts == {"changed": True, **facts(folder, [5], [8, 7], [])}
    assert left(simulator) == [5, 6, 7, 8]
    assert len([line for lines in requests(simulator) for line in lines if line.startswith("DELETE")]) == 1
    check(folder)


def test_a_server_that_knows_no_zones_is_not_archived(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    fax = {"id": 8, "subscriber_id": 4, "time": "2026-11-03 11:00:00"}
    simulator.control("PUT", "/faults", [{"path": "/api/faxes/8", "status": 200, "body": fax}])
    with pytest.raises(NotNgcp, match="The server does not give times in the zone that was asked for"):
        run(connection, folder, delete_archived=True)
    assert left(simulator) == [5, 6, 7, 8]


KILLED = """
import json, sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import JOB
connection, options = map(json.loads, sys.argv[1:])
with Client(Connection(**connection)) as client:
    JOB.execute(client, options, False)
"""


@pytest.mark.parametrize("phase", ["fetching", "deleting"])
def test_a_run_that_is_killed_is_completed_by_the_next(
    phase: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    """The last fax's request is held back for longer than the process lives."""
    faxes = [enter(simulator, subscriber_id=9, caller=f"4377{number}") for number in range(8)]
    held = (
        {"path": f"/faxrecordings/{faxes[0]}"} if phase == "fetching" else {"method": "DELETE", "path": f"/{faxes[0]}$"}
    )
    simulator.control("PUT", "/faults", [{**held, "times": None, "delay_ms": 3000}])
    options = options_for(folder, subscriber_id=9, delete_archived=True, workers=2)
    process = subprocess.Popen([sys.executable, "-c", KILLED, json.dumps(connection), json.dumps(options)])

    def done() -> int:
        return len(list(folder.rglob("*.tif"))) if phase == "fetching" else 12 - len(left(simulator))

    # All but the one that is held back are on the disk, or deleted.
    while done() < 7:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    simulator.control("PUT", "/faults", [])
    simulator.control("DELETE", "/log")
    result = run(connection, folder, subscriber_id=9, delete_archived=True)
    assert sorted(index(folder)) == faxes
    assert all(entry["file"] for entry in index(folder).values())
    check(folder)
    assert faxes[0] in result.facts["deleted"]
    assert left(simulator) == [5, 6, 7, 8]
    assert (len(downloads(simulator)) == 0) == (phase == "deleting")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 1, "fax',
        b"[]",
        b"\xff\xfe",
        b'{"version": 2, "faxes": []}',
        b'{"version": 1}',
        b'{"version": 1, "faxes": [{"file": null}]}',
        b'{"version": 1, "faxes": [5]}',
        b'{"version": 1, "faxes": [{"id": 5}]}',
        b'{"version": 1, "faxes": [{"id": 5, "file": 7, "format": "tiff"}]}',
        b"[" * 100_000,
    ],
    ids=lambda content: str(content)[:40],
)
def test_a_damaged_index_is_refused_before_any_request(
    content: bytes, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    folder.mkdir()
    (folder / "index.json").write_bytes(content)
    with pytest.raises(BadOption) as caught:
        run(connection, folder, delete_archived=True)
    assert str(caught.value).startswith(
        f"dest: '{folder}/index.json' is damaged or not an index of ngcp.fax. Move it away:"
    )
    assert (requests(simulator), files(folder)) == ([], ["index.json"])
    assert (folder / "index.json").read_bytes() == content


@pytest.mark.parametrize(("dest", "fault"), [("x/y", "x' does not exist"), ("a file", "a file' is not a folder")])
def test_a_dest_that_cannot_be_is_refused_before_any_request(
    dest: str, fault: str, connection: dict[str, Any], simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(BadOption) as caught:
        run(connection, tmp_path / dest)
    assert str(caught.value) == f"dest: the folder '{tmp_path}/{fault}. Make it first, or correct the path."
    assert requests(simulator) == []


# Check mode, and the module -------------------------------------------------------------------------------------------


def test_check_mode_reads_the_journal_only(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    predicted = run(connection, folder, check_mode=True, direction="in", delete_archived=True)
    assert predicted == Result(True, facts(folder, [6], [], [6]))
    assert (folder.exists(), downloads(simulator)) == (False, {})
    simulator.control("PUT", "/refuse_writes", {"enabled": False})
    assert run(connection, folder, direction="in", delete_archived=True) == predicted
    assert run(connection, folder, check_mode=True, direction="in") == Result(False, facts(folder, [], [], []))


def test_check_mode_knows_what_was_missing(connection: dict[str, Any], folder: Path) -> None:
    run(connection, folder)
    again = run(connection, folder, check_mode=True, delete_archived=True)
    assert again == Result(True, facts(folder, [], [8, 7], [6, 5]))
    assert run(connection, folder, delete_archived=True) == again


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"dest": ""}, "dest must not be empty; give a path."),
    ({"dest": "/x", "since": "1h", "until": "2h"}, "since (1h) must be before until (2h)."),
    ({"dest": "/x", "until": "soon"}, "until: 'soon' is neither a time such as"),
    ({"dest": "/x", "status": ""}, "status must not be empty; leave it out to have all."),
    ({"dest": "/x", "workers": 99}, "workers must be between 1 and 32, not 99."),
    ({"dest": "/x", "subscriber": "nobody"}, "subscriber must be user@domain, not 'nobody'."),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    problems = JOB.spec.problems({**connection, **options})
    assert len(problems) == 1
    assert str(problems[0]).startswith(sentence)


def test_the_module(play: Play, simulator: Simulator, folder: Path) -> None:
    options = {"dest": str(folder), "subscriber": "user3@d1.example.org", "delete_archived": True}
    tasks: list[dict[str, Any]] = [
        {"name": "predicted", MODULE: options, "check_mode": True},
        {"name": "not made", "ansible.builtin.stat": {"path": str(folder)}},
        {"name": "archived", MODULE: options},
        {"name": "again", MODULE: options},
        {"name": "read-only", MODULE: {**options, "subscriber": None, "api_username": "readonly"}},
        {"name": "nowhere", MODULE: {"dest": str(folder / "x" / "y")}, "ignore_errors": True},
        {"name": "both", MODULE: {**options, "external_id": "x"}, "ignore_errors": True},
    ]
    played = play(tasks, "--diff")
    assert played.code == 0, played.output
    assert (played["predicted"]["changed"], played["predicted"]["deleted"]) == (True, [7, 6, 5])
    assert played["not made"]["stat"]["exists"] is False
    assert (played["archived"]["changed"], played["archived"]["downloaded"]) == (True, [6, 5])
    assert (played["archived"]["missing"], played["archived"]["deleted"]) == ([7], [6, 5])
    assert (played["again"]["changed"], played["again"]["missing"]) == (False, [7])
    assert played["read-only"]["missing"] == [8, 7]
    assert played.failure("nowhere").startswith(f"dest: the folder '{folder}/x' does not exist. Make it first")
    assert played["nowhere"]["error"]["kind"] == "bad_option"
    assert played.failure("both").startswith("parameters are mutually exclusive: subscriber|external_id")
    assert left(simulator) == [7, 8]
    check(folder)


def test_an_archive_is_about_one_server(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    """Another server's faxes have the same ids: they must not be taken for those that are kept here."""
    run(connection, folder)
    path = folder / "index.json"
    path.write_text(path.read_text().replace(simulator.url, f"{simulator.url.replace('https', 'HTTPS')}/api/"))
    run(connection, folder)
    text = path.read_text().replace(f"{simulator.url.replace('https', 'HTTPS')}/api/", "https://other.example:1443")
    path.write_text(text.replace(simulator.url, "https://other.example:1443"))
    with pytest.raises(BadOption, match=r"is about faxes of https://other\.example:1443, and api_url is"):
        run(connection, folder, delete_archived=True)
    assert left(simulator) == [5, 6, 7, 8]


def test_an_id_that_was_given_anew_is_another_fax(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder)
    path = folder / "index.json"
    path.write_text(path.read_text().replace('"time": "2026-11-02 10:00:00"', '"time": "2025-01-01 00:00:00"'))
    assert run(connection, folder).facts["downloaded"] == [6]


def test_a_document_whose_conversion_was_cut_short_stays_on_the_server(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    """The panel does not notice a converter that dies; the length fits."""
    cut = {"status": 200, "headers": {"Content-Type": "application/pdf"}, "body": "%PDF-1.4 and no more"}
    simulator.control("PUT", "/faults", [{**cut, "path": "/faxrecordings/6"}])
    result = run(connection, folder, format="pdf", delete_archived=True)
    assert result.facts["deleted"] == [5]
    assert result.warnings == ["The document of fax 6 is incomplete as pdf: try format: tiff."]
    assert left(simulator) == [6, 7, 8]


def test_what_another_format_cannot_be_had_as_stays(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder)
    crash = {"path": "/faxrecordings/", "times": None, "status": 500, "body": "<html>"}
    simulator.control("PUT", "/faults", [crash])
    run(connection, folder, format="pdf")
    assert index(folder)[5]["format"] == "tiff"
    assert (folder / index(folder)[5]["file"]).is_file()


def test_a_cell_is_no_formula(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    enter(simulator, caller="=HYPERLINK(1)", callee="+4312345")
    run(connection, folder)
    table = (folder / "index.csv").read_text()
    assert ",'=HYPERLINK(1)," in table
    assert ",+4312345," in table
