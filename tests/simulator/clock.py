# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clock of the server, which a test can move."""

from __future__ import annotations

import time
from datetime import datetime, timezone

FORMAT = "%Y-%m-%d %H:%M:%S"
"""Format of all times in the API (docs/ngcp-api.md#times). The simulated server's zone is UTC."""


def text_of(seconds: float) -> str:
    """Format a time like the API."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(FORMAT)


def iso_text(text: str) -> str:
    """Return a time of the API as the API shows those of subscribers."""
    return f"{text.replace(' ', 'T')}+00:00"


def seconds_of(text: str) -> float:
    """Parse a time that the API formatted."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=timezone.utc).timestamp()


class Clock:
    """Clock that runs at a distance from the machine's clock, which a test sets."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Return the seconds since the epoch by this clock."""
        return time.time() + self._offset

    def text(self) -> str:
        """Return the time as the API formats it."""
        return text_of(self.now())

    def set(self, seconds: float) -> None:
        """Set the clock to a time."""
        self._offset = seconds - time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._offset += seconds

    def reset(self) -> None:
        """Return to the machine's time."""
        self._offset = 0.0
