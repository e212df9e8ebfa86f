# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes on a run."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes


def test_without_secrets_there_is_no_note() -> None:
    assert notes.left_to_renewal([]) == []


def test_one_secret() -> None:
    (note,) = notes.left_to_renewal(["user1@d.example"])
    assert note.startswith("1 declared secret is left to the platform's renewal and not set (user1@d.example). ")
    assert "to set it, or on_create to leave it alone" in note


def test_of_many_secrets_the_first_owners_are_named() -> None:
    (note,) = notes.left_to_renewal([f"user{number}" for number in range(1_012)])
    assert note.startswith("1,012 declared secrets are left")
    assert "user9 and 1,002 more)" in note


def test_a_closed_journal_names_the_status() -> None:
    assert "(HTTP 403)" in notes.no_authors(403)
