# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deadlocks of first writes, with the rates that were seen on the vendor's panel."""

from __future__ import annotations

import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests.simulator.deadlocks import Deadlocks
from tests.unit.simulator.api import Api

IDS = range(1, 201)


def shuffled() -> list[int]:
    ids = list(IDS)
    random.Random(7).shuffle(ids)
    return ids


def in_blocks() -> list[int]:
    return [one + 50 * block for one in range(1, 51) for block in range(4)]


@pytest.mark.parametrize(
    ("order", "connections", "seen"),
    [(list(IDS), 4, 55), (shuffled(), 4, 16), (in_blocks(), 4, 6), (list(IDS), 2, 0)],
    ids=["neighbours", "shuffled", "blocks", "two connections"],
)
def test_so_many_of_200_first_writes_deadlock(order: list[int], connections: int, seen: int) -> None:
    deadlocks, found = Deadlocks(), 0
    under_way: deque[ExitStack] = deque()
    for one in order:
        if len(under_way) == connections:
            under_way.popleft().close()
        under_way.append(ExitStack())
        found += under_way[-1].enter_context(deadlocks.writing(one))
    assert abs(found - seen) <= 4


def write_at_once(api: Api, resource: str, ids: list[int]) -> dict[int, Any]:
    """First writes of several subscribers, under way at the same time."""
    ready = threading.Barrier(len(ids))

    def write(one: int) -> requests.Response:
        ready.wait()
        return requests.patch(
            f"{api.simulator.url}/api/{resource}/{one}",
            json=[{"op": "replace", "path": "/active", "value": True}],
            auth=("administrator", "administrator"),
            headers={"Content-Type": "application/json-patch+json", "Prefer": "return=representation"},
            verify=api.simulator.ca_file,
            timeout=30,
        )

    with ThreadPoolExecutor(len(ids)) as pool:
        return dict(zip(ids, pool.map(write, ids), strict=True))


@pytest.mark.parametrize("resource", ["faxserversettings", "mailtofaxsettings"])
def test_one_resource_writes_and_says_500_and_the_other_does_not_write(resource: str, api: Api) -> None:
    api.control("PUT", "/options", {"deadlocks": True, "write_ms": 100})
    ids = list(range(1, 9))
    found = write_at_once(api, resource, ids)
    failed = [one for one in ids if found[one].status_code == 500]
    assert 1 <= len(failed) <= 3
    for one in failed:
        active = api.control("GET", f"/settings/{resource}/{one}")["active"]
        if resource == "faxserversettings":
            assert (active, found[one].json()["active"]) == (True, True)
            assert found[one].headers["Preference-Applied"] == "return=representation"
        else:
            assert (active, found[one].json()) == (
                False,
                {"code": 500, "message": "mailtofaxsettings could not be updated."},
            )
    assert api.control("GET", "/counters")["neighbours"] > 0
    again = write_at_once(api, resource, [one for one in ids if one not in failed])
    assert {response.status_code for response in again.values()} == {200}, "once rows exist it does not happen"


@pytest.mark.parametrize("resource", ["faxserversettings", "mailtofaxsettings"])
def test_by_a_rate_single_writes_of_settings_that_exist_deadlock_too(resource: str, api: Api) -> None:
    path, field = f"/api/{resource}/3", "name" if resource == "faxserversettings" else "secret_key"
    api.patch(path)
    api.control("PUT", "/options", {"deadlock_percent": 50})
    stored = []
    for value in "abcd":
        response = api.patch(path, {"op": "replace", "path": f"/{field}", "value": value})
        assert response.status_code == (500 if value in "bd" else 200)
        stored.append(api.get(path).json()[field])
    assert stored == (list("abcd") if resource == "faxserversettings" else list("aacc"))
