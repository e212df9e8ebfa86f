# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments and spans: every way to write them, and what is none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times

# Years below have fewer digits than the server takes.
FOUR_DIGITS = datetime(1000, 1, 1)  # noqa: DTZ001  # as hypothesis wants it
AT = datetime(2026, 11, 24, 12, 30, 15, tzinfo=timezone.utc)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]  # no more than seven parts


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("24h", timedelta(hours=24)),
        ("90d", timedelta(days=90)),
        ("2w", timedelta(weeks=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("5s4m", timedelta(minutes=4, seconds=5)),
        ("1h1h", timedelta(hours=2)),
        ("007d", timedelta(days=7)),
        ("0d", timedelta()),
        ("999999999d", timedelta(days=999999999)),
    ],
)
def test_spans(text: str, span: timedelta) -> None:
    assert times.span(text) == span


@pytest.mark.parametrize(
    "text",
    ["", "d", "5", "d5", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1d\n", "1D", "5y", "1d,2h", "1234567890s", "null"],
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is not a span such as 90d, 24h or 1d12h"):
        times.span(text)


@pytest.mark.parametrize("text", ["999999999w", "999999999d999999999d"])
def test_a_span_longer_than_a_calendar(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' is out of range$"):
        times.span(text)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(sorted(times.UNITS))), min_size=1, max_size=6))
def test_a_span_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    text = "".join(f"{number}{unit}" for number, unit in parts)
    assert times.span(text).total_seconds() == sum(number * seconds[unit] for number, unit in parts)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", utc(2026, 11, 1)),
        ("2026-11-01 08:00", utc(2026, 11, 1, 8)),
        ("2026-11-01 08:00:00", utc(2026, 11, 1, 8)),
        ("2026-11-01T08:00:00", utc(2026, 11, 1, 8)),
        ("2026-11-01T08:00:00Z", utc(2026, 11, 1, 8)),
        ("2026-11-01t08:00:00z", utc(2026, 11, 1, 8)),
        ("2026-11-01T08:00:00.250Z", utc(2026, 11, 1, 8, 0, 0, 250000)),
        ("2026-11-01T08:00:00+01:00", utc(2026, 11, 1, 7)),
        ("2026-11-01 00:30:00+01:00", utc(2026, 10, 31, 23, 30)),
        ("2026-11-01 20:00:00-05:30", utc(2026, 11, 2, 1, 30)),
        (" 2026-11-01 08:00:00\n", utc(2026, 11, 1, 8)),
        ("2024-02-29", utc(2024, 2, 29)),
        ("0s", AT),
        ("24h", utc(2026, 11, 23, 12, 30, 15)),
        ("1w1d", utc(2026, 11, 16, 12, 30, 15)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    found = times.moment(text, AT)
    assert found == moment
    assert found.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "08:00",
        "2026",
        "2026-13-01",
        "2026-02-29",
        "2026-11-01 25:00:00",
        "2026-11-01 08:00:00 CET",
        "2026-11-01 08:00:00ZZ",
        "01.11.2026",
        "-7d",
        "1793520000",
        # Before the first year and after the last one, once they are in UTC.
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"is neither a time such as 2026-11-01 08:00:00 .* nor a span"):
        times.moment(text, AT)


@pytest.mark.parametrize("text", ["999999999w", "999999999d", "800000d"])
def test_a_moment_before_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' is out of range$"):
        times.moment(text, AT)


@given(st.datetimes(min_value=FOUR_DIGITS, timezones=st.just(timezone.utc)))
def test_a_time_comes_back_from_the_server(at: datetime) -> None:
    assert times.from_server(times.to_server(at)) == at.replace(microsecond=0)
    assert times.moment(times.iso(at), AT) == at.replace(microsecond=0)


def test_how_times_are_written() -> None:
    assert times.to_server(utc(2026, 1, 2, 3, 4, 5)) == "2026-01-02 03:04:05"
    assert times.iso(utc(2026, 1, 2, 3, 4, 5, 678)) == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize(
    "value", [None, "", 0, [], {}, "0000-00-00 00:00:00", "2026-11-01", "2026-11-01T08:00:00", "2026-11-01 24:00:00"]
)
def test_what_is_no_time_of_the_server(value: object) -> None:
    assert times.from_server(value) is None


def test_now_is_in_utc() -> None:
    assert times.now().tzinfo is timezone.utc
