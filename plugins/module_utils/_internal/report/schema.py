# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The format of a report: `docs/report.schema.json` is made from these tables. No I/O.

The code that makes reports and the code that reads them share this file, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Person

VERSION = 1
DRIFT_REPORT, PLAN, PROVISION = REPORT_KINDS = ("drift", "plan", "provision")
CLEAN, DIFFERS, UNKNOWN = "clean", "drift", "unknown"
VERDICTS = {
    CLEAN: "all is as declared",
    DIFFERS: "something differs",
    UNKNOWN: "something could not be read, so there may be drift",
}
DRIFT, MISSING, UNMANAGED, FAILED = "drift", "missing", "unmanaged", "failed"
RISK, CHANGED, RENUMBERED = "risk", "changed", "renumbered"
ROW_KINDS = {
    DRIFT: "a field, or an element of a list, is not as declared",
    MISSING: "the server has no such subscriber",
    UNMANAGED: "a subscriber's fax or mail2fax is active, and nothing is declared about it",
    FAILED: "a subscriber could not be read or written",
    RISK: "a state that invites misuse, such as an active mail2fax without secret key and ACL",
    CHANGED: "what a run wrote or, in a plan, would write",
    RENUMBERED: "an entry gives an id that is gone or somebody else's, so its name was used",
}
# The status of a subscriber by the kind of its rows, the worst first; a risk does not count.
STATUSES = {FAILED: "failed", MISSING: "missing", DRIFT: "drifted", CHANGED: "drifted", UNMANAGED: "unmanaged"}
TOTALS = {
    "subscribers": "All subscribers of the run.",
    "unchanged": "Subscribers that are as declared.",
    "drifted": "Subscribers that differ; in a plan or after provision, subscribers that are changed.",
    "missing": "Declared subscribers that the server does not have.",
    "unmanaged": "Active subscribers that no entry declares.",
    "failed": "Subscribers that could not be read or written.",
    "rows": "The rows of the report, without accepted ones.",
    "accepted": "The rows that the baseline accepts. No other number counts them.",
    "risks": "The risky states.",
    "renumbered": "Subscribers whose entries give a stale id.",
}


class Settlement(TypedDict):
    """The two ways to settle a row."""

    declare: str
    restore: str


class Acceptance(TypedDict):
    """The baseline's acceptance of a row."""

    reason: str
    expires: str


class RowFacts(TypedDict, total=False):
    """The keys of a row except those about the subscriber; missing keys are null."""

    kind: str
    settings: str | None
    field: str | None
    element: str | None
    change: str | None
    expected: object
    actual: object
    changed_at: str | None
    changed_by: str | None
    place: str | None
    msg: str | None
    settle: Settlement | None


class Row(Person):
    """A row of a report, as `ROW` describes it."""

    id: str
    kind: str
    customer_id: int | None
    settings: str | None
    field: str | None
    element: str | None
    change: str | None
    expected: object
    actual: object
    changed_at: str | None
    changed_by: str | None
    place: str | None
    msg: str | None
    accepted: Acceptance | None
    settle: Settlement | None


class Head(TypedDict):
    """The summary of a report."""

    kind: str
    generated: str
    api_url: str
    verdict: str
    totals: dict[str, int]


class Report(Head):
    """A report, as `REPORT` describes it."""

    version: int
    names_not_verified: int
    notes: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Shape:
    """The values of a key of a report: of `type`, a mapping of `keys`, a list of `each`, or without these anything."""

    description: str
    type: type | None = None
    choices: tuple[object, ...] = ()
    pattern: str = ""
    null: bool = False
    missing: object = None
    """The value for an older report that lacks the key; None if the key is required."""
    keys: Mapping[str, Shape] | None = None
    each: Shape | None = None


def _meanings(choices: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {meaning}" for name, meaning in choices.items()) + "."


SERVER_TIME = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
DAY = r"^\d{4}-\d\d-\d\d$"

ROW: dict[str, Shape] = {
    "id": Shape("The same from run to run, whatever the values are.", str, pattern="^[0-9a-f]{12}$"),
    "kind": Shape(_meanings(ROW_KINDS), str, tuple(ROW_KINDS)),
    "subscriber_id": Shape("The subscriber's id, if it is known.", int, null=True),
    "subscriber": Shape("The subscriber's name, user@domain, if it is known.", str, null=True),
    "customer_id": Shape("The customer's id.", int, null=True),
    "settings": Shape(
        "The settings that the field belongs to.", str, tuple(resource.module for resource in RESOURCES), null=True
    ),
    "field": Shape("The field.", str, null=True),
    "element": Shape("Of a list: the element, by its address or in short.", str, null=True),
    "change": Shape(
        "Of an element of a list. Of kind drift, as the declaration sees it: added: the server has it, and it is not "
        "declared; removed: it is declared, and the server lacks it. Of kind changed: what the run does to it.",
        str,
        diff.CHANGES,
        null=True,
    ),
    "expected": Shape("What is declared; of what was written: the value after. Of a secret only that it changed."),
    "actual": Shape("What the server has; of what was written: the value before. Of a secret only that it changed."),
    "changed_at": Shape(
        "When it was changed, in the server's time zone, if its journal shows it.", str, pattern=SERVER_TIME, null=True
    ),
    "changed_by": Shape("Who changed it, if the server's journal shows it.", str, null=True),
    "place": Shape("Where it is declared: file:line.", str, null=True),
    "msg": Shape("A sentence, for rows without a difference.", str, null=True),
    "accepted": Shape(
        "Why the baseline accepts the row.",
        null=True,
        keys={
            "reason": Shape("The reason.", str),
            "expires": Shape("The last day on which it is accepted.", str, pattern=DAY),
        },
    ),
    "settle": Shape(
        "What settles the row.",
        null=True,
        keys={
            "declare": Shape("The lines of YAML that declare the actual value in the state file.", str),
            "restore": Shape(
                "The command that restores the declared value; with --check, it only shows the change.", str
            ),
        },
    ),
}
REPORT = Shape(
    "What differs between state files and an NGCP, or what was written.",
    keys={
        "version": Shape("The version of this format.", int, (VERSION,)),
        "kind": Shape("What was run; plan: provision in check mode.", str, REPORT_KINDS),
        "generated": Shape("When it was made, with the zone.", str, pattern=MOMENT),
        "api_url": Shape("The URL of the server.", str),
        "verdict": Shape(_meanings(VERDICTS), str, tuple(VERDICTS)),
        "totals": Shape("Numbers.", keys={name: Shape(meaning, int) for name, meaning in TOTALS.items()}),
        "names_not_verified": Shape(
            "Subscribers that were found by id alone although their entries give a name, too.", int
        ),
        "notes": Shape(
            "Facts to know although nothing is wrong, such as declared secrets that the platform renews.",
            missing=[],
            each=Shape("A sentence.", str),
        ),
        "rows": Shape("Sorted by subscriber, settings, field and element.", each=Shape("A row.", keys=ROW)),
    },
)
