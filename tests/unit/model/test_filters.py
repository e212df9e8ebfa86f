# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import (
    FILTERS,
    Filter,
    may_select,
    numbers,
)


def test_numbers_are_digits_with_the_primary_one_first() -> None:
    item = {
        "primary_number": {"cc": 43, "ac": "1", "sn": "23"},
        "alias_numbers": [{"cc": "43", "ac": None, "sn": "9"}, "odd"],
    }
    assert list(numbers(item)) == ["43123", "439"]
    assert list(numbers({"primary_number": None})) == []


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: each.name)
def test_an_impossible_value_is_of_the_filters_type(each: Filter) -> None:
    assert each.impossible.isdecimal() is (each.type == "int")


ITEM = {
    "domain": "D.example",
    "customer_id": 5,
    "profile_id": None,
    "primary_number": {"cc": 43, "ac": "1", "sn": "23"},
    "alias_numbers": [{"cc": 43, "ac": "1", "sn": "24"}],
}


@pytest.mark.parametrize(
    ("match", "item", "selects"),
    [
        ({}, {}, True),
        ({"domain": "d.EXAMPLE", "customer_id": 5, "alias": "43124"}, ITEM, True),
        ({"domain": None, "alias": "43123"}, ITEM, True),
        ({"domain": "d.example", "customer_id": 6}, ITEM, False),
        ({"profile_id": 1}, ITEM, False),
        ({"alias": "4312"}, ITEM, False),
        # What the server does not show may be so.
        ({"reseller_id": 1, "customer_external_id": "x"}, ITEM, True),
        ({"reseller_id": 1, "domain": "other"}, ITEM, False),
        ({"profile_id": 1, "alias": "43123"}, {"domain": "d.example"}, True),
        ({"alias": "43123"}, {"alias_numbers": []}, False),
    ],
    ids=str,
)
def test_whom_a_set_may_contain(match: dict[str, object], item: dict[str, object], selects: bool) -> None:
    assert may_select(match, item) is selects
