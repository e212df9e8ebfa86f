# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that all threads and processes of one user on one machine share. The system frees them when a process dies."""

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

from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption


@contextmanager
def held(*name: str) -> Iterator[None]:
    """Hold the lock of this name; waits until it is free. Raises `BadOption` if there is no place for locks.

    The first part of the name is its kind: who holds one of a kind must not ask for another one of it.
    """
    # Files are never removed: whoever waits for a removed one would not see the next one's lock. So that they do not
    # become many, some names share one, which makes nothing worse than a wait.
    digest = hashlib.sha256(repr(name).encode()).hexdigest()[:3]
    folder = Path(tempfile.gettempdir(), f"ngcp.fax-{os.getuid()}")
    try:
        _make_own(folder)
        file = (folder / f"{name[0]}-{digest}").open("a")
    except OSError as error:
        raise BadOption(
            f"'{folder}' cannot be used: {error.strerror}", "Set TMPDIR to a folder of your own."
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_own(folder: Path) -> None:
    """Make a folder of the user's own, beside which everybody may make folders. Raises OSError if it is another's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OSError(errno.EPERM, "it belongs to another user")
