# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes of different subscribers at the same moment, which deadlock in the panel's database.

Each write deletes and re-creates rows under gap locks. Seen for 200 first writes by 4 connections: 55 deadlocks where
neighbouring ids are written at once, 16 where the order is shuffled, 6 where each connection has its own block of ids.
By 2 connections there are none, and once rows exist it is rare.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

NEAR: Final = 7
"""Largest distance of ids that count as neighbours."""
CROWD: Final = 3
"""Number of concurrent first writes from which they deadlock."""
RATES: Final = {True: 55 / 200, False: 6 / 200}
"""Share of writes that deadlock, beside a neighbour and otherwise. Shuffled ids meet a neighbour now and then."""


@dataclass(slots=True)
class Deadlocks:
    """Deadlocks of one resource, not at random: as many writes as the rates say, evenly spread."""

    under_way: list[int] = field(default_factory=list)
    """Subscribers whose first write is in progress."""
    neighbours: int = 0
    """Number of first writes that began during the first write of a neighbour."""
    due: dict[bool, float] = field(default_factory=lambda: {True: 0.5, False: 0.97})
    """Fraction of the next deadlock that has accumulated. The first one away from neighbours comes early."""
    any_due: float = 0.0
    """Fraction of the next deadlock by a given rate that has accumulated."""

    @contextmanager
    def writing(self, subscriber_id: int) -> Iterator[bool]:
        """Hold a place for one first write. Yields whether it deadlocks."""
        near = any(abs(subscriber_id - other) <= NEAR for other in self.under_way)
        self.neighbours += near
        self.under_way.append(subscriber_id)
        deadlocked = False
        if len(self.under_way) >= CROWD:
            self.due[near] += RATES[near]
            deadlocked = self.due[near] >= 1
            self.due[near] -= deadlocked
        try:
            yield deadlocked
        finally:
            self.under_way.remove(subscriber_id)

    def is_due(self, percentage: int) -> bool:
        """Return whether a write deadlocks if so many do, whoever else writes: evenly spread, too."""
        self.any_due += percentage / 100
        is_due = self.any_due >= 1
        self.any_due -= is_due
        return is_due
