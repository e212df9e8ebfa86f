# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Written settings that are read again at the end of a run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LoginRefused, Overwritten
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    Resource,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.verification import Verification, Written
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target
from tests.unit.fakes import FAX, MAIL, FakeClient

A = {"destination": "a@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}


def written(number: int = 1, resource: Resource = FAXSERVER_SETTINGS, **desired: Any) -> Written:
    current = FAX if resource is FAXSERVER_SETTINGS else MAIL
    target = Target(Subscriber(number), (Entry("a.yml:1", "subscriber_id", number, "{}", ()),))
    return Written(Outcome(target), plan(resource, desired, current), desired)


def verify(client: FakeClient, *due: Written, page_size: int = 50) -> dict[int, str]:
    """Return the error of each subscriber, by id."""
    failed: dict[int, str] = {}

    def on_failure(outcome: Outcome, error: Exception, jobs: Any, resource: Any = None) -> None:
        failed.setdefault(outcome.subscriber.id, f"{type(error).__name__} {error}")

    Verification(client, Paging(page_size, 1), Progress(None), on_failure).run(due)
    return failed


@pytest.mark.parametrize(
    ("desired", "choice", "expected"),
    [
        ({"name": "Clinic"}, "lists", False),
        ({"name": "Clinic"}, "all", True),
        ({"name": "Clinic"}, "none", False),
        ({"destinations": [A]}, "lists", False),
        ({"destinations": [A], "destinations_mode": "add"}, "lists", True),
    ],
)
def test_what_is_due(desired: dict[str, Any], choice: str, expected: bool) -> None:
    assert written(**desired).is_due(choice) is expected


def test_settings_that_hold_what_was_written() -> None:
    client = FakeClient()
    client.fax(1, name="Clinic", t38=False)
    assert verify(client, written(name="Clinic")) == {}
    assert client.requests == ["GET /api/faxserversettings/1"]


def test_settings_that_were_overwritten_are_named() -> None:
    client = FakeClient()
    client.fax(1, name="Clinic")
    failed = verify(client, written(name="Clinic", t38=False))
    assert failed[1].startswith("Overwritten faxserver_settings was written, and at the end of the run no longer held")
    assert "in t38." in failed[1]


def test_a_secret_that_the_platform_renews_was_not_overwritten() -> None:
    due = written(resource=MAILTOFAX_SETTINGS, secret_key="mine-it-was", update_secret_key="always")
    due.check({**MAIL, "secret_key": "theirs-it-is", "secret_key_renew": "daily"})
    with pytest.raises(Overwritten):
        due.check({**MAIL, "secret_key": "theirs-it-is"})


def test_many_are_read_by_pages() -> None:
    client = FakeClient(6)
    for number in range(1, 6):
        client.fax(number, name="Clinic")
    due = [written(number, name="Clinic") for number in range(1, 7)]
    assert sorted(verify(client, *due, page_size=3)) == [6]
    assert client.requests == ["GET /api/faxserversettings/"] * 2


def test_a_fatal_error_fails_all_that_were_not_read() -> None:
    client = FakeClient()
    client.failures["GET /api/faxserversettings/1"] = [LoginRefused("Refused", "Look.")]
    failed = verify(client, written(1, name="Clinic"), written(2, name="Clinic"))
    assert set(failed) == {1, 2}
    assert "It was written; only the check at the end of the run (verify_at_end) failed." in failed[1]
