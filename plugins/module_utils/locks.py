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
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils import workers
from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption

# How often a lock that is taken is tried, in seconds: a thread that waits in the system could not be interrupted.
INTERVAL = 0.2


@contextmanager
def held(*name: str) -> Iterator[None]:
    """Hold the lock of this name; waits until it is free. Raises `BadOption` if there is no place for locks.

    It is among the processes of one user that have the same folder for temporary files. The first part of the name is
    its kind: who holds one of a kind must not ask for another one of it.
    """
    # Files are never removed: whoever waits for a removed one would not see the next one's lock. So that they do not
    # become many, some names share one, which makes nothing worse than a wait.
    digest = hashlib.sha256(repr(name).encode()).hexdigest()[:3]
    folder = Path(tempfile.gettempdir(), f"ngcp.fax-{os.getuid()}")
    try:
        _make_own(folder)
    except OSError as error:
        raise BadOption(
            f"'{folder}' cannot be used: {error.strerror}", "Set TMPDIR to a folder of your own."
        ) from error
    with held_file(folder / f"{name[0]}-{digest}"):
        yield


@contextmanager
def held_file(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made if it is not there, or of a folder: among all who share it."""
    try:
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise BadOption(f"'{path}' cannot be locked: {error.strerror}", "Change its mode or owner.") from error
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                workers.pause(INTERVAL)
            except OSError as error:  # a file system without locks, or with no room for them
                what = f"'{path}' cannot be locked: {error.strerror}"
                raise BadOption(what, "Set TMPDIR to a folder on a local disk.") from error
        yield
    finally:
        os.close(descriptor)


def _make_own(folder: Path) -> None:
    """Make a folder of the user's own, beside which everybody may make folders. Raises OSError if it is another's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OSError(errno.EPERM, "it belongs to another user")
