# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files are opened and read once, and what is encrypted in them is decrypted ahead."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader, source
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import FileCheck

SEALED = "$ANSIBLE_VAULT;1.1;AES256\n6162"
YAML = "subscribers:\n  - subscriber: a@x.example\n    faxserver_settings: {active: true}\n"
SECRET = f"    mailtofax_settings:\n      secret_key: !vault |\n        {SEALED.replace(chr(10), chr(10) + ' ' * 8)}\n"
RIGHT = {
    "a.yml": YAML,
    "b.json": '{"subscribers": [{"subscriber": "b@x.example", "faxserver_settings": {"active": true}}]}',
    "c.csv": "subscriber,faxserver_settings.active\nc@x.example,true\n",
    "d.yml": YAML.replace("a@", "d@") + SECRET,
}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened, one for each time."""
    names: list[str] = []

    def noted(path: Path, *rest: Any) -> IO[bytes]:
        names.append(path.name)
        return files.open_regular(path, *rest)

    monkeypatch.setattr(source, "open_regular", noted)
    return names


@pytest.mark.parametrize("block", [1, 1 << 20], ids=["large", "small"])
@pytest.mark.parametrize("is_ahead", [True, False], ids=["ahead", "alone"])
def test_a_right_file_is_opened_once(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch, block: int, is_ahead: bool
) -> None:
    monkeypatch.setattr(source, "BLOCK", block)
    monkeypatch.setattr(source, "SMALL", block)
    for name, text in RIGHT.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ahead: list[str] = []
    found = loader.load(
        [tmp_path / name for name in RIGHT], lambda text: "secret", ahead=ahead.extend if is_ahead else None
    )
    assert [entry.value[0] for entry in found] == ["a", "b", "c", "d"]
    assert found.problems == []
    assert opened == list(RIGHT)
    # In blocks of one byte nothing encrypted is seen as a whole.
    assert ahead == ([SEALED] if is_ahead and block > 1 else [])


def test_a_large_file_is_decrypted_ahead_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BLOCK", len(RIGHT["d.yml"]) - 1)
    monkeypatch.setattr(source, "SMALL", 1)
    (tmp_path / "d.yml").write_text(RIGHT["d.yml"] + "# the end\n", encoding="utf-8")
    ahead: list[list[str]] = []
    assert loader.load([tmp_path / "d.yml"], lambda text: "secret", ahead=ahead.append).problems == []
    assert ahead == [[SEALED]]


def test_a_file_encrypted_as_a_whole_is_opened_once(tmp_path: Path, opened: list[str]) -> None:
    (tmp_path / "a.yml").write_text(SEALED, encoding="utf-8")
    assert [str(entry) for entry in loader.load([tmp_path / "a.yml"], lambda text: YAML)] == ["a@x.example"]
    assert opened == ["a.yml"]


def test_what_stands_anywhere_in_a_file_decides_what_is_told_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the text is the only one, also where an entry above it is wrong."""
    monkeypatch.setattr(source, "BLOCK", 10)
    (tmp_path / "a.yml").write_bytes(YAML.replace("true", "5").encode() + b"# \xfc\n")
    found = loader.load([tmp_path / "a.yml"])
    assert [str(problem).partition(": ")[2] for problem in found.problems] == [
        "This is not UTF-8 (byte 0xFC); save the file as UTF-8."
    ]


@pytest.mark.parametrize("last", ["# x\n", "# \u200b\n"], ids=["visible", "invisible"])
def test_escapes_of_an_export_are_taken_if_all_of_the_file_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr(source, "BLOCK", 100)
    text = "# ngcp.fax.export: x\n" + YAML.replace(
        "{active: true}", '{destinations: [{destination: "a\\u200b@x.example", filetype: PDF}]}'
    )
    (tmp_path / "a.yml").write_text(text + "#\n" * 100 + last, encoding="utf-8")
    problems = loader.load([tmp_path / "a.yml"]).problems
    assert any("is invisible; remove it." in problem.text for problem in problems) == (last != "# x\n")


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([b"a\n", b"b\n\xc3", b"\xa4\n"], None),
        ([b"\xef\xbb\xbfa"], (0, "The file begins with a byte order mark (BOM); save it as UTF-8 without BOM.")),
        ([b"a\n", b"b\n\xfc"], (2, "This is not UTF-8 (byte 0xFC); save the file as UTF-8.")),
        ([b"a\n", b"\x07"], (1, "Here is the control character U+0007; remove it.")),
        ([b"a\n\xc3"], (1, "The file ends within a character; it is not whole, or not UTF-8.")),
    ],
)
def test_what_no_format_knows_of(blocks: list[bytes], error: tuple[int, str] | None) -> None:
    check = FileCheck()
    for block in blocks:
        check.feed(block)
    if not check.error:
        check.finish()
    assert check.error == error


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_mark_is_seen_across_two_blocks(cut: int) -> None:
    for text, name in ((b"x !vault x", "may_be_encrypted"), (b"xxx{{yy", "may_be_odd"), (b"xxx\\x07", "may_be_odd")):
        check = FileCheck()
        check.feed(text[:cut])
        check.feed(text[cut:])
        assert getattr(check, name)
