# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal entry of a fax is found by its number, also a rewritten one, and never taken for two faxes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.entry_search import (
    EntrySearch,
    likeness,
    most_likely,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt, Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import (
    ClaimedFaxes,
    DeliveryOptions,
    Transmission,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from tests.unit.fax.fake_fax_server import FakeFaxServer

NUMBER = "4312345"


def receipt(**changes: Any) -> Receipt:
    values = {"document": "d", "subscriber_id": 1, "destination": NUMBER, "state": "queued", "last_id": 0}
    return Receipt(**{**values, "time": times.iso(times.now()), **changes})


def transmission(server: FakeFaxServer, *under_way: Receipt, **options: Any) -> Transmission:
    kept = Receipts(None, server.url, {each.key: each for each in under_way})
    settings = DeliveryOptions(**{"wait": False, **options})
    document = documents.of_text("x")
    return Transmission(server, Subscriber(1), document, settings, [NUMBER], kept, False, ClaimedFaxes(set()))


@pytest.mark.parametrize(
    ("first", "second", "digits"),
    [
        ("4312345", "4312345", 7),
        ("12345", "4312345", 5),  # a prefix was added
        ("4312345", "12345", 5),
        ("0112345", "4312345", 5),  # a prefix was replaced
        ("345", "4312345", 0),  # too few digits
        ("4312345", "4399345", 0),  # two numbers of one country
        ("99912345", "4312345", 5),
        ("9999912345", "88888812345", 0),  # longer than any prefix
    ],
)
def test_likeness(first: str, second: str, digits: int) -> None:
    assert likeness(first, second) == digits


def test_the_most_likely_entry_is_the_only_one_with_the_most_digits() -> None:
    near, far = {"direction": "out", "callee": "4312345"}, {"direction": "out", "callee": "4992345"}
    assert most_likely("12345", set(), [far, near]) == near
    assert most_likely("12345", set(), [near, {**near}]) is None
    assert most_likely("12345", {"4312345"}, [near]) is None
    assert most_likely("12345", set(), []) is None


def test_the_entry_is_claimed_once() -> None:
    server = FakeFaxServer()
    fax = server.add()
    job = transmission(server)
    assert EntrySearch(job, receipt(), is_new=True).find() == fax
    assert EntrySearch(job, receipt(), is_new=True).find() is None


@pytest.mark.parametrize(
    "changes",
    [{"callee": "4399999"}, {"direction": "in", "caller": NUMBER}, {"status": ""}, {"subscriber_id": 2}],
    ids=str,
)
def test_other_entries_are_passed_over(changes: dict[str, Any]) -> None:
    server = FakeFaxServer()
    server.add(**changes)
    assert EntrySearch(transmission(server), receipt(), is_new=True).find() is None


def test_entries_from_before_the_request_or_long_after_it_are_other_faxes() -> None:
    server = FakeFaxServer()
    old = server.add()["id"]
    assert EntrySearch(transmission(server), receipt(last_id=old), is_new=True).find() is None
    server.add(time="2099-01-01 00:00:00")
    assert EntrySearch(transmission(server), receipt(last_id=old), is_new=False).find() is None


def test_faxes_to_one_number_have_their_entries_in_order() -> None:
    server = FakeFaxServer()
    first, second = server.add(), server.add()
    earlier = receipt(document="other", time="2026-01-01T00:00:00+00:00")
    assert EntrySearch(transmission(server, earlier), receipt(), is_new=True).find() == second
    assert EntrySearch(transmission(server), receipt(), is_new=True).find() == first


def test_a_rewritten_number_is_accepted_after_some_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(concurrency, "pause", pauses.append)
    server = FakeFaxServer()
    fax = server.add(callee="01" + NUMBER)
    assert EntrySearch(transmission(server, wait=True, poll_interval=2.0), receipt(), is_new=True).find() == fax
    assert pauses == [2.0, 2.0]
    assert EntrySearch(transmission(server), receipt(), is_new=True).find() is None


def test_an_entry_that_cannot_be_read_is_remembered() -> None:
    server = FakeFaxServer()
    server.add(status={"odd": True})
    search = EntrySearch(transmission(server), receipt(), is_new=True)
    assert search.find() is None
    assert "status is an object" in str(search.unreadable)
