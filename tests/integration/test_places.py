# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is written, and where: for its owner only, locked meanwhile, safe on the disk, never outside."""

from __future__ import annotations

import ast
import errno
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption, FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export import export
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import archive, receipts, recordings, send
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import delete as delete_module
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files as report_files
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import history
from tests import sample_report
from tests.integration.conftest import Play, defaults, requests
from tests.privileges import unprivileged
from tests.simulator.client import Simulator

Run = Callable[..., Result]
FIVE, SIX = "2026/11/01/20261101T100000Z_out_431110002_5.tif", "2026/11/02/20261102T100000Z_in_431999_6.tif"
FOLDERS = ["", "2026", "2026/11", "2026/11/01", "2026/11/02"]
ALL = [5, 6, 7, 8]


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """The one that most systems have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def run(connection: dict[str, Any]) -> Run:
    """`run(job, **options)`: a module's function, without Ansible."""

    def call(job: Job[Any], check_mode: bool = False, **options: Any) -> Result:
        given = {**defaults(job.spec), **options}
        assert job.spec.problems({**connection, **given}) == []
        with Client(Connection(**connection), read_only=check_mode) as client:
            return job.execute(client, given, check_mode)

    return call


@pytest.fixture
def keep(run: Run, tmp_path: Path) -> Run:
    """`keep(**options)`: an archive in `faxes`."""

    def call(check_mode: bool = False, **options: Any) -> Result:
        return run(archive.JOB, check_mode, dest=str(tmp_path / "faxes"), **options)

    return call


def left(simulator: Simulator) -> list[int]:
    return [fax["id"] for fax in simulator.control("GET", "/faxes")["journal"]]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# Safe on the disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record, in order, the paths that are synced to disk and the faxes that are deleted."""
    found: list[str] = []
    fsync, delete = os.fsync, delete_module.delete

    def record(descriptor: int) -> None:
        found.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def recorded(client: Client, fax: dict[str, Any]) -> Any:
        found.append(f"DELETE {fax['id']}")
        return delete(client, fax)

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(delete_module, "delete", recorded)
    return found


@pytest.mark.parametrize("earlier", [False, True], ids=["one run", "another run made the folders"])
@pytest.mark.parametrize("linked", [False, True], ids=["folder", "link"])
def test_every_folder_is_safe_before_a_fax_is_deleted(
    earlier: bool, linked: bool, keep: Run, simulator: Simulator, tmp_path: Path, events: list[str]
) -> None:
    real = tmp_path / "faxes"
    if linked:
        real = tmp_path / "disk" / "real"
        real.mkdir(parents=True)
        (tmp_path / "faxes").symlink_to(real)
    if earlier:
        keep()
        events.clear()
    keep(delete_archived=True)
    assert left(simulator) == [7, 8]
    before = events[: min(events.index("DELETE 5"), events.index("DELETE 6"))]
    assert {str(real.parent), *(str(real / folder) for folder in FOLDERS)} <= set(before)


def test_a_folder_that_cannot_be_made_safe_keeps_the_faxes(
    keep: Run, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    fsync = os.fsync

    def broken(descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), (tmp_path / "faxes/2026").stat()):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    words = r"^dest: '.*/faxes/2026' cannot be synced to disk \(Input/output error\)\. No fax was deleted\."
    with pytest.raises(BadOption, match=words):
        keep(delete_archived=True)
    assert left(simulator) == ALL


def test_without_an_index_no_fax_is_deleted(keep: Run, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "faxes/index.csv/in the way").mkdir(parents=True)
    with pytest.raises(BadOption, match=r"faxes/index\.csv' cannot be written \(Is a directory\)") as caught:
        keep(delete_archived=True)
    assert (caught.value.facts["changed"], left(simulator)) == (True, ALL)


def test_the_receipts_folder_is_safe_before_a_fax_is_sent(
    run: Run, simulator: Simulator, tmp_path: Path, events: list[str]
) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    (tmp_path / "new/receipts").mkdir(parents=True)
    posted: list[bool] = []
    put = receipts.Receipts.put

    def recorded(self: receipts.Receipts, receipt: receipts.Receipt) -> receipts.Receipt:
        kept = put(self, receipt)
        posted.append({str(tmp_path / "new"), str(tmp_path / "new/receipts")} <= set(events))
        return kept

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(receipts.Receipts, "put", recorded)
        options = {"subscriber_id": 3, "destination": "43100001", "content": "hello", "wait": False}
        run(send.JOB, receipt=str(tmp_path / "new/receipts/a.json"), **options)
    assert posted == [True, True]


# Links, FIFOs and devices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["2026", "2026/11", "2026/11/02"])
def test_a_link_inside_an_archive_is_not_followed(place: str, keep: Run, simulator: Simulator, tmp_path: Path) -> None:
    outside, link = tmp_path / "outside", tmp_path / "faxes" / place
    outside.mkdir()
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    for check_mode in (True, False):
        with pytest.raises(FaxError, match=rf"dest: '{link}' is a symbolic link\. Move it away") as caught:
            keep(check_mode=check_mode, delete_archived=True)
        # The one whose folder is another one goes on.
        assert (5 in caught.value.facts["downloaded"]) == (place == "2026/11/02")
        assert 6 not in caught.value.facts["downloaded"]
    assert names(outside) == []
    assert left(simulator) == ([6, 7, 8] if place == "2026/11/02" else ALL)


def test_what_a_link_leads_to_is_not_in_the_archive(keep: Run, simulator: Simulator, tmp_path: Path) -> None:
    """An archive that was moved away and linked: its documents are elsewhere, and may be gone tomorrow."""
    keep()
    (tmp_path / "faxes/2026/11/02").rename(tmp_path / "elsewhere")
    (tmp_path / "faxes/2026/11/02").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "faxes" / FIVE).rename(tmp_path / "five")
    (tmp_path / "faxes" / FIVE).symlink_to(tmp_path / "five")
    with pytest.raises(BadOption, match="is a symbolic link"):
        keep(delete_archived=True)
    assert left(simulator) == [6, 7, 8]
    assert (tmp_path / "five").stat().st_size == (tmp_path / "faxes" / FIVE).lstat().st_size
    assert not (tmp_path / "faxes" / FIVE).is_symlink()


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "2026/../../outside"])
def test_an_index_that_names_a_file_outside(name: str, keep: Run, simulator: Simulator, tmp_path: Path) -> None:
    keep()
    path = tmp_path / "faxes/index.json"
    path.write_text(path.read_text().replace(SIX, name))
    with pytest.raises(BadOption, match="is damaged or not an index"):
        keep(delete_archived=True)
    assert left(simulator) == ALL


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [fifo, device])
def test_nothing_waits_for_a_fifo_or_reads_a_device(
    make: Callable[[Path], None], keep: Run, run: Run, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "faxes").mkdir()
    for name in ("faxes/index.json", "receipt.json", "fax.pdf", "subscribers.yml", "report.html"):
        make(tmp_path / name)
    reason = r"\(it is a (FIFO|device|symbolic link)\)"
    sending = {"subscriber_id": 3, "destination": "43100001"}
    with pytest.raises(BadOption, match=rf"^dest: '.*/index\.json' cannot be read {reason}"):
        keep()
    with pytest.raises(BadOption, match=rf"^receipt: '.*' cannot be read {reason}"):
        run(send.JOB, receipt=str(tmp_path / "receipt.json"), content="x", **sending)
    assert not (tmp_path / ".receipt.json.lock").exists()
    with pytest.raises(BadOption, match=rf"^src: '.*/fax\.pdf' cannot be read {reason}"):
        run(send.JOB, src=str(tmp_path / "fax.pdf"), **{**sending, "max_size": 1 << 20})
    with pytest.raises(BadOption, match=r"^dest: '.*/fax\.pdf' is not a file"):
        run(recordings.JOB, id=6, dest=str(tmp_path / "fax.pdf"))
    with pytest.raises(BadOption, match=r"subscribers\.yml: This (is not a file|leads out of).* Nothing was written"):
        run(export.JOB, dest=str(tmp_path), layout="one", adopt=True)
    with pytest.raises(BadOption, match=rf"report\.html' cannot be written {reason}"):
        report_files.write({tmp_path / "report.html": b"x"}, check_mode=True)
    with pytest.raises(history.Damaged, match=reason):
        history.read(tmp_path / "receipt.json")
    assert all(line.startswith(("GET", "POST /login")) for lines in requests(simulator) for line in lines)


# Modes ----------------------------------------------------------------------------------------------------------------


def modes_below(folder: Path) -> tuple[set[int], set[int]]:
    """Those of the files and of the folders, `folder` with them."""
    paths = [folder, *folder.rglob("*")]
    return {mode(path) for path in paths if path.is_file()}, {mode(path) for path in paths if path.is_dir()}


def test_an_archive_is_for_its_owner_only(keep: Run, tmp_path: Path) -> None:
    keep(direction="in")
    assert modes_below(tmp_path / "faxes") == ({0o600}, {0o700})
    # Existing files keep their mode, even the index, which is rewritten.
    (tmp_path / "faxes/index.json").chmod(0o644)
    (tmp_path / "faxes").chmod(0o755)
    keep(mode="0640", directory_mode="0750")
    found = {name: mode(tmp_path / "faxes" / name) for name in ("", "2026/11", "2026/11/01", "index.json", FIVE, SIX)}
    assert list(found.values()) == [0o755, 0o700, 0o750, 0o644, 0o640, 0o600]


def test_a_document_and_a_receipt_are_for_their_owner_only(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    run(recordings.JOB, id=6, dest=str(tmp_path / "fax.tif"))
    sending = {"subscriber_id": 3, "content": "x", "wait": False}
    run(send.JOB, receipt=str(tmp_path / "a.json"), destination="43100001", **sending)
    run(send.JOB, receipt=str(tmp_path / "b.json"), destination="43100002", mode="0640", **sending)
    (tmp_path / "a.json").chmod(0o644)
    run(send.JOB, receipt=str(tmp_path / "a.json"), destination="43100003", mode="0640", **sending)
    found = {name: mode(tmp_path / name) for name in ("fax.tif", "a.json", ".a.json.lock", "b.json", ".b.json.lock")}
    assert list(found.values()) == [0o600, 0o644, 0o600, 0o640, 0o640]


def test_the_modes_of_an_export(run: Run, tmp_path: Path) -> None:
    """State files are for all who work on them, unless they hold secrets in plain text."""
    options: dict[str, Any] = {"layout": "one", "match": {"domain": "d2.example.org"}}
    for name, given in (
        ("usual", {}),
        ("plain", {"secrets": "plain"}),
        ("given", {"mode": "0660", "directory_mode": "2770"}),
        ("plain and given", {"secrets": "plain", "mode": "0640", "directory_mode": "g+rx"}),
    ):
        run(export.JOB, dest=str(tmp_path / name), **options, **given)
    assert [modes_below(tmp_path / name) for name in ("usual", "plain", "given", "plain and given")] == [
        ({0o644}, {0o755}),
        ({0o600}, {0o700}),
        ({0o660}, {0o2770}),
        ({0o640}, {0o750}),
    ]
    (tmp_path / "plain and given/subscribers.yml").chmod(0o644)
    again = {**options, "secrets": "plain", "mode": "0640"}
    assert not run(export.JOB, dest=str(tmp_path / "plain and given"), **again).changed
    assert mode(tmp_path / "plain and given/subscribers.yml") == 0o644


# Locks, and what killed runs leave ------------------------------------------------------------------------------------


@contextmanager
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Return an event that is set when a process waits for a lock."""
    event, pause = threading.Event(), concurrency.pause

    def recorded(seconds: float) -> None:
        event.set()
        pause(seconds / 10)

    monkeypatch.setattr(locks, "INTERVAL", 0.05)
    monkeypatch.setattr(concurrency, "pause", recorded)
    yield event


OWN = {
    "archive": [".index.json.abcdefgh.part", ".index.csv.abc_defg.part", f".{Path(SIX).name}.12345678.part"],
    "export": [".subscribers.yml.abcdefgh.part", ".customer-7.yml.abcdefgh.part", ".domain-a.b-c.yml.abcdefgh.part"],
    "receipt": [".receipt.json.abcdefgh.part"],
}
OTHERS = [".notes.txt.abcdefgh.part", ".index.json.part", "index.json.abcdefgh.part", ".index.json.abc.part"]


@pytest.mark.parametrize("kind", OWN)
def test_leftovers_go_under_the_lock_and_those_of_others_stay(
    kind: str, run: Run, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    folder = tmp_path / "folder"
    folder.mkdir()
    others = [*OTHERS, *(name for other, theirs in OWN.items() if other != kind for name in theirs)]
    for name in (*OWN[kind], *others):
        (folder / name).write_bytes(b"secret")
    receipt = {"receipt": str(folder / "receipt.json"), "content": "x", "subscriber_id": 3, "destination": "431000"}
    tasks: dict[str, tuple[Job[Any], dict[str, Any]]] = {
        "archive": (archive.JOB, {"dest": str(folder)}),
        "export": (export.JOB, {"dest": str(folder), "layout": "one"}),
        "receipt": (send.JOB, {**receipt, "wait": False}),
    }
    job, options = tasks[kind]
    run(job, check_mode=True, **options)
    assert all((folder / name).exists() for name in (*OWN[kind], *others))
    held = locks.held_file(folder / ".receipt.json.lock") if kind == "receipt" else locks.held_folder(folder)
    with ThreadPoolExecutor(1) as pool, waiting(monkeypatch) as waits:
        with held:
            result = pool.submit(run, job, **options)
            assert waits.wait(60)
            assert all((folder / name).exists() for name in OWN[kind])
        assert result.result().changed
    assert [name for name in OWN[kind] if (folder / name).exists()] == []
    assert [name for name in others if not (folder / name).exists()] == []


# Each of the functions is killed when its first file is about to be put in its place.
KILLED = """
import importlib, json, os, signal, sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
PREFIX = "ansible_collections.ngcp.fax.plugins.module_utils._internal"
connection, tasks = map(json.loads, sys.argv[1:])
def kill(*arguments, **keywords):
    os.kill(os.getpid(), signal.SIGKILL)
for module, options in tasks:
    child = os.fork()
    if not child:
        job = importlib.import_module(f"{PREFIX}.{module}").JOB
        os.replace = os.rename = kill
        with Client(Connection(**connection)) as client:
            job.execute(client, options, False)
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]))
"""


def test_what_a_killed_run_leaves_goes_with_the_next(
    run: Run, connection: dict[str, Any], simulator: Simulator, tmp_path: Path
) -> None:
    """And is the owner's only meanwhile; of an export it may be the secrets of all."""
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    for name in ("sent", "fetched"):
        (tmp_path / name).mkdir()
    own: list[tuple[Job[Any], dict[str, Any]]] = [
        (export.JOB, {"dest": str(tmp_path / "exported"), "secrets": "plain"}),
        (archive.JOB, {"dest": str(tmp_path / "kept")}),
        (recordings.JOB, {"id": 6, "dest": str(tmp_path / "fetched/fax.tif")}),
        (send.JOB, {"subscriber_id": 3, "content": "x", "destination": "431000", "wait": False}),
    ]
    own[-1][1]["receipt"] = str(tmp_path / "sent/receipt.json")
    tasks = [
        (job.run.__module__.partition("._internal.")[2], {**defaults(job.spec), **options}) for job, options in own
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(locks.__file__).parents[7])}
    command = [sys.executable, "-c", KILLED, json.dumps(connection), json.dumps(tasks)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["9"] * 4
    folders = [tmp_path / name for name in ("exported", "kept", "fetched", "sent")]
    parts = [[path for path in folder.iterdir() if path.suffix == ".part"] for folder in folders]
    assert all(parts)
    assert {mode(path) for found in parts for path in found} == {0o600}
    assert simulator.control("GET", "/faxes")["queued"] == []
    for job, options in own:
        assert run(job, **options).changed
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_leftovers_of_a_document(
    check_mode: bool, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a name of its own, so that its folder is not locked while it is downloaded."""
    folder = tmp_path / ("tmp" if check_mode else "faxes")
    for name in ("tmp", "faxes"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (folder / ".fax.tif.abcdefgh.part").touch()
    (folder / ".fax.pdf.abcdefgh.part").touch()
    with locks.held_folder(folder):
        run(recordings.JOB, check_mode=check_mode, id=6, dest=str(tmp_path / "faxes/fax.tif"))
        assert (folder / ".fax.tif.abcdefgh.part").exists()
    run(recordings.JOB, check_mode=check_mode, id=5, dest=str(tmp_path / "faxes/fax.tif"))
    assert names(folder) == [".fax.pdf.abcdefgh.part", *([] if check_mode else ["fax.tif"])]


def test_exports_into_one_folder_lose_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two scopes share a file: the second export begins when the first one has written."""
    monkeypatch.setattr(locks, "INTERVAL", 0.01)
    domains = ("d1.example.org", "d2.example.org")

    def one(domain: str) -> Result:
        return run(export.JOB, dest=str(tmp_path / "out"), layout="one", match={"domain": domain})

    with ThreadPoolExecutor(2) as pool:
        written = sum(result.facts["totals"]["subscribers"] for result in pool.map(one, domains))
    found = yaml.safe_load((tmp_path / "out/subscribers.yml").read_text())["subscribers"]
    assert {entry["subscriber"].partition("@")[2] for entry in found} == set(domains)
    assert len(found) <= written


def test_an_export_that_writes_nothing_leaves_no_folder(run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="sees nobody with domain"):
        run(export.JOB, dest=str(tmp_path / "out"), match={"domain": "nobody.example.org"})
    assert names(tmp_path) == []


# Eight processes add a run to a history.
REPORTS = """
import json, os, signal, sys
from pathlib import Path
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files, history
folder, report = Path(sys.argv[1]), json.loads(sys.argv[2])
past = folder / "history.json"
children = []
for number in range(8):
    child = os.fork()
    if not child:
        own = {**report, "api_url": f"https://{number}.example.org"}
        with files.folders(folder / f"report {number % 3}", past, False):
            runs = history.added(history.read(past), own)
            files.write({folder / f"report {number % 3}" / "report.md": b"x", past: history.text(runs).encode()}, False)
        os._exit(0)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""


def test_reports_of_many_processes_are_all_in_the_history(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(locks.__file__).parents[7])}
    command = [sys.executable, "-c", REPORTS, str(tmp_path), json.dumps(sample_report.report())]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ast.literal_eval(ran.stdout) == [0] * 8
    runs = json.loads((tmp_path / "history.json").read_text())["runs"]
    assert sorted(run["api_url"] for run in runs) == [f"https://{number}.example.org" for number in range(8)]
    assert modes_below(tmp_path / "report 0") == ({0o600}, {0o700})


def test_hosts_of_one_play_share_a_history(play: Play, tmp_path: Path) -> None:
    """As processes of Ansible's; then another run, through a link, and the leftovers of a killed one."""
    (tmp_path / "inventory").write_text("".join(f"h{n} ansible_connection=local\n" for n in range(4)))
    (tmp_path / "given.json").write_text(json.dumps(sample_report.report()))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/runs.json").write_text("")
    (tmp_path / "kept/runs.json").chmod(0o644)
    (tmp_path / "history.json").symlink_to("kept/runs.json")
    for name in ("kept/.runs.json.abcdefgh.part", "kept/.other.json.abcdefgh.part"):
        (tmp_path / name).touch()
    given = "{{ lookup('ansible.builtin.file', '" + str(tmp_path / "given.json") + "') | from_json | combine(own) }}"
    task = {
        "name": "Write",
        "ngcp.fax.fax_report": {
            "report": given,
            "dest": str(tmp_path / "report {{ inventory_hostname }}"),
            "history": str(tmp_path / "history.json"),
            "mode": "0640",
            "directory_mode": "0750",
        },
        "vars": {"own": {"api_url": "https://{{ inventory_hostname }}.example.org"}},
    }
    played = play([task], "-i", str(tmp_path / "inventory"), "-f", "4", hosts="all")
    assert played.code == 0, played.output
    runs = json.loads((tmp_path / "kept/runs.json").read_text())["runs"]
    assert sorted(run["api_url"] for run in runs) == [f"https://h{n}.example.org" for n in range(4)]
    assert modes_below(tmp_path / "report h1") == ({0o640}, {0o750})
    assert mode(tmp_path / "kept/runs.json") == 0o644
    assert (tmp_path / "history.json").is_symlink()
    assert names(tmp_path / "kept") == [".other.json.abcdefgh.part", "runs.json"]


# Paths that cannot be used --------------------------------------------------------------------------------------------


def test_a_folder_that_may_not_be_searched(connection: dict[str, Any], simulator: Simulator, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "below").mkdir(parents=True)
    closed.chmod(0)
    tasks: list[tuple[Job[Any], dict[str, Any]]] = [
        (archive.JOB, {}),
        (export.JOB, {}),
        (recordings.JOB, {"id": 6}),
        (send.JOB, {"subscriber_id": 3, "content": "x", "destination": "431000"}),
    ]
    try:
        with Client(Connection(**connection)) as client, unprivileged():
            for job, own in tasks:
                option = "receipt" if job is send.JOB else "dest"
                for dest in (f"{closed}/below", f"{closed}/below/file", f"{closed}/below/"):
                    for check_mode in (False, True):
                        with pytest.raises(BadOption) as caught:
                            job.execute(client, {**defaults(job.spec), **own, option: dest}, check_mode)
                        assert str(caught.value).startswith(f"{option}: ")
                        assert f"{closed}" in str(caught.value)
                        assert "cannot be used (Permission denied)" in str(caught.value)
            written = report_files.folders(closed / "below", None, check_mode=False)
            with pytest.raises(BadOption, match=r"/below/report\.html' cannot be written \(Permission denied"), written:
                pass
    finally:
        closed.chmod(0o700)
    assert requests(simulator) == []


def test_modules_tell_paths_that_cannot_be_used(play: Play, tmp_path: Path, simulator: Simulator) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo.pdf")
    sending = {"subscriber_id": 3, "destination": "431000"}
    loop, fifo_path = str(tmp_path / "loop"), str(tmp_path / "fifo.pdf")
    is_fifo = f"src: '{fifo_path}' cannot be read (it is a FIFO). "
    given: dict[str, tuple[str, dict[str, Any], str]] = {
        "archive": ("fax_archive", {"dest": f"{loop}/x"}, "dest: "),
        "export": ("fax_export", {"dest": f"{loop}/x"}, "dest: "),
        "recording": ("fax_recording", {"id": 6, "dest": f"{loop}/x"}, "dest: "),
        "receipt": ("fax_send", {**sending, "content": "x", "receipt": f"{loop}/x"}, "receipt: "),
        "report": ("fax_report", {"report": sample_report.report(), "dest": loop}, f"'{loop}/report.html' "),
        "local fifo": ("fax_send", {**sending, "src": fifo_path}, is_fifo),
        "fifo there": ("fax_send", {**sending, "src": fifo_path, "remote_src": True}, is_fifo),
        "mode": ("fax_archive", {"dest": str(tmp_path / "a"), "mode": 640}, "mode must be an octal number in quotes"),
        "report's mode": (
            "fax_report",
            {"report": sample_report.report(), "dest": str(tmp_path / "a"), "directory_mode": "0600"},
            "directory_mode must be an octal number in quotes",
        ),
    }
    tasks = [
        {"name": name, f"ngcp.fax.{module}": options, "ignore_errors": True}
        for name, (module, options, _begin) in given.items()
    ]
    played = play(tasks)
    for name, (_module, _options, begin) in given.items():
        message = played.failure(name)
        assert message.startswith(begin), (name, message)
        assert "met something unexpected" not in message
        assert "octal" in message or "it is a FIFO" in message or "Too many levels of symbolic links" in message
    assert not (tmp_path / "a").exists()
    assert [line for lines in requests(simulator) for line in lines if "POST /api" in line] == []
