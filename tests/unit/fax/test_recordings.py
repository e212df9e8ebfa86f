# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings: the names of their files, what is the same document, and what is none."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LoginRefused,
    NoDocument,
    NotFound,
    NotNgcp,
    ServerFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import (
    FORMATS,
    download,
    file_name,
    is_same,
)

FAX = {
    "id": 5,
    "time": "2026-11-01 10:00:00",
    "direction": "in",
    "caller": "+43 (1) 9",
    "callee": "4312345",
    "filename": "../../etc/passwd",
    "status": "SUCCESS",
}


@pytest.mark.parametrize(
    ("changes", "chosen", "name"),
    [
        ({}, "tiff", "20261101T100000Z_in_4319_5.tif"),
        ({}, "pdf", "20261101T100000Z_in_4319_5.pdf"),
        ({}, "pdf14", "20261101T100000Z_in_4319_5.pdf"),
        ({}, "ps", "20261101T100000Z_in_4319_5.ps"),
        ({"direction": "out"}, "tiff", "20261101T100000Z_out_4312345_5.tif"),
        ({"direction": "mtf"}, "tiff", "20261101T100000Z_mtf_4312345_5.tif"),
        ({"caller": None, "peer_number": "77"}, "tiff", "20261101T100000Z_in_77_5.tif"),
        ({"time": None}, "tiff", "undated_in_4319_5.tif"),
        ({"time": "../..", "caller": "", "id": "5"}, "tiff", "undated_in_unknown_5.tif"),
        ({"caller": "../../../etc/passwd"}, "tiff", "20261101T100000Z_in_etcpasswd_5.tif"),
        ({"caller": "Anonymous Caller\0\n"}, "tiff", "20261101T100000Z_in_AnonymousCaller_5.tif"),
        ({"caller": "9" * 1000}, "tiff", f"20261101T100000Z_in_{'9' * 32}_5.tif"),
        ({"caller": "Ä٣"}, "tiff", "20261101T100000Z_in_unknown_5.tif"),
        ({"direction": "/.."}, "tiff", "20261101T100000Z_unknown_4312345_5.tif"),
    ],
)
def test_file_names(changes: dict[str, Any], chosen: str, name: str) -> None:
    assert file_name({**FAX, **changes}, FORMATS[chosen]) == name


HOSTILE = st.none() | st.integers() | st.text(max_size=60) | st.sampled_from(["../..", "/", "a\0b", "CON", "-rf", "in"])


@given(
    st.fixed_dictionaries(
        {"id": st.integers(1)},
        optional=dict.fromkeys(("time", "direction", "caller", "callee", "peer_number", "filename"), HOSTILE),
    ),
    st.sampled_from(sorted(FORMATS)),
)
def test_every_name_is_safe_and_the_faxs_own(fax: dict[str, Any], chosen: str) -> None:
    name = file_name(fax, FORMATS[chosen])
    assert re.fullmatch(r"[0-9A-Za-z]+_[a-z]+_[0-9A-Za-z]{1,32}_\d+\.(tif|pdf|ps)", name)
    assert f"_{fax['id']}." in name


PDF = b"%%PDF-1.4\n/CreationDate (D:%b)\n/ModDate(D:%b)\n/ID [<%b>]\n%b"
PS = b"%%!PS-Adobe-3.0\n%%%%CreationDate: %b\n%b"


@pytest.mark.parametrize(
    ("chosen", "one", "other", "alike"),
    [
        ("tiff", b"II*\0a", b"II*\0a", True),
        ("tiff", b"II*\0a", b"II*\0b", False),
        ("pdf", PDF % (b"2026", b"2026", b"aa", b"x"), PDF % (b"2027", b"2028", b"bb", b"x"), True),
        ("pdf14", PDF % (b"2026", b"2026", b"aa", b"x"), PDF % (b"2027", b"2028", b"bb", b"x"), True),
        ("pdf", PDF % (b"2026", b"2026", b"aa", b"x"), PDF % (b"2026", b"2026", b"aa", b"y"), False),
        ("pdf", b"%PDF-1.4 a", b"%PDF-1.4", False),
        ("ps", PS % (b"Mon", b"x"), PS % (b"Tue", b"x"), True),
        ("ps", PS % (b"Mon", b"x"), PS % (b"Mon", b"y"), False),
        ("ps", PS % (b"Mon\n%%Title: /tmp/a", b"x"), PS % (b"Tue\n%%Title: /tmp/bc", b"x"), True),
        # Behind the head it is what stands on a page.
        ("ps", PS % (b"Mon", b"(\n%%Title: a\n)"), PS % (b"Mon", b"(\n%%Title: b\n)"), False),
        ("ps", PS % (b"Mon", b"%%EndComments\n%%Title: a"), PS % (b"Mon", b"%%EndComments\n%%Title: b"), False),
        ("pdf", b"%PDF-1.4\n1 0 obj\n<<", b"%PDF-1.4\n1 0 obj\n<< ", False),
        # A TIFF has no date that a conversion would write.
        ("tiff", PS % (b"Mon", b"x"), PS % (b"Tue", b"x"), False),
    ],
)
def test_the_same_document(tmp_path: Path, chosen: str, one: bytes, other: bytes, alike: bool) -> None:
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "other").write_bytes(other)
    assert is_same(FORMATS[chosen], tmp_path / "one", tmp_path / "other") is alike
    assert is_same(FORMATS[chosen], tmp_path / "other", tmp_path / "one") is alike


class Server(Client):
    """A server that has the recording `content` of the fax `journal` says, or an error instead of either."""

    def __init__(self, content: bytes | FaxError, journal: dict[str, Any] | FaxError) -> None:
        self.content, self.journal = content, journal
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if isinstance(self.journal, FaxError):
            raise self.journal
        return self.journal

    def download(self, path: str, params: Mapping[str, Any], file: IO[bytes], limit: int) -> None:
        self.asked.append((path, dict(params)))
        if isinstance(self.content, FaxError):
            raise self.content
        file.write(self.content)


CRASHED = ServerFailed("It crashed", "Look.", "GET", "/api/faxrecordings/5", 500)
BUSY = ServerFailed("It is busy", "Wait.", "GET", "/api/faxrecordings/5", 503)
MISSING = NotFound("No such thing", "Look.", "GET", "/api/faxes/5", 404)
REFUSED = LoginRefused("Banned", "Wait.", "GET", "/api/faxes/5", 403)


@pytest.mark.parametrize(
    ("chosen", "content", "params"),
    [
        ("tiff", b"II*\0", {}),
        ("tiff", b"MM\0*", {}),
        ("pdf", b"%PDF-1.7", {"format": "pdf"}),
        ("pdf14", b"%PDF-1.4", {"format": "pdf14"}),
        ("ps", b"%!PS", {"format": "ps"}),
    ],
)
def test_downloads(chosen: str, content: bytes, params: dict[str, Any]) -> None:
    """The server has no name for TIFF: it is what it sends if nothing else is asked for."""
    server, file = Server(content, FAX), io.BytesIO()
    download(server, 5, FORMATS[chosen], file, 1 << 20)
    assert file.getvalue() == content
    assert server.asked == [("/api/faxrecordings/5", params)]


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>500</html>", b"%PDF-1.7", b"II*"])
def test_what_is_no_document_of_the_kind(content: bytes) -> None:
    with pytest.raises(NotNgcp, match="The answer for fax 5 is not a TIFF document"):
        download(Server(content, FAX), 5, FORMATS["tiff"], io.BytesIO(), 1 << 20)


@pytest.mark.parametrize(
    ("content", "journal", "kind", "words"),
    [
        (CRASHED, FAX, NoDocument, "Fax 5 is in the journal, and the server gives no document for it as pdf"),
        (CRASHED, {**FAX, "status": None}, NoDocument, "It is still under way"),
        (CRASHED, MISSING, NotFound, "There is no fax 5 "),
        (CRASHED, REFUSED, LoginRefused, "Banned"),
        (BUSY, FAX, ServerFailed, "It is busy"),
    ],
)
def test_why_there_is_no_document(content: FaxError, journal: Any, kind: type[FaxError], words: str) -> None:
    """The server's answer is the same; its journal tells."""
    with pytest.raises(kind, match=words) as raised:
        download(Server(content, journal), 5, FORMATS["pdf"], io.BytesIO(), 1 << 20)
    assert raised.value.kind == kind("", "").kind
