# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the state files of a source: a file, a folder with everything below it, or a glob.

Links are followed only inside the source: whoever may change one folder must not be able to link to files of another.
"""

from __future__ import annotations

import errno
import fnmatch
import glob
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import KINDS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile import csv_reader, json_reader, yaml_reader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Decrypt, Item

SUFFIXES = (".yml", ".yaml", ".json", ".csv")
NAMES = ", ".join(SUFFIXES)
NOWHERE = "This link leads to itself, or to something that is not there. Remove or correct it."


def is_name(path: Path) -> bool:
    """Return True if a file has the name of a state file."""
    return path.suffix.lower() in SUFFIXES


def real(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the real paths of `paths`, with links resolved."""
    return frozenset(_real(path) for path in paths if "\0" not in str(path))


def files_of(source: str, base: Path, others: Collection[Path] = ()) -> tuple[list[Path], list[Problem]]:
    """Return the files of one source, and the problems found there. `others`: the real paths of other sources, to which

    a link may lead.
    Raises OSError, or ValueError with a sentence, for a source without files.
    """
    if not source or "\0" in source:
        raise ValueError("Give the path of a file or folder, or a glob.")
    given = Path(source).expanduser()
    path = base / given
    if path.is_dir():
        files, problems = files_below(path, others)
        if not files and not problems:
            raise ValueError(f"There is no state file in this folder; their names end in {NAMES}.")
        return files, problems
    if path.exists():
        if not is_name(path):
            raise ValueError(f"This is not the name of a state file; they end in {NAMES}.")
        if not path.is_file():
            raise ValueError(f"This is not a file: {_what(path.stat().st_mode)}.")
        return [path], []
    if path.is_symlink():
        raise ValueError(NOWHERE)
    if not glob.has_magic(source):
        raise ValueError("There is no such file or folder.")
    files, problems = matching(given, base, others)
    if not files and not problems:
        raise ValueError(f"No state file fits this glob; their names end in {NAMES}.")
    return files, problems


def files_below(folder: Path, others: Collection[Path] = ()) -> tuple[list[Path], list[Problem]]:
    """Return the state files in a folder and below it, in order, and the problems found there."""
    walk = _Walk(folder, others)
    return sorted(walk.enter(folder)), walk.problems


def files_in(folder: Path, suffix: str) -> tuple[list[Path], list[Problem]]:
    """Return the state files with one suffix directly in a folder, and the problems found there."""
    walk = _Walk(folder)
    found = (path for path in walk.visible(folder) if path.suffix == suffix)
    return [path for path in found if walk.kind(path) == stat.S_IFREG], walk.problems


def matching(pattern: Path, base: Path, others: Collection[Path] = ()) -> tuple[list[Path], list[Problem]]:
    """Return the state files in `base` that match a glob or are below a matching folder, in order, and their problems.
    Hidden files and folders are left out, unless the pattern names them.
    """
    parts = pattern.parts
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    folder = base / Path(*parts[:fixed])
    walk = _Walk(folder, others)
    found: dict[Path, None] = {}
    for path in walk.expand(folder, parts[fixed:]) if folder.is_dir() else ():
        kind = walk.kind(path)
        if kind == stat.S_IFDIR:
            found.update(dict.fromkeys(walk.enter(path)))
        elif kind == stat.S_IFREG:
            found[path] = None
    return sorted(found), walk.problems


class _Walk:
    """A walk through everything below one folder that enters each real folder once."""

    def __init__(self, top: Path, others: Collection[Path] = ()) -> None:
        self._top, self._real, self._others = top, _real(top), others
        self._entered: set[Path] = set()
        self._problems: dict[Problem, None] = {}

    @property
    def problems(self) -> list[Problem]:
        """The problems found so far."""
        return list(self._problems)

    def enter(self, folder: Path) -> Iterator[Path]:
        """Yield the state files in a folder, and in those below it, unless it was entered before."""
        for each in self._folders(folder, self._entered, self._around(folder)):
            yield from (path for path in self.visible(each) if self.kind(path) == stat.S_IFREG)

    def _around(self, folder: Path) -> list[Path]:
        """Return the real folders that a path leads through, beginning with the top of the walk."""
        return [] if folder == self._top else [*self._around(folder.parent), _real(folder.parent)]

    def _folders(self, folder: Path, entered: set[Path], around: Sequence[Path]) -> Iterator[Path]:
        """Yield a folder and those below it, except for entered ones. `around`: the real folders that contain it."""
        target = _real(folder)
        if target in around:
            self._refuse(
                folder, f"This link leads back to '{display_path(target)}', which it is in: a loop. Remove it."
            )
        if target in around or target in entered:
            return
        entered.add(target)
        yield folder
        for path in self.visible(folder):
            # Do not look at files here: only their names count, and they are looked at later.
            if (path.is_symlink() or path.is_dir()) and self.kind(path) == stat.S_IFDIR:
                yield from self._folders(path, entered, [*around, target])

    def expand(self, folder: Path, parts: Sequence[str]) -> Iterator[Path]:
        """Yield the paths below a folder that match the parts of a glob, in order."""
        if not parts:
            yield folder
        elif parts[0] == "**":
            for each in self._folders(folder, set(), self._around(folder)):
                yield from self.expand(each, parts[1:])
        elif glob.has_magic(parts[0]):
            fits = re.compile(fnmatch.translate(parts[0])).match
            for path in self.visible(folder, hidden=parts[0].startswith(".")):
                if fits(path.name) and (len(parts) == 1 or self.kind(path) == stat.S_IFDIR):
                    yield from self.expand(path, parts[1:])
        else:
            path = folder / parts[0]
            if os.path.lexists(path) and (len(parts) == 1 or self.kind(path) == stat.S_IFDIR):
                yield from self.expand(path, parts[1:])

    def visible(self, folder: Path, hidden: bool = False) -> list[Path]:
        """Return the paths in a folder, in order, without hidden ones; with `hidden`, only hidden ones."""
        try:
            return sorted(each for each in folder.iterdir() if each.name.startswith(".") == hidden)
        except OSError as error:
            self._refuse(folder, f"This folder cannot be read: {error.strerror}.")
            return []

    def kind(self, path: Path) -> int:
        """Return the type, as in a mode, of a folder or of a file with the name of a state file; 0 for anything else.

        Note a problem for a link that leads nowhere or outside, and for a name of a state file on something else.
        """
        try:
            mode = path.stat().st_mode
        except OSError as error:
            reason = f"This cannot be read: {error.strerror}."
            if path.is_symlink() and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                reason = NOWHERE
            return self._refuse(path, reason)
        found = stat.S_IFMT(mode)
        if found != stat.S_IFDIR and not is_name(path):
            return 0
        target = _real(path)
        if target != self._real and self._real not in target.parents:
            # A path that is a source itself, or below one, is read as part of that source.
            if not {target, *target.parents}.isdisjoint(self._others):
                return 0
            return self._refuse(
                path,
                f"This leads out of '{display_path(self._top)}'; give '{display_path(target)}' as a source of its own.",
            )
        if found not in (stat.S_IFDIR, stat.S_IFREG):
            return self._refuse(
                path, f"This is not a file ({_what(mode)}), and has the name of a state file. Remove or rename it."
            )
        return found

    def _refuse(self, path: Path, sentence: str) -> int:
        self._problems[Problem((), sentence, place=display_path(path))] = None
        return 0


def _what(mode: int) -> str:
    return next((what for is_kind, what in KINDS if is_kind(mode)), "it is not a regular file")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def display_path(path: Path) -> str:
    """Return a path as messages show it: relative to the current directory if it is below it, otherwise as given."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


READERS: dict[str, Callable[[TextIO, Decrypt], Iterator[Item]]] = {
    ".yml": yaml_reader.items,
    ".yaml": yaml_reader.items,
    ".json": json_reader.items,
    ".csv": csv_reader.items,
}


def find(sources: Iterable[str | Path], base: Path, beside: Iterable[Path] = ()) -> tuple[list[Path], list[Problem]]:
    """Return the state files of files, folders (with everything below them) and globs, each once, and their problems.

    A relative source is relative to `base`. `beside` are the paths of other sources, to which a link may lead.
    """
    sources = list(sources)
    others = real([*beside, *(base / source for source in sources if str(source))])
    found: dict[Path, Path] = {}
    problems: list[Problem] = []
    for source in sources:
        try:
            paths, wrong = files_of(str(source), base, others)
        except OSError as error:
            problems.append(Problem((), f"{error.strerror}.", place=str(source)))
        except RuntimeError:  # of Path.expanduser
            problems.append(Problem((), "There is no such user, whose home this could be in.", place=str(source)))
        except ValueError as error:
            problems.append(Problem((), str(error), place=str(source)))
        else:
            problems += wrong
            for path in paths:
                found.setdefault(path.resolve(), path)
    return list(found.values()), problems
