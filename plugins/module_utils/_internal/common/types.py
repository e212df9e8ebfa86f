# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types and constants that several packages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

JsonObject = dict[str, Any]
# A JSON object that is only read.
JsonMapping = Mapping[str, Any]

# Ansible's own word for a value that is not shown.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# The shortest time between two lines of progress, in seconds: on a terminal, where one line moves, and in a log, where
# each line stays.
MOVING, STANDING = 0.2, 5.0


class Operation(TypedDict):
    """One operation of a JSON Patch (RFC 6902)."""

    op: str
    path: str
    value: object


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


@dataclass(frozen=True)
class Result:
    """The result of one run of a module."""

    changed: bool
    facts: JsonObject
    """The module's own keys of the result, without any secret."""
    diff: JsonObject | list[JsonObject] | None = None
    """What Ansible shows with `--diff`."""
    warnings: list[str] = field(default_factory=list)
    plain: frozenset[str] = frozenset()
    """Secrets that are returned on purpose, such as a token, even if an option holds the same value."""
