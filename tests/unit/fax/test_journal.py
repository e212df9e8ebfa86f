# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: which faxes are meant, and what their numbers and times say."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import FaxFilter, digits, number_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

FAX: dict[str, Any] = {
    "id": 5,
    "subscriber_id": 3,
    "time": "2026-11-01 10:00:00",
    "direction": "in",
    "caller": "+43 1 999",
    "callee": "4312345",
    "status": "SUCCESS",
}
ORDER = {"order_by": "id", "order_by_direction": "desc"}
ANNA = Subscriber(3, "anna@example.com")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]  # no more than seven parts


@pytest.mark.parametrize(
    ("wanted", "params"),
    [
        (FaxFilter(), {}),
        (FaxFilter(subscriber=ANNA), {"subscriber_id": 3}),
        # Whatever zone the server reads them in.
        (FaxFilter(since=utc(2026, 3, 1, 12)), {"time_from": "2026-02-28 12:00:00"}),
        (FaxFilter(since=utc(2026, 3, 1, 11, 59, 59)), {"time_from": "2026-02-27 12:00:00"}),
        (FaxFilter(since=utc(1, 1, 1)), {"time_from": "0001-01-01 00:00:00"}),
        (FaxFilter(until=utc(2026, 12, 31, 12)), {"time_to": "2027-01-01 12:00:00"}),
        (FaxFilter(until=utc(2026, 12, 31, 12, 0, 1)), {"time_to": "2027-01-02 12:00:00"}),
        (FaxFilter(until=utc(9999, 12, 31, 8)), {"time_to": "9999-12-31 08:00:00"}),
        # The server would ignore these.
        (FaxFilter(direction="in", status="SUCCESS", caller="1", callee="2"), {}),
    ],
)
def test_what_the_server_is_asked_for(wanted: FaxFilter, params: dict[str, Any]) -> None:
    assert wanted.params() == {**ORDER, **params}


@pytest.mark.parametrize(
    ("wanted", "changes", "is_meant"),
    [
        (FaxFilter(), {}, True),
        (FaxFilter(), {"time": None, "status": None}, True),
        (FaxFilter(subscriber=ANNA), {"subscriber_id": "3"}, True),
        (FaxFilter(since=utc(2026, 11, 1, 10)), {}, True),
        (FaxFilter(since=utc(2026, 11, 1, 10, 0, 1)), {}, False),
        (FaxFilter(until=utc(2026, 11, 1, 10)), {}, False),
        (FaxFilter(until=utc(2026, 11, 1, 10, 0, 1)), {}, True),
        (FaxFilter(None, utc(2026, 11, 1), utc(2026, 11, 2)), {}, True),
        # What has no time is in no window, so that it is not deleted for its age.
        (FaxFilter(until=utc(2026, 11, 2)), {"time": None}, False),
        (FaxFilter(since=utc(2026, 1, 1)), {"time": "0000-00-00 00:00:00"}, False),
        (FaxFilter(direction="in"), {}, True),
        (FaxFilter(direction="out"), {}, False),
        (FaxFilter(direction="in"), {"direction": None}, False),
        (FaxFilter(status="SUCCESS"), {"status": "success"}, True),
        (FaxFilter(status="SUCCESS"), {"status": "FAILED"}, False),
        (FaxFilter(status="SUCCESS"), {"status": None}, False),
        (FaxFilter(caller="0043/1-999"), {}, True),
        (FaxFilter(caller="431999"), {}, True),
        (FaxFilter(caller="31999"), {}, False),
        (FaxFilter(caller="4319990"), {}, False),
        (FaxFilter(caller="431999"), {"caller": None, "peer_number": "431999"}, True),
        (FaxFilter(caller="431999"), {"caller": None}, False),
        (FaxFilter(caller="anonymous"), {"caller": "anonymous"}, True),
        (FaxFilter(caller="anonymous"), {}, False),
        (FaxFilter(callee="+43 1 2345"), {}, True),
        (FaxFilter(callee="431999"), {}, False),
        (FaxFilter(callee="431999"), {"callee": "", "direction": "out", "peer_number": "+431999"}, True),
        # The peer of a received fax is its caller.
        (FaxFilter(callee="431999"), {"callee": None, "peer_number": "431999"}, False),
        (FaxFilter(direction="in", status="SUCCESS", caller="431999", callee="4312345"), {}, True),
        (FaxFilter(direction="in", status="SUCCESS", caller="431999", callee="4312346"), {}, False),
    ],
)
def test_which_faxes_are_meant(wanted: FaxFilter, changes: dict[str, Any], is_meant: bool) -> None:
    assert wanted.matches({**FAX, **changes}) is is_meant


@pytest.mark.parametrize("owner", [4, "4", None, 33])
def test_somebody_elses_fax(owner: object) -> None:
    """Even if it is not meant for another reason: the server does not know the filter."""
    with pytest.raises(NotNgcp, match="The journal answers with another subscriber's fax"):
        FaxFilter(subscriber=ANNA, direction="out").matches({**FAX, "subscriber_id": owner})


@pytest.mark.parametrize(
    ("number", "those", "key"),
    [
        ("+43 (1) 23-45/6", "43123456", "+43123456"),
        ("0043 1 23456", "43123456", "0043123456"),
        ("01 23456", "123456", "0123456"),
        ("anonymous", "anonymous", "anonymous"),
        ("000", "000", "000"),
        ("", "", ""),
        ("+", "+", "+"),
    ],
)
def test_numbers(number: str, those: str, key: str) -> None:
    assert (digits(number), number_key(number)) == (those, key)


@given(st.text(st.sampled_from("0123456789+ -/()"), max_size=12))
def test_a_number_in_its_short_form_is_the_same_number(number: str) -> None:
    assert digits(digits(number)) == digits(number)
    assert number_key(number_key(number)) == number_key(number)
    assert not number.strip("+ -/()0") or digits(number_key(number)) == digits(number)


@pytest.mark.parametrize(
    ("fax", "caller", "callee", "peer"),
    [
        (FAX, "+43 1 999", "4312345", "+43 1 999"),
        ({**FAX, "direction": "out"}, "+43 1 999", "4312345", "4312345"),
        ({**FAX, "direction": "mtf"}, "+43 1 999", "4312345", "4312345"),
        ({"direction": "in", "peer_number": 77}, "77", "", "77"),
        ({"direction": "out", "peer_number": 77}, "", "77", "77"),
        ({}, "", "", ""),
    ],
)
def test_who_sent_it_to_whom(fax: dict[str, Any], caller: str, callee: str, peer: str) -> None:
    assert (journal.caller(fax), journal.callee(fax), journal.peer(fax)) == (caller, callee, peer)


def test_what_is_shown() -> None:
    fax = {**FAX, "_links": {"self": {}}, "of_a_newer_release": [1]}
    iso = "2026-11-01T10:00:00+00:00"
    assert journal.as_result(fax) == {**FAX, "of_a_newer_release": [1], "time_iso": iso}
    assert journal.as_result({"id": 5, "time": None}) == {"id": 5, "time": None, "time_iso": None}
