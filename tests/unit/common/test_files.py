# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or not there, whatever happens meanwhile."""

from __future__ import annotations

import ast
import errno
import os
import re
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import errors, files, folders
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import beside
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.folders import check_folder
from tests.privileges import unprivileged


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(target: Path, content: bytes, given: int = files.PRIVATE) -> None:
    with beside(target) as new:
        new.file.write(content)
        new.place(given)


def test_a_new_file_is_for_its_owner_only(tmp_path: Path, umask: int) -> None:
    target = tmp_path / "file"
    write(target, b"content")
    assert target.read_bytes() == b"content"
    assert mode(target) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_mode_that_is_given_is_the_files_whatever_the_mask(tmp_path: Path, umask: int) -> None:
    write(tmp_path / "file", b"content", 0o664)
    assert mode(tmp_path / "file") == 0o664
    write(tmp_path / "usual", b"content", files.usual_mode())
    assert mode(tmp_path / "usual") == 0o666 & ~umask


@pytest.mark.parametrize("given", [0o600, 0o644])
@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_was_there_keeps_its_mode(tmp_path: Path, kept: int, given: int) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old and longer")
    target.chmod(kept)
    write(target, b"new", given)
    assert (target.read_bytes(), mode(target)) == (b"new", kept)
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_that_was_there_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "public").touch()
    (tmp_path / "public").chmod(0o644)
    for name, leads_to in (("link", "public"), ("dangling", "missing"), ("loop", "loop")):
        (tmp_path / name).symlink_to(leads_to)
        write(tmp_path / name, b"content")
        assert (mode(tmp_path / name), (tmp_path / name).is_symlink()) == (0o600, False)
    assert (tmp_path / "public").read_bytes() == b""


def test_a_mode_that_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o644)
    with beside(tmp_path / "file", keep=False) as new:
        new.place()
    assert mode(tmp_path / "file") == 0o600


def test_until_it_is_placed_nobody_sees_it(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with beside(target) as new:
        new.file.write(b"new")
        new.file.flush()
        assert target.read_bytes() == b"old"
        assert new.path.parent == tmp_path
        assert mode(new.path) == 0o600
        new.place()
        assert target.read_bytes() == b"new"
    assert new.file.closed


class Stop(BaseException):
    """As when somebody presses Control-C."""


@pytest.mark.parametrize("error", [ValueError("x"), BadOption("x", "y"), Stop()])
def test_nothing_is_left_behind(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def stop_in_the_middle() -> None:
        with beside(target) as new:
            new.file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        stop_in_the_middle()
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == b"old"


def test_a_file_that_is_not_placed_is_gone(tmp_path: Path) -> None:
    with beside(tmp_path / "file") as new:
        new.file.write(b"not wanted after all")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(tmp_path: Path) -> None:
    words = r"'.*/file' cannot be written \(No space left on device\)\. Make room, or write elsewhere\."
    with pytest.raises(BadOption, match=words), beside(tmp_path / "file"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"cannot be written \(No such file or directory\)"):
        write(tmp_path / "missing" / "file", b"")
    (tmp_path / "file").touch()
    with pytest.raises(BadOption, match=r"cannot be written \(Not a directory\)"):
        write(tmp_path / "file" / "file", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadOption, match=r"cannot be written \(Is a directory\)"):
        write(tmp_path / "folder", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_in_another_folder(tmp_path: Path) -> None:
    """In check mode nothing may change where the file would go."""
    for name in ("there", "other"):
        (tmp_path / name).mkdir()
    with beside(tmp_path / "there" / "file", tmp_path / "other") as new:
        assert new.path.parent == tmp_path / "other"
        assert list((tmp_path / "there").iterdir()) == []
        new.file.write(b"content")
        new.place()
    assert list((tmp_path / "other").iterdir()) == []
    assert (tmp_path / "there" / "file").read_bytes() == b"content"


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127, "😀" * 63, " ", "-rf", "a\nb"])
def test_names(tmp_path: Path, name: str) -> None:
    """The longest ones too, though the file beside it has a longer name."""
    write(tmp_path / name, b"content")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"content")
    (tmp_path / "link").symlink_to(target)
    with files.open_regular(target) as file:
        assert file.read() == b"content"
        assert not os.get_inheritable(file.fileno())
    assert files.read_regular(tmp_path / "link") == b"content"
    assert files.read_regular(target, follow=False) == b"content"


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_linked_fifo(path: Path) -> None:
    os.mkfifo(path.with_name("fifo"))
    path.symlink_to("fifo")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_fifo, "it is a FIFO"),
        (make_linked_fifo, "it is a FIFO"),
        (make_socket, "it is a socket"),
        (Path.mkdir, os.strerror(errno.EISDIR)),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
        (lambda path: path.symlink_to(path.name), os.strerror(errno.ELOOP)),
        (lambda path: path.symlink_to("missing"), os.strerror(errno.ENOENT)),
    ],
    ids=["fifo", "linked fifo", "socket", "folder", "device", "loop", "dangling"],
)
def test_what_is_no_regular_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "file")
    with pytest.raises(OSError, match=re.escape(reason)) as caught:
        files.read_regular(tmp_path / "file")
    assert caught.value.strerror == reason


def test_a_link_is_refused_on_request(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    with pytest.raises(OSError, match="it is a symbolic link"):
        files.open_regular(tmp_path / "link", follow=False)


# Folders --------------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_synchronized_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that may be searched and not read, or on a file system that has no way. Anything else is an error."""
    everything: list[bool] = []

    def refuse(_descriptor: int) -> None:
        raise OSError(numbers[-1], os.strerror(numbers[-1]))

    numbers = [errno.EINVAL]
    monkeypatch.setattr(os, "fsync", refuse)
    monkeypatch.setattr(os, "sync", lambda: everything.append(True))
    files.sync_folder(tmp_path)
    numbers.append(errno.EACCES)
    files.sync_folder(tmp_path)
    assert everything == [True, True]
    numbers.append(errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        files.sync_folder(tmp_path)


LOOKS: list[Callable[[Path], object]] = [
    check_folder,
    files.found,
    folders.make_folders,
    lambda path: folders.make_inside(path, PurePath("2026")),
    lambda path: folders.check_inside(path, PurePath("2026")),
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_path_below_a_folder_that_may_not_be_searched(tmp_path: Path, look: Callable[[Path], object]) -> None:
    closed = tmp_path / "closed"
    (closed / "below").mkdir(parents=True)
    closed.chmod(0)
    words = r"^dest: .*/closed/below.* cannot be used \(Permission denied\)\. Correct the path, or change"
    try:
        with unprivileged(), pytest.raises(BadOption, match=words):
            look(closed / "below")
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "reason"), [("n" * 256, "File name too long"), ("a\0b", "no file can have this name")]
)
def test_names_that_no_file_has(tmp_path: Path, name: str, reason: str) -> None:
    for look in LOOKS[:3]:
        with pytest.raises(BadOption, match=rf"cannot be used \({reason}\)"):
            look(tmp_path / name)


def test_any_other_word_of_the_system_about_a_file_is_told() -> None:
    """And what is about none is a fault of the program, without its own words."""
    found = errors.fault(PermissionError(errno.EACCES, "Permission denied", "/x/y"))
    assert str(found).startswith("'/x/y' cannot be used (Permission denied). ")
    assert found.kind == "bad_option"
    for other in (OSError(errno.EIO, "secret"), OSError("secret"), OSError(errno.EBADF, "secret", 5), ValueError("x")):
        with pytest.raises(type(other)) as caught:
            raise other
        assert errors.fault(caught.value).kind == "fault"
        assert "secret" not in str(errors.fault(caught.value))


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadOption, match=r"^receipt: '.*/loop' cannot be used \(Too many levels of symbolic links\)"):
        files.resolved(tmp_path / "loop", "receipt")
    with pytest.raises(BadOption, match=r"^dest: the folder '.*/loop' cannot be used \(Too many levels"):
        check_folder(tmp_path / "loop")


# What killed runs leave -----------------------------------------------------------------------------------------------


def test_leftovers_go(tmp_path: Path) -> None:
    """Those of a target; not what another process writes, and nothing of another name."""
    own = [tmp_path / ".a.json.abcd_123.part", tmp_path / ".a.json.zzzzzzzz.part"]
    read_only = own[1]
    others = [
        *(".a.json.abcd123.part", ".a.json.ABCDEFGH.part", ".b.json.abcd_123.part", "a.json.abcd_123.part"),
        *(
            ".a.json.b.abcd_123.part",
            ".a.jsonabcd_123.part",
            ".a.json.abcd_123.part.yml",
            "a.json",
            ".x.a.json.abcd_123.part",
        ),
    ]
    for path in (*own, *(tmp_path / name for name in others)):
        path.touch()
    read_only.chmod(0o400)
    (tmp_path / ".a.json.abcd_folder").mkdir()
    (tmp_path / ".a.json.folder__.part").mkdir()
    (tmp_path / ".a.json.linked__.part").symlink_to("a.json")
    stay = {path.name for path in tmp_path.iterdir()} - {path.name for path in own}
    with beside(tmp_path / "a.json") as new:
        new.file.write(b"a")
        files.remove_leftovers_of(tmp_path / "a.json")
        assert new.path.exists()
        new.place()
    assert {path.name for path in tmp_path.iterdir()} == {*stay, "a.json"}
    assert (tmp_path / "a.json").read_bytes() == b"a"


def test_a_part_that_is_taken_for_a_leftover_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen between its making and its lock."""
    made: list[str] = []
    mkstemp = tempfile.mkstemp

    def seen(**keywords: Any) -> tuple[int, str]:
        descriptor, path = mkstemp(**keywords)
        made.append(path)
        if len(made) == 1:
            files.remove_leftovers_of(tmp_path / "a")
        return descriptor, path

    monkeypatch.setattr(tempfile, "mkstemp", seen)
    write(tmp_path / "a", b"content")
    assert len(made) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_no_leftovers_where_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    files.remove_leftovers_of(tmp_path / "missing" / "a")
    write(tmp_path / "a", b"content")
    files.remove_leftovers_of(tmp_path / "a" / "b")
    assert (tmp_path / "a").read_bytes() == b"content"


# A process writes a file and is killed at the N-th call of the system that its writing needs.
KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import errors, files
folder, long = Path(sys.argv[1]), "x" * 250
done = []
for name in ("receipt.json", long):
    for point in range(1, 20):
        child = os.fork()
        if not child:
            calls = [0]
            def killing(call):
                def counted(*arguments, **keywords):
                    for _before_and_after in range(2):
                        calls[0] += 1
                        if calls[0] == point:
                            os.kill(os.getpid(), signal.SIGKILL)
                        if not _before_and_after:
                            result = call(*arguments, **keywords)
                    return result
                return counted
            tempfile.mkstemp = killing(tempfile.mkstemp)
            for call in ("fsync", "replace", "close", "chmod"):
                setattr(os, call, killing(getattr(os, call)))
            with files.beside(folder / name) as new:
                new.file.write(b"secret")
                new.place(0o640)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        left = len(os.listdir(folder))
        files.remove_leftovers_of(folder / name)
        done.append((os.WIFSIGNALED(status), left, sorted(os.listdir(folder))))
        (folder / name).unlink(missing_ok=True)
        if not os.WIFSIGNALED(status):
            break
print(done)
"""


def test_a_run_that_is_killed_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[7])}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    done = ast.literal_eval(ran.stdout)
    killed = [one for one in done if one[0]]
    assert len(killed) >= 16
    assert {left for dummy, left, after in killed} == {0, 1}
    for name in ("receipt.json", "x" * 250):
        assert (False, 1, [name]) in done
    assert all(after in ([], ["receipt.json"], ["x" * 250]) for dummy, left, after in done)
