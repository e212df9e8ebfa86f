# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A problem is a value, and says where it is and what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, dotted


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("name",), "name"),
        (("destinations", 0), "destinations[0]"),
        (("faxserver_settings", "destinations", 12, "filetype"), "faxserver_settings.destinations[12].filetype"),
        ((3, "a"), "[3].a"),
    ],
)
def test_a_path_as_people_write_it(path: OptionPath, text: str) -> None:
    assert dotted(path) == text


def test_the_sentence_of_a_problem() -> None:
    problem = Problem(("limit",), "must be at least 1, not 0.")
    assert str(problem) == "limit must be at least 1, not 0."
    assert str(replace(problem, after=": ")) == "limit: must be at least 1, not 0."
    assert str(Problem((), "Nothing is declared.")) == "Nothing is declared."


def test_a_problem_says_in_which_entry_it_is_and_its_sentence_does_not() -> None:
    problem = Problem(("t38",), "must be true or false.", place="a.yml:3", name="a@x.example")
    assert str(problem) == "a.yml:3: a@x.example: t38 must be true or false."
    assert problem.sentence == "t38 must be true or false."
    assert str(replace(problem, name="")) == "a.yml:3: t38 must be true or false."


def test_a_problem_seen_from_outside() -> None:
    assert Problem(("domain",), "must be a text.").below("subscribers", 2, "match").path == (
        "subscribers",
        2,
        "match",
        "domain",
    )


def test_half_a_character_is_escaped() -> None:
    assert str(Problem(("\ud800",), "is not an option.")) == "\\ud800 is not an option."
