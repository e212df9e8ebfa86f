# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every YAML reader reads the written YAML back unchanged."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import (
    flow,
    is_plain,
    lines_of,
    scalar,
)

scalars = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))


@given(scalars)
def test_a_value_is_read_as_it_was(value: Any) -> None:
    assert yaml.safe_load(scalar(value)) == value
    assert yaml.safe_load(flow(value)) == value
    assert "\n" not in scalar(value)


@pytest.mark.parametrize("text", ["yes", "Off", "null", "007", "1e3", "0x1F", "+43", "a: b", "# x", "", " x", "12:30"])
def test_what_a_reader_may_misunderstand_is_quoted(text: str) -> None:
    assert not is_plain(text)
    assert scalar(text) == f'"{text}"'


@pytest.mark.parametrize("text", ["Clinic", "Clinic Two", "fax@example.com", "4you@example.com"])
def test_words_and_addresses_need_no_quotes(text: str) -> None:
    assert scalar(text) == text


def test_invisible_characters_are_escaped() -> None:
    assert scalar("a\u200bb\x7f") == '"a\\u200bb\\u007f"'


def test_an_entry_in_block_style() -> None:
    raw = {
        "subscriber": "a@x.example",
        "faxserver_settings": {
            "name": None,
            "password": Secret("x"),
            "destinations": [{"destination": "b", "n": 1}, {}],
        },
        "mailtofax_settings": {"acl": []},
    }
    assert list(lines_of(raw, lambda text: f"$VAULT\n{text}61\n")) == [
        "- subscriber: a@x.example",
        "  faxserver_settings:",
        "    name: null",
        "    password: !vault |",
        "      $VAULT",
        "      x61",
        "    destinations:",
        "      - destination: b",
        "        n: 1",
        "      - {}",
        "  mailtofax_settings:",
        "    acl: []",
    ]
