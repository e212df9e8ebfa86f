# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in words: what HTML, Markdown and JUnit have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.ngcp.fax.plugins.plugin_utils.reports.model import Report, Row

RESOURCES = {"faxserversettings": "fax settings", "mailtofaxsettings": "mail2fax settings"}
LABELS = {
    "drift": "Differs",
    "missing": "Missing",
    "unmanaged": "Unmanaged",
    "failed": "Not read",
    "risk": "Risk",
    "changed": "Changed",
}
CHANGES = {"added": "Added", "removed": "Removed"}
MESSAGES = {
    "missing": "The server has no such subscriber.",
    "unmanaged": "Active, and no state file declares anything about it.",
    "failed": "It could not be read.",
    "risk": "This state invites misuse.",
}
TITLES = {"drift": "Fax settings: drift", "provision": "Fax settings: provision"}
SIDES = {"drift": ("Desired", "Current"), "provision": ("Before", "After")}
TOTALS = ("subscribers", "unchanged", "drifted", "missing", "unmanaged", "failed", "risks", "accepted")
NOT_SET = "not set"
NO_ENTRY = "no such entry"


class Part(NamedTuple):
    """One value that differs: `old` and `new` between what both have in common. None where nothing is set."""

    name: str
    before: str
    old: str | None
    new: str | None
    after: str

    def text(self, side: int) -> str | None:
        """The whole value before (0) or after (1)."""
        middle = self.new if side else self.old
        return None if middle is None else f"{self.before}{middle}{self.after}"


@dataclass(frozen=True)
class Words:
    """A row in words."""

    what: str
    subscriber: str
    settings: str
    field: str
    element: str
    parts: tuple[Part, ...]
    message: str
    nothing: tuple[str, str]
    """What to say where nothing is set, before and after."""

    @property
    def setting(self) -> str:
        """The field and the entry in one line."""
        return " ".join(filter(None, [self.field, self.element]))

    @property
    def difference(self) -> tuple[str, str]:
        """Both sides as texts."""
        sides = []
        for side, nothing in enumerate(self.nothing):
            texts = [(part.name, part.text(side) or nothing) for part in self.parts]
            sides.append(", ".join(f"{name}: {text}" if name else text for name, text in texts))
        return sides[0], sides[1]


def words(row: Row) -> Words:
    kind, change = row["kind"], row["change"]
    what = CHANGES.get(change, LABELS[kind]) if kind == "drift" else LABELS[kind]
    is_difference = kind in ("drift", "changed")
    old, new = row["expected"], row["actual"]
    nothing = (NO_ENTRY if change == "added" else NOT_SET, NO_ENTRY if change == "removed" else NOT_SET)
    if kind == "changed":
        old, new, nothing = new, old, (nothing[1], nothing[0])
    return Words(
        what=what,
        subscriber=name(row),
        settings=RESOURCES.get(row["resource"], ""),
        field=row["field"] or "",
        element=row["element"] or "",
        parts=tuple(differences(old, new)) if is_difference else (),
        message=row["message"] or MESSAGES.get(kind, ""),
        nothing=nothing,
    )


def name(row: Row) -> str:
    """How people name the subscriber."""
    who = row["subscriber"]
    if who["username"] is not None:
        return f"{who['username']}@{who['domain']}" if who["domain"] else str(who["username"])
    return f"subscriber {who['id']}" if who["id"] is not None else who["domain"] or "unknown subscriber"


def differences(old: Any, new: Any) -> list[Part]:
    """The values that differ between two; of mappings each key by itself."""
    if not isinstance(old, Mapping) and not isinstance(new, Mapping):
        return [_part("", old, new)]
    sides = [side if isinstance(side, Mapping) else {} for side in (old, new)]
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    found = [_part(key, sides[0].get(key), sides[1].get(key)) for key in names]
    # An entry that the other side lacks is shown whole.
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = [part for part in found if part.old != part.new]
    elif old is None or new is None:
        side = new if old is None else old
        text = ", ".join(f"{key}: {one}" for key, value in side.items() if (one := shown(value)) is not None)
        return [_part("", text if new is None else None, text if old is None else None)]
    return found


def shown(value: Any) -> str | None:
    """A value as it stands in a state file; None where it is null or empty, which are the same."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {NOT_SET if shown(one) is None else shown(one)}" for key, one in value.items())
    return "; ".join(shown(one) or NOT_SET for one in value)


def _part(key: str, old: Any, new: Any) -> Part:
    left, right = shown(old), shown(new)
    if left is None or right is None or left == right:
        return Part(key, "", left, right, "")
    before = _common(left, right)
    after = _common(left[before:][::-1], right[before:][::-1])
    # Where little is common, such as the last letter of true and false, marking the rest helps nobody.
    if 2 * (before + after) < max(len(left), len(right)):
        before = after = 0
    end = -after or None
    return Part(key, left[:before], left[before:end], right[before:end], left[end:] if end else "")


def _common(left: str, right: str) -> int:
    """How many letters two texts have in common at their begin."""
    shorter = min(len(left), len(right))
    return next((at for at in range(shorter) if left[at] != right[at]), shorter)


def number(value: int, one: str = "", many: str = "") -> str:
    """A number as people write it, with what it counts."""
    counted = one if value == 1 else many or f"{one}s"
    return f"{value:,} {counted}" if one else f"{value:,}"


def title(report: Report) -> str:
    return TITLES[report["kind"]]


def verdict(report: Report) -> tuple[str, str]:
    """The verdict in a word or two, and a sentence or two about it."""
    totals, is_drift = report["totals"], report["kind"] == "drift"
    found = _found(totals, is_drift)
    if report["verdict"] == "clean":
        word = "No drift" if is_drift else "As declared"
        sentence = f"{_all(totals)} as declared." if is_drift else f"{_all(totals)} as declared; nothing was written."
    elif report["verdict"] == "drift":
        word = "Drift" if is_drift else "Changed"
        sentence = found or "Something differs from what is declared."
    else:
        word = "Unknown"
        failed = number(totals["failed"], "subscriber") if totals["failed"] else "Something"
        verb = "could not be read" if is_drift else "failed"
        therefore = "Nobody can say that there is no drift." if is_drift else "Nobody can say that all is as declared."
        sentence = f"{failed} {verb}. {therefore}"
        sentence += f" Of what was read: {found[:1].lower()}{found[1:]}" if found and is_drift else ""
    return word, sentence


def _all(totals: Mapping[str, int]) -> str:
    if totals["subscribers"] == 1:
        return "The one subscriber is"
    return f"All {number(totals['subscribers'], 'subscriber')} are"


def _found(totals: Mapping[str, int], is_drift: bool) -> str:
    """A sentence about how many differ; empty if none do."""
    of_all = f" of {number(totals['subscribers'], 'subscriber')}"
    drifted, missing, unmanaged = (totals[one] for one in ("drifted", "missing", "unmanaged"))
    parts = []
    if drifted:
        verb = (
            ("differs" if drifted == 1 else "differ")
            if is_drift
            else ("was changed" if drifted == 1 else "were changed")
        )
        parts.append(f"{drifted:,}{of_all} {verb}")
    if missing:
        parts.append(f"{missing:,} {'is' if missing == 1 else 'are'} missing")
    if unmanaged:
        parts.append(f"{unmanaged:,} {'is' if unmanaged == 1 else 'are'} unmanaged")
    return f"{'; '.join(parts)}." if parts else ""
