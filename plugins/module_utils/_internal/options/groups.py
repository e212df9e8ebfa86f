# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share, and their checks. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpecs, not_between

# The longest name of a file, in bytes.
LONGEST_NAME = 255
DIRECTIONS = ("in", "out", "mtf")

PAGING: OptionSpecs = {
    "page_size": {"type": "int", "default": Paging.page_size},
    "workers": {"type": "int", "default": Paging.workers},
}
WINDOW: OptionSpecs = {
    "since": {"type": "str"},
    "until": {"type": "str"},
    "direction": {"type": "str", "choices": list(DIRECTIONS)},
    "status": {"type": "str"},
}
MODES: OptionSpecs = {"mode": {"type": "raw"}, "directory_mode": {"type": "raw"}}


@dataclass(frozen=True)
class Window:
    """The options that select faxes of the journal; one that is None does not restrict them."""

    since: str | None = None
    """The earliest time, in a form that `times.moment` accepts."""
    until: str | None = None
    """The time before which the faxes must be, in the same forms."""
    direction: str | None = None
    """One of `DIRECTIONS`."""
    status: str | None = None
    """The journal's status, in any case."""


def dest_problems(options: Options) -> Problems:
    """Yield problems of `dest`, without touching any file."""
    if options.get("dest") == "":
        yield Problem(("dest",), "must not be empty; give a path.")
    if any(len(part.encode()) > LONGEST_NAME for part in str(options.get("dest", "")).split("/")):
        yield Problem(("dest",), f"holds a name of more than {LONGEST_NAME} bytes; no file system takes it.")


def window_problems(options: Options) -> Problems:
    """Yield problems of the options of a `Window`."""
    at = times.now()
    moments = {}
    for name in ("since", "until"):
        if name in options:
            problem = fault_of(lambda text: times.moment(text, at), options[name])
            if problem:
                yield Problem((name,), f"{problem}.", ": ")
            else:
                moments[name] = times.moment(str(options[name]), at)
    if len(moments) == 2 and moments["since"] >= moments["until"]:
        yield Problem(("since",), f"({options['since']}) must be before {option_name('until')} ({options['until']}).")
    if not str(options.get("status", "x")).strip():
        yield Problem(("status",), "must not be empty; leave it out to have all.")


def fault_of(function: Callable[[str], object], text: object) -> str:
    """Return the message of the ValueError that a function raises for a text; empty if it raises none."""
    try:
        function(str(text))
    except ValueError as error:
        return str(error)
    return ""


def paging_problems(options: Options) -> Problems:
    """Yield problems of `page_size` and `workers`."""
    yield from not_between(options, "page_size", 1, 1000)
    yield from not_between(options, "workers", 1, concurrency.MOST)


def elements_in(value: object) -> Iterable[Any]:
    """Return the elements of a list; none if `value` is not a list."""
    return value if isinstance(value, list) else ()
