# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failed logins and the bans that follow them (docs/ngcp-api.md#bans)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .clock import Clock
from .errors import ApiError
from .options import Options
from .subscribers import User

Key = tuple[str, str, str]
"""Realm, name as it was typed, and address."""
_STEP: Final = 300
_LONGEST: Final = 3600


class Bans:
    """Failed logins, and who is banned from which address until when."""

    def __init__(self, options: Options, clock: Clock, find_user: Callable[[str, str], User | None]) -> None:
        self._options = options
        self._clock = clock
        self._find_user = find_user
        self._failures: dict[Key, tuple[int, float]] = {}
        """Number of failures, and when they are forgotten."""
        self._until: dict[Key, float] = {}
        self._stages: dict[User, int] = {}
        """Number of bans since the last success."""

    def refuse(self, key: Key) -> None:
        """Refuse who is banned, with status 403."""
        until = self._until.get(key)
        if until is not None and self._clock.now() < until:
            raise ApiError(403, "Banned")

    def failed(self, key: Key) -> None:
        """Count a failed login. The last of `max_failed_logins` bans the name. 0 bans nobody."""
        if not self._options.max_failed_logins:
            return
        now = self._clock.now()
        count, expires = self._failures.pop(key, (0, now))
        count = count + 1 if now < expires else 1
        if count < self._options.max_failed_logins:
            self._failures[key] = count, now + _LONGEST
        else:
            self._until[key] = now + self._duration(key)

    def _duration(self, key: Key) -> int:
        """Return the seconds of a ban: longer each time, and the longest at once for a name that nobody has."""
        longest = max(_LONGEST, self._options.ban_seconds)
        user = self._find_user(key[0], key[1])
        if user is None:
            return longest
        stage = self._stages.get(user, 0)
        self._stages[user] = stage + 1
        return min(self._options.ban_seconds + stage * _STEP, longest)

    def succeeded(self, key: Key, user: User) -> None:
        """Forget the failures of a name, and the bans of a user."""
        self._failures.pop(key, None)
        self._stages.pop(user, None)
