# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subscriber that a run is about."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person, Subscriber


@dataclass(slots=True)
class Target:
    """A subscriber, and the entries about it."""

    subscriber: Subscriber | None
    """None if nobody was found."""
    entries: tuple[Entry, ...]
    """Entries of sets first, then the subscriber's own."""
    is_unverified: bool = False
    """True if it was found by its id alone, although its entry gives a name, too."""
    stale_id: int | None = None
    """The id that its entry gives, if it is gone or somebody else's."""

    def as_dict(self) -> Person:
        """Return the keys of a result that name the subscriber; if none was found, with what the entry says."""
        if self.subscriber:
            return self.subscriber.as_dict()
        entry = self.entries[-1]
        return {"subscriber_id": None, "subscriber": entry.selector.subscriber if entry.kind != "match" else None}

    @property
    def names(self) -> set[str]:
        """The modules whose settings the entries declare."""
        return set().union(*(entry.names for entry in self.entries))

    @property
    def place(self) -> str | None:
        """The place of its own entry, or of the last set that it is in; None if no entry is about it."""
        return self.entries[-1].place if self.entries else None


def target_of(entry: Entry) -> Target:
    """Return the target of an entry as far as it is known without a look-up."""
    return Target(by_id(entry) if entry.kind == "subscriber_id" else None, (entry,), entry.name is not None)


def by_id(entry: Entry) -> Subscriber:
    """Return the subscriber of an entry with an id: with the name that the entry gives, which may be wrong."""
    return Subscriber(int(entry.value), entry.selector.subscriber)
