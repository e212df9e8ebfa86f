# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fax_archive`: what is safe on the disk is deleted, and nothing is fetched twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, ServerDown
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import JOB
from tests.unit.fax.fake_fax_server import FakeFaxServer

TIFF = b"II*\0document"
FIRST = "2026/11/01/20261101T100000Z_out_4312345_1.tif"


@pytest.fixture
def server() -> FakeFaxServer:
    server = FakeFaxServer()
    for number in (1, 2):
        server.add(time="2026-11-01 10:00:00")
        server.recordings[number] = TIFF
    return server


def archive(server: FakeFaxServer, folder: Path, check_mode: bool = False, **options: Any) -> Result:
    return JOB.execute(server, {"dest": str(folder / "faxes"), **options}, check_mode)


def test_a_second_run_fetches_nothing(server: FakeFaxServer, tmp_path: Path) -> None:
    assert archive(server, tmp_path, True).facts["downloaded"] == [2, 1]
    assert not (tmp_path / "faxes").exists()
    assert archive(server, tmp_path).facts["downloaded"] == [2, 1]
    assert (tmp_path / "faxes" / FIRST).read_bytes() == TIFF
    result = archive(server, tmp_path)
    assert (result.changed, result.facts["downloaded"]) == (False, [])


def test_a_fax_without_a_document_is_in_the_index(server: FakeFaxServer, tmp_path: Path) -> None:
    del server.recordings[1]
    result = archive(server, tmp_path, delete_archived=True)
    assert (result.facts["downloaded"], result.facts["missing"], result.facts["deleted"]) == ([2], [1], [2])
    index = json.loads((tmp_path / "faxes/index.json").read_text())
    assert [(entry["id"], entry["file"] is None) for entry in index["faxes"]] == [(1, True), (2, False)]
    assert list(server.items["faxes"]) == [1]
    assert archive(server, tmp_path, True).facts["missing"] == [1]


def test_a_damaged_file_is_fetched_again_before_its_fax_is_deleted(server: FakeFaxServer, tmp_path: Path) -> None:
    archive(server, tmp_path)
    (tmp_path / "faxes" / FIRST).write_bytes(TIFF[::-1])
    result = archive(server, tmp_path, delete_archived=True)
    assert (result.facts["downloaded"], sorted(result.facts["deleted"])) == ([1], [1, 2])
    assert (tmp_path / "faxes" / FIRST).read_bytes() == TIFF


def test_an_incomplete_document_is_kept_on_the_server(server: FakeFaxServer, tmp_path: Path) -> None:
    server.recordings = {1: b"%PDF-1.4\n", 2: b"%PDF-1.4\n%%EOF\n"}
    result = archive(server, tmp_path, format="pdf", delete_archived=True)
    assert result.facts["deleted"] == [2]
    assert result.warnings == ["The document of fax 1 is incomplete as pdf: try format: tiff."]


def test_one_failure_leaves_the_others_archived(server: FakeFaxServer, tmp_path: Path) -> None:
    server.failures["GET /api/faxrecordings/1"] = [ServerDown("Down", "Wait.")]
    with pytest.raises(ServerDown) as caught:
        archive(server, tmp_path, workers=1, delete_archived=True)
    assert caught.value.facts["downloaded"] == [2]
    assert (tmp_path / "faxes/index.json").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is damaged or not an index"),
        ('{"version": 2}', "is damaged or not an index"),
        ('{"version": 1, "api_url": "https://other.example", "faxes": []}', "is about faxes of https://other.example"),
        ('{"version": 1, "api_url": "x", "faxes": [{"id": 1, "file": "../x"}]}', "is damaged or not an index"),
    ],
)
def test_an_index_of_something_else_stops_it(server: FakeFaxServer, tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "faxes").mkdir()
    (tmp_path / "faxes/index.json").write_text(content)
    with pytest.raises(BadOption, match=problem):
        archive(server, tmp_path)
    assert server.requests == []
