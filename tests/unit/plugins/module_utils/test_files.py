# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or not there, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils import files
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils.files import beside, check_folder


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    before = os.umask(mask)
    files._umask.cache_clear()
    yield mask
    os.umask(before)
    files._umask.cache_clear()


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


def test_folders(tmp_path: Path) -> None:
    check_folder(tmp_path)
    (tmp_path / "file").touch()
    for name, fault in (("file", "is no folder"), ("missing", "is not there"), ("file/folder", "is not there")):
        with pytest.raises(BadOption, match=rf"^receipt: the folder '.*/{name}' {fault}\. Make it first"):
            check_folder(tmp_path / name, "receipt")
    with pytest.raises(BadOption, match=r"^dest: the folder"):
        check_folder(tmp_path / "missing")


# Opening without waiting ---------------------------------------------------------------------------------------------


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
        (lambda path: path.symlink_to(path), os.strerror(errno.ELOOP)),
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
