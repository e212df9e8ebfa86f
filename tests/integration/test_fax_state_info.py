# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_state_info` and the playbook `ngcp.fax.validate`: state files are found, decrypted and checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Play
from tests.simulator.client import Simulator

SECRET = "a-secret-of-one"
ENTRY = "  - subscriber: {name}@x.example\n    faxserver_settings: {{active: true}}\n"
TASK = "ngcp.fax.validate : Check all state files"
WRONG = "No vault password of this run decrypts this; check the password, and that the text is whole."


def vault(folder: Path, *arguments: str, text: str = "") -> str:
    """Run ansible-vault with the passwords of two vault ids in `folder`."""
    for name in ("one", "two"):
        (folder / name).write_text(f"password {name}\n", encoding="utf-8")
    ids = [f"--vault-id=one@{folder / 'one'}", f"--vault-id=two@{folder / 'two'}"]
    finished = subprocess.run(
        [sys.executable, "-m", "ansible.cli.vault", arguments[0], *ids, *arguments[1:]],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return finished.stdout


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """State files of each kind; a value is encrypted with one vault id, a file with the other."""
    folder = tmp_path / "files" / "subscribers"
    folder.mkdir(parents=True)
    value = vault(tmp_path, "encrypt_string", "--encrypt-vault-id=one", text=SECRET)
    (folder / "a.yml").write_text(
        "subscribers:\n"
        "  - subscriber: a@x.example\n"
        "    mailtofax_settings:\n"
        f"      secret_key: {value.rstrip()}\n"
        "  - match: {domain: x.example}\n"
        "    faxserver_settings: {t38: true}\n",
        encoding="utf-8",
    )
    (folder / "b.csv").write_text("subscriber,faxserver_settings.active\nb@x.example,true\n", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "c.json").write_text(
        '{"subscribers": [{"external_id": "c", "faxserver_settings": {"active": true}}]}', encoding="utf-8"
    )
    vault(tmp_path, "encrypt", "--encrypt-vault-id=two", str(folder / "sub" / "c.json"))
    return folder


def ids(folder: Path, **passwords: str) -> list[str]:
    return [f"--vault-id={name}@{folder / password}" for name, password in passwords.items()]


def test_the_module(play: Play, files: Path, tmp_path: Path, simulator: Simulator) -> None:
    """The connection that the play gives to the group is none of its options; nothing is sent."""
    info = "ngcp.fax.fax_state_info"
    tasks: list[dict[str, Any]] = [
        {"name": "A folder", info: {"src": "subscribers/"}},
        {"name": "A glob", info: {"src": ["subscribers/*.csv", str(files / "b.csv")]}, "check_mode": True},
        {"name": "From where it was started", info: {"src": "here*.csv"}},
        {"name": "Not there", info: {"src": ["nowhere", "files/*.txt"]}, "ignore_errors": True},
        {"name": "Nothing", info: {"src": []}, "ignore_errors": True},
        {"name": "No option", info: {"src": "subscribers", "scr": "x"}, "ignore_errors": True},
    ]
    (tmp_path / "here.csv").write_text("subscriber,faxserver_settings.active\nh@x.example,true\n", encoding="utf-8")
    simulator.control("POST", "/reset")
    played = play(tasks, "-vvvv", *ids(tmp_path, one="one", two="two"))
    assert played.code == 0, played.output
    folder = "files/subscribers"
    counts = {f"{folder}/a.yml": 2, f"{folder}/b.csv": 1, f"{folder}/sub/c.json": 1}
    found = played["A folder"]
    assert found["files"] == [{"path": path, "entries": count} for path, count in counts.items()]
    assert (found["totals"], found["changed"]) == ({"entries": 4, "sets": 1}, False)
    assert played["A glob"]["files"] == [{"path": f"{folder}/b.csv", "entries": 1}]
    assert played["From where it was started"]["files"] == [{"path": "here.csv", "entries": 1}]
    assert played.failure("Not there").splitlines() == [
        "nowhere: There is no such file or folder.",
        "files/*.txt: No state file fits this glob; their names end in .yml, .yaml, .json, .csv.",
    ]
    assert played.failure("Nothing") == "src is empty; name files, folders or globs."
    assert "scr" in played.failure("No option")
    assert SECRET not in played.output
    assert simulator.control("GET", "/log")["requests"] == []


def test_the_playbook(play: Play, files: Path, tmp_path: Path) -> None:
    good = play("ngcp.fax.validate", "-e", "validate_src=files/subscribers", *ids(tmp_path, one="one", two="two"))
    assert good.code == 0, good.output
    assert good[TASK]["totals"]["entries"] == 4
    assert "All files are valid: 4 entries in " in good.output

    # Both passwords are there, under each other's name: Ansible tries all of them.
    again = play("ngcp.fax.validate", "-e", "validate_src=files/subscribers", *ids(tmp_path, one="two", two="one"))
    assert again.code == 0, again.output

    many = "".join(ENTRY.format(name="b") for dummy in range(105))
    (files / "z.yml").write_text(f"subscribers:\n{many}", encoding="utf-8")
    # The same secret for others as well.
    one = (files / "a.yml").read_text(encoding="utf-8").split("  - ")[1]
    others = "".join(f"  - {one.replace('a@', f'y{number}@')}" for number in range(2))
    (files / "y.yml").write_text(f"subscribers:\n{others}", encoding="utf-8")
    places = f"files/subscribers/y.yml:4, files/subscribers/y.yml:{4 + one.count(chr(10))}"
    sources = "validate_src=files/subscribers,files/subscribers/a.yml,nowhere"
    bad = play("ngcp.fax.validate", "-e", sources, *ids(tmp_path, two="two"))
    assert bad.code != 0
    message = bad.failure(TASK).splitlines()
    folder = "files/subscribers"
    twice = f"b@x.example is named already at {folder}/b.csv:2; keep one entry of each subscriber."
    assert message[:3] == [
        f"{tmp_path}/nowhere: There is no such file or folder.",
        f"{folder}/a.yml:4: a@x.example: {WRONG} The same at 2 more places: {places}.",
        f"{folder}/z.yml:2: {twice}",
    ]
    assert (len(message), message[-1]) == (101, "And 7 more.")
    assert "problems" not in bad[TASK]  # they would be shown twice
    task = {"name": "module", "ngcp.fax.fax_state_info": {"src": sources.removeprefix("validate_src=").split(",")}}
    problems = play([task], *ids(tmp_path, two="two"))["module"]["problems"]
    assert (problems[1:100], len(problems)) == (message[1:100], 107)

    none = play("ngcp.fax.validate", "-e", "validate_src=files/subscribers/sub/c.json")
    assert none.failure(TASK) == (
        f"{folder}/sub/c.json:1: This needs a vault password; give it by --vault-password-file or --ask-vault-pass."
    )
