# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types and constants that several packages share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]

# Ansible's own word for a value that is not shown.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# The shortest time between two lines of progress, in seconds: on a terminal, where one line moves, and in a log, where
# each line stays.
MOVING, STANDING = 0.2, 5.0


@dataclass(frozen=True)
class Listener:
    """Receives the progress of a long task (`common.progress`)."""

    tell: Callable[[str], None]
    """Called with a line of progress, at most every `seconds`."""
    seconds: float = STANDING
    end: Callable[[str], None] = lambda line: None
    """Called when the task is done, with a last line or an empty one."""
    abort: Callable[[str], None] = lambda line: None
    """Called with a last line when the whole program ends early."""
