# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that are made and checked at a user's paths."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import folders
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.folders import check_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders(tmp_path: Path) -> None:
    check_folder(tmp_path)
    (tmp_path / "file").touch()
    for name, fault in (("file", "is not a folder"), ("missing", "does not exist"), ("file/folder", "does not exist")):
        with pytest.raises(BadOption, match=rf"^receipt: the folder '.*/{name}' {fault}\. Make it first"):
            check_folder(tmp_path / name, "receipt")
    with pytest.raises(BadOption, match=r"^dest: the folder"):
        check_folder(tmp_path / "missing")


# Opening without waiting ---------------------------------------------------------------------------------------------


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are synchronized, in order."""
    paths: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    return paths


def test_folders_are_for_their_owner_only_from_the_first_moment(
    tmp_path: Path, umask: int, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    mkdir = os.mkdir

    def record(path: Path, mode: int = 0o777) -> None:
        mkdir(path, mode)
        made.append(stat.S_IMODE(Path(path).stat().st_mode))

    monkeypatch.setattr(os, "mkdir", record)
    folders.make_folders(tmp_path / "a" / "b")
    folders.make_inside(tmp_path / "a" / "b", PurePath("2026/11"), 0o750)
    folders.make_folders(tmp_path / "a" / "b")
    assert made == [0o700] * 4
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b"), mode(tmp_path / "a/b/2026/11")] == [0o700, 0o700, 0o750]
    # Each is safe on the disk, for the one above it says so.
    assert synced == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/b"), str(tmp_path / "a/b/2026")]


def test_a_folder_keeps_its_mode_and_what_is_inherited(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2755)
    folders.make_folders(tmp_path / "shared" / "new", 0o770)
    folders.make_folders(tmp_path / "shared", 0o700)
    assert (mode(tmp_path / "shared"), mode(tmp_path / "shared" / "new")) == (0o2755, 0o2770)


@pytest.mark.parametrize("place", ["2026", "2026/11", "2026/11/01"])
@pytest.mark.parametrize("kind", ["link", "dangling", "file"])
def test_a_link_below_a_folder_is_not_followed(tmp_path: Path, place: str, kind: str) -> None:
    root = tmp_path / "dest"
    (root / place).parent.mkdir(parents=True)
    if kind == "file":
        (root / place).touch()
    else:
        (root / place).symlink_to(tmp_path / "elsewhere")
    if kind == "link":
        (tmp_path / "elsewhere/11/01/11/01").mkdir(parents=True)
        for found in (tmp_path / "elsewhere/fax", tmp_path / "elsewhere/11/01/fax", tmp_path / "elsewhere/01/fax"):
            found.parent.mkdir(exist_ok=True)
            found.touch()
    words = rf"^dest: '{root}/{place}' is {'not a folder' if kind == 'file' else 'a symbolic link'}\. Move it away"
    with pytest.raises(BadOption, match=words):
        folders.make_inside(root, PurePath("2026/11/01"))
    with pytest.raises(BadOption, match=words):
        folders.check_inside(root, PurePath("2026/11/01"))
    assert folders.regular_inside(root, "2026/11/01/fax", set()) is None


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "dest").symlink_to("real")
    folders.make_folders(tmp_path / "dest")
    folders.make_inside(tmp_path / "dest", PurePath("2026/11"))
    (tmp_path / "real/2026/11/fax").write_bytes(b"1234")
    (tmp_path / "real/2026/11/folder").mkdir()
    known: set[str] = set()
    for name, size in (("missing", None), ("fax", 4), ("fax", 4), ("missing", None), ("folder", None)):
        there = folders.regular_inside(tmp_path / "dest", f"2026/11/{name}", known)
        assert (there and there.st_size) == size
    assert known == {"2026/11"}
