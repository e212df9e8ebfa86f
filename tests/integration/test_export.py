# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of a small server: what they ask of it, what is on the disk afterwards, and what is left after a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils import api
from tests.integration.exporting import Exports
from tests.simulator.client import Simulator

Options = dict[str, Any]
FAX, MAIL = "faxserversettings", "mailtofaxsettings"
# Those of the contract's seed that are there; 29 is terminated.
EVERYBODY = [one for one in range(1, 31) if one != 29]
DOMAIN = "d2.example.org"
OF_DOMAIN = range(16, 21)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not wait."""
    monkeypatch.setattr(api, "LONGEST_PAUSE", 0.0)


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> Exports:
    """Exports into a folder that is not there yet, by a login that may only read."""
    return Exports(simulator, tmp_path / "out", 5, "readonly")


def change(run: Exports, one: int, settings: Options, resource: str = FAX) -> None:
    run.simulator.control("PATCH", f"/settings/{resource}/{one}", settings)


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        (None, {"GET subscribers/": 6, f"GET {FAX}/": 6, f"GET {MAIL}/": 6}),
        # Most of everybody: those of the others on the pages cost less than so many requests.
        ({"domain": "d1.example.org"}, {"GET subscribers/": 5, f"GET {FAX}/": 6, f"GET {MAIL}/": 6}),
        ({"domain": DOMAIN}, {"GET subscribers/": 1, f"GET {FAX}/ID": 5, f"GET {MAIL}/ID": 5}),
        # The first page tells that there are too many others.
        ({"customer_id": 103}, {"GET subscribers/": 1, f"GET {FAX}/ID": 2, f"GET {MAIL}/ID": 2}),
    ],
    ids=["everybody", "most", "a domain", "a customer"],
)
@pytest.mark.parametrize("workers", [1, 8])
def test_what_is_asked_for(run: Exports, scope: Options | None, asked: dict[str, int], workers: int) -> None:
    for again in (False, True):
        done = run(scope=scope, workers=workers)
        assert (done.changed, run.counted) == (not again, {"login": 1, **asked})
        assert run.simulator.control("GET", "/counters")["connections"] <= workers
    assert run.differing() == 0


def test_a_part_of_many_is_not_read_by_pages(run: Exports) -> None:
    """Five are more than a page of two; the first page tells that the others are not worth it."""
    done = Exports(run.simulator, run.folder, 2)
    done(scope={"domain": DOMAIN})
    assert done.counted == {
        "login": 1,
        "GET subscribers/": 3,
        f"GET {FAX}/": 1,
        f"GET {MAIL}/": 1,
        f"GET {FAX}/ID": 5,
        f"GET {MAIL}/ID": 5,
    }


@pytest.mark.parametrize("layout", ["customer", "domain", "one"])
def test_others_than_those_of_a_domain_are_not_asked_for(run: Exports, layout: str) -> None:
    run(layout=layout)
    before = run.texts()
    change(run, 17, {"name": "Changed"})
    change(run, 3, {"name": "Not asked for"})
    run(layout=layout, scope={"domain": DOMAIN})
    assert run.counted == {"login": 1, "GET subscribers/": 1, f"GET {FAX}/ID": 5, f"GET {MAIL}/ID": 5}
    after = run.texts()
    assert [name for name in before if before[name] != after[name]] == [
        {"customer": "customer-117.yml", "domain": f"domain-{DOMAIN}.yml", "one": "subscribers.yml"}[layout]
    ]
    assert "Not asked for" not in str(after)


@pytest.mark.parametrize(
    ("layout", "name_by", "look_ups"),
    [
        ("customer", "subscriber", {}),
        # All in one file, and none tells of itself whose it is: their pages.
        ("one", "subscriber", {"GET subscribers/": 1 + 6}),
        ("one", "external_id", {"GET subscribers/": 1 + 6}),
        ("one", "subscriber_id", {"GET subscribers/": 1 + 6}),
    ],
)
def test_others_than_those_of_a_customer(run: Exports, layout: str, name_by: str, look_ups: dict[str, int]) -> None:
    run(layout=layout, name_by=name_by)
    before = run.texts()
    assert not run(layout=layout, name_by=name_by, scope={"customer_id": 103}).changed
    reading = {"login": 1, "GET subscribers/": 1, f"GET {FAX}/ID": 2, f"GET {MAIL}/ID": 2}
    assert run.counted == {**reading, **look_ups}
    assert run.texts() == before
