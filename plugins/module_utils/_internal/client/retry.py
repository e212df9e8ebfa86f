# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to pause before a request is sent again."""

from __future__ import annotations

import random
import threading
from email.utils import mktime_tz, parsedate_tz

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times

# The longest pause between two tries in seconds, whatever the server's Retry-After asks for.
LONGEST_PAUSE = 60.0
# The first pause before another try in seconds, which doubles with each; after a crash, the pause of each try so far.
BACKOFF, CRASHED = 0.5, 0.15


class Tries(threading.local):
    """The state of the request that a thread is processing, over all of its tries."""

    # True if one of them may have had an effect on the server.
    perhaps_done = False


def jittered(seconds: float) -> float:
    """Return a random pause of about so many seconds: clients that failed together must not come back together."""
    return min(seconds * random.uniform(0.5, 1.5), LONGEST_PAUSE)


def retry_after(header: str | None) -> float | None:
    """Return the pause that a `Retry-After` asks for, within bounds; None if it is not one."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        date = parsedate_tz(text)
        seconds = mktime_tz(date) - times.now().timestamp() if date else None
    except (ValueError, OverflowError, IndexError):  # a date beyond all measure
        return None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_PAUSE)
