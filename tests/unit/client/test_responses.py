# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's words in an error: whole, cut off anywhere, in odd letters, and without what was sent."""

from __future__ import annotations

import gzip
import json

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import error_mapping, responses
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.responses import (
    LONGEST_QUOTE,
    BodyTooLarge,
    CutOff,
    Response,
    ServerMessage,
    UnreadableBody,
    is_json,
    message_of,
    quote,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, Rejected
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from tests.unit.client.fake_transport import answer

JSON = "application/json"
SECRET = "s3crét-Zm9v"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.parametrize(
    ("content_type", "is_so"),
    [
        ("application/json", True),
        ("application/hal+json; profile=x; charset=utf-8", True),
        ("Application/JSON;charset=utf-8", True),
        ("text/html", False),
        ("text/plain; x=application/json", False),
        ("application/jsonp", False),
        ("application/problem+json", False),
        ("application/vnd.api+json", False),
    ],
)
def test_is_json(content_type: str, is_so: bool) -> None:
    assert is_json(content_type, b'{"code": 422}') is is_so


@pytest.mark.parametrize(
    ("body", "is_so"), [(b'{"code": 422}', True), (b'{"code": 4', False), (b"[]", False), (b"", False)]
)
def test_without_a_type_the_body_tells(body: bytes, is_so: bool) -> None:
    assert is_json(None, body) is is_so


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"code":422,"message":"no"}', ServerMessage("no")),
        (b'\xef\xbb\xbf{"message":"no","code":422}', ServerMessage("no")),
        ('{"message":"grüß"}'.encode("latin-1"), ServerMessage("grüß")),
        ('{"message":"почта"}'.encode(), ServerMessage("почта")),
        (b'{"code":422}', ServerMessage("")),
        (b"[]", ServerMessage("")),
        (b"", ServerMessage("", is_cut=True)),
        (b'{"code":42', ServerMessage("", is_cut=True)),
        (b'{"code":422,"message":"Validation fai', ServerMessage("Validation fai", is_cut=True)),
        (b'{"code":422,"message":"a \\"quoted\\" w', ServerMessage('a "quoted" w', is_cut=True)),
        (b'{"code":422,"message":"whole","more":', ServerMessage("whole", is_cut=True)),
        (b'{"message":"cut in an escape \\', ServerMessage("cut in an escape ", is_cut=True)),
        (b'{"message":"cut in an escape \\u04', ServerMessage("cut in an escape ", is_cut=True)),
        ('{"message":"cut in a letter п'.encode()[:-1], ServerMessage("cut in a letter ", is_cut=True)),
        (b'{"x":"\\"message\\":\\"not this\\"","message":"this', ServerMessage("this", is_cut=True)),
        (b'{"message":"half \\ud83d"}', ServerMessage("half ?")),
        (b'{"message":"half \\ud83d\\ude', ServerMessage("half ?", is_cut=True)),
        (b"[" * 100_000, ServerMessage("", is_cut=True)),
    ],
)
def test_words(body: bytes, text: ServerMessage) -> None:
    assert message_of(body, JSON) == text


def test_what_is_not_json_has_no_words() -> None:
    assert message_of(b'{"message": "cut', "text/html") == ServerMessage("")


VALIDATION = (
    f"Validation failed. field='password', input='{SECRET}', errors='Too short'; field='0_destination', "
    f"input='it's', errors=''it's' is not valid, nor is {SECRET}'"
)


def test_whole_objections_are_shown_without_their_values() -> None:
    expected = f"password: Too short; 0_destination: 'it's' is not valid, nor is {MASK}"
    assert quote(ServerMessage(VALIDATION), Secrets([SECRET])) == expected


@pytest.mark.parametrize("length", range(1, len(VALIDATION)))
def test_no_part_of_a_secret_is_shown_wherever_the_words_end(length: int) -> None:
    text = quote(ServerMessage(VALIDATION[:length], is_cut=True), Secrets([SECRET]))
    assert text.endswith("…")
    assert "s3" not in text
    assert "it's', errors" not in text
    # Not even of a value that nobody knows to be secret.
    assert "s3" not in quote(ServerMessage(VALIDATION[: min(length, 90)], is_cut=True), Secrets())


@pytest.mark.parametrize(
    ("text", "is_cut", "expected"),
    [
        ("", False, "it does not say why"),
        ("", True, "it does not say why…"),
        ("a\nb", False, "a"),
        ("x" * 400, False, "x" * LONGEST_QUOTE + "…"),
        ("Validation failed. field='0_destination', input='почта@", True, "0_destination: …"),
        ("Validation failed. field='0_dest", True, "Validation failed. …"),
        ("Wrong input='s3c", True, "Wrong …"),
        ("field='a', input='x', errors='one'; field='b', input='y', errors='tw", True, "a: one; b: tw…"),
        ("field='a', input='x', errors='one'; field='b', inp", True, "a: one; b: …"),
    ],
)
def test_shown(text: str, is_cut: bool, expected: str) -> None:
    assert quote(ServerMessage(text, is_cut), Secrets()) == expected


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (422, '{"code":422,"message":"Validation fai', Rejected, "The server rejects it: Validation fai…"),
        (422, '{"co', Rejected, "The server rejects it: it does not say why…"),
        (400, "", Rejected, "The server rejects it: it does not say why…"),
        (404, '{"code":404,"message":"Not fou', NotFound, "Not fou…"),
        (404, '{"code":40', NotFound, "The server found nothing there"),
        (404, json.dumps({"code": 404}), NotFound, "The server found nothing there"),
    ],
)
def test_a_refusal_in_json_is_the_panels(status: int, body: str, kind: type[FaxError], sentence: str) -> None:
    found = message_of(body.encode(), JSON)
    found_answer = error_mapping.Answer(
        "https://x", "PATCH", "/api/x/1", status, found.text, quote(found, Secrets()), is_json=True
    )
    error = error_mapping.error_of_answer(found_answer)
    assert (type(error), error.what) == (kind, sentence)


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"content", {"Content-Length": "7"}),
        (b"content", {}),
        (gzip.compress(b"content", mtime=0), {"Content-Encoding": "gzip"}),
        (gzip.compress(b"con", mtime=0) + gzip.compress(b"tent", mtime=0), {"Content-Encoding": "x-gzip, identity"}),
    ],
)
def test_a_body_is_read_whole(content: bytes, headers: dict[str, str]) -> None:
    read: list[int] = []
    made = answer(200, content)
    made.headers.update(headers)
    assert responses.read_body(made, read.append) == b"content"
    assert sum(read) == len(content)


@pytest.mark.parametrize(
    ("content", "headers", "error"),
    [
        (b"conte", {"Content-Length": "7"}, CutOff),
        (gzip.compress(b"content", mtime=0)[:-9], {"Content-Encoding": "gzip"}, CutOff),
        (b"content", {"Content-Encoding": "gzip"}, CutOff),
        (b"content", {"Content-Encoding": "br"}, CutOff),
        (b"content", {"Content-Length": "100"}, BodyTooLarge),
        (b"content of more", {}, BodyTooLarge),
        (gzip.compress(b"0" * 1_000_000, mtime=0), {"Content-Encoding": "gzip"}, BodyTooLarge),
    ],
)
def test_a_body_that_is_not_whole_or_too_large(
    content: bytes, headers: dict[str, str], error: type[UnreadableBody]
) -> None:
    made = answer(200, content)
    made.headers.update(headers)
    with pytest.raises(error):
        list(responses.pieces(made, 10, lambda size: None))


def test_of_an_error_what_has_arrived_is_enough() -> None:
    made = answer(500, b'{"message": "N', Content_Length="99")
    assert responses.read_error_body(made, lambda size: None) == b'{"message": "N'


@pytest.mark.parametrize(
    ("status", "body", "is_good", "is_of_the_api", "holds_an_item"),
    [
        (200, {"_links": {}}, True, False, True),
        (500, {"code": 500, "message": "No."}, False, True, False),
        (500, {"code": 500, "message": ""}, False, False, False),
        (502, {"code": 500, "message": "No."}, False, False, False),
        (500, [], False, False, False),
        (304, None, False, False, False),
    ],
)
def test_what_an_answer_holds(
    status: int, body: object, is_good: bool, is_of_the_api: bool, holds_an_item: bool
) -> None:
    response = Response(status, {"Content-Type": JSON}, json.dumps(body).encode())
    assert (response.is_good, response.is_of_the_api, response.holds_an_item) == (is_good, is_of_the_api, holds_an_item)
