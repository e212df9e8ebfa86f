# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive's folder: which documents it holds, and its index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive_folder import (
    ArchiveFolder,
    file_path,
    is_own,
    read_index,
    sha256_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import FORMATS

URL = "https://ngcp.example"
TIFF, PDF = FORMATS["tiff"], FORMATS["pdf"]
FAX: dict[str, Any] = {
    "id": 5,
    "subscriber_id": 1,
    "time": "2026-11-01 10:00:00",
    "direction": "in",
    "caller": "=4319",
    "callee": "+4312345",
}


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveFolder:
    path = tmp_path / file_path(FAX, TIFF)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"II*\0")
    entry = {
        **FAX,
        "format": "tiff",
        "file": file_path(FAX, TIFF).as_posix(),
        "size": 4,
        "sha256": sha256_of(path),
        "whole": True,
    }
    return ArchiveFolder(tmp_path, URL, {5: entry})


def test_what_it_holds(folder: ArchiveFolder) -> None:
    assert folder.is_safe(FAX, TIFF)
    assert not folder.holds(FAX, PDF)
    # A server that was installed anew gives the id to another fax.
    assert not folder.holds({**FAX, "caller": "7"}, TIFF)
    assert not folder.is_missing(FAX, TIFF)


def test_a_damaged_or_shortened_file(folder: ArchiveFolder) -> None:
    path = folder.path / file_path(FAX, TIFF)
    path.write_bytes(b"MM\0*")
    assert folder.holds(FAX, TIFF)
    assert not folder.is_intact(FAX, TIFF)
    path.write_bytes(b"II")
    assert not folder.holds(FAX, TIFF)
    path.unlink()
    assert not folder.is_intact(FAX, TIFF)


def test_an_incomplete_document(folder: ArchiveFolder) -> None:
    folder.index[5]["whole"] = False
    assert folder.is_cut_short(FAX, TIFF)
    assert not folder.is_safe(FAX, TIFF)


def test_a_document_that_the_server_does_not_have(folder: ArchiveFolder) -> None:
    folder.index[5]["file"] = None
    assert folder.is_missing(FAX, TIFF)
    assert not folder.is_missing(FAX, PDF)


def test_the_index_is_read_as_it_was_written(folder: ArchiveFolder) -> None:
    folder.save()
    assert read_index(folder.path, URL) == folder.index
    table = (folder.path / "index.csv").read_text()
    # A spreadsheet would evaluate a formula.
    assert table.splitlines()[1].startswith("5,1,,in,'=4319,+4312345,")


def test_without_an_index(tmp_path: Path) -> None:
    assert read_index(tmp_path, URL) == {}


def test_whose_files_are_its_own() -> None:
    assert is_own("index.json")
    assert is_own(file_path({**FAX, "time": None}, PDF).name)
    assert file_path({**FAX, "time": None}, PDF).parent.name == "undated"
    assert not is_own("notes.txt")
