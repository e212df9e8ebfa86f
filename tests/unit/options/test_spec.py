# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's options: read as frozen dataclasses, and checked before any request."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import NAME_OPTIONS, SELECTOR
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec, group, read_options, spec


@dataclass(frozen=True)
class Paging:
    page_size: int = 100
    workers: int = 4


@dataclass(frozen=True)
class Options:
    paging: Paging = field(metadata=group(Paging))
    name: str
    limit: int | None = None


def test_options_are_read_as_a_dataclass_and_its_groups() -> None:
    given = {"name": "x", "workers": 2, "api_url": "https://x.example"}
    assert read_options(Options, given) == Options(Paging(100, 2), "x")


def test_an_option_without_a_default_must_be_there() -> None:
    with pytest.raises(TypeError, match="name"):
        read_options(Options, {})


def test_only_the_first_problem_of_a_malformed_option_is_kept_and_none_of_the_modules_own() -> None:
    made = Spec(
        options={"a": {"type": "list", "elements": "str"}, "b": {"type": "int"}, "c": {"type": "str"}},
        clears=frozenset(),
        checks=(),
        own=frozenset({"c"}),
    )
    assert made.malformed({"a": [1, 2], "b": True, "c": 5}) == {
        "a": next(iter(made.malformed({"a": [1]}).values())),
        "b": Problem(("b",), "must be a number."),
    }


@pytest.mark.parametrize(("selector", "one_of"), [(True, (tuple(SELECTOR),)), (False, ()), (None, ())])
def test_a_spec_takes_the_connection_and_a_selector(selector: bool | None, one_of: tuple[tuple[str, ...], ...]) -> None:
    made = spec({"x": {"type": "str"}}, lambda options: iter(()), selector=selector)
    assert made.options.keys() == {*CONNECTION, "x", *(SELECTOR if selector is not None else ())}
    assert made.required_one_of == one_of
    assert made.mutually_exclusive == (() if selector is None else (NAME_OPTIONS,))
