# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows -> a report (docs/reports.md), and what rows of all its kinds have in common. No I/O.

A row is about one field of one subscriber or, in a list, about one entry. It holds no secret
(docs/design.md#secrets-never-leave).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome

VERSION = 1
DRIFT, MISSING, UNMANAGED, FAILED, RISK, CHANGED = KINDS = (
    "drift",
    "missing",
    "unmanaged",
    "failed",
    "risk",
    "changed",
)
# The kind of a subscriber by the kind of its rows, the worst first; a risk does not count.
STATUSES = {FAILED: "failed", MISSING: "missing", DRIFT: "drifted", CHANGED: "drifted", UNMANAGED: "unmanaged"}
ORDER = list(dict.fromkeys(STATUSES.values()))
CLEAN, DIFFERS, UNKNOWN = "clean", "drift", "unknown"
NOBODY = {"id": None, "username": None, "domain": None}
ISO = "%Y-%m-%dT%H:%M:%SZ"


def report(
    kind: str,
    rows: Iterable[JsonObject],
    subscribers: int,
    server: str,
    at: datetime,
    notes: Sequence[str] = (),
) -> JsonObject:
    """The report of a kind ("drift", "plan" or "provision") made of all rows, some of which may be `accepted`, over so
    many subscribers of a server (its address).
    """
    ordered = numbered(rows)
    return {
        "version": VERSION,
        "kind": kind,
        "generated": at.strftime(ISO),
        "server": server,
        "verdict": verdict(ordered),
        "totals": totals(ordered, subscribers),
        "notes": list(notes),
        "rows": ordered,
    }


def numbered(rows: Iterable[JsonObject]) -> list[JsonObject]:
    """The rows in their order, each with an id of its own: a multiset may have, or lack, the same entry twice.

    What was numbered before stays as it is.
    """
    ordered = sorted(rows, key=_order)
    seen: Counter[str] = Counter()
    for row in ordered:
        seen[row["id"]] += 1
        if seen[row["id"]] > 1:
            row["id"] = _digest([row["id"], seen[row["id"]]])
    return ordered


def totals(rows: Sequence[JsonObject], subscribers: int) -> dict[str, int]:
    """Count the subscribers by what became of them, and the rows.

    Each subscriber counts once, by the first of `STATUSES` that a row of its own has. What ended the whole run is about
    no subscriber, and accepted rows count as if they were not there.
    """
    counted = [row for row in rows if not row["accepted"]]
    found: dict[Any, str] = {}
    for row in counted:
        status = STATUSES.get(row["kind"])
        if status and is_about_somebody(row):
            person = row["subscriber"]
            who = person["id"] or (row["place"], person["username"], person["domain"])
            found[who] = min(status, found.get(who, status), key=ORDER.index)
    numbers = Counter(found.values())
    return {
        "subscribers": subscribers,
        "unchanged": subscribers - len(found),
        **{status: numbers[status] for status in ("drifted", "missing", "unmanaged", "failed")},
        "rows": len(counted),
        "accepted": len(rows) - len(counted),
        "risks": sum(row["kind"] == RISK for row in counted),
    }


def is_about_somebody(row: JsonObject) -> bool:
    """Tell a row about a subscriber, or about an entry that names nobody, from one about the whole run."""
    return bool(row["subscriber"]["id"] or row["place"] or row["subscriber"]["username"])


def verdict(rows: Iterable[JsonObject]) -> str:
    """Return "unknown" if anything could not be read, so that it is never called "no drift"."""
    kinds = {row["kind"] for row in rows if not row["accepted"]}
    if FAILED in kinds:
        return UNKNOWN
    return DIFFERS if kinds & {DRIFT, CHANGED, MISSING} else CLEAN


def _order(row: JsonObject) -> tuple[Any, ...]:
    one = row["subscriber"]["id"]
    names = ("resource", "field", "element", "kind", "change", "place", "message", "expected", "actual")
    return (one is None, one or 0, *(str(row[name] or "") for name in names))


def whole(given: Mapping[str, Any], name: str = "") -> JsonObject:
    """A row with all of its keys; `name` is that of an entry that nobody was found for."""
    names = ("kind", "subscriber", "customer", "resource", "field", "element", "change", "expected", "actual", "since")
    row: JsonObject = {key: given.get(key) for key in ("id", *names, "by", "place", "message", "accepted", "settle")}
    who = row["subscriber"]["id"] or name or None
    # Several risks of the same settings have nothing else that tells them apart.
    which = row["message"] if row["kind"] == RISK else None
    row["id"] = _digest([row["kind"], who, row["resource"], row["field"], row["element"], which])
    return row


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


def failure(message: str) -> JsonObject:
    """The row of a failure that belongs to no single subscriber."""
    return whole({"kind": FAILED, "subscriber": dict(NOBODY), "message": message})


def failed(row: Outcome) -> JsonObject:
    """What a row of a subscriber that failed has of its own."""
    error = row.error
    if error is None:
        raise AssertionError("nothing is wrong")
    message = str(error) if row.target.subscriber else f"{row.name}: {error}"
    return {"kind": FAILED, "message": message, "place": row.target.place}


def unmanaged(module: str) -> JsonObject:
    """What a row of settings has of its own that are active though no entry is about the subscriber."""
    resource = SETTINGS[module].name
    return {
        "kind": UNMANAGED,
        "resource": resource,
        "field": "active",
        "actual": True,
        "message": f"{resource} is active though no entry is about the subscriber.",
    }


def risky(row: Outcome, resource: str, sentences: Iterable[str]) -> list[JsonObject]:
    """What rows of risky settings have of their own."""
    return [{"kind": RISK, "resource": resource, "message": each, "place": row.target.place} for each in sentences]
