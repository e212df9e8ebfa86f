# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download recordings, the documents of faxes, into files (docs/ngcp-api.md#recordings)."""

from __future__ import annotations

import filecmp
import math
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, locks, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    NoDocument,
    NotFound,
    NotNgcp,
    ServerFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents, journal, pdf
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import dest_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, as_given, spec


@dataclass(frozen=True)
class Format:
    """`parameter` is what the server calls it, None for its own choice; `kind` is what `documents` knows it by.

    `lasting` is all of a file but what each conversion writes anew, for which the same document is never the same file.
    It raises ValueError where nobody can tell.
    """

    name: str
    parameter: str | None
    kind: str
    suffix: str
    lasting: Callable[[bytes], object] | None = None


# The comments at the head of a PostScript file, and what of them a conversion writes anew.
PS_HEAD = re.compile(rb"(?:(?!%%EndComments)%[^\r\n]*[\r\n]+)*")
PS_ANEW = re.compile(rb"^%%(?:CreationDate|Title):[^\r\n]*", re.MULTILINE)


def _lasting_postscript(content: bytes) -> object:
    head = PS_HEAD.match(content)
    end = head.end() if head else 0
    return PS_ANEW.sub(b"", content[:end]) + content[end:]


FORMATS = {
    each.name: each
    for each in (
        Format("tiff", None, "TIFF", "tif"),
        Format("pdf", "pdf", "PDF", "pdf", pdf.lasting),
        Format("pdf14", "pdf14", "PDF", "pdf", pdf.lasting),
        Format("ps", "ps", "PostScript", "ps", _lasting_postscript),
    )
}
LONGEST_PEER = 32
# The names that `file_name` makes.
FILE_NAME = re.compile(
    r"(\d{8}T\d{6}Z|undated)_[a-z]+_[0-9A-Za-z]+_\d+\."
    rf"({'|'.join(sorted({each.suffix for each in FORMATS.values()}))})"
)
# The largest document that is taken if `max_size` does not say, in bytes.
LARGEST = 256 << 20


def fetch(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The recording of one fax is in a file; what stands there already and is the same stays.

    Raises `BadOption` if it cannot be written there, before any request.
    """
    target, chosen = Path(options["dest"]), FORMATS[options["format"]]
    there = files.found(target)
    folder = target if options["dest"].endswith("/") or (there and stat.S_ISDIR(there.st_mode)) else target.parent
    warnings = files.check_folder(folder, check_mode=check_mode)
    if folder == target:
        target = folder / file_name(journal.get(client, options["id"]), chosen)
        there = files.found(target)
    if there and not stat.S_ISREG(there.st_mode):
        raise BadOption(f"dest: '{target}' is not a file", "Give a file or a folder.")
    facts: JsonObject = {"id": options["id"], "dest": str(target), "format": chosen.name}
    if there and not options["force"]:
        return Result(changed=False, facts={**facts, "size": there.st_size})
    # In check mode nothing is written where the file would go.
    beside = files.temporary_folder() if check_mode else folder
    with locks.held_if_free(beside) as is_held:
        if is_held:
            files.remove_leftovers_of(beside / target.name)
    with files.beside(target, beside) as new:
        download(client, options["id"], chosen, new.file, options.get("max_size", LARGEST))
        changed = not (target.is_file() and same(chosen, new.path, target))
        size = new.path.stat().st_size
        if changed and not check_mode:
            new.place()
    return Result(changed=changed, facts={**facts, "size": size}, warnings=warnings)


def download(client: Client, fax_id: int, chosen: Format, file: IO[bytes], max_size: int) -> None:
    """Write the recording of a fax into `file`. Raises `NotFound`, `NoDocument`, `TooLarge` if it has more than
    `max_size` bytes, and `NotNgcp` for something else.

    The server answers an unknown fax, a missing document and a failed conversion with the same error page, so the
    journal is asked which one it is.
    """
    path = f"/api/faxrecordings/{fax_id}"
    try:
        client.download(path, {"format": chosen.parameter} if chosen.parameter else {}, file, max_size)
    except (NotFound, ServerFailed) as error:
        if error.status not in (404, 500):
            raise
        fax = journal.one(client, fax_id)
        under_way = "" if fax.get("status") else " It is still under way."
        raise NoDocument(
            f"Fax {fax_id} is in the journal, and the server gives no document for it as {chosen.name}",
            "It was never stored, or is removed by now; or its conversion failed: try format: tiff." + under_way,
            *("GET", path, error.status),
        ) from error
    file.flush()
    file.seek(0)
    if not documents.begins_as(chosen.kind, file.read(documents.HEAD)):
        raise NotNgcp(
            f"What came back for fax {fax_id} is no {chosen.kind} document", "Look for a proxy in between.", "GET", path
        )


def same(chosen: Format, one: Path, other: Path) -> bool:
    """Return True if two files hold the same document, apart from what each conversion writes anew."""
    try:
        if filecmp.cmp(one, other, shallow=False):
            return True
        lasting = chosen.lasting
        return lasting is not None and lasting(one.read_bytes()) == lasting(other.read_bytes())
    except (PermissionError, ValueError):  # nobody can tell
        return False


def file_name(fax: Mapping[str, Any], chosen: Format) -> str:
    """A name for the recording of a fax, read in UTC, safe in every file system: `20261101T100000Z_in_4319_5.tif`.

    Made of what is known; never of the file's name on the server, which is anything at all.
    """
    at = times.from_server(fax.get("time"))
    peer = re.sub(r"[^0-9A-Za-z]", "", journal.peer(fax))[:LONGEST_PEER] or "unknown"
    direction = re.sub(r"[^a-z]", "", str(fax.get("direction") or ""))[:LONGEST_PEER] or "unknown"
    return f"{at.strftime('%Y%m%dT%H%M%SZ') if at else 'undated'}_{direction}_{peer}_{int(fax['id'])}.{chosen.suffix}"


FORMAT: OptionSpecs = {
    "format": {"type": "str", "choices": list(FORMATS), "default": "tiff"},
    "max_size": {"type": "bytes", "default": LARGEST},
}


def spec_of_recording() -> Spec:
    """The spec of `fax_recording`."""
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


JOB = Job(spec_of_recording(), fetch, as_given)
