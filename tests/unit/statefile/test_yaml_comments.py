# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments are taken out of an entry with the value that each is about, and put back where that is by then."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_comments import (
    GONE,
    Comment,
    attach,
    column_of,
    separate,
)

TEXT = """\
  # above
  - subscriber: a@x.example  # beside
    faxserver_settings:
      # the name
      name: "a # b"
      destinations:
        # first
        - destination: b@x.example
        - destination: c@x.example  # second
      # end
"""
LINES = TEXT.splitlines(keepends=True)


def test_separate() -> None:
    bare, comments = separate(LINES)
    assert (
        "".join(bare)
        == """\
  - subscriber: a@x.example
    faxserver_settings:
      name: "a # b"
      destinations:
        - destination: b@x.example
        - destination: c@x.example
"""
    )
    by_path = {(comment.path, comment.column > 0, comment.at_end): comment for comment in comments}
    assert by_path["[0].faxserver_settings.name", False, False].lines == ["      # the name\n"]
    assert by_path["[0].faxserver_settings.destinations[1]", True, False].lines == ["# second"]
    assert by_path["[0].faxserver_settings", False, True].lines == ["      # end\n"]
    # Above the first entry of a list it may be about the list.
    assert not by_path["[0].faxserver_settings.destinations[0]", False, False].is_sure


def test_what_was_separated_is_attached_again() -> None:
    bare, comments = separate(LINES)
    assert "".join(attach(bare, comments, {})) == TEXT


def test_a_comment_moves_with_its_value_and_goes_with_it() -> None:
    bare, comments = separate(LINES)
    lines = [line for line in bare if "b@x.example" not in line]
    destinations = "[0].faxserver_settings.destinations"
    text = "".join(attach(lines, comments, {f"{destinations}[0]": GONE, f"{destinations}[1]": "[0]"}))
    assert "c@x.example  # second\n" in text
    # It may have been about the list.
    assert "      # first\n      destinations:\n" in text


def test_a_comment_on_a_value_that_is_gone_is_dropped() -> None:
    comment = Comment("[0].name", ["    # the name\n"])
    lines = ["  - subscriber: a@x.example\n"]
    assert attach(lines, [comment], {}) == lines


def test_columns() -> None:
    assert column_of("    x\n") == 4
