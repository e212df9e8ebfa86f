# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Active subscribers that no entry is about."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Forbidden
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.unmanaged import active, is_active
from tests.unit.fakes import FAX, FakeClient

PAGING = Paging(50, 1)
EVERYBODY = SubscriberLimit(None)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (1, True), ("1", True), ("0", False), (None, False)])
def test_active(value: object, expected: bool) -> None:
    assert is_active({"active": value}) is expected


def test_the_active_ones_but_those_of_entries() -> None:
    client = FakeClient()
    client.fax(1, active=True)
    client.fax(2, active=True)
    client.mail(2, active=True)
    found = active(client, {}, PAGING, {1}, EVERYBODY, {})
    assert [(str(subscriber), sorted(held)) for subscriber, held in found] == [
        ("user2@d.example", ["faxserver_settings", "mailtofax_settings"])
    ]


def test_a_set_and_a_limit() -> None:
    client = FakeClient(4)
    for number in (1, 2, 3, 4):
        client.fax(number, active=True)
    client.items["subscribers"][1]["domain"] = "other.example"
    found = active(client, {"domain": "d.example"}, PAGING, set(), SubscriberLimit([1, 2, 3]), {})
    assert [subscriber.id for subscriber, _held in found] == [2, 3]


def test_settings_that_were_just_read_are_not_read_again() -> None:
    client = FakeClient()
    known = {"faxserver_settings": {2: {**FAX, "active": True}}, "mailtofax_settings": {}}
    found = active(client, {}, PAGING, set(), EVERYBODY, known)
    assert [subscriber.id for subscriber, _held in found] == [2]
    assert client.requests == ["GET /api/subscribers/2"]


def test_one_with_a_malformed_name_is_known_by_its_id_and_one_that_is_gone_is_left_out() -> None:
    client = FakeClient()
    for number in (1, 2, 3):
        client.fax(number, active=True)
    client.items["subscribers"][1]["username"] = ["user1"]
    del client.items["subscribers"][2]
    assert [str(each) for each, _held in active(client, {}, PAGING, set(), EVERYBODY, {})] == [
        "subscriber 1",
        "user3@d.example",
    ]


def test_one_that_cannot_be_read_is_an_error() -> None:
    client = FakeClient()
    client.fax(2, active=True)
    client.failures["GET /api/subscribers/2"] = [Forbidden("No", "Look.")]
    with pytest.raises(Forbidden):
        active(client, {}, PAGING, set(), EVERYBODY, {})
