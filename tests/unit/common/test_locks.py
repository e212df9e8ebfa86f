# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks: one holder at a time, in whatever thread or process; a dead one holds nothing."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption

HOLD = """
import sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import locks
print("ready", flush=True)
with locks.held(*sys.argv[1:]):
    print("held", flush=True)
    sys.stdin.readline()
"""
COUNT = """
import pathlib, sys
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import locks
counter = pathlib.Path(sys.argv[1])
for _time in range(50):
    with locks.held("counter"):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the locks: one of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"ngcp.fax-{os.getuid()}"


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another Python; dead at the end."""
    # The folder that ansible_collections is in, however the tests were started.
    root = Path(locks.__file__).parents[7]
    env = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": tempfile.gettempdir()}
    command = [sys.executable, "-c", script, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def line(started: subprocess.Popen[str]) -> str:
    assert started.stdout
    return started.stdout.readline().strip()


def says_nothing(started: subprocess.Popen[str]) -> bool:
    assert started.stdout
    return not select.select([started.stdout], [], [], 0)[0]


def test_a_process_waits_until_another_one_is_killed(folder: Path) -> None:
    with process(HOLD, "send", "1") as first:
        assert [line(first), line(first)] == ["ready", "held"]
        with process(HOLD, "send", "1") as second, process(HOLD, "send", "2") as other:
            assert line(second) == "ready"
            assert [line(other), line(other)] == ["ready", "held"]
            assert [is_free(lock) for lock in folder.iterdir()] == [False, False]
            assert says_nothing(second)
            first.kill()
            assert line(second) == "held"


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_processes_that_count_together(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    with process(COUNT, str(counter)) as one, process(COUNT, str(counter)) as other:
        assert (one.wait(), other.wait()) == (0, 0)
    assert counter.read_text() == "100"


def test_threads_that_count_together(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count(_number: int) -> None:
        with locks.held("counter"):
            counter.write_text(str(int(counter.read_text()) + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(200)))
    assert counter.read_text() == "200"


@pytest.mark.parametrize("name", ["x", "", "ü/../\0", "\udcff", "x" * 10000])
def test_another_kind_does_not_wait(folder: Path, name: str) -> None:
    with locks.held("receipt", name), locks.held("send", name), locks.held("archive"):
        assert {lock.name.partition("-")[0] for lock in folder.iterdir()} == {"receipt", "send", "archive"}


def test_free_again_after_an_error() -> None:
    for _time in range(2):
        with pytest.raises(ValueError, match="x"), locks.held("a"):
            raise ValueError("x")


def test_the_folder_is_the_users_own(folder: Path) -> None:
    with locks.held("a"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_somebody_else(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.getuid() + 1
    (tmp_path / f"ngcp.fax-{user}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: user)
    with (
        pytest.raises(BadOption, match=r"belongs to another user\. Set TMPDIR to a folder of your own"),
        locks.held("a"),
    ):
        pass


def test_a_link_in_the_folders_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadOption, match="belongs to another user"), locks.held("a"):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_the_folders_place(folder: Path) -> None:
    folder.touch()
    with pytest.raises(BadOption, match=r"cannot be used: File exists"), locks.held("a"):
        pass


# Files and folders ----------------------------------------------------------------------------------------------------


def held_now(folder: Path) -> bool:
    with locks.held_if_free(folder) as is_free:
        return not is_free


def test_a_folder_is_held_once_under_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to("a")
    names = [tmp_path / name for name in ("b", "a", "link", "a/../a", "b")]
    with locks.held_folders(names):
        assert [held_now(tmp_path / name) for name in ("a", "b")] == [True, True]
        assert not held_now(tmp_path)
    assert not held_now(tmp_path / "a")


def test_folders_are_taken_in_one_order(tmp_path: Path) -> None:
    """Or two that want the same ones would wait for each other."""
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()

    def hold(number: int) -> int:
        with locks.held_folders(folders[number % 3 :] + folders[: number % 3]):
            return number

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(hold, range(30))) == list(range(30))


@pytest.mark.parametrize("number", [errno.EBADF, errno.ENOTSUP])
def test_a_file_system_that_locks_no_folders(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As NFS, which locks only what is open for writing: a file inside is locked instead."""
    flock = fcntl.flock

    def as_there(descriptor: int | IO[str], operation: int) -> None:
        number_of = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if stat.S_ISDIR(os.fstat(number_of).st_mode):
            raise OSError(number, os.strerror(number))
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", as_there)
    with locks.held_folder(tmp_path):
        assert not is_free(tmp_path / locks.FOLDER_LOCK)
    assert is_free(tmp_path / locks.FOLDER_LOCK)


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    for hold in (locks.held_folder(tmp_path), locks.held_file(tmp_path / "lock"), locks.held_folders([tmp_path])):
        with pytest.raises(BadOption, match=r"cannot be locked \(No locks available\)\. Use a folder on a"), hold:
            pass
    with locks.held_if_free(tmp_path) as is_held:
        assert not is_held


def test_what_cannot_be_a_lock(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("elsewhere")
    for name, reason in (("fifo", "it is not a regular"), ("link", "Too many levels"), ("none/lock", "No such file")):
        with pytest.raises(BadOption, match=rf"/{name}' cannot be locked \({reason}"), locks.held_file(tmp_path / name):
            pass
    for name in ("missing", "fifo"):
        with pytest.raises(BadOption, match=rf"/{name}' cannot be locked"), locks.held_folder(tmp_path / name):
            pass
    assert not (tmp_path / "elsewhere").exists()


def test_locks_are_for_their_owner_only(folder: Path, tmp_path: Path) -> None:
    with locks.held("a"), locks.held_file(tmp_path / "lock"), locks.held_file(tmp_path / "shared", 0o640):
        paths = [*folder.iterdir(), tmp_path / "lock", tmp_path / "shared"]
        assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600, 0o640]
