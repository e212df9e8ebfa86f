# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that `fax_settings_info` returns."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotFound,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB
from tests.unit.fakes import FakeClient

DEFAULTS = {name: option["default"] for name, option in JOB.spec.options.items() if "default" in option}


def info(client: FakeClient, **options: Any) -> list[dict[str, Any]]:
    rows = JOB.execute(client, {**DEFAULTS, "workers": 1, **options}, False).facts["subscribers"]
    assert isinstance(rows, list)
    return rows


def test_everybody_by_name_and_without_secrets() -> None:
    client = FakeClient()
    client.fax(2, password="s3cret-pin")
    client.items["subscribers"][3]["domain"] = "a.example"
    rows = info(client)
    assert [row["subscriber_id"] for row in rows] == [3, 1, 2]
    assert set(rows[0]) == {"subscriber_id", "subscriber", "faxserver_settings", "mailtofax_settings"}
    assert rows[2]["faxserver_settings"]["password"] == MASK
    assert info(client, return_secrets=True)[2]["faxserver_settings"]["password"] == "s3cret-pin"


def test_one_several_and_none() -> None:
    client = FakeClient()
    assert [row["subscriber_id"] for row in info(client, subscriber="user2@d.example")] == [2]
    twice = [{"subscriber_id": 2}, {"external_id": "ext-1"}, {"subscriber": "user2@d.example"}]
    assert [row["subscriber_id"] for row in info(client, subscribers=twice)] == [1, 2]
    assert info(client, subscribers=[]) == []


def test_only_active_ones_of_one_resource() -> None:
    client = FakeClient()
    client.fax(2, active=True)
    (row,) = info(client, active=True, settings=["faxserver_settings"])
    assert set(row) == {"subscriber_id", "subscriber", "faxserver_settings"}
    assert [row["subscriber_id"] for row in info(client, active=False)] == [1, 3]


def test_those_that_are_missing_are_named() -> None:
    with pytest.raises(SomeFailed, match=r"user8@d\.example.*user9@d\.example"):
        info(FakeClient(), subscribers=[{"subscriber": f"user{number}@d.example"} for number in (8, 1, 9)])


def test_settings_that_are_gone_are_an_error() -> None:
    client = FakeClient()
    del client.items["faxserversettings"][2]
    with pytest.raises(NotFound, match=r"The server has no settings of user2@d\.example"):
        info(client, subscribers=[{"subscriber_id": 1}, {"subscriber_id": 2}])


def test_malformed_settings_fail_and_the_others_are_returned() -> None:
    client = FakeClient()
    client.fax(2, destinations="a text")
    with pytest.raises(FaxError) as caught:
        info(client)
    assert [row["subscriber_id"] for row in caught.value.facts["subscribers"]] == [1, 3]
