# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fax_export`: files are brought up to what the server has, and nothing else in them changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault
from tests.unit.fakes import FakeClient

FILE = "subscribers.yml"


def encrypt(text: str) -> str:
    return f"$ANSIBLE_VAULT;1.1;AES256\n{text.encode().hex()}\n"


def decrypt(sealed: str) -> str:
    return bytes.fromhex(sealed.split()[1]).decode()


class Exports:
    """Exports of one server into one folder."""

    def __init__(self, path: Path) -> None:
        self.client = FakeClient()
        self.path = path / "out"

    def run(self, check_mode: bool = False, **options: Any) -> Result:
        return JOB.execute(self.client, {"dest": str(self.path), "layout": "one", **options}, check_mode)

    @property
    def text(self) -> str:
        return (self.path / FILE).read_text()

    def edit(self, before: str, after: str) -> None:
        assert before in self.text
        (self.path / FILE).write_text(self.text.replace(before, after))


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def statuses(result: Result) -> list[str]:
    return [each["status"] for each in result.facts["files"]]


def test_a_second_export_changes_nothing(exports: Exports) -> None:
    assert statuses(exports.run(check_mode=True)) == ["new"]
    assert not exports.path.exists()
    result = exports.run()
    assert (statuses(result), result.facts["totals"]["subscribers"], result.changed) == (["new"], 3, True)
    again = exports.run()
    assert (statuses(again), again.changed) == (["unchanged"], False)


def test_a_change_touches_one_entry_and_keeps_its_comments(exports: Exports) -> None:
    exports.run()
    exports.edit("  - subscriber: user2@d.example\n", "  # The clinic\n  - subscriber: user2@d.example  # Ann\n")
    before = exports.text.splitlines()
    exports.client.fax(2, name="Clinic")
    assert statuses(exports.run()) == ["changed"]
    after = exports.text.splitlines()
    assert "  # The clinic" in after
    assert "  - subscriber: user2@d.example  # Ann" in after
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        ("      name: null", '      name: "Clinic"')
    ]


def test_a_subscriber_that_is_gone_leaves_the_file(exports: Exports) -> None:
    exports.run()
    for items in exports.client.items.values():
        del items[2]
    exports.run()
    assert "user2" not in exports.text
    assert "user3" in exports.text


def test_a_scope_keeps_the_others(exports: Exports) -> None:
    exports.client.items["subscribers"][3]["domain"] = "e.example"
    exports.run()
    exports.client.fax(1, name="Changed")
    exports.client.fax(3, name="Changed")
    result = exports.run(match={"domain": "e.example"})
    assert result.facts["totals"]["subscribers"] == 1
    assert exports.text.count("Changed") == 1
    assert "user1@d.example" in exports.text


def test_nobody_is_an_error_unless_allowed(exports: Exports) -> None:
    match = {"domain": "other.example"}
    with pytest.raises(BadOption, match=r"sees nobody with domain other\.example\."):
        exports.run(match=match)
    assert not exports.path.exists()
    exports.run(match=match, allow_empty=True)
    assert "subscribers: []" in exports.text


def test_a_file_of_somebody_else_is_adopted_only_on_request(exports: Exports) -> None:
    exports.path.mkdir()
    (exports.path / FILE).write_text("version: 1\nsubscribers: []\n")
    with pytest.raises(BadOption, match="exists and was not written by an export") as caught:
        exports.run()
    assert caught.value.facts["changed"] is False
    assert statuses(exports.run(adopt=True)) == ["changed"]


def test_secrets_are_omitted_encrypted_or_plain(exports: Exports) -> None:
    exports.client.fax(1, password="s3cret")
    result = exports.run()
    assert "password:" not in exports.text
    assert result.facts["not_covered"] == ["secrets (password, secret_key)"]
    with pytest.raises(BadOption, match="secrets: vault needs Ansible's vault"):
        exports.run(secrets="vault")
    vault = Vault(encrypt, decrypt)
    exports.run(secrets="vault", _vault=vault)
    assert "s3cret" not in exports.text
    assert b"s3cret".hex() in exports.text
    assert not exports.run(secrets="vault", _vault=vault).changed
    exports.run(secrets="plain", _vault=vault)
    assert "password: s3cret\n" in exports.text
    assert (exports.path / FILE).stat().st_mode & 0o777 == 0o600
    assert exports.run(_vault=vault).warnings == [
        "Secrets in the files of 1 subscribers are left out now; secrets: vault keeps them."
    ]


def test_a_value_that_no_file_can_hold_is_reported(exports: Exports) -> None:
    exports.client.fax(1, name="{{ template }}")
    result = exports.run()
    assert result.facts["not_written"] == [
        {"subscriber_id": 1, "subscriber": "user1@d.example", "options": ["faxserver_settings.name"]}
    ]
    assert "user1@d.example (faxserver_settings.name)" in result.warnings[0]


def test_a_diff_shows_no_secret(exports: Exports) -> None:
    exports.client.fax(1, password="s3cret")
    result = exports.run(secrets="plain", _diff=True)
    assert isinstance(result.diff, list)
    assert result.diff[0]["before"] == ""
    assert "s3cret" not in result.diff[0]["after"]
