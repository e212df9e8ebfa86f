# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines and commands that settle a difference."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.settle import (
    RestoreOptions,
    declaration,
    settle_unmanaged,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person
from tests.unit.fakes import FAX

USER: Person = {"subscriber_id": 1, "subscriber": "user1@d.example"}
A = {"destination": "a@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
B = {**A, "destination": "b@x.example"}


def test_the_command_repeats_the_task_for_one_subscriber_and_shows_only() -> None:
    command = shlex.split(RestoreOptions(src=["customers"], allow_empty=True).restore(USER))
    assert command[:-1] == ["ansible", "localhost", "-m", "ngcp.fax.fax_subscribers", "--check", "--diff", "-a"]
    assert json.loads(command[-1]) == {"src": ["customers"], "allow_empty": True, "only": ["user1@d.example"]}


@pytest.mark.parametrize(
    "options",
    [RestoreOptions(), RestoreOptions(src=["a.yml"], defaults={"mailtofax_settings": {"secret_key": "s3cret-key"}})],
)
def test_without_a_file_or_with_a_secret_no_command_restores(options: RestoreOptions) -> None:
    assert options.restore(USER).startswith("# ")


def accepted(desired: dict[str, Any], current: dict[str, Any], name: str) -> Any:
    lines = declaration(plan(FAXSERVER_SETTINGS, desired, {**FAX, **current}), desired, name)
    return (yaml.safe_load(lines)["faxserver_settings"] or {}) if "#" not in lines else lines


def test_the_lines_declare_what_is_there() -> None:
    assert accepted({"name": "Clinic"}, {"name": "No: 5"}, "name") == {"name": "No: 5"}
    assert accepted({"destinations": [A]}, {"destinations": [B]}, "destinations") == {"destinations": [B]}
    assert accepted({"destinations": [A]}, {"destinations": []}, "destinations") == {"destinations": []}


def test_a_secret_is_not_shown() -> None:
    assert "s3cret" not in accepted({"password": "mine"}, {"password": "s3cret"}, "password")


@pytest.mark.parametrize(
    ("mode", "current", "expected"),
    [
        ("add", [A], {"destinations": [A], "destinations_mode": "add"}),
        ("add", [], {"destinations": [{"destination": "a@x.example"}, {"destination": "b@x.example"}],
                    "destinations_mode": "remove"}),
        ("remove", [A], {"destinations": [{"destination": "b@x.example"}], "destinations_mode": "remove"}),
    ],
)  # fmt: skip
def test_a_list_to_add_or_to_remove_is_never_empty(mode: str, current: list[Any], expected: Any) -> None:
    desired = {"destinations": [A, B], "destinations_mode": mode}
    assert accepted(desired, {"destinations": current}, "destinations") == expected


def test_somebody_unmanaged_is_declared_or_deactivated() -> None:
    settle = settle_unmanaged(USER, "mailtofax_settings")
    assert yaml.safe_load(settle["declare"]) == [
        {"subscriber": "user1@d.example", "mailtofax_settings": {"active": True}}
    ]
    assert json.loads(shlex.split(settle["restore"])[-1]) == {"subscriber": "user1@d.example", "active": False}
