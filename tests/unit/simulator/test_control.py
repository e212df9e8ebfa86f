# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API, and the faults."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import urllib3

from tests.simulator.client import ControlError
from tests.unit.simulator.api import Api

ITEM = "/api/faxserversettings/1"


def test_the_log_tells_everything_but_secrets(api: Api) -> None:
    api.get(ITEM, headers={"X-OTP": "123456"})
    api.get(f"{ITEM}/journal/?rows=1", user="", auth=("reseller1", "administrator"))
    api.get(ITEM, user="")
    entries = api.control("GET", "/log")["requests"]
    shown = [(each["n"], each["path"], each["query"], each["user"], each["auth"], each["status"]) for each in entries]
    assert shown == [
        (1, ITEM, "", "administrator", "jwt", 200),
        (2, f"{ITEM}/journal/", "rows=1", "reseller1", "basic", 400),
        (3, ITEM, "", None, "none", 401),
    ]
    assert {each["connection"] for each in entries} == {entries[0]["connection"]}
    assert entries[0]["headers"]["user-agent"].startswith("python-requests")
    assert not {"authorization", "x-otp", "cookie"} & set(entries[0]["headers"])
    assert "123456" not in str(entries)


def test_counters_are_waited_for(api: Api) -> None:
    api.control("DELETE", "/log")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(api.control, "GET", "/counters?requests=2")
        api.get(ITEM)
        assert not waiting.done()
        api.get(ITEM)
        assert waiting.result()["requests"] == 2
    for wrong in ("logins=1", "writes=many"):
        with pytest.raises(ControlError, match="400"):
            api.control("GET", f"/counters?{wrong}")


def test_counters(api: Api) -> None:
    api.get(ITEM)
    with requests.Session() as session:
        session.trust_env, session.verify = False, api.simulator.ca_file
        session.get(f"{api.simulator.url}{ITEM}", timeout=30)
        session.delete(f"{api.simulator.url}/api/faxes/5", timeout=30)
    api.log_in("administrator", "wrong")
    counters = api.control("GET", "/counters")
    assert counters == {
        "requests": 4,
        "methods": {"GET": 2, "DELETE": 1, "POST": 1},
        "statuses": {"200": 1, "401": 2, "403": 1},
        "logins": 1,
        "connections": 1,
        "writes": 1,
        "refused_writes": 0,
        "busy_ms": 0,
        "most_busy": 1,
        "neighbours": 0,
    }, "the connection of the fixture is older than the reset"
    assert api.control("DELETE", "/log")["requests"] == 0


def test_refused_writes_change_nothing(api: Api) -> None:
    api.control("PUT", "/refuse_writes", {"enabled": True})
    assert api.patch(ITEM, {"op": "replace", "path": "/active", "value": 1}).status_code == 418
    assert api.send("DELETE", "/api/faxes/5").status_code == 418
    assert api.log_in("administrator", "administrator").status_code == 200
    assert api.control("GET", "/counters")["refused_writes"] == 2
    api.control("PUT", "/refuse_writes", {"enabled": False})
    assert api.send("DELETE", "/api/faxes/5").status_code == 204


def test_a_reset_forgets_everything(api: Api) -> None:
    api.patch(ITEM, {"op": "replace", "path": "/active", "value": 1})
    api.send("DELETE", "/api/faxes/5")
    for _unused in range(5):
        api.basic("reseller1", "wrong")
    api.control("PUT", "/clock", {"now": "2030-01-01 00:00:00"})
    api.control("PUT", "/options", {"fax_license": False, "jwt_key": False})
    api.control("PUT", "/refuse_writes", {"enabled": True})
    api.control("PUT", "/faults", [{"status": 503, "times": None}])
    api.control("POST", "/reset")
    assert api.control("GET", "/counters")["requests"] == 0
    assert api.control("GET", "/clock")["now"] < "2030"
    assert api.get(ITEM).json()["active"] is False
    assert api.get(f"{ITEM}/journal/").json()["total_count"] == 0
    assert api.basic("reseller1", "administrator") == 200
    assert api.send("DELETE", "/api/faxes/5").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", "/options", {"nosuch": 1}),
        ("PUT", "/options", {"fax_server": "asleep"}),
        ("PUT", "/options", {"jwt_key": 1}),
        ("PUT", "/options", {"latency_ms": -1}),
        ("PUT", "/options", {"latency_ms": None}),
        ("PUT", "/options", {"costs": "free"}),
        ("PUT", "/options", {"costs": ["panel"]}),
        ("PUT", "/options", {"server_workers": -1}),
        ("PUT", "/clock", {"now": "today"}),
        ("PUT", "/clock", {}),
        ("PUT", "/refuse_writes", {}),
        ("PUT", "/faults", {}),
        ("PUT", "/faults", [{}]),
        ("PUT", "/faults", [{"status": 500, "path": "("}]),
        ("PUT", "/faults", [{"status": 500, "query": "("}]),
        ("PUT", "/faults", [{"status": 500, "query": 7}]),
        ("PUT", "/faults", [{"close": "now"}]),
        ("PUT", "/faults", [{"status": 500, "color": "red"}]),
        ("POST", "/faxes", {}),
        ("POST", "/faxes", {"subscriber_id": 3, "color": "red"}),
        ("POST", "/faxes", {"subscriber_id": 3, "content": "?"}),
        ("POST", "/faxes/generate", {}),
        ("POST", "/faxes/generate", {"count": 0}),
        ("POST", "/faxes/generate", {"count": 1, "color": "red"}),
        ("POST", "/faxes/generate", {"count": 1, "subscriber_id": 29}),
        ("PUT", "/faxes/queued", {}),
        ("PUT", "/faxes/queued", {"status": "SUCCESS"}),
        ("PUT", "/faxes/queued", {"place": "first"}),
        ("PUT", "/faxes/queued", {"place": 0, "color": "red"}),
        ("PATCH", "/settings/faxserversettings/1", {"color": "red"}),
        ("PATCH", "/settings/faxserversettings/1", {"active": "yes"}),
        ("GET", "/settings/nosuch/1", None),
    ],
)
def test_requests_without_sense(api: Api, method: str, path: str, content: object) -> None:
    with pytest.raises(ControlError, match="400"):
        api.control(method, path, content)


def faults(api: Api, *entries: dict[str, Any]) -> None:
    api.control("PUT", "/faults", list(entries))


def test_a_fault_meets_what_it_names_as_often_as_it_says(api: Api) -> None:
    faults(
        api,
        {"method": "GET", "path": "^/api/fax.*/1$", "times": 2, "status": 503, "headers": {"Retry-After": 7}},
        {"path": "subscribers", "times": None, "status": 429, "body": {"code": 429}},
        {"method": "PATCH", "status": 502, "body": "<html>"},
    )
    assert [api.get(ITEM).status_code for _unused in range(3)] == [503, 503, 200]
    assert [api.get("/api/subscribers/1").json() for _unused in range(2)] == [{"code": 429}] * 2
    refused = api.patch(ITEM)
    assert (refused.status_code, refused.text) == (502, "<html>")
    left = api.control("GET", "/faults")
    assert [each["path"] for each in left] == ["subscribers"]


def test_a_connection_cut_before_and_after(api: Api) -> None:
    for close, journal in (("before", 0), ("after", 1)):
        faults(api, {"method": "PATCH", "close": close})
        with pytest.raises(requests.ConnectionError):
            api.patch(ITEM)
        assert api.get(f"{ITEM}/journal/").json()["total_count"] == journal
    assert api.control("GET", "/counters")["statuses"]["0"] == 2


def test_an_answer_that_does_not_tell_what_was_done(api: Api) -> None:
    faults(api, {"method": "PATCH", "status": 503, "effect": True})
    assert api.patch(ITEM, {"op": "replace", "path": "/active", "value": 1}).status_code == 503
    assert api.get(ITEM).json()["active"] is True


def test_a_fault_of_one_page(api: Api) -> None:
    faults(api, {"path": "^/api/subscribers/$", "query": "(^|&)page=2(&|$)", "status": 502})
    assert [api.get(f"/api/subscribers/?page={page}&rows=5").status_code for page in (1, 20, 2, 2)] == [
        200,
        200,
        502,
        200,
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/faxserversettings/1"),
        ("GET", "/api/faxserversettings/?rows=30"),
        ("GET", "/api/faxes/?rows=5000"),
        ("GET", "/api/faxrecordings/6"),
        ("GET", "/api/faxrecordings/6?format=pdf"),
        ("GET", "/api/faxrecordings/99?format=pdf"),
        ("PATCH", "/api/faxserversettings/1"),
    ],
)
def test_a_connection_cut_in_the_middle(api: Api, method: str, path: str) -> None:
    api.control("POST", "/faxes/generate", {"count": 3000})
    faults(api, {"path": path.partition("?")[0], "close": "middle"})
    headers = {"Content-Type": "application/json-patch+json", "Prefer": "return=representation"}
    options: dict[str, Any] = {"headers": headers}
    if method == "PATCH":
        options["json"] = [{"op": "replace", "path": "/name", "value": "x" * 64}]
    parts: list[bytes] = []
    with api.send(method, path, stream=True, **options) as response:
        length = int(response.headers["content-length"])
        with pytest.raises(urllib3.exceptions.ProtocolError):
            parts.extend(iter(lambda: response.raw.read(1024), b""))
    if method == "PATCH":
        assert api.get(path).json()["name"] == "x" * 64
    whole = api.send(method, path, **options)
    assert (response.status_code, length) == (whole.status_code, len(whole.content))
    got = b"".join(parts)
    assert len(got) == length // 2
    if "pdf" not in path:
        assert whole.content.startswith(got)


def test_a_fault_that_only_delays(api: Api) -> None:
    faults(api, {"delay_ms": 80})
    start = time.perf_counter()
    assert api.get(ITEM).status_code == 200
    assert time.perf_counter() - start >= 0.08


def test_what_was_held_back_before_a_reset_has_no_effect_after_it(api: Api) -> None:
    """The request of a client that is gone must not reach into the next test."""
    api.get(ITEM)  # logged in
    faults(api, {"method": "DELETE", "delay_ms": 300})
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(api.send, "DELETE", "/api/faxes/5")
        while api.control("GET", "/faults"):  # met once, it is gone
            pass
        api.control("POST", "/reset")
        assert isinstance(held.exception(), requests.ConnectionError)
    assert 5 in {fax["id"] for fax in api.control("GET", "/faxes")["journal"]}


def test_latency(api: Api) -> None:
    api.control("PUT", "/options", {"latency_ms": 50})
    start = time.perf_counter()
    api.get(ITEM)
    assert time.perf_counter() - start >= 0.05
