# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or not there: written beside their place and renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from ansible_collections.ngcp.fax.plugins.module_utils.errors import BadOption

# What the name of a file ends in that is not placed yet.
PART = ".part"
# What a path may lead to beside a regular file, and what a message calls it.
KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a FIFO"),
    (stat.S_ISSOCK, "it is a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "it is a device"),
)


@dataclass(frozen=True)
class NewFile:
    """A file on its way to `target`; readable by its owner only until it is placed there."""

    file: IO[bytes]
    path: Path
    target: Path

    def finish(self) -> None:
        """Nothing more is written: it is safe on the disk, and none of the files that a process may have open."""
        if not self.file.closed:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()

    def place(self, private: bool = False) -> None:
        """Put the file in its place, safe on the disk, in one step.

        It gets the mode and owner of the one that was there, or those of any new file; with `private` it stays
        readable by its owner only.
        """
        self.finish()
        if self.target.exists():
            there = self.target.stat()
            shutil.copymode(self.target, self.path)
            with contextlib.suppress(PermissionError):
                os.chown(self.path, there.st_uid, there.st_gid)
        elif not private:
            self.path.chmod(0o666 & ~_umask())
        self.path.replace(self.target)
        _sync(self.target.parent)


@contextmanager
def beside(target: Path, folder: Path | None = None) -> Iterator[NewFile]:
    """A new file in the folder of `target`, or in `folder` of the same file system; gone if it is not placed.

    Raises `BadOption` if it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(
            dir=folder or target.parent, prefix=f".{target.name[:40]}.", suffix=PART, delete=False
        ) as file:
            path = Path(file.name)
            try:
                yield NewFile(file.file, path, target)
            finally:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise BadOption(f"'{target}' cannot be written ({error.strerror})", "Make room, or write elsewhere.") from error


def open_regular(path: Path, follow: bool = True) -> IO[bytes]:
    """Open a regular file for reading, without waiting for a FIFO and without touching a device.

    Raises an OSError whose `strerror` says why not. With `follow` false, a link is refused as well.
    """
    descriptor = _checked(path, follow)
    try:
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, follow: bool = True) -> bytes:
    """Return the content of a regular file. Raises OSError like `open_regular`."""
    with open_regular(path, follow) as file:
        return file.read()


def _checked(path: Path, follow: bool) -> int:
    """Open a path as a descriptor. The type is checked before, for opening a device may do something, and after."""
    _check_type(path.stat(follow_symlinks=follow), path)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    try:
        _check_type(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_type(found: os.stat_result, path: Path) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
    reason = next((reason for is_kind, reason in KINDS if is_kind(found.st_mode)), "it is no regular file")
    raise OSError(errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EINVAL, reason, str(path))


def check_folder(folder: Path, option: str = "dest") -> None:
    """Raise `BadOption` unless files can be made in `folder`."""
    if not folder.is_dir():
        fault = "is no folder" if folder.exists() else "is not there"
        raise BadOption(f"{option}: the folder '{folder}' {fault}", "Make it first, or correct the path.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadOption(f"{option}: the folder '{folder}' is not writable for this user", "Change its mode or owner.")


def _sync(folder: Path) -> None:
    """Make a rename in `folder` last, whatever happens to the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def _umask() -> int:
    """The process's mask, which can be read by setting it only; once, for other threads make files too."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
