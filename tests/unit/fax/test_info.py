# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fax_info`: one fax, or those that match, newest first."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound, Unreadable
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.info import JOB
from tests.unit.fax.fake_fax_server import FakeFaxServer


@pytest.fixture
def server() -> FakeFaxServer:
    server = FakeFaxServer()
    server.add(time="2026-01-01 00:00:00")
    server.add(time="2026-02-01 00:00:00", direction="in", status="FAILURE")
    server.add(time="2026-03-01 00:00:00", subscriber_id=2)
    return server


def ids(server: FakeFaxServer, **options: Any) -> list[int]:
    result = JOB.execute(server, options, False)
    assert not result.changed
    return [fax["id"] for fax in result.facts["faxes"]]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, [3, 2, 1]),
        ({"limit": 2}, [3, 2]),
        ({"id": 2}, [2]),
        ({"subscriber_id": 1}, [2, 1]),
        ({"since": "2026-01-15", "until": "2026-02-15"}, [2]),
        ({"direction": "in"}, [2]),
        ({"status": "failure"}, [2]),
        ({"callee": "+43 123 45", "limit": 1}, [3]),
        ({"caller": "999"}, []),
    ],
    ids=str,
)
def test_what_matches(server: FakeFaxServer, options: dict[str, Any], found: list[int]) -> None:
    assert ids(server, **options) == found


def test_a_fax_as_the_result_holds_it(server: FakeFaxServer) -> None:
    fax = JOB.execute(server, {"id": 1}, False).facts["faxes"][0]
    assert fax["time_iso"] == "2026-01-01T00:00:00+00:00"
    assert "_links" not in fax


def test_an_unknown_id(server: FakeFaxServer) -> None:
    with pytest.raises(NotFound, match="There is no fax 99"):
        ids(server, id=99)


def test_an_entry_that_cannot_be_read_fails_with_the_others_in_the_result(server: FakeFaxServer) -> None:
    server.add(pages=True)
    with pytest.raises(Unreadable, match="pages is true") as caught:
        ids(server)
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [3, 2, 1]
