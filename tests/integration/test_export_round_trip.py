# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an export writes is what the server has: 5,000 subscribers of every kind, without a process of Ansible's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils import state_file
from ansible_collections.ngcp.fax.plugins.module_utils.api import Client, Connection
from ansible_collections.ngcp.fax.plugins.module_utils.export import Vault, export
from ansible_collections.ngcp.fax.plugins.module_utils.fleet import bring_all
from ansible_collections.ngcp.fax.plugins.module_utils.results import Result
from ansible_collections.ngcp.fax.plugins.module_utils.specs import spec_of_export, spec_of_fleet
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator, running

NUMBER = 5000
# Texts that some reader takes for something else, or that are hard to write.
ODD = (
    "", "yes", "No", "on", "y", "true", "FALSE", "null", "~", "NULL", "0017", "1e3", "1_000", "0x1F", "0o17", ".inf",
    ".nan", "12:30:45", "2026-11-01", "2026-11-01 12:00:00", "=", "<<", "-", "- a", "a: b", "a #b", "#a", "&a", "*a",
    "!vault |", "%TAG", "@a", "`a", "'", '"', "\\", "\\n", " a", "a ", " ", "\t", "a\nb", "a\n", "\n", "a\r\nb",
    "\u00e4\u00f6",
    "\u65e5\u672c\u8a9e", "\u2028", "\u0085", "\u00a0a", "e\u0301", "{{", "}}", "{% a", "[a]", "{a: b}", "a,b", "|",
    ">", "?", ": ",
    "x" * 64, "\u00fc" * 64, "---", "...", "\x7f"[:0] + "$ANSIBLE_VAULT;1.1;AES256", "+431", "Example Clinic", "None",
)  # fmt: skip
# What state files refuse in plain text.
TEMPLATES = ("{{ a }}", "a {% b %} c", "{{\n}}")
FILETYPES = ("TIFF", "PS", "PDF", "PDF14")


class World:
    """A simulator, with exports of it and runs over it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def client(self, login: str = "administrator") -> Client:
        simulator = self.simulator
        return Client(
            Connection(simulator.url, api_username=login, api_password="administrator", ca_path=simulator.ca_file), True
        )

    def export(self, folder: Path, check_mode: bool = False, **options: Any) -> Result:
        given = {**defaults(spec_of_export()), "dest": str(folder), "_vault": VAULT, "page_size": 500, **options}
        with self.client() as client:
            return export(client, given, check_mode)

    def differing(self, folder: Path) -> int:
        """How many subscribers `fax_subscribers` would change by the files of a folder."""
        found = state_file.load(sorted(folder.glob("*.yml")), VAULT.decrypt)
        assert found.problems == []
        given = {**defaults(spec_of_fleet()), "subscribers": found, "page_size": 500}
        with self.client() as client:
            result = bring_all(client, given, True)
        assert result.changed == any(row["changed"] for row in result.facts["subscribers"])
        return sum(row["changed"] for row in result.facts["subscribers"])


def _encrypt(text: str) -> str:
    return f"$ANSIBLE_VAULT;1.1;AES256\n{text[::-1].encode().hex()}\n"


def _decrypt(sealed: str) -> str:
    return bytes.fromhex(sealed.split("\n")[1]).decode()[::-1]


# Quick, for ansible-vault takes a hundredth of a second for a value.
VAULT = Vault(_encrypt, _decrypt)


def kinds(seed: int, number: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Settings of every kind, as (resource, subscriber, what to set)."""
    some = random.Random(seed)

    def text() -> str:
        if some.random() < 0.7:
            return some.choice(ODD)
        letters = "aZ09 :#-?}[],&*!|>'\"%@`\\~=+._\u00e4\u20ac\n\t"
        return "".join(some.choices(letters, k=some.randint(1, 64)))

    def maybe() -> str | None:
        return some.choice([None, text()])

    for one in range(1, number + 1):
        addresses = some.sample(["a@x.example", "B@x.example", "c+d@y.example", "null@1.example"], some.randint(0, 4))
        yield (
            "faxserversettings",
            one,
            {
                "active": some.random() < 0.5,
                "name": text(),
                "password": text(),
                "t38": some.random() < 0.5,
                "ecm": some.random() < 0.5,
                "destinations": [
                    {
                        "destination": address,
                        "filetype": some.choice(FILETYPES),
                        **{name: some.random() < 0.5 for name in ("incoming", "outgoing", "status")},
                    }
                    for address in addresses
                ],
            },
        )
        rules = [
            {"from_email": maybe(), "received_from": maybe(), "destination": maybe(), "use_regex": some.random() < 0.5}
            for dummy in range(some.randint(0, 3))
        ]
        yield (
            "mailtofaxsettings",
            one,
            {
                "active": some.random() < 0.5,
                "secret_key": text(),
                "secret_key_renew": some.choice(["never", "daily", "weekly", "monthly"]),
                "secret_renew_notify": [{"destination": address} for address in addresses[:2]],
                # A multiset: an equal entry counts again.
                "acl": rules + rules[:1] * some.randint(0, 2),
            },
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running("--seed", "none", "--subscribers", str(NUMBER)) as simulator:
        yield World(simulator)


@pytest.fixture(scope="module")
def filled(world: World) -> World:
    for resource, one, settings in kinds(20261126, NUMBER):
        world.simulator.control("PATCH", f"/settings/{resource}/{one}", settings)
    return world


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "customer"},
        {"layout": "one", "secrets": "vault"},
        {"layout": "domain", "secrets": "plain", "omit_defaults": True, "name_by": "subscriber_id"},
    ],
    ids=["customer", "vault", "plain"],
)
def test_an_export_comes_back_as_no_change(filled: World, tmp_path: Path, options: dict[str, Any]) -> None:
    folder = tmp_path / "out"
    first = filled.export(folder, **options)
    assert first.changed
    assert first.facts["subscribers"] == NUMBER
    assert first.facts["not_written"] == []
    assert sum(each["entries"] for each in first.facts["files"]) == NUMBER
    assert filled.differing(folder) == 0
    before = {path: path.read_bytes() for path in folder.iterdir()}
    second = filled.export(folder, **options)
    assert not second.changed
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
