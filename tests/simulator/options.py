# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of the server that can change while it runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Final
from zoneinfo import ZoneInfo

from .costs import COSTS

_CHOICES: Final[Mapping[str, Collection[str]]] = {"fax_server": ("alive", "dead", "absent"), "costs": COSTS}


@dataclass(slots=True)
class Options:
    """Switches of `PUT /options`. The command line sets some of them."""

    jwt_key: bool = True
    """Whether the server has a key for tokens."""
    fax_license: bool = True
    fax_server: str = "alive"
    """dead: sending fails with 500. absent: it answers 201, but nothing is ever sent."""
    database: bool = True
    """Whether the database is available. Without it, the server answers 503."""
    single_as_object: bool = False
    """Whether a page with one item holds the item instead of a list, as in older releases."""
    unstable_pages: bool = False
    """Whether pages without order_by come in any order, as from a database."""
    fax_delay_ms: int = 200
    latency_ms: int = 0
    """Time of the network for every request. It holds no worker of the server."""
    costs: str = "none"
    """panel: every request takes as long as on the real server (costs.py)."""
    no_count_saves: int = 0
    """How much less a page costs with `no_count=1`, in per cent: on the panel between nothing and a fifth."""
    server_workers: int = 0
    """Number of requests that the server serves at a time. 0: no limit."""
    write_ms: int = 2
    """Time between reading and writing settings. Updates that meet in that time are lost."""
    deadlocks: bool = False
    """Whether concurrent first writes of several subscribers deadlock (deadlocks.py)."""
    deadlock_percent: int = 0
    """How many of all writes deadlock in addition, in per cent: also single ones, and of settings that exist."""
    time_zone: str = "UTC"
    """The server's own: of its times, and of those that queries give."""
    max_failed_logins: int = 5
    ban_seconds: int = 300
    token_lifetime: int | None = None
    password_min_length: int = 0
    """Password policy of the fax server settings, as far as it is simulated."""


def is_zone(name: str) -> bool:
    """Return whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def change(options: Options, changes: object) -> None:
    """Change some options, all of them or none. Raises ValueError if one is invalid."""
    if not isinstance(changes, Mapping):
        raise ValueError("expected a JSON object")
    known = {each.name for each in fields(Options)}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"unknown option {name}; there are {', '.join(sorted(known))}")
        current = getattr(Options(), name)
        if name in _CHOICES:
            fits = isinstance(value, str) and value in _CHOICES[name]
        elif name == "time_zone":
            fits = isinstance(value, str) and is_zone(value)
        elif isinstance(current, bool):
            fits = isinstance(value, bool)
        else:
            number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            fits = number or (name == "token_lifetime" and value is None)
        if not fits:
            raise ValueError(f"option {name} cannot be {value!r}")
    for name, value in changes.items():
        setattr(options, name, value)
