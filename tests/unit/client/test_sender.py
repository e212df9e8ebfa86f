# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request with its retries: how often it is sent, how long is paused, and what its error says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import retry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.sender import Sender
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NoAnswer,
    Rejected,
    ServerDown,
    Uncertain,
    Unreachable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets
from tests.unit.client.fake_transport import URL, FakeTransport, answer

GET = ("GET", "/api/faxserversettings/5")


class Recorded(Sender):
    """Records pauses instead of making them."""

    def __init__(self, *answers: requests.Response | Exception, **connection: Any) -> None:
        super().__init__(Connection(URL, **connection), Secrets(["s3cret-word"]))
        self.fake = self._transport = FakeTransport(*answers)
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Limit:
    """A limit that counts."""

    def __init__(self) -> None:
        self.kinds: list[str | None] = []
        self.times_busy = 0

    @contextmanager
    def request(self, kind: str | None) -> Iterator[None]:
        self.kinds.append(kind)
        yield

    def busy(self) -> None:
        self.times_busy += 1


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "jittered", lambda seconds: seconds)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 60.0)


def test_a_busy_server_is_asked_again_after_the_pause_that_it_asks_for() -> None:
    sender = Recorded(answer(503), answer(429, Retry_After="7"), OSError(), answer(body={"id": 5}))
    sender.limit = limit = Limit()
    response = sender.send(Request(*GET), {"Authorization": "Bearer t"})
    assert (response.status, response.json) == (200, {"id": 5})
    assert sender.pauses == [0.5, 7.0, 2.0]
    assert (limit.kinds, limit.times_busy) == (["GET /api/faxserversettings/ID"], 2)


@pytest.mark.parametrize(("retries", "sent"), [(None, 3), (0, 1), (1, 2)])
def test_the_last_busy_answer_is_returned(retries: int | None, sent: int) -> None:
    sender = Recorded(*(answer(503) for _each in range(sent)), retries=2)
    assert sender.send(Request(*GET), {}, retries).status == 503
    assert (len(sender.fake.sent), len(sender.pauses)) == (sent, sent - 1)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_any_other_answer_is_returned_at_once(status: int) -> None:
    sender = Recorded(answer(status))
    assert sender.send(Request(*GET), {}).status == status
    assert sender.pauses == []


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_write_is_sent_once(method: str) -> None:
    sender = Recorded(answer(503))
    assert sender.send(Request(method, "/api/x/1"), {}).status == 503
    sender = Recorded(OSError("gone"))
    with pytest.raises(FaxError):
        sender.send(Request(method, "/api/x/1"), {})
    assert sender.pauses == []


def test_a_delete_that_was_repeated_may_have_been_done() -> None:
    sender = Recorded(answer(502), ConnectionRefusedError("Connection refused"), retries=1)
    with pytest.raises(Unreachable) as caught:
        sender.send(Request("DELETE", "/api/faxes/5"), {})
    assert caught.value.perhaps_done
    sender = Recorded(answer(429), ConnectionRefusedError("Connection refused"), retries=1)
    with pytest.raises(Unreachable) as caught:
        sender.send(Request("DELETE", "/api/faxes/5"), {})
    assert not caught.value.perhaps_done


def test_the_words_of_the_library_are_not_shown() -> None:
    sender = Recorded(OSError("https://user:pa55@proxy"), retries=0)
    with pytest.raises(NoAnswer) as caught:
        sender.send(Request(*GET), {})
    assert "pa55" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_nothing_is_sent_after_the_run_has_stopped() -> None:
    sender = Recorded()
    sender.breaker.settle(True, "HTTP 503")
    with pytest.raises(ServerDown):
        sender.send(Request(*GET), {})


def test_what_is_cut_off_is_asked_for_again() -> None:
    cut = answer(body=b'{"id"', Content_Length="9")
    sender = Recorded(cut, answer(body={"id": 5}))
    assert sender.send(Request(*GET), {}).json == {"id": 5}


def test_a_refusal_has_the_servers_words_without_secrets() -> None:
    request = Request("PATCH", "/api/x/1")
    made = answer(422, {"code": 422, "message": "Not s3cret-word."})
    sender = Recorded(made)
    response = sender.send(request, {})
    with pytest.raises(Rejected, match=r"rejects it: Not VALUE_SPECIFIED_IN_NO_LOG_PARAMETER \(PATCH") as caught:
        sender.check(request, response)
    assert (caught.value.status, caught.value.perhaps_done) == (422, False)


def test_an_uncertain_fax_says_so() -> None:
    sender = Recorded(answer(504))
    request = Request("POST", "/api/faxes/")
    with pytest.raises(Uncertain) as caught:
        sender.check(request, sender.send(request, {}))
    assert caught.value.perhaps_done


@pytest.mark.parametrize(
    ("status", "body", "header", "over", "retry_after"),
    [
        (500, {"code": 500, "message": "No."}, "7", True, None),
        (500, b"<html>", "7", False, None),
        (503, {}, "7", False, 7.0),
        (429, {}, "soon", False, None),
    ],
)
def test_a_failure_says_when_to_try_again(
    status: int, body: object, header: str, over: bool, retry_after: float | None
) -> None:
    request = Request("PATCH", "/api/x/1")
    sender = Recorded(answer(status, body, Retry_After=header))
    with pytest.raises(FaxError) as caught:
        sender.check(request, sender.send(request, {}))
    assert (caught.value.over, caught.value.retry_after) == (over, retry_after)
