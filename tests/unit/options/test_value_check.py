# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of values by their type."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import check_of, checks_of

ENTRIES = {"type": "list", "elements": "dict", "options": {"name": {"type": "str"}, "on": {"type": "bool"}}}
CHOICE = {"type": "str", "choices": ["a", "b"]}
YAML = "put it in quotes, because YAML may have read it as another number"


def told(option: dict[str, Any], value: Any) -> list[str]:
    return list(map(str, check_of(option).problems(("x",), value)))


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ({"type": "str"}, "text", None),
        ({"type": "str"}, None, None),
        ({"type": "str"}, 17, f"x must be a text; {YAML}."),
        ({"type": "path"}, ["a"], "x must be a text."),
        (CHOICE, "a", None),
        (CHOICE, "c", "x must be one of a, b, not 'c'."),
        (CHOICE, ["a"], "x must be one of a, b."),
        (CHOICE, Secret("s3cret"), "x must be one of a, b, not 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER'."),
        ({"type": "bool"}, "Yes", None),
        ({"type": "bool"}, 1.0, None),
        ({"type": "bool"}, 2, "x must be true or false, not '2'."),
        ({"type": "bool"}, "Zm6Qx7canary", "x must be true or false."),
        ({"type": "int"}, 5, None),
        ({"type": "int"}, " 5 ", None),
        ({"type": "int"}, True, "x must be a number."),
        ({"type": "int"}, math.inf, "x must be a number."),
        ({"type": "int"}, math.nan, "x must be a number."),
        ({"type": "int"}, "1_0", "x must be a number."),
        ({"type": "int"}, "five", "x must be a number, not 'five'."),
        ({"type": "list", "elements": "int"}, [1, 2], None),
        ({"type": "list", "elements": "int"}, [1, True], "x must be numbers."),
        ({"type": "list", "elements": "int"}, [1, -math.inf], "x must be numbers."),
        ({"type": "list", "elements": "str"}, "a,b", None),
        ({"type": "list", "elements": "str"}, ["a", None], None),
        ({"type": "list", "elements": "path"}, ["a", 7], f"x[1] must be a text; {YAML}."),
        (
            {"type": "list", "elements": "str"},
            7,
            "x must be a list of texts; put them in quotes, because YAML may have read other numbers.",
        ),
        (ENTRIES, [{"name": "a"}, {}], None),
        (ENTRIES, {"name": "a"}, "x must be a list of mappings, each with name, on."),
        (ENTRIES, ["a"], "x must be a list of mappings, each with name, on."),
        (ENTRIES, [{"nam": "a"}], "x[0].nam is not an option; an element has name, on."),
        (ENTRIES, [{}, {"on": "maybe"}], "x[1].on must be true or false, not 'maybe'."),
        ({"type": "float"}, "anything", None),
    ],
)
def test_what_is_wrong_with_a_value(option: dict[str, Any], value: Any, problem: str | None) -> None:
    assert told(option, value) == ([problem] if problem else [])


def test_a_problem_has_the_path_of_its_value() -> None:
    (problem,) = check_of(ENTRIES).wrong_type(("defaults", "list"), [{}, {"name": 5}])
    assert problem.path == ("defaults", "list", 1, "name")


@pytest.mark.parametrize(
    ("option", "value", "normal"),
    [
        ({"type": "bool"}, "off", False),
        ({"type": "bool"}, 1, True),
        ({"type": "bool"}, None, None),
        ({"type": "int"}, " 5 ", 5),
        ({"type": "str"}, "5", "5"),
        (ENTRIES, [{"name": None, "on": "T"}], [{"on": True}]),
        (ENTRIES, None, None),
    ],
)
def test_a_value_as_ansible_gives_it_to_a_module(option: dict[str, Any], value: Any, normal: Any) -> None:
    found = check_of(option).normalized(value)
    assert (found, type(found)) == (normal, type(normal))


def test_every_option_has_a_check() -> None:
    assert checks_of({"a": {"type": "str"}, "b": ENTRIES}).keys() == {"a", "b"}
