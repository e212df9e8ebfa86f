# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a receipt of each fax in a file, so that a second run sends only what is missing.

A receipt is written before the fax is posted and again afterwards. If the process dies in between, it says `sending`:
the server may or may not have the fax, and no run sends it again by mistake (docs/design.md#a-fax-is-sent-once).
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
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files, folders, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.journal import number_key

# The version of the file's format.
VERSION = 1
# A receipt's key: the document's SHA-256, the subscriber's id, and what `number_key` makes of the number.
ReceiptKey = tuple[str, int, str]
UNDER_WAY = ("sending", "queued")
STATES = (*UNDER_WAY, "sent", "failed", "not_sent")


@dataclass(frozen=True)
class Receipt:
    """The record of one fax and of its last request."""

    document: str
    """The SHA-256 of the document."""
    subscriber_id: int
    destination: str
    """The number, as the task gave it."""
    state: str
    """One of `STATES`."""
    time: str
    """The time of the last request, in ISO 8601."""
    last_id: int
    """The id of the newest journal entry before that request, 0 if there was none."""
    journal_entry: JsonObject | None = None
    """The journal entry of the last request, once it is known."""
    assumed: bool = False
    """True if it only counts as sent, by `on_uncertain: assume_sent`."""
    earlier: tuple[int, ...] = ()
    """The ids of the journal entries of earlier requests, which failed."""

    @property
    def key(self) -> ReceiptKey:
        """The identity of the fax: document, sender and number."""
        return self.document, self.subscriber_id, number_key(self.destination)

    @property
    def all_entries(self) -> tuple[int, ...]:
        """The ids of all journal entries known to be this fax's."""
        return (*self.earlier, int(self.journal_entry["id"])) if self.journal_entry else self.earlier


class Receipts:
    """The receipts of faxes sent by one server, kept in a file unless `path` is None or `read_only` is set."""

    of_task: bool
    """True if they belong to the tries of one task, not to a file that the user named."""

    def __init__(
        self,
        path: Path | None,
        url: str,
        kept: dict[ReceiptKey, Receipt],
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
        # Encode each receipt once: the whole file is written each time, and encoding takes longest.
        self._lines = {key: _line(receipt) for key, receipt in kept.items()}
        self._lock = threading.Lock()

    def get(self, document: str, subscriber_id: int, destination: str) -> Receipt | None:
        """Return the receipt of a fax, None if there is none."""
        return self._kept.get((document, subscriber_id, number_key(destination)))

    def put(self, receipt: Receipt) -> Receipt:
        """Write a receipt to disk, keep it and return it. Raises `BadOption` if it cannot be written."""
        with self._lock:
            lines = {**self._lines, receipt.key: _line(receipt)}
            if self.path and not self._read_only:
                head = f'{{"version": {VERSION}, "api_url": {json.dumps(self._url)}, "faxes": [\n'
                with files.beside(self.path) as new:
                    new.file.write((head + ",\n".join(lines.values()) + "\n]}\n").encode())
                    new.place(self._mode)
            # Only now: a receipt that could not be written must not reach the disk with the next one.
            self._kept[receipt.key] = receipt
            self._lines = lines
        return receipt

    def as_list(self) -> list[JsonObject]:
        """Return all receipts in the form that `handed` accepts."""
        return [asdict(receipt) for receipt in list(self._kept.values())]

    def entries(self) -> set[int]:
        """Return the ids of the journal entries that belong to a known fax."""
        return {fax_id for receipt in list(self._kept.values()) for fax_id in receipt.all_entries}

    def under_way(self, subscriber_id: int) -> list[Receipt]:
        """Return the receipts of a subscriber's faxes whose outcome is not known yet, oldest first."""
        kept = [receipt for receipt in list(self._kept.values()) if receipt.state in UNDER_WAY]
        own = (receipt for receipt in kept if receipt.subscriber_id == subscriber_id)
        return sorted(own, key=lambda receipt: receipt.time)


@contextmanager
def handed(url: str, entries: Sequence[JsonObject]) -> Iterator[Receipts]:
    """Yield receipts without a file: those of earlier tries of the same task, in the form of `Receipts.as_list`."""
    kept = [_receipt(entry) for entry in entries]
    yield Receipts(None, url, {receipt.key: receipt for receipt in kept}, of_task=True)


@contextmanager
def opened(
    path: Path, url: str, read_only: bool, mode: int = files.PRIVATE, of_task: bool = False
) -> Iterator[Receipts]:
    """Yield the receipts in the file at `path`, which need not exist; other processes wait until the block ends.

    A new file gets `mode`. Raises `BadOption` if the file is damaged, holds something else or another server's
    receipts, or cannot be written.
    """
    # Resolve links, so that a link is kept and all names of a file share one lock.
    path = files.resolved(path, "receipt")
    warnings = folders.check_folder(path.parent, "receipt", read_only)
    with contextlib.nullcontext() if read_only else _locked(path, mode):
        kept = Receipts(path, url, _read(path, url), read_only, mode, of_task)
        kept.warnings += warnings
        yield kept


@contextmanager
def _locked(path: Path, mode: int) -> Iterator[None]:
    existing = files.found(path, "receipt")
    if existing and not stat.S_ISREG(existing.st_mode):
        raise _unreadable(path, files.kind_of(existing.st_mode))  # before a lock file is left beside a device
    with locks.held_file(path.with_name(f".{path.name}.lock"), stat.S_IMODE(existing.st_mode) if existing else mode):
        files.remove_leftovers_of(path)
        with files.reported(path.parent, "receipt", "synced to disk", "Check the disk, or give another folder."):
            # The folder may be new, too; losing it would lose the receipts.
            files.sync_folder(path.parent.parent)
        yield


def _read(path: Path, url: str) -> dict[ReceiptKey, Receipt]:
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
            f"{option_name('receipt')}: '{path}' is damaged or not a receipt of ngcp.fax, so nothing was sent",
            "Restore it from a backup; or look into the journal for what was sent, and give another path for the rest.",
        ) from error
    if not same_server(content["api_url"], url):
        raise BadOption(
            f"{option_name('receipt')}: '{path}' is about faxes sent by {content['api_url']}, and api_url is {url}",
            "Give another receipt; if it is the same server under a new name, correct api_url in the file.",
        )
    return {receipt.key: receipt for receipt in kept}


def _unreadable(path: Path, reason: str) -> BadOption:
    return BadOption(f"{option_name('receipt')}: '{path}' cannot be read ({reason})", "Give a file you may read.")


def _line(receipt: Receipt) -> str:
    return json.dumps(asdict(receipt))


def _receipt(entry: JsonObject) -> Receipt:
    """Make a receipt from its JSON. Raises `ValueError`, `KeyError` or `TypeError` if it is malformed."""
    values = {field.name: entry[field.name] for field in fields(Receipt) if field.name != "earlier"}
    receipt = Receipt(**values, earlier=tuple(entry.get("earlier", ())))
    texts = (receipt.document, receipt.destination, receipt.time)
    is_valid = all(isinstance(text, str) for text in texts) and isinstance(receipt.last_id, int)
    if not (is_valid and receipt.state in STATES and isinstance(receipt.subscriber_id, int)):
        raise ValueError(entry)
    if datetime.fromisoformat(receipt.time).tzinfo is None or not isinstance(receipt.assumed, bool):
        raise ValueError(entry)
    if receipt.journal_entry is not None:
        int(receipt.journal_entry["id"])
    if not all(isinstance(fax_id, int) for fax_id in receipt.earlier):
        raise ValueError(entry)
    return receipt
