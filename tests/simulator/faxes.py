# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faxes: the queue, the journal and the recordings (docs/ngcp-api.md#sending, docs/ngcp-api.md#reading-faxes)."""

from __future__ import annotations

import heapq
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Final
from uuid import uuid4

from .clock import Clock
from .database import as_number, collate
from .documents import FORMATS, Pages, Upload, placeholder, read
from .filters import sql_pattern
from .moments import Show, seconds_of, shown_in
from .perl import is_true
from .subscribers import Subscriber


@dataclass(slots=True)
class Fax:
    """Journal entry, with what was uploaded for it."""

    id: int
    subscriber_id: int
    time: float
    direction: str
    caller: str
    callee: str
    duration: int = 0
    pages: int = 0
    reason: str = ""
    status: str = ""
    signal_rate: int = 0
    quality: str = ""
    filename: str = ""
    sid: str = ""
    document: Pages | None = None
    upload: Upload | None = None
    text: str | None = None
    destination: str | None = None
    renderings: dict[str, bytes] = field(default_factory=dict)

    def show(self, show_time: Show) -> dict[str, object]:
        """Return the entry as the API shows it."""
        names = (
            "id", "subscriber_id", "direction", "caller", "callee", "duration", "pages", "signal_rate", "quality",
            "filename", "reason", "status",
        )  # fmt: skip
        return {"time": show_time(self.time)} | {name: getattr(self, name) for name in names}

    def render(self, format_name: str, made: float) -> bytes:
        """Return the recording, which is drawn once. Raises KeyError for an unknown format, ValueError without a
        document.
        """
        if self.document is None:
            raise ValueError("no document")
        if format_name not in self.renderings:
            self.renderings[format_name] = FORMATS[format_name].render(self.document.draw())
        return FORMATS[format_name].date(self.renderings[format_name], made)


def from_seed(entry: Mapping[str, object], zone: tzinfo) -> Fax:
    """Return a fax of a seed file or the control API, whose time is in a zone. Raises KeyError, TypeError or ValueError
    if it is malformed.
    """
    values = dict(entry)
    stored = bool(values.pop("document", False))
    fax = Fax(
        **values | {"time": seconds_of(str(values["time"]), zone)}  # type: ignore[arg-type]  # checked by who loads the seed
    )
    if stored:
        fax.document = placeholder(max(1, fax.pages), f"fax {fax.id} from {fax.caller} to {fax.callee}")
    return fax


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a fax."""

    reason: str
    status: str
    duration: int
    signal_rate: int


_SENT: Final = Outcome("Normal Clearing / SIP 200 OK [1/3]", "SUCCESS", 12, 14400)
_BUSY: Final = Outcome("User busy", "FAILED", 3, 0)
_OUTCOMES: Final[Mapping[str, Outcome | None]] = {
    "99": _BUSY,
    "98": Outcome("No answer", "FAILED", 60, 0),
    "97": _SENT,
    "96": None,
}
"""Outcomes by the last two digits of the dialled number. Any other number is sent. None: the fax never appears."""


def outcome_of(status: str, reason: str | None) -> Outcome:
    """Return an outcome that is set by hand."""
    usual = _SENT if status == _SENT.status else _BUSY
    return replace(usual, status=status, reason=usual.reason if reason is None else reason)


def rewritten(destination: str) -> str:
    """Return the callee as a platform's rewrite rules change it."""
    digits = re.sub(r"\D", "", destination)
    if not digits.endswith("97"):
        return destination
    return "49" + digits.lstrip("0").removeprefix("43")


class FaxStore:
    """Journal and queue. A fax moves from the queue to the journal when somebody reads them after its time."""

    def __init__(self, faxes: Iterable[Fax]) -> None:
        # Change copies only: a reset uses the seed again.
        self._journal = {fax.id: replace(fax, renderings={}) for fax in sorted(faxes, key=lambda fax: fax.id)}
        self._queue: list[tuple[float, int, Fax]] = []
        self._queued = 0
        self._last_id = max(self._journal, default=0)

    def queue(self, fax: Fax, due: float) -> None:
        """Queue a fax that gets its outcome at `due`."""
        self._queued += 1
        heapq.heappush(self._queue, (due, self._queued, fax))

    def add(self, fax: Fax) -> Fax:
        """Add a fax to the journal under the next id."""
        self._last_id += 1
        entered = replace(fax, id=self._last_id)
        self._journal[entered.id] = entered
        return entered

    def delete(self, fax_id: int) -> None:
        """Remove an entry."""
        del self._journal[fax_id]

    def journal(self, now: float) -> dict[int, Fax]:
        """Return all entries by id, after completing those that are due."""
        while self._queue and self._queue[0][0] <= now:
            due, _unused, fax = heapq.heappop(self._queue)
            outcome = _OUTCOMES.get(re.sub(r"\D", "", fax.destination or "")[-2:], _SENT)
            if outcome:
                self._enter(fax, outcome, due)
        return self._journal

    def _enter(self, fax: Fax, outcome: Outcome, time: float) -> Fax:
        return self.add(
            replace(
                fax,
                time=time,
                callee=rewritten(fax.callee),
                reason=outcome.reason,
                status=outcome.status,
                duration=outcome.duration,
                signal_rate=outcome.signal_rate,
                pages=fax.document.count if fax.document and outcome.status == _SENT.status else 0,
            )
        )

    def decide(self, place: int, destination: str | None, outcome: Outcome, now: float) -> Fax | None:
        """Complete a queued fax now: the one at a place of the queue, or of those to a destination."""
        self.journal(now)
        waiting = [each for each in sorted(self._queue) if destination in (None, each[2].destination)]
        if not 0 <= place < len(waiting):
            return None
        self._queue.remove(waiting[place])
        heapq.heapify(self._queue)
        return self._enter(waiting[place][2], outcome, now)

    def queued(self, now: float) -> list[tuple[float, Fax]]:
        """Return the faxes that wait for their outcome, and when they are due."""
        self.journal(now)
        return [(due, fax) for due, _unused, fax in sorted(self._queue, key=lambda entry: entry[:2])]


def new_fax(subscriber_id: int, caller: str, destination: str, upload: Upload | None, text: str | None) -> Fax:
    """Return a fax to be sent. If it has a file and a text, the file is its document."""
    name = str(uuid4())
    document = upload or Upload("data.txt", (text or "").encode())
    return Fax(
        id=0,
        subscriber_id=subscriber_id,
        time=0.0,
        direction="out",
        caller=caller,
        callee=destination,
        quality="204x98",
        filename=f"{name}.tif",
        sid=name,
        document=read(document),
        upload=upload,
        text=text,
        destination=destination,
    )


_HOUR: Final = 3600


def generated(owners: Sequence[Subscriber], count: int, now: float) -> Iterator[Fax]:
    """Return entries of all kinds, one for each hour until now, for the owners in turn. The same call returns the
    same.
    """
    for place in range(count):
        owner, other = owners[place % len(owners)], f"43720{place * 7919 % 10_000_000:07}"
        direction, own = ("in", "out", "mtf")[place % 3], owner.phone or "webfax"
        outcome = _BUSY if place % 7 == 3 else _SENT
        pages = 1 + place % 4 if outcome is _SENT else 0
        name = f"generated-{place + 1}"
        fax = Fax(
            id=0,
            subscriber_id=owner.id,
            time=int(now) - (count - 1 - place) * _HOUR,
            direction=direction,
            caller=other if direction == "in" else own,
            callee=own if direction == "in" else other,
            duration=outcome.duration,
            pages=pages,
            reason=outcome.reason,
            status=outcome.status,
            signal_rate=outcome.signal_rate,
            quality="204x98",
            filename=f"{name}.tif",
            sid=name,
        )
        # Not every fax has a document.
        if pages and place % 5:
            fax.document = placeholder(pages, name)
        yield fax


def _sid(value: str | None) -> Callable[[Fax], bool]:
    return lambda fax: value is not None and collate(fax.sid) == collate(value)


def _subscriber_id(value: str | None) -> Callable[[Fax], bool]:
    wanted = None if value is None else as_number(value)
    return lambda fax: fax.subscriber_id == wanted


_FILTERS: Final[Mapping[str, Callable[[str | None], Callable[[Fax], bool]]]] = {
    "subscriber_id": _subscriber_id,
    "sid": _sid,
}
_TIMES: Final[Mapping[str, Callable[[float, float], bool]]] = {"time_from": operator.ge, "time_to": operator.le}
"""Filters that compare a fax's time with a given one."""

ORDER: Final[Mapping[str, Callable[[Fax], object]]] = {
    "id": lambda fax: fax.id,
    "subscriber_id": lambda fax: fax.subscriber_id,
    "time": lambda fax: fax.time,
    "direction": lambda fax: ("in", "out", "mtf").index(fax.direction),
    "duration": lambda fax: fax.duration,
    "caller": lambda fax: collate(fax.caller),
    "callee": lambda fax: collate(fax.callee),
    "pages": lambda fax: fax.pages,
    "signal_rate": lambda fax: fax.signal_rate,
    "quality": lambda fax: collate(fax.quality),
    "status": lambda fax: collate(fax.status),
    "reason": lambda fax: collate(fax.reason),
    "filename": lambda fax: collate(fax.filename),
    "sid": lambda fax: collate(fax.sid),
}
"""Columns that `order_by` knows. An enum is ordered as declared."""


def find(faxes: Sequence[Fax], query: Mapping[str, str], clock: Clock) -> Sequence[Fax]:
    """Apply the filters of a query except `direction`: docs/ngcp-api.md#unknown-parameters-are-ignored."""
    for name, value in query.items():
        if name in _FILTERS:
            matches = _FILTERS[name](sql_pattern(value))
            faxes = [fax for fax in faxes if matches(fax)]
        if name in _TIMES:
            compare, limit = _TIMES[name], clock.moment(sql_pattern(value))
            faxes = [fax for fax in faxes if compare(fax.time, limit)]
    return faxes


def clock_of(query: Mapping[str, str], zone: tzinfo) -> Show:
    """Return how times are shown: in the zone that is asked for, or in the server's."""
    name = query.get("tz")
    return shown_in(str(name) if is_true(name) else "local", zone)
