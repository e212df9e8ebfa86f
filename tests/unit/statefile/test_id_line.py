# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The id of an entry is written into its text, and every other byte stays."""

from __future__ import annotations

import difflib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.id_line import with_id

NAME = "a@x.example"
QUOTES = st.sampled_from(["{}", "'{}'", '"{}"'])
BLANKS = st.sampled_from(["", " ", "   "])
COMMENTS = st.sampled_from(["", " # subscriber: b@x.example", "  # {ask, Ann}"])


@st.composite
def entries(draw: st.DrawFn) -> tuple[str, bool]:
    """An entry that is named by `subscriber`, and whether it is a flow mapping."""
    key, value = draw(QUOTES).format("subscriber"), draw(QUOTES).format(NAME)
    name = f"{key}{draw(BLANKS)}: {draw(BLANKS)}{value}"
    indent, dash = " " * draw(st.integers(0, 4)), f"-{' ' * draw(st.integers(1, 4))}"
    before, after = draw(st.sampled_from([(0, 1), (1, 0), (1, 1)]))
    others = ["faxserver_settings: {name: 'subscriber: d@x.example'}", "mailtofax_settings: {active: true}"]
    if draw(st.booleans()):
        parts = [*others[:before], name, *others[1 : 1 + after]]
        return f"{indent}{dash}{{{', '.join(parts)}}}{draw(COMMENTS)}\n", True
    lines = [*others[:before], name + draw(COMMENTS), *others[1 : 1 + after]]
    keys = " " * (len(indent) + len(dash))
    end = draw(st.sampled_from(["\n", ""]))
    return indent + dash + f"\n{keys}".join(lines) + end, False


def added(before: str, after: str) -> str:
    """Return what was added; the rest must be the same."""
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    assert {step[0] for step in steps} <= {"equal", "insert"}
    return "".join(after[step[3] : step[4]] for step in steps if step[0] == "insert")


@given(entries())
def test_an_id_is_added_beside_the_name(made: tuple[str, bool]) -> None:
    text, is_flow = made
    lines = with_id(text.splitlines(keepends=True), "subscriber", 7, has_one=False)
    assert lines is not None
    assert yaml.safe_load("".join(lines)) == [{**yaml.safe_load(text)[0], "subscriber_id": 7}]
    assert len(added(text, "".join(lines)).strip(", \n")) == len("subscriber_id: 7")
    if not is_flow:
        assert len(lines) == len(text.splitlines()) + 1
    # A stale one gets other digits.
    again = with_id(lines, "subscriber", 1234, has_one=True)
    assert "".join(again or ()) == "".join(lines).replace("subscriber_id: 7", "subscriber_id: 1234")


@pytest.mark.parametrize(
    "text",
    [
        "- subscriber: >-\n    a@x.example\n",
        "- subscriber: *name\n",
        "- <<: *all\n",
        "-\n  subscriber: a@x.example\n",
        "- ? subscriber\n  : a@x.example\n",
        "- {subscriber: a@x.example, <<: {subscriber: a@x.example}}\n",
    ],
)
def test_what_is_not_understood_is_left_to_the_writer(text: str) -> None:
    assert with_id(text.splitlines(keepends=True), "subscriber", 7, has_one=False) is None
