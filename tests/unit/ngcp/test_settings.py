# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as the server shows them: whose they are, and whether they make sense."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound, NotNgcp, Rejected
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from tests.unit.fakes import FakeClient

ONE = Subscriber(1, "user1@d.example")
PATH = "/api/faxserversettings/1"


def test_settings_are_read_without_links_and_their_secrets_are_noted() -> None:
    client = FakeClient()
    client.fax(1, password="s3cret-password", unknown="kept")
    found = settings.read(client, FAXSERVER_SETTINGS, ONE)
    assert found == client.fax(1)
    assert "s3cret-password" in client.secrets


def test_settings_of_nobody_name_the_subscriber() -> None:
    with pytest.raises(NotFound, match=r"There is no user9@d\.example on this server"):
        settings.read(FakeClient(), FAXSERVER_SETTINGS, Subscriber(9, "user9@d.example"))


def test_settings_of_everybody_are_read_by_pages() -> None:
    client = FakeClient(5)
    found = settings.read_all(client, FAXSERVER_SETTINGS, Paging(2, 1))
    assert sorted(found) == [1, 2, 3, 4, 5]
    assert client.requests == ["GET /api/faxserversettings/"] * 3


def test_malformed_settings_are_left_out_or_raised() -> None:
    client = FakeClient()
    client.fax(2, destinations="a text")
    told: list[NotNgcp] = []
    assert sorted(settings.read_all(client, FAXSERVER_SETTINGS, Paging(), on_odd=told.append)) == [1, 3]
    assert "subscriber 2: of its faxserver_settings the server sends a text as destinations" in str(told[0])
    with pytest.raises(NotNgcp):
        settings.read_all(client, FAXSERVER_SETTINGS, Paging())


def test_a_write_returns_what_the_server_holds() -> None:
    client = FakeClient()
    found = settings.write(client, FAXSERVER_SETTINGS, ONE, [{"op": "replace", "path": "/name", "value": "Clinic"}])
    assert (found["name"], client.fax(1)["name"]) == ("Clinic", "Clinic")
    assert client.requests == [f"PATCH {PATH}"]


def test_an_answer_to_a_write_that_makes_no_sense_may_have_been_written() -> None:
    client = FakeClient()
    client.fax(1, active={})
    with pytest.raises(NotNgcp) as caught:
        settings.write(client, FAXSERVER_SETTINGS, ONE, [{"op": "replace", "path": "/name", "value": "Clinic"}])
    assert (caught.value.method, caught.value.path, caught.value.perhaps_done) == ("PATCH", PATH, True)


def test_a_write_that_is_refused_was_not_done() -> None:
    client = FakeClient()
    client.failures[f"PATCH {PATH}"] = [Rejected("No", "Look.", "PATCH", PATH, 422)]
    with pytest.raises(Rejected) as caught:
        settings.write(client, FAXSERVER_SETTINGS, ONE, [])
    assert not caught.value.perhaps_done


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ({"id": 2, "active": True}, "answered with 2"),
        ({"active": True, "_links": {"self": {"href": "/api/faxserversettings/12"}}}, "answered with /api/faxserv"),
        ({"message": "x"}, "answered with something else"),
    ],
)
def test_settings_of_somebody_else_are_an_error(item: dict[str, Any], answer: str) -> None:
    with pytest.raises(NotNgcp, match=answer):
        settings.identified(FakeClient(), FAXSERVER_SETTINGS, ONE, item)
