# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a report from rows (docs/reports.md), and the rows that several kinds of report share. No I/O.

A row is about one field of one subscriber or, in a list, about one element. It holds no secret
(docs/design.md#secrets-never-leave).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.diff import Difference
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import (
    CHANGED,
    CLEAN,
    DIFFERS,
    DRIFT,
    FAILED,
    MISSING,
    RENUMBERED,
    RISK,
    STATUSES,
    UNKNOWN,
    UNMANAGED,
    VERSION,
    Report,
    Row,
    RowFacts,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome

WORST_FIRST = list(dict.fromkeys(STATUSES.values()))
NOBODY: Person = {"subscriber_id": None, "subscriber": None}
ISO = "%Y-%m-%dT%H:%M:%SZ"
# Rows are sorted by the subscriber's id, then by these keys in order.
SORTED_BY = ("settings", "field", "element", "kind", "change", "place", "msg", "expected", "actual")


def make_report(
    kind: str,
    rows: Iterable[Row],
    subscribers: int,
    api_url: str,
    at: datetime,
    notes: Sequence[str] = (),
    names_not_verified: int = 0,
) -> Report:
    """Return the report made of `rows`, some of which may be accepted.

    `kind` is one of `schema.REPORT_KINDS`, `subscribers` how many were looked at, `api_url` the URL of the server, `at`
    the time of the run in UTC.
    """
    ordered = numbered(rows)
    return {
        "version": VERSION,
        "kind": kind,
        "generated": at.strftime(ISO),
        "api_url": api_url,
        "verdict": verdict(ordered),
        "totals": totals(ordered, subscribers),
        "names_not_verified": names_not_verified,
        "notes": list(notes),
        "rows": ordered,
    }


def numbered(rows: Iterable[Row]) -> list[Row]:
    """Sort rows and give each a unique id: a multiset may have, or lack, the same element twice.

    Rows that were numbered before keep their ids.
    """
    ordered = sorted(rows, key=_order)
    seen: Counter[str] = Counter()
    for row in ordered:
        seen[row["id"]] += 1
        if seen[row["id"]] > 1:
            row["id"] = _digest([row["id"], seen[row["id"]]])
    return ordered


def totals(rows: Sequence[Row], subscribers: int) -> dict[str, int]:
    """Count the rows, and the subscribers by status.

    Each subscriber counts once, with the worst status of its rows. Rows about the whole run and accepted rows do not
    count.
    """
    counted = [row for row in rows if not row["accepted"]]
    worst: dict[object, str] = {}
    for row in counted:
        status = STATUSES.get(row["kind"])
        if status and is_about_somebody(row):
            who = row["subscriber_id"] or (row["place"], row["subscriber"])
            worst[who] = min(status, worst.get(who, status), key=WORST_FIRST.index)
    numbers = Counter(worst.values())
    return {
        "subscribers": subscribers,
        "unchanged": subscribers - len(worst),
        **{status: numbers[status] for status in ("drifted", "missing", "unmanaged", "failed")},
        "rows": len(counted),
        "accepted": len(rows) - len(counted),
        "risks": sum(row["kind"] == RISK for row in counted),
        "renumbered": sum(row["kind"] == RENUMBERED for row in counted),
    }


def is_about_somebody(row: Row) -> bool:
    """Return True for a row about a subscriber or an entry, False for one about the whole run."""
    return bool(row["subscriber_id"] or row["place"] or row["subscriber"])


def verdict(rows: Iterable[Row]) -> str:
    """Return one of `schema.VERDICTS`: "unknown", never "clean", if anything could not be read."""
    kinds = {row["kind"] for row in rows if not row["accepted"]}
    if FAILED in kinds:
        return UNKNOWN
    return DIFFERS if kinds & {DRIFT, CHANGED, MISSING} else CLEAN


def complete(facts: RowFacts, subscriber: Person, customer_id: int | None = None, name: str = "") -> Row:
    """Return a row with all of its keys. `name` is that of an entry that resolved to no subscriber."""
    row: Row = {
        "id": "",
        "kind": facts["kind"],
        **subscriber,
        "customer_id": customer_id,
        "settings": facts.get("settings"),
        "field": facts.get("field"),
        "element": facts.get("element"),
        "change": facts.get("change"),
        "expected": facts.get("expected"),
        "actual": facts.get("actual"),
        "changed_at": facts.get("changed_at"),
        "changed_by": facts.get("changed_by"),
        "place": facts.get("place"),
        "msg": facts.get("msg"),
        "accepted": None,
        "settle": facts.get("settle"),
    }
    # Several risks of the same settings differ only in their sentences, which name no option: within a role it would
    # have another name.
    msg = row["msg"] if row["kind"] == RISK else None
    who = subscriber["subscriber_id"] or name or None
    row["id"] = _digest([row["kind"], who, row["settings"], row["field"], row["element"], msg])
    return row


def failure(msg: str) -> Row:
    """Return the row of a failure that does not belong to a single subscriber."""
    return complete({"kind": FAILED, "msg": msg}, NOBODY)


def failed(outcome: Outcome) -> RowFacts:
    """Return the facts of the row about a subscriber that failed."""
    error = outcome.error
    if error is None:
        raise AssertionError("nothing is wrong")
    msg = str(error) if outcome.target.subscriber else f"{outcome.name}: {error}"
    return {"kind": FAILED, "msg": msg, "place": outcome.target.place}


def differing(kind: str, difference: Difference, change: str, place: str | None) -> RowFacts:
    """Return the facts of the row about a difference that is declared at `place`."""
    return {
        "kind": kind,
        "settings": difference.resource.module,
        "field": difference.field,
        "element": difference.element,
        "change": change,
        "expected": difference.expected,
        "actual": difference.actual,
        "place": place,
    }


def unmanaged(module: str) -> RowFacts:
    """Return the facts of the row about active settings of a subscriber without an entry."""
    return {
        "kind": UNMANAGED,
        "settings": module,
        "field": "active",
        "actual": True,
        "msg": f"{module} is active though no entry is about the subscriber.",
    }


def risky(outcome: Outcome) -> list[RowFacts]:
    """Return the facts of the rows about risky settings."""
    return [
        {"kind": RISK, "settings": module, "msg": sentence, "place": outcome.target.place}
        for module, sentences in outcome.risks.items()
        for sentence in sentences
    ]


def renumbered(outcome: Outcome) -> list[RowFacts]:
    """Return the facts of the row about a stale id, if the entry gives one."""
    target = outcome.target
    if not target.stale_id or not target.subscriber:
        return []
    msg = f"It is subscriber {target.subscriber.id} now, not {target.stale_id}: correct its entry."
    return [{"kind": RENUMBERED, "msg": msg, "place": target.place}]


def _order(row: JsonMapping) -> tuple[Any, ...]:
    number = row["subscriber_id"]
    return (number is None, number or 0, *(str(row[name] or "") for name in SORTED_BY))


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]
