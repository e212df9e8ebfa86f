# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archive the faxes of a period with their recordings: the module `fax_archive`."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import (
    concurrency,
    file_modes,
    files,
    folders,
    locks,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoDocument,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.file_modes import FileModes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, journal, recordings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.archive_folder import (
    INDEX,
    ArchiveFolder,
    file_path,
    is_own,
    read_index,
    sha256_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import delete_each
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import FaxSelection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import FORMAT, FORMATS, Format
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import (
    MODES,
    PAGING,
    WINDOW,
    dest_problems,
    paging_problems,
    window_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    Spec,
    group,
    read_options,
    spec,
)

# How many faxes to download before the index is written: after a crash, at most this many are downloaded again.
BATCH = 100


def spec_of_archive() -> Spec:
    """Return the spec of `fax_archive`."""
    options: OptionSpecs = {
        "dest": {"type": "path", "required": True},
        **WINDOW,
        **FORMAT,
        "delete_archived": {"type": "bool", "default": False},
        **MODES,
        **PAGING,
    }
    return spec(options, _archive_problems, selector=False)


def _archive_problems(options: Options) -> Problems:
    yield from not_between(options, "max_size", 1, math.inf)
    yield from dest_problems(options)
    yield from file_modes.problems(options)
    yield from window_problems(options)
    yield from paging_problems(options)


@dataclass(frozen=True)
class ArchiveOptions:
    """The options of `fax_archive`."""

    selection: FaxSelection = field(default=FaxSelection(), metadata=group(FaxSelection))
    paging: Paging = field(default=Paging(), metadata=group(Paging))
    modes: FileModes = field(default=FileModes(), metadata=group(FileModes))
    dest: str = ""
    """The path of the archive's folder."""
    format: str = recordings.DEFAULT_FORMAT
    """The name of one of `FORMATS`."""
    max_size: int = recordings.LARGEST
    """The largest document that is downloaded, in bytes."""
    delete_archived: bool = False
    """Delete the faxes from the server whose documents are safe on the disk."""


@dataclass
class Changes:
    """The changes of a run, by the ids of the faxes."""

    index_changed: bool = False
    """The index was changed, or new files exist that it should name."""
    index_lost: bool = False
    """The index could not be written."""
    downloaded: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    """The faxes whose documents the server does not have."""
    deleted: list[int] = field(default_factory=list)
    errors: list[FaxError] = field(default_factory=list)

    @property
    def is_stopped(self) -> bool:
        """True if an error makes it useless or unsafe to continue."""
        return self.index_lost or any(error.stops_others for error in self.errors)


def archive(client: Client, options: ArchiveOptions, check_mode: bool) -> Result:
    """Download the missing documents, write the index, and then, with `delete_archived`, delete the faxes that are
    safe on disk.

    In check mode only read the journal. Raises an error that names the faxes that could not be downloaded or deleted,
    and holds the facts of the others.
    """
    path, chosen = Path(options.dest), FORMATS[options.format]
    warnings = folders.check_folder(path if files.found(path, follow=False) else path.parent, check_mode=check_mode)
    folder_mode = options.modes.folder
    if not check_mode:
        folders.make_folders(path, folder_mode)
    with contextlib.nullcontext() if check_mode else locks.held_folder(path):
        if not check_mode:
            files.remove_leftovers(path, is_own)
        folder = ArchiveFolder(path, client.url, read_index(path, client.url), options.modes.file, folder_mode)
        wanted = journal.make_filter(client, options.selection)
        found, unreadable = journal.read(client, wanted, options.paging)
        faxes = [journal.as_result(fax) for fax in found]
        run = _Run(client, folder, chosen, options)
        changes = run.predict(faxes) if check_mode else run.execute(faxes)
    changes.errors += unreadable
    changed = changes.index_changed or bool(changes.deleted) or any(error.perhaps_done for error in changes.errors)
    ids = {"downloaded": changes.downloaded, "missing": changes.missing, "deleted": changes.deleted}
    facts = {"index": str(path / INDEX), **ids}
    if changes.errors:
        number = len(faxes) + len(unreadable)
        error = together(changes.errors, f"{len(changes.errors)} of {number} faxes could not be archived")
        error.facts = {"changed": changed, **facts}
        raise error
    incomplete = [fax["id"] for fax in faxes if folder.is_cut_short(fax, chosen)]
    again = f"try {option_name('format')}: tiff"
    warnings += [f"The document of fax {one} is incomplete as {chosen.name}: {again}." for one in incomplete]
    return Result(changed, facts, warnings=warnings)


@dataclass(frozen=True)
class _Run:
    """One run over the faxes of a period."""

    client: Client
    folder: ArchiveFolder
    chosen: Format
    options: ArchiveOptions

    def predict(self, faxes: Sequence[JsonObject]) -> Changes:
        """Return what a run would change if the server has every document that is not known to be missing there."""
        folder, chosen = self.folder, self.chosen
        lacking = self._lacking(faxes)
        errors: dict[int, FaxError] = {}
        for fax in lacking:
            try:
                folders.check_inside(folder.path, file_path(fax, chosen).parent)
            except BadOption as refused:
                errors[fax["id"]] = refused
        missing = [fax["id"] for fax in lacking if folder.is_missing(fax, chosen) and fax["id"] not in errors]
        without_document = {*missing, *errors}
        downloaded = [fax["id"] for fax in lacking if fax["id"] not in without_document]
        deleted = [
            fax["id"]
            for fax in faxes
            if self.options.delete_archived
            and fax["id"] not in without_document
            and not folder.is_cut_short(fax, chosen)
        ]
        return Changes(
            bool(downloaded), downloaded=downloaded, missing=missing, deleted=deleted, errors=list(errors.values())
        )

    def execute(self, faxes: Sequence[JsonObject]) -> Changes:
        """Fetch the missing documents and delete the faxes that are safe; errors are in the result."""
        changes, lacking = Changes(), self._lacking(faxes)
        for start in range(0, len(lacking), BATCH):
            self._fetch_batch(lacking[start : start + BATCH], changes)
            if changes.is_stopped:
                break
        if self.options.delete_archived and not changes.is_stopped:
            self._delete(faxes, changes)
        return changes

    def _lacking(self, faxes: Sequence[JsonObject]) -> list[JsonObject]:
        """Return the faxes whose documents must be downloaded."""
        # Before deleting a fax, read its file once more, and fetch it again if it is damaged.
        has = self.folder.is_intact if self.options.delete_archived else self.folder.holds
        return [fax for fax in faxes if not has(fax, self.chosen)]

    def _fetch_batch(self, batch: Sequence[JsonObject], changes: Changes) -> None:
        """Fetch some documents concurrently and write the index."""
        index = self.folder.index
        outcomes = concurrency.map_concurrently(concurrency.guarded(self._fetch), batch, self.options.paging.workers)
        fetched = {entry["id"]: entry for entry in outcomes if not isinstance(entry, FaxError)}
        # Keep the entry of a file in another format if the server has no document in this one.
        kept = {fax_id for fax_id in fetched if index.get(fax_id, {}).get("file")}
        entries = {fax_id: entry for fax_id, entry in fetched.items() if entry["file"] or fax_id not in kept}
        changes.errors += [error for error in outcomes if isinstance(error, FaxError)]
        if any(index.get(fax_id) != entry for fax_id, entry in entries.items()):
            index.update(entries)
            changes.index_changed = True
            try:
                self.folder.save()
            except BadOption as error:
                changes.errors.append(error)
                changes.index_lost = True
        for fax_id, entry in fetched.items():
            (changes.downloaded if entry["file"] else changes.missing).append(fax_id)

    def _fetch(self, fax: JsonObject) -> JsonObject:
        """Download the recording of a fax to its path; return its entry in the index."""
        folder, chosen = self.folder, self.chosen
        relative = file_path(fax, chosen)
        path = folder.path / relative
        entry: JsonObject = {**fax, "format": chosen.name, "file": None, "size": None, "sha256": None, "whole": False}
        folders.check_inside(folder.path, relative.parent)
        try:
            with files.beside(path, folder.path) as new:
                recordings.download(self.client, fax["id"], chosen, new.file, self.options.max_size)
                folders.make_inside(folder.path, relative.parent, folder.folder_mode)
                new.place(folder.mode)
        except NoDocument:
            return entry
        with path.open("rb") as file:
            entry["whole"] = documents.is_whole(chosen.kind, file)
        return {**entry, "file": relative.as_posix(), "size": path.stat().st_size, "sha256": sha256_of(path)}

    def _delete(self, faxes: Sequence[JsonObject], changes: Changes) -> None:
        """Delete the faxes from the server whose documents are safe on the disk."""
        safe = [fax for fax in faxes if self.folder.is_safe(fax, self.chosen)]
        if not safe:
            return
        try:
            self.folder.sync(safe)
        except BadOption as error:
            changes.errors.append(error)
            return
        for fax, outcome in zip(safe, delete_each(self.client, safe, self.options.paging), strict=True):
            if outcome is None:
                changes.deleted.append(fax["id"])
            else:
                changes.errors.append(outcome)


JOB = Job(spec_of_archive(), archive, partial(read_options, ArchiveOptions))
