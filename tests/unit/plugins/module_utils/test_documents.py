# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents: known by their content, and looked after while they are sent."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils import documents
from ansible_collections.ngcp.fax.plugins.module_utils.documents import Kinds, of_file, of_text
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption

MOST = 1 << 20
GOOD = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    (b"\x00junk\r\n%PDF-1.4\x00", "PDF"),
    (b"\x00" * 1019 + b"%PDF-1.4", "PDF"),
    (b"II*\x00\x08\x00\x00\x00", "TIFF"),
    (b"MM\x00*\x00\x00\x00\x08", "TIFF"),
    (b"%!PS-Adobe-3.0\n\x00\xff", "PostScript"),
    (b"\x04%!PS-Adobe-3.0\n\xff", "PostScript"),
    ("Grüße aus Österreich, 5 €, 😀\n".encode(), "text"),
    ("\ufeffSehr geehrte Damen und Herren\r\n\tund\fWelt".encode(), "text"),
    (b"PDF, II* and MM", "text"),
]
BAD = [
    "Grüße".encode("latin-1"),
    "Grüße".encode("utf-16"),
    "cut off in the middle of an ü".encode()[:-1],
    b"\x00" * 1020 + b"%PDF-1.4",
    b"\x00II*\x00",
    b"II\x00*",
    b"MM*\x00",
    b"\x04\x04%!PS",
    b"\x89PNG\r\n\x1a\n",
    b"PK\x03\x04",
    b"\xff\xd8\xff\xe0",
    b"text with \x1b[1mcolours\x1b[0m",
    b"text with a \x00",
    b"text with a \x7f",
    b"a" * 5000 + b"\xff",
    # Surrogates are no UTF-8.
    b"\xed\xa0\x80",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # A name that says something else than the content.
    return tmp_path / "document.exe"


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000, 1 << 16])
@pytest.mark.parametrize(("content", "kind"), GOOD)
def test_what_can_be_sent(path: Path, content: bytes, kind: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the chunks end, in the middle of a letter too."""
    monkeypatch.setattr(documents, "CHUNK", chunk)
    path.write_bytes(content)
    document = of_file(path, len(content))
    assert (document.size, document.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert b"".join(document) == content
    assert b"".join(document) == content, "from the start again"
    assert found(*(content[at : at + chunk] for at in range(0, len(content), chunk))) == kind


@pytest.mark.parametrize("chunk", [1, 1 << 16])
@pytest.mark.parametrize("content", BAD)
def test_what_cannot(path: Path, content: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CHUNK", chunk)
    path.write_bytes(content)
    with pytest.raises(BadOption, match="holds neither PDF, TIFF, PostScript nor a text in UTF-8"):
        of_file(path, MOST)


def found(*chunks: bytes) -> str | None:
    kinds = Kinds()
    for chunk in chunks:
        kinds.add(chunk)
    return kinds.found()


@settings(deadline=None)
@given(st.text().map(str.encode) | st.binary() | st.sampled_from([content for content, _kind in GOOD]), st.data())
def test_a_kind_does_not_depend_on_the_chunks(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
    chunks = [content[one:other] for one, other in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    assert found(*chunks) == found(content)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_every_text_is_one(text: str) -> None:
    assert found(text.encode()) is not None


def test_an_empty_file(path: Path) -> None:
    path.touch()
    with pytest.raises(BadOption, match=r"^src: '.*document.exe' is empty\. Give a file with a document in it\.$"):
        of_file(path, MOST)


def test_the_largest_document_and_one_byte_more(path: Path) -> None:
    path.write_bytes(b"a" * 1000)
    assert of_file(path, 1000).size == 1000
    with pytest.raises(BadOption, match=r"is larger than 999 bytes\. Send a smaller document, or raise max_size\.$"):
        of_file(path, 999)


def test_devices_and_fifos_are_refused_without_waiting(tmp_path: Path) -> None:
    """Of one nobody knows when it ends, and the other one waits for somebody who writes."""
    with pytest.raises(BadOption, match=r"src: '/dev/zero' cannot be read \(it is a device\)"):
        of_file(Path("/dev/zero"), 1000)
    os.mkfifo(tmp_path / "fax.pdf")
    with pytest.raises(BadOption, match=r"src: '.*/fax\.pdf' cannot be read \(it is a FIFO\)"):
        of_file(tmp_path / "fax.pdf", 1000)


def test_a_document_that_has_become_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "fax.txt"
    path.write_text("text")
    document = of_file(path, 1000)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BadOption, match=r"cannot be read \(it is a FIFO\)"):
        list(document)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"cannot be read \(No such file or directory\)"):
        of_file(tmp_path / "missing", MOST)
    with pytest.raises(BadOption, match=r"cannot be read \(Is a directory\)"):
        of_file(tmp_path, MOST)


@pytest.mark.parametrize("content", [b"", b"12", b"1234567", b"123456789", b"12345678 and more"])
def test_a_file_that_changes_before_it_is_sent(path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more bytes than were announced, and the error comes before the request is complete."""
    monkeypatch.setattr(documents, "CHUNK", 4)
    path.write_bytes(b"12345678")
    document = of_file(path, MOST)
    path.write_bytes(content)
    sent: list[bytes] = []
    with pytest.raises(BadOption, match=r"changed while it was sent\. Send it when it is finished\.$"):
        sent.extend(document)
    assert len(b"".join(sent)) <= document.size


def test_a_file_that_grows_while_it_is_sent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never comes whole, so that the server drops the request."""
    monkeypatch.setattr(documents, "CHUNK", 4)
    path.write_bytes(b"12345678")
    chunks = iter(of_file(path, MOST))
    assert next(chunks) == b"1234"
    with path.open("ab") as file:
        file.write(b"9")
    with pytest.raises(BadOption, match="changed while it was sent"):
        list(chunks)


def test_a_file_that_is_written_anew_with_the_same_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"hello")
    document = of_file(path, MOST)
    path.write_bytes(b"HELLO")
    with pytest.raises(BadOption, match="changed while it was sent"):
        list(document)


def test_a_file_that_is_gone(path: Path) -> None:
    path.write_bytes(b"hello")
    document = of_file(path, MOST)
    path.unlink()
    with pytest.raises(BadOption, match="cannot be read"):
        list(document)


def test_a_text() -> None:
    document = of_text("Grüße")
    assert document.sha256 == hashlib.sha256("Grüße".encode()).hexdigest()
    assert (document.text, document.path, list(document)) == ("Grüße", None, [])


@pytest.mark.parametrize(("kind", "begins"), [("PDF", True), ("TIFF", False), ("PostScript", False)])
def test_begins_as(kind: str, begins: bool) -> None:
    assert documents.begins_as(kind, b"\n%PDF-1.4") is begins
    assert not documents.begins_as(kind, b"<html>500</html>")
    assert not documents.begins_as(kind, b"")
