# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks among threads and processes. The system frees them when a process dies."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption

# The interval between tries for a lock, in seconds: a thread that blocks in the system cannot be interrupted.
INTERVAL = 0.2
# The file that is locked where folders cannot be.
FOLDER_LOCK = ".ngcp.fax.lock"
# Errors of file systems that cannot lock folders; NFS wants a file that is open for writing.
NO_FOLDER_LOCKS = (errno.EBADF, errno.EINVAL, errno.EISDIR, errno.ENOTSUP, errno.ENOSYS)


@contextmanager
def held(*name: str) -> Iterator[None]:
    """Hold the lock of this name, and wait until it is free.

    The processes of one user that have the same folder for temporary files share it. The first part of the name is its
    kind. Never hold two locks of the same kind: deadlock. Raises `BadOption` if there is no place for locks.
    """
    # Files are never removed: a process that waits for a removed one would not see the next one's lock. To keep them
    # few, several names share one, which costs at most a wait.
    digest = hashlib.sha256(repr(name).encode()).hexdigest()[:3]
    folder = files.temporary_folder() / f"ngcp.fax-{os.getuid()}"
    try:
        _make_own(folder)
    except OSError as error:
        raise BadOption(
            f"'{folder}' cannot be used: {error.strerror}", "Set TMPDIR to a folder of your own."
        ) from error
    with held_file(folder / f"{name[0]}-{digest}"):
        yield


@contextmanager
def held_file(path: Path, mode: int = files.PRIVATE) -> Iterator[None]:
    """Hold the lock of a file, and wait until it is free. A new file gets `mode`."""
    with _opened(path, mode) as descriptor:
        _wait(descriptor, path)
        yield


@contextmanager
def held_folders(folders: Iterable[Path]) -> Iterator[None]:
    """Hold the locks of folders, each once, and wait until they are free.

    Every process takes them in the same order, so no two wait for each other.
    """
    found = {}
    for folder in folders:
        with files.reported(folder, "", "locked", "Give a folder that this user may read and write."):
            status = folder.stat()
        found[status.st_dev, status.st_ino] = folder
    with ExitStack() as stack:
        for key in sorted(found):
            stack.enter_context(held_folder(found[key]))
        yield


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, and wait until it is free."""
    with _opened(folder, None) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in NO_FOLDER_LOCKS:
                with held_file(folder / FOLDER_LOCK):
                    yield
                return
            _wait(descriptor, folder)
        yield


@contextmanager
def held_if_free(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder if it is free, and yield True if so. Never waits, never fails."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path, mode: int | None) -> Iterator[int]:
    """Yield a descriptor of the file to lock, made with `mode` if missing; if `mode` is None, of the folder."""
    with files.reported(path, "", "locked", "Change its mode or owner."):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY) if mode is None else _lock_file(path, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock_file(path: Path, mode: int) -> int:
    flags = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | flags, mode)
    except PermissionError:  # a file that may only be read can be locked, too
        descriptor = os.open(path, os.O_RDONLY | flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file")


def _wait(descriptor: int, path: Path) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            concurrency.pause(INTERVAL)
        except OSError as error:  # a file system without locks, or without room for them
            what = f"'{path}' cannot be locked ({error.strerror})"
            raise BadOption(what, "Use a folder on a file system with locks, such as a local disk.") from error


def _make_own(folder: Path) -> None:
    """Make the user's own folder in a shared one. Raises OSError if it exists and belongs to another user."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OSError(errno.EPERM, "it belongs to another user")
