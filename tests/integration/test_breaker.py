# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk runs against a server that fails for everybody: they stop, say so once, and leave the others untried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, ServerDown, SomeFailed
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export import export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import archive, delete
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

EVERYBODY = [one for one in range(1, 31) if one != 29]
ENTRIES = [{"subscriber_id": one, "faxserver_settings": {"name": "As declared"}} for one in EVERYBODY]
# The login, and the settings of each.
READ = 1 + len(EVERYBODY)
SILENT = {"times": None, "delay_ms": 20_000}
TIMEOUT = 0.8
Options = Mapping[str, Any]


def given(spec: Spec, options: Options) -> dict[str, Any]:
    return {**defaults(spec), **options}


def client_of(simulator: Simulator, **options: Any) -> Client:
    connection = Connection(
        simulator.url,
        **{
            "api_username": "administrator",
            "api_password": "administrator",
            "ca_path": simulator.ca_file,
            "timeout": TIMEOUT,
            **options,
        },
    )
    return Client(connection)


def after(number: int) -> list[dict[str, Any]]:
    """Faults: so many requests are answered, and then none."""
    return [{"times": number, "delay_ms": 1}, SILENT]


def bulk(client: Client, options: Options) -> None:
    SUBSCRIBERS.execute(client, given(SUBSCRIBERS.spec, {"subscribers": ENTRIES, **options}), check_mode=False)


def drift(client: Client, options: Options) -> None:
    DRIFT.execute(client, given(DRIFT.spec, {"subscribers": ENTRIES, **options}), check_mode=False)


def info(client: Client, options: Options) -> None:
    named = [{"subscriber_id": one} for one in EVERYBODY]
    SETTINGS_INFO.execute(client, given(SETTINGS_INFO.spec, {"subscribers": named, **options}), check_mode=False)


def kinds(error: FaxError) -> Counter[str]:
    return Counter((row.get("error") or {}).get("kind", row["status"]) for row in error.facts["subscribers"])


def test_a_server_that_falls_silent_while_it_is_written(simulator: Simulator) -> None:
    """At the defaults that took two weeks for 20,000 subscribers."""
    with client_of(simulator) as client:
        # Each is read once more, and written.
        simulator.control("PUT", "/faults", after(READ + 10))
        with pytest.raises(FaxError) as caught:
            bulk(client, {})
    assert str(caught.value).count("The server has not answered anybody for 1.2 s: the run has stopped trying") == 1
    log = simulator.control("GET", "/log")["requests"]
    # Of the four who were under way each was tried once, and asked about once.
    assert len(log) <= READ + 10 + 4 + 4
    found = kinds(caught.value)
    assert found["not_tried"] >= len(EVERYBODY) - 10 - 4
    assert sum(found.values()) == len(EVERYBODY)
    # What was sent may have been done; the log has what was answered.
    written = {int(one["path"].rpartition("/")[2]) for one in log if one["method"] == "PATCH"}
    applied = {row["subscriber_id"] for row in caught.value.facts["subscribers"] if row["applied"]}
    assert written <= applied
    assert len(applied - written) <= 4
    assert caught.value.facts["changed"]


@pytest.mark.parametrize("run", [bulk, drift, info], ids=lambda run: run.__name__)
@pytest.mark.parametrize("workers", [1, 4])
def test_a_server_that_is_silent_from_the_beginning(
    run: Callable[[Client, Options], None], workers: int, simulator: Simulator
) -> None:
    simulator.control("PUT", "/faults", after(0 if run is info else 1))
    with client_of(simulator, retries=0) as client, pytest.raises(FaxError) as caught:
        run(client, {"workers": workers, "page_size": 5})
    assert isinstance(caught.value, (ServerDown, SomeFailed)) or "did not answer" in str(caught.value)
    assert simulator.control("GET", "/counters")["requests"] <= 2 * workers + 2


@pytest.mark.parametrize(
    "fault",
    [{"status": 502}, {"status": 503, "body": "<html>"}, {"status": 504}, {"status": 500, "body": "<html>Oops</html>"}],
    ids=lambda fault: str(fault["status"]),
)
def test_a_server_that_fails_for_everybody(fault: dict[str, Any], simulator: Simulator) -> None:
    with client_of(simulator, retries=0, timeout=60.0) as client:
        simulator.control(
            "PUT", "/faults", [{"times": READ + 10, "delay_ms": 1}, {"path": "/api/", "times": None, **fault}]
        )
        with pytest.raises(FaxError) as caught:
            bulk(client, {"workers": 1})
    how = f"a request that only checks whether it works (HTTP {fault['status']}): the run has stopped trying"
    assert str(caught.value).count(how) == 1
    log = simulator.control("GET", "/log")["requests"]
    # Ten are written. After each PATCH that fails, its settings are read, except after the tenth.
    assert len(log) == READ + 10 + (2 * 10 - 1) + 1
    assert log[-1]["path"] == "/api/subscribers/"
    assert kinds(caught.value)["not_tried"] == len(EVERYBODY) - 10 - 10


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "body": {"code": 500, "message": "faxserversettings could not be updated."}},
        {"status": 503},
        {"status": 429},
        {"status": 422, "body": {"code": 422, "message": "No"}},
    ],
    ids=lambda fault: str(fault["status"]),
)
def test_a_server_that_works_is_asked_for_everybody(fault: dict[str, Any], simulator: Simulator) -> None:
    """A fresh platform deadlocks, and answers a GET."""
    with client_of(simulator, retries=0, timeout=60.0) as client:
        simulator.control("PUT", "/faults", [{"method": "PATCH", "path": "/api/", "times": None, **fault}])
        with pytest.raises(FaxError) as caught:
            bulk(client, {"workers": 1})
    log = simulator.control("GET", "/log")["requests"]
    assert len({one["path"] for one in log if one["method"] == "PATCH"}) == len(EVERYBODY)
    assert "not_tried" not in kinds(caught.value)


def test_faxes_stop_too(simulator: Simulator, tmp_path: Path) -> None:
    faxes = [{"subscriber_id": 1, "direction": "in"} for _each in range(30)]
    ids = [simulator.control("POST", "/faxes", fax)["id"] for fax in faxes]
    broken = {"path": "/api/", "times": None, "status": 502}
    with client_of(simulator, retries=0, timeout=60.0) as client:
        client.get("/api/faxserversettings/1")
        # Each is looked at, and the zone of one, before the first is deleted.
        simulator.control("PUT", "/faults", [{"times": len(ids) + 1, "delay_ms": 1}, broken])
        with pytest.raises(ServerDown):
            delete.JOB.execute(
                client, given(delete.JOB.spec, {"id": ids, "state": "absent", "workers": 1}), check_mode=False
            )
        deletes = simulator.control("GET", "/counters")["methods"]["DELETE"]
        client.begin()
        simulator.control("DELETE", "/log")
        simulator.control("PUT", "/faults", [{**broken, "path": "/api/(faxrecordings|subscribers)/"}])
        with pytest.raises(ServerDown):
            archive.JOB.execute(
                client, given(archive.JOB.spec, {"dest": str(tmp_path), "workers": 1}), check_mode=False
            )
        log = simulator.control("GET", "/log")["requests"]
    assert deletes == 10
    assert len([one for one in log if one["path"].startswith("/api/faxrecordings/")]) == 10


def test_an_export_stops_too(simulator: Simulator, tmp_path: Path) -> None:
    with client_of(simulator) as client:
        simulator.control("PUT", "/faults", after(2))
        options = {"dest": str(tmp_path / "out"), "page_size": 5}
        (tmp_path / "out").mkdir()
        with pytest.raises(ServerDown):
            export.JOB.execute(client, given(export.JOB.spec, options), check_mode=False)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_server_that_counts_requests_works(simulator: Simulator) -> None:
    """It says so to everybody, and to whoever asks whether it works."""
    with client_of(simulator, retries=0, timeout=60.0) as client:
        simulator.control("PUT", "/faults", [{"times": READ, "delay_ms": 1}, {"times": None, "status": 429}])
        with pytest.raises(FaxError) as caught:
            bulk(client, {"workers": 1})
    assert kinds(caught.value) == {"server_failed": len(EVERYBODY)}
