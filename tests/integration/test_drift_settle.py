# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines and the command in a row's `settle` really settle the difference."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.single import job_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from tests.integration.conftest import defaults
from tests.integration.test_drift import Runs
from tests.simulator.client import Simulator

Settings = dict[str, Any]
WHO = {"subscriber": "user3@d1.example.org"}


def fax(one: str, filetype: str = "PDF") -> Settings:
    return {"destination": one, "filetype": filetype, "incoming": True, "outgoing": False, "status": False}


def rule(sender: str, regex: bool = False) -> Settings:
    return {"from_email": sender, "received_from": None, "destination": None, "use_regex": regex}


def notify(*those: str) -> list[Settings]:
    return [{"destination": one} for one in those]


def mode(name: str, kind: str, *those: Settings) -> Settings:
    return {name: list(those), f"{name}_mode": kind}


A, B, C, D = (f"{name}@x.example" for name in "abcd")
# Settings declared, and what the server holds of them.
FAX: dict[str, tuple[Settings, Settings]] = {
    "plain": ({"active": False, "name": "As declared", "t38": True}, {"active": True, "name": "yes", "t38": False}),
    "cleared in the file": ({"name": None, "destinations": []}, {"name": "0017", "destinations": [fax(A)]}),
    "cleared on the server": (
        {"name": "N", "password": "as-declared", "destinations": [fax(A)]},
        {"name": None, "password": None, "destinations": []},
    ),
    "odd texts": ({"name": "N"}, {"name": "é: \u2028 # \x85 '\"\\ no"}),
    "list": ({"destinations": [fax(A), fax(B)]}, {"destinations": [fax(A.upper(), "PS"), fax(C)]}),
    "add": (mode("destinations", "add", fax(A), fax(B)), {"destinations": [fax(C), fax(A, "PS")]}),
    "add, none is there": (mode("destinations", "add", fax(A)), {"destinations": [fax(C)]}),
    "remove": (mode("destinations", "remove", fax(A), fax(B)), {"destinations": [fax(A, "PS"), fax(C)]}),
    "remove, all are there": (mode("destinations", "remove", fax(A)), {"destinations": [fax(A), fax(C)]}),
    "remove by address": (
        mode("destinations", "remove", *({"destination": one} for one in (A, B))),
        {"destinations": [fax(A)]},
    ),
}
MAIL: dict[str, tuple[Settings, Settings]] = {
    "plain": ({"secret_key_renew": "never"}, {"secret_key_renew": "weekly"}),
    "cleared on the server": ({"secret_key": "as-declared"}, {"secret_key": None}),
    "list": ({"secret_renew_notify": notify(A, B)}, {"secret_renew_notify": notify(B.upper(), C)}),
    "add": (mode("secret_renew_notify", "add", *notify(A, B)), {"secret_renew_notify": notify(C, A)}),
    "rules": ({"acl": [rule(A), rule(A), rule(B)]}, {"acl": [rule(A), rule(B, True), rule(B, True), rule(C)]}),
    "rules, add": (mode("acl", "add", rule(A), rule(A), rule(B)), {"acl": [rule(C), rule(A)]}),
    "rules, remove": (mode("acl", "remove", rule(A), rule(B)), {"acl": [rule(C), rule(A), rule(A)]}),
}
CASES = [
    pytest.param(module, *case, id=f"{module}: {name}")
    for module, cases in (("faxserver_settings", FAX), ("mailtofax_settings", MAIL))
    for name, case in cases.items()
]
RESOURCE = {each.module: each for each in RESOURCES}


@pytest.fixture
def run(simulator: Simulator) -> Runs:
    return Runs(simulator)


class Watched:
    """A state file about one subscriber, beside one about another that differs, too."""

    def __init__(self, run: Runs, folder: Path, entry: Settings, below: Settings) -> None:
        self.run, self.entry, self.below = run, entry, below
        self.paths = [folder / "a.yml", folder / "b.yml"]
        run.change(4, {"name": "By hand, too"})
        self._write(self.paths[1], {"subscriber_id": 4, "faxserver_settings": {"name": None}})

    @staticmethod
    def _write(path: Path, entry: Settings, below: Settings | None = None) -> None:
        content = {"version": 1, **({"defaults": below} if below else {}), "subscribers": [entry]}
        path.write_text(yaml.safe_dump(content, allow_unicode=False), encoding="utf-8")

    def rows(self) -> list[Settings]:
        """What differs."""
        self._write(self.paths[0], self.entry, self.below)
        entries = loader.load(self.paths)
        assert entries.problems == []
        rows = self.run(entries, unmanaged="ignore", src=list(map(str, self.paths)))["rows"]
        rows = [row for row in rows if row["kind"] == "drift"]
        assert [row["field"] for row in rows if row["subscriber_id"] == 4] == ["name"]
        return [row for row in rows if row["subscriber_id"] != 4]

    def accept(self, row: Settings) -> None:
        """Put a row's lines below the entry."""
        for module, settings in yaml.safe_load(row["settle"]["declare"]).items():
            self.entry[module] = {**self.entry.get(module, {}), **settings}

    def restore(self, row: Settings, connection: Settings) -> None:
        """Do what a row's command does."""
        *command, options = shlex.split(row["settle"]["restore"])
        assert command == ["ansible", "localhost", "-m", "ngcp.fax.fax_subscribers", "--check", "--diff", "-a"]
        given = json.loads(options)
        entries = loader.load(list(map(Path, given.pop("src"))))
        with Client(Connection(**connection)) as client:
            result = SUBSCRIBERS.execute(
                client, {**defaults(SUBSCRIBERS.spec), "subscribers": entries, **given}, check_mode=False
            )
        assert result.changed


@pytest.fixture(params=["own", "default"])
def watched(
    request: pytest.FixtureRequest, run: Runs, tmp_path: Path, module: str, declared: Settings, held: Settings
) -> Watched:
    """Declared by an entry about a name itself, or by the file's defaults for an id."""
    run.change(3, held, resource=RESOURCE[module].name)
    if request.param == "own":
        return Watched(run, tmp_path, {**WHO, module: declared}, {})
    return Watched(run, tmp_path, {"subscriber_id": 3}, {module: declared})


@pytest.mark.parametrize(("module", "declared", "held"), CASES)
def test_the_lines_of_a_row_settle_its_field_and_no_other(watched: Watched) -> None:
    fields: list[str] = []
    while rows := watched.rows():
        first = rows[0]
        assert first["field"] not in fields
        fields.append(first["field"])
        watched.accept(first)
        assert {row["field"] for row in watched.rows()} == {row["field"] for row in rows} - {first["field"]}
    assert fields


@pytest.mark.parametrize(("module", "declared", "held"), CASES)
def test_the_command_of_a_row_settles_the_subscriber_and_no_other(watched: Watched, connection: Settings) -> None:
    watched.restore(watched.rows()[0], connection)
    assert watched.rows() == []


def test_a_secret_on_the_server_is_settled_by_hand(run: Runs, connection: Settings, tmp_path: Path) -> None:
    """Its lines are a comment, for they may not hold it."""
    run.change(3, {"password": "of-the-server"})
    watched = Watched(run, tmp_path, {**WHO, "faxserver_settings": {"password": "as-declared"}}, {})
    (row,) = watched.rows()
    assert yaml.safe_load(row["settle"]["declare"]) == {"faxserver_settings": None}
    assert "password: as on the server, which ngcp.fax.export writes" in row["settle"]["declare"]
    watched.restore(row, connection)
    assert watched.rows() == []


def test_the_command_takes_the_settings_below_all_with_it(run: Runs, connection: Settings, tmp_path: Path) -> None:
    """Unless a secret is among them, which no report may hold; nor can a command have what no file declares."""
    path = tmp_path / "state.yml"
    path.write_text("subscribers: [{subscriber_id: 3, faxserver_settings: {active: false}}]\n", encoding="utf-8")
    below: Settings = {"faxserver_settings": {"name": "Below"}}
    entries = loader.load([path], below=(("defaults", below),))

    def restore(**options: Any) -> str:
        (row,) = run(entries, unmanaged="ignore", **options)["rows"]
        assert row["field"] == "name"
        return str(row["settle"]["restore"])

    given = json.loads(shlex.split(restore(src=[str(path)], defaults=below))[-1])
    assert given == {"src": [str(path)], "defaults": below, "only": ["user3@d1.example.org"]}
    secret = {"mailtofax_settings": {"secret_key": "below-all"}}
    assert restore(src=[str(path)], defaults=secret) == "# Run the task that declares it."
    assert restore() == "# Run the task that declares it."


@pytest.mark.parametrize("module", RESOURCE)
def test_somebody_unmanaged_is_declared_by_the_lines_or_deactivated_by_the_command(
    run: Runs, connection: Settings, module: str
) -> None:
    run.change(16, {"active": True}, resource=RESOURCE[module].name)
    declared = [{"subscriber_id": 1, "faxserver_settings": {"active": False}}]
    (row,) = run(declared)["rows"]
    assert (row["kind"], row["subscriber_id"]) == ("unmanaged", 16)
    entries = [*declared, *yaml.safe_load(row["settle"]["declare"])]
    assert not [each for each in run(entries)["rows"] if each["kind"] != "risk"]
    *command, options = shlex.split(row["settle"]["restore"])
    assert command == ["ansible", "localhost", "-m", f"ngcp.fax.{module}", "--check", "--diff", "-a"]
    with Client(Connection(**connection)) as client:
        job_of(RESOURCE[module]).execute(client, json.loads(options), check_mode=False)
    assert run(declared)["rows"] == []
