# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""State of a server, and its sources: seed files, generated subscribers, reset."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import timezone, tzinfo
from itertools import count
from pathlib import Path
from typing import Any, Final

from . import auth, directory, faxes, settings, subscribers
from .clock import Clock
from .deadlocks import Deadlocks
from .hal import Item
from .options import Options
from .workers import Workers

DEFAULT_SEED: Final = Path(__file__).parent.parent / "contract" / "seed.json"
_LOG_LENGTH: Final = 200_000
_MAX_FAILED_LOGINS: Final = Options().max_failed_logins


class SeedError(ValueError):
    """A seed file is invalid. The message is one line."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Initial state of a server."""

    admins: list[auth.Admin]
    subscribers: list[subscribers.Subscriber]
    faxes: list[faxes.Fax]
    max_failed_logins: int = _MAX_FAILED_LOGINS


def load(path: Path | None, zone: tzinfo = timezone.utc) -> Seed:
    """Read a seed file, whose times are in the server's time zone.

    Without one, there is a single administrator with the password `administrator`.
    """
    if path is None:
        return Seed([*auth.admins_from_seed([{"login": "administrator", "password": "administrator"}])], [], [])
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Seed(
            auth.admins_from_seed(content["admins"]),
            [subscribers.from_seed(each) for each in content["subscribers"]],
            [faxes.from_seed(each, zone) for each in content.get("faxes", [])],
            int(content.get("max_failed_logins", _MAX_FAILED_LOGINS)),
        )
    except OSError as error:
        raise SeedError(f"cannot read the seed file {path}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise SeedError(f"the seed file {path} is not JSON: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SeedError(f"the seed file {path} does not fit: {type(error).__name__}: {error}") from None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Who changed what of a subscriber when, and the values after that."""

    id: int
    resource: str
    resource_id: int
    operation: str
    time: float
    username: str
    content: Mapping[str, object]


class Journal:
    """Journal of subscribers and of faxserversettings (docs/ngcp-api.md#settings-journal)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[JournalEntry] = []
        self._by_subscriber: dict[tuple[str, int], list[JournalEntry]] = {}

    def add(
        self, resource: str, subscriber_id: int, operation: str, username: str, content: Mapping[str, object]
    ) -> None:
        entry = JournalEntry(
            len(self._entries) + 1, resource, subscriber_id, operation, self._clock.now(), username, content
        )
        self._entries.append(entry)
        self._by_subscriber.setdefault((resource, subscriber_id), []).append(entry)

    def of(self, resource: str, subscriber_id: int) -> list[JournalEntry]:
        """Return the entries of one subscriber, oldest first."""
        return self._by_subscriber.get((resource, subscriber_id), [])

    def get(self, entry_id: int) -> JournalEntry | None:
        return self._entries[entry_id - 1] if 1 <= entry_id <= len(self._entries) else None


@dataclass(slots=True)
class Traffic:
    """Requests since the last reset of the log."""

    log: deque[tuple[Any, ...]] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    requests: int = 0
    methods: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    logins: int = 0
    writes: int = 0
    refused_writes: int = 0
    busy_ms: int = 0
    """Total costs of the answers (costs.py)."""
    most_busy: int = 0
    """Maximum number of requests that were served at the same time."""
    connections: set[int] = field(default_factory=set)
    first_connection: int = 0
    """Number of the first connection after the reset."""
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    """Event that is set when the next request has arrived."""


class State:
    """State of one simulated server."""

    def __init__(self, seed: Seed, generated: int, options: Options, bcrypt_cost: int) -> None:
        self._seed = seed
        self._options = copy(options)
        self.options = copy(options)
        self.clock = Clock(lambda: self.options.time_zone)
        self.passwords = auth.Passwords(bcrypt_cost)
        first = max((each.id for each in seed.subscribers), default=0) + 1
        self._everyone = [*seed.subscribers, *subscribers.generated(first, generated)]
        self._created = self.clock.iso_text()
        self.directory = directory.Directory(self._everyone, self._created)
        self.shown_subscribers: dict[str, dict[int, Item]] = defaultdict(dict)
        """Subscribers as a role sees them, by their ids."""
        for admin in seed.admins:
            self.passwords.prepare(admin.password)
        self.accepted_connections = 0
        self.renderings = count(1)
        """Number of the next recording that is downloaded."""
        self.certificates: dict[int, str] = {}
        """Logins by the serial number of their client certificate."""
        self._token_key = secrets.token_bytes(32)
        """Key of the server's configuration: tokens stay valid after a reset, as after a restart."""
        self._new_workers()
        self.reset()

    def _new_workers(self) -> None:
        self.workers = Workers(lambda: self.options.server_workers)

    def reset(self) -> None:
        """Restore the initial state."""
        self.clock.reset()
        if self.directory.changed:
            self.directory = directory.Directory(self._everyone, self._created)
            self.shown_subscribers.clear()
        for name in Options.__slots__:
            setattr(self.options, name, getattr(self._options, name))
        self.accounts = auth.Accounts(
            self._seed.admins, self.directory, self.passwords, self.options, self.clock, self._token_key
        )
        self.rows: dict[str, dict[int, settings.Row]] = {name: {} for name in settings.SPECS}
        """Rows by the subscribers' ids. Call `rows_changed` after changing one."""
        self.found: dict[Hashable, Sequence[subscribers.Subscriber]] = {}
        """Results of filters, for the next page of the same search."""
        self.deadlocks = {name: Deadlocks() for name in settings.SPECS}
        self.journal = Journal(self.clock)
        self.faxes = faxes.FaxStore(self._seed.faxes)
        self.faults: list[Any] = []
        self.refuse_writes = False
        self.life = object()
        """Generation, renewed by each reset: a request that was held back during a reset must not take effect after
        it.
        """
        # A request in progress holds none of the new places; one that waits is turned away.
        waited_for = self.workers
        self._new_workers()
        waited_for.dismiss()
        self.reset_traffic()

    def renew_token_key(self) -> None:
        """Invalidate all tokens, like a restart with a new key."""
        self._token_key = secrets.token_bytes(32)
        self.accounts.use_key(self._token_key)

    def reset_traffic(self) -> None:
        """Clear the log of requests."""
        self.traffic = Traffic(first_connection=self.accepted_connections + 1)

    def subscriber_changed(self, subscriber_id: int) -> None:
        """Forget what was kept of the subscribers: pages, their logins, and how this one is shown."""
        self.accounts.forget_tokens()
        self.rows_changed()
        for shown in self.shown_subscribers.values():
            shown.pop(subscriber_id, None)

    def rows_changed(self) -> None:
        """Clear the results of filters."""
        self.found.clear()

    def row(self, spec: settings.Spec, subscriber_id: int) -> settings.Row:
        """Return a subscriber's settings. One that never had any gets the defaults (docs/ngcp-api.md#resources)."""
        rows = self.rows[spec.name]
        if subscriber_id not in rows:
            rows[subscriber_id] = settings.default_row(spec)
            self.rows_changed()
        return rows[subscriber_id]
