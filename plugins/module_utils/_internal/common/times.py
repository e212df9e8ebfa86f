# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write times and spans, as people write them and as the server does. No I/O.

All times here are `datetime` in UTC with their zone. A time written without a zone is UTC, too.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"(\d{1,9}[smhdw])+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?([zZ]|[+-]\d\d:\d\d)?)?")
# The format in which the server writes and accepts times (docs/ngcp-api.md#times, docs/ngcp-api.md#reading-faxes).
SERVER_FORMAT = "%Y-%m-%d %H:%M:%S"


def now() -> datetime:
    """Return the current time."""
    return datetime.now(timezone.utc)


class Reading(NamedTuple):
    """When something was read: for people, and on a clock that nobody sets."""

    at: datetime
    clock: float
    """Seconds on the monotonic clock of this machine."""

    @property
    def age(self) -> float:
        """How long ago it was, in seconds."""
        return time.monotonic() - self.clock


def reading() -> Reading:
    """Return the reading of this moment."""
    return Reading(now(), time.monotonic())


def span(text: str) -> timedelta:
    """Read a span such as `90d`, `24h` or `1d12h`: numbers with s, m (minutes), h, d or w. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError(f"'{text}' is not a span such as 90d, 24h or 1d12h (units: s, m for minutes, h, d, w)")
    parts = ((int(number), UNITS[unit]) for number, unit in re.findall(r"(\d+)([smhdw])", text))
    try:
        return sum((timedelta(**{unit: number}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f"'{text}' is out of range") from None


def moment(text: str, at: datetime) -> datetime:
    """Read a time: `2026-11-01`, `2026-11-01 08:00:00`, with `Z` or `+01:00` for its zone; or a span before `at`.

    Raises ValueError with a sentence.
    """
    if SPAN.fullmatch(text):
        try:
            return at - span(text)
        except OverflowError:
            raise ValueError(f"'{text}' is out of range") from None
    try:
        text = text.strip()
        if not MOMENT.fullmatch(text):  # newer releases of Python accept many other forms
            raise ValueError
        # Python 3.10 does not accept Z.
        written = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
        return written.replace(tzinfo=written.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(
            f"'{text}' is neither a time such as 2026-11-01 08:00:00 or 2026-11-01T08:00:00+01:00, nor a span such as "
            "24h or 7d"
        ) from None


def from_server(text: object) -> datetime | None:
    """Read a time that the server was asked for in UTC; None if it is not one."""
    try:
        return datetime.strptime(str(text), SERVER_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def to_server(at: datetime) -> str:
    """Return a time as the server expects it. The server reads it in its own zone, which it does not disclose."""
    # strftime writes the year 999 with three digits, for which the server crashes.
    return at.replace(tzinfo=None).isoformat(" ", "seconds")


def iso(at: datetime) -> str:
    """Return a time as ISO 8601 with its zone."""
    return at.isoformat(timespec="seconds")
