# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role `ngcp.fax.provision` by its playbook: plan, look, apply, and what is told when something is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Report
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import model
from tests.integration.conftest import Play, Played
from tests.simulator.client import Simulator

Variables = dict[str, Any]
# Runs the playbook with these variables, and those it needs every time.
Run = Callable[..., Played]

APPLY = "ngcp.fax.provision : Apply the declared settings"
FAX = {"faxserver_settings": {"active": True}}
STATE = """\
subscribers:
  - subscriber: user3@d1.example.org
    faxserver_settings: {active: true}
    mailtofax_settings: {active: true, secret_key: a-secret-of-three}
  - external_id: ext-4
    faxserver_settings: {active: true, name: New}
"""


@pytest.fixture
def run(play: Play, connection: Variables, tmp_path: Path) -> Run:
    """`run(*arguments, **variables)`, started in `tmp_path`, where the variables are in a file as a user's would be."""
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")

    def run(*arguments: str, **variables: Any) -> Played:
        content = {"connection": connection, **variables}
        names = {f"provision_{name}": value for name, value in content.items()}
        (tmp_path / "variables.json").write_text(json.dumps(names), encoding="utf-8")
        return play("ngcp.fax.provision", "-e", f"@{tmp_path / 'variables.json'}", *arguments)

    return run


def writes(simulator: Simulator) -> list[str]:
    log = simulator.control("GET", "/log")["requests"]
    return sorted(request["path"].removeprefix("/api/") for request in log if request["method"] == "PATCH")


def report(folder: Path) -> Report:
    """The report in a folder, with every file of it."""
    assert sorted(path.name for path in folder.iterdir()) == ["junit.xml", "report.html", "report.json", "report.md"]
    return model.read(json.loads((folder / "report.json").read_bytes()))


def test_plan_look_apply_again(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    planned = run("--check", src=["state.yml"], dest="plan")
    assert planned.code == 0, planned.output
    assert simulator.control("GET", "/counters")["refused_writes"] == 0
    simulator.control("PUT", "/refuse_writes", {"enabled": False})
    plan = report(tmp_path / "plan")
    assert (plan["kind"], plan["totals"]["drifted"], len(plan["rows"])) == ("plan", 2, 5)
    summary = (tmp_path / "plan" / "report.md").read_text(encoding="utf-8")
    assert "**Plan.** 2 of 2 subscribers would be changed." in summary
    assert "`user3@d1.example.org`" in summary

    applied = run(src="state.yml", dest="applied", plan="plan/report.json")
    assert applied.code == 0, applied.output
    assert writes(simulator) == ["faxserversettings/3", "faxserversettings/4", "mailtofaxsettings/3"]
    assert simulator.control("GET", "/settings/mailtofaxsettings/3")["secret_key"] == "a-secret-of-three"
    done = report(tmp_path / "applied")
    assert (done["kind"], done["rows"]) == ("provision", plan["rows"])

    again = run(src="state.yml", dest="again", plan="plan/report.json")
    assert (again.code, len(writes(simulator)), report(tmp_path / "again")["verdict"]) == (0, 3, "clean")
    for folder in ("plan", "applied", "again"):
        assert not any(
            "a-secret-of-three" in path.read_text(encoding="utf-8") for path in (tmp_path / folder).iterdir()
        )


def test_what_moved_since_the_plan_is_named_and_nothing_is_written(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    assert run("--check", src="state.yml", dest="plan").code == 0
    simulator.control("PATCH", "/settings/faxserversettings/4", {"name": "By hand"})
    applied = run(src="state.yml", plan="plan/report.json")
    assert applied.code == 2
    message = applied.failure(APPLY)
    assert message.startswith("Nothing was written, because this is not what the plan says: ")
    assert 'user4@d1.example.org: name is "By hand" and was nothing.' in message
    assert writes(simulator) == []


NO_PLANS = {
    "nowhere": (None, "There is no such file for plan."),
    "folder": (None, "This cannot be read for plan (Is a directory). Give the report.json of a run in check mode."),
    "half": ("{", "This is not a plan: it is not JSON."),
    "empty": ("{}", "empty.json.version is missing."),
    "list": ("[]", "list.json must be a mapping."),
    "deep": ("[" * 200_000, "This is not a plan: it is nested too deeply."),
}


def test_what_is_no_plan_is_refused_before_any_request(play: Play, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "state.yml").write_text(STATE, encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    tasks: list[Variables] = []
    for name, (content, _sentence) in NO_PLANS.items():
        if content is not None:
            (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
        options = {"src": "state.yml", "plan": f"{name}.json", "return_report": True}
        tasks.append({"name": name, "ngcp.fax.fax_subscribers": options, "ignore_errors": True})
    played = play(tasks)
    for name, (_content, sentence) in NO_PLANS.items():
        assert sentence in played.failure(name)
        assert played[name]["report"]["verdict"] == "unknown"
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_guards_come_from_variables(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    played = run("--diff", src="state.yml", max_changes=1, dest="stopped")
    # To decide, one must see what the guard stopped.
    for line in ("+++ after: user4@d1.example.org faxserver_settings", '+    "name": "New"'):
        assert line in played.output
    assert "--diff shows what would be changed. If that is right, raise provision_max_changes." in played.failure(APPLY)
    assert "2 to be changed" in played["ngcp.fax.provision : Show the summary"]["msg"]
    sentence = "Nothing was written: 2 of 2 subscribers would be changed, and provision_max_changes allows 1."
    assert played.failure(APPLY).startswith(sentence)
    assert f"**Failed.** {sentence.replace('_', chr(92) + '_')}" in (tmp_path / "stopped/report.md").read_text("utf-8")
    assert writes(simulator) == []
    simulator.control("PATCH", "/settings/faxserversettings/17", {"active": True})
    match = {"domain": "d2.example.org"}
    played = run(src="state.yml", unmanaged="deactivate", unmanaged_match=match, max_deactivations=0)
    assert (
        "1 would be deactivated, and provision_max_deactivations allows 0 (user17@d2.example.org, unmanaged)"
        in played.failure(APPLY)
    )
    assert writes(simulator) == []


def test_all_that_is_wrong_with_the_files_is_told_before_any_request(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "wrong.yml").write_text(
        "subscribers:\n  - subscriber_id: x\n  - subscriber: a@b\n    fax: {}\n", "utf-8"
    )
    message = run(src=["state.yml", "wrong.yml"], dest="report").failure(APPLY)
    assert "wrong.yml:2: " in message
    assert "wrong.yml:4: " in message
    assert simulator.control("GET", "/counters")["requests"] == 0
    failed = report(tmp_path / "report")
    assert (failed["kind"], failed["rows"][0]["msg"]) == ("provision", message)


def test_every_failed_subscriber_is_named_and_the_others_are_done(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    entries: list[Variables] = [
        {"subscriber": "nobody@d1.example.org", **FAX},
        {"subscriber_id": 4, **FAX},
    ]
    played = run(subscribers=entries, dest="report")
    assert played.code == 2
    assert played.failure(APPLY).startswith(
        "1 of 2 subscribers failed. provision_subscribers[0]: nobody@d1.example.org: There is no"
    )
    assert writes(simulator) == ["faxserversettings/4"]
    told = report(tmp_path / "report")
    assert (told["verdict"], [row["kind"] for row in told["rows"]]) == ("unknown", ["changed", "failed"])


def test_a_refused_login_is_tried_once_and_told(run: Run, simulator: Simulator, connection: Variables) -> None:
    played = run(src="state.yml", connection={**connection, "api_password": "wrong"}, dest="report")
    assert played.failure(APPLY).startswith("The server does not accept this username and password")
    assert simulator.control("GET", "/counters")["requests"] == 1


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "Nothing is declared. Give state files in provision_src, entries in provision_subscribers, or both."),
        (
            {"src": "state.yml", "paln": "x", "onyl": 3},
            "Unknown variable: provision_onyl, provision_paln. The role takes",
        ),
        ({"src": "state.yml", "plan": ""}, "provision_plan is empty. Name the plan, or omit it"),
        (
            {"src": "state.yml", "plan": "plan/report.json", "dest": "./plan/"},
            "provision_dest is the folder of the plan, plan/report.json. Name another folder",
        ),
    ],
)
def test_variables_that_cannot_be_meant_are_refused(
    variables: Variables, sentence: str, run: Run, simulator: Simulator
) -> None:
    played = run(**variables)
    (task,) = played.failed
    assert played.failure(task).startswith(sentence)
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_some_may_fail_if_it_is_allowed_and_the_plan_of_the_others_is_done(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "state.yml").write_text(
        f"{STATE}  - subscriber: nobody@d1.example.org\n    faxserver_settings: {{active: true}}\n", encoding="utf-8"
    )
    assert run("--check", src="state.yml", dest="plan").code == 2
    planned = run("--check", src="state.yml", dest="plan", allow_failed=True)
    assert (planned.code, report(tmp_path / "plan")["totals"]["failed"]) == (0, 1)
    assert "nobody@d1.example.org" in planned.output
    applied = run(src="state.yml", plan="plan/report.json", dest="applied")
    assert applied.code == 2
    assert "nobody@d1.example.org: There is no subscriber" in applied.failure(APPLY)
    assert writes(simulator) == ["faxserversettings/3", "faxserversettings/4", "mailtofaxsettings/3"]
    stopped = run(src="state.yml", max_changes=0, allow_failed=True, defaults={"faxserver_settings": {"t38": False}})
    assert "max_changes allows 0" in stopped.failure(APPLY)


def test_a_wrong_option_is_told_before_anything_is_asked_and_the_earlier_report_stays(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    assert run(src="state.yml", dest="done").code == 0
    earlier = report(tmp_path / "done")
    simulator.control("DELETE", "/log")
    played = run(src="state.yml", dest="done", formats="pdf")
    assert played.code == 4
    told = played.failure("ngcp.fax.provision : Check the options of the report")
    assert told.startswith("value of provision_formats must be one or more of: html, json, md, junit")
    assert report(tmp_path / "done") == earlier
    assert writes(simulator) == []


def test_who_failed_is_told_though_the_report_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "done" / "report.json").mkdir(parents=True)
    entries = [{"subscriber": "nobody@d1.example.org", **FAX}]
    played = run(subscribers=entries, dest="done")
    assert "nobody@d1.example.org: There is no subscriber" in played.failure(APPLY)
    assert "report.json' cannot be written" in played.failure("ngcp.fax.provision : Write the plan or the report")
    assert played["ngcp.fax.provision : Show the summary"]["msg"] == (
        "1 subscribers: 0 as declared, 0 changed, 1 failed, 0 unmanaged"
    )
    assert played.code == 4


def test_only_and_text_with_commas(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text(
        "subscribers:\n  - subscriber_id: 5\n    faxserver_settings: {active: true}\n", "utf-8"
    )
    played = run(src="state.yml,more.yml", only="user3@d1.example.org,5", formats="md,json", dest="report")
    assert played.code == 0, played.output
    assert writes(simulator) == ["faxserversettings/3", "faxserversettings/5", "mailtofaxsettings/3"]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["report.json", "report.md"]


def test_a_broken_subscriber_of_one_host_does_not_stop_another(
    play: Play, simulator: Simulator, connection: Variables, tmp_path: Path
) -> None:
    common: Variables = {"ansible_python_interpreter": sys.executable, "provision_connection": connection}
    hosts = {
        "h0": {**common, "provision_subscribers": [{"subscriber": "nobody@d1.example.org", **FAX}]},
        "h1": {**common, "provision_subscribers": [{"subscriber_id": 4, **FAX}]},
    }
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    played = play("ngcp.fax.provision", "-i", str(tmp_path / "hosts.json"), "-e", "provision_hosts=all")
    assert played.code == 2
    assert writes(simulator) == ["faxserversettings/4"]
