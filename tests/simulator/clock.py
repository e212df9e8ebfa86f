# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clock of the server, which a test can move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from .moments import moment, seconds_of, text_of


class Clock:
    """Clock that runs at a distance from the machine's clock, which a test sets, in the server's time zone."""

    def __init__(self, zone_name: Callable[[], str] = lambda: "UTC") -> None:
        self._offset = 0.0
        self._zone_name = zone_name

    @property
    def zone(self) -> ZoneInfo:
        """Return the server's time zone."""
        return ZoneInfo(self._zone_name())

    def now(self) -> float:
        """Return the seconds since the epoch by this clock."""
        return time.time() + self._offset

    def text(self, seconds: float | None = None) -> str:
        """Return a time, now if none is given, as the API writes it."""
        return text_of(self.now() if seconds is None else seconds, self.zone)

    def iso_text(self) -> str:
        """Return the time as the API writes those of subscribers, with the offset of the zone."""
        return datetime.fromtimestamp(self.now(), self.zone).isoformat(timespec="seconds")

    def seconds(self, text: str) -> float:
        """Read a time that the API wrote."""
        return seconds_of(text, self.zone)

    def moment(self, value: str | None) -> float:
        """Read a time of a query. Raises ApiError if the server cannot."""
        return moment(value, self.zone, self.now())

    def set(self, seconds: float) -> None:
        """Set the clock to a time."""
        self._offset = seconds - time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._offset += seconds

    def reset(self) -> None:
        """Return to the machine's time."""
        self._offset = 0.0
