# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's requests and what it makes of answers; sockets are tried in tests/integration/test_client.py."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client, Upload
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoAnswer,
    NotFound,
    NotNgcp,
    Rejected,
    ServerDown,
    ServerFailed,
    TooLarge,
    Uncertain,
)
from tests.unit.client.fake_transport import answer, client_with

ITEM = "/api/faxserversettings/5"
OPERATIONS = [{"op": "replace", "path": "/name", "value": "N"}]


class Document:
    """A document of two pieces, in a file of this name."""

    size, text = 6, None

    def __init__(self, name: str) -> None:
        self.path = Path(name)

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"abc", b"def")


def test_get() -> None:
    client, transport = client_with(answer(body={"id": 5}))
    assert client.get(ITEM) == {"id": 5}
    assert [(sent.method, sent.path, sent.headers) for sent in transport.sent] == [
        ("GET", ITEM, {"Authorization": "Bearer token"})
    ]


@pytest.mark.parametrize("body", [[], b"<html>", None])
def test_an_answer_without_an_object_is_not_the_apis(body: object) -> None:
    client, _transport = client_with(answer(body=body))
    with pytest.raises(NotNgcp):
        client.get(ITEM)


@pytest.mark.parametrize(("body", "item"), [({"id": 5}, {"id": 5}), (None, None)])
def test_patch_returns_the_item_if_the_server_does(body: object, item: object) -> None:
    client, transport = client_with(answer(body=body))
    assert client.patch(ITEM, OPERATIONS) == item
    assert (transport.sent[0].content, client.perhaps_wrote) == (OPERATIONS, True)
    assert transport.sent[0].headers["Content-Type"] == "application/json-patch+json"


def test_a_500_to_a_patch_that_holds_the_item_is_a_good_answer() -> None:
    item = {"id": 5, "_links": {}}
    client, _transport = client_with(answer(500, item))
    assert client.patch(ITEM, OPERATIONS) == item


@pytest.mark.parametrize(
    ("failure", "kind", "perhaps_done"),
    [
        (answer(422, {"code": 422, "message": "No."}), Rejected, False),
        (answer(500, {"code": 500, "message": "No."}), ServerFailed, True),
        (answer(502), ServerFailed, True),
        (answer(429), ServerFailed, False),
        (OSError("gone"), FaxError, False),
    ],
)
def test_a_failed_write_says_whether_it_may_have_been_done(
    failure: requests.Response | Exception, kind: type[FaxError], perhaps_done: bool
) -> None:
    client, _transport = client_with(failure)
    with pytest.raises(kind) as caught:
        client.patch(ITEM, OPERATIONS)
    assert (caught.value.perhaps_done, client.perhaps_wrote) == (perhaps_done, perhaps_done)
    client.begin()
    assert not client.perhaps_wrote


def test_a_read_only_client_sends_no_write() -> None:
    client, transport = client_with(read_only=True)
    for method in ("patch", "delete", "post"):
        with pytest.raises(AssertionError, match=f"check mode must not send {method.upper()} {ITEM}"):
            getattr(client, method)(ITEM, *([] if method == "delete" else [{}]))
    assert transport.sent == []


def test_delete() -> None:
    client, _transport = client_with(answer(204), answer(404, {"code": 404, "message": "No."}))
    client.delete(ITEM)
    with pytest.raises(NotFound):
        client.delete(ITEM)


def test_post_sends_a_document_as_multipart() -> None:
    client, transport = client_with(answer(201))
    client.post("/api/faxes/", {"destination": "1"}, Document("/x/ä b.TIF"))
    sent = transport.sent[0]
    assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'filename="document.TIF"' in sent.content
    assert b'{"destination": "1"}' in sent.content
    assert b"\r\n\r\nabcdef\r\n" in sent.content


@pytest.mark.parametrize("failure", [answer(200, {}), answer(201, b"<html>"), answer(302), answer(504)])
def test_a_fax_that_may_have_been_queued_is_uncertain(failure: requests.Response) -> None:
    client, _transport = client_with(failure)
    with pytest.raises(Uncertain) as caught:
        client.post("/api/faxes/", {})
    assert caught.value.perhaps_done


def test_an_upload_has_its_length_and_counts_what_was_sent() -> None:
    moved: list[int] = []
    upload = Upload({"a": 1}, Document("x.pdf"), moved.append)
    first, second = b"".join(upload), b"".join(upload)
    assert (first, len(first)) == (second, len(upload))
    assert sum(moved) == 2 * len(first)
    assert json.dumps({"a": 1}).encode() in first


def test_download_replaces_what_the_file_held() -> None:
    client, transport = client_with(answer(body=b"content", Content_Length="7"))
    file = io.BytesIO(b"a longer old content")
    client.download("/api/faxrecordings/5", {"format": "pdf"}, file, limit=7)
    assert file.getvalue() == b"content"
    assert transport.sent[0].headers["Accept-Encoding"] == "identity"


def test_a_document_above_the_limit() -> None:
    client, _transport = client_with(answer(body=b"content", Content_Length="7"))
    with pytest.raises(TooLarge, match="larger than 6 bytes"):
        client.download("/api/faxrecordings/5", {}, io.BytesIO(), limit=6)


def test_a_document_whose_end_nothing_tells_is_cut_off() -> None:
    client, _transport = client_with(answer(body=b"content"))
    with pytest.raises(NoAnswer):
        client.download("/api/faxrecordings/5", {}, io.BytesIO(), limit=100)


def test_a_full_disk_is_the_users_to_mend() -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    client, _transport = client_with(answer(body=b"content", Content_Length="7"))
    with pytest.raises(BadOption, match="No space left"):
        client.download("/api/faxrecordings/5", {}, Full(), limit=100)


def test_a_server_that_fails_for_everybody_stops_the_run() -> None:
    """Ten different ones in a row, and then a request that only checks whether it works."""
    client, transport = client_with(*(answer(503) for _each in range(11)))
    for number in range(10):
        with pytest.raises(ServerFailed):
            client.get(f"/api/faxserversettings/{number}")
    assert transport.sent[-1].path == "/api/subscribers/"
    with pytest.raises(ServerDown):
        client.get(ITEM)
    assert len(transport.sent) == 11


def test_scheme_and_host_of_its_address_are_in_lower_case() -> None:
    assert Client(Connection("HTTPS://NGCP.Example.COM:1443/")).url == "https://ngcp.example.com:1443"
