# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames of the playbooks and of the roles are alike: what is learnt of one holds for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_bytes())


def frame(role: str) -> Any:
    """The plays of a role's playbook, without what they say of it and without its name."""
    text = (ROOT / "playbooks" / f"{role}.yml").read_text(encoding="utf-8")
    hosts, play = yaml.safe_load(text.replace(f"ngcp.fax.{role}", "ROLE").replace(f"{role}_", "ROLE_"))
    (task,) = play["tasks"]
    (stop,) = task["always"]
    stop["when"] = stop["when"].replace(f"{role}__", "ROLE__")
    del play["name"], task["name"], stop["ngcp.fax.stop"]["msg"]
    play.pop("throttle", None)
    return hosts, play


def test_every_role_has_a_playbook() -> None:
    assert sorted(path.stem for path in (ROOT / "playbooks").iterdir()) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_a_playbook_has_the_frame_of_all(role: str) -> None:
    assert frame(role) == frame("drift")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_checks_its_variables_first_and_in_one_task(role: str) -> None:
    first = read(f"roles/{role}/tasks/main.yml")[0]
    check = {"that": f"{role}__mistakes | length == 0", "quiet": True}
    assert first["name"] == "Check the variables"
    assert first["ansible.builtin.assert"] == {**check, "fail_msg": f"{{{{ {role}__mistakes | join('\n') }}}}"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_knows_where_its_paths_start_and_what_it_takes(role: str) -> None:
    options = read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = read(f"roles/{role}/defaults/main.yml")
    assert defaults[f"{role}_chdir"] == "{{ playbook_dir }}"
    assert defaults.keys() <= options.keys()
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert [name for name in options if f"`{name}`" not in readme] == []
