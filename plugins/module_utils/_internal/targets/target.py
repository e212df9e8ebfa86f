# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subscriber that a run is about."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber


@dataclass(slots=True)
class Target:
    """A subscriber (None if nobody was found), and the entries about it: those of sets, and then its own."""

    subscriber: Subscriber | None
    entries: tuple[Entry, ...]

    def as_dict(self) -> JsonObject:
        """Who it is: the subscriber or, where nobody was found, what the entry itself tells."""
        if self.subscriber:
            return self.subscriber.as_dict()
        entry = self.entries[-1]
        username, _at, domain = str(entry.value).rpartition("@") if entry.kind == "subscriber" else (None, "", None)
        return {"id": None, "username": username, "domain": domain}

    @property
    def names(self) -> set[str]:
        """Of which settings the entries declare options."""
        return set().union(*(entry.names for entry in self.entries))

    @property
    def place(self) -> str | None:
        """Where the subscriber is named or, if it is in sets only, the last of them; None if no entry is about it."""
        return self.entries[-1].place if self.entries else None


def target_of(entry: Entry) -> Target:
    """Return whom an entry is about as far as it tells by itself, without a look-up."""
    return Target(Subscriber(int(entry.value)) if entry.kind == "subscriber_id" else None, (entry,))
