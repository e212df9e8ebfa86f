# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's clock, which a test can move."""

from __future__ import annotations

import time
from datetime import datetime, timezone

FORMAT = "%Y-%m-%d %H:%M:%S"
"""How the API writes every time (docs/ngcp-api.md#times). The simulated server's zone is UTC."""


def text_of(seconds: float) -> str:
    """Write a time as the API does."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(FORMAT)


def seconds_of(text: str) -> float:
    """Read a time as the API writes it."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=timezone.utc).timestamp()


class Clock:
    """Runs with the machine's clock, at a distance that a test sets."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the server believes."""
        return time.time() + self._offset

    def text(self) -> str:
        """The same as the API writes it."""
        return text_of(self.now())

    def set(self, seconds: float) -> None:
        """Put the clock to a time."""
        self._offset = seconds - time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._offset += seconds

    def reset(self) -> None:
        """Back to the machine's time."""
        self._offset = 0.0
