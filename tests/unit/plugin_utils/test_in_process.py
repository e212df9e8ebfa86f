# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's function inside another process: what it finds there, what it leaves behind, and what it is kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.concurrency_limit import ConcurrencyLimit
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, spec
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import in_process, stderr_progress
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.shared_login import SharedLogin

LOGIN = {"api_username": "admin", "api_password": "pa55word-of-admin"}


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    in_process._KEPT.clear()
    yield
    in_process._KEPT.clear()


def nothing(options: Options) -> Problems:
    yield from ()


UNSHARED = SharedLogin(None, None, shares=False)
OPTIONS = spec({"name": {"type": "str"}}, nothing, selector=None)


class Seen:
    """A module's function that keeps what it was given."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.clients: list[Client] = []
        self.options: list[Mapping[str, Any]] = []
        self.environment: dict[str, str] = {}
        self.folder = ""

    def __call__(self, client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
        self.clients.append(client)
        self.options.append(options)
        self.environment, self.folder = dict(os.environ), str(Path.cwd())
        client.secrets.update([str(options.get("name"))])
        if client.listener:
            client.listener.tell("Half done")
        if self.error:
            raise self.error
        return Result(
            changed=not check_mode, facts={"name": options.get("name"), "pair": (1, 2)}, warnings=["Look", "Look"]
        )


def run(
    function: Seen, spec: Spec = OPTIONS, environment: Mapping[str, str] | None = None, **params: Any
) -> dict[str, Any]:
    told: list[str] = []
    result = in_process.run(
        Job(spec, function, dict), {**LOGIN, **params}, environment or {}, "/", Listener(told.append), UNSHARED
    )
    assert set(told) <= {"Half done"}
    return result


def test_a_result() -> None:
    result = run(Seen(), name="N")
    masked = result.pop("invocation")["module_args"]
    assert result == {"changed": True, "name": "N", "pair": [1, 2], "warnings": ["Look"]}
    assert (masked["name"], masked["api_password"]) == ("N", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
    assert run(Seen(), _ansible_check_mode=True)["changed"] is False


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NotFound("There is no pa55word-of-admin", "Look."), "There is no ********. Look."),
        (
            ValueError("pa55word-of-admin"),
            "ngcp.fax met something unexpected (ValueError in test_in_process.py",
        ),
    ],
)
def test_a_failure(error: Exception, message: str) -> None:
    result = run(Seen(error))
    assert result["failed"] is True
    assert result["msg"].startswith(message)
    assert run(Seen(), nonsense=1)["msg"].startswith("Unsupported parameters for")


def test_a_token_does_not_show_wherever_the_server_repeats_it() -> None:
    def function(client: Client, options: Options, check_mode: bool) -> Result:
        client.secrets.add("t0ken-of-the-run")
        return Result(changed=False, facts={"name": "t0ken-of-the-run"}, warnings=["Look at t0ken-of-the-run"])

    result = in_process.run(Job(OPTIONS, function, dict), LOGIN, {}, "/", None, UNSHARED)
    assert "t0ken-of-the-run" not in str(result)


SECRET = spec({"pin": {"type": "str", "no_log": True}, "content": {"type": "str"}}, nothing, selector=None)


@pytest.mark.parametrize("pin", ["41", "1632960011", "4", "441632960011", "+4416329"])
@pytest.mark.parametrize("fails", [True, False])
def test_a_pin_does_not_show_by_what_is_missing(pin: str, fails: bool) -> None:
    """Anybody who knows the number could read the PIN in `4********632960011`."""
    facts = {"before": "+441632960011@example.com", "id": 441}

    def function(client: Client, options: Options, check_mode: bool) -> Result:
        if fails:
            raise NotFound("There is no 441632960011", "Look.", facts=facts)
        return Result(changed=False, facts=facts, warnings=["Look at 441632960011"])

    result = in_process.run(Job(SECRET, function, dict), {**LOGIN, "pin": pin}, {}, "/", None, UNSHARED)
    assert {name: result[name] for name in facts} == facts
    assert "441632960011" in (result["msg"] if fails else result["warnings"][0])
    assert result["invocation"]["module_args"]["pin"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    # A wrong option fails before the function runs, and no number is quoted that the PIN may be a part of.
    wrong = in_process.run(
        Job(SECRET, function, dict), {**LOGIN, "pin": pin, "auth": "441632960011"}, {}, "/", None, UNSHARED
    )
    assert wrong["msg"] == "value of auth must be one of: auto, jwt, basic."


def test_the_system_log_is_told_what_the_result_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda level, line: lines.append(line))
    params = {"pin": "41", "content": "Dear Zm6", "api_url": "https://ngcp.example.com", "timeout": 3}
    in_process.run(Job(SECRET, Seen(), dict), {**LOGIN, **params}, {}, "/", None, UNSHARED)
    in_process.run(
        Job(SECRET, Seen(), dict), {**LOGIN, "api_url": "https://u:Zm6@ngcp.example.com"}, {}, "/", None, UNSHARED
    )
    text = "\n".join(lines)
    assert "api_url=https://ngcp.example.com" in text
    assert "timeout=3.0" in text
    for secret in ("Zm6", "=41", LOGIN["api_password"]):
        assert secret not in text


def test_controls_of_the_server_do_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda level, line: lines.append(line))
    evil, safe = "a\x1b[31m\u202e\nok: [localhost]\udc80", "a\\x1b[31m\\u202e\\nok: [localhost]\\udc80"

    def function(client: Client, options: Options, check_mode: bool) -> Result:
        diff = {"before_header": evil, "after_header": "b", "before": {"name": evil}, "after": "a\n\x1b[31m\n"}
        return Result(changed=False, facts={"name": evil}, diff=diff, warnings=[f"Look at {evil}"])

    params = {**LOGIN, "name": "a\x1b[31m"}
    result = in_process.run(Job(OPTIONS, function, dict), params, {}, "/", None, UNSHARED)
    assert (result["name"], result["warnings"]) == (evil, [f"Look at {safe}"])
    assert result["diff"]["before_header"] == safe
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"name": evil}, "a\n\\x1b[31m\n")
    failed = run(Seen(NotFound(f"There is no {evil}", "Look.", facts={"name": evil})))
    assert (failed["name"], failed["msg"]) == (evil, f"There is no {safe}. Look.")
    assert evil not in "".join(lines)
    assert "name=a\\x1b[31m" in "".join(lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("inject", [True, False])
def test_ansible_may_not_want_the_invocation(inject: bool) -> None:
    assert ("invocation" in run(Seen(), _ansible_inject_invocation=inject)) is inject


def test_the_process_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NGCP_API_TOKEN", "of-the-process")
    monkeypatch.setenv("NGCP_API_URL", "https://process.example.com")
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()  # as it may happen to a long play
    before = dict(os.environ)
    seen = Seen()
    run(seen, environment={"NGCP_API_URL": "https://task.example.com", "TASK": "1"})
    assert seen.clients[0].url == "https://task.example.com"
    assert (seen.environment["TASK"], seen.folder) == ("1", "/")
    assert "NGCP_API_TOKEN" not in seen.environment
    assert dict(os.environ) == before
    with pytest.raises(FileNotFoundError):
        Path.cwd()


def test_a_client_is_kept_for_the_same_connection_only() -> None:
    seen = Seen()
    same: dict[str, Any] = {"environment": {"HTTPS_PROXY": "http://127.0.0.1:1"}}
    run(seen, **same, name="first")
    run(seen, **same, name="second")
    run(seen, name="other environment")
    run(seen, **same, _ansible_check_mode=True)
    run(seen, **same, timeout=1)
    first, second, *others = seen.clients
    assert first is second
    assert len({id(client) for client in (first, *others)}) == 4
    assert second.secrets.redact("first second pa55word-of-admin") == "first second VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_a_client_survives_a_failure_but_no_interruption() -> None:
    failing, seen = Seen(NotFound("No", "Look.")), Seen()
    run(failing)
    run(seen)
    with pytest.raises(KeyboardInterrupt):
        run(Seen(KeyboardInterrupt()))
    run(seen)
    assert failing.clients[0] is seen.clients[0]
    assert seen.clients[0] is not seen.clients[1]


def test_only_a_few_clients_are_kept() -> None:
    seen = Seen()
    for number in range(in_process.MOST_KEPT + 1):
        run(seen, timeout=number + 1)
        run(seen, timeout=1)  # used again and again
    assert len(in_process._KEPT) == in_process.MOST_KEPT
    assert len({id(client) for client in seen.clients}) == in_process.MOST_KEPT + 1


def test_two_thousand_items_use_no_more_than_a_hundred() -> None:
    """All that an item needs but its requests, in one process as in a loop (`make soak` plays the whole)."""

    def used() -> tuple[int, int, int]:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), pages * os.sysconf("SC_PAGE_SIZE")

    def item(client: Client, options: Options, check_mode: bool) -> Result:
        client.limit_requests(ConcurrencyLimit(2))
        client.secrets.update([str(options["name"])])
        return Result(changed=False, facts={}, warnings=[str(options["name"])])

    for number in range(2000):
        in_process.run(
            Job(OPTIONS, item, dict),
            {**LOGIN, "name": f"name {number}"},
            {},
            "/",
            stderr_progress.listener("a task"),
            UNSHARED,
        )
        if number == 100:
            before = used()
    after = used()
    assert after[:2] == before[:2]
    assert after[2] - before[2] < 2_000_000


def test_an_interrupted_task_does_not_spoil_the_next_one() -> None:
    def interrupted(item: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        concurrency.map_concurrently(interrupted, [1], 1)
    with pytest.raises(concurrency.Ended):
        concurrency.pause(0.001)
    run(Seen())
    concurrency.pause(0.001)


# Options that only `checks` look at -----------------------------------------------------------------------------------


class Entry:
    """What Ansible's validation does not know."""


def many(options: Options) -> Problems:
    if len(options.get("entries", ())) > 2:
        yield Problem(("entries",), "are too many.")


OWN = Spec(
    options={**OPTIONS.options, "entries": {"type": "list", "elements": "dict", "options": {}}},
    clears=frozenset(),
    checks=(many,),
    own=frozenset({"entries"}),
)


def test_an_option_of_its_own() -> None:
    seen = Seen()
    entries = [Entry(), Entry()]
    result = run(seen, OWN, entries=entries)
    assert seen.options[0]["entries"] is entries
    assert result["invocation"]["module_args"]["entries"] == "2 elements"
    assert run(seen, OWN, entries=entries[:1])["invocation"]["module_args"]["entries"] == "1 element"
    refused = run(seen, OWN, entries=[*entries, Entry()])
    assert (refused["failed"], refused["msg"]) == (True, "entries are too many.")
    for nothing_given in ({}, {"entries": None}):
        result = run(seen, OWN, **nothing_given)
        assert "entries" not in seen.options[-1]
        assert result["invocation"]["module_args"]["entries"] is None
