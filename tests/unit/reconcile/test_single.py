# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One settings resource of one subscriber: what is sent, and what a failure means."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NoAnswer,
    Rejected,
    Unreachable,
    Unverified,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.single import SettingsOptions, job_of
from tests.unit.fakes import FakeClient, Item

PATH = "/api/faxserversettings/1"


def apply(client: FakeClient, check_mode: bool = False, **desired: Any) -> Item:
    result = job_of(FAXSERVER_SETTINGS).execute(client, {"subscriber_id": 1, **desired}, check_mode)
    return {"changed": result.changed, **result.facts}


def failing(error: FaxError, done: bool) -> FaxError:
    error.perhaps_done = done
    return error


def test_options_are_the_selector_and_what_is_declared() -> None:
    given = {"subscriber": "user1@d.example", "name": None, "destinations_mode": "add", "api_url": "https://x"}
    options: SettingsOptions = job_of(FAXSERVER_SETTINGS).options(given)
    assert options.selector.subscriber == "user1@d.example"
    assert options.desired == {"name": None, "destinations_mode": "add"}


def test_what_differs_is_sent_in_one_patch() -> None:
    client = FakeClient()
    facts = apply(client, name="Clinic", password="s3cret-pin", t38=True)
    assert client.requests == [f"GET {PATH}", f"PATCH {PATH}"]
    assert (facts["changed"], facts["applied"], client.fax(1)["name"]) == (True, True, "Clinic")
    assert facts["after"] == {"name": "Clinic", "password": MASK, "t38": True}


def test_nothing_is_sent_where_nothing_differs_and_in_check_mode() -> None:
    client = FakeClient()
    assert apply(client, t38=True)["changed"] is False
    facts = apply(client, check_mode=True, name="Clinic")
    assert (facts["changed"], facts["applied"], client.writes) == (True, False, [])


def test_after_a_lost_answer_the_settings_are_read_again() -> None:
    client = FakeClient()
    client.failures[f"PATCH {PATH}"] = [failing(NoAnswer("Lost", "Look.", "PATCH", PATH), True)]
    client.failures[f"PATCH {PATH}"].append(Rejected("Not again", "Look."))
    seen = client.patch

    def patch_with_effect(path: str, operations: Any) -> Item | None:
        client.fax(1, name="Clinic")
        return seen(path, operations)

    client.patch = patch_with_effect  # type: ignore[method-assign]
    facts = apply(client, name="Clinic")
    assert (facts["changed"], facts["applied"], client.pauses) == (True, True, 1)
    assert client.requests == [f"GET {PATH}", f"PATCH {PATH}", f"GET {PATH}"]


def test_a_refused_write_is_not_tried_again() -> None:
    client = FakeClient()
    client.failures[f"PATCH {PATH}"] = [Rejected("No", "Look.", "PATCH", PATH, 422)]
    with pytest.raises(Rejected) as caught:
        apply(client, name="Clinic")
    assert (caught.value.facts["changed"], caught.value.facts["applied"]) == (False, False)
    assert client.writes == [PATH]


def test_tries_have_an_end() -> None:
    client = FakeClient()
    client.failures[f"PATCH {PATH}"] = [Unreachable("Nobody", "Look.", "PATCH", PATH)]
    with pytest.raises(Unreachable):
        apply(client, name="Clinic")
    assert len(client.writes) == 1 + client.connection.retries


def test_a_server_that_keeps_something_else_is_told_twice() -> None:
    client = FakeClient()
    patch = client.patch

    def keep_nothing(path: str, operations: Any) -> Item | None:
        patch(path, operations)
        client.fax(1, name="Other")
        return client.get(path)

    client.patch = keep_nothing  # type: ignore[method-assign]
    with pytest.raises(Unverified, match="the server took the write twice and still holds something else in name"):
        apply(client, name="Clinic")
    assert len(client.writes) == 2


def test_a_fault_before_the_first_write_has_written_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    client = FakeClient()
    monkeypatch.setattr(client, "get", lambda path: 1 / 0)
    with pytest.raises(FaxError, match="ZeroDivisionError") as caught:
        apply(client, name="Clinic")
    assert not caught.value.facts.get("applied")
    assert client.writes == []


def test_a_secret_that_the_platform_renews_is_left_and_said() -> None:
    client = FakeClient()
    client.mail(1, secret_key="theirs-it-is", secret_key_renew="daily", active=True)
    job = job_of(MAILTOFAX_SETTINGS)
    result = job.execute(client, {"subscriber_id": 1, "secret_key": "mine-it-was"}, False)
    assert (result.changed, result.facts["left_to_renewal"]) == (False, ["secret_key"])
    assert "left to the platform's renewal" in result.warnings[-1]
