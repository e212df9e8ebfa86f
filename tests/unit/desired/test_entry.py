# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry: whom it names, and what several say of one subscriber."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import (
    Entries,
    Entry,
    combined,
    layers,
    named_twice,
    places_of,
    repeated,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector


def entry(
    kind: str = "subscriber", value: Any = "a@x", text: str = "{}", place: str = "a.yml:1", below: Any = ()
) -> Entry:
    return Entry(place, kind, value, text, below)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("subscriber", "a@x", "a@x"),
        ("subscriber_id", 5, "subscriber_id 5"),
        ("match", {"domain": "x", "customer_id": 7}, "match domain x, customer_id 7"),
    ],
)
def test_what_an_entry_is_called(kind: str, value: Any, text: str) -> None:
    assert str(entry(kind, value)) == text


def test_the_options_that_name_the_subscriber_of_an_entry() -> None:
    assert entry().selector == Selector(subscriber="a@x")
    assert entry("subscriber_id", 5).selector == Selector(subscriber_id=5)


def test_what_an_entry_declares_itself_and_with_what_is_below_it() -> None:
    below = [("a.yml:0", {"mailtofax_settings": {"active": True}, "faxserver_settings": {"name": "below"}})]
    one = entry(text='{"faxserver_settings":{"name":"own"}}', below=below)
    assert one.own == {"faxserver_settings": {"name": "own"}}
    assert one.names == {"faxserver_settings", "mailtofax_settings"}
    assert one.declared == {"mailtofax_settings": {"active": True}, "faxserver_settings": {"name": "own"}}
    assert entry(text='{"faxserver_settings":{}}').names == {"faxserver_settings"}


def test_two_entries_of_one_subscriber_are_a_problem_and_two_of_a_set_are_not() -> None:
    named = [
        entry(),
        entry(value="A@X", place="b.yml:2"),
        entry("match", {"domain": "x"}),
        entry("match", {"domain": "x"}),
    ]
    assert list(repeated(named)) == [named_twice("A@X", "a.yml:1", "b.yml:2")]
    assert str(named_twice("a@x", "a.yml:1", "b.yml:2")) == (
        "b.yml:2: a@x is named already at a.yml:1; keep one entry of each subscriber."
    )


def test_a_mode_below_does_not_make_the_list_above_an_addition() -> None:
    low = {"faxserver_settings": {"destinations": [1], "destinations_mode": "add", "t38": True}}
    assert combined([low, {"faxserver_settings": {"destinations": [2]}}]) == {
        "faxserver_settings": {"destinations": [2], "t38": True}
    }
    assert combined([low]) == low


def test_the_entry_of_a_subscriber_is_above_its_sets_and_each_option_knows_its_place() -> None:
    own = entry(text='{"faxserver_settings":{"name":"own"}}')
    wide = entry("match", {"domain": "x"}, '{"faxserver_settings":{"name":"set","t38":true}}', "b.yml:1")
    found = layers([own, wide])
    assert [place for place, _settings in found] == ["b.yml:1", "a.yml:1"]
    assert places_of(found) == {"faxserver_settings": {"name": "a.yml:1", "t38": "b.yml:1"}}


def test_entries_keep_what_is_wrong_with_the_others() -> None:
    problem = named_twice("a", "b", "c")
    assert Entries([entry()], [problem]).problems == [problem]
    assert Entries().problems == []
