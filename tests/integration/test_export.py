# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of a small server: what they ask of it, what is on the disk afterwards, and what is left after a failure."""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import signal
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import NewFile
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import notices
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import loader, text_rules, yaml_rewrite
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import Vault
from tests.integration.exporting import VAULT, Exports
from tests.simulator.client import Simulator

Options = dict[str, Any]
FAX, MAIL = "faxserversettings", "mailtofaxsettings"
# Those of the contract's seed that are there; 29 is terminated.
EVERYBODY = [one for one in range(1, 31) if one != 29]
DOMAIN = "d2.example.org"
OF_DOMAIN = range(16, 21)


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> Exports:
    """Exports into a folder that is not there yet, by a login that may only read."""
    return Exports(simulator, tmp_path / "out", 5, "readonly")


def change(run: Exports, one: int, settings: Options, kind: str = FAX) -> None:
    run.simulator.control("PATCH", f"/settings/{kind}/{one}", settings)


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "asked"),
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
def test_what_is_asked_for(run: Exports, match: Options | None, asked: dict[str, int], workers: int) -> None:
    for again in (False, True):
        done = run(match=match, workers=workers)
        assert (done.changed, run.counted) == (not again, {"login": 1, **asked})
        assert run.simulator.control("GET", "/counters")["connections"] <= workers
    assert run.differing() == 0


def test_a_part_of_many_is_not_read_by_pages(run: Exports) -> None:
    """Five are more than a page of two; the first page tells that the others are not worth it."""
    done = Exports(run.simulator, run.folder, 2)
    done(match={"domain": DOMAIN})
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
    run(layout=layout, match={"domain": DOMAIN})
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
    assert not run(layout=layout, name_by=name_by, match={"customer_id": 103}).changed
    reading = {"login": 1, "GET subscribers/": 1, f"GET {FAX}/ID": 2, f"GET {MAIL}/ID": 2}
    assert run.counted == {**reading, **look_ups}
    assert run.texts() == before


# What goes wrong ------------------------------------------------------------------------------------------------------


def entries(files: dict[str, str]) -> int:
    return sum(text.count("  - subscriber: ") for text in files.values())


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        ({"path": f"/api/{MAIL}/$", "query": "page=3", "status": 503, "body": "busy"}, None),
        ({"path": "/api/subscribers/$", "query": "page=6", "close": "before"}, None),
        ({"path": f"/api/{FAX}/18$", "status": 500, "body": "crashed"}, {"domain": DOMAIN}),
        ({"path": f"/api/{MAIL}/18$", "status": 200, "body": "{}"}, {"domain": DOMAIN}),
        ({"path": f"/api/{MAIL}/$", "query": "page=2", "status": 503, "body": "busy"}, {"domain": "d1.example.org"}),
    ],
    ids=["a page", "the last page", "somebody", "somebody else's answer", "a page of a part"],
)
def test_who_cannot_be_read(run: Exports, fault: Options, match: Options | None) -> None:
    """All files stay, those of subscribers that were read too, and nothing lies beside them."""
    run()
    before = run.texts()
    for one in EVERYBODY:
        change(run, one, {"name": "Changed"})
    run.simulator.control("PUT", "/faults", [{**fault, "times": None}])
    with pytest.raises(FaxError) as caught:
        run(match=match)
    assert fault["path"].rstrip("$") in str(caught.value)
    assert run.texts() == before
    run.simulator.control("PUT", "/faults", [])
    assert run(match=match).changed
    assert run.texts() != before


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("path", ["subscribers", FAX, MAIL])
def test_who_is_in_some_lists_only(run: Exports, path: str, there: bool) -> None:
    """Whoever came or went while the lists were read is asked for by its id."""
    everybody = Exports(run.simulator, run.folder, 50)
    everybody(layout="one")
    with run.client() as client:
        page = client.get(f"/api/{path}/", {"rows": 50, "page": 1, "order_by": "id"})
    (items,) = page["_embedded"].values()
    items[:] = [item for item in items if not item["_links"]["self"]["href"].endswith("/17")]
    page["total_count"] = len(items)
    list_without = {"path": f"/api/{path}/$", "times": None, "status": 200, "body": json.dumps(page)}
    gone = {"path": r"/api/\w+/17$", "times": None, "status": 404, "body": '{"code": 404, "message": "Not found"}'}
    run.simulator.control("PUT", "/faults", [list_without] if there else [list_without, gone])
    done = everybody(layout="one")
    assert (done.changed, done.facts["totals"]["subscribers"]) == ((False, 29) if there else (True, 28))
    assert ("user17@" in run.texts()["subscribers.yml"]) == there
    asked = sum(number for name, number in everybody.counted.items() if name.endswith("/ID"))
    assert asked <= 3


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
    change(
        run, 17, {"destinations": [{"destination": f"{n}@{'x' * 60}.example", "filetype": "PDF"} for n in range(90)]}
    )
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
        (run.folder / "below", "dest: the folder '.*/out' does not exist. Make it first"),
        (Path(__file__), "dest: the folder '.*test_export.py' is not a folder"),
        (Path(__file__) / "below", "dest: the folder '.*test_export.py' is not a folder"),
    ):
        with pytest.raises(BadOption, match=sentence):
            run(dest=str(folder))
        # Before any request.
        assert run.counted == {}


def test_a_signal_while_files_are_placed(run: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C takes effect when all files are in their places."""
    place = NewFile.place

    def interrupted(file: NewFile, mode: int) -> None:
        place(file, mode)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(NewFile, "place", interrupted)
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


def diff_of(run: Exports, **options: Any) -> list[dict[str, str]]:
    diff = run(_diff=True, **options).diff
    assert isinstance(diff, list)
    return diff


@pytest.mark.parametrize("secrets", ["omit", "vault", "plain"])
def test_the_diff(run: Exports, secrets: str) -> None:
    with_secrets(run)
    match = {"domain": DOMAIN}
    (new,) = diff_of(run, secrets=secrets, layout="domain", match=match, check_mode=True)
    assert new["before"] == ""
    assert "subscriber: user17@d2.example.org" in new["after"]
    assert new["after_header"] == str(own_file(run))
    assert not run.folder.exists()
    run(secrets=secrets, layout="domain")
    change(run, 16, {"name": "Changed"})
    change(run, 17, {"password": f"{WORD}-another"})
    (changed,) = diff_of(run, secrets=secrets, layout="domain", match=match, check_mode=True)
    lines = {name: changed[name].splitlines() for name in ("before", "after")}
    assert [line for line in lines["after"] if line not in lines["before"]] == [
        "      name: Changed",
        *(['      password: "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER (changed)"'] if secrets != "omit" else []),
    ]
    run(secrets=secrets, layout="domain")
    removed = diff_of(run, secrets=secrets, layout="one")
    assert [each["after"] for each in removed][:2] == ["", ""]
    for diff in (new, changed, *removed):
        assert SECRET not in str(diff)
        assert WORD not in str(diff)
    assert diff_of(run, secrets=secrets, layout="one") == []


def test_ciphertexts_stay(run: Exports) -> None:
    """What is encrypted to the same stays byte for byte, beside what changes."""
    with_secrets(run)
    change(run, 17, {"name": "Before"})
    options: Options = {"layout": "domain", "secrets": "vault"}
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


@pytest.mark.parametrize("layout", ["customer", "one"])
def test_each_is_encrypted_and_decrypted_once(run: Exports, layout: str) -> None:
    for one in EVERYBODY:
        change(run, one, {"password": "the same"})
    with_secrets(run)
    done: list[str] = []

    def noted(function: Callable[[str], str]) -> Callable[[str], str]:
        def call(text: str) -> str:
            done.append(function.__name__)
            return function(text)

        return call

    def counts(**options: Any) -> dict[str, int]:
        done.clear()
        run(layout=layout, _vault=Vault(noted(VAULT.encrypt or str), noted(VAULT.decrypt)), **options)
        return dict(Counter(done))

    number = len(EVERYBODY) + 1
    assert counts(secrets="vault") == {"encrypt": number}
    assert counts(secrets="vault") == {"decrypt": number}
    change(run, 16, {"password": "another"})
    assert counts(secrets="vault") == {"decrypt": number, "encrypt": 1}
    assert counts(secrets="plain", check_mode=True) == {"decrypt": number}
    # Whoever leaves secrets out needs no password for those that are there.
    assert counts(secrets="omit", check_mode=True) == {}


@pytest.mark.parametrize("match", [None, {"domain": "d1.example.org"}, {"domain": DOMAIN}], ids=str)
def test_progress(run: Exports, match: Options | None) -> None:
    """Each phase is told up to its end: how many subscribers there are nobody knows before they are looked up."""
    with_secrets(run)
    many = {None: 29, "d1.example.org": 24, DOMAIN: 5}[(match or {}).get("domain")]
    secrets = {"encrypting 2/2"} if many != 24 else set()
    run(match=match, secrets="vault", workers=1)
    lines = [line.split(",")[0] for line in run.told]
    assert {f"looking up {many}", f"reading {2 * many}/{2 * many}", *secrets} <= {*lines}
    assert not any("password" in line or "user" in line for line in run.told)
    run(match=match, secrets="vault")
    assert any("decrypting 2/2" in line for line in run.told) == bool(secrets)


def test_another_password(run: Exports) -> None:
    """The place of what it does not decrypt is told, and nothing is written."""
    with_secrets(run)
    run(layout="one", secrets="vault")
    before = run.texts()
    change(run, 1, {"name": "Changed"})

    def refuse(sealed: str) -> str:
        raise ValueError("No vault password of this run decrypts this.")

    line = next(number for number, line in enumerate(before["subscribers.yml"].splitlines(), 1) if "!vault" in line)
    with pytest.raises(BadOption, match=rf"subscribers\.yml:{line}: .*decrypts this\. Nothing was written\.$"):
        run(layout="one", secrets="vault", _vault=Vault(VAULT.encrypt, refuse))
    assert run.texts() == before


def sealed_lines(plain: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if line.endswith(plain[::-1].encode().hex())]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes(run: Exports) -> None:
    """As of any new file; once secrets are in plain text, of its owner's alone, and so from then on."""
    with_secrets(run)
    (run.folder.parent / "any").touch()
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
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
    """Return the lines at the heads of the files about settings that are not watched."""
    return {
        name: [line for line in text.splitlines() if "not watched" in line and line.startswith("# ngcp.fax.export: ")]
        for name, text in run.texts().items()
    }


@pytest.mark.parametrize("layout", ["customer", "one"])
def test_what_is_said_of_others_stays(run: Exports, layout: str) -> None:
    """An export of some with secrets says nothing of others, whose secrets are not watched, nor of what they lack."""
    change(run, 3, {"name": "{{ lost }}"})
    run(layout=layout)
    before = heads(run)
    with_secrets(run)
    run(layout=layout, secrets="vault", match={"domain": DOMAIN})
    after = heads(run)
    if layout == "one":
        assert after == before
    else:
        assert [name for name in before if before[name] != after[name]] == [
            f"customer-{100 + one}.yml" for one in OF_DOMAIN
        ]
        assert after["customer-117.yml"] == []
    lost = (
        "# ngcp.fax.export: not watched, for no state file can hold it: user3@d1.example.org (faxserver_settings.name)."
    )
    assert any(lost in lines for lines in after.values())
    assert not run(layout=layout, secrets="vault", match={"domain": DOMAIN}).changed
    run(layout=layout, secrets="vault")
    assert not any(heads(run).values())


@pytest.mark.parametrize("match", [None, {"domain": DOMAIN}, {"customer_id": 117}], ids=str)
def test_who_is_gone(run: Exports, match: Options | None) -> None:
    """An entry goes with its comments, a file with its last entry; what is about a set stays."""
    run(layout="customer")
    before = run.texts()
    (run.folder / "customer-117.yml").write_text(OTHERS, encoding="utf-8")
    done = run(layout="customer", match=match)
    assert [each["path"] for each in done.facts["files"] if each["status"] == "changed"] == [
        str(run.folder / "customer-117.yml")
    ]
    assert run.texts() == before
    (run.folder / "customer-999.yml").write_text(OTHERS, encoding="utf-8")
    if match and "customer_id" in match:
        # The file is another customer's.
        assert not run(layout="customer", match=match).changed
        return
    done = run(layout="customer", match=match)
    assert {each["path"]: each["entries"] for each in done.facts["files"] if each["status"] == "removed"} == {
        str(run.folder / "customer-999.yml"): 0
    }
    assert run.texts() == before
    (run.folder / "customer-999.yml").write_text(
        f"{OTHERS}  # Hotels\n  - match: {{domain: hotels.example}}\n    mailtofax_settings: {{active: false}}\n",
        encoding="utf-8",
    )
    run(layout="customer", match=match)
    kept = run.texts()["customer-999.yml"]
    assert kept.endswith(
        "version: 1\nsubscribers:\n  # Hotels\n  - match: {domain: hotels.example}\n"
        "    mailtofax_settings: {active: false}\n"
    )
    assert not run(layout="customer", match=match).changed


@pytest.mark.parametrize(
    "match",
    [{"customer_external_id": "cust-17"}, {"reseller_id": 2}, {"alias": "4311000017"}],
    ids=str,
)
@pytest.mark.parametrize("layout", ["customer", "one"])
def test_who_is_selected_by_what_neither_file_nor_name_shows(run: Exports, layout: str, match: Options) -> None:
    """The others are looked up: whoever is there stays as it is, and whoever is gone goes."""
    run(layout=layout)
    before = run.texts()
    for one in (3, 17):
        change(run, one, {"name": f"Changed {one}"})
    name = "subscribers.yml" if layout == "one" else "customer-117.yml"
    gone = "  - subscriber: gone@d1.example.org\n    faxserver_settings: {active: true}\n"
    (run.folder / name).write_text(f"{before[name]}{gone}", encoding="utf-8")
    assert run(layout=layout, match=match).changed
    after = run.texts()
    assert [file for file in before if before[file] != after[file]] == [name]
    assert after[name].count("Changed 17") == 1
    assert "gone@" not in after[name]
    assert "Changed 3" not in str(after)
    assert not run(layout=layout, match=match).changed


@pytest.mark.parametrize(
    "match", ["reseller_id: 2", "alias: '4311000017'", "{domain: d2.example.org, alias: '4311000017'}"]
)
def test_what_a_set_declares_otherwise_is_stated(run: Exports, match: str) -> None:
    """The set's value would apply where the export leaves out a default."""
    run.folder.mkdir()
    (run.folder / "subscribers.yml").write_text(
        "# ngcp.fax.export: x\nversion: 1\nsubscribers:\n"
        f"  - match: {match if match[0] == '{' else '{' + match + '}'}\n    faxserver_settings: {{t38: false}}\n",
        encoding="utf-8",
    )
    run(layout="one", omit_defaults=True, secrets="vault")
    stated = yaml.safe_load(run.texts()["subscribers.yml"])["subscribers"]
    people = {each["subscriber"] for each in stated if "subscriber" in each}
    assert "user17@d2.example.org" in people
    # The server does not show whose reseller somebody is; it shows numbers.
    assert ("user3@d1.example.org" in people) == match.startswith("reseller_id")
    assert run.differing() == 0


def test_nobody(run: Exports) -> None:
    """A login that sees nobody, or a misspelt match, is a failure, and empties files only if it is told to."""
    nobody = {"domain": "nowhere.example"}
    words = r"^This login sees nobody with domain nowhere\.example"
    with pytest.raises(BadOption, match=rf"{words}\. Correct match or the login, or set allow_empty: true\.$"):
        run(layout="domain", match=nobody)
    assert not run(layout="domain", match=nobody, allow_empty=True).changed
    assert not run.folder.exists()
    run(layout="domain")
    before = run.texts()
    with pytest.raises(BadOption, match=f"{words}, and the export would empty its files"):
        run(layout="domain", match=nobody)
    assert not run(layout="domain", match=nobody, allow_empty=True).changed
    assert run.texts() == before
    empty = {"path": "/api/.*/$", "times": None, "status": 200, "body": '{"_links": {}, "total_count": 0}'}
    run.simulator.control("PUT", "/faults", [empty])
    with pytest.raises(BadOption, match=r"^This login sees no subscriber, and the export would empty its files"):
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
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
    with pytest.raises(BadOption, match=r"yml' exists and was not written by an export\. Move it, or set adopt: true"):
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


UNSEEN = "\u200c\u202e\u00a0\ufe0f"


@pytest.mark.parametrize("comment", ["", "    # a comment\n"])
def test_characters_that_nobody_sees(run: Exports, comment: str) -> None:
    """They are written as escapes, in an entry with comments too, and the files are right; bare they are not."""
    one = run.folder / "subscribers.yml"
    for number, letter in enumerate(UNSEEN):
        change(run, 16, {"name": f"a{letter}"})
        change(run, 17, {"acl": [{"from_email": f"^boss{letter}@x$", "use_regex": True}, {"destination": "43"}]}, MAIL)
        change(run, 18, {"secret_renew_notify": [{"destination": f"a{letter}@x.example"}]}, MAIL)
        done = run(layout="one", match={"domain": DOMAIN})
        assert (done.facts["not_written"], done.warnings) == ([], []) or number == 0
        text = one.read_text(encoding="utf-8")
        assert not {*text} & {*UNSEEN}
        assert text.count(f"\\u{ord(letter):04x}") == 3
        assert run.differing() == 0
        assert not run(layout="one", match={"domain": DOMAIN}).changed
        told = notices(loader.load([one]))
        assert [each.split(" holds ")[0].rpartition(".")[2] for each in told] == ["name", "from_email", "destination"]
        one.write_text(re.sub(r"(?m)^(  - .*\n)(?!    # )", rf"\1{comment}", text), encoding="utf-8")
    # An escape is seen, what stands there by itself is not; in the file of somebody else neither is taken.
    text = one.read_text(encoding="utf-8")
    for changed in (text.replace("\\ufe0f", "\ufe0f"), re.sub("(?m)^# ngcp.*\n", "", text)):
        one.write_text(changed, encoding="utf-8")
        problems = loader.load([one]).problems
        assert len(problems) == 2
        assert all("holds U+FE0F (variation selector-16, character" in str(problem) for problem in problems)


@pytest.mark.parametrize("comment", ["", "    # a comment\r\n"])
def test_line_ends_that_git_has_made_those_of_windows(run: Exports, comment: str) -> None:
    run(layout="one", secrets="vault")
    one = run.folder / "subscribers.yml"
    text = one.read_bytes().decode().replace("\n", "\r\n")
    name = "  - subscriber: user3@d1.example.org\r\n"
    text = text.replace(name, name + comment)
    one.write_bytes(text.encode())
    assert not run(layout="one", secrets="vault").changed
    assert run.texts() == {"subscribers.yml": text}
    change(run, 3, {"name": "two\r\nlines", "password": "new"})
    change(run, 16, {"name": "By hand"})
    assert run(layout="one", secrets="vault").changed
    after = run.texts()["subscribers.yml"]
    assert after.count("\n") == after.count("\r\n") > 0
    assert "\r\r" not in after
    assert comment in after
    assert run.differing() == 0
    assert not run(layout="one", secrets="vault").changed


def test_what_is_no_file_in_the_folder(run: Exports, tmp_path: Path) -> None:
    """Nothing is waited for, nothing is read from elsewhere, and no link is lost."""
    run(layout="one")
    one, other = run.folder / "subscribers.yml", tmp_path / "other.yml"
    text = one.read_text(encoding="utf-8")
    no_file = "This is not a file (it is a FIFO), and has the name of a state file. Remove or rename it."
    leads_out = f"This leads out of '{run.folder}'; give '{other}' as a source of its own."
    other.write_text(text, encoding="utf-8")

    def refused() -> str:
        with pytest.raises(BadOption) as caught:
            run(layout="one", adopt=True)
        return str(caught.value).replace(f"{run.folder}/", "")

    os.mkfifo(run.folder / "a.yml")
    assert refused() == f"a.yml: {no_file} Nothing was written."
    (run.folder / "a.yml").unlink()
    one.unlink()
    os.mkfifo(one)
    assert refused() == f"subscribers.yml: {no_file} Nothing was written."
    one.unlink()
    one.symlink_to(other)
    assert refused() == f"subscribers.yml: {leads_out} Nothing was written."
    one.unlink()
    (run.folder / "b.txt").write_text(text, encoding="utf-8")
    one.symlink_to("b.txt")
    what = f"'{one}' is a link, and an export writes files only. Put the file itself there."
    assert refused() == what.replace(f"{run.folder}/", "")
    assert one.is_symlink()
    assert other.read_text(encoding="utf-8") == text


def test_a_byte_order_mark(run: Exports) -> None:
    """No run takes such a file, so no export writes one again."""
    run(layout="domain")
    own_file(run).write_text("\ufeff" + own_file(run).read_text(encoding="utf-8"), encoding="utf-8")
    before = run.texts()
    change(run, 17, {"name": "Changed"})
    for adopt in (False, True):
        with pytest.raises(BadOption, match=rf"domain-{DOMAIN}\.yml begins with a byte order mark .*without BOM\.$"):
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
    options: Options = {"layout": "domain", "name_by": "external_id", "match": {"domain": DOMAIN}}
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


# Files that somebody has written or changed by hand -------------------------------------------------------------------


def refused(run: Exports, **options: Any) -> bool:
    """Return True if an export is refused with one sentence that names file and reason."""
    try:
        run(**options)
    except BadOption as caught:
        error = str(caught)
    else:
        return False
    assert re.fullmatch(r"[^\n]*\.yml[^\n]*, perhaps (for its anchors|because it has an alias)[^\n]*", error), error
    return True


ALIASES = {
    # What is written: (entries of user17 and user18, and what stands behind them)
    "a value": ("&n By hand", "*n", ""),
    "a value of a set": (
        "&n By hand",
        "Own",
        "  - match: {domain: nowhere.example}\n    faxserver_settings: {name: *n}\n",
    ),
    "a value below": ("&n By hand", "Own", "defaults:\n  faxserver_settings: {name: *n}\n"),
    "from above": ("*above", "*above", ""),
}


@pytest.mark.parametrize("comment", ["", "  # said by hand"], ids=["without", "with a comment"])
@pytest.mark.parametrize("changes", [(), (17,), (18,)], ids=str)
@pytest.mark.parametrize("written", ALIASES)
def test_anchors(run: Exports, written: str, changes: tuple[int, ...], comment: str) -> None:
    """What a file with anchors says stays, or the file is refused: nothing says anything else than it did."""
    first, second, behind = ALIASES[written]
    names = {17: "By hand" if first != "*above" else "Above", 18: second}
    names[18] = {"*n": "By hand", "*above": "Above"}.get(second, second)
    for one, name in names.items():
        change(run, one, {"name": name})
    match = {"domain": DOMAIN}
    run(layout="domain", match=match)
    text = own_file(run).read_text(encoding="utf-8")
    for one, said in ((17, first), (18, second)):
        start = text.index(f"user{one}@")
        found = re.compile(r"name: .*\n").search(text, start)
        assert found
        text = f"{text[: found.start()]}name: {said}{comment}\n{text[found.end() :]}"
    text = text.replace("subscribers:\n", "defaults:\n  faxserver_settings: {name: &above Above}\nsubscribers:\n")
    if "defaults" in behind:
        text = text.replace("defaults:\n  faxserver_settings: {name: &above Above}\n", "")
    own_file(run).write_text(text + behind, encoding="utf-8")
    assert not run(layout="domain", match=match).changed
    for one in changes:
        change(run, one, {"name": "Another"})
    before, meant = run.texts(), _meant(run)
    if refused(run, layout="domain", match=match):
        assert changes
        assert run.texts() == before
    else:
        assert run.differing(allow_empty=True) == 0
        assert _meant(run) == meant


def _meant(run: Exports) -> list[Any]:
    """Return the settings declared outside the entries of single subscribers."""
    held = yaml.safe_load(own_file(run).read_text(encoding="utf-8"))
    return [held.get("defaults"), *(each for each in held["subscribers"] if "match" in each)]


MERGES = {
    "beside": (
        "  - subscriber: user17@d2.example.org\n    faxserver_settings: &base\n      active: true{comment}\n"
        "      t38: true\n"
        "  - subscriber: user18@d2.example.org\n    faxserver_settings:\n      <<: *base\n      name: Own\n"
    ),
    "within": (
        "  - subscriber: user17@d2.example.org\n    faxserver_settings:\n      active: true{comment}\n"
        "      destinations:\n"
        "        - &d {{destination: a@b.example, filetype: PDF, incoming: true}}\n"
        "        - {{<<: *d, destination: c@b.example}}\n"
    ),
    "the entry": (
        "  - &one\n    subscriber: user17@d2.example.org\n    faxserver_settings: {{active: true}}{comment}\n"
        "  - <<: *one\n    subscriber: user18@d2.example.org\n"
    ),
    "an entry in braces": "  - {{subscriber: user17@d2.example.org, faxserver_settings: {{active: true}}}}{comment}\n",
    "within, and a set": (
        "  - subscriber: user17@d2.example.org\n    faxserver_settings:\n      active: true{comment}\n"
        "      destinations:\n"
        "        - &d {{destination: a@b.example, filetype: PDF}}\n"
        "        - {{<<: *d, destination: c@b.example, filetype: PDF}}\n"
        "  - match: {{domain: nowhere.example}}\n    faxserver_settings: {{destinations: [*d]}}\n"
    ),
    "within, and below": (
        "  - subscriber: user17@d2.example.org\n    faxserver_settings:\n      active: true{comment}\n"
        "      destinations:\n"
        "        - &d {{destination: a@b.example, filetype: PDF}}\n"
        "        - {{<<: *d, destination: c@b.example, filetype: PDF}}\n"
        "defaults:\n  faxserver_settings: {{destinations: [*d]}}\n"
    ),
    "a set": (
        "  - subscriber: user17@d2.example.org\n    faxserver_settings: &own\n      active: true{comment}\n"
        "  - match: {{domain: nowhere.example}}\n    faxserver_settings: *own\n"
    ),
    "a list": (
        "  - subscriber: user17@d2.example.org\n    mailtofax_settings:{comment}\n      acl: &acl\n"
        "        - {{from_email: a@b.example}}\n"
        "  - subscriber: user18@d2.example.org\n    mailtofax_settings:\n      acl: *acl\n"
    ),
}


@pytest.mark.parametrize("comment", ["", "  # said by hand"], ids=["without", "with a comment"])
@pytest.mark.parametrize("written", MERGES)
def test_merges(run: Exports, written: str, comment: str) -> None:
    addresses = {"a@b.example": "TIFF", "c@b.example": "PDF"}
    change(run, 17, {"destinations": [{"destination": each, "filetype": kind} for each, kind in addresses.items()]})
    run.folder.mkdir()
    text = f"subscribers:\n{MERGES[written].format(comment=comment)}"
    own_file(run).write_text(text, encoding="utf-8")
    meant = _meant(run)
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}, "adopt": True}
    if refused(run, **options):
        assert own_file(run).read_text(encoding="utf-8") == text
    else:
        assert run.differing(allow_empty=True) == 0
        assert not run(**options).changed
        assert _meant(run) == meant
        assert comment.strip() in own_file(run).read_text(encoding="utf-8")


def test_comments_stay_where_they_are(run: Exports) -> None:
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
    change(run, 17, {"destinations": [{"destination": "a@b.example", "filetype": "PDF"}]})
    run(**options)
    text = own_file(run).read_text(encoding="utf-8")
    start, end = text.index("  - subscriber: user17@"), text.index("  - subscriber: user18@")
    # A comment above and beside each line.
    said = "".join(
        f"{' ' * (len(line) - len(line.lstrip()))}# above {number}\n{line}  # beside {number}\n"
        for number, line in enumerate(text[start:end].splitlines())
    )
    text = text[:start] + said + text[end:]
    own_file(run).write_text(text, encoding="utf-8")
    assert not run(**options).changed
    change(run, 17, {"name": "Changed", "active": True})
    run(**options)
    changed = own_file(run).read_text(encoding="utf-8")
    text = text.replace("name: null  # beside 4", 'name: "Changed" # beside 4')
    assert changed == text.replace("active: false  # beside 3", "active: true   # beside 3")


OF_TWO = {
    "name": "  - subscriber: user17@d2.example.org\n",
    "id": "  - subscriber_id: 17\n",
    "both": "  - subscriber: user17@d2.example.org\n    subscriber_id: 17\n",
}


def test_an_id_is_one_added_line_and_a_stale_one_other_digits(run: Exports) -> None:
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
    run(**options)
    both = own_file(run).read_text(encoding="utf-8").replace(OF_TWO["both"], f"  # Ask Ann\n{OF_TWO['both']}")
    texts = {
        both.replace("    subscriber_id: 17\n", ""): [],
        both.replace("subscriber_id: 17\n", "subscriber_id: 18\n"): [
            "user17@d2.example.org is subscriber 17 now, not 18."
        ],
    }
    for text, warnings in texts.items():
        own_file(run).write_text(text, encoding="utf-8")
        result = run(**options)
        assert (result.changed, own_file(run).read_text(encoding="utf-8")) == (True, both)
        line = both[: both.index(OF_TWO["both"])].count("\n") + 1
        places = [each.partition(": ")[0].rpartition("/")[2] for each in result.warnings]
        assert places == [f"domain-{DOMAIN}.yml:{line}"] * len(warnings)
        assert [each.partition(": ")[2] for each in result.warnings] == warnings
        assert not run(**options).changed
        assert run.differing() == 0
        # A file that serves two platforms keeps the ids that it has, and gets none.
        own_file(run).write_text(text, encoding="utf-8")
        assert not run(**options, ids=False).changed
    assert OF_TWO["name"] in both


def test_a_stale_id_takes_no_entry_of_somebody_else(run: Exports) -> None:
    """The entry and its comment stay with the name, whoever has the id now."""
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
    run(**options)
    text = own_file(run).read_text(encoding="utf-8")
    mine = text.index("  - subscriber: user17@")
    own_file(run).write_text(
        (text[:mine] + "  # about 17\n" + text[mine:]).replace("subscriber_id: 17\n", "subscriber_id: 16\n"),
        encoding="utf-8",
    )
    run(**options)
    assert own_file(run).read_text(encoding="utf-8") == text[:mine] + "  # about 17\n" + text[mine:]


FIELDS: dict[str, tuple[str, str, Options]] = {
    "destinations": (FAX, "destination", {"filetype": "PDF"}),
    "acl": (MAIL, "from_email", {"use_regex": True}),
}


@pytest.mark.parametrize("layout", ["domain", "one"])
@pytest.mark.parametrize("field", FIELDS)
def test_comments_in_lists(run: Exports, field: str, layout: str) -> None:
    """Each goes with its own entry; what may be about the list stays above it."""
    kind, name, rest = FIELDS[field]
    options: Options = {"layout": layout, "match": {"domain": DOMAIN}}

    def entries_are(letters: str) -> str:
        change(run, 17, {field: [{name: f"{one}@b.example", **rest} for one in letters]}, kind)
        run(**options)
        return path.read_text(encoding="utf-8")

    path = run.folder / (f"domain-{DOMAIN}.yml" if layout == "domain" else "subscribers.yml")
    text = entries_are("abc")
    text = re.sub(rf"( +)- {name}: ([abc])@b", r"\1# about \2\n\g<0>", text)
    start = text.index("user17@")
    text = text[:start] + text[start:].replace("    mailtofax", "    # Ask Ann\n    mailtofax", 1)
    path.write_text(text, encoding="utf-8")
    for letters, about in (("ac", "ac"), ("acd", "ac"), ("cd", "c"), ("", "")):
        text = entries_are(letters)
        found = re.findall(rf"# about (.)\n +- {name}: (.)@b", text)
        assert found == [(one, one) for one in about]
        assert "    # Ask Ann\n    mailtofax_settings:\n" in text
        assert not run(**options).changed
        assert run.differing() == 0
    assert f"      # about c\n      # about a\n      {field}: []\n" in text


def test_without_ruamel(run: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is missed where an entry changes that has comments inside, and nowhere else."""
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}}
    run(**options)
    entry = "  - subscriber: user17@d2.example.org\n"
    edit(own_file(run), entry, f"  # above\n{entry}    # inside\n")
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    try:
        importlib.reload(yaml_rewrite)
        change(run, 16, {"name": "Changed"})
        assert run(**options).changed
        change(run, 17, {"name": "Changed"})
        before = run.texts()
        with pytest.raises(BadOption) as caught:
            run(**options)
        assert run.texts() == before
    finally:
        monkeypatch.undo()
        importlib.reload(yaml_rewrite)
    line = next(number for number, line in enumerate(before[own_file(run).name].splitlines(), 1) if "user17" in line)
    assert str(caught.value) == (
        f"{own_file(run)}:{line}: the entry has comments and changes, and Python's ruamel.yaml is missing, which keeps "
        "comments. Install it beside Ansible (pip install ruamel.yaml), or move the comments above the entry."
    )
    assert run(**options).changed
    assert "    # inside\n" in own_file(run).read_text(encoding="utf-8")


# Values that are hard to write ----------------------------------------------------------------------------------------

# What state files refuse in plain text: templates.
TEMPLATES = ("{{ a }}", "a {% b %} c", "{{\n}}", "{# a #}", "}} {{")
PLACES = ("faxserver_settings.name", "mailtofax_settings.secret_key", "mailtofax_settings.acl")


@pytest.mark.parametrize("text", TEMPLATES)
@pytest.mark.parametrize("secrets", ["omit", "vault", "plain"])
def test_templates(run: Exports, text: str, secrets: str) -> None:
    """Encrypted, or left out, and said to be: what stands in the file is what the server has."""
    change(run, 17, {"name": text})
    change(run, 17, {"secret_key": text, "acl": [{"from_email": text, "use_regex": True}]}, MAIL)
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}, "secrets": secrets}
    done = run(**options)
    refused = text_rules.holds_template(text)
    lost = [place for place in PLACES if refused and (secrets == "plain" or "secret" not in place)]
    lost = [] if secrets == "vault" else lost
    assert done.facts["not_written"] == (
        [{"subscriber_id": 17, "subscriber": f"user17@{DOMAIN}", "options": lost}] if lost else []
    )
    assert bool(done.warnings) == bool(lost)
    head = f"user17@{DOMAIN} ({', '.join(lost)})"
    file = own_file(run).read_text(encoding="utf-8")
    assert (head in file) == bool(lost)
    assert (text in file) == (not refused)
    assert run.differing() == 0
    assert not run(**options).changed
    # It is watched where it is written, and only there.
    change(run, 17, {"name": "Another"})
    assert run.differing() == ("faxserver_settings.name" not in lost)


@pytest.mark.parametrize("secrets", ["omit", "vault", "plain"])
def test_nothing_but_defaults(run: Exports, secrets: str) -> None:
    """Who has only what the server gives everybody, or besides what no file can hold, has no entry."""
    for one, name in ((16, None), (17, "{{ a }}"), (18, "Own")):
        defaults = {"active": False, "t38": True, "ecm": True, "destinations": []}
        change(run, one, {**defaults, "name": name, "password": None})
    options: Options = {"layout": "domain", "match": {"domain": DOMAIN}, "secrets": secrets, "omit_defaults": True}
    done = run(**options)
    written = re.findall(r"- subscriber: user(\d+)@", own_file(run).read_text(encoding="utf-8"))
    assert [one for one in ("16", "17", "18") if one in written] == (["17"] if secrets == "vault" else []) + ["18"]
    assert bool(done.facts["not_written"]) == (secrets != "vault")
    assert run.differing() == 0
    assert not run(**options).changed


BELOW = {
    "defaults": "defaults:\n  faxserver_settings: {{active: true, name: HQ, destinations: {list}}}\nsubscribers:\n",
    "a set": "subscribers:\n  - match: {{domain: D2.example.org}}\n    faxserver_settings: {{name: HQ, t38: false}}\n",
    "a set of some field that no list shows": (
        "subscribers:\n  - match: {{customer_external_id: cust-117}}\n    faxserver_settings: {{name: HQ}}\n"
    ),
    "added by a set": (
        "subscribers:\n  - match: {{domain: d2.example.org}}\n"
        "    faxserver_settings: {{destinations: {list}, destinations_mode: add}}\n"
    ),
    "defaults of a set": (
        "defaults:\n  mailtofax_settings: {{secret_key_renew: daily}}\nsubscribers:\n"
        "  - match: {{domain: d2.example.org}}\n    faxserver_settings: {{name: HQ}}\n"
    ),
}


@pytest.mark.parametrize("omit_defaults", [False, True])
@pytest.mark.parametrize("layout", ["customer", "domain", "one"])
@pytest.mark.parametrize("below", BELOW)
def test_what_is_declared_below(run: Exports, below: str, layout: str, omit_defaults: bool) -> None:
    """What would count where an entry says nothing is contradicted by it, in whatever file that stands."""
    run = Exports(run.simulator, run.folder, 50, "readonly")
    for one in EVERYBODY:
        change(run, one, {"active": one == 17, "t38": one == 17, "name": "HQ" if one == 18 else None})
    options: Options = {"layout": layout, "omit_defaults": omit_defaults}
    run(**options)
    name = {"customer": "customer-117.yml", "domain": f"domain-{DOMAIN}.yml", "one": "subscribers.yml"}[layout]
    text = BELOW[below].format(list="[{destination: a@b.example, filetype: PDF}]")
    edit(run.folder / name, "subscribers:\n", text)
    run(**options)
    assert run.differing(allow_empty=True) == 0
    assert all(line in (run.folder / name).read_text(encoding="utf-8") for line in text.splitlines())
    if omit_defaults and "no list shows" not in below:
        # Of those whom it is not about nothing is said for its sake.
        assert "name" not in str([text for file, text in run.texts().items() if file != name and "114" in file])
    before = run.texts()
    assert not run(**options).changed
    assert run.texts() == before
