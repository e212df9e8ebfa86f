# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of each subscriber in a run over many, and its form in the result. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotTried,
    SomeFailed,
    facts_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject, Operation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS, Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person, Subscriber, called
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import NAME_OPTIONS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

MOST_NAMED = 10
"""How many failures a message names, and how many risks cause warnings; the result holds all of them."""
UNCHANGED, CHANGED, FAILED, UNMANAGED = STATUSES = ("unchanged", "changed", "failed", "unmanaged")
SUBSCRIBERS = "subscribers"


@dataclass(frozen=True)
class Detail:
    """How much the result shows of each subscriber: Ansible's runner drops results of more than 700,000 characters."""

    patch: bool
    """Show the operations, and the places that the values come from."""
    diff: bool
    """Show the values before and after."""


class OutcomeRow(Person, total=False):
    """A subscriber as the result shows it, without any secret. `status` and `place` are always there, too."""

    status: str
    place: str | None
    left_to_renewal: list[str]
    active_settings: list[str]
    patch: dict[str, list[Operation]]
    places: dict[str, dict[str, str]]
    diff: dict[str, dict[str, JsonObject]]
    applied: bool
    read_at: str
    changed_meanwhile: dict[str, list[str]]
    error: JsonObject


class RiskRow(Person):
    """A sentence about risky settings of one subscriber, as the result shows it."""

    settings: str
    place: str | None
    msg: str


class RenumberedRow(Person):
    """A subscriber whose entry gives a stale id, as the result shows it."""

    stale_id: int
    place: str | None


@dataclass(slots=True)
class Outcome:
    """The outcome for one subscriber, or for an entry that resolved to none: its plans, risks, writes and error.

    Settings are named by the module that manages them.
    """

    target: Target
    plans: dict[str, Plan] = field(default_factory=dict)
    """The plans that change something, by module."""
    risks: dict[str, list[str]] = field(default_factory=dict)
    """Sentences about risky settings, by module."""
    active: tuple[str, ...] = ()
    """The modules of the active settings, if no entry is about the subscriber."""
    error: FaxError | None = None
    failed_at: str | None = None
    """The module whose settings `error` concerns, if any."""
    tried: bool = False
    """True once the writing has begun."""
    written: frozenset[str] = frozenset()
    """The modules of the settings that a PATCH was sent to, or may have been. One object for all that were not written:
    an empty set of each of a hundred thousand takes 20 MiB.
    """
    left: tuple[str, ...] = ()
    """The declared secrets that are left to the platform's renewal."""

    @property
    def subscriber(self) -> Subscriber:
        """The subscriber. Raises `AssertionError` if nobody was found."""
        if self.target.subscriber is None:
            raise AssertionError("nobody was found")
        return self.target.subscriber

    @property
    def name(self) -> str:
        """The subscriber's name or, if nobody was found, that of the entry."""
        return str(self.target.subscriber or self.target.entries[-1])

    @property
    def applied(self) -> bool:
        """True if a PATCH was sent, or may have been."""
        return bool(self.written)

    @property
    def changes(self) -> list[Plan]:
        """The plans in the order of the resources, without those that turned out to be unnecessary."""
        if not self.plans:  # the usual case
            return []
        return [self.plans[module] for module in SETTINGS if module in self.plans and self.plans[module].operations]

    def status(self, check_mode: bool) -> str:
        """Return one of `STATUSES`."""
        if self.error:
            return FAILED
        if self.changes if check_mode else self.applied:
            return CHANGED
        return UNMANAGED if self.active and not self.plans else UNCHANGED

    def as_row(self, check_mode: bool, places: Mapping[str, Mapping[str, str]], detail: Detail) -> OutcomeRow:
        """Return the subscriber as the result shows it. `places`: the place of each declared option, by module."""
        person = self.target.as_dict()
        row: OutcomeRow = {
            "subscriber_id": person["subscriber_id"],
            "subscriber": person["subscriber"],
            "status": self.status(check_mode),
            "place": self.target.place,
        }
        if self.left:
            row["left_to_renewal"] = list(self.left)
        if self.active:
            row["active_settings"] = list(self.active)
        if self.changes:
            if detail.patch:
                row["patch"] = {planned.resource.module: planned.redacted()["patch"] for planned in self.changes}
                own = self._own_places(places)
                # Usually, the place of the row is that of all values.
                if any(place != self.target.place for fields in own.values() for place in fields.values()):
                    row["places"] = own
            if detail.diff:
                diffs = {planned.resource.module: planned.diff() for planned in self.changes}
                row["diff"] = {
                    "before": {module: diff["before"] for module, diff in diffs.items()},
                    "after": {module: diff["after"] for module, diff in diffs.items()},
                }
            row["applied"] = self.applied
            readings = [planned.read.at for planned in self.changes if planned.read]
            if readings:
                row["read_at"] = times.iso(min(readings))
            moved = {planned.resource.module: list(planned.moved) for planned in self.changes if planned.moved}
            if moved:
                row["changed_meanwhile"] = moved
        if self.error:
            row["error"] = {**facts_of(self.error), "settings": self.failed_at, "msg": str(self.error)}
        return row

    def risk_rows(self) -> Iterator[RiskRow]:
        """Yield a row for each risk of the settings."""
        for module in SETTINGS:
            for sentence in self.risks.get(module, ()):
                yield {**self.target.as_dict(), "settings": module, "place": self.target.place, "msg": sentence}

    def diffs(self) -> Iterator[JsonObject]:
        """Yield the changes as Ansible shows them with `--diff`."""
        for planned in self.changes:
            header = f"{self.name} {planned.resource.module}"
            yield {"before_header": header, "after_header": header, **planned.diff()}

    def _own_places(self, places: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """Return the place of each value that differs, by module and field."""
        own: dict[str, dict[str, str]] = {}
        for planned in self.changes:
            declared = places.get(planned.resource.module, {})
            own[planned.resource.module] = {
                name: declared[name] for name in planned.diff()["after"] if name in declared
            }
        return own


def expected_settings(entries: Sequence[Entry]) -> dict[str, int]:
    """Return how many settings will be wanted of the subscribers that entries name, by module, before it is certain.

    It is empty if no name must be looked up.
    """
    if not any(entry.kind in NAME_OPTIONS for entry in entries):
        return {}
    return Counter(name for entry in entries if entry.kind != "match" for name in entry.names)


def wanted_settings(outcomes: Mapping[int, Outcome]) -> dict[str, list[int]]:
    """Return the ids of the subscribers whose settings must be read, by module."""
    wanted: dict[str, list[int]] = {name: [] for name in SETTINGS}
    for number, outcome in outcomes.items():
        for name in () if outcome.error else outcome.target.names:
            wanted[name].append(number)
    return wanted


def totals(outcomes: Sequence[Outcome], check_mode: bool) -> dict[str, int]:
    """Count the outcomes, and those of each status."""
    counted = Counter(outcome.status(check_mode) for outcome in outcomes)
    return {SUBSCRIBERS: len(outcomes), **{status: counted[status] for status in STATUSES}}


def names_not_verified(outcomes: Sequence[Outcome]) -> int:
    """Return how many subscribers were found by id alone although their entries give a name, too."""
    return sum(outcome.target.is_unverified for outcome in outcomes)


def facts_about_names(outcomes: Sequence[Outcome]) -> JsonObject:
    """Return the keys of the result about names beside ids."""
    renumbered = [
        {**each.target.as_dict(), "stale_id": each.target.stale_id, "place": each.target.place}
        for each in outcomes
        if each.target.stale_id and each.target.subscriber
    ]
    return {"names_not_verified": names_not_verified(outcomes), "renumbered": renumbered}


def notes_about(outcomes: Sequence[Outcome]) -> list[str]:
    """Return notes: sentences that the user should read although nothing is wrong."""
    stale = [f"{each.target.place}: {each.target.stale_id}" for each in outcomes if each.target.stale_id]
    left = [outcome.name for outcome in outcomes for _name in outcome.left]
    moved = [
        f"{each.name}: {', '.join(name for planned in each.changes for name in planned.moved)}"
        for each in outcomes
        if any(planned.moved for planned in each.changes)
    ]
    return [*notes.renumbered(stale), *notes.changed_meanwhile(moved), *notes.left_to_renewal(left)]


def risk_warnings(risks: Sequence[RiskRow]) -> list[str]:
    """Return a warning for each of the first risks, and one that says how many more there are."""
    found = [f"{called(each)}: {each['msg']}" for each in risks[:MOST_NAMED]]
    more = len(risks) - MOST_NAMED
    return [*found, f"And {more:,} more: `risks` in the result has them all."] if more > 0 else found


def some_failed(failed: Sequence[Outcome], facts: JsonObject) -> SomeFailed:
    """Return the error of a run in which subscribers failed: it names the first ones and holds the result's `facts`."""
    # If a request of its own failed, the message names that cause.
    tried = [outcome for outcome in failed if not isinstance(outcome.error, NotTried) or outcome.error.method]
    # The error that ended the run comes first, and once: preferably of a subscriber that was written.
    ends = sorted(
        (outcome for outcome in tried if outcome.error and outcome.error.fatal),
        key=lambda outcome: -len(str(outcome.error)),
    )
    rest = [outcome for outcome in tried if not (outcome.error and outcome.error.fatal)]
    is_one_cause = len({outcome.error.what for outcome in ends if outcome.error}) == 1
    named = [*ends[: 1 if is_one_cause else None], *rest][:MOST_NAMED]
    counts = {
        "failed, too": len(tried) - len(named),
        "were not tried after that": len(failed) - len(tried),
    }
    more = [f"{count:,} more {what}." for what, count in counts.items() if count > 0]
    total = facts["totals"][SUBSCRIBERS]
    return SomeFailed(f"{len(failed):,} of {total:,} subscribers failed", " ".join(_causes(named) + more), facts=facts)


def _causes(failed: Sequence[Outcome]) -> list[str]:
    """Return a sentence for each cause, with the subscribers that it concerns."""
    names: dict[str, list[str]] = {}
    for outcome in failed:
        name = f"{outcome.target.place}: {outcome.name}" if outcome.target.place else outcome.name
        names.setdefault(str(outcome.error), []).append(name)
    return [f"{', '.join(subscribers)}: {sentence}" for sentence, subscribers in names.items()]
