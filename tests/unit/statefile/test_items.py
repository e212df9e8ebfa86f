# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The items that every reader of state files yields."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Item, ParseError, Span, secrets


def test_the_secrets_inside_of_a_value() -> None:
    a, b = Secret("a"), Secret("b")
    assert secrets({"x": a, "y": [{"z": b}, "plain"], "w": None}) == [a, b]
    assert secrets("plain") == []


def test_an_item_is_whole_unless_something_is_said() -> None:
    item = Item("version", Span(0, 0, 0, 10), 1)
    assert (item.whole, item.twice, list(item.problems)) == (True, False, [])


def test_a_parse_error_keeps_its_lines() -> None:
    assert ParseError((1, "a"), (2, "b")).problems == ((1, "a"), (2, "b"))
