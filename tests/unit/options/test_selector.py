# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selectors of tasks and entries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    SELECTOR,
    Selector,
    is_plainly_right,
    may_be_name,
    selector_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import check_of


@pytest.mark.parametrize(
    ("option", "value", "is_right"),
    [
        ("subscriber", "a@x.example", True),
        ("subscriber", "a", False),
        ("subscriber", "*@x.example", False),
        ("subscriber", "a b@x.example", False),
        ("subscriber", "a\u200b@x.example", False),
        ("subscriber", "a@x.example\n", False),
        ("subscriber", 5, False),
        ("external_id", "customer-7", True),
        ("external_id", "", False),
        ("subscriber_id", 5, True),
        ("subscriber_id", 0, False),
        ("subscriber_id", True, False),
        ("subscriber_id", "5", False),
    ],
)
def test_what_needs_no_closer_look(option: str, value: Any, is_right: bool) -> None:
    assert is_plainly_right(option, value) is is_right


@given(
    st.sampled_from(list(SELECTOR)), st.text(st.characters(codec="utf-8"), max_size=12) | st.integers() | st.booleans()
)
def test_what_is_plainly_right_has_no_problem(option: str, value: Any) -> None:
    if is_plainly_right(option, value):
        assert list(check_of(SELECTOR[option]).problems((option,), value)) == []
        assert list(selector_problems({option: value})) == []


def test_a_selector_without_an_option_is_none() -> None:
    assert not Selector()
    assert Selector(external_id="x")


@pytest.mark.parametrize(
    ("text", "is_name"), [("a@x", True), ("reception", True), ("fax12", True), ("1234", False), ("Xy7Qcanary", False)]
)
def test_what_may_be_shown_in_the_place_of_a_name(text: str, is_name: bool) -> None:
    assert may_be_name(text) is is_name
