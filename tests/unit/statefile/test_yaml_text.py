# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state file is split at its entries, and put together as it was."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import yaml_text
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import refuse_all

TEXT = """\
# A head
version: 1
defaults:
  faxserver_settings: {t38: false}

subscribers:
  # The clinic
  - subscriber: a@x.example
    faxserver_settings:
      name: Clinic  # Ann

  - match: {domain: x.example}
    faxserver_settings: {ecm: false}
# The end
"""


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")], ids=["unix", "windows"])
def test_a_file_stays_as_it_is(text: str) -> None:
    assert str(yaml_text.parse(text, "a.yml", refuse_all)) == text


def test_what_a_file_says() -> None:
    parsed = yaml_text.parse(TEXT, "a.yml", refuse_all)
    first, second = parsed.blocks
    assert first.lead == ["  # The clinic\n"]
    assert (first.keys, first.place, first.has_comments) == ([("subscriber", "a@x.example")], "a.yml:8", True)
    assert (second.keys, second.has_comments) == ([], False)
    assert parsed.after == ["# The end\n"]
    assert parsed.defaults == {"faxserver_settings": {"t38": False}}
    assert parsed.sets == [({"domain": "x.example"}, {"faxserver_settings": {"ecm": False}})]


def test_a_new_file() -> None:
    assert str(yaml_text.new()) == "version: 1\nsubscribers: []\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\ufeffsubscribers: []\n", "begins with a byte order mark"),
        ("version: 1\n", "the list subscribers is missing, or is not in a line of its own"),
        ("subscribers: [{subscriber: a@x}]\n", "is missing, or is not in a line of its own"),
        ("subscribers:\n  - {subscriber: a@x\n", r"a\.yml:\d+: "),
        ("subscribers:\n  -\n    subscriber: a@x\n", "the entry does not begin with '- '"),
        ("subscribers:\n  - subscriber: a@x\n    subscriber: b@x\n", r"a\.yml:2: "),
        ('subscribers:\n  - subscriber: "a@x\x85"\n', "line breaks that YAML does not know"),
    ],
)
def test_a_file_that_cannot_be_updated(text: str, problem: str) -> None:
    with pytest.raises(BadOption, match=problem):
        yaml_text.parse(text, "a.yml", refuse_all)
