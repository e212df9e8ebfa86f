# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suboptions that are documented with another option are unknown to Ansible, and checked and hidden all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.ngcp.fax.plugins.module_utils._internal import runner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from tests.unit.fakes import FakeClient

CANARY = "Zm6-canary"
LOGIN = {"api_url": "https://127.0.0.1:1", "api_username": "a", "api_password": "b", "check_options": True}
SECRETS = {"faxserver_settings": {"password": CANARY}, "mailtofax_settings": {"secret_key": CANARY}}
# Runs a job with options, and returns its result.
Run = Callable[[Job[Any], dict[str, Any]], dict[str, Any]]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that go to the system log."""
    lines: list[str] = []
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr("syslog.syslog", lambda level, line: lines.append(line))
    return lines


@pytest.fixture(params=["in process", "own process"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run(job, options)` runs a job inside Ansible's process, or as Ansible runs a module."""

    def here(job: Job[Any], options: dict[str, Any]) -> dict[str, Any]:
        given = {**LOGIN, **options, "_ansible_module_name": "many"}
        return runner.run_here(job, given, lambda connection, read_only: nullcontext(FakeClient(1)))

    def alone(job: Job[Any], options: dict[str, Any]) -> dict[str, Any]:
        given = {"ANSIBLE_MODULE_ARGS": {**LOGIN, **options}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            runner.run(job)
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return here if request.param == "in process" else alone


def entry(**suboptions: object) -> dict[str, Any]:
    return {"subscribers": [{"subscriber_id": 1, "faxserver_settings": {"t38": True}, **suboptions}]}


JOBS = pytest.mark.parametrize("job", [SUBSCRIBERS, DRIFT], ids=["fax_subscribers", "fax_drift"])


@JOBS
def test_ansible_does_not_know_the_suboptions(job: Job[Any]) -> None:
    """It may not: it validates none of the options that have them."""
    known = job.spec.documented
    below = known["subscribers"]["options"]["below"]["options"]
    for options in (known["subscribers"]["options"], below, known["defaults"]["options"]):
        assert [options[name] for name in SECRETS] == [{"type": "dict"}] * 2
    assert known["unmanaged_match"] == {"type": "dict"}
    changed = {name for name, option in job.spec.options.items() if option != known[name]}
    assert changed == {"subscribers", "defaults", "unmanaged_match"} <= job.spec.own


@JOBS
def test_a_secret_shows_nowhere(job: Job[Any], run: Run, log: list[str]) -> None:
    options = {**entry(**SECRETS, below=[{"place": "x", **SECRETS}]), "defaults": SECRETS}
    result = run(job, options)
    assert not result.get("failed"), result
    shown = result["invocation"]["module_args"]
    assert (shown["subscribers"], shown["defaults"]) == ("1 element", "2 keys")
    assert any("Invoked with" in line for line in log)
    assert CANARY not in json.dumps(result) + "".join(log)


@JOBS
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            entry(faxserver_settings={"password": [CANARY]}),
            "subscribers[0]: faxserver_settings.password must be a text.",
        ),
        (
            entry(faxserver_settings={"passwort": CANARY}),
            "subscribers[0]: faxserver_settings.passwort is not an option; did you mean password?",
        ),
        (entry(faxserver_settings=[CANARY]), "subscribers[0]: faxserver_settings must be a mapping with active, name,"),
        (
            entry(mailtofax_settings={"secret_key_renew": CANARY}),
            "subscribers[0]: mailtofax_settings.secret_key_renew must be one of never, daily, weekly, monthly.",
        ),
        (
            entry(below=[{"mailtofax_settings": {"secret_key": {"x": CANARY}}}]),
            "subscribers[0]: below[0].mailtofax_settings.secret_key must be a text.",
        ),
        (
            entry(below=[{"faxserver_settings": {"passwort": CANARY}}]),
            "subscribers[0]: below[0].faxserver_settings.passwort is not an option; did you mean password?",
        ),
        (
            {**entry(), "defaults": {"faxserver_settings": {"password": [CANARY]}}},
            "defaults.faxserver_settings.password must be a text.",
        ),
        (
            {**entry(), "defaults": {"mailtofax_settings": {"seret_key": CANARY}}},
            "defaults.mailtofax_settings.seret_key is not an option; did you mean secret_key?",
        ),
        (
            {**entry(), "unmanaged": "report", "unmanaged_match": {"domain": [CANARY]}},
            "unmanaged_match.domain must be a text.",
        ),
        (
            {**entry(), "unmanaged": "report", "unmanaged_match": {"domian": CANARY}},
            "unmanaged_match.domian is not an option; did you mean domain?",
        ),
    ],
)
def test_a_mistake_is_named_without_its_value(
    job: Job[Any], options: dict[str, Any], sentence: str, run: Run, log: list[str]
) -> None:
    result = run(job, options)
    assert result["failed"]
    assert result["msg"].startswith(sentence)
    assert CANARY not in json.dumps(result) + "".join(log)
