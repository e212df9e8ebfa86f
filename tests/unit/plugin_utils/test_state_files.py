# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State files read by an action of Ansible's: what is encrypted in them is decrypted once, and seldom in vain."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader

from ansible_collections.ngcp.fax.plugins.action.fax_state_info import ActionModule
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import CORES, HOPELESS
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal import state_files, stderr_progress

WRONG = "No vault password of this run decrypts this; check the password, and that the text is whole."
NONE = "This needs a vault password; give it by --vault-password-file or --ask-vault-pass."
# The ids of the passwords that there are; nobody knows any more what the third one was.
ONE, TWO, LOST = ((name, VaultSecret(f"password {name}".encode())) for name in ("one", "two", "lost"))
Password = tuple[str, VaultSecret]


def sealed(text: str, password: Password, vault_id: str | None = None) -> str:
    return str(VaultLib().encrypt(text, password[1], vault_id).decode())


def entry(number: int, value: str) -> str:
    """An entry with an encrypted value, as `ansible-vault encrypt_string` prints it, of nine lines."""
    lines = "".join(f"        {line}\n" for line in value.splitlines())
    return f"  - subscriber: s{number}@x.example\n    mailtofax_settings:\n      secret_key: !vault |\n{lines}"


class Files:
    """State files in a folder, and what reads them with passwords: `tried` is what was decrypted, or tried to be."""

    def __init__(self, folder: Path, tried: list[str]) -> None:
        self.folder, self.tried = folder, tried

    def write(self, name: str, values: Sequence[str], first: int = 0) -> None:
        text = "".join(entry(number, value) for number, value in enumerate(values, first))
        (self.folder / name).write_text(f"subscribers:\n{text}", encoding="utf-8")

    def action(self, *passwords: Password, **keywords: Any) -> ActionModule:
        """`fax_state_info` in a task with these keywords, and with `args` beside `src`."""
        task, loader = Task(), DataLoader()
        task.action, task.args = "ngcp.fax.fax_state_info", {"src": [str(self.folder)], **keywords.pop("args", {})}
        for name, value in keywords.items():
            setattr(task, name, value)
        loader.set_vault_secrets(list(passwords))
        self.tried.clear()
        return ActionModule(task, connection_loader.get("local", PlayContext()), None, loader, None, None)

    def secrets(self, *passwords: Password) -> list[str]:
        """The secret of each entry of all files."""
        action = self.action(*passwords)
        paths, _problems = state_files.find(action, [str(self.folder)])
        found = state_files.read(action, paths)
        assert found.problems == []
        return [each.own["mailtofax_settings"]["secret_key"] for each in found]

    def problems(self, *passwords: Password) -> list[str]:
        """Return the problems in a task's result, and check that its message has the same."""
        result = self.action(*passwords).run(task_vars={})
        assert result["failed"]
        assert result["msg"] == "\n".join(result["problems"])
        return [problem.removeprefix(f"{self.folder}/") for problem in result["problems"]]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    tried: list[str] = []
    decrypt = VaultLib.decrypt

    def noted(vault: VaultLib, text: str) -> bytes:
        tried.append("".join(text.split()))
        decrypted: bytes = decrypt(vault, text)
        return decrypted

    monkeypatch.setattr(VaultLib, "decrypt", noted)
    return Files(tmp_path, tried)


def test_each_is_decrypted_once_wherever_it_stands(files: Files) -> None:
    """Twice in a file and in another; as encrypt_string writes it, or in a way that only a reader of YAML knows."""
    values = [sealed(f"secret {number}", ONE) for number in range(6)]
    files.write("a.yml", values[:4])
    files.write("b.yaml", [values[4], values[0], values[4]], first=4)
    quoted = values[5].replace("\n", "\\n")
    odd = f'subscribers:\n  - subscriber: s7@x.example\n    mailtofax_settings: {{secret_key: !vault "{quoted}"}}\n'
    (files.folder / "c.yml").write_text(odd, encoding="utf-8")
    inner = f"subscribers:\n{entry(8, values[1])}"
    (files.folder / "d.yml").write_text(sealed(inner, ONE), encoding="utf-8")
    (files.folder / "e.json").write_text(
        sealed('{"subscribers": [{"external_id": "e", "mailtofax_settings": {"secret_key": "plain"}}]}', TWO),
        encoding="utf-8",
    )
    numbers = [0, 1, 2, 3, 4, 0, 4, 5, 1]
    assert files.secrets(ONE, TWO) == [*(f"secret {number}" for number in numbers), "plain"]
    assert len(files.tried) == len(set(files.tried)) == 8


def test_where_nothing_is_encrypted_no_password_is_needed(files: Files) -> None:
    (files.folder / "a.csv").write_text(
        "subscriber,mailtofax_settings.secret_key\na@x.example,plain\n", encoding="utf-8"
    )
    assert files.secrets() == ["plain"]
    assert files.tried == []


@pytest.mark.parametrize("passwords", [[LOST], []], ids=["wrong", "none"])
def test_a_password_that_decrypts_nothing_is_told_once_and_tried_a_few_times(
    files: Files, passwords: list[Password]
) -> None:
    files.write("a.yml", [sealed("secret", ONE) for dummy in range(30)])
    files.write("b.yml", [sealed("secret", ONE) for dummy in range(30)], first=30)
    sentence = WRONG if passwords else NONE
    places = ", ".join(f"{files.folder}/a.yml:{4 + 9 * number}" for number in range(1, 6))
    assert files.problems(*passwords) == [f"a.yml:4: s0@x.example: {sentence} The same at 59 more places: {places}, …"]
    assert len(files.tried) < HOPELESS + CORES


@pytest.mark.parametrize("last", [True, False])
def test_a_few_that_fail_hide_none_of_the_good_ones(files: Files, last: bool) -> None:
    """Whatever the order of the files: more of them fail than are tried where nothing succeeds."""
    bad = [sealed("secret", LOST) for dummy in range(HOPELESS + 2)]
    files.write("z.yml" if last else "a.yml", bad, first=100)
    files.write("m.yml", [sealed("secret", ONE) for dummy in range(60)])
    (problem,) = files.problems(ONE)
    assert problem.startswith(f"{'z' if last else 'a'}.yml:4: s100@x.example: {WRONG} The same at {len(bad) - 1} more")
    assert len(files.tried) == len(set(files.tried)) == 60 + len(bad)


def test_of_two_ids_one_decrypts_and_the_other_is_given_up(files: Files) -> None:
    """The texts say which id they were encrypted with."""
    values = [sealed("good", ONE, "one") for dummy in range(40)] + [sealed("bad", LOST, "lost") for dummy in range(40)]
    random.Random(7).shuffle(values)
    files.write("a.yml", values)
    (problem,) = files.problems(ONE, TWO)
    first = next(number for number, value in enumerate(values) if ";lost\n" in value)
    assert problem.startswith(f"a.yml:{4 + 9 * first}: s{first}@x.example: {WRONG} The same at 39 more places: ")
    assert 40 + HOPELESS <= len(files.tried) < 40 + HOPELESS + CORES


def test_what_is_no_utf8_says_nothing_of_the_password(files: Files) -> None:
    binary = str(VaultLib().encrypt(b"\xff", ONE[1]).decode())
    files.write("a.yml", [binary, *(sealed("secret", ONE) for dummy in range(20))])
    assert files.problems(ONE) == ["a.yml:4: s0@x.example: What is encrypted here is not UTF-8."]


def test_what_is_wrong_once_or_twice_is_told_with_each_place(files: Files) -> None:
    actve = "    faxserver_settings: {actve: true}\n"
    text = "".join(f"  - subscriber: s{number}@x.example\n{actve}" for number in range(2))
    (files.folder / "a.yml").write_text(f"subscribers:\n{text}  - subscriber: s2@x.example\n", encoding="utf-8")
    wrong = "faxserver_settings.actve is not an option; did you mean active?"
    assert files.problems() == [
        f"a.yml:3: s0@x.example: {wrong} The same at 1 more place: {files.folder}/a.yml:5.",
        "a.yml:6: s2@x.example: Nothing is declared; give faxserver_settings or mailtofax_settings.",
    ]


DEFAULT = ("default", VaultSecret(b"password of nobody"))
TWO_OF = (
    "This run has 2 vault passwords, of the vault ids {}; "
    "say which one encrypts, by vault_id or ANSIBLE_VAULT_ENCRYPT_IDENTITY."
)
NO_TWO = "This run has no password of the vault id 'two'"
GIVE = "give it by --vault-id or --vault-password-file."


@pytest.mark.parametrize(
    ("passwords", "vault_id", "identity", "header"),
    [
        ([ONE], None, None, "1.2;AES256;one"),
        ([DEFAULT], None, None, "1.1;AES256"),
        ([DEFAULT], "default", None, "1.1;AES256"),
        ([ONE, TWO], None, "two", "1.2;AES256;two"),
        ([ONE, TWO], "one", "two", "1.2;AES256;one"),
        ([ONE, DEFAULT], None, "default", "1.1;AES256"),
        ([ONE, TWO], None, None, TWO_OF.format("'one', 'two'")),
        ([DEFAULT, DEFAULT], None, None, TWO_OF.format("'default', 'default'")),
        ([], None, None, f"This run has no password for secrets: vault; {GIVE}"),
        ([ONE], "two", None, f"{NO_TWO}; {GIVE}"),
        ([ONE], None, "two", f"{NO_TWO} (ANSIBLE_VAULT_ENCRYPT_IDENTITY); {GIVE}"),
        ([], None, "two", f"{NO_TWO}; {GIVE}"),
    ],
)  # fmt: skip
def test_which_password_encrypts(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    passwords: list[Password],
    vault_id: str | None,
    identity: str | None,
    header: str,
) -> None:
    """As `ansible-vault encrypt_string` chooses."""
    monkeypatch.delenv("ANSIBLE_VAULT_ENCRYPT_IDENTITY", raising=False)
    if identity:
        monkeypatch.setenv("ANSIBLE_VAULT_ENCRYPT_IDENTITY", identity)
    action = files.action(*passwords)
    if header.startswith("This"):
        with pytest.raises(ValueError, match=f"^{re.escape(header)}$"):
            state_files.encrypter(action, vault_id)
        return
    text = state_files.encrypter(action, vault_id)("secret")
    assert text.splitlines()[0] == f"$ANSIBLE_VAULT;{header}"
    name = vault_id or identity or passwords[0][0]
    assert VaultLib([each for each in passwords if each[0] == name]).decrypt(text) == b"secret"


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({}, True),
        ({"no_log": True}, False),
        ({"args": {"progress": False}}, False),
        ({"args": {"progress": "no"}}, False),
    ],
    ids=str,
)
def test_progress_on_the_standard_error(
    files: Files,
    keywords: dict[str, Any],
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(stderr_progress, "STANDING", 0.0)
    files.write("a.yml", [sealed(f"secret {number}", ONE) for number in range(4)])
    assert files.action(ONE, **keywords).run(task_vars={})["totals"]["entries"] == 4
    output, shown = capsys.readouterr()
    assert output == ""
    assert ("ngcp.fax.fax_state_info: decrypting 4/4" in shown) is told
    assert bool(shown) is told
    assert "secret" not in shown
