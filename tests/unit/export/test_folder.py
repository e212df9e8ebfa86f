# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export's files: their names, and what becomes of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.folder import (
    FILE_NAME,
    FileChange,
    Folder,
    file_name,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault, VaultTexts, refuse_all


def folder(path: Path, **options: Any) -> Folder:
    return Folder(ExportOptions(dest=str(path), **options), VaultTexts(Vault(None, refuse_all), False, Progress(None)))


@pytest.mark.parametrize(
    ("layout", "item", "name"),
    [
        ("one", {}, "subscribers.yml"),
        ("customer", {"customer_id": 7}, "customer-7.yml"),
        ("customer", {"customer_id": None}, "customer-none.yml"),
        ("domain", {"domain": "A.Example.org"}, "domain-a.example.org.yml"),
    ],
)
def test_file_names(layout: str, item: dict[str, Any], name: str) -> None:
    assert file_name(layout, item) == name
    assert FILE_NAME.fullmatch(name)


@pytest.mark.parametrize("domain", ["../x", "ä.example", "a" * 300, "a/b"])
def test_the_name_of_an_odd_domain_is_safe_and_its_own(domain: str) -> None:
    name = file_name("domain", {"domain": domain})
    assert FILE_NAME.fullmatch(name)
    assert re.search(r"-[0-9a-f]{8}\.yml$", name)
    assert len(name) < 200
    assert name != file_name("domain", {"domain": f"{domain}x"})


def test_the_statuses_of_a_file() -> None:
    text = yaml_text.new()
    statuses = [
        FileChange(Path("a.yml"), before, after, 0, changed).status
        for before, after, changed in ((None, text, True), (text, text, True), (text, None, True), (text, text, False))
    ]
    assert statuses == ["new", "changed", "removed", "unchanged"]


def test_the_folder_is_made_and_goes_again_if_it_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with folder(path).hold(check_mode=False):
        assert path.is_dir()
    assert not path.exists()
    with folder(path).hold(check_mode=False):
        (path / "subscribers.yml").touch()
    assert path.is_dir()


def test_files_are_written_together(tmp_path: Path) -> None:
    out = folder(tmp_path)
    (tmp_path / "old.yml").touch()
    text = yaml_text.new()
    out.write(
        [
            FileChange(tmp_path / "new.yml", None, text, 0, True),
            FileChange(tmp_path / "old.yml", text, None, 0, True),
        ]
    )
    assert out.was_changed
    assert [path.name for path in tmp_path.iterdir()] == ["new.yml"]
    assert (tmp_path / "new.yml").read_text() == "version: 1\nsubscribers: []\n"


def test_only_files_with_the_mark_are_the_exports(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("# ngcp.fax.export: x\nversion: 1\nsubscribers: []\n")
    (tmp_path / "other.yml").write_text("version: 1\nsubscribers: []\n")
    assert [path.name for path in folder(tmp_path).read_owned()] == ["own.yml"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "is encrypted as a whole"),
        (b"subscribers: \xff\n", "is not UTF-8"),
        (b"subscribers: []\n", "exists and was not written by an export"),
    ],
)
def test_a_file_that_an_export_must_not_write(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "subscribers.yml"
    path.write_bytes(content)
    with pytest.raises(BadOption, match=problem):
        folder(tmp_path).read_foreign(path)


def test_a_link_or_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "link.yml").symlink_to(tmp_path / "there")
    (tmp_path / "folder.yml").mkdir()
    out = folder(tmp_path, adopt=True)
    with pytest.raises(BadOption, match="is a link"):
        out.read_foreign(tmp_path / "link.yml")
    with pytest.raises(BadOption, match="is a folder"):
        out.read_foreign(tmp_path / "folder.yml")
    assert out.read_foreign(tmp_path / "none.yml") is None
