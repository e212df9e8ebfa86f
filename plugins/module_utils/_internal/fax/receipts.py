# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: what became of each fax, kept in a file, so that a second run sends only what is missing.

A receipt is written before the fax is posted and after. If the process dies in between, it says `sending`: it is not
known whether the server has the fax, and nobody sends it again by mistake (docs/design.md#a-fax-is-sent-once).
"""

from __future__ import annotations

import contextlib
import json
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import same_server
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import number_key

VERSION = 1
STATES = ("sending", "queued", "sent", "failed", "not_sent")


@dataclass(frozen=True)
class Receipt:
    """What became of one fax. `document` is the SHA-256 of what was sent.

    `time` (ISO 8601) and `last_id` are those of the last request: when it was, and the newest entry of the journal
    before it. `assumed`: nobody knows, and `on_uncertain: assume_sent` said so.
    """

    document: str
    subscriber_id: int
    destination: str
    state: str
    time: str
    last_id: int
    fax: JsonObject | None = None
    assumed: bool = False
    # The journal's entries of earlier requests, which had failed.
    earlier: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, int, str]:
        return self.document, self.subscriber_id, number_key(self.destination)


class Receipts:
    """The receipts of one server, in a file; for the length of the program only without a path, or if `read_only`."""

    of_task: bool
    """True if these belong to the tries of one task only, and are in no file."""

    def __init__(
        self,
        path: Path | None,
        url: str,
        kept: dict[tuple[str, int, str], Receipt],
        read_only: bool = False,
        mode: int = files.PRIVATE,
        of_task: bool = False,
    ) -> None:
        self.path = path
        self.of_task = of_task
        self.warnings: list[str] = []
        self._mode = mode
        self._read_only = read_only
        self._url = url
        self._kept = kept
        # One line a receipt, made once: the whole file is written each time, and JSON takes the longest of it.
        self._lines = {key: _line(receipt) for key, receipt in kept.items()}
        self._lock = threading.Lock()

    def get(self, document: str, subscriber_id: int, destination: str) -> Receipt | None:
        return self._kept.get((document, subscriber_id, number_key(destination)))

    def put(self, receipt: Receipt) -> Receipt:
        """Keep a receipt; it is on the disk when this returns. Raises `BadOption` if it cannot be written."""
        with self._lock:
            lines = {**self._lines, receipt.key: _line(receipt)}
            if self.path and not self._read_only:
                head = f'{{"version": {VERSION}, "api_url": {json.dumps(self._url)}, "faxes": [\n'
                with files.beside(self.path) as new:
                    new.file.write((head + ",\n".join(lines.values()) + "\n]}\n").encode())
                    new.place(self._mode)
            # Not before: what could not be written must not get onto the disk with the next one.
            self._kept[receipt.key] = receipt
            self._lines = lines
        return receipt

    def as_list(self) -> list[JsonObject]:
        """Return all of them as `handed` takes them."""
        return [asdict(receipt) for receipt in list(self._kept.values())]

    def entries(self) -> set[int]:
        """The journal entries that are some fax's own already."""
        kept = list(self._kept.values())
        return {int(each.fax["id"]) for each in kept if each.fax} | {one for each in kept for one in each.earlier}

    def under_way(self, subscriber_id: int) -> list[Receipt]:
        """Those of a subscriber of which nobody knows yet what became of them, oldest first."""
        kept = [each for each in list(self._kept.values()) if each.state in ("sending", "queued")]
        return sorted((each for each in kept if each.subscriber_id == subscriber_id), key=lambda one: one.time)


@contextmanager
def handed(url: str, entries: Sequence[JsonObject]) -> Iterator[Receipts]:
    """Take over the receipts of earlier tries of the same task, for the length of the program only."""
    kept = [_receipt(entry) for entry in entries]
    yield Receipts(None, url, {receipt.key: receipt for receipt in kept}, of_task=True)


@contextmanager
def opened(
    path: Path, url: str, read_only: bool, mode: int = files.PRIVATE, of_task: bool = False
) -> Iterator[Receipts]:
    """The receipts in the file at `path`, which need not be there yet, for this process alone: another waits.

    A new file gets `mode`. Raises `BadOption` if the file is damaged, is no receipts at all or another server's, or
    cannot be written.
    """
    # A link stays one, and what it leads to has one name.
    path = files.resolved(path, "receipt")
    warnings = files.check_folder(path.parent, "receipt", read_only)
    with contextlib.nullcontext() if read_only else _locked(path, mode):
        kept = Receipts(path, url, _read(path, url), read_only, mode, of_task)
        kept.warnings += warnings
        yield kept


@contextmanager
def _locked(path: Path, mode: int) -> Iterator[None]:
    there = files.found(path, "receipt")
    if there and not stat.S_ISREG(there.st_mode):
        raise _unreadable(path, files.kind_of(there.st_mode))  # and nothing is left beside a device
    with locks.held_file(path.with_name(f".{path.name}.lock"), stat.S_IMODE(there.st_mode) if there else mode):
        files.remove_leftovers_of(path)
        with files.reported(path.parent, "receipt", "synced to disk", "Check the disk, or give another folder."):
            # The folder may be new as well, and must not be lost with what is known of the faxes.
            files.sync_folder(path.parent.parent)
        yield


def _read(path: Path, url: str) -> dict[tuple[str, int, str], Receipt]:
    try:
        content = json.loads(files.read_regular(path))
        of_this_kind = content["version"] is not True and content["version"] == VERSION
        if not (of_this_kind and isinstance(content["api_url"], str) and isinstance(content["faxes"], list)):
            raise ValueError("another version")
        kept = [_receipt(entry) for entry in content["faxes"]]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, files.reason_of(error)) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadOption(
            f"receipt: '{path}' is damaged or no receipt of ngcp.fax: what was sent is not known, and nothing was now",
            "Restore it from a backup; or look into the journal, and give another path for what is still to be sent.",
        ) from error
    if not same_server(content["api_url"], url):
        raise BadOption(
            f"receipt: '{path}' is about faxes sent by {content['api_url']}, and api_url is {url}",
            "Give another receipt; if it is the same server under a new name, correct api_url in the file.",
        )
    return {receipt.key: receipt for receipt in kept}


def _unreadable(path: Path, reason: str) -> BadOption:
    return BadOption(f"receipt: '{path}' cannot be read ({reason})", "Give a file you may read.")


def _line(receipt: Receipt) -> str:
    return json.dumps(asdict(receipt))


def _receipt(entry: JsonObject) -> Receipt:
    values = {field.name: entry[field.name] for field in fields(Receipt) if field.name != "earlier"}
    receipt = Receipt(**values, earlier=tuple(entry.get("earlier", ())))
    texts = (receipt.document, receipt.destination, receipt.time)
    whole = all(isinstance(text, str) for text in texts) and isinstance(receipt.last_id, int)
    if not (whole and receipt.state in STATES and isinstance(receipt.subscriber_id, int)):
        raise ValueError(entry)
    if datetime.fromisoformat(receipt.time).tzinfo is None or not isinstance(receipt.assumed, bool):
        raise ValueError(entry)
    if receipt.fax is not None:
        int(receipt.fax["id"])
    if not all(isinstance(one, int) for one in receipt.earlier):
        raise ValueError(entry)
    return receipt
