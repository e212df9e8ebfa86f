# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems of a baseline file, with their places."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift import baseline_file


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1", "b.yml:1: A baseline is a list of entries"),
        ("- {", "b.yml:1: The YAML is wrong at column "),
        ("-\n  id: 012345678901\n  why: x\n  reason: y\n  expires: 2026-01-01", "b.yml:3: why is not a key of a"),
        ("- id: 012345678901\n  reason: y\n  expires: 2026-02-30", "b.yml:3: expires must be a day such as"),
        ("- id: 012345678901\n  expires: 2026-01-01", "b.yml:1: reason is missing"),
        ("- id: 012345678901\n  reason: y", "b.yml:1: expires is missing"),
        ("- id: short\n  reason: y\n  expires: 2026-01-01", "b.yml:1: id must be that of a row"),
        ("- subscriber_id: 2\n  reason: y\n  expires: 2026-01-01", "b.yml:1: settings and field are missing"),
        ("- id: 012345678901\n  actual: [a]\n  reason: y", "b.yml:2: actual must be a value as the row shows it"),
        (
            "- subscriber_id: 2\n  settings: faxserver_settings\n  field: password\n  actual: open\n  reason: y",
            "b.yml:4: actual: of a secret a row shows (changed), or null where none is set.",
        ),
        ("- reason: y\n  expires: 2026-01-01", "b.yml:1: The entry says nothing of whom it is about"),
    ],
)
def test_what_is_wrong_with_a_baseline(text: str, problem: str) -> None:
    _accepted, (first, *_more) = baseline_file.read(text, "b.yml")
    assert str(first).startswith(problem)


def test_the_same_accepted_twice_names_both_places() -> None:
    entry = "- id: 012345678901\n  reason: y\n  expires: 2026-01-01\n"
    _accepted, problems = baseline_file.read(entry + entry, "b.yml")
    assert list(map(str, problems)) == ["b.yml:4: The same is accepted already at b.yml:1; keep one of them."]
