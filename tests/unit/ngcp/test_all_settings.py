# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of many subscribers: who is meant, and who still exists."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Forbidden
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS, RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import all_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from tests.unit.fakes import FakeClient

PAGING = Paging(2, 1)


def test_the_settings_of_everybody_are_by_module() -> None:
    client = FakeClient()
    client.mail(2, active=True)
    found = all_settings.matching(client, RESOURCES, {}, PAGING)
    assert [each.item["id"] for each in found] == [1, 2, 3]
    assert [each.active for each in found] == [False, True, False]
    assert found[1].settings == {"faxserver_settings": client.fax(2), "mailtofax_settings": client.mail(2)}
    assert "password" not in found[0].item


def test_only_the_active_settings_of_one_resource_are_read() -> None:
    client = FakeClient()
    client.fax(2, active=True)
    found = all_settings.matching(client, [FAXSERVER_SETTINGS], {}, PAGING, active=True)
    assert [each.name for each in found] == [("d.example", "user2")]
    assert client.requests == ["GET /api/faxserversettings/", "GET /api/subscribers/2"]


def test_a_subscriber_that_is_deleted_while_lists_are_read_is_left_out() -> None:
    client = FakeClient()
    del client.items["subscribers"][3]
    del client.items["mailtofaxsettings"][2]
    found = all_settings.matching(client, RESOURCES, {}, PAGING)
    assert [each.item["id"] for each in found] == [1]


def test_the_settings_of_those_that_fit_a_filter() -> None:
    client = FakeClient(4)
    client.items["subscribers"][4]["domain"] = "other.example"
    found = all_settings.matching(client, [FAXSERVER_SETTINGS], {"domain": "other.example"}, PAGING)
    assert [each.item["id"] for each in found] == [4]
    assert client.requests[-1] == "GET /api/faxserversettings/4"


def test_who_is_present() -> None:
    named = {
        SubscriberKey("subscriber_id", "1"): "1",
        SubscriberKey("subscriber_id", "9"): "9",
        SubscriberKey("subscriber", "user2@d.example"): "User2@d.example",
        SubscriberKey("subscriber", "user9@d.example"): "user9@d.example",
        SubscriberKey("external_id", "ext-3"): "EXT-3",
    }
    expected = {
        SubscriberKey("subscriber_id", "1"),
        SubscriberKey("subscriber", "user2@d.example"),
        SubscriberKey("external_id", "ext-3"),
    }
    assert all_settings.present(FakeClient(), named, Paging(50, 1)) == expected
    assert all_settings.present(FakeClient(), named, Paging(2, 1)) == expected


def test_a_name_of_two_is_present() -> None:
    client = FakeClient()
    client.items["subscribers"][2]["external_id"] = "ext-1"
    assert all_settings.present(client, {SubscriberKey("external_id", "ext-1"): "ext-1"}, Paging(50, 1))


def test_the_first_error_ends_the_reading() -> None:
    client = FakeClient()
    client.failures["GET /api/faxserversettings/1"] = [Forbidden("No", "Look.")]
    items = list(client.items["subscribers"].values())
    with pytest.raises(Forbidden):
        all_settings.with_settings(client, [FAXSERVER_SETTINGS], items, Paging(50, 1))
