# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes of a run: sentences that the user should read although nothing is wrong. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 10
"""How many subscribers a sentence names."""


def left_to_renewal(names: Sequence[str]) -> list[str]:
    """Return the sentence about declared secrets that differ on the server and are left to its own renewal.

    `names` holds the owner of each such secret; the list is empty if `names` is.
    """
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    count = "1 declared secret is" if len(names) == 1 else f"{len(names):,} declared secrets are"
    them = "it" if len(names) == 1 else "them"
    what = f"{count} left to the platform's renewal and not set ({', '.join(names[:MOST_NAMED])}{more})."
    advice = f"Give update_secret_key: always to set {them}, or on_create to leave {them} alone without this note."
    return [f"{what} {advice}"]


def not_verified(count: int) -> list[str]:
    """Return the sentence about subscribers that were found by id alone although their entries give a name, too."""
    if not count:
        return []
    if count == 1:
        return ["1 subscriber was found by its id alone: its name was not verified."]
    return [f"{count:,} subscribers were found by their ids alone: their names were not verified."]


def renumbered(places: Sequence[str]) -> list[str]:
    """Return the sentence about entries that give a stale id. `places` holds the place of each."""
    if not places:
        return []
    more = f" and {len(places) - MOST_NAMED:,} more" if len(places) > MOST_NAMED else ""
    count = "1 entry gives" if len(places) == 1 else f"{len(places):,} entries give"
    what = f"{count} an id that is gone or somebody else's by now, so the name was used"
    return [f"{what} ({', '.join(places[:MOST_NAMED])}{more}). Correct the id; an export does that, too."]


def changed_meanwhile(names: Sequence[str]) -> list[str]:
    """Return the sentence about undeclared fields that somebody else changed between the reading and the write.

    `names` holds each subscriber with its fields.
    """
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return [f"Somebody else changed settings meanwhile that are not declared ({'; '.join(names[:MOST_NAMED])}{more})."]


def no_authors(status: int) -> str:
    """Return the sentence that this login may not read the settings journal. `status` is that of the answer."""
    return (
        "The report names no authors: the server shows the journal of the settings to administrators only, "
        f"and not to this login (HTTP {status})."
    )
