# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download recordings, the documents of faxes, to files: the module `fax_recording` (docs/ngcp-api.md#recordings)."""

from __future__ import annotations

import filecmp
import math
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, folders, locks, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    NoDocument,
    NotFound,
    NotNgcp,
    ServerFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, journal, pdf
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import dest_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, read_options, spec


@dataclass(frozen=True)
class Format:
    """A format in which the server delivers recordings."""

    name: str
    parameter: str | None
    """The server's name for the format; None for the format that it stores."""
    kind: str
    """The name of this kind of file in `documents`."""
    suffix: str
    lasting: Callable[[bytes], object] | None = None
    """Returns the part of a file's content that all conversions of one document share: dates and ids are new in each.
    Raises ValueError if that cannot be determined. None if every conversion gives the same file.
    """


# The comments at the head of a PostScript file, and those among them that differ in each conversion.
PS_HEAD = re.compile(rb"(?:(?!%%EndComments)%[^\r\n]*[\r\n]+)*")
PS_VOLATILE = re.compile(rb"^%%(?:CreationDate|Title):[^\r\n]*", re.MULTILINE)


def _lasting_postscript(content: bytes) -> object:
    """Return a PostScript file without its date and title."""
    head = PS_HEAD.match(content)
    end = head.end() if head else 0
    return PS_VOLATILE.sub(b"", content[:end]) + content[end:]


FORMATS = {
    each.name: each
    for each in (
        Format("tiff", None, "TIFF", "tif"),
        Format("pdf", "pdf", "PDF", "pdf", pdf.lasting),
        Format("pdf14", "pdf14", "PDF", "pdf", pdf.lasting),
        Format("ps", "ps", "PostScript", "ps", _lasting_postscript),
    )
}
DEFAULT_FORMAT = "tiff"
# The most characters of a number or a direction in a file's name.
LONGEST_PEER = 32
# The names that `file_name` makes.
FILE_NAME = re.compile(
    r"(\d{8}T\d{6}Z|undated)_[a-z]+_[0-9A-Za-z]+_\d+\."
    rf"({'|'.join(sorted({each.suffix for each in FORMATS.values()}))})"
)
# The largest document that is accepted unless `max_size` says otherwise, in bytes.
LARGEST = 256 << 20


FORMAT: OptionSpecs = {
    "format": {"type": "str", "choices": list(FORMATS), "default": DEFAULT_FORMAT},
    "max_size": {"type": "bytes", "default": LARGEST},
}


def spec_of_recording() -> Spec:
    """Return the spec of `fax_recording`."""
    options: OptionSpecs = {
        "id": {"type": "int", "required": True},
        "dest": {"type": "path", "required": True},
        **FORMAT,
        "force": {"type": "bool", "default": True},
    }
    return spec(options, _recording_problems, selector=None, file=True)


def _recording_problems(options: Options) -> Problems:
    yield from not_between(options, "id", 1, math.inf)
    yield from not_between(options, "max_size", 1, math.inf)
    yield from dest_problems(options)


@dataclass(frozen=True)
class RecordingOptions:
    """The options of `fax_recording`."""

    id: int
    """The fax."""
    dest: str
    """The path of a file, or of a folder for a file with a name of its own."""
    format: str = DEFAULT_FORMAT
    """The name of one of `FORMATS`."""
    max_size: int = LARGEST
    """The largest document that is downloaded, in bytes."""
    force: bool = True
    """Fetch the document even if the file exists, to compare them."""


def fetch(client: Client, options: RecordingOptions, check_mode: bool) -> Result:
    """Download the recording of one fax to a file; keep an existing file with the same document.

    Raises `BadOption` before any request if the file cannot be written, and what `download` raises.
    """
    target, chosen = Path(options.dest), FORMATS[options.format]
    existing = files.found(target)
    is_folder = options.dest.endswith("/") or (existing is not None and stat.S_ISDIR(existing.st_mode))
    folder = target if is_folder else target.parent
    warnings = folders.check_folder(folder, check_mode=check_mode)
    if folder == target:
        target = folder / file_name(journal.get(client, options.id), chosen)
        existing = files.found(target)
    if existing and not stat.S_ISREG(existing.st_mode):
        raise BadOption(f"{option_name('dest')}: '{target}' is not a file", "Give a file or a folder.")
    facts: JsonObject = {"id": options.id, "dest": str(target), "format": chosen.name}
    if existing and not options.force:
        return Result(changed=False, facts={**facts, "size": existing.st_size})
    # Check mode writes nothing in the folder, not even a temporary file.
    beside = files.temporary_folder() if check_mode else folder
    with locks.held_if_free(beside) as is_held:
        if is_held:
            files.remove_leftovers_of(beside / target.name)
    with files.beside(target, beside) as new:
        download(client, options.id, chosen, new.file, options.max_size)
        changed = not (target.is_file() and is_same(chosen, new.path, target))
        size = new.path.stat().st_size
        if changed and not check_mode:
            new.place()
    return Result(changed=changed, facts={**facts, "size": size}, warnings=warnings)


def download(client: Client, fax_id: int, chosen: Format, file: IO[bytes], max_size: int) -> None:
    """Write the recording of a fax into `file`.

    Raises `NotFound` if there is no such fax, `NoDocument` if the server has no document for it, `TooLarge` if it has
    more than `max_size` bytes, and `NotNgcp` if the answer is not a document of this format.

    The server answers an unknown fax, a missing document and a failed conversion with the same error page, so the
    journal is read to find out which one it is.
    """
    path = f"/api/faxrecordings/{fax_id}"
    try:
        client.download(path, {"format": chosen.parameter} if chosen.parameter else {}, file, max_size)
    except (NotFound, ServerFailed) as error:
        if error.status not in (404, 500):
            raise
        fax = journal.read_one(client, fax_id)
        under_way = "" if fax.get("status") else " It is still under way."
        raise NoDocument(
            f"Fax {fax_id} is in the journal, and the server gives no document for it as {chosen.name}",
            "It was never stored, or is removed by now; or its conversion failed: try "
            f"{option_name('format')}: tiff.{under_way}",
            *("GET", path, error.status),
        ) from error
    file.flush()
    file.seek(0)
    if not documents.begins_as(chosen.kind, file.read(documents.HEAD)):
        raise NotNgcp(
            f"The answer for fax {fax_id} is not a {chosen.kind} document", "Look for a proxy in between.", "GET", path
        )


def is_same(chosen: Format, first: Path, second: Path) -> bool:
    """Return True if two files hold the same document, ignoring what differs between conversions."""
    try:
        if filecmp.cmp(first, second, shallow=False):
            return True
        lasting = chosen.lasting
        return lasting is not None and lasting(first.read_bytes()) == lasting(second.read_bytes())
    except (PermissionError, ValueError):  # cannot be determined
        return False


def file_name(fax: JsonMapping, chosen: Format) -> str:
    """Return a name for the recording of a fax, read in UTC: `20261101T100000Z_in_4319_5.tif`.

    It is safe in every file system; the file's name on the server, which may be anything, is not used.
    """
    at = times.from_server(fax.get("time"))
    peer = re.sub(r"[^0-9A-Za-z]", "", journal.peer(fax))[:LONGEST_PEER] or "unknown"
    direction = re.sub(r"[^a-z]", "", str(fax.get("direction") or ""))[:LONGEST_PEER] or "unknown"
    return f"{at.strftime('%Y%m%dT%H%M%SZ') if at else 'undated'}_{direction}_{peer}_{int(fax['id'])}.{chosen.suffix}"


JOB = Job(spec_of_recording(), fetch, partial(read_options, RecordingOptions))
