# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents: known by their content, and looked after while they are sent."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import Kinds, of_file, of_text

MOST = 1 << 20
GOOD = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    (b"\x00junk\r\n%PDF-1.4\x00", "PDF"),
    (b"\x00" * 1019 + b"%PDF-1.4", "PDF"),
    (b"II*\x00\x08\x00\x00\x00", "TIFF"),
    (b"MM\x00*\x00\x00\x00\x08", "TIFF"),
    (b"%!PS-Adobe-3.0\n\x00\xff", "PostScript"),
    (b"\x04%!PS-Adobe-3.0\n\xff", "PostScript"),
    (b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE = POSTSCRIPT\r\n%!PS-Adobe-3.0\n", "PostScript"),
    (b"\x1b%-12345X\x04%!PS", "PostScript"),
    (b"\x1b%-12345X\x1b%-12345X@PJL\r\n\r\n@PJL SET A=B\n%!PS", "PostScript"),
    (b"\x1b%-12345X" + b"@PJL SET RESOLUTION=600\r\n" * 90 + b"\x04%!PS", "PostScript"),
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
    b"\x1b%-12345X@PJL ENTER LANGUAGE = PCL\r\n\x1bE",
    b"II+\x00\x08\x00\x00\x00",
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


@given(st.text().map(str.encode) | st.binary() | st.sampled_from([content for content, _kind in GOOD]), st.data())
def test_a_kind_does_not_depend_on_the_chunks(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
    chunks = [content[one:other] for one, other in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    assert found(*chunks) == found(content)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_every_text_is_one(text: str) -> None:
    assert found(text.encode()) is not None


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d" * 32 + b"\nsize 12345\n"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
RANDOM = hashlib.sha512(b"1").digest() * 4
NOT_DOCUMENTS: list[tuple[bytes, str]] = [
    (LFS, "is a Git LFS pointer, not the document. Get the document itself: git lfs pull; force: true"),
    (LFS.replace(b"\n", b"\r\n"), "is a Git LFS pointer"),
    (b"version https://hawser.github.com/spec/v1\noid sha256:00\nsize 1\n", "is a Git LFS pointer"),
    (b"/annex/objects/SHA256E-s31390--f50d7ac4.pdf\n", "is a git-annex pointer"),
    (b"{\\rtf1\\ansi Hello}", "holds RTF. Convert it to PDF; force: true sends it as it is."),
    (b"\xef\xbb\xbf\n {\\RTF1}", "holds RTF"),
    (b"\n" * 20_000 + b"\xef\xbb\xbf{\\urtf1}", "holds RTF"),
    (b"<!DOCTYPE html>\n<html>Log in</html>", "holds an HTML page, perhaps of an error instead of the document."),
    (b"\xef\xbb\xbf\r\n<HTML lang='de'>%PDF-1.4", "holds an HTML page"),
    (b"<!-- login -->\n<body>", "holds an HTML page"),
    (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">', "holds an HTML page"),
    *(
        (content, "holds an HTML page")
        for content in (
            b"<h1>503 Service Unavailable</h1>",
            b"\r\n" * 3000 + b"<html>",
            b"<br />\n<b>Warning</b>: fopen()",
            b"<b>Fatal error</b>",
            b"<center><h1>502 Bad Gateway</h1></center>",
            b'<a href="/login">Moved</a>',
            b"<pre>Not found</pre>",
            b"<form action=/login>",
            b'<link rel="x">\n<html>',
        )
    ),
    (b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html>", "holds the headers of a web server's answer"),
    (b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=", "holds an e-mail (MIME)"),
    (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "holds XML. Convert it to PDF"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "holds XML"),
    (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "is encrypted by Ansible Vault. Decrypt it"),
    (b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "holds keys, certificates or something encrypted (PEM)."),
    (b"data:application/pdf;base64," + base64.b64encode(PDF), "holds a document in base64. Decode it first"),
    (b"begin 644 report.pdf\nM)5!$1BTQ\n", "holds a uuencoded document"),
    (b"From: a@b\nSubject: Fax\n of today\nMIME-Version: 1.0\n\nHello", "holds an e-mail (MIME)"),
    *(
        (content, "holds a document in base64 or hexadecimal digits. Decode it first; force: true")
        for content in (
            base64.b64encode(PDF),
            base64.encodebytes(RANDOM),
            base64.encodebytes(RANDOM).replace(b"\n", b"\r\n"),
            base64.b64encode(RANDOM),
            base64.b64encode(RANDOM).rstrip(b"="),
            base64.urlsafe_b64encode(RANDOM),
            b"\xef\xbb\xbf" + base64.encodebytes(PDF) + b"\n\n",
            b'"' + base64.b64encode(PDF) + b'"\n',
            b"b'" + base64.b64encode(RANDOM) + b"'",
            base64.b64encode(b"II*\x00\x08\x00\x00\x00"),
            base64.b64encode(b"\x89PNG\r\n\x1a\n"),
            base64.b64encode("Grüße von hier".encode()),
            PDF.hex().encode(),
        )
    ),
]
TEXTS = [
    b"Base64",
    b"<max@example.com> writes:\n",
    b"<Anna> asks, <b@example.com> answers\n",
    b'"Hello"',
    b"HTTP/2 is a protocol.\n",
    b"Hello",
    b"43123456\n43123457\n43123458\n" * 10,
    b"474946383761",
    b"2521123456789012345678901234567890",
    b"Apfel\nBirne\nKirsche\n" * 10,
    b"Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft today",
    b"Dear all, version 1 of the report: <html> pages are not sent as a fax.\n",
    b"=== Total ===\n",
    base64.encodebytes(RANDOM) + b"Regards, Max\n",
]


@pytest.mark.parametrize("name", ["document.txt", "document", "document.pdf", "document.TIF", "document.ps"])
@pytest.mark.parametrize("chunk", [1, 1 << 16])
def test_texts_that_are_no_documents(name: str, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CHUNK", chunk)
    path = tmp_path / name
    for content, sentence in NOT_DOCUMENTS:
        path.write_bytes(content)
        with pytest.raises(BadOption) as caught:
            of_file(path, MOST)
        assert str(caught.value).startswith(f"src: '{path}' {sentence}")
        assert b"".join(of_file(path, MOST, force=True)) == content
    for content, sentence in NOT_DOCUMENTS:
        with pytest.raises(BadOption) as caught:
            of_text(content.decode())
        assert str(caught.value).startswith(f"content {sentence}")
        assert of_text(content.decode(), force=True).text == content.decode()


@pytest.mark.parametrize("content", TEXTS)
def test_texts_that_look_a_little_like_those(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert of_file(path, MOST).size == len(content)
    assert of_text(content.decode()).text == content.decode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.pdf", "PDF"), ("a.PDF", "PDF"), ("a.tif", "TIFF"), ("a.Tiff", "TIFF"), ("a.ps", "PostScript")],
)
def test_a_name_promises_a_kind(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    for content, found in GOOD:
        path.write_bytes(content)
        assert of_file(path, MOST, force=True).size == len(content)
        if found == kind:
            assert of_file(path, MOST).size == len(content)
        else:
            with pytest.raises(
                BadOption, match=f"is named as {kind} and begins as {found}. Look at it: .* force: true"
            ):
                of_file(path, MOST)


@pytest.mark.parametrize(
    ("content", "looks"),
    [(b"PK\x03\x04\x14", "a ZIP archive"), (b"\x89PNG\r\n", "a PNG image"), (b"\xff\xfeG\x00", "a text in UTF-16")],
)
def test_what_another_file_looks_like(content: bytes, looks: str, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(BadOption, match=rf"nor a text in UTF-8 \(it looks like {looks}.*\)\. Convert it"):
        of_file(path, MOST)


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
