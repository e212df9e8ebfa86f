# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: kept whole or not at all, and refused if it is not sure what they say."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import (
    STATES,
    Receipt,
    Receipts,
    handed,
    opened,
)

URL = "https://127.0.0.1:1443"
RECEIPT = Receipt(
    document="9f" * 32,
    subscriber_id=3,
    destination="+43 1 234/5",
    state="sent",
    time="2026-11-01T08:00:00+00:00",
    last_id=6,
    journal_entry={"id": 7, "callee": "4312345", "reason": 'Grüße "]}\n', "status": "SUCCESS"},
)
QUEUED = Receipt("00" * 32, 4, "0043 1 99", "queued", RECEIPT.time, last_id=0)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the receipts; their locks are elsewhere."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "there" / "receipts.json"


def read(path: Path, *wanted: Receipt, read_only: bool = False) -> list[Receipt | None]:
    """Return the receipts in the file."""
    with opened(path, URL, read_only) as kept:
        return [kept.get(each.document, each.subscriber_id, each.destination) for each in wanted]


def write(path: Path, *receipts: Receipt) -> None:
    with opened(path, URL, read_only=False) as kept:
        for each in receipts:
            assert kept.put(each) is each


def test_there_and_back(path: Path) -> None:
    assumed = replace(RECEIPT, destination="no number at all", state="sent", journal_entry=None, assumed=True)
    states = [replace(QUEUED, destination=f"43{number}", state=state) for number, state in enumerate(STATES)]
    write(path, RECEIPT, QUEUED)
    write(path, assumed, *states)
    assert read(path, RECEIPT, QUEUED, assumed, *states) == [RECEIPT, QUEUED, assumed, *states]
    assert [one for one in path.parent.iterdir() if one.suffix != ".lock"] == [path]


def test_the_last_one_counts(path: Path) -> None:
    """In the program and in the file; also if the number is written in another way."""
    last = replace(RECEIPT, state="failed", destination="+431 (2345)")
    with opened(path, URL, read_only=False) as kept:
        kept.put(RECEIPT)
        kept.put(last)
        assert kept.get(RECEIPT.document, 3, RECEIPT.destination) == last
    assert read(path, RECEIPT) == [last]
    assert len(json.loads(path.read_bytes())["faxes"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(RECEIPT, document="9e" * 32),
        replace(RECEIPT, subscriber_id=4),
        replace(RECEIPT, destination="4312345"),
        replace(RECEIPT, destination="004312345"),
        replace(RECEIPT, destination="+4312346"),
    ],
)
def test_another_document_subscriber_or_number_is_another_fax(path: Path, other: Receipt) -> None:
    write(path, RECEIPT)
    assert read(path, other) == [None]


def test_the_entries_that_are_taken(path: Path) -> None:
    write(path, RECEIPT, QUEUED)
    with opened(path, URL, read_only=True) as kept:
        assert kept.entries() == {7}


def test_no_file_yet(path: Path) -> None:
    """And none is made before there is something to keep."""
    assert read(path, RECEIPT) == [None]
    assert not path.exists()


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_in_check_mode(path: Path, there: bool) -> None:
    if there:
        write(path, RECEIPT)
    before = path.read_bytes() if there else None
    with opened(path, URL, read_only=True) as kept:
        kept.put(QUEUED)
        assert kept.get(QUEUED.document, 4, QUEUED.destination) == QUEUED
    assert (path.read_bytes() if path.exists() else None) == before


def test_without_a_path() -> None:
    with handed(URL, []) as kept:
        kept.put(RECEIPT)
        assert kept.get(RECEIPT.document, 3, RECEIPT.destination) == RECEIPT
        assert kept.entries() == {7}
    with handed(URL, []) as again:
        assert again.entries() == set()


def test_what_one_try_hands_to_the_next() -> None:
    earlier = replace(RECEIPT, earlier=(4, 5))
    with handed(URL, []) as kept:
        kept.put(earlier)
        kept.put(QUEUED)
    with handed(URL, json.loads(json.dumps(kept.as_list()))) as again:
        assert again.get(RECEIPT.document, 3, RECEIPT.destination) == earlier
        assert again.under_way(4) == [QUEUED]
        assert again.of_task


def test_a_half_written_file(path: Path) -> None:
    """However short: nobody knows what the rest said, and to send again would be the wrong guess."""
    write(path, RECEIPT, QUEUED)
    content = path.read_bytes()
    whole = content.rstrip()
    for length in range(len(whole)):
        path.write_bytes(content[:length])
        with pytest.raises(BadOption, match=r"is damaged or not a receipt of ngcp\.fax"):
            read(path, RECEIPT)
    for complete in (whole, content):
        path.write_bytes(complete)
        assert read(path, RECEIPT, QUEUED) == [RECEIPT, QUEUED]


def entry(**changes: Any) -> dict[str, Any]:
    """Return an entry of the file with some keys changed; keys with the value `...` are left out."""
    good: dict[str, Any] = {
        "document": "9f" * 32,
        "subscriber_id": 3,
        "destination": "4312345",
        "state": "sent",
        "time": RECEIPT.time,
        "last_id": 6,
        "journal_entry": {"id": 7},
        "assumed": False,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "sent",
        [],
        {},
        *(entry(**{name: ...}) for name in entry()),
        *(entry(**{name: None}) for name in entry() if name not in ("journal_entry", "assumed")),
        entry(document=9),
        entry(subscriber_id="3"),
        entry(destination=4312345),
        entry(state="delivered"),
        entry(state=["sent"]),
        entry(time=1793520000),
        entry(last_id="6"),
        entry(last_id=6.5),
        entry(journal_entry=7),
        entry(journal_entry=[7]),
        entry(journal_entry={}),
        entry(journal_entry={"id": None}),
        entry(journal_entry={"id": "seven"}),
    ],
)
def test_an_entry_that_is_none(path: Path, bad: object) -> None:
    """One is enough to refuse all, wherever it stands."""
    for faxes in ([bad], [entry(), bad], [bad, entry()]):
        path.write_text(json.dumps({"version": 1, "api_url": URL, "faxes": faxes}))
        with pytest.raises(BadOption, match="is damaged or not a receipt"):
            read(path, RECEIPT)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe\x00",
        b"%PDF-1.7",
        b"[" * 100000,
        b'{"version": 2, "api_url": "https://127.0.0.1:1443", "faxes": []}',
        b'{"version": "1", "api_url": "https://127.0.0.1:1443", "faxes": []}',
        b'{"api_url": "https://127.0.0.1:1443", "faxes": []}',
        b'{"version": 1, "faxes": []}',
        b'{"version": 1, "api_url": null, "faxes": []}',
        b'{"version": 1, "api_url": "https://127.0.0.1:1443"}',
        b'{"version": 1, "api_url": "https://127.0.0.1:1443", "faxes": null}',
        b'{"version": 1, "api_url": "https://127.0.0.1:1443", "faxes": 5}',
        b'{"version": 1, "api_url": "https://127.0.0.1:1443", "faxes": {"a": 1}}',
        b'{"version": 1, "api_url": "https://127.0.0.1:1443", "faxes": []} {}',
    ],
)
def test_a_file_that_holds_no_receipts(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadOption, match="is damaged or not a receipt"):
        read(path, RECEIPT)
    assert path.read_bytes() == content


def test_what_a_newer_release_adds_is_no_damage(path: Path) -> None:
    path.write_text(json.dumps({"version": 1, "api_url": URL, "faxes": [entry(quality="fine")], "made_by": "x"}))
    assert [each is not None for each in read(path, Receipt(**entry()))] == [True]


def test_receipts_of_another_server(path: Path) -> None:
    write(path, RECEIPT)
    words = f"is about faxes sent by {URL}, and api_url is https://ngcp.example.com"
    with pytest.raises(BadOption, match=words), opened(path, "https://ngcp.example.com", read_only=True):
        pass


@pytest.mark.parametrize(
    "theirs", ["HTTPS://NGCP.Example.com:443/", "https://ngcp.example.com/api", "https://ngcp.example.com"]
)
def test_receipts_of_the_same_server_written_otherwise(theirs: str, path: Path) -> None:
    path.write_text(json.dumps({"version": 1, "api_url": theirs, "faxes": [entry()]}))
    with opened(path, "https://ngcp.example.com", read_only=True) as kept:
        assert kept.entries() is not None
    with pytest.raises(BadOption), opened(path, "https://ngcp.example.com:1443", read_only=True):
        pass


def test_a_folder_in_the_files_place(path: Path) -> None:
    path.mkdir()
    with pytest.raises(BadOption, match=r"^receipt: '.*' cannot be read \(Is a directory\)"):
        read(path, RECEIPT)


def test_a_folder_that_is_not_there(path: Path) -> None:
    with pytest.raises(BadOption, match=r"^receipt: the folder '.*/missing' does not exist"):
        read(path.parent / "missing" / "receipts.json", RECEIPT)


def test_a_receipt_that_cannot_be_kept_is_said(path: Path) -> None:
    with opened(path, URL, read_only=False) as kept:
        shutil.rmtree(path.parent)
        with pytest.raises(BadOption, match="cannot be written"):
            kept.put(RECEIPT)


def test_the_old_file_stays_until_the_new_one_is_whole(path: Path) -> None:
    write(path, RECEIPT)
    before = path.read_bytes()
    with opened(path, URL, read_only=False) as kept, pytest.raises(TypeError):
        kept.put(replace(QUEUED, journal_entry={"id": 8, "reason": object()}))
    assert path.read_bytes() == before
    assert [one for one in path.parent.iterdir() if one.suffix != ".lock"] == [path]


def test_two_threads_keep_their_receipts_at_once(path: Path) -> None:
    barrier = threading.Barrier(2)
    mine = [[replace(QUEUED, subscriber_id=one, destination=f"43{number}") for number in range(25)] for one in (1, 2)]

    def put_all(kept: Receipts, receipts: list[Receipt]) -> None:
        for each in receipts:
            barrier.wait()
            kept.put(each)

    with opened(path, URL, read_only=False) as kept, ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(put_all, kept, receipts) for receipts in mine]:
            done.result()
    assert read(path, *mine[0], *mine[1]) == mine[0] + mine[1]
    assert [one for one in path.parent.iterdir() if one.suffix != ".lock"] == [path]


def test_a_link_stays_one(path: Path) -> None:
    """Two names of one file are one file: what is written through the one is read through the other."""
    link = path.parent / "link"
    link.symlink_to(path)
    write(link, RECEIPT)
    assert read(path, RECEIPT) == [RECEIPT]
    assert link.is_symlink()


@pytest.mark.parametrize("change", [{"faxes": {}}, {"faxes": ""}, {"version": True}, {"version": 2}])
def test_no_receipts_at_all_are_not_taken_for_none(change: dict[str, Any], path: Path) -> None:
    write(path, RECEIPT)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}), encoding="utf-8")
    with pytest.raises(BadOption, match="is damaged or not a receipt"):
        read(path, RECEIPT)


@pytest.mark.parametrize(
    "change", [{"time": "junk"}, {"time": "2026-11-01"}, {"assumed": "no"}, {"journal_entry": {"id": None}}]
)
def test_a_receipt_with_a_wrong_value(change: dict[str, Any], path: Path) -> None:
    write(path, RECEIPT)
    content = json.loads(path.read_text())
    content["faxes"][0].update(change)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadOption, match="is damaged or not a receipt"):
        read(path, RECEIPT)
