# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders at a user's paths.

A file is written beside its target and renamed, so it is whole or missing. New files are accessible to their owner only
from the start; replaced ones keep their mode. Opening never blocks on a FIFO, and every OSError becomes a sentence.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
# The suffix of a file that is not in its place yet, and its whole name: the target's and what `tempfile` adds.
PART = ".part"
PART_NAME = re.compile(r"\.(?P<label>.+)\.[a-z0-9_]{8}\.part", re.DOTALL)
# The longest name of a target, in bytes, that leaves room for what a temporary file's name adds.
LONGEST_LABEL = 200
# How messages describe anything but a regular file.
KINDS = (
    (stat.S_ISLNK, "it is a symbolic link"),
    (stat.S_ISDIR, os.strerror(errno.EISDIR)),
    (stat.S_ISFIFO, "it is a FIFO"),
    (stat.S_ISSOCK, "it is a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "it is a device"),
)
# Errors for a folder that cannot be synced alone: it is not readable, or its file system does not support it.
NOT_ALONE = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@dataclass(frozen=True)
class NewFile:
    """A file on its way to `target`; readable by its owner only until it is placed there."""

    file: IO[bytes]
    path: Path
    target: Path
    keep: bool = True
    """True if it gets the mode of the file that it replaces."""

    def finish(self) -> None:
        """Sync the file to disk and close it: a process may have only so many files open."""
        if not self.file.closed:
            self._sync()
            self.file.close()

    def place(self, mode: int = PRIVATE) -> None:
        """Move the file to its place in one step, synced to disk.

        It gets the owner of the file that it replaces and, with `keep`, its mode; otherwise it gets `mode`. A symbolic
        link is replaced itself; the owner and mode of its target do not count.
        """
        if not self.file.closed:  # stays open: closing it would release its lock
            self._sync()
        replaced = self.target.lstat() if os.path.lexists(self.target) else None
        if replaced and not stat.S_ISREG(replaced.st_mode):
            replaced = None
        if replaced:
            self._give(replaced.st_uid, replaced.st_gid)
        wanted = stat.S_IMODE(replaced.st_mode) if replaced and self.keep else mode
        if wanted != PRIVATE:
            self.path.chmod(wanted)
        self.path.replace(self.target)
        self.file.close()
        sync_folder(self.target.parent)

    def _give(self, user: int, group: int) -> None:
        """Give the file to a user and a group, or only to the group, as far as this user is allowed to."""
        for owner in (user, -1):
            with contextlib.suppress(OSError):  # not allowed, or unknown in this container
                os.chown(self.path, owner, group)
                return

    def _sync(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())


@contextmanager
def beside(target: Path, folder: Path | None = None, keep: bool = True) -> Iterator[NewFile]:
    """Make a new file for `target`, in its folder or in `folder` of the same file system.

    It is removed if it is not placed. Raises `BadOption` if it cannot be written.
    """
    try:
        descriptor, path = _new_part(folder or target.parent, target.name)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield NewFile(file, path, target, keep)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BadOption(f"'{target}' cannot be written ({error.strerror})", "Make room, or write elsewhere.") from error


@contextmanager
def reported(path: Path, option: str, verb: str, advice: str) -> Iterator[None]:
    """Turn an OSError at a user's path into a `BadOption`: `dest: '/x/y' cannot be written (Permission denied)`."""
    try:
        yield
    except (OSError, ValueError) as error:  # a ValueError: a null byte or a lone surrogate in the path
        where = f"{option_name(option)}: '{path}'" if option else f"'{path}'"
        raise BadOption(f"{where} cannot be {verb} ({reason_of(error)})", advice) from error


def reason_of(error: OSError | ValueError) -> str:
    """Return the system's reason, without the path. A ValueError is about a null byte or a lone surrogate."""
    return str(error.strerror or error) if isinstance(error, OSError) else "no file can have this name"


def temporary_folder() -> Path:
    """Return the folder for temporary files. Raises `BadOption` if there is none."""
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise BadOption("There is no folder for temporary files that this user may write", "Set TMPDIR.") from error


def usual_mode() -> int:
    """Return the mode of a new file that is not for its owner only."""
    return 0o666 & ~_umask()


def usual_folder_mode() -> int:
    """Return the mode of a new folder that is not for its owner only."""
    return 0o777 & ~_umask()


def _new_part(folder: Path, name: str) -> tuple[int, Path]:
    """Make a file that is locked while it is open, if locks work here, so that no process takes it for a leftover."""
    while True:
        descriptor, name_of_part = tempfile.mkstemp(dir=folder, prefix=f".{_label(name)}.", suffix=PART)
        path = Path(name_of_part)
        held_by_other = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held_by_other = True
        except OSError:
            pass  # a file system without locks: then nobody removes leftovers either
        # A process that removes leftovers may have found it before it was locked.
        if not held_by_other and path.exists():
            return descriptor, path
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _label(name: str) -> str:
    """Return the part of a temporary file's name that identifies its target."""
    if len(os.fsencode(name)) <= LONGEST_LABEL:
        return name
    return f"{name[:40]}~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def remove_leftovers_of(*targets: Path) -> None:
    """Remove what killed runs left beside these files. See `remove_leftovers`."""
    for folder in {target.parent for target in targets}:
        labels = {_label(target.name) for target in targets if target.parent == folder}
        remove_leftovers(folder, labels.__contains__)


def remove_leftovers(folder: Path, is_own: Callable[[str], bool]) -> None:
    """Remove the temporary files that killed runs left in `folder`, for targets whose names `is_own` accepts.

    Call it while holding the lock of these files. A file stays if another process is still writing it, or if it cannot
    be removed.
    """
    try:
        with os.scandir(folder) as entries:
            parts = [entry for entry in entries if entry.name.endswith(PART)]
    except OSError:
        return
    for entry in parts:
        part = PART_NAME.fullmatch(entry.name)
        if part and is_own(part["label"]) and entry.is_file(follow_symlinks=False):
            with contextlib.suppress(OSError):
                _remove_unless_held(Path(entry.path))


def _remove_unless_held(path: Path) -> None:
    flags = os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, os.O_RDWR | flags)
    except PermissionError:  # a new file may be read-only already
        descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)


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
    """Open a path as a descriptor. Check its type before, because opening a device may have side effects, and after."""
    _check_type(path.stat(follow_symlinks=follow), path)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    try:
        _check_type(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_type(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(number, kind_of(status.st_mode), str(path))


def kind_of(mode: int) -> str:
    """Describe something that is not a regular file, for a message."""
    return next((reason for is_kind, reason in KINDS if is_kind(mode)), "it is not a regular file")


def found(path: Path, option: str = "dest", follow: bool = True) -> os.stat_result | None:
    """Return the status of what exists at `path`; None if nothing does. Raises `BadOption` if that is unknown."""
    with reported(path, option, "used", "Correct the path, or change the mode or owner of what is above it."):
        try:
            return path.stat(follow_symlinks=follow)
        except (FileNotFoundError, NotADirectoryError):
            return None


def resolved(path: Path, option: str) -> Path:
    """Return a path with its links resolved. Raises `BadOption` for a link that leads to itself."""
    with reported(path, option, "used", "Correct the path."):
        try:
            target = path.resolve()
            is_loop = target.is_symlink()
        except RuntimeError:  # Python before 3.13
            is_loop = True
        if is_loop:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return target


def sync_folder(folder: Path) -> None:
    """Sync a folder to disk, so that what was made, renamed or removed in it survives a crash. Raises OSError."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in NOT_ALONE:
            raise
        os.sync()


@cache
def _umask() -> int:
    """Return the process's umask. It can be read only by setting it; once, because other threads make files too."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
