# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in queries and in answers, on a server of any time zone: in this process."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.simulator.errors import ApiError
from tests.simulator.moments import moment, seconds_of, shown_in, text_of
from tests.unit.simulator.api import Api

VIENNA = ZoneInfo("Europe/Vienna")
NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-02", "2026-11-01 23:00:00"),
        ("2026-07-02", "2026-07-01 22:00:00"),
        ("2026-11", "2026-10-31 23:00:00"),
        ("2026", "2025-12-31 23:00:00"),
        ("20261102", "2026-11-01 23:00:00"),
        ("2026-306", "2026-11-01 23:00:00"),
        ("2026-W45-1", "2026-11-01 23:00:00"),
        ("26-11-02", "2026-11-01 23:00:00"),
        ("26", "2600-12-31 23:00:00"),
        ("2026-11-02 10:00:00", "2026-11-02 09:00:00"),
        ("2026-11-02   10:00", "2026-11-02 09:00:00"),
        ("20261102T100000", "2026-11-02 09:00:00"),
        ("2026-11-02T10:00:00.999", "2026-11-02 09:00:00"),
        ("2026-11-02T10:00:00Z", "2026-11-02 10:00:00"),
        ("2026-11-02T10:00:00,5-05:00", "2026-11-02 15:00:00"),
        ("2026-306T10:00Z", "2026-11-02 10:00:00"),
        ("10:00", "2026-11-02 09:00:00"),
        ("2026-10-25 02:30:00", "2026-10-25 01:30:00"),  # twice: the second
        ("2026-03-29 02:30:00", None),  # never
        ("2026-02-30", None),
        ("2026-11-02T24:00:00", None),
        ("2026-11-02T1000", None),
        ("2026-366", None),
        ("now", None),
        ("x", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_of_a_query_is_the_servers(text: str | None, utc: str | None) -> None:
    if utc:
        assert text_of(moment(text, VIENNA, NOON)) == utc
    else:
        with pytest.raises(ApiError, match="Internal Server Error"):
            moment(text, VIENNA, NOON)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-11-02 12:00:00"),
        ("Z", "2026-11-02 12:00:00"),
        ("Asia/Tokyo", "2026-11-02 21:00:00"),
        ("local", "2026-11-02 13:00:00"),
        ("floating", "2026-11-02 13:00:00"),
        ("+0100", "2026-11-02 13:00:00"),
        ("-05:30", "2026-11-02 06:30:00"),
        ("x", None),
        ("5", None),
        ("asia/tokyo", None),
    ],
)
def test_zones_that_tz_may_name(zone: str, shown: str | None) -> None:
    if shown:
        assert shown_in(zone, VIENNA)(NOON) == shown
    else:
        with pytest.raises(ApiError, match="not a valid time zone"):
            shown_in(zone, VIENNA)


def test_a_time_that_comes_twice_is_read_as_the_second() -> None:
    assert text_of(seconds_of("2026-10-25 02:30:00", VIENNA)) == "2026-10-25 01:30:00"


@pytest.fixture
def in_vienna(api: Api) -> Api:
    api.control("PUT", "/options", {"time_zone": "Europe/Vienna"})
    return api


def test_a_server_of_another_zone_shows_its_own_time_everywhere(in_vienna: Api) -> None:
    api, mail = in_vienna, "/api/mailtofaxsettings/1"
    api.control("PUT", "/clock", {"now": "2027-07-01 00:30:00"})
    assert api.patch(mail).json()["last_secret_key_modify"][:16] == "2027-07-01 00:30"
    api.patch("/api/faxserversettings/1")
    recent = api.get("/api/faxserversettings/1/journal/recent").json()
    assert recent["timestamp"][:16] == "2027-07-01 00:30"
    fax = api.control("POST", "/faxes", {"subscriber_id": 1})
    assert fax["time"][:16] == "2027-07-01 00:30"
    path = f"/api/faxes/{fax['id']}"
    assert api.get(path).json()["time"][:16] == "2027-07-01 00:30"
    assert api.get(f"{path}?tz=UTC").json()["time"][:16] == "2027-06-30 22:30"
    for query, count in (("time_from=2027-07-01 00:30", 1), ("time_from=2027-07-01 00:31", 0)):
        for zone in ("", "&tz=UTC"):
            assert api.get(f"/api/faxes/?{query}{zone}").json()["total_count"] == count, "whatever tz says"


def test_unknown_zones_are_refused(api: Api) -> None:
    with pytest.raises(Exception, match="time_zone cannot be 'Mars'"):
        api.control("PUT", "/options", {"time_zone": "Mars"})
