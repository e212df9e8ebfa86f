# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fax with malformed data is named, and does not stop the work on the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    FaxPending,
    SomeFailed,
    Unreadable,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import archive, delete, info, recordings, send
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

PATH = "/api/faxes/$"
# How each fax of the seed is malformed, except one.
ODD: dict[int, dict[str, Any]] = {5: {"caller": ["431"]}, 6: {}, 7: {"reason": "half \ud83d"}, 8: {"id": 1.5}}
SENTENCES = {
    5: "The server's entry for fax 5 of subscriber 3 cannot be read: caller is a list.",
    7: "The server's entry for fax 7 of subscriber 3 cannot be read: reason holds half a character.",
    8: "The server's entry for a fax of subscriber 4 cannot be read: id is 1.5.",
    0: "The server's entry for a fax cannot be read: id is missing.",
}


@pytest.fixture
def client(connection: dict[str, Any], simulator: Simulator) -> Client:
    """Return a client of a server whose journal has malformed entries, one of them empty."""
    with Client(Connection(**connection)) as plain:
        page = plain.get("/api/faxes/", {"rows": 50, "order_by": "id", "order_by_direction": "desc", "tz": "UTC"})
        items = page["_embedded"]["ngcp:faxes"]
        assert [item["id"] for item in items] == [8, 7, 6, 5]
        changed = [{**item, **ODD[item["id"]]} for item in items]
        page["_embedded"]["ngcp:faxes"] = [{}, *changed]
        page["total_count"] = 5
    simulator.control("PUT", "/faults", [answer(PATH, page)])
    simulator.control("DELETE", "/log")
    return Client(Connection(**connection))


def answer(path: str, content: object) -> dict[str, Any]:
    """The fault that answers each GET of a path with this JSON."""
    return {"method": "GET", "path": path, "times": None, "status": 200, "body": json.dumps(content)}


def failure(error: FaxError) -> None:
    """It names each odd fax in a sentence."""
    assert isinstance(error, SomeFailed)
    for sentence in SENTENCES.values():
        assert sentence in str(error)


def test_an_archive_keeps_the_others(client: Client, tmp_path: Path, simulator: Simulator) -> None:
    options = {**defaults(archive.JOB.spec), "dest": str(tmp_path), "delete_archived": True}
    with client, pytest.raises(FaxError) as caught:
        archive.JOB.execute(client, options, check_mode=False)
    failure(caught.value)
    assert str(caught.value).startswith("4 of 5 faxes could not be archived.")
    assert (caught.value.facts["downloaded"], caught.value.facts["deleted"]) == ([6], [6])
    assert caught.value.facts["changed"]
    assert [fax["id"] for fax in json.loads((tmp_path / "index.json").read_bytes())["faxes"]] == [6]
    assert [fax["id"] for fax in simulator.control("GET", "/faxes")["journal"]] == [5, 7, 8]


def test_a_list_has_the_others(client: Client) -> None:
    with client, pytest.raises(FaxError) as caught:
        info.JOB.execute(client, defaults(info.JOB.spec), check_mode=False)
    failure(caught.value)
    assert [fax["id"] for fax in caught.value.facts["faxes"]] == [6]
    options = {**defaults(info.JOB.spec), "caller": "0", "direction": "mtf"}
    with client, pytest.raises(FaxError) as caught:
        info.JOB.execute(client, options, check_mode=False)
    assert SENTENCES[5] in str(caught.value)  # its caller decides
    assert SENTENCES[7] not in str(caught.value)  # whatever its reason is, it is another one


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_others_are_deleted(check_mode: bool, client: Client, simulator: Simulator) -> None:
    options = {**defaults(delete.JOB.spec), "older_than": "1s", "confirm_all": True}
    with client, pytest.raises(FaxError) as caught:
        delete.JOB.execute(client, options, check_mode)
    failure(caught.value)
    assert ([fax["id"] for fax in caught.value.facts["faxes"]], caught.value.facts["changed"]) == ([6], True)
    left = [fax["id"] for fax in simulator.control("GET", "/faxes")["journal"]]
    assert left == ([5, 6, 7, 8] if check_mode else [5, 7, 8])


def test_a_fax_is_waited_for_beside_them(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    entry = {"subscriber_id": 3, "direction": "out", "callee": ["43100001"], "status": "SUCCESS"}
    simulator.control("POST", "/faxes", entry)
    options = {**defaults(send.JOB.spec), "subscriber_id": 3, "content": "hello", "poll_interval": 0.02}
    with Client(Connection(**connection)) as client:
        sent = send.JOB.execute(client, {**options, "destination": "43100001"}, check_mode=False)
        assert sent.facts["state"] == "sent"
        odd = simulator.control("POST", "/faxes", {**entry, "callee": {}})
        lost = {**options, "destination": "43100096", "wait_timeout": 0.1}
        simulator.control("PUT", "/faults", [])
        with pytest.raises(FaxPending) as caught:
            send.JOB.execute(client, lost, check_mode=False)
        assert "it has no journal entry." in str(caught.value)
        assert odd["id"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "The server's entry for fax 6 cannot be read: id is missing."),
        (
            {"id": 6, "subscriber_id": 3, "time": ["x"]},
            "The server's entry for fax 6 of subscriber 3 cannot be read: time",
        ),
        ({"id": 7}, "Asked for fax 6, the server answered with 7 (GET /api/faxes/6). An NGCP does not do that"),
    ],
)
def test_one_fax(
    content: dict[str, Any], sentence: str, connection: dict[str, Any], simulator: Simulator, tmp_path: Path
) -> None:
    simulator.control("PUT", "/faults", [answer("/api/faxes/6", content)])
    options = {"id": 6, "dest": str(tmp_path), "format": "tiff", "force": True}
    with Client(Connection(**connection)) as client:
        with pytest.raises(FaxError) as caught:
            recordings.JOB.execute(client, options, check_mode=False)
        assert str(caught.value).startswith(sentence)
        with pytest.raises(FaxError) as caught:
            delete.JOB.execute(client, {**defaults(delete.JOB.spec), "id": [5, 6]}, check_mode=False)
        assert sentence in str(caught.value)
    others = [5] if isinstance(caught.value, Unreadable) else []
    assert [fax["id"] for fax in caught.value.facts.get("faxes", [])] == others
