# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of a run to some subscribers."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Forbidden
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.limit import SubscriberLimit
from tests.unit.fakes import FakeClient

PAGING = Paging(50, 1)
BY_ID = Entry("a.yml:1", "subscriber_id", 2, "{}", ())
BY_NAME = Entry("a.yml:2", "subscriber", "user2@d.example", "{}", ())
BY_EXTERNAL_ID = Entry("a.yml:3", "external_id", "ext-2", "{}", ())


def test_without_names_there_is_no_limit() -> None:
    limit = SubscriberLimit(None)
    assert limit.has(Subscriber(1))
    assert limit.may_name(BY_ID)
    assert limit.missing(FakeClient(), PAGING, set()) == []


@pytest.mark.parametrize("name", ["user2@d.example", "USER2@d.example", 2, "2"])
def test_names_and_ids_mean_the_same_once_they_are_learnt(name: str | int) -> None:
    limit = SubscriberLimit([name])
    limit.learn(FakeClient(), [BY_ID, BY_NAME], PAGING)
    assert limit.may_name(BY_ID)
    assert limit.may_name(BY_NAME)
    assert limit.has(Subscriber(2))
    assert not limit.has(Subscriber(3, "user3@d.example"))


def test_nothing_is_looked_up_where_entries_and_names_agree() -> None:
    client = FakeClient()
    limit = SubscriberLimit(["user2@d.example"])
    assert limit.learn(client, [BY_NAME], PAGING) == {}
    assert client.requests == []


def test_an_external_id_may_be_anybody() -> None:
    assert SubscriberLimit(["user9@d.example"]).may_name(BY_EXTERNAL_ID)


def test_who_is_missing_is_told_unless_it_is_known() -> None:
    client = FakeClient()
    limit = SubscriberLimit(["user1@d.example", "user9@d.example", 8])
    missing = limit.missing(client, PAGING, set())
    assert [(entry.value, error.what) for entry, error in missing] == [
        ("user9@d.example", "There is no subscriber user9@d.example on this server"),
        ("8", "There is no subscriber 8 on this server"),
    ]
    assert SubscriberLimit([8]).missing(client, PAGING, {"8"}) == []


def test_what_prevents_a_look_up_is_raised() -> None:
    client = FakeClient()
    client.failures["GET /api/subscribers/2"] = [Forbidden("No", "Look.")]
    with pytest.raises(Forbidden):
        SubscriberLimit([2]).learn(client, [BY_NAME], PAGING)
