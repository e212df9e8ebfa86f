# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in queries, as the server reads them (DateTime::Format::ISO8601), and time zones that it knows.

A time without a zone is in the server's, whatever `tz` says (docs/ngcp-api.md#reading-faxes).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from .errors import ApiError, crash

_D, _DD, _DDD = r"(\d)", r"(\d\d)", r"(\d{3})"
_YEAR = r"(\d{4})"

Day = Callable[..., datetime]


def _day(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=timezone.utc)


def _day_of_year(year: int, day: int) -> datetime:
    found = _day(year) + timedelta(days=day - 1)
    if found.year != year:
        raise ValueError(day)
    return found


def _day_of_week(year: int, week: int, day: int = 1) -> datetime:
    return datetime.fromisocalendar(year, week, day).replace(tzinfo=timezone.utc)


_CUT_OFF: Final = 49


def _year_of(year: int) -> int:
    """Return the year that two digits stand for."""
    return year + (2000 if year <= _CUT_OFF else 1900)


_ZONED: Final = r"(Z|[+-]\d\d(?::?\d\d)?)?"
_FRACTION: Final = r"(?:[.,]\d+)?"
_LONG: Final = rf"(\d\d):(\d\d)(?::(\d\d){_FRACTION})?" + _ZONED
_SHORT: Final = rf"(\d\d)(\d\d)(?:(\d\d){_FRACTION})?" + _ZONED
_WITH_TIME: Final[list[tuple[str, Day]]] = [
    (f"{_YEAR}-{_DD}-{_DD}T{_LONG}", _day),
    (f"{_YEAR}{_DD}{_DD}T{_SHORT}", _day),
    (rf"{_YEAR}-{_DDD}T(\d\d):(\d\d)()(Z)?", _day_of_year),
    (rf"{_YEAR}{_DDD}T(\d\d)(\d\d)()(Z)?", _day_of_year),
]
_DATES: Final[list[tuple[str, Day]]] = [
    (f"{_YEAR}-{_DD}-{_DD}", _day),
    (f"{_YEAR}{_DD}{_DD}", _day),
    (f"{_YEAR}-{_DD}", _day),
    (_YEAR, _day),
    (_DD, lambda century: _day(100 * century + 1)),
    (f"{_YEAR}-?{_DDD}", _day_of_year),
    (f"{_YEAR}-?W{_DD}-?{_D}", _day_of_week),
    (f"{_YEAR}-?W{_DD}", _day_of_week),
    (f"{_DD}-?{_DD}-?{_DD}", lambda year, month, day: _day(_year_of(year), month, day)),
    (f"{_DD}-?{_DDD}", lambda year, day: _day_of_year(_year_of(year), day)),
    (f"{_DD}-?W{_DD}-?{_D}", lambda year, week, day: _day_of_week(_year_of(year), week, day)),
    (f"{_DD}-?W{_DD}", lambda year, week: _day_of_week(_year_of(year), week)),
]
_TODAY: Final = f"T?{_LONG}"


def moment(value: str | None, zone: tzinfo, now: float) -> float:
    """Return the moment in seconds since 1970. Raises ApiError, a crash, if the server cannot read it.

    An hour that summer time leaves out does not exist; of one that comes twice, the second is meant.
    """
    try:
        return _read(value or "", zone, datetime.fromtimestamp(now, timezone.utc))
    except (ValueError, OverflowError):
        raise crash() from None


def _read(text: str, zone: tzinfo, now: datetime) -> float:
    text = f"{text}-01" if re.fullmatch(r"\d{4}-\d\d", text, re.ASCII) else text
    text = re.sub(r"^(\d{4}-\d\d-\d\d)\s+(\d.+)$", r"\1T\2", text, flags=re.ASCII)
    for pattern, day in _DATES:
        if found := re.fullmatch(pattern, text, re.ASCII):
            return _seconds(day(*map(int, found.groups())), None, zone)
    for pattern, day in _WITH_TIME:
        if found := re.fullmatch(pattern, text, re.ASCII):
            *date, hour, minute, second, offset = found.groups()
            return _seconds(day(*map(int, date)) + _time_of(hour, minute, second), offset, zone)
    if found := re.fullmatch(_TODAY, text, re.ASCII):
        hour, minute, second, offset = found.groups()
        return _seconds(_day(now.year, now.month, now.day) + _time_of(hour, minute, second), offset, zone)
    raise ValueError(text)


def _time_of(hour: str, minute: str, second: str | None) -> timedelta:
    return timedelta(hours=_within(hour, 23), minutes=_within(minute, 59), seconds=_within(second, 59))


def _within(digits: str | None, most: int) -> int:
    if int(digits or 0) > most:
        raise ValueError(digits)
    return int(digits or 0)


def _seconds(wall_clock: datetime, offset: str | None, zone: tzinfo) -> float:
    """Return the moment at which clocks show a time, in the zone of an offset or in the server's."""
    if offset:
        return wall_clock.timestamp() - (0 if offset == "Z" else _offset_of(offset))
    local = wall_clock.replace(tzinfo=zone, fold=1)
    if local.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=timezone.utc) != wall_clock:
        raise ValueError(wall_clock)
    return local.timestamp()


_OFFSET: Final = re.compile(r"([+-])?(?:(\d\d?):(\d\d)(?::(\d\d))?|(\d\d)(\d\d)(\d\d)?)", re.ASCII)


def _offset_of(text: str) -> int:
    """Return the seconds of an offset such as +01:00. Raises ValueError if it is none."""
    found = _OFFSET.fullmatch(text if len(text) > 3 else f"{text}00")
    if not found:
        raise ValueError(text)
    hours, minutes, seconds = (
        int(one or other or 0) for one, other in zip(found.group(2, 3, 4), found.group(5, 6, 7), strict=True)
    )
    return (-1 if found[1] == "-" else 1) * (3600 * hours + 60 * _within(str(minutes), 59) + _within(str(seconds), 59))


Show = Callable[[float], str]
"""Function that writes a moment as a clock shows it."""
FORMAT: Final = "%Y-%m-%d %H:%M:%S"
"""Format of all times in the API (docs/ngcp-api.md#times)."""


def shown_in(name: str, server_zone: tzinfo) -> Show:
    """Return a function that writes a moment as a clock in a zone shows it. Refuses unknown zones with 422."""
    if name in ("local", "floating"):
        return lambda seconds: text_of(seconds, server_zone)
    try:
        if name == "Z" or _OFFSET.fullmatch(name):
            offset = 0 if name == "Z" else _offset_of(name)
            return lambda seconds: text_of(seconds + offset)
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ApiError(422, "Query parameter 'tz' value is not a valid time zone") from None
    return lambda seconds: text_of(seconds, zone)


def text_of(seconds: float, zone: tzinfo = timezone.utc) -> str:
    """Write a moment like the API."""
    return datetime.fromtimestamp(seconds, zone).strftime(FORMAT)


def seconds_of(text: str, zone: tzinfo = timezone.utc) -> float:
    """Read a time that the API wrote."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=zone, fold=1).timestamp()
