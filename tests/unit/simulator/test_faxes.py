# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending, the journal and recordings: what no recorded exchange shows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image
from PIL.PdfParser import PdfParser

from tests.simulator.client import ControlError
from tests.simulator.perl import LIST_TEXT
from tests.unit.simulator.api import Api


@pytest.fixture
def sender(api: Api) -> Api:
    """Return a client of a server on which subscriber 3 may send faxes."""
    api.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    return api


def post(api: Api, destination: object = "431110002", file: tuple[str, bytes] | None = None, **more: object) -> int:
    form: dict[str, Any] = {"json": (None, json.dumps({"destination": destination, "subscriber_id": 3, **more}))}
    if file:
        form["faxfile"] = file
    return api.send("POST", "/api/faxes/", files=form).status_code


def test_of_several_parts_the_first_text_counts(sender: Api) -> None:
    parts = [
        ("json", ("a.json", b"no text")),
        ("json", (None, '{"destination": "1", "subscriber_id": 3, "data": "x"}')),
        ("json", (None, "no JSON")),
    ]
    assert sender.send("POST", "/api/faxes/", files=parts).status_code == 201


def newest(api: Api) -> dict[str, Any]:
    page = api.get("/api/faxes/?subscriber_id=3&order_by=id&order_by_direction=desc&rows=1").json()
    entry: dict[str, Any] = page["_embedded"]["ngcp:faxes"][0]
    return entry


@pytest.mark.parametrize(
    ("destination", "status", "reason", "callee"),
    [
        ("431110002", "SUCCESS", "Normal Clearing / SIP 200 OK [1/3]", "431110002"),
        ("4311100099", "FAILED", "User busy", "4311100099"),
        ("01 11 00 98", "FAILED", "No answer", "01 11 00 98"),
        ("0043 111-97", "SUCCESS", "Normal Clearing / SIP 200 OK [1/3]", "4911197"),
    ],
)
def test_outcomes(sender: Api, destination: str, status: str, reason: str, callee: str) -> None:
    assert post(sender, destination, data="hello") == 201
    fax = newest(sender)
    assert (fax["status"], fax["reason"], fax["callee"]) == (status, reason, callee)
    assert (fax["id"], fax["direction"], fax["caller"]) == (9, "out", "4311000003")
    assert fax["pages"] == (1 if status == "SUCCESS" else 0)


def test_a_fax_that_never_shows_up(sender: Api) -> None:
    assert post(sender, "43196", data="hello") == 201
    assert newest(sender)["id"] == 7
    assert sender.control("GET", "/faxes")["queued"] == []


def test_a_fax_takes_its_time(sender: Api) -> None:
    sender.control("PUT", "/options", {"fax_delay_ms": 60_000})
    assert post(sender, "1", ("letter.txt", b"Dear Ann")) == 201
    assert newest(sender)["id"] == 7
    (queued,) = sender.control("GET", "/faxes?content=1")["queued"]
    assert (queued["filename"], queued["size"], queued["destination"]) == ("letter.txt", 8, "1")
    assert queued["sha256"] == hashlib.sha256(b"Dear Ann").hexdigest()
    assert base64.b64decode(queued["content"]) == b"Dear Ann"
    sender.control("PUT", "/clock", {"advance": 61})
    assert newest(sender)["id"] == 9


@pytest.mark.parametrize(("server", "status"), [("dead", 500), ("absent", 201)])
def test_without_a_fax_server(sender: Api, server: str, status: int) -> None:
    sender.control("PUT", "/options", {"fax_server": server})
    assert post(sender, data="hello") == status
    assert newest(sender)["id"] == 7


NOTHING = "You need to specify a file to fax, if no text is entered in the content field"
NO_NUMBER = "Value must be an integer,Value must be a positive integer"


@pytest.mark.parametrize(
    ("content", "objection"),
    [
        ({"subscriber_id": None}, "field='subscriber_id', input='', errors='Subscriber id field is required'"),
        ({"subscriber_id": -1}, "field='subscriber_id', input='-1', errors='Value must be a positive integer'"),
        ({"subscriber_id": 3.5}, "field='subscriber_id', input='3.5', errors='Value must be an integer'"),
        (
            {"subscriber_id": [3]},
            f"field='subscriber_id', input='{LIST_TEXT}', errors='Field must contain a single value,{NO_NUMBER}'",
        ),
        ({"destination": " "}, "field='destination', input=' ', errors='Destination Number field is required'"),
        ({"data": "0"}, f"field='faxfile', input='', errors='{NOTHING}'"),
        ({"data": []}, f"field='faxfile', input='', errors='{NOTHING}'"),
        ({"data": ["x"]}, f"field='data', input='{LIST_TEXT}', errors='Field must contain a single value'"),
        ({"data": " "}, f"field='faxfile', input='', errors='{NOTHING}'"),
        ({"faxfile": "a.pdf"}, "field='faxfile', input='a.pdf', errors='File not found for upload field'"),
        (
            {"data": None, "subscriber_id": "x", "quality": ["fine"]},
            (
                f"field='quality', input='{LIST_TEXT}', errors='This field does not take multiple values'; "
                f"field='subscriber_id', input='x', errors='{NO_NUMBER}'; "
                f"field='faxfile', input='', errors='{NOTHING}'"
            ),
        ),
    ],
)
def test_what_the_form_refuses(sender: Api, content: dict[str, object], objection: str) -> None:
    body = {"destination": "1", "subscriber_id": 3, "data": "x"} | content
    response = sender.send("POST", "/api/faxes/", json=body)
    assert (response.status_code, response.json()["message"]) == (422, f"Validation failed. {objection}")


@pytest.mark.parametrize("subscriber_id", [3, "3", " +3", 3.0, "3.0"])
def test_numbers_that_a_subscriber_may_have(sender: Api, subscriber_id: object) -> None:
    body = {"destination": 431, "subscriber_id": subscriber_id, "data": 5, "nosuch": 1}
    assert sender.send("POST", "/api/faxes/", json=body).status_code == 201
    assert newest(sender)["callee"] == "431"


def test_uploads_that_are_refused(sender: Api) -> None:
    assert post(sender, file=("a.txt", b"")) == 422
    assert post(sender, data="x" * ((1 << 20) + 1)) == 422
    assert post(sender, data="x" * (1 << 20)) == 201
    assert sender.send("POST", "/api/faxes/", data="x", headers={"Content-Type": "text/plain"}).status_code == 415
    broken = sender.send("POST", "/api/faxes/", data="x", headers={"Content-Type": "multipart/form-data"})
    assert broken.status_code == 400
    assert sender.send("POST", "/api/faxes/", json=[1]).status_code == 500


def recording(api: Api, fax_id: int, format_name: str = "") -> requests.Response:
    return api.get(f"/api/faxrecordings/{fax_id}", params={"format": format_name} if format_name else {})


def image_file(kind: str, frames: int = 1) -> bytes:
    images = [Image.new("L", (300, 400), 255 - 40 * number) for number in range(frames)]
    buffer = BytesIO()
    images[0].save(buffer, kind, **({"save_all": True, "append_images": images[1:]} if frames > 1 else {}))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "pages"),
    [
        ("a.txt", b"line\n" * 61, 2),
        ("a.txt", "Ärzte \N{GRINNING FACE}".encode(), 1),
        ("a.png", image_file("PNG"), 1),
        ("a.tif", image_file("TIFF", 3), 3),
        ("a.pdf", b"%PDF-1.4\n1 0 obj <</Type /Page>> <</Type/Page >> <</Type /Pages>>", 2),
        ("a.bin", bytes(range(256)), 1),
    ],
)
def test_recordings_decode(sender: Api, name: str, content: bytes, pages: int) -> None:
    assert post(sender, file=(name, content)) == 201
    fax = newest(sender)
    assert fax["pages"] == pages
    with Image.open(BytesIO(recording(sender, fax["id"]).content)) as image:
        assert (image.format, image.mode, image.size[0], image.info["compression"]) == ("TIFF", "1", 1728, "group4")
        assert getattr(image, "n_frames", 1) == pages
        for number in range(pages):
            image.seek(number)
            image.load()
    pdf = recording(sender, fax["id"], "pdf14").content
    assert pdf.startswith(b"%PDF-1.4")
    assert pdf.count(b"/CCITTFaxDecode") == pages
    postscript = recording(sender, fax["id"], "ps").content
    assert postscript.startswith(b"%!PS-Adobe-3.0")
    assert postscript.count(b"showpage") == pages


def test_the_head_of_a_recording(api: Api) -> None:
    head = api.send("HEAD", "/api/faxrecordings/5")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "image/tiff")
    assert recording(api, 5).content == recording(api, 5).content
    assert recording(api, 7).status_code == 500
    assert api.get("/api/faxrecordings/abc").headers["content-type"].startswith("text/html")
    assert api.get("/api/faxrecordings/5", user="").status_code == 401


def test_faxes_by_hand(api: Api) -> None:
    entered = api.control("POST", "/faxes", {"subscriber_id": 3, "caller": "4999", "data": "hi", "pages": 1})
    assert (entered["id"], entered["direction"], entered["caller"]) == (9, "in", "4999")
    assert api.get("/api/faxes/9").json()["caller"] == "4999"
    assert recording(api, 9).content.startswith(b"II*\0")
    api.control("POST", "/faxes", {"subscriber_id": 3, "document": False})
    assert recording(api, 10).status_code == 500
    assert api.send("DELETE", "/api/faxes/9").status_code == 204
    assert api.control("POST", "/faxes", {"subscriber_id": 4})["id"] == 11, "an id is not given twice"


def test_a_rendering_tells_when_it_was_made(api: Api) -> None:
    api.control("PUT", "/clock", {"now": "2026-11-04 10:00:00"})
    assert recording(api, 6).content == recording(api, 6).content
    for name in ("pdf", "pdf14"):
        first, second = (recording(api, 6, name).content for _unused in range(2))
        assert first != second
        dates, marks = (
            [re.findall(pattern, each) for each in (first, second)]
            for pattern in (rb"/(?:Creation|Mod)Date \(D:20261104\d{6}\)", rb"/ID \[<([0-9a-f]{32})> <\1>\]")
        )
        assert [len(each) for each in (*dates, *marks)] == [2, 2, 1, 1]
        assert marks[0] != marks[1]
        for each in (first, second):
            with PdfParser(buf=bytearray(each)) as parsed:
                assert len(parsed.pages) == 2
    lines, more = (recording(api, 6, "ps").content.splitlines() for _unused in range(2))
    assert [line[:24] for line, other in zip(lines, more, strict=True) if line != other] == [
        b"%%CreationDate: Wed Nov "
    ]


def test_a_queued_fax_is_decided_by_hand(sender: Api) -> None:
    sender.control("PUT", "/options", {"fax_delay_ms": 3_600_000})
    for destination in ("431", "432", "43196", "432"):
        assert post(sender, destination, data="hello") == 201

    def decide(**what: object) -> dict[str, Any]:
        fax: dict[str, Any] = sender.control("PUT", "/faxes/queued", what)
        return fax

    fax = decide(place=2, reason="Sent / SIP 200 OK [2/3]")
    assert (fax["id"], fax["callee"], fax["status"], fax["pages"]) == (9, "43196", "SUCCESS", 1)
    fax = decide(destination="432", place=1, status="FAILED", reason="Remote side hung up")
    assert (fax["id"], fax["status"], fax["pages"], fax["signal_rate"]) == (10, "FAILED", 0, 0)
    assert newest(sender)["reason"] == "Remote side hung up"
    assert decide(destination="432", status="FAILED")["reason"] == "User busy"
    with pytest.raises(ControlError, match="404"):
        decide(destination="432")
    with pytest.raises(ControlError, match="404"):
        decide(place=1)
    assert [each["destination"] for each in sender.control("GET", "/faxes")["queued"]] == ["431"]
    sender.control("PUT", "/clock", {"advance": 3601})
    assert newest(sender)["id"] == 12


def test_a_journal_of_many(api: Api) -> None:
    api.control("PUT", "/clock", {"now": "2026-11-10 10:00:00"})
    api.control("POST", "/faxes/generate", {"count": 6, "subscriber_id": 9})
    made = api.control("POST", "/faxes/generate", {"count": 300})
    assert made == {"count": 300, "first_id": 15, "last_id": 314}
    page = api.get("/api/faxes/?order_by=id&rows=300&time_from=2020-01-01").json()
    assert (page["total_count"], page["_links"]["next"]["href"].partition("&")[0]) == (310, "/api/faxes/?page=2")
    entries = api.get("/api/faxes/?order_by=id&order_by_direction=desc&rows=300").json()["_embedded"]["ngcp:faxes"]
    assert [each["time"] for each in entries[:2]] == ["2026-11-10 10:00:00", "2026-11-10 09:00:00"]
    assert {each["direction"] for each in entries} == {"in", "out", "mtf"}
    assert {(each["status"], each["pages"] > 0) for each in entries} == {("SUCCESS", True), ("FAILED", False)}
    assert len({(each["caller"], each["callee"]) for each in entries}) == 300
    assert len({each["subscriber_id"] for each in entries}) == 29, "a terminated subscriber gets none"
    assert api.get("/api/faxes/?subscriber_id=9").json()["total_count"] == 6 + 11
    assert {recording(api, each["id"]).status_code for each in entries[:10]} == {200, 500}


def test_times(api: Api) -> None:
    def found(query: str) -> list[int]:
        page = api.get(f"/api/faxes/?{query}").json()
        return [each["id"] for each in page.get("_embedded", {}).get("ngcp:faxes", [])]

    assert found("time_from=2026-11-03T10:00:00&time_to=2026-11-03 10:30") == [7]
    assert found("subscriber_id=abc") == []
    assert found("order_by=time&order_by_direction=desc")[0] == 8
    assert api.get("/api/faxes/?time_to=2026-13-01").status_code == 500
    assert api.get("/api/faxes/5?tz=Europe/Vienna").json()["time"] == "2026-11-01 11:00:00"
    wrong_zone = {"code": 422, "message": "Query parameter 'tz' value is not a valid time zone"}
    for path in ("5?tz=Mars", "99?tz=x", "?tz=europe/vienna&subscriber_id=9"):
        assert api.get(f"/api/faxes/{path}").json() == wrong_zone
    assert found("time_to=2026-12&time_from=20261103T103000Z") == [8]
    assert found("time_from=2026-11-03T12:30:00%2B02:00") == [8]
    for wrong in ("", "NULL", "2026-11-03x10:00", "03.11.2026", "2026-11-03T25:00"):
        assert api.get("/api/faxes/", params={"time_from": wrong}).status_code == 500
