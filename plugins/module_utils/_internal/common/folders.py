# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders at a user's paths: check them, and make them, each synced to disk."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path, PurePath

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name


def check_folder(folder: Path, option: str = "dest", check_mode: bool = False) -> list[str]:
    """Raise `BadOption` unless files can be made in `folder`.

    Return warnings: in check mode a missing folder is only a warning, because an earlier task would make it.
    """
    where = f"{option_name(option)}: the folder '{folder}'"
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except FileNotFoundError:
        if check_mode:
            return [f"{where} does not exist. The run itself fails unless an earlier task makes it."]
        raise BadOption(f"{where} does not exist", "Make it first, or correct the path.") from None
    except NotADirectoryError:
        raise BadOption(f"{where} does not exist", "Make it first, or correct the path.") from None
    except (OSError, ValueError) as error:
        advice = "Correct the path, or change the mode or owner of what is above it."
        raise BadOption(f"{where} cannot be used ({files.reason_of(error)})", advice) from error
    if not is_folder:
        raise BadOption(f"{where} is not a folder", "Make it first, or correct the path.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadOption(f"{where} is not writable for this user", "Change its mode or owner.")
    return []


def make_folders(folder: Path, mode: int | None = None, option: str = "dest") -> None:
    """Make a folder and the missing ones above it, each synced to disk; without `mode` for their owner only.

    Raises `BadOption` if one cannot be made.
    """
    missing = []
    path = folder.absolute()
    while files.found(path, option, follow=False) is None:
        missing.append(path)
        path = path.parent
    for each in reversed(missing):
        _make_folder(each, mode, option)


def make_inside(root: Path, place: PurePath, mode: int | None = None, option: str = "dest") -> None:
    """Make the folder `place` below `root` and those between, each synced to disk. Raises like `check_inside`."""
    for folder in _on_the_way(root, place):
        if not _is_folder(root, folder, option):
            _make_folder(folder, mode, option)
            _is_folder(root, folder, option)  # another process may have made something else


def check_inside(root: Path, place: PurePath, option: str = "dest") -> None:
    """Raise `BadOption` if anything but a folder is on the way to `place` below `root`.

    A symbolic link is refused, too: it could lead out of `root`.
    """
    for folder in _on_the_way(root, place):
        if not _is_folder(root, folder, option):
            return


def _on_the_way(root: Path, place: PurePath) -> list[Path]:
    return [root / above for above in reversed(place.parents[:-1])] + [root / place]


def _is_folder(root: Path, folder: Path, option: str) -> bool:
    """Return True if a folder exists. Raises `BadOption` if something else is in its place."""
    status = files.found(folder, option, follow=False)
    if status is not None and not stat.S_ISDIR(status.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a folder"
        raise BadOption(
            f"{option_name(option)}: '{folder}' is {kind}", f"Move it away: '{root}' needs a folder of its own there."
        )
    return status is not None


def regular_inside(root: Path, place: str, known: set[str]) -> os.stat_result | None:
    """Return the status of the regular file `place` below `root`; None if there is none, or if a link leads to it.

    `known` collects the folders that were checked, so that the next file in them needs no other check.
    """
    folder = place.rpartition("/")[0]
    try:
        if folder not in known:
            check_inside(root, PurePath(folder))
        status = os.lstat(f"{root}/{place}")
    except (BadOption, OSError, ValueError):
        return None
    known.add(folder)
    return status if stat.S_ISREG(status.st_mode) else None


def _make_folder(folder: Path, mode: int | None, option: str) -> None:
    with files.reported(folder, option, "made", "Make room, or write elsewhere."):
        with contextlib.suppress(FileExistsError):  # another process was faster
            folder.mkdir(files.PRIVATE_FOLDER)
            if mode is not None:
                # Keep an inherited setgid bit.
                folder.chmod(mode | (folder.stat().st_mode & stat.S_ISGID))
        files.sync_folder(folder.parent)
