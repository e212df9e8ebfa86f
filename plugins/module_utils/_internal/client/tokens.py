# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a client gets its token from: a login of its own, or one that others have made (docs/design.md#log-in-once)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Token:
    """A token (JWT) of the server."""

    value: str
    expires: float | None
    """When it expires, in seconds since 1970; None if it does not."""
    generation: int = 0
    """The number of its login among those that share their tokens, from 1; 0 if it is not shared."""


class TokenStore(Protocol):
    """Gives a token to each of the clients that share it. Threads may share the store, too."""

    def obtain(self, refused: Token | None, log_in: Callable[[], Token]) -> Token:
        """Return a token. Call `log_in` for it unless there is one that is newer than `refused`.

        `refused` is the one that the server no longer accepts, if any. Raises what `log_in` raises, and `LoginRefused`
        if another client was refused.
        """


class OwnTokens:
    """No store: a client logs in for itself."""

    def obtain(self, refused: Token | None, log_in: Callable[[], Token]) -> Token:
        return log_in()


OWN_TOKENS = OwnTokens()


@dataclass(frozen=True)
class HandedToken:
    """The store of a module that was given the token of others. It renews the token for itself alone."""

    token: Token

    def obtain(self, refused: Token | None, log_in: Callable[[], Token]) -> Token:
        return log_in() if refused else self.token
