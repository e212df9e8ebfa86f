# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wording of a report that HTML, Markdown and JUnit share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Head, Report, Row

SETTINGS = {"faxserver_settings": "fax settings", "mailtofax_settings": "mail2fax settings"}
LABELS = {
    "drift": "Differs",
    "missing": "Missing",
    "unmanaged": "Unmanaged",
    "failed": "Failed",
    "risk": "Risk",
    "changed": "Changed",
    "renumbered": "Renumbered",
}
CHANGES = {"added": "Added", "removed": "Removed"}
MESSAGES = {
    "missing": "The server has no such subscriber.",
    "unmanaged": "Active, and no state file declares anything about it.",
    "failed": "It could not be read.",
    "risk": "This state invites misuse.",
}
TOTALS = ("subscribers", "unchanged", "drifted", "missing", "unmanaged", "failed", "risks", "renumbered", "accepted")
NOT_SET = "not set"
NO_ELEMENT = "no such element"
# Characters that are invisible, look like a space, or change the direction of text, except tabs and line ends.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
# Kinds of rows that say what the server's settings are, or were, instead of the declared values.
DIFFERENCES = ("drift", "changed")
# Fields by the effect of a change: where faxes go and who may send them come first.
WEIGHTS = ("destinations", "acl", "secret_renew_notify", "secret_key", "password", "secret_key_renew", "active")


@dataclass(frozen=True)
class Kind:
    """Wording of a kind of report."""

    title: str
    sides: tuple[str, str]
    """Headings of the two values."""
    clean: tuple[str, str]
    """Verdict in a word, and the end of its sentence."""
    differs: tuple[str, str, str]
    """Verdict in a word, and the verbs for one and for many that differ."""
    drifted: str
    """Name of the number of subscribers that differ."""
    unknown: tuple[str, str]
    """Verdict in a word, and the verb for those that failed."""
    therefore: str
    """Consequence of an unknown verdict."""
    differences: tuple[str, str]
    """Title and sentence of the table of differences."""
    failed: tuple[str, str]
    """Title and sentence of the table of failures."""


WRITTEN = ("Before", "After")
KINDS = {
    "drift": Kind(
        title="Fax settings: drift",
        sides=("Declared", "Actual"),
        clean=("No drift", ""),
        differs=("Drift", "differs", "differ"),
        drifted="drifted",
        unknown=("Unknown", "could not be read"),
        therefore="There may be drift.",
        differences=("Differences", "Values on the server that differ from the declared ones."),
        failed=("Not read", "These may have drifted."),
    ),
    "plan": Kind(
        title="Fax settings: plan",
        sides=WRITTEN,
        clean=("Nothing to do", ""),
        differs=("Plan", "would be changed", "would be changed"),
        drifted="to be changed",
        unknown=("Failed", "failed"),
        therefore="It is not known what would be written.",
        differences=("Changes", "What would be written."),
        failed=("Failed", "These would not be as declared."),
    ),
    "provision": Kind(
        title="Fax settings: provision",
        sides=WRITTEN,
        clean=("As declared", "; nothing was written"),
        differs=("Changed", "was changed", "were changed"),
        drifted="changed",
        unknown=("Failed", "failed"),
        therefore="Not everything may be as declared.",
        differences=("Changes", "What was written."),
        failed=("Failed", "These are not as declared."),
    ),
}


class Part(NamedTuple):
    """Part of a value that differs: `old` and `new` between the common text. None where nothing is set."""

    name: str
    before: str
    old: str | None
    new: str | None
    after: str

    def text(self, side: int) -> str | None:
        """Return the whole value before (0) or after (1)."""
        middle = self.new if side else self.old
        return None if middle is None else f"{self.before}{middle}{self.after}"


@dataclass(frozen=True)
class Words:
    """The wording of a row."""

    what: str
    subscriber: str
    settings: str
    field: str
    element: str
    parts: tuple[Part, ...]
    message: str
    nothing: tuple[str, str]
    """Words for a value that is not set, before and after."""

    @property
    def setting(self) -> str:
        """Return the field and the element in one line."""
        return " ".join(filter(None, [self.field, self.element]))

    @property
    def difference(self) -> tuple[str, str]:
        """Return both sides as texts."""
        sides = []
        for side, nothing in enumerate(self.nothing):
            texts = [(part.name, part.text(side) or nothing) for part in self.parts]
            sides.append(", ".join(f"{name}: {text}" if name else text for name, text in texts))
        return sides[0], sides[1]


def words(row: Row) -> Words:
    kind, change = row["kind"], row["change"]
    is_difference = kind in ("drift", "changed")
    what = CHANGES.get(change or "", LABELS[kind]) if is_difference else LABELS[kind]
    old, new = row["expected"], row["actual"]
    if kind == "changed":
        old, new = new, old
    nothing = (NO_ELEMENT if change == "added" else NOT_SET, NO_ELEMENT if change == "removed" else NOT_SET)
    return Words(
        what=what,
        subscriber=name(row),
        settings=SETTINGS.get(row["settings"] or "", ""),
        field=row["field"] or "",
        element=row["element"] or "",
        parts=tuple(differences(old, new)) if is_difference else (),
        message=row["msg"] or MESSAGES.get(kind, ""),
        nothing=nothing,
    )


def name(row: Row) -> str:
    """Return the subscriber's name for people."""
    if row["subscriber"] is not None:
        return row["subscriber"]
    if row["kind"] == "failed" and not _is_about_somebody(row):
        return "the whole run"
    return f"subscriber {row['subscriber_id']}" if row["subscriber_id"] is not None else "unknown subscriber"


def domain(row: Row) -> str | None:
    """Return the domain of the subscriber, if its name is known."""
    _user, at, found = (row["subscriber"] or "").rpartition("@")
    return found if at else None


def person(row: Row) -> tuple[int | None, str | None]:
    """Return what rows about one subscriber have in common."""
    return row["subscriber_id"], row["subscriber"]


def differences(old: Any, new: Any) -> list[Part]:
    """Return the values that differ between two; of mappings each key by itself."""
    if not isinstance(old, Mapping) and not isinstance(new, Mapping):
        return [_part("", old, new)]
    sides = [side if isinstance(side, Mapping) else {} for side in (old, new)]
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    found = [_part(key, sides[0].get(key), sides[1].get(key)) for key in names]
    # Show an element completely that the other side lacks.
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = [part for part in found if part.old != part.new]
    elif old is None or new is None:
        side = new if old is None else old
        text = ", ".join(f"{key}: {one}" for key, value in side.items() if (one := _inside(value)) is not None)
        return [_part("", text if new is None else None, text if old is None else None)]
    return found


def value_text(value: Any) -> str | None:
    """Return a value as in a state file, or None if it is null or empty, which are equal."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {NOT_SET if value_text(one) is None else _inside(one)}" for key, one in value.items())
    return "; ".join(value_text(one) or NOT_SET for one in value)


def _inside(value: object) -> str | None:
    """Format a value for a line with others, in quotes if it could be read as several."""
    text = value_text(value)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) and re.search(r'[,:;"]', value) else text


def _part(key: str, old: object, new: object) -> Part:
    left, right = value_text(old), value_text(new)
    if left is None or right is None or left == right:
        return Part(key, "", left, right, "")
    before = _common(left, right)
    after = _common(left[before:][::-1], right[before:][::-1])
    # If little is common, such as the last letter of true and false, marking the rest does not help.
    if 2 * (before + after) < max(len(left), len(right)):
        before = after = 0
    end = -after or None
    return Part(key, left[:before], left[before:end], right[before:end], left[end:] if end else "")


def _common(left: str, right: str) -> int:
    """Return the length of the common prefix of two texts."""
    shorter = min(len(left), len(right))
    return next((at for at in range(shorter) if left[at] != right[at]), shorter)


def visible(value: object) -> Any:
    """Return values with invisible characters as escapes, so that two names that differ look different."""
    if isinstance(value, str):
        # Nearly all texts are printable, and this check is faster than a search.
        return value if value.isascii() and value.isprintable() else UNSEEN.sub(_escaped, value)
    if isinstance(value, Mapping):
        return {visible(key): visible(one) for key, one in value.items()}
    return [visible(one) for one in value] if isinstance(value, list) else value


def _escaped(found: re.Match[str]) -> str:
    point = ord(found[0])
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def by_weight(rows: Iterable[Row]) -> list[Row]:
    """Return the rows grouped by subscriber and sorted by weight, within each subscriber and among them."""
    listed = list(rows)
    people: dict[object, int] = {}
    who = list(map(person, listed))
    for name, row in zip(who, listed, strict=True):
        people[name] = min(people.get(name, len(WEIGHTS)), _weight(row))
    places = {name: place for place, name in enumerate(people)}
    order = sorted(range(len(listed)), key=lambda at: (people[who[at]], places[who[at]], _weight(listed[at]), at))
    return [listed[at] for at in order]


def in_order(report: Report) -> list[Row]:
    """Return all rows, differences first; for a run that writes, the weightiest of these first."""
    written = report["kind"] != "drift"
    return sorted(report["rows"], key=lambda row: (row["kind"] not in DIFFERENCES, written and _weight(row)))


def _weight(row: Row) -> int:
    is_weighty = row["kind"] in DIFFERENCES and row["field"] in WEIGHTS
    return WEIGHTS.index(row["field"]) if is_weighty else len(WEIGHTS)


def number(value: int, one: str = "", many: str = "") -> str:
    """Return a formatted number with the noun that it counts."""
    counted = one if value == 1 else many or f"{one}s"
    return f"{value:,} {counted}" if one else f"{value:,}"


def title(report: Report) -> str:
    return KINDS[report["kind"]].title


def totals(report: Report) -> list[tuple[str, int]]:
    """Return the numbers that people want to see, with their names."""
    names = {"drifted": KINDS[report["kind"]].drifted}
    return [(names.get(name, name), report["totals"][name]) for name in TOTALS]


def verdict(report: Report) -> tuple[str, str]:
    """Return the verdict in a word or two, and sentences about it: what it means, and the notes of the report."""
    word, sentence = verdict_of_head(report, report["rows"])
    return word, " ".join([sentence, *notes.not_verified(report["names_not_verified"]), *report["notes"]])


def verdict_of_head(report: Head, rows: Iterable[Row] = ()) -> tuple[str, str]:
    """Return the verdict in a word or two, and a sentence about it. A history has heads of reports only."""
    totals, kind = report["totals"], KINDS[report["kind"]]
    found = _found(totals, kind)
    if report["verdict"] == "clean":
        accepted = totals["accepted"]
        but = f", except for {number(accepted, 'accepted difference')}" if accepted else ""
        return kind.clean[0], f"{_all(totals)} as declared{but}{kind.clean[1]}."
    if report["verdict"] == "drift":
        return kind.differs[0], found or "Something differs from the declared settings."
    # A failure of the whole run has no subscriber and is not declared anywhere.
    failures = [row for row in rows if row["kind"] == "failed" and not _is_about_somebody(row)]
    whole = [row["msg"] for row in failures if row["msg"]]
    failed = number(totals["failed"], "subscriber") if totals["failed"] else "Something"
    sentences = [*whole] or [f"{failed} {kind.unknown[1]}. {kind.therefore}"]
    if found:
        sentences.append(f"Of what was read: {found[:1].lower()}{found[1:]}")
    return kind.unknown[0], " ".join(sentences)


def _is_about_somebody(row: Row) -> bool:
    return row["subscriber_id"] is not None or row["place"] is not None or not row["msg"]


def _all(totals: Mapping[str, int]) -> str:
    if totals["subscribers"] == 1:
        return "The one subscriber is"
    return f"All {number(totals['subscribers'], 'subscriber')} are"


def _found(totals: Mapping[str, int], kind: Kind) -> str:
    """Return a sentence about how many differ, or "" if none do."""
    drifted, missing, unmanaged = (totals[one] for one in ("drifted", "missing", "unmanaged"))
    parts = []
    if drifted:
        _word, one, many = kind.differs
        parts.append(f"{drifted:,} of {number(totals['subscribers'], 'subscriber')} {one if drifted == 1 else many}")
    if missing:
        parts.append(f"{missing:,} {'is' if missing == 1 else 'are'} missing")
    if unmanaged:
        parts.append(f"{unmanaged:,} {'is' if unmanaged == 1 else 'are'} unmanaged")
    return f"{'; '.join(parts)}." if parts else ""
