# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an export: which entry goes into which file, and what stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.folder import FileChange, Folder
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.planner import Planner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault, VaultTexts, refuse_all
from tests.unit.fakes import FakeClient

HEAD = "# ngcp.fax.export: x\nversion: 1\n"


def plan(client: FakeClient, path: Path, **options: Any) -> dict[str, FileChange]:
    """Return the changes by the names of the files."""
    chosen = ExportOptions(dest=str(path), **options)
    vault = VaultTexts(Vault(None, refuse_all), False, Progress(None))
    planner = Planner(client, chosen, Folder(chosen, vault), vault, Progress(None))
    return {change.path.name: change for change in planner.changes()}


@pytest.mark.parametrize(
    ("layout", "files"),
    [
        ("one", {"subscribers.yml": 3}),
        ("customer", {"customer-5.yml": 2, "customer-none.yml": 1}),
        ("domain", {"domain-d.example.yml": 2, "domain-e.example.yml": 1}),
    ],
)
def test_which_file_holds_whom(layout: str, files: dict[str, int], tmp_path: Path) -> None:
    client = FakeClient()
    client.items["subscribers"][3].update(customer_id=None, domain="e.example")
    assert {name: change.entries for name, change in plan(client, tmp_path, layout=layout).items()} == files


def test_entries_are_sorted_by_domain_and_name(tmp_path: Path) -> None:
    client = FakeClient()
    client.items["subscribers"][1]["username"] = "zoe"
    change = plan(client, tmp_path, layout="one")["subscribers.yml"]
    assert change.after
    assert [block.value["subscriber"].partition("@")[0] for block in change.after.blocks] == ["user2", "user3", "zoe"]


def test_a_file_of_nobody_is_removed(tmp_path: Path) -> None:
    (tmp_path / "customer-9.yml").write_text(f"{HEAD}subscribers:\n  - subscriber: gone@d.example\n    x: 1\n")
    change = plan(FakeClient(), tmp_path)["customer-9.yml"]
    assert (change.status, change.after) == ("removed", None)


def test_what_sets_and_defaults_declare_is_written_though_it_is_a_default(tmp_path: Path) -> None:
    (tmp_path / "subscribers.yml").write_text(
        f"{HEAD}defaults:\n  faxserver_settings: {{t38: false}}\nsubscribers:\n  - subscriber: user1@d.example\n"
        "    faxserver_settings: {t38: false}\n"
    )
    change = plan(FakeClient(1), tmp_path, layout="one", omit_defaults=True)["subscribers.yml"]
    assert change.after
    assert change.after.blocks[0].value["faxserver_settings"] == {"t38": True}


def test_an_anchor_whose_meaning_would_change_stops_the_export(tmp_path: Path) -> None:
    (tmp_path / "subscribers.yml").write_text(
        f"{HEAD}subscribers:\n  - subscriber: user1@d.example\n    faxserver_settings: &a {{t38: false}}\n"
        "  - match: {domain: d.example}\n    faxserver_settings: *a\n"
    )
    with pytest.raises(BadOption, match="cannot be brought up to date as it is written, perhaps for its anchors"):
        plan(FakeClient(1), tmp_path, layout="one")
