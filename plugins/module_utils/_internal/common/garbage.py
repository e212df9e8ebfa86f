# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's collector of cyclic garbage, for functions that keep many objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLD = 100_000
"""How many more objects there may be before Python looks for garbage; its own default is 700 to 2,000."""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Let Python look for cyclic garbage more rarely; also a decorator.

    A run over many subscribers keeps all it has read and makes hardly any cycles. With the default threshold, looking
    through these objects again and again takes about a tenth of its processor time.
    """
    before = gc.get_threshold()
    gc.set_threshold(THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
