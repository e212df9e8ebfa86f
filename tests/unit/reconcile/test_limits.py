# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits on what a run may change."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LimitExceeded
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile import limits
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.limits import ChangeLimits


@pytest.mark.parametrize(
    ("options", "changes", "deactivations"),
    [
        ({}, 1000, 1000),
        ({"max_changes": 50}, 50, 50),
        ({"max_changes": "50"}, 50, 0),
        ({"max_changes": "5%"}, 50, 0),
        ({"max_changes": "0.5 %"}, 5, 0),
        ({"max_changes": "100%"}, 1000, 0),
        ({"max_changes": 0}, 0, 0),
        ({"max_deactivations": 0}, 1000, 0),
    ],
)
def test_as_many_as_are_allowed(options: dict[str, Any], changes: int, deactivations: int) -> None:
    assert list(limits.problems(options)) == []
    limits.check(ChangeLimits(**options), 1000, changes, [f"u{number}@d" for number in range(deactivations)])


@pytest.mark.parametrize(
    ("options", "changes", "deactivations", "sentence"),
    [
        ({"max_changes": 49}, 50, 0, "Nothing was written: 50 of 1,000 subscribers would be changed, and max_changes"),
        ({"max_changes": "4.9%"}, 50, 0, "max_changes allows 4.9% of them, which is 49. "),
        ({"max_changes": "0%"}, 1, 0, "1 of 1,000 subscribers would be changed"),
        ({"max_deactivations": 0}, 1, 1, "1 would be deactivated, and max_deactivations allows 0 (u0@d). "),
        ({"max_deactivations": 0}, 1, 12, "u8@d, u9@d and 2 more). "),
        ({"max_changes": 1, "max_deactivations": 1}, 2, 2, "max_changes allows 1; 2 would be deactivated"),
    ],
)
def test_one_more(options: dict[str, Any], changes: int, deactivations: int, sentence: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        limits.check(ChangeLimits(**options), 1000, changes, [f"u{number}@d" for number in range(deactivations)])
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("most", "subscribers", "allowed"),
    [
        ("5%", 4, 1),
        ("0.1%", 1, 1),
        ("5%", 40, 2),
        ("5%", 59, 2),
        ("0%", 4, 0),
        ("0.0%", 4, 0),
        ("100%", 4, 4),
        (0, 4, 0),
    ],
)
def test_a_part_above_none_allows_at_least_one(most: Any, subscribers: int, allowed: int) -> None:
    limits.check(ChangeLimits(max_changes=most), subscribers, allowed, [])
    told = f"which is {allowed}. " if str(most).endswith("%") else f"allows {allowed}. "
    with pytest.raises(LimitExceeded, match=told):
        limits.check(ChangeLimits(max_changes=most), subscribers, allowed + 1, [])


def test_the_advice_is_to_raise_what_was_passed_and_not_to_do_what_was_done() -> None:
    with pytest.raises(LimitExceeded) as caught:
        limits.check(ChangeLimits(max_changes=1, max_deactivations=0), 9, 2, ["a@d"])
    assert caught.value.advice == (
        "--diff shows what would be changed. If that is right, raise max_changes and max_deactivations."
    )
    with pytest.raises(LimitExceeded) as caught:
        limits.check(ChangeLimits(max_deactivations=0), 9, 2, ["a@d"])
    assert caught.value.advice.endswith("raise max_deactivations.")


@pytest.mark.parametrize(
    "most", ["5 percent", "%", "-1", -1, 1.5, True, "1.5", [], "1e3", "101%x", "100.1%", "200%", "9" * 10]
)
def test_what_is_no_number(most: Any) -> None:
    assert [problem.path for problem in limits.problems({"max_changes": most})] == [("max_changes",)]


@pytest.mark.parametrize(("name", "value"), [("max_deactivations", -1), ("max_failures", 0)])
def test_too_little(name: str, value: int) -> None:
    assert [problem.path for problem in limits.problems({name: value})] == [(name,)]


def test_failures_before_the_first_write() -> None:
    limits.check_failures(ChangeLimits(max_failures=3), 2)
    limits.check_failures(ChangeLimits(), 1000)
    with pytest.raises(LimitExceeded, match="Nothing was written: 3 subscribers failed"):
        limits.check_failures(ChangeLimits(max_failures=3), 3)
