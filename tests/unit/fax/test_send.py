# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fax_send`: one result for one number, a list for several, and an error that holds both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxFailed,
    Rejected,
    SomeFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import JOB, TRIES
from tests.unit.fax.fake_fax_server import FakeFaxServer

OPTIONS = {"subscriber_id": 1, "content": "x", "wait_timeout": 0.001, "poll_interval": 0.001}


def send(server: FakeFaxServer, check_mode: bool = False, **options: Any) -> Any:
    return JOB.execute(server, {**OPTIONS, **options}, check_mode)


def test_one_number() -> None:
    server = FakeFaxServer()
    result = send(server, destination="4312345")
    assert result.changed
    assert (result.facts["state"], result.facts["destination"]) == ("sent", "4312345")
    assert result.facts["subscriber_id"] == 1
    assert TRIES not in result.facts


def test_several_numbers_and_a_failure_among_them() -> None:
    server = FakeFaxServer()
    server.outcomes = [{}, {"status": "FAILURE", "reason": "no carrier"}]
    with pytest.raises(FaxFailed) as caught:
        send(server, destinations=["4311", "4322"], workers=1)
    assert caught.value.facts["changed"] is True
    assert [row["state"] for row in caught.value.facts["faxes"]] == ["sent", "failed"]
    assert caught.value.facts["faxes"][1]["error"] == {
        "msg": str(caught.value),
        "kind": "fax_failed",
        "method": None,
        "path": None,
        "status": None,
    }


def test_an_error_that_names_several() -> None:
    server = FakeFaxServer()
    failure = {"status": "FAILURE", "reason": "no carrier"}
    server.outcomes = [failure, failure]
    with pytest.raises(SomeFailed, match="2 of 2 faxes did not arrive"):
        send(server, destinations=["4311", "4322"], workers=1)


def test_an_inactive_subscriber() -> None:
    server = FakeFaxServer()
    server.fax(1, active=False)
    with pytest.raises(Rejected, match="Fax is not active for subscriber 1"):
        send(server, destination="4312345")
    (warning,) = send(server, True, destination="4312345").warnings
    assert warning.endswith("The run itself fails unless a task before this one activates it.")
    assert server.posted == []


def test_a_further_try_of_a_task_knows_what_was_sent() -> None:
    server = FakeFaxServer()
    first = send(server, destination="4312345", _tries=[])
    assert len(first.facts[TRIES]) == 1
    send(server, destination="4312345", _tries=first.facts[TRIES])
    assert len(server.posted) == 1


def test_a_receipt_is_kept_in_a_file(tmp_path: Path) -> None:
    server = FakeFaxServer()
    options: dict[str, Any] = {"destination": "4312345", "receipt": str(tmp_path / "receipt.json")}
    assert send(server, **options).changed
    assert not send(server, **options).changed
    assert len(server.posted) == 1


def test_a_document_that_is_missing(tmp_path: Path) -> None:
    server = FakeFaxServer()
    with pytest.raises(BadOption, match="cannot be read"):
        send(server, destination="4312345", content=None, src=str(tmp_path / "none.pdf"))
    assert server.requests == []
