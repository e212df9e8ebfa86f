# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same mistake at many places is said once."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.problems import MOST_PLACES, merged

WRONG = Problem(("t38",), "must be true or false.", place="a.yml:1", name="a@x", repeats=True)


def test_a_mistake_at_one_place_is_said_as_it_is() -> None:
    assert merged([WRONG]) == ["a.yml:1: a@x: t38 must be true or false."]


def test_the_same_at_two_places() -> None:
    assert merged([WRONG, replace(WRONG, place="a.yml:2", name="b@x")]) == [
        "a.yml:1: a@x: t38 must be true or false. The same at 1 more place: a.yml:2."
    ]


def test_some_of_many_places_are_named() -> None:
    many = [replace(WRONG, place=f"a.yml:{line}") for line in range(1, 1501)]
    (sentence,) = merged(many)
    places = ", ".join(f"a.yml:{line}" for line in range(2, 2 + MOST_PLACES))
    assert sentence.endswith(f"The same at 1,499 more places: {places}, …")


def test_what_is_said_of_one_entry_only_is_said_each_time() -> None:
    assert len(merged([replace(WRONG, repeats=False), replace(WRONG, repeats=False, place="b.yml:2")])) == 2
