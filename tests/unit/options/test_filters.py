# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that the server would take for something else are refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.filters import FILTER_OPTIONS, filter_problems


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"domain": "x.example", "customer_id": 5, "alias": "4311"}, ""),
        ({"domain": None}, ""),
        ({"domain": ""}, "domain must not be empty; leave it out to have all."),
        ({"domain": "*.example"}, "domain must be one whole value, without a wildcard, not '*.example'."),
        (
            {"customer_external_id": "NULL"},
            "customer_external_id must be one whole value, without a wildcard, not 'NULL'.",
        ),
        ({"domain": "x\u200b"}, "domain holds U+200B (zero width space, character 2), which is invisible; remove it."),
        ({"alias": "+4311"}, "alias must be a whole number with country code, digits only, not '+4311'."),
        ({"customer_id": 0}, "customer_id must be at least 1, not 0."),
    ],
)
def test_what_is_wrong_with_filters(options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, filter_problems(options))) == problem


def test_each_filter_is_an_option() -> None:
    assert [*FILTER_OPTIONS] == [*(each.name for each in FILTERS), "active"]
