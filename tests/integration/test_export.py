# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of a small server: what they ask of it, what is on the disk afterwards, and what is left after a failure."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils import api, files
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption, FaxError
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


def change(run: Exports, one: int, settings: Options, kind: str = FAX) -> None:
    run.simulator.control("PATCH", f"/settings/{kind}/{one}", settings)


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


# What goes wrong ------------------------------------------------------------------------------------------------------


def entries(files: dict[str, str]) -> int:
    return sum(text.count("  - subscriber: ") for text in files.values())


@pytest.mark.parametrize(
    ("fault", "scope"),
    [
        ({"path": f"/api/{MAIL}/$", "query": "page=3", "status": 503, "body": "busy"}, None),
        ({"path": "/api/subscribers/$", "query": "page=6", "close": "before"}, None),
        ({"path": f"/api/{FAX}/18$", "status": 500, "body": "crashed"}, {"domain": DOMAIN}),
        ({"path": f"/api/{MAIL}/18$", "status": 200, "body": "{}"}, {"domain": DOMAIN}),
        ({"path": f"/api/{MAIL}/$", "query": "page=2", "status": 503, "body": "busy"}, {"domain": "d1.example.org"}),
    ],
    ids=["a page", "the last page", "somebody", "somebody else's answer", "a page of a part"],
)
@pytest.mark.parametrize("workers", [1, 4])
def test_who_cannot_be_read(run: Exports, fault: Options, scope: Options | None, workers: int) -> None:
    """All files stay, those of subscribers that were read too, and nothing lies beside them."""
    run()
    before = run.texts()
    for one in EVERYBODY:
        change(run, one, {"name": "Changed"})
    run.simulator.control("PUT", "/faults", [{**fault, "times": None}])
    with pytest.raises(FaxError) as caught:
        run(scope=scope, workers=workers)
    assert fault["path"].rstrip("$") in str(caught.value)
    assert run.texts() == before
    run.simulator.control("PUT", "/faults", [])
    assert run(scope=scope).changed
    assert run.texts() != before


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process may become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk(run: Exports) -> None:
    """The second file of three does not fit."""
    run(layout="domain")
    before = run.texts()
    for one in EVERYBODY:
        change(run, one, {"name": "Changed"})
    change(run, 17, {"destinations": [{"destination": f"{n}@{'x' * 60}.example", "filetype": "PDF"} for n in range(90)]})
    with full_disk(10_000), pytest.raises(BadOption, match=f"domain-{DOMAIN}.yml' cannot be written .File too large"):
        run(layout="domain")
    assert run.texts() == before


def test_a_file_that_is_a_folder(run: Exports) -> None:
    run(layout="domain")
    before = run.texts()
    change(run, 1, {"name": "Changed"})
    (run.folder / f"domain-{DOMAIN}.yml").unlink()
    (run.folder / f"domain-{DOMAIN}.yml").mkdir()
    (run.folder / f"domain-{DOMAIN}.yml" / "kept").touch()
    for adopt in (False, True):
        with pytest.raises(BadOption, match=rf"^'.*/domain-{DOMAIN}\.yml' is a folder\. Move it"):
            run(layout="domain", adopt=adopt)
    assert (run.folder / f"domain-{DOMAIN}.yml" / "kept").exists()
    assert (run.folder / "domain-d1.example.org.yml").read_text(encoding="utf-8") == before["domain-d1.example.org.yml"]


def test_more_files_than_a_process_may_have_open(run: Exports) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = len(list(Path("/proc/self/fd").iterdir())) + 12
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        run()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert len(run.texts()) == 20
    assert entries(run.texts()) == len(EVERYBODY)


def test_folders_that_are_none(run: Exports) -> None:
    for folder, sentence in (
        (run.folder / "below", "dest: the folder '.*/out' is not there. Make it first"),
        (Path(__file__), "dest: the folder '.*test_export.py' is no folder"),
        (Path(__file__) / "below", "dest: the folder '.*test_export.py' is no folder"),
    ):
        with pytest.raises(BadOption, match=sentence):
            run(dest=str(folder))
        # Before any request.
        assert run.counted == {}


def test_a_signal_while_files_are_placed(run: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C takes effect when all files are in their places."""
    place = files.NewFile.place

    def interrupted(file: files.NewFile, private: bool = False) -> None:
        place(file, private)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(files.NewFile, "place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(layout="domain")
    assert entries(run.texts()) == len(EVERYBODY)
    monkeypatch.undo()
    assert not run(layout="domain").changed
