# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's rule of what is the same in a list, beside the simulator's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import unique_key
from tests.simulator.database import collate


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a@b.de", "A@B.de  ", True),
        ("ß", "s", True),
        ("ß", "ss", False),
        ("é@b.de", "E@b.de", True),
        ("e\u0301", "e", False),
        ("й", "и", False),
        (" a", "a", False),
    ],
)
def test_what_is_the_same(one: str, other: str, same: bool) -> None:
    assert (unique_key(one) == unique_key(other)) is same


@given(st.text(max_size=4), st.text(max_size=4))
def test_the_simulated_database_says_the_same(one: str, other: str) -> None:
    assert (unique_key(one) == unique_key(other)) == (collate(one) == collate(other))
