# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watchdog's thread and signals."""

from __future__ import annotations

import re
import signal
import threading
from pathlib import Path

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.circuit_breaker import CircuitBreaker
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.watchdog import Exchange, Watchdog


def test_no_signal_goes_to_the_watchdog() -> None:
    """It would not wake the main thread, which waits for an answer, and Ctrl-C would take as long as that."""
    begun = threading.Event()
    breaker = CircuitBreaker(60)
    watchdog = Watchdog(breaker)
    # The thread asks the breaker when it has begun its work.
    breaker.stop_for_silence = begun.set  # type: ignore[method-assign]
    with watchdog.watch(Exchange(60)):
        assert begun.wait(60)
        (thread,) = (each for each in threading.enumerate() if each is watchdog._thread)
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text(encoding="utf-8")
    watchdog.close()
    found = re.search(r"^SigBlk:\s*([0-9a-f]+)$", status, re.MULTILINE)
    assert found
    blocked = int(found[1], 16)
    assert all(blocked >> number - 1 & 1 for number in (signal.SIGINT, signal.SIGTERM))
