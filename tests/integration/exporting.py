# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports without a process of Ansible's, and what a run over their files would change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Listener, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export import export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault
from tests.integration.conftest import defaults
from tests.simulator.client import Simulator

_salts = iter(range(1 << 30))


def encrypt(text: str) -> str:
    """As ansible-vault does: other each time."""
    return f"$ANSIBLE_VAULT;1.1;AES256\n{next(_salts):08x}{text[::-1].encode().hex()}\n"


def decrypt(sealed: str) -> str:
    return bytes.fromhex(sealed.split()[1][8:]).decode()[::-1]


# Quick, for ansible-vault takes a hundredth of a second for a value.
VAULT = Vault(encrypt, decrypt)


class Exports:
    """Exports of a simulator into one folder, each with a read-only login of its own."""

    def __init__(self, simulator: Simulator, folder: Path, page_size: int, login: str = "administrator") -> None:
        self.simulator, self.folder, self._page_size, self._login = simulator, folder, page_size, login
        self.counted: dict[str, int] = {}
        # What was told of the last export, line by line.
        self.told: list[str] = []

    def client(self) -> Client:
        simulator = self.simulator
        return Client(
            Connection(
                simulator.url, api_username=self._login, api_password="administrator", ca_path=simulator.ca_file
            ),
            True,
        )

    def __call__(self, check_mode: bool = False, **options: Any) -> Result:
        given = {"dest": str(self.folder), "page_size": self._page_size, **options}
        login = {"api_url": self.simulator.url, "api_username": self._login, "api_password": "administrator"}
        assert export.JOB.spec.problems({**given, **login}) == []
        self.simulator.control("DELETE", "/log")
        self.told.clear()
        try:
            with self.client() as client:
                client.listener = Listener(self.told.append, 0)
                return export.JOB.execute(client, {**defaults(export.JOB.spec), "_vault": VAULT, **given}, check_mode)
        finally:
            log = self.simulator.control("GET", "/log")["requests"]
            self.counted = dict(Counter(_kind(request) for request in log))

    def texts(self) -> dict[str, str]:
        """Everything in the folder, by name."""
        return {path.name: path.read_bytes().decode() for path in sorted(self.folder.iterdir())}

    def differing(self, **options: Any) -> int:
        """Return how many subscribers `fax_subscribers` would change with the files of the folder."""
        found = loader.load(sorted(self.folder.glob("*.yml")), VAULT.decrypt)
        assert found.problems == []
        given = {**defaults(SUBSCRIBERS.spec), "subscribers": found, "page_size": self._page_size, **options}
        with self.client() as client:
            result = SUBSCRIBERS.execute(client, given, True)
        changed: int = result.facts["totals"]["changed"]
        assert result.changed == bool(changed)
        return changed


def _kind(request: dict[str, Any]) -> str:
    *parts, last = request["path"].split("/")
    return f"{request['method']} {'/'.join(parts[2:])}{'/ID' if last else '/'}" if len(parts) > 2 else "login"
