# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that no state file may hold."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import is_odd, may_name, odd_texts


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ("plain", []),
        ({"name": "{{ x }}", "t38": True}, [("at", "name")]),
        (
            {"destinations": [{"destination": "a"}, {"destination": "{% x %}"}]},
            [("at", "destinations", 1, "destination")],
        ),
        ({"Zm6Qx7canary": "\x07"}, [("at", "#1")]),
        (Secret("{{ x }}"), []),
    ],
)
def test_texts_inside_of_a_value(value: Any, paths: list[tuple[str | int, ...]]) -> None:
    assert [problem.path for problem in odd_texts(value, ("at",))] == paths


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", False),
        ("{{ a }}", True),
        ("}} {{", False),
        ("\ud800", True),
        (Secret("\x07{{ a }}"), False),
        (Secret("\ud800"), True),
    ],
)
def test_a_text_that_state_files_refuse(text: str, found: bool) -> None:
    assert is_odd(text) is found


@pytest.mark.parametrize(
    ("kind", "value", "may"),
    [
        ("subscriber", "a@x", True),
        ("subscriber", "*@x", False),
        ("subscriber", "{{ a }}@x", False),
        ("external_id", "a b", False),
        ("subscriber_id", 5, True),
    ],
)
def test_what_may_name_a_subscriber(kind: str, value: Any, may: bool) -> None:
    assert may_name(kind, value) is may
