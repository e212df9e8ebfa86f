# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of faxes in files: whole or not there, unchanged if it is the same document, nothing else left behind."""

from __future__ import annotations

import base64
import json
import os
import pwd
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoAnswer,
    NoDocument,
    NotFound,
    NotNgcp,
    ServerFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import JOB
from tests.integration.conftest import Play, defaults, requests
from tests.simulator.client import Simulator

MODULE = "ngcp.fax.fax_recording"
LOGIN, RECORDING = "POST /login_jwt", "GET /api/faxrecordings/6"
BEGINNINGS = {"tiff": b"II*\0", "pdf": b"%PDF-1.3", "pdf14": b"%PDF-1.4", "ps": b"%!PS-Adobe-3.0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one."""
    path = tmp_path / "Faxe Öst"
    path.mkdir()
    return path


def run(connection: dict[str, Any], dest: Path | str, fax: int = 6, check_mode: bool = False, **options: Any) -> Result:
    """The module's function, without Ansible."""
    given = {**defaults(JOB.spec), "id": fax, "dest": str(dest), **options}
    with Client(Connection(**connection), read_only=check_mode) as client:
        return JOB.execute(client, given, check_mode)


def enter(simulator: Simulator, **keys: Any) -> int:
    """A fax into the journal, by hand; its id."""
    return int(simulator.control("POST", "/faxes", {"subscriber_id": 3, **keys})["id"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Written --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BEGINNINGS)
def test_each_format_is_written_once(name: str, connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    path = folder / "a file"
    result = run(connection, path, format=name)
    content = path.read_bytes()
    assert content.startswith(BEGINNINGS[name])
    assert result == Result(True, {"id": 6, "dest": str(path), "format": name, "size": len(content)})
    (entry,) = [one for one in simulator.control("GET", "/log")["requests"] if "faxrecordings" in one["path"]]
    assert entry["query"] == ("" if name == "tiff" else f"format={name}")
    again = run(connection, path, format=name)
    assert again == Result(False, result.facts)
    assert path.read_bytes() == content
    assert names(folder) == ["a file"]
    assert requests(simulator) == [[LOGIN, RECORDING]] * 2


@pytest.mark.parametrize("name", ["pdf", "pdf14", "ps"])
def test_each_conversion_is_another_file(name: str, connection: dict[str, Any], folder: Path) -> None:
    """What makes the second run of the test above hard."""
    for place in ("one", "two"):
        run(connection, folder / place, format=name)
    assert (folder / "one").read_bytes() != (folder / "two").read_bytes()


def test_pages_are_the_document(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    """A conversion of another fax differs by more than its date."""
    for fax, pages in ((enter(simulator, pages=1), 1), (enter(simulator, pages=2), 2)):
        run(connection, folder / "a.ps", fax, format="ps")
        assert b"%%%%Pages: %d\n" % pages in (folder / "a.ps").read_bytes()
    assert run(connection, folder / "a.ps", 6, format="ps").changed


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_takes_a_name_made_of_what_is_known(
    slash: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    result = run(connection, f"{folder}{slash}")
    assert result.facts["dest"] == str(folder / "20261102T100000Z_in_431999_6.tif")
    run(connection, f"{folder}{slash}", 5, format="pdf14")
    assert names(folder) == ["20261101T100000Z_out_431110002_5.pdf", "20261102T100000Z_in_431999_6.tif"]
    assert not run(connection, folder).changed


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"caller": "../../etc/passwd", "filename": "../../x.tif"}, "in_etcpasswd_9.tif"),
        ({"caller": "+43 (1) 999-0", "filename": 'a/b"c'}, "in_4319990_9.tif"),
        ({"caller": "", "filename": ""}, "in_unknown_9.tif"),
        ({"caller": "anonymous@Öst.invalid"}, "in_anonymousstinvalid_9.tif"),
        ({"caller": "1" * 300}, f"in_{'1' * 32}_9.tif"),
        ({"direction": "mtf", "callee": "$(id)"}, "mtf_id_9.tif"),
    ],
    ids=str,
)
def test_a_name_is_safe_whatever_the_journal_holds(
    keys: dict[str, str], name: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    fax = enter(simulator, time="2026-11-05 08:09:10", **keys)
    run(connection, folder, fax)
    assert names(folder) == [f"20261105T080910Z_{name}"]
    assert names(folder.parent).count("Faxe Öst") == 1


def test_another_content_is_replaced(connection: dict[str, Any], folder: Path) -> None:
    path = folder / "a.tif"
    path.write_bytes(b"something else")
    path.chmod(0o604)
    assert run(connection, path).changed
    assert (path.read_bytes()[:4], mode(path)) == (BEGINNINGS["tiff"], 0o604)
    assert run(connection, path, 5).changed


def test_without_force_a_file_that_is_there_stays(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    path = folder / "a.tif"
    path.write_bytes(b"something else")
    result = run(connection, path, force=False)
    assert result == Result(False, {"id": 6, "dest": str(path), "format": "tiff", "size": 14})
    assert (path.read_bytes(), requests(simulator)) == (b"something else", [])
    assert run(connection, folder / "b.tif", force=False).changed
    assert run(connection, folder, force=False).changed
    assert not run(connection, folder, force=False).changed


@pytest.mark.parametrize("name", BEGINNINGS)
def test_check_mode_writes_nothing(name: str, connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    path = folder / "a.tif"
    predicted = run(connection, path, check_mode=True, format=name)
    assert names(folder) == []
    assert run(connection, path, format=name) == predicted
    assert not run(connection, path, check_mode=True, format=name).changed
    path.write_bytes(b"something else")
    assert run(connection, path, check_mode=True, format=name).changed
    assert (path.read_bytes(), names(folder)) == (b"something else", ["a.tif"])


def test_two_at_once_leave_one_whole_file(connection: dict[str, Any], folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _number: run(connection, folder / "a.tif"), range(4)))
    assert any(result.changed for result in results)
    assert (names(folder), run(connection, folder / "a.tif").changed) == (["a.tif"], False)


# Broken off, or not a document ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("close", ["before", "middle", "after"])
@pytest.mark.parametrize("name", ["tiff", "pdf"])
def test_a_document_that_breaks_off_is_fetched_again(
    name: str, close: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    run(connection, folder / "whole", format=name)
    simulator.control("PUT", "/faults", [{"path": "faxrecordings", "times": 2, "close": close}])
    simulator.control("DELETE", "/log")
    run(connection, folder / "again", format=name)
    assert requests(simulator) == [[LOGIN, RECORDING, RECORDING, RECORDING]]
    assert (folder / "again").stat().st_size == (folder / "whole").stat().st_size


@pytest.mark.parametrize("there", [None, b"an older one"])
def test_a_document_that_always_breaks_off_leaves_all_as_it_was(
    there: bytes | None, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    if there:
        (folder / "a.tif").write_bytes(there)
    simulator.control("PUT", "/faults", [{"path": "faxrecordings", "times": None, "close": "middle"}])
    with pytest.raises(NoAnswer, match=r"was cut off before the answer was complete \(GET /api/faxrecordings/6\)"):
        run(connection, folder / "a.tif")
    assert names(folder) == (["a.tif"] if there else [])
    assert not there or (folder / "a.tif").read_bytes() == there
    assert requests(simulator) == [[LOGIN, *[RECORDING] * 4]]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tiff", "<html>Please log in</html>"),
        ("tiff", "%PDF-1.4 of another kind"),
        ("pdf", "<!DOCTYPE html>\n<html></html>"),
        ("pdf14", ""),
        ("ps", "%PDF-1.4"),
        ("ps", '{"code": 200}'),
    ],
)
def test_what_is_no_document_is_never_saved(
    name: str, body: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    kind = {"tiff": "TIFF", "ps": "PostScript"}.get(name, "PDF")
    (folder / "there").write_bytes(b"an older one")
    for place in ("there", "new"):
        simulator.control("PUT", "/faults", [{"path": "faxrecordings", "status": 200, "body": body}])
        with pytest.raises(NotNgcp, match=f"The answer for fax 6 is not a {kind} document .* Look for a proxy"):
            run(connection, folder / place, format=name)
    assert (names(folder), (folder / "there").read_bytes()) == (["there"], b"an older one")


def test_a_redirect_is_no_document(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    moved = {"path": "faxrecordings", "status": 302, "headers": {"Location": "https://elsewhere.example.com/"}}
    simulator.control("PUT", "/faults", [moved])
    with pytest.raises(NotNgcp, match="redirects to another address"):
        run(connection, folder / "a.tif")
    assert names(folder) == []


# Not there ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "fax"), [("administrator", 99), ("reseller2", 6)], ids=["unknown", "another reseller's"]
)
@pytest.mark.parametrize("dest", ["", "a.tif"], ids=["folder", "file"])
def test_no_such_fax(login: str, fax: int, dest: str, connection: dict[str, Any], folder: Path) -> None:
    with pytest.raises(NotFound) as caught:
        run({**connection, "api_username": login}, folder / dest, fax)
    assert str(caught.value).startswith(f"There is no fax {fax} (GET /api/faxes/{fax}, HTTP 404). Check the id; it may")
    assert names(folder) == []


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_fax_without_a_document(name: str, connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    with pytest.raises(NoDocument) as caught:
        run(connection, folder / "a.tif", 8, format=name)
    assert str(caught.value) == (
        f"Fax 8 is in the journal, and the server gives no document for it as {name} (GET /api/faxrecordings/8, HTTP "
        "500). It was never stored, or is removed by now; or its conversion failed: try format: tiff."
    )
    assert names(folder) == []
    assert requests(simulator) == [[LOGIN, "GET /api/faxrecordings/8", "GET /api/faxes/8"]]


def test_a_fax_under_way_has_no_document_yet(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    fax = enter(simulator, status="", document=False)
    with pytest.raises(NoDocument, match=r"It is still under way\.$"):
        run(connection, folder / "a.tif", fax)


def test_a_busy_server_is_not_a_missing_document(
    connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    simulator.control("PUT", "/faults", [{"path": "faxrecordings", "times": None, "status": 503}])
    with pytest.raises(ServerFailed, match="stayed busy or unavailable through all retries"):
        run(connection, folder / "a.tif")
    simulator.control("PUT", "/faults", [{"path": "faxrecordings", "times": 2, "status": 503}])
    assert run(connection, folder / "a.tif").changed


@pytest.mark.parametrize(
    ("dest", "fault"),
    [
        ("nosuch/a.tif", "nosuch' does not exist"),
        ("nosuch/", "nosuch' does not exist"),
        ("a file/a.tif", "a file' is not a folder"),
        ("a file/", "a file' is not a folder"),
    ],
)
def test_a_dest_whose_parent_is_missing_is_refused_before_any_request(
    dest: str, fault: str, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    (folder / "a file").touch()
    with pytest.raises(BadOption) as caught:
        run(connection, f"{folder}/{dest}")
    assert str(caught.value) == f"dest: the folder '{folder}/{fault}. Make it first, or correct the path."
    assert requests(simulator) == []


def test_a_dest_that_is_no_file_stays(connection: dict[str, Any], folder: Path) -> None:
    os.mkfifo(folder / "a pipe")
    with pytest.raises(BadOption):
        run(connection, folder / "a pipe")
    assert (folder / "a pipe").is_fifo()


def test_a_folder_that_cannot_be_written_is_refused_before_any_request(
    connection: dict[str, Any], simulator: Simulator
) -> None:
    """One that not even root can write to."""
    with pytest.raises(BadOption, match=r"'/proc.*writ(able|ten)"):
        run(connection, "/proc/a.tif")
    assert requests(simulator) == []


FULL = """
import json, resource, sys
from pathlib import Path
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import JOB
connection, options, size = map(json.loads, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    with Client(Connection(**connection)) as client:
        JOB.execute(client, options, False)
except FaxError as error:
    sys.exit(f"{error.kind}: {error}")
"""


@pytest.mark.parametrize("close", [None, "middle"])
@pytest.mark.parametrize("pages", [1, 60], ids=["small", "large"])
def test_a_full_disk(
    pages: int, close: str | None, connection: dict[str, Any], simulator: Simulator, folder: Path
) -> None:
    """A file that may not grow; in a process of its own, for the limit is the process's."""
    fax = enter(simulator, pages=pages)
    run(connection, folder / "a.ps", fax, format="ps")
    before = (folder / "a.ps").read_bytes()
    assert (len(before) > 1 << 16) == (pages > 1)
    (folder / "a.ps").write_bytes(b"an older one")
    if close:
        simulator.control("PUT", "/faults", [{"path": "faxrecordings", "times": 1, "close": close}])
    options = {**defaults(JOB.spec), "id": fax, "dest": str(folder / "a.ps"), "format": "ps"}
    finished = subprocess.run(
        [sys.executable, "-c", FULL, json.dumps(connection), json.dumps(options), str(len(before) // 3)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr.startswith("bad_option: "), finished.stderr
    assert "cannot be written (File too large). Make room, or write" in finished.stderr
    assert (names(folder), (folder / "a.ps").read_bytes()) == (["a.ps"], b"an older one")


# The module -----------------------------------------------------------------------------------------------------------


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"id": 0, "dest": "/tmp/x"}, "id must be at least 1, not 0."),
    ({"id": 6, "dest": ""}, "dest must not be empty; give a path."),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=str)
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    assert list(map(str, JOB.spec.problems({**connection, **options}))) == [sentence]


def test_the_module(play: Play, simulator: Simulator, folder: Path) -> None:
    """With the options of Ansible's own file modules."""
    owner = pwd.getpwuid(65534 if os.geteuid() == 0 else os.geteuid())
    path, private = folder / "a.pdf", {"mode": "0600", "owner": owner.pw_name, "group": owner.pw_gid}
    options = {"id": 6, "dest": str(path), "format": "pdf"}
    tasks: list[dict[str, Any]] = [
        {"name": "predicted", MODULE: {**options, **private}, "check_mode": True},
        {"name": "not written", "ansible.builtin.stat": {"path": str(path)}},
        {"name": "written", MODULE: {**options, **private}},
        {"name": "again", MODULE: {**options, **private}},
        {"name": "opened, predicted", MODULE: {**options, "mode": "u=rw,g=r,o="}, "check_mode": True},
        {"name": "opened", MODULE: {**options, "mode": "u=rw,g=r,o=", "force": False}},
        {"name": "in a folder", MODULE: {"id": 6, "dest": str(folder)}},
        {"name": "no such format", MODULE: {**options, "format": "doc"}, "ignore_errors": True},
        {"name": "no such fax", MODULE: {**options, "id": 99}, "ignore_errors": True},
        {"name": "no such folder", MODULE: {"id": 6, "dest": str(folder / "x" / "y")}, "ignore_errors": True},
    ]
    before = os.umask(0o027)
    try:
        played = play(tasks, "--diff")
    finally:
        os.umask(before)
    assert (played["predicted"]["changed"], played["not written"]["stat"]["exists"]) == (True, False)
    written = played["written"]
    assert (written["changed"], written["dest"], written["size"]) == (True, str(path), path.stat().st_size)
    assert (written["mode"], written["owner"], written["gid"]) == ("0600", owner.pw_name, owner.pw_gid)
    assert (played["again"]["changed"], played["opened, predicted"]["changed"]) == (False, True)
    assert (played["again"]["mode"], played["opened"]["changed"], mode(path)) == ("0600", True, 0o640)
    assert path.stat().st_uid == owner.pw_uid
    new = Path(played["in a folder"]["dest"])
    assert (new.name, mode(new)) == ("20261102T100000Z_in_431999_6.tif", 0o600)
    assert played.failure("no such format") == "value of format must be one of: tiff, pdf, pdf14, ps, got: doc."
    assert played.failure("no such fax").startswith("There is no fax 99 (GET /api/faxes/99, HTTP 404).")
    assert played.failure("no such folder").startswith(f"dest: the folder '{folder}/x' does not exist. Make it first")
    assert names(folder) == [new.name, "a.pdf"]


def test_a_document_is_what_was_sent(play: Play, simulator: Simulator, folder: Path) -> None:
    """A TIFF comes as it was stored: the same fax to two places is the same file."""
    content = base64.b64encode(b"Guten Tag\n" * 200).decode()
    fax = enter(simulator, content=content, filename="a.txt")
    tasks = [{"name": "a", MODULE: {"id": fax, "dest": f"{folder}/{{{{ item }}}}"}, "loop": ["one", "two"]}]
    played = play(tasks)
    assert played.code == 0, played.output
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()


def test_no_error_but_the_expected_ones(connection: dict[str, Any], simulator: Simulator, folder: Path) -> None:
    """A crash of the journal after a crash of the recording is told as it is."""
    crash = {"path": "/api/fax", "times": None, "status": 500, "body": "<html>"}
    simulator.control("PUT", "/faults", [crash])
    with pytest.raises(FaxError, match=r"The server crashed .* \(GET /api/faxes/6, HTTP 500\)"):
        run(connection, folder / "a.tif")
