# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all processes of one run of Ansible know of a login: its token, or that it was refused.

Each login has a file in Ansible's temporary folder of the run (docs/design.md#log-in-once,
docs/design.md#the-first-refused-login-ends-the-run). The file is locked while somebody logs in. The system frees the
lock when that process dies, and the next one starts anew from whatever is left in the file.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import Token
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    LoginRefused,
    ProxyRefused,
    facts_of,
)
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.token_seal import Seal, seal_of

Result = dict[str, Any]

PREFIX = "ngcp.fax-"
RUN_KEY_LENGTH = 32
# A token with less time left is renewed before it is used, in seconds.
LEAST_LIFE = 30.0
# The pause between two looks at a lock, in seconds: a thread that blocks in the system cannot be interrupted.
INTERVAL = 0.05


@dataclass(frozen=True)
class State:
    """What the file says: nothing yet, that the server has accepted the login, its token, or why it was refused."""

    accepted: bool = False
    token: Token | None = None
    failure: Result | None = None

    @property
    def is_known(self) -> bool:
        """Return True if nobody needs to try the login in order to know whether the server accepts it."""
        return bool(self.accepted or self.token or self.failure)


class SharedLogin:
    """One login, as one task sees it."""

    def __init__(self, file: IO[bytes] | None, seal: Seal | None, shares: bool) -> None:
        self._file, self._seal = file, seal
        self.shares = bool(shares and file and seal and seal.can_encrypt)
        """True if the token of the login is shared."""
        self._state = State()
        # True while this task is the one that finds out whether the server accepts the login.
        self._is_first = False

    @property
    def failure(self) -> Result | None:
        """The result of the task whose login was refused."""
        return self._state.failure

    @property
    def token(self) -> Token | None:
        """The token of the login, if there is one that has time left."""
        token = self._state.token
        return token if token and _has_time_left(token) else None

    def begin(self) -> None:
        """Read what is known. If nothing is, have the login alone until `accepted` or `end`; others wait for that."""
        if self._file:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._read()
            self._is_first = True
            self._release()

    def refused(self, result: Result) -> None:
        """Record a refusal, even of a login that was accepted before: it may have been banned or changed since."""
        if not self.failure:
            with self._locked():
                self._write(State(failure={"msg": result["msg"], "error": result["error"]}))

    def accepted(self) -> None:
        """Record an acceptance as soon as it is known, so that other tasks need not wait for the end of this one."""
        if self._is_first and not self._state.is_known:
            self._write(State(accepted=True))
            self._release()

    def keep(self, token: Token) -> None:
        """Share a token that a module has returned, unless it is known already."""
        if self.shares and not self.failure:
            with self._locked():
                if not (self._state.token and self._state.token.value == token.value):
                    self._share(token, 0)

    def obtain(self, refused: Token | None, log_in: Callable[[], Token]) -> Token:
        """Return the shared token, or share that of `log_in`, which one client of the run calls at a time.

        See `client.tokens.TokenStore`.
        """
        if not self.shares:
            return log_in()
        with self._locked():
            if self.failure:
                raise _again(self.failure)
            if self.token and (refused is None or _is_newer(self.token, refused)):
                return self.token
            try:
                token = log_in()
            except LoginRefused as error:
                self._write(State(failure={"msg": str(error), "error": {**facts_of(error), "fatal": True}}))
                raise
            return self._share(token, refused.generation if refused else 0)

    def _share(self, token: Token, generation: int) -> Token:
        """Write a token as that of the generation after the last one, which is at least `generation`."""
        last = max(generation, self._state.token.generation if self._state.token else 0)
        # If a new token seems to have expired, the clocks differ: only the server can tell then.
        expires = token.expires if _has_time_left(token) else None
        shared = replace(token, expires=expires, generation=last + 1)
        self._write(State(token=shared))
        return shared

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock, with the state as it is now."""
        if not self._is_first and self._file:
            _lock(self._file)
            self._read()
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        """Free the lock, unless this task is the first one and nothing is known yet."""
        self._is_first = self._is_first and not self._state.is_known
        if not self._is_first and self._file:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self) -> None:
        self._state = State()
        if self._file and self._seal:
            self._file.seek(0)
            with contextlib.suppress(OSError):
                self._state = _state_of(self._file.read(), self._seal)

    def _write(self, state: State) -> None:
        """Keep a state, and write it for the others if there is room for it on the disk."""
        self._state = state
        if self._file and self._seal:
            content = {
                "accepted": state.accepted,
                "token": self._seal.encrypt(state.token) if state.token else None,
                "failure": state.failure,
            }
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.truncate()
                self._file.write(json.dumps(content).encode())


@contextmanager
def opened(folder: Path, identity: bytes, shares: bool) -> Iterator[SharedLogin]:
    """Yield a login of this run. Until its state is known, one task at a time has it, and the others wait.

    `identity` is everything that makes a login the same login. If `folder` cannot be used, each task logs in for
    itself.
    """
    with contextlib.ExitStack() as stack:
        file = seal = None
        with contextlib.suppress(OSError):
            seal = seal_of(identity, _run_key(folder))
            file = stack.enter_context(_private(folder / f"{PREFIX}{seal.name}"))
        login = SharedLogin(file, seal, shares)
        login.begin()
        yield login


def _run_key(folder: Path) -> bytes:
    """Return the random key of the run, which the first process writes. Raises OSError if none can be kept."""
    with _private(folder / f"{PREFIX}key") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read()
        if len(key) != RUN_KEY_LENGTH:  # nobody has been here, or the writer was killed
            key = os.urandom(RUN_KEY_LENGTH)
            file.seek(0)
            file.truncate()
            if file.write(key) != RUN_KEY_LENGTH:
                raise OSError("no room for the key")
        return key


def _private(path: Path) -> IO[bytes]:
    """Open a file for reading and writing, and make it for its owner only. Nothing that is written stays in memory."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b", buffering=0)


def _lock(file: IO[bytes]) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            concurrency.pause(INTERVAL)


def _state_of(content: bytes, seal: Seal) -> State:
    """Return the state in a file; an empty one if its writer was killed or somebody has changed it."""
    try:
        found = json.loads(content)
        sealed, failure = found["token"], found["failure"]
        token = seal.decrypt(sealed) if sealed and seal.can_encrypt else None
        if failure is not None and not (isinstance(failure["msg"], str) and isinstance(failure["error"], dict)):
            return State()
        return State(found["accepted"] is True, token, failure)
    except (ValueError, KeyError, TypeError):
        return State()


def _has_time_left(token: Token) -> bool:
    return token.expires is None or token.expires - time.time() >= LEAST_LIFE


def _is_newer(token: Token, refused: Token) -> bool:
    """Return True if a token comes from a later login than the refused one.

    Do not compare shared ones by value: the server may give the same token again.
    """
    if refused.generation:
        return token.generation > refused.generation
    return token.value != refused.value


def _again(failure: Result) -> FaxError:
    """Return the error for a client that must not try a login which another one was refused."""
    facts = failure["error"]
    sentences = f"Not tried again: {failure['msg']}".split(". ", maxsplit=1)
    error = (ProxyRefused if facts.get("kind") == "proxy_refused" else LoginRefused)(sentences[0], sentences[-1])
    error.method, error.path, error.status = (facts.get(name) for name in ("method", "path", "status"))
    return error
