# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subscribers of a run over many, as the rows of its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotTried,
    SomeFailed,
    facts_of,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

# How many failures a message names, and how many risks are warned of; the result holds all of them.
MOST_NAMED = 10
UNCHANGED, CHANGED, FAILED, UNMANAGED = STATUSES = ("unchanged", "changed", "failed", "unmanaged")
SUBSCRIBERS = "subscribers"


@dataclass(frozen=True)
class Detail:
    """How much of each row the result shows: Ansible's runner drops results of more than 700,000 characters."""

    patch: bool
    """The operations, and the places that the values come from."""
    diff: bool


@dataclass(slots=True)
class Outcome:
    """One subscriber: the plans that change something, by the module of their resource, and what became of them.

    `risks`: sentences, by the same. `active`: the modules of the settings that are active though no entry is about the
    subscriber. `failed_at`: the module of those that `error` is about, if it is about one. `written`: the modules
    of the settings that a patch was sent to, or may have been. `left`: the declared secrets that are left to the
    platform's renewal.
    """

    target: Target
    plans: dict[str, Plan] = field(default_factory=dict)
    risks: dict[str, list[str]] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    error: FaxError | None = None
    failed_at: str | None = None
    tried: bool = False
    written: set[str] = field(default_factory=set)
    left: tuple[str, ...] = ()

    @property
    def subscriber(self) -> Subscriber:
        """Raises `AssertionError` where nobody was found."""
        if self.target.subscriber is None:
            raise AssertionError("nobody was found")
        return self.target.subscriber

    @property
    def name(self) -> str:
        """The subscriber's name or, where nobody was found, the entry's words."""
        return str(self.target.subscriber or self.target.entries[-1])

    @property
    def applied(self) -> bool:
        """Whether a patch was sent, or may have been."""
        return bool(self.written)

    @property
    def changes(self) -> list[Plan]:
        """The plans in the order of the resources, without those that were needless when it came to them."""
        if not self.plans:  # which is so for nearly all
            return []
        return [self.plans[name] for name in SETTINGS if name in self.plans and self.plans[name].operations]

    def status(self, check_mode: bool) -> str:
        """One of `STATUSES`."""
        if self.error:
            return FAILED
        if self.changes if check_mode else self.applied:
            return CHANGED
        return UNMANAGED if self.active and not self.plans else UNCHANGED

    def shown(self, check_mode: bool, sources: Mapping[str, Mapping[str, str]], detail: Detail) -> JsonObject:
        """The row as the result shows it, without any secret. `sources`: the place of each declared option."""
        row: JsonObject = {
            "subscriber": self.target.as_dict(),
            "status": self.status(check_mode),
            "place": self.target.place,
        }
        if self.left:
            row["left_to_renewal"] = list(self.left)
        if self.active:
            row["active"] = list(self.active)
        if self.changes:
            if detail.patch:
                row["patch"] = {made.resource.module: made.shown()["patch"] for made in self.changes}
                row |= self._sources(sources)
            if detail.diff:
                diffs = {made.resource.module: made.diff() for made in self.changes}
                row["diff"] = {side: {name: diff[side] for name, diff in diffs.items()} for side in ("before", "after")}
            row["applied"] = self.applied
        if self.error:
            row["error"] = {**facts_of(self.error), "settings": self.failed_at, "msg": str(self.error)}
        return row

    def _sources(self, sources: Mapping[str, Mapping[str, str]]) -> JsonObject:
        """The places of the values that differ, if one of them is another than that of the row."""
        found = {
            made.resource.module: {
                field: sources[made.resource.module][field]
                for field in made.diff()["after"]
                if field in sources.get(made.resource.module, ())
            }
            for made in self.changes
        }
        is_plain = all(place == self.target.place for places in found.values() for place in places.values())
        return {} if is_plain else {"sources": found}

    def shown_risks(self) -> Iterator[JsonObject]:
        """What is dangerous about the settings, as the result shows it."""
        for name in SETTINGS:
            for sentence in self.risks.get(name, ()):
                yield {"subscriber": self.name, "place": self.target.place, "risk": sentence}

    def diffs(self) -> Iterator[JsonObject]:
        """What changes, as Ansible shows it with `--diff`."""
        for made in self.changes:
            header = f"{self.name} {made.resource.name}"
            yield {"before_header": header, "after_header": header, **made.diff()}


def totals(rows: Sequence[Outcome], check_mode: bool) -> dict[str, int]:
    """How many rows there are of each status."""
    counted = Counter(row.status(check_mode) for row in rows)
    return {SUBSCRIBERS: len(rows), **{status: counted[status] for status in STATUSES}}


def notes_of(rows: Sequence[Outcome]) -> list[str]:
    """Return what is to be known about many subscribers though nothing is wrong, a sentence each."""
    return notes.left_to_renewal([row.name for row in rows for _name in row.left])


def warnings(risks: Sequence[JsonObject]) -> list[str]:
    """The first risks, and how many more there are."""
    found = [f"{each['subscriber']}: {each['risk']}" for each in risks[:MOST_NAMED]]
    more = len(risks) - MOST_NAMED
    return [*found, f"And {more:,} more: `risks` in the result has them all."] if more > 0 else found


def failure(failed: Sequence[Outcome], facts: JsonObject) -> SomeFailed:
    """The error that some rows failed: the first of them by name, and the whole result as facts."""
    # If a request of its own failed, the message names that cause.
    tried = [row for row in failed if not isinstance(row.error, NotTried) or row.error.method]
    # The error that ended the run comes first, and once: preferably for a subscriber who was written.
    ends = sorted((row for row in tried if row.error and row.error.fatal), key=lambda row: -len(str(row.error)))
    rest = [row for row in tried if not (row.error and row.error.fatal)]
    is_one_cause = len({row.error.what for row in ends if row.error}) == 1
    shown = [*ends[: 1 if is_one_cause else None], *rest][:MOST_NAMED]
    # Those of whom the same is to be said stand together.
    sentences: dict[str, list[str]] = {}
    for row in shown:
        name = f"{row.target.place}: {row.name}" if row.target.place else row.name
        sentences.setdefault(str(row.error), []).append(name)
    named = [f"{', '.join(names)}: {sentence}" for sentence, names in sentences.items()]
    counts = {
        "failed, too": len(tried) - len(shown),
        "were not tried after that": len(failed) - len(tried),
    }
    more = [f"{count:,} more {what}." for what, count in counts.items() if count > 0]
    total = facts["totals"]["subscribers"]
    return SomeFailed(f"{len(failed):,} of {total:,} subscribers failed", " ".join(named + more), facts=facts)
