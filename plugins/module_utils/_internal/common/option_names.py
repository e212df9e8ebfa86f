# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of options in messages: those of the task or, within a role of this collection, the role's variables.

A sentence that mentions an option asks for its name here when it is made, as a translated program asks for its words.
The edge says beforehand which role the task belongs to. A process runs one task at a time, in any number of threads.
No I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

# Advice that mentions an option, and what is said to those who cannot give the option because their role has no
# variable for it.
ADVICE: Mapping[str, tuple[str, str]] = {
    "page_size": (
        "Lower {} if it is a list; otherwise find out what answers in the server's place.",
        "Find out what answers in the server's place.",
    ),
    "remote_src": (
        "Give an existing file, or set {}: true for one on the managed host.",
        "Give an existing file.",
    ),
}

# The variables of the task's role by option; none outside of roles.
_variables: Mapping[str, str] = {}


def option_name(name: str) -> str:
    """Return the name that the user writes to give an option of the task: its own, or that of the role's variable."""
    return _variables.get(name, name)


def advice_about(name: str) -> str:
    """Return the sentence of `ADVICE` for an option that may not be among the role's variables."""
    with_option, without = ADVICE[name]
    return with_option.format(option_name(name)) if is_offered(name) else without


def is_offered(name: str) -> bool:
    """Return False for an option that has no variable in the task's role. All roles take those of the connection, but
    in one variable, so do not ask about them.
    """
    return not _variables or name in _variables


def is_in_role() -> bool:
    """Return True if the task belongs to a role of this collection."""
    return bool(_variables)


def use(variables: Mapping[str, str]) -> None:
    """Name options by `variables`, those of the task's role by option, from now on."""
    global _variables
    _variables = variables


@contextmanager
def of_role(variables: Mapping[str, str]) -> Iterator[None]:
    """Name options by `variables` within the block."""
    before = _variables
    use(variables)
    try:
        yield
    finally:
        use(before)
