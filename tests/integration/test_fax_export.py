# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ngcp.fax.fax_export` and the playbook `ngcp.fax.export`: what is on the disk, from run to run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import Play
from tests.simulator.client import Simulator

EXPORT = "ngcp.fax.fax_export"
SECRET = "k3y-that-never-shows"


def test_a_vault_a_comment_and_a_second_run(
    play: Play, connection: dict[str, Any], simulator: Simulator, tmp_path: Path
) -> None:
    """A login that may only read writes all of it; no secret shows, with -vvvv and --diff."""
    simulator.control("PATCH", "/settings/mailtofaxsettings/3", {"secret_key": SECRET})
    (tmp_path / "password").write_text("password\n", encoding="utf-8")
    vault = ["--vault-id", f"fax@{tmp_path / 'password'}"]
    options = {"dest": str(tmp_path / "out"), "layout": "one", "secrets": "vault", "vault_id": "fax"}
    reader = {"group/ngcp.fax.ngcp": {**connection, "api_username": "readonly"}}
    tasks = [{"name": "Export", EXPORT: options}]
    file = tmp_path / "out" / "subscribers.yml"

    checked = play(tasks, "--check", *vault, module_defaults=reader)
    assert checked["Export"]["changed"], checked.output
    assert not file.exists()
    first = play(tasks, "--diff", "-vvvv", *vault, module_defaults=reader)
    assert first["Export"]["changed"], first.output
    assert SECRET not in first.output
    text = file.read_text(encoding="utf-8")
    assert "!vault" in text
    assert SECRET not in text
    name = "  - subscriber: user3@d1.example.org\n"
    assert name in text
    text = text.replace(name, f"  # The clinic\n{name}    # of Mr. A\n")
    file.write_text(text, encoding="utf-8")
    again = play(
        [*tasks, {"name": "Provision", "ngcp.fax.fax_subscribers": {"src": str(file)}, "check_mode": True}], *vault
    )
    assert not again["Export"]["changed"], again.output
    assert not again["Provision"]["changed"], again.output
    assert file.read_text(encoding="utf-8") == text

    simulator.control("PATCH", "/settings/faxserversettings/3", {"name": "By hand"})
    changed = play(tasks, *vault)
    assert changed["Export"]["changed"], changed.output
    text = file.read_text(encoding="utf-8")
    assert "# The clinic" in text
    assert "# of Mr. A" in text
    assert "By hand" in text
    assert not play(tasks, *vault)["Export"]["changed"]
    assert "vault id 'fax'" in play(tasks).failure("Export")


def test_the_playbook(play: Play, connection: dict[str, Any], tmp_path: Path) -> None:
    variables = {"export_connection": connection, "export_dest": "out", "export_match": {"domain": "d2.example.org"}}
    (tmp_path / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    for layout, names in (("domain", ["domain-d2.example.org.yml"]), ("one", ["subscribers.yml"])):
        arguments = ["-e", f"@{tmp_path / 'variables.json'}", "-e", f"export_layout={layout}"]
        played = play("ngcp.fax.export", *arguments)
        assert played.code == 0, played.output
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
