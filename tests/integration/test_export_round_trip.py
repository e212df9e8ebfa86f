# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export holds exactly what the server has: subscribers of every kind, without a process of Ansible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.exporting import Exports
from tests.integration.odd_settings import ACL, ODD, SEED, TEXTS, kinds
from tests.simulator.client import Simulator, running

# Enough that every odd text stands in every field that is a text. The benchmarks do the same with 5,000.
NUMBER = 300


def test_every_odd_text_stands_in_every_field() -> None:
    stored = [settings for _resource, _one, settings in kinds(SEED, NUMBER)]
    rules = [rule for settings in stored for rule in settings.get("acl", [])]
    for field in TEXTS:
        assert {*ODD} <= {each.get(field) for each in (rules if field in ACL else stored)}


@pytest.fixture(scope="module")
def filled() -> Iterator[Simulator]:
    with running("--seed", "none", "--subscribers", str(NUMBER)) as simulator:
        for resource, one, settings in kinds(SEED, NUMBER):
            simulator.control("PATCH", f"/settings/{resource}/{one}", settings)
        yield simulator


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "customer"},
        {"layout": "one", "secrets": "vault"},
        {"layout": "domain", "secrets": "plain", "omit_defaults": True, "name_by": "subscriber_id"},
    ],
    ids=["customer", "vault", "plain, no defaults"],
)
def test_an_export_comes_back_as_no_change(filled: Simulator, tmp_path: Path, options: dict[str, Any]) -> None:
    run = Exports(filled, tmp_path / "out", 100)
    first = run(**options)
    assert first.changed
    assert first.facts["totals"]["subscribers"] == NUMBER
    assert first.facts["not_written"] == []
    silent = NUMBER - sum(each["entries"] for each in first.facts["files"])
    # A few have by chance what they would have by default.
    assert NUMBER // 10 <= silent < NUMBER // 9 if options.get("omit_defaults") else silent == 0
    assert run.differing() == 0
    before = run.texts()
    assert not run(**options).changed
    assert run.texts() == before
