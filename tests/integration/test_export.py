# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of a small server: what they ask of it, what is on the disk afterwards, and what is left after a failure."""

from __future__ import annotations

import json
import re
import resource
import signal
import stat
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


# What is on the disk --------------------------------------------------------------------------------------------------

SECRET, WORD = "k3y-that-never-shows", "pa55-that-never-shows"


def with_secrets(run: Exports) -> None:
    change(run, 17, {"password": WORD})
    change(run, 17, {"secret_key": SECRET}, MAIL)


def own_file(run: Exports) -> Path:
    return run.folder / f"domain-{DOMAIN}.yml"


def edit(path: Path, old: str, new: str) -> str:
    """Replace what is in a file once; its text then."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return text


@pytest.mark.parametrize("secrets", ["omit", "vault", "plain"])
def test_the_diff(run: Exports, secrets: str) -> None:
    with_secrets(run)
    scope = {"domain": DOMAIN}
    (new,) = run(secrets=secrets, layout="domain", scope=scope, _diff=True, check_mode=True).diff or []
    assert new["before"] == ""
    assert "subscriber: user17@d2.example.org" in new["after"]
    assert new["after_header"] == str(own_file(run))
    assert not run.folder.exists()
    run(secrets=secrets, layout="domain")
    change(run, 16, {"name": "Changed"})
    change(run, 17, {"password": f"{WORD}-another"})
    (changed,) = run(secrets=secrets, layout="domain", scope=scope, _diff=True, check_mode=True).diff or []
    lines = {name: changed[name].splitlines() for name in ("before", "after")}
    assert [line for line in lines["after"] if line not in lines["before"]] == [
        "      name: Changed",
        *(['      password: "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER (changed)"'] if secrets != "omit" else []),
    ]
    run(secrets=secrets, layout="domain")
    removed = run(secrets=secrets, layout="one", _diff=True).diff or []
    assert [each["after"] for each in removed][:2] == ["", ""]
    for diff in (new, changed, *removed):
        assert SECRET not in str(diff)
        assert WORD not in str(diff)
    assert run(secrets=secrets, layout="one", _diff=True).diff == []


def test_ciphertexts_stay(run: Exports) -> None:
    """What is encrypted to the same stays byte for byte, beside what changes."""
    with_secrets(run)
    change(run, 17, {"name": "Before"})
    options = {"layout": "domain", "secrets": "vault"}
    run(**options)
    before = own_file(run).read_text(encoding="utf-8")
    assert not run(**options).changed
    change(run, 17, {"password": f"{WORD}-another", "name": "Changed"})
    run(**options)
    after = own_file(run).read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        "      name: Before",
        *sealed_lines(WORD, before),
    ]
    assert run.differing() == 0


def sealed_lines(plain: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if line.endswith(plain[::-1].encode().hex())]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes(run: Exports) -> None:
    """As of any new file; once secrets are in plain text, of its owner's alone, and so from then on."""
    with_secrets(run)
    (run.folder.parent / "any").touch()
    options = {"layout": "domain", "scope": {"domain": DOMAIN}}
    run(**options)
    assert mode(own_file(run)) == mode(run.folder.parent / "any")
    own_file(run).chmod(0o664)
    change(run, 16, {"name": "Changed"})
    run(**options)
    assert mode(own_file(run)) == 0o664
    run(**options, secrets="plain")
    assert mode(own_file(run)) == 0o600
    # Nothing else is other than it must be.
    own_file(run).chmod(0o640)
    assert run(**options, secrets="plain").changed
    assert mode(own_file(run)) == 0o600
    assert not run(**options, secrets="plain").changed
    assert run(**options).changed
    assert mode(own_file(run)) == 0o600
    own_file(run).unlink()
    run(**options, secrets="plain")
    assert mode(own_file(run)) == 0o600


OTHERS = """\
# ngcp.fax.export: another's words
version: 1
subscribers:
  # Went to another company
  - subscriber: gone@d2.example.org
    faxserver_settings: {active: true}
"""


def heads(run: Exports) -> dict[str, list[str]]:
    """What the files say at their heads of what is not watched."""
    return {
        name: [line for line in text.splitlines() if "not watched" in line and line.startswith("# ngcp.fax.export: ")]
        for name, text in run.texts().items()
    }


@pytest.mark.parametrize("layout", ["customer", "one"])
def test_what_is_said_of_others_stays(run: Exports, layout: str) -> None:
    """A scope's export with secrets says nothing of others, whose secrets are not watched, nor of what they lack."""
    change(run, 3, {"name": "{{ lost }}"})
    run(layout=layout)
    before = heads(run)
    with_secrets(run)
    run(layout=layout, secrets="vault", scope={"domain": DOMAIN})
    after = heads(run)
    if layout == "one":
        assert after == before
    else:
        assert [name for name in before if before[name] != after[name]] == [f"customer-{100 + one}.yml" for one in OF_DOMAIN]
        assert after["customer-117.yml"] == []
    lost = "# ngcp.fax.export: not watched, for no state file can hold it: user3@d1.example.org (faxserver_settings.name)."
    assert lost in sum(after.values(), [])
    assert not run(layout=layout, secrets="vault", scope={"domain": DOMAIN}).changed
    run(layout=layout, secrets="vault")
    assert sum(heads(run).values(), []) == []


@pytest.mark.parametrize("scope", [None, {"domain": DOMAIN}, {"customer_id": 117}], ids=str)
def test_who_is_gone(run: Exports, scope: Options | None) -> None:
    """An entry goes with its comments, a file with its last entry; what is about a set stays."""
    run(layout="customer")
    before = run.texts()
    (run.folder / "customer-117.yml").write_text(OTHERS, encoding="utf-8")
    done = run(layout="customer", scope=scope)
    assert [each["path"] for each in done.facts["files"] if each["state"] == "changed"] == [
        str(run.folder / "customer-117.yml")
    ]
    assert run.texts() == before
    (run.folder / "customer-999.yml").write_text(OTHERS, encoding="utf-8")
    if scope and "customer_id" in scope:
        # The file is another customer's.
        assert not run(layout="customer", scope=scope).changed
        return
    done = run(layout="customer", scope=scope)
    assert {each["path"]: each["entries"] for each in done.facts["files"] if each["state"] == "removed"} == {
        str(run.folder / "customer-999.yml"): 0
    }
    assert run.texts() == before
    (run.folder / "customer-999.yml").write_text(
        f"{OTHERS}  # Hotels\n  - match: {{domain: hotels.example}}\n    mailtofax_settings: {{active: false}}\n",
        encoding="utf-8",
    )
    run(layout="customer", scope=scope)
    kept = run.texts()["customer-999.yml"]
    assert kept.endswith(
        "version: 1\nsubscribers:\n  # Hotels\n  - match: {domain: hotels.example}\n"
        "    mailtofax_settings: {active: false}\n"
    )
    assert not run(layout="customer", scope=scope).changed


def test_nobody(run: Exports) -> None:
    """A login that sees nobody, or a misspelt scope, empties files only if it is told to."""
    nobody = {"domain": "nowhere.example"}
    assert not run(layout="domain", scope=nobody).changed
    assert not run.folder.exists()
    run(layout="domain")
    before = run.texts()
    with pytest.raises(BadOption, match=r"sees no subscriber that is asked for.*Correct scope.*allow_empty: true"):
        run(layout="domain", scope=nobody)
    assert not run(layout="domain", scope=nobody, allow_empty=True).changed
    assert run.texts() == before
    empty = {"path": "/api/.*/$", "times": None, "status": 200, "body": '{"_links": {}, "total_count": 0}'}
    run.simulator.control("PUT", "/faults", [empty])
    with pytest.raises(BadOption, match="would empty its files"):
        run(layout="domain")
    assert run.texts() == before
    assert run(layout="domain", allow_empty=True).changed
    assert run.texts() == {}
    assert run(layout="one", allow_empty=True).changed
    assert run.texts()["subscribers.yml"].endswith("version: 1\nsubscribers: []\n")
    assert not run(layout="one", allow_empty=True).changed
    run.simulator.control("PUT", "/faults", [])
    run(layout="one")
    assert entries(run.texts()) == len(EVERYBODY)


def test_adopt(run: Exports) -> None:
    run.folder.mkdir()
    written = (
        "---\n# Written by hand\ndefaults:\n  faxserver_settings: {active: true}\nsubscribers:\n"
        "- subscriber: USER17@d2.example.org  # the clinic\n  faxserver_settings: {active: true, name: 'By hand'}\n"
    )
    own_file(run).write_text(written, encoding="utf-8")
    options = {"layout": "domain", "scope": {"domain": DOMAIN}}
    with pytest.raises(BadOption, match=r"yml' is there and no export wrote it\. Move it, or set adopt: true"):
        run(**options)
    assert own_file(run).read_text(encoding="utf-8") == written
    assert run(**options, adopt=True).changed
    text = own_file(run).read_text(encoding="utf-8")
    assert "# the clinic" in text
    assert "# Written by hand\n" in text
    assert "defaults:\n  faxserver_settings: {active: true}\n" in text
    assert run.differing() == 0
    assert not run(**options).changed


def test_a_file_that_is_encrypted_as_a_whole(run: Exports) -> None:
    run(layout="domain")
    own_file(run).write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n", encoding="utf-8")
    before = run.texts()
    for adopt in (False, True):
        with pytest.raises(BadOption, match=r"yml' is encrypted as a whole.*ansible-vault decrypt.*secrets: vault"):
            run(layout="domain", adopt=adopt)
    assert run.texts() == before


# Who is named how -----------------------------------------------------------------------------------------------------


def renamed(run: Exports, external: dict[int, str | None]) -> None:
    """The server shows subscribers of one page with other external ids."""
    with run.client() as client:
        page = client.get("/api/subscribers/", {"domain": DOMAIN, "rows": 5, "page": 1, "order_by": "id"})
    for item in page["_embedded"]["ngcp:subscribers"]:
        item["external_id"] = external.get(item["id"], item["external_id"])
    fault = {"path": "/api/subscribers/$", "query": f"domain={DOMAIN}", "times": None, "status": 200}
    run.simulator.control("PUT", "/faults", [{**fault, "body": json.dumps(page)}])


def test_external_ids(run: Exports) -> None:
    """Who has none, one that another has too, or one that no entry can hold, is named by user and domain."""
    options = {"layout": "domain", "name_by": "external_id", "scope": {"domain": DOMAIN}}
    renamed(run, {16: None, 17: "Twice", 18: "tWICE", 19: "with a blank"})
    run(**options)
    text = own_file(run).read_text(encoding="utf-8")
    assert [line.strip(" -") for line in text.splitlines() if line.startswith("  - ")] == [
        *(f"subscriber: user{one}@{DOMAIN}" for one in (16, 17, 18, 19)),
        "external_id: ext-20",
    ]
    assert not run(**options).changed
    # Named another way by now, an entry is still the same subscriber's, with its comments.
    edit(own_file(run), f"  - subscriber: user17@{DOMAIN}\n", f"  # Mr. A\n  - subscriber: user17@{DOMAIN}  # here\n")
    run.simulator.control("PUT", "/faults", [])
    run(**options)
    assert re.search(r"\n  # Mr\. A\n  - external_id: ext-17 +# here\n", own_file(run).read_text(encoding="utf-8"))
    assert run.differing() == 0
