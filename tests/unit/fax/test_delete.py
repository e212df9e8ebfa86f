# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fax`: too many faxes delete nothing, a fax that is gone is not an error, and what is unknown is said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    LimitExceeded,
    Rejected,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import JOB
from tests.unit.fax.fake_fax_server import FakeFaxServer


@pytest.fixture
def server() -> FakeFaxServer:
    server = FakeFaxServer()
    for year in (2020, 2021, 2022):
        server.add(time=f"{year}-01-01 00:00:00", subscriber_id=year - 2019)
    return server


def remove(server: FakeFaxServer, check_mode: bool = False, **options: Any) -> list[int]:
    return [fax["id"] for fax in JOB.execute(server, options, check_mode).facts["faxes"]]


def test_by_id(server: FakeFaxServer) -> None:
    assert remove(server, True, id=[3, 1, 3, 99]) == [1, 3]
    assert sorted(server.items["faxes"]) == [1, 2, 3]
    assert remove(server, id=[3, 1, 3, 99]) == [1, 3]
    assert sorted(server.items["faxes"]) == [2]
    assert remove(server, id=[1]) == []


def test_by_age(server: FakeFaxServer) -> None:
    server.add()
    assert remove(server, older_than="1d", subscriber_id=2) == [2]
    assert remove(server, older_than="1d") == [3, 1]
    assert sorted(server.items["faxes"]) == [4]


def test_too_many_delete_nothing(server: FakeFaxServer) -> None:
    with pytest.raises(LimitExceeded, match="3 faxes would be deleted, and max_deletions is 2: nothing was") as caught:
        remove(server, older_than="1d", max_deletions=2)
    assert len(caught.value.facts["faxes"]) == 3
    assert len(server.items["faxes"]) == 3


def failure(perhaps_done: bool) -> Rejected:
    error = Rejected("Refused", "Look.", "DELETE", "/api/faxes/2")
    error.perhaps_done = perhaps_done
    return error


def test_a_refused_delete_names_the_fax_and_the_others_are_deleted(server: FakeFaxServer) -> None:
    server.failures["DELETE /api/faxes/2"] = [failure(False)]
    with pytest.raises(Rejected) as caught:
        remove(server, id=[1, 2, 3])
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [1, 3]
    assert caught.value.facts["changed"] is True


def test_after_a_lost_answer_the_fax_is_looked_for(server: FakeFaxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.failures["DELETE /api/faxes/2"] = [failure(True)]
    with pytest.raises(Rejected, match="Fax 2 still exists, but the request to delete it may") as caught:
        remove(server, id=[2])
    assert caught.value.facts["changed"] is True
    delete = server.delete

    def lost(path: str) -> None:
        server.failures.clear()
        delete(path)
        raise failure(True)

    monkeypatch.setattr(server, "delete", lost)
    assert remove(server, id=[2]) == [2]


def test_faxes_that_cannot_be_read_fail_before_any_delete(server: FakeFaxServer) -> None:
    for number in (1, 2):
        server.failures[f"GET /api/faxes/{number}"] = [Rejected("Refused", "Look.")]
    with pytest.raises(SomeFailed, match="2 of 3 faxes cannot be read"):
        remove(server, id=[1, 2, 3])
    assert len(server.items["faxes"]) == 3
