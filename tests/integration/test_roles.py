# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles send and archive by their playbooks: what they show, what the server saw, what is on the disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive import spec_of_archive
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import spec_of_sending
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec
from tests.integration.conftest import Play, Played
from tests.simulator.client import ROOT, Simulator

Variables = dict[str, Any]
# Runs the playbook of a role with these variables, and those it needs every time.
Run = Callable[..., Played]

SUBSCRIBER = "user3@d1.example.org"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
BUSY = "The fax to 43100099 failed: FAILED, User busy. It is over: run it again, what has arrived is not sent twice."
SHOW, SUM_UP = "Show the outcome for each number", "Show the summary"
SEND, DOWNLOAD = "Send the fax to every number that has not received it", "Download new faxes to the archive"


@pytest.fixture
def run(play: Play, connection: Variables, simulator: Simulator, tmp_path: Path) -> Run:
    """`run(role, *arguments, **variables)`, started in `tmp_path`; fax is active for subscriber 3."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    (tmp_path / "notice.pdf").write_bytes(PDF)
    always: dict[str, Variables] = {
        "send": {"send_poll_interval": 0.05, "send_src": "notice.pdf", "send_subscriber": SUBSCRIBER},
        "archive": {"archive_dest": "faxes"},
    }

    def run(role: str, *arguments: str, **variables: Any) -> Played:
        names = {f"{role}_{name}": value for name, value in variables.items()}
        given = {**always[role], f"{role}_connection": connection, **names}
        (tmp_path / "variables.json").write_text(json.dumps(given), encoding="utf-8")
        return play(f"ngcp.fax.{role}", "-e", f"@{tmp_path / 'variables.json'}", *arguments)

    return run


def shown(played: Played, task: str = SHOW, role: str = "send") -> Any:
    return played[f"ngcp.fax.{role} : {task}"]["msg"]


def journal(simulator: Simulator) -> list[Variables]:
    return list(simulator.control("GET", "/faxes")["journal"])


def posted(simulator: Simulator) -> list[str]:
    """The numbers that faxes were posted to, each as often as it was."""
    return sorted(fax["destination"] for fax in journal(simulator) if fax["destination"])


def paths(simulator: Simulator, method: str) -> list[str]:
    log = simulator.control("GET", "/log")["requests"]
    return [request["path"] for request in log if request["method"] == method and request["path"] != "/login_jwt"]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file())


# Send -----------------------------------------------------------------------------------------------------------------


def test_check_mode_shows_what_would_be_sent_and_writes_nothing(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    played = run("send", "--check", destinations=["43100001", "4310000123"])
    assert played.code == 0, played.output
    assert shown(played) == [
        "number      state      pages  time or reason",
        "43100001    not_sent       -  would be sent",
        "4310000123  not_sent       -  would be sent",
        "2 in all (2 not_sent)",
    ]
    assert paths(simulator, "POST") == []
    assert not list(tmp_path.glob("*receipt*"))


def test_some_fail_then_only_what_is_missing_is_sent(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    first = run("send", destinations=["43100001", "43100099", "43100003"])
    assert first.code == 2
    assert first.failure(f"ngcp.fax.send : {SEND}") == BUSY
    times = {fax["destination"]: fax["time"] for fax in journal(simulator) if fax["destination"]}
    assert shown(first) == [
        "number    state      pages  time or reason",
        f"43100001  sent           1  {times['43100001']}",
        "43100099  failed         0  User busy",
        f"43100003  sent           1  {times['43100003']}",
        "3 in all (1 failed, 2 sent)",
    ]
    # Beside the document, wherever the playbook itself is.
    receipt = json.loads((tmp_path / "notice.pdf.receipt.json").read_bytes())
    assert {each["document"] for each in receipt["faxes"]} == {hashlib.sha256(PDF).hexdigest()}

    again = run("send", destinations=["43100001", "43100099", "43100003", "43100004"])
    assert again.failure(f"ngcp.fax.send : {SEND}") == BUSY
    assert [line.split()[:2] for line in shown(again)[1:-1]] == [
        ["43100001", "sent"],
        ["43100099", "failed"],
        ["43100003", "sent"],
        ["43100004", "sent"],
    ]
    assert shown(again)[1].endswith(f"{times['43100001']}, by an earlier run")
    assert posted(simulator) == ["43100001", "43100003", "43100004", "43100099", "43100099"]

    done = run("send", destinations=["43100001", "43100003", "43100004"])
    assert (done.code, "changed=0" in done.output) == (0, True)
    assert len(posted(simulator)) == 5


def test_what_is_not_known_is_in_the_table_and_settled_by_a_variable(run: Run, simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"fax_delay_ms": 0})
    simulator.control("PUT", "/faults", [{"method": "POST", "path": "/api/faxes/", "close": "before"}])
    options: Variables = {"destinations": ["43100001", "43100002"], "workers": 1, "wait_timeout": 0.5}
    text: Variables = {"src": None, "content": "Closed tomorrow.", "receipt": "text.json", **options}
    lost = run("send", **text)
    sentence = lost.failure(f"ngcp.fax.send : {SEND}")
    assert sentence.startswith("It is not known whether the fax to 43100001 was sent: ")
    assert shown(lost)[1] == "43100001  uncertain      -  not known whether it was sent, see below"
    assert shown(lost)[-1] == "2 in all (1 sent, 1 uncertain)"
    settled = run("send", **text, on_uncertain="assume_sent")
    assert settled.code == 0, settled.output
    assert shown(settled)[1] == "43100001  sent           -  assumed, not confirmed"
    assert posted(simulator) == ["43100002"]


def test_without_waiting_a_later_run_learns_of_the_outcome(run: Run, simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"fax_delay_ms": 10_000_000})
    queued = run("send", destinations=["43100001"], wait=False)
    assert shown(queued)[1:] == ["43100001  queued         -  not waited for", "1 in all (1 queued)"]
    simulator.control("PUT", "/faxes/queued", {"place": 0})
    assert shown(run("send", destinations=["43100001"]))[-1] == "1 in all (1 sent)"
    assert posted(simulator) == ["43100001"]


def test_a_play_of_ones_own_with_its_own_connection(play: Play, run: Run, simulator: Simulator, tmp_path: Path) -> None:
    """The role takes `module_defaults`, and its files begin beside the playbook."""
    role: Variables = {
        "ansible.builtin.import_role": {"name": "ngcp.fax.send"},
        "vars": {
            "send_subscriber_id": 3,
            "send_src": "notice.pdf",
            "send_destinations": ["43100001"],
            "send_poll_interval": 0.05,
        },
    }
    assert play([{"name": "send", **role}]).code == 0
    assert (tmp_path / "notice.pdf.receipt.json").is_file()
    assert posted(simulator) == ["43100001"]


# Archive --------------------------------------------------------------------------------------------------------------


def test_an_archive_new_unchanged_and_deleted(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    folder = tmp_path / "faxes"
    check = run("archive", "--check", subscriber_id=3)
    assert shown(check, SUM_UP, "archive").endswith("0 deleted on the server (check mode, nothing was done)")
    assert not folder.exists()

    first = run("archive", subscriber_id=3)
    assert shown(first, SUM_UP, "archive") == f"2 new in {folder}, 1 without a document, 0 deleted on the server"
    documents = [
        "2026/11/01/20261101T100000Z_out_431110002_5.tif",
        "2026/11/02/20261102T100000Z_in_431999_6.tif",
    ]
    assert files(folder) == [*documents, "index.csv", "index.json"]

    simulator.control("POST", "/faxes", {"subscriber_id": 3, "time": "2026-11-04 10:00:00"})
    simulator.control("DELETE", "/log")
    second = run("archive", subscriber_id=3)
    assert shown(second, SUM_UP, "archive").startswith("1 new in ")
    assert paths(simulator, "GET").count("/api/faxrecordings/5") == 0
    third = run("archive", subscriber_id=3)
    assert "changed=0" in third.output

    last = run("archive", subscriber_id=3, until="2026-11-04", delete_archived=True)
    assert shown(last, SUM_UP, "archive") == f"0 new in {folder}, 1 without a document, 2 deleted on the server"
    assert sorted(paths(simulator, "DELETE")) == ["/api/faxes/5", "/api/faxes/6"]
    assert [fax["id"] for fax in journal(simulator)] == [7, 8, 9]
    assert files(folder)[:2] == documents


def test_a_fax_that_cannot_be_fetched_is_named_below_what_was_done(
    run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    broken = {"path": "/api/faxrecordings/6", "status": 200, "body": "<html>Oops</html>", "times": None}
    simulator.control("PUT", "/faults", [broken])
    played = run("archive", delete_archived=True)
    assert "fax 6" in played.failure(f"ngcp.fax.archive : {DOWNLOAD}")
    assert shown(played, SUM_UP, "archive").startswith("1 new in ")
    assert paths(simulator, "DELETE") == ["/api/faxes/5"]


# What is wrong --------------------------------------------------------------------------------------------------------

NUMBERS = {"destinations": ["43100001"]}
WRONG: list[tuple[str, Variables, str]] = [
    (
        "send",
        {"destinations": [43100001]},
        "send_destinations[0] must be a text; put it in quotes, because YAML may have read",
    ),
    ("send", {**NUMBERS, "src": "", "content": "x"}, "send_receipt is missing. A text needs one"),
    ("send", {**NUMBERS, "src": "missing.pdf"}, "send_src: '/"),
    (
        "send",
        {**NUMBERS, "external_id": "x"},
        "parameters are mutually exclusive: send_subscriber|send_external_id",
    ),
    ("archive", {"dest": ""}, "archive_dest is empty."),
    ("archive", {"dest": "missing/faxes"}, "archive_dest: the folder '/"),
    ("archive", {"since": "1d", "until": "7d"}, "archive_since (1d) must be before archive_until (7d)."),
]


@pytest.mark.parametrize(("role", "variables", "sentence"), WRONG)
def test_what_is_wrong_is_one_sentence_before_any_request(
    role: str, variables: Variables, sentence: str, run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    before = files(tmp_path)
    played = run(role, **variables)
    assert played.code == 4
    message = next(str(played[task]["msg"]) for task in played.failed)
    assert message.startswith(sentence)
    assert "\n" not in message
    assert simulator.control("GET", "/counters")["requests"] == 0
    made = {"variables.json", "record.jsonl"}
    assert not [each for each in files(tmp_path) if each not in (*before, *made) and not each.startswith("ansible/")]


# The roles' own files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "spec", "not_here"),
    [
        ("send", spec_of_sending(), {"destination", "remote_src"}),
        ("archive", spec_of_archive(), set()),
    ],
)
def test_the_role_has_every_option_of_the_module(role: str, spec: Spec, not_here: set[str]) -> None:
    """A new option must not be forgotten there, and defaults and choices are the module's."""
    folder = ROOT / "roles" / role
    read = {name: yaml.safe_load((folder / name).read_bytes()) for name in ("defaults/main.yml", f"tasks/{role}.yml")}
    specs = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_bytes())
    options = specs["argument_specs"]["main"]["options"]
    own = {name: option for name, option in spec.options.items() if name not in {*CONNECTION, *not_here}}
    ((main, *_others),) = (block["block"] for block in read[f"tasks/{role}.yml"])
    passed = next(main[key] for key in main if key.startswith("ngcp.fax."))
    assert set(passed) == set(own)
    assert set(options) == {f"{role}_{name}" for name in (*own, "connection", "chdir")}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for name, option in own.items():
        variable = f"{role}_{name}"
        assert f"`{variable}`" in readme
        assert options[variable].get("choices") == option.get("choices")
        assert options[variable].get("default") == option.get("default")
        if "default" in option:
            assert read["defaults/main.yml"][variable] == option["default"]
