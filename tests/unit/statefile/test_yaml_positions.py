# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The positions of options in a text."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Located, ParseError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_positions import (
    Positions,
    located,
)

TEXT = "subscriber: a\nfaxserver_settings:\n  destinations:\n    - destination: x\n      Zm6Qx7: y\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("subscriber",), 0),
        (("faxserver_settings", "destinations", 0, "destination"), 3),
        (("faxserver_settings", "destinations", 0, "#2"), 4),
        (("faxserver_settings", "destinations", 0, "filetype"), 3),
        (("faxserver_settings", "destinations", 7), 2),
        (("other",), None),
        ((), None),
    ],
)
def test_the_line_of_an_option_or_of_what_is_around_it(path: OptionPath, line: int | None) -> None:
    assert Positions(TEXT, ()).line(path) == line


def test_what_is_around_the_text_leads_to_its_options() -> None:
    assert Positions("t38: true\nt38: false\n", ("defaults",)).twice == [(("defaults", "t38"), 1)]


def test_a_key_that_may_be_a_secret_is_named_by_its_number() -> None:
    positions = Positions("{Zm6Qx7: 1, Zm6Qx7: 2}", ())
    assert positions.twice == [(("#2",), 0)]
    assert positions.columns[("#2",)] == 13


def test_a_text_that_cannot_be_read_to_its_end() -> None:
    assert Positions("a: 1\nb: [\n", ()).line(("b",)) == 1


def test_a_small_file_keeps_texts_as_they_stand() -> None:
    assert located("- id: 0017\n  reason: ~\n") == Located(
        0, [Located(0, {"id": Located(0, "0017"), "reason": Located(1, None)})]
    )
    assert located("") == Located(0, None)


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "[" * 30 + "]" * 30])
def test_a_small_file_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ParseError):
        located(text)
