# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS, Filter, numbers


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
