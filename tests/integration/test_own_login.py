# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subscriber's own login reads and writes its own mail2fax settings, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Play, requests
from tests.simulator.client import Simulator, running

SIP_PASSWORD, WEB_PASSWORD = "s1p-passw0rd", "w3b-passw0rd"


@pytest.fixture(scope="module")
def shared_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    seed = json.loads((Path(__file__).parent.parent / "contract" / "seed.json").read_bytes())
    for each in seed["subscribers"]:
        each.update(password=SIP_PASSWORD, webpassword=WEB_PASSWORD)
    path = tmp_path_factory.mktemp("seed") / "seed.json"
    path.write_text(json.dumps(seed), encoding="utf-8")
    with running("--seed", path, "--subscriber-port", 0) as simulator:
        yield simulator


@pytest.fixture
def connection(simulator: Simulator) -> dict[str, Any]:
    return {
        "api_url": simulator.subscriber_url,
        "api_username": "user2@d1.example.org",
        "api_password": WEB_PASSWORD,
        "ca_path": simulator.ca_file,
    }


def test_a_subscriber_manages_its_own_mail2fax(play: Play, simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/2", {"name": "By hand"})
    mail = {"active": True, "secret_key": "k3y-of-its-own"}
    fax = {"name": "Declared"}
    entry = {"subscriber": "user2@d1.example.org", "mailtofax_settings": mail, "faxserver_settings": fax}
    played = play(
        [
            {"name": "list", "ngcp.fax.fax_settings_info": {}},
            {"name": "set", "ngcp.fax.mailtofax_settings": {"subscriber": "user2@d1.example.org", **mail}},
            {"name": "again", "ngcp.fax.mailtofax_settings": {"subscriber_id": 2, **mail}},
            {
                "name": "somebody else",
                "ngcp.fax.mailtofax_settings": {"subscriber_id": 3, **mail},
                "ignore_errors": True,
            },
            {"name": "drift", "ngcp.fax.fax_drift": {"subscribers": [entry]}},
        ],
        "-vvvv",
        warnings=("The report names no authors",),
    )
    (own,) = played["list"]["subscribers"]
    assert (own["subscriber_id"], own["subscriber"]) == (2, "user2@d1.example.org")
    assert own["mailtofax_settings"]["active"] is False
    assert (played["set"]["changed"], played["again"]["changed"]) == (True, False)
    assert played.failure("somebody else").startswith("There is no subscriber 3 on this server")
    stored = simulator.control("GET", "/settings/mailtofaxsettings/2")
    assert (stored["active"], stored["secret_key"]) == (True, "k3y-of-its-own")

    report = played["drift"]["report"]
    assert [(row["field"], row["changed_by"], row["changed_at"]) for row in report["rows"]] == [("name", None, None)]
    (note,) = report["notes"]
    assert note == (
        "The report names no authors: the server shows the journal of the settings to administrators only, "
        "and not to this login (HTTP 400)."
    )
    assert played["drift"]["warnings"] == report["notes"]
    asked = [line for run in requests(simulator) for line in run]
    assert "GET /api/subscribers/" in asked
    assert any("/journal/" in line for line in asked)

    shown = played.output + json.dumps(played.results)
    assert SIP_PASSWORD not in shown
    assert WEB_PASSWORD not in shown
