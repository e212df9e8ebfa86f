# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modes of new files and folders: what is read, and which numbers nobody can have meant."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import file_modes


@pytest.mark.parametrize(
    ("name", "value", "mode"),
    [
        ("mode", "0640", 0o640),
        ("mode", "640", 0o640),
        ("mode", " 0o640 ", 0o640),
        ("mode", 0o640, 0o640),
        ("mode", "00444", 0o444),
        ("mode", "u=rw,g=r,o=", 0o640),
        ("mode", "g+r", 0o640),
        ("mode", "ug=rw, o=r", 0o664),
        ("mode", "a+r", 0o644),
        ("mode", "g+rX", 0o640),
        ("mode", "u-w", 0o400),
        ("directory_mode", "0750", 0o750),
        ("directory_mode", "2775", 0o2775),
        ("directory_mode", 0o755, 0o755),
        ("directory_mode", "g+rX", 0o750),
        ("directory_mode", "go=rx", 0o755),
    ],
)
def test_modes(name: str, value: object, mode: int) -> None:
    options = {name: value}
    assert list(file_modes.problems(options)) == []
    assert file_modes.parse(name, value) == mode
    read = file_modes.file_mode if name == "mode" else file_modes.folder_mode
    assert read(value) == mode


def test_without_modes_it_is_the_owners() -> None:
    assert (file_modes.file_mode(None), file_modes.folder_mode(None)) == (0o600, None)
    for options in ({}, {"mode": None, "directory_mode": None}):
        assert list(file_modes.problems(options)) == []


NO_MODES: list[tuple[str, object]] = [
    # Decimal digits that YAML has read as a decimal number, and the reverse: "0640" as 416, written as a text.
    *(("mode", number) for number in (600, 640, 644, 660, 664, 666)),
    *(("mode", text) for text in ("416", "420", "384", "432", "436", "438")),
    *(("directory_mode", number) for number in (700, 750, 755, 770, 775)),
    *(("directory_mode", text) for text in ("448", "488", "493", "504", "509", "0600", "u-x")),
    *(("mode", text) for text in ("", "0888", "preserve", "u=g", "rw", "0200", "0046")),
    ("mode", -1),
    ("mode", 1 << 12),
    ("mode", True),
    ("mode", 6.4),
    ("mode", []),
]


@pytest.mark.parametrize(("name", "value"), NO_MODES)
def test_what_is_no_mode(name: str, value: object) -> None:
    (problem,) = file_modes.problems({name: value})
    assert problem.path == (name,)
    assert problem.text.startswith("must be an octal number in quotes, such as ")
    assert f"not '{value}'" in problem.text
