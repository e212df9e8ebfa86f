# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive: the faxes of a period in a folder tree by date, with an index of what the journal said about them.

2026/11/01/20261101T100000Z_in_431999_6.tif
index.json, index.csv
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import same_server
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import (
    concurrency,
    file_modes,
    files,
    locks,
    times,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    NoDocument,
    together,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, journal, recordings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.delete import delete_each
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import CHUNK
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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec

VERSION = 1
INDEX, TABLE = "index.json", "index.csv"
# How many are fetched before the index is written: a run that dies fetches no more than these again.
BATCH = 100
# What makes a fax the same one.
SAME = ("subscriber_id", "time", "direction", "caller", "callee")
# What of an entry stands in the table; the index has all.
COLUMNS = (
    *("id", "subscriber_id", "time_iso", "direction", "caller", "callee", "pages", "duration", "status", "reason"),
    *("file", "size", "sha256"),
)


@dataclass
class Done:
    """The outcome of a run, by the ids of the faxes."""

    saved: bool = False
    """The index was changed, or new files exist that it should name."""
    lost: bool = False
    """The index could not be written."""
    fetched: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    errors: list[FaxError] = field(default_factory=list)


@dataclass(frozen=True)
class Archive:
    """A folder, and its index: entries by the fax's id, each a fax with `file` (None without a document), `sha256`."""

    folder: Path
    url: str
    index: dict[int, JsonObject]
    mode: int = files.PRIVATE
    """The mode of new files."""
    folder_mode: int | None = None
    """The mode of new folders; None for their owner only."""
    max_size: int = recordings.LARGEST
    """The largest document that is fetched, in bytes."""
    _folders: set[str] = field(default_factory=set)
    """The folders below it that were checked, and are not links."""

    def holds(self, fax: JsonObject, chosen: Format) -> bool:
        """Whether the recording of a fax is there in this format, going by its size."""
        entry = self._entry(fax)
        if entry.get("format") != chosen.name or not entry.get("file"):
            return False
        there = files.regular_inside(self.folder, entry["file"], self._folders)
        return there is not None and bool(there.st_size == entry.get("size"))

    def intact(self, fax: JsonObject, chosen: Format) -> bool:
        """Whether it is there byte by byte as it was downloaded."""
        entry = self._entry(fax)
        try:
            return self.holds(fax, chosen) and bool(entry.get("sha256") == _sha256(self.folder / entry["file"]))
        except OSError:  # nobody can tell
            return False

    def cut_short(self, fax: JsonObject, chosen: Format) -> bool:
        """Whether what is there is not all of it: the conversion had not come to its end."""
        return self.holds(fax, chosen) and not self._entry(fax).get("whole")

    def safe(self, fax: JsonObject, chosen: Format) -> bool:
        """Whether the server's may go."""
        return self.intact(fax, chosen) and not self.cut_short(fax, chosen)

    def lacks(self, fax: JsonObject, chosen: Format) -> bool:
        """Whether it is known that the server had no document of a fax in this format."""
        entry = self._entry(fax)
        return entry.get("format") == chosen.name and not entry.get("file")

    def _entry(self, fax: JsonObject) -> JsonObject:
        """The index's entry of a fax; none if a server that was set up anew has given its id to another one."""
        entry = self.index.get(fax["id"]) or {}
        return entry if all(entry.get(name) == fax.get(name) for name in SAME) else {}

    def save(self) -> None:
        entries = [self.index[fax_id] for fax_id in sorted(self.index)]
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in entry.items()} for entry in entries)
        content = {"version": VERSION, "api_url": self.url, "faxes": entries}
        for name, text in ((TABLE, table.getvalue()), (INDEX, json.dumps(content, indent=1) + "\n")):
            with files.beside(self.folder / name) as new:
                new.file.write(text.encode())
                new.place(self.mode)


def archive(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Fetch what the archive does not have, write the index, and then, with `delete_after`, delete what is safe.

    In check mode the journal is read, and nothing else. Raises an error that names the faxes that could not be fetched
    or deleted; the others are.
    """
    folder, chosen = Path(options["dest"]), FORMATS[options["format"]]
    warnings = files.check_folder(folder if files.found(folder, follow=False) else folder.parent, check_mode=check_mode)
    folder_mode = file_modes.folder_mode(options)
    if not check_mode:
        files.make_folders(folder, folder_mode)
    with contextlib.nullcontext() if check_mode else locks.held_folder(folder):
        if not check_mode:
            files.remove_leftovers(folder, _is_own)
        kept = Archive(
            folder,
            client.url,
            _read_index(folder, client.url),
            file_modes.file_mode(options),
            folder_mode,
            options.get("max_size", recordings.LARGEST),
        )
        paging = Paging(options["page_size"], options["workers"])
        found, unreadable = journal.read(client, journal.wanted(client, options), paging)
        faxes = [journal.shown(fax) for fax in found]
        # Before the server loses a fax, its file is read once more, and fetched anew if it is damaged.
        there = kept.intact if options["delete_after"] else kept.holds
        new = [fax for fax in faxes if not there(fax, chosen)]
        if check_mode:
            done = _predicted(kept, faxes, new, chosen, options["delete_after"])
        else:
            done = _fetch_all(client, kept, new, chosen, paging)
            if options["delete_after"]:
                _delete(client, kept, faxes, chosen, paging, done)
    done.errors += unreadable
    changed = done.saved or bool(done.deleted) or any(error.perhaps_done for error in done.errors)
    lists = {"fetched": done.fetched, "missing": done.missing, "deleted": done.deleted}
    facts = {"index": str(folder / INDEX), **lists}
    if done.errors:
        error = together(
            done.errors, f"{len(done.errors)} of {len(faxes) + len(unreadable)} faxes could not be archived"
        )
        error.facts = {"changed": changed, **facts}
        raise error
    sentence = f"does not come to its end as {chosen.name}: try format: tiff."
    warnings += [f"The document of fax {fax['id']} {sentence}" for fax in faxes if kept.cut_short(fax, chosen)]
    return Result(changed, facts, warnings=warnings)


def _predicted(kept: Archive, faxes: list[JsonObject], new: list[JsonObject], chosen: Format, delete: bool) -> Done:
    """What a run would do if the server has the documents that it is not known to lack."""
    errors: dict[int, FaxError] = {}
    for fax in new:
        try:
            files.check_inside(kept.folder, _place(fax, chosen).parent)
        except BadOption as refused:
            errors[fax["id"]] = refused
    missing = [fax["id"] for fax in new if kept.lacks(fax, chosen) and fax["id"] not in errors]
    not_there = {*missing, *errors}
    fetched = [fax["id"] for fax in new if fax["id"] not in not_there]
    safe = [fax["id"] for fax in faxes if fax["id"] not in not_there and not kept.cut_short(fax, chosen)]
    deleted = safe if delete else []
    return Done(bool(fetched), fetched=fetched, missing=missing, deleted=deleted, errors=list(errors.values()))


def _fetch_all(client: Client, kept: Archive, new: list[JsonObject], chosen: Format, paging: Paging) -> Done:
    """Fetch batch by batch, and write each into the index."""
    done = Done()
    for start in range(0, len(new), BATCH):
        batch = new[start : start + BATCH]
        outcomes = concurrency.map_concurrently(
            concurrency.guarded(lambda fax: _fetch(client, kept, fax, chosen)), batch, paging.workers
        )
        fresh = {entry["id"]: entry for entry in outcomes if not isinstance(entry, FaxError)}
        # What another format could not be had as stays as it is.
        had = {key for key in fresh if kept.index.get(key, {}).get("file")}
        entries = {key: entry for key, entry in fresh.items() if entry["file"] or key not in had}
        done.errors += [error for error in outcomes if isinstance(error, FaxError)]
        if any(kept.index.get(fax_id) != entry for fax_id, entry in entries.items()):
            kept.index.update(entries)
            done.saved = True
            try:
                kept.save()
            except BadOption as lost:
                done.errors.append(lost)
                done.lost = True
        for fax_id, entry in fresh.items():
            (done.fetched if entry["file"] else done.missing).append(fax_id)
        if done.lost or any(error.stops_others for error in done.errors):
            break
    return done


def _delete(client: Client, kept: Archive, faxes: list[JsonObject], chosen: Format, paging: Paging, done: Done) -> None:
    """Delete those faxes from the server whose documents are safe on the disk."""
    if done.lost or any(error.stops_others for error in done.errors):
        return
    safe = [fax for fax in faxes if kept.safe(fax, chosen)]
    if not safe:
        return
    try:
        _sync(kept, safe)
    except BadOption as unsafe:
        done.errors.append(unsafe)
        return
    for fax, error in zip(safe, delete_each(client, safe, paging), strict=True):
        if error is None:
            done.deleted.append(fax["id"])
        else:
            done.errors.append(error)


def _fetch(client: Client, kept: Archive, fax: JsonObject, chosen: Format) -> JsonObject:
    """Download the recording of a fax into its place; its entry in the index."""
    place = _place(fax, chosen)
    path = kept.folder / place
    entry: JsonObject = {**fax, "format": chosen.name, "file": None, "size": None, "sha256": None, "whole": False}
    files.check_inside(kept.folder, place.parent)
    try:
        with files.beside(path, kept.folder) as new:
            recordings.download(client, fax["id"], chosen, new.file, kept.max_size)
            files.make_inside(kept.folder, place.parent, kept.folder_mode)
            new.place(kept.mode)
    except NoDocument:
        return entry
    with path.open("rb") as file:
        entry["whole"] = documents.is_whole(chosen.kind, file)
    return {**entry, "file": place.as_posix(), "size": path.stat().st_size, "sha256": _sha256(path)}


def _place(fax: JsonObject, chosen: Format) -> Path:
    """Return the path of a recording, relative to the archive's folder."""
    at = times.from_server(fax["time"])
    return Path(*(at.strftime("%Y/%m/%d").split("/") if at else ["undated"]), recordings.file_name(fax, chosen))


def _sync(kept: Archive, faxes: list[JsonObject]) -> None:
    """Sync the files of these faxes and all folders that lead to them, whichever run has made those.

    A run that was killed may have left a folder that is not safe on the disk. Raises `BadOption`.
    """
    root = files.resolved(kept.folder, "dest")
    folders = {root, root.parent}
    for fax in faxes:
        folders.update(root / above for above in Path(kept.index[fax["id"]]["file"]).parents)
    for folder in sorted(folders):
        with files.reported(folder, "dest", "synced to disk", "No fax was deleted. Check the disk."):
            files.sync_folder(folder)


def _is_own(name: str) -> bool:
    """Return whether a file of this name is an archive's."""
    return name in (INDEX, TABLE) or recordings.FILE_NAME.fullmatch(name) is not None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with files.open_regular(path, follow=False) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _cell(value: Any) -> Any:
    """A value as a table program shows it: a text that begins like a formula would be evaluated there."""
    return f"'{value}" if isinstance(value, str) and re.match(r"[=@\t\r]|[+-](?!\d+$)", value) else value


def _is_inside(name: object) -> bool:
    """Return whether the name of an index's file is one below the archive's folder."""
    return isinstance(name, str) and not Path(name).is_absolute() and ".." not in Path(name).parts


def _read_index(folder: Path, url: str) -> dict[int, JsonObject]:
    path = folder / INDEX
    try:
        content = json.loads(files.read_regular(path, follow=False))
        if content["version"] != VERSION:
            raise ValueError("another version")
        index = {int(entry["id"]): dict(entry) for entry in content["faxes"]}
        if not all(entry["file"] is None or _is_inside(entry["file"]) for entry in index.values()):
            raise ValueError("a file that is no name, or outside")
        theirs = str(content["api_url"])
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadOption(f"dest: '{path}' cannot be read ({error.strerror})", "Give a folder you may read.") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadOption(
            f"dest: '{path}' is damaged or no index of ngcp.fax",
            "Move it away: it is written anew from the files and the journal, without what the server no longer has.",
        ) from error
    if not same_server(theirs, url):
        raise BadOption(
            f"dest: '{path}' is about faxes of {theirs}, and api_url is {url}",
            "Give another folder; if it is the same server under a new name, correct api_url in the file.",
        )
    return index


def spec_of_archive() -> Spec:
    """The spec of `fax_archive`."""
    options: OptionSpecs = {
        "dest": {"type": "path", "required": True},
        **WINDOW,
        **FORMAT,
        "delete_after": {"type": "bool", "default": False},
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


JOB = Job(spec_of_archive(), archive, as_given)
