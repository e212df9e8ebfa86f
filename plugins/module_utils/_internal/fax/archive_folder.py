# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of an archive: recordings by date, and an index of what the journal said about their faxes.

2026/11/01/20261101T100000Z_in_431999_6.tif
index.json, index.csv
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import same_server
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, folders, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import recordings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import CHUNK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.recordings import Format

# The version of the index's format.
VERSION = 1
INDEX, TABLE = "index.json", "index.csv"
# The fields that show whether a fax is the one that the index has under its id.
IDENTITY = ("subscriber_id", "time", "direction", "caller", "callee")
# The fields of an entry in the table; the index has all fields.
COLUMNS = (
    *("id", "subscriber_id", "time_iso", "direction", "caller", "callee", "pages", "duration", "status", "reason"),
    *("file", "size", "sha256"),
)


@dataclass(frozen=True)
class ArchiveFolder:
    """A folder with recordings, and its index."""

    path: Path
    url: str
    """The server's address."""
    index: dict[int, JsonObject]
    """By the fax's id: the fax, `format`, `file` (None if the server had no document), `size`, `sha256`, `whole`."""
    mode: int = files.PRIVATE
    """The mode of new files."""
    folder_mode: int | None = None
    """The mode of new folders; None means accessible to the owner only."""
    _checked: set[str] = field(default_factory=set)
    """Folders below `path` that are known not to be links."""

    def holds(self, fax: JsonObject, chosen: Format) -> bool:
        """Return True if the recording of a fax is there in this format, judged by its size."""
        entry = self._entry(fax)
        if entry.get("format") != chosen.name or not entry.get("file"):
            return False
        found = folders.regular_inside(self.path, entry["file"], self._checked)
        return found is not None and bool(found.st_size == entry.get("size"))

    def is_intact(self, fax: JsonObject, chosen: Format) -> bool:
        """Return True if the recording is there byte for byte as it was downloaded; False if it cannot be read."""
        entry = self._entry(fax)
        try:
            return self.holds(fax, chosen) and bool(entry.get("sha256") == sha256_of(self.path / entry["file"]))
        except OSError:
            return False

    def is_cut_short(self, fax: JsonObject, chosen: Format) -> bool:
        """Return True if the recording is there and incomplete: the server's conversion did not finish."""
        return self.holds(fax, chosen) and not self._entry(fax).get("whole")

    def is_safe(self, fax: JsonObject, chosen: Format) -> bool:
        """Return True if the server's document may be deleted."""
        return self.is_intact(fax, chosen) and not self.is_cut_short(fax, chosen)

    def is_missing(self, fax: JsonObject, chosen: Format) -> bool:
        """Return True if the server is known to have had no document of a fax in this format."""
        entry = self._entry(fax)
        return entry.get("format") == chosen.name and not entry.get("file")

    def _entry(self, fax: JsonObject) -> JsonObject:
        """Return the index entry of a fax; an empty one if a reinstalled server gave the id to another fax."""
        entry = self.index.get(fax["id"]) or {}
        return entry if all(entry.get(name) == fax.get(name) for name in IDENTITY) else {}

    def save(self) -> None:
        """Write the table, then the index. Raises `BadOption` if one cannot be written."""
        entries = [self.index[fax_id] for fax_id in sorted(self.index)]
        content = {"version": VERSION, "api_url": self.url, "faxes": entries}
        for name, text in ((TABLE, _table(entries)), (INDEX, json.dumps(content, indent=1) + "\n")):
            with files.beside(self.path / name) as new:
                new.file.write(text.encode())
                new.place(self.mode)

    def sync(self, faxes: Iterable[JsonObject]) -> None:
        """Sync the files of these faxes to disk, and all folders above them, whichever run made these: a killed run may
        have left a folder that is not on the disk yet. Raises `BadOption`.
        """
        root = files.resolved(self.path, "dest")
        folders = {root, root.parent}
        for fax in faxes:
            folders.update(root / above for above in Path(self.index[fax["id"]]["file"]).parents)
        for folder in sorted(folders):
            with files.reported(folder, "dest", "synced to disk", "No fax was deleted. Check the disk."):
                files.sync_folder(folder)


def file_path(fax: JsonObject, chosen: Format) -> Path:
    """Return the path of a recording, relative to the archive's folder."""
    at = times.from_server(fax["time"])
    return Path(*(at.strftime("%Y/%m/%d").split("/") if at else ["undated"]), recordings.file_name(fax, chosen))


def is_own(name: str) -> bool:
    """Return True if an archive writes files of this name."""
    return name in (INDEX, TABLE) or recordings.FILE_NAME.fullmatch(name) is not None


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file. Raises OSError if it cannot be read, or is a link."""
    digest = hashlib.sha256()
    with files.open_regular(path, follow=False) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_index(folder: Path, url: str) -> dict[int, JsonObject]:
    """Return the entries of a folder's index, by the fax's id; none if there is no index.

    Raises `BadOption` if it is damaged or belongs to another server.
    """
    path = folder / INDEX
    try:
        content = json.loads(files.read_regular(path, follow=False))
        if content["version"] != VERSION:
            raise ValueError("another version")
        index = {int(entry["id"]): dict(entry) for entry in content["faxes"]}
        if not all(entry["file"] is None or _is_inside(entry["file"]) for entry in index.values()):
            raise ValueError("a file outside of the folder")
        server = str(content["api_url"])
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadOption(
            f"{option_name('dest')}: '{path}' cannot be read ({error.strerror})", "Give a folder you may read."
        ) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadOption(
            f"{option_name('dest')}: '{path}' is damaged or not an index of ngcp.fax",
            "Move it away: the next run writes a new one, without the faxes that are gone from the server.",
        ) from error
    if not same_server(server, url):
        raise BadOption(
            f"{option_name('dest')}: '{path}' is about faxes of {server}, and api_url is {url}",
            "Give another folder; if it is the same server under a new name, correct api_url in the file.",
        )
    return index


def _table(entries: Iterable[JsonObject]) -> str:
    """Return the index as CSV."""
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in entry.items()} for entry in entries)
    return table.getvalue()


def _cell(value: object) -> object:
    """Return a value that is safe in a spreadsheet, which would evaluate a text that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and re.match(r"[=@\t\r]|[+-](?!\d+$)", value) else value


def _is_inside(name: object) -> bool:
    """Return True if an index's file name leads to a file below the archive's folder."""
    return isinstance(name, str) and not Path(name).is_absolute() and ".." not in Path(name).parts
