# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update changes the entries that must change, and leaves every other byte as it is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import editor, yaml_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import refuse_all
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import DesiredEntry, StateText

TEXT = """\
version: 1
subscribers:
  # About a

  # Above a
  - subscriber: a@x.example
    faxserver_settings: {name: 'A'}
  - subscriber: c@x.example
    faxserver_settings:
      name: C
"""


def entry(user: str, **settings: Any) -> DesiredEntry:
    value = f"{user}@x.example"
    keys = (SubscriberKey.of("subscriber", value),)
    return DesiredEntry("subscriber", value, {"faxserver_settings": settings}, (user,), keys)


def parsed() -> StateText:
    return yaml_text.parse(TEXT, "a.yml", refuse_all)


def update(*entries: DesiredEntry, keeps: bool = False) -> str:
    return str(editor.update(parsed(), [], entries, lambda block: keeps, lambda text: f"$VAULT\n{text.encode().hex()}"))


def test_what_is_right_stays_as_it_is_written() -> None:
    assert update(entry("a", name="A"), entry("c", name="C")) == TEXT


def test_a_change_an_addition_and_a_removal() -> None:
    """A removed entry takes its own comments with it; those set apart above them stay."""
    assert (
        update(entry("b", name="B"), entry("c", name="Clinic", t38=True))
        == """\
version: 1
subscribers:
  - subscriber: b@x.example
    faxserver_settings:
      name: B
  # About a
  - subscriber: c@x.example
    faxserver_settings:
      name: Clinic
      t38: true
"""
    )


def test_entries_of_others_stay_if_they_are_kept() -> None:
    assert update(keeps=True) == TEXT
    assert (
        update(entry("d", name="D"), keeps=True)
        == f"{TEXT}  - subscriber: d@x.example\n    faxserver_settings:\n      name: D\n"
    )
    assert update().startswith("version: 1\nsubscribers: []\n")


def test_a_head_is_replaced() -> None:
    once = editor.update(parsed(), ["one."], [], lambda block: True, str)
    twice = editor.update(once, ["two.", "three."], [], lambda block: True, str)
    assert once.head == ["one."]
    assert twice.head == ["two.", "three."]


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ({"name": "A"}, True),
        ({"name": "B"}, False),
        ({}, False),
        ({"name": "A", "t38": True}, False),
        ({"name": Secret("A")}, False),
    ],
    ids=str,
)
def test_whether_an_entry_says_what_it_must(found: dict[str, Any], same: bool) -> None:
    value = {"subscriber": "A@X.example", "faxserver_settings": found}
    assert editor.holds(value, entry("a", name="A")) is same


def test_a_number_does_not_stand_for_a_text() -> None:
    value = {"subscriber": "a@x.example", "faxserver_settings": {"name": 17}}
    assert not editor.holds(value, entry("a", name="17"))


def test_a_diff_masks_secrets_and_marks_changed_ones() -> None:
    before, after = (
        editor.update(yaml_text.new(), [], [entry("a", name="A", password=Secret(text))], lambda block: False, str)
        for text in ("one", "two")
    )
    texts = editor.masked_texts(before, after)
    assert "one" not in texts["before"]
    assert "two" not in texts["after"]
    assert texts["before"] != texts["after"]
    assert editor.masked_texts(before, before)["before"] == editor.masked_texts(before, before)["after"]
