# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A delivery takes one step for each state of its receipt, and never posts a fax that may have left already."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Fault,
    FaxFailed,
    FaxPending,
    ServerDown,
    Uncertain,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delivery import deliver
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipt, Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import (
    ClaimedFaxes,
    DeliveryOptions,
    Transmission,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from tests.unit.fax.fake_fax_server import LOST, FakeFaxServer

NUMBER = "4312345"
DOCUMENT = documents.of_text("x")


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "pause", lambda seconds: None)


class Task:
    """A task's receipts, kept from one run to the next."""

    def __init__(self, server: FakeFaxServer) -> None:
        self.server = server
        self.receipts = Receipts(None, server.url, {})

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        settings = DeliveryOptions(**{"wait_timeout": 0.001, "poll_interval": 0.001, **options})
        claimed = ClaimedFaxes(self.receipts.entries())
        job = Transmission(self.server, Subscriber(1), DOCUMENT, settings, [NUMBER], self.receipts, check_mode, claimed)
        return deliver(job, NUMBER)

    @property
    def state(self) -> str:
        receipt = self.receipts.get(DOCUMENT.sha256, 1, NUMBER)
        return receipt.state if receipt else ""

    def put(self, state: str, **changes: Any) -> None:
        """Keep the receipt of an earlier run."""
        self.receipts.put(Receipt(DOCUMENT.sha256, 1, NUMBER, state, times.iso(times.now()), 0, **changes))


@pytest.fixture
def task() -> Task:
    return Task(FakeFaxServer())


def test_a_fax_is_posted_once(task: Task) -> None:
    result = task.run()
    assert (result["state"], result["changed"], result["attempts"], task.state) == ("sent", True, 1, "sent")
    assert task.run() == {**result, "changed": False, "attempts": 0}
    assert task.server.posted == [{"destination": NUMBER, "subscriber_id": 1, "data": "x"}]


def test_check_mode_posts_nothing(task: Task) -> None:
    assert task.run(check_mode=True) == {"state": "not_sent", "changed": True, "attempts": 0}
    assert task.server.posted == []
    assert task.state == ""


def test_without_waiting_a_fax_stays_queued_until_a_later_run_looks(task: Task) -> None:
    assert task.run(wait=False)["state"] == "queued"
    assert task.run(wait=False)["state"] == "sent"
    assert len(task.server.posted) == 1


def test_a_fax_without_an_entry_is_pending(task: Task) -> None:
    task.server.outcomes = [None]
    with pytest.raises(FaxPending, match=r"was queued, but after 0\.001 s it has no journal entry") as caught:
        task.run()
    assert caught.value.facts == {"state": "queued", "changed": True, "attempts": 1}
    with pytest.raises(FaxPending, match="but since "):
        task.run()
    assert len(task.server.posted) == 1


def test_an_unreadable_journal_leaves_it_pending(task: Task) -> None:
    task.put("queued")
    task.server.failures["GET /api/faxes/"] = [ServerDown("Down", "Wait.")]
    with pytest.raises(FaxPending, match="its outcome could not be read: Down"):
        task.run()


def test_a_passing_failure_is_tried_again_as_often_as_allowed(task: Task) -> None:
    busy = {"status": "FAILURE", "reason": "SIP 486 Busy Here"}
    task.server.outcomes = [busy, busy]
    with pytest.raises(FaxFailed, match="failed: FAILURE, SIP 486 Busy Here"):
        task.run(retry_failed=1)
    assert task.run()["state"] == "sent"
    assert len(task.server.posted) == 3


def test_another_failure_is_final(task: Task) -> None:
    task.server.outcomes = [{"status": "FAILURE", "reason": "no carrier"}]
    with pytest.raises(FaxFailed, match="no carrier"):
        task.run(retry_failed=5)
    assert len(task.server.posted) == 1


@pytest.mark.parametrize("wait", [False, True])
def test_a_lost_request_is_not_repeated(task: Task, wait: bool) -> None:
    task.server.outcomes = [LOST]
    for _run in range(2):
        with pytest.raises(Uncertain, match="It is not known whether the fax to 4312345 was sent"):
            task.run(wait=wait)
    assert (task.state, len(task.server.posted)) == ("sending", 1)


def test_a_lost_request_whose_fax_is_in_the_journal_was_sent(task: Task) -> None:
    task.put("sending")
    task.server.add()
    assert task.run()["state"] == "sent"
    assert task.server.posted == []


def test_a_lost_request_is_assumed_sent_or_sent_again_on_request(task: Task) -> None:
    task.put("sending")
    assert task.run(check_mode=True, on_uncertain="resend")["changed"] is True
    task.put("sending")
    result = task.run(on_uncertain="assume_sent")
    assert (result["state"], result["assumed"], task.server.posted) == ("sent", True, [])
    task.put("sending")
    assert task.run(on_uncertain="resend")["state"] == "sent"
    assert len(task.server.posted) == 1


def test_a_refused_request_leaves_it_unsent(task: Task) -> None:
    task.server.outcomes = [ServerDown("Down", "Wait.")]
    with pytest.raises(ServerDown) as caught:
        task.run()
    assert caught.value.facts == {"state": "not_sent", "changed": False, "attempts": 0}
    assert task.state == "not_sent"


def test_a_refused_second_request_leaves_the_first_uncertain(task: Task) -> None:
    task.put("sending")
    task.server.outcomes = [ServerDown("Down", "Wait.")]
    with pytest.raises(ServerDown):
        task.run(on_uncertain="resend")
    assert task.state == "sending"


def test_an_unexpected_error_says_what_is_known(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(task.server, "post", broken)
    with pytest.raises(Fault, match=r"met something unexpected \(ZeroDivisionError\)") as caught:
        task.run()
    assert caught.value.facts["state"] == "uncertain"
