# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that all deliveries of one task share: document, sender, receipts, and claimed journal entries."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.documents import Document
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber


@dataclass(frozen=True)
class DeliveryOptions:
    """The options of `fax_send` about waiting and trying again."""

    wait: bool = True
    """Wait until the journal has the outcome."""
    wait_timeout: float = 300.0
    """The longest wait, in seconds."""
    poll_interval: float = 5.0
    """Seconds between two reads of the journal."""
    on_uncertain: str = "fail"
    """What to do if the server may or may not have the fax: `fail`, `resend` or `assume_sent`."""
    retry_failed: int = 0
    """How often to resend a fax that failed for a temporary reason, such as a busy line."""
    retry_pause: float = 60.0
    """Seconds before each of these retries."""


class ClaimedFaxes:
    """The ids of journal entries that belong to a known fax. Safe to use from several threads."""

    def __init__(self, ids: set[int]) -> None:
        self._ids = ids
        self._lock = threading.Lock()

    def __contains__(self, fax_id: int) -> bool:
        return fax_id in self._ids

    def claim(self, fax_id: int) -> bool:
        """Claim an entry; return False if it was claimed before."""
        with self._lock:
            is_free = fax_id not in self._ids
            self._ids.add(fax_id)
            return is_free


@dataclass(frozen=True)
class Transmission:
    """One document on its way from one subscriber to one or several numbers."""

    client: Client
    subscriber: Subscriber
    document: Document
    options: DeliveryOptions
    destinations: Sequence[str]
    """All numbers that the task names."""
    receipts: Receipts
    check_mode: bool
    claimed: ClaimedFaxes = field(compare=False)

    @property
    def waits(self) -> bool:
        """True if the journal is polled until it has the outcome; never in check mode."""
        return self.options.wait and not self.check_mode

    @property
    def keeps_receipts(self) -> bool:
        """True if the user named a file for receipts."""
        return self.receipts.path is not None and not self.receipts.of_task
