# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report is, as data, and whether something is one. `docs/report.schema.json` is made from these tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Report = dict[str, Any]
Row = dict[str, Any]

VERSION = 1
# So many problems stand in one message.
MOST_NAMED = 20


@dataclass(frozen=True)
class Key:
    """What stands under a key: a value of `type`, a mapping of `keys`, or a list of `each`; `type` None is anything."""

    description: str
    type: type | None = None
    choices: tuple[Any, ...] = ()
    pattern: str = ""
    null: bool = False
    missing: Any = None
    """The value for an older report that lacks the key; None if the key is required."""
    keys: Mapping[str, Key] | None = None
    each: Key | None = None


MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
DAY = r"^\d{4}-\d\d-\d\d$"

VERDICTS = {
    "clean": "all is as declared",
    "drift": "something differs",
    "unknown": "something could not be read, so that nobody can say that there is no drift",
}
KINDS = {
    "drift": "a field, or an entry of a list, is not as declared",
    "missing": "the server has no such subscriber",
    "unmanaged": "a subscriber's fax or mail2fax is active, and nothing is declared about it",
    "failed": "a subscriber could not be read or written",
    "risk": "a state that invites misuse, such as an active mail2fax without secret key and ACL",
    "changed": "what a run wrote or, in a plan, would write",
}
TOTALS = {
    "subscribers": "All that were looked at.",
    "unchanged": "Those that are as declared.",
    "drifted": "Those of which something differs; in a plan or of provision: that are changed.",
    "missing": "Those that the server does not have.",
    "unmanaged": "Those that are active, and that nobody declares.",
    "failed": "Those that could not be read or written.",
    "rows": "The rows of the report, without those that are accepted.",
    "accepted": "The rows that the baseline accepts. No other number counts them.",
    "risks": "The risky states.",
}

ROW: dict[str, Key] = {
    "id": Key("The same from run to run, whatever the values are.", str, pattern="^[0-9a-f]{12}$"),
    "kind": Key("; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()) + ".", str, tuple(KINDS)),
    "subscriber": Key(
        "Whom the row is about, as far as it is known.",
        keys={
            "id": Key("The id at the server.", int, null=True),
            "username": Key("The name without the domain.", str, null=True),
            "domain": Key("The domain.", str, null=True),
        },
    ),
    "customer": Key("The customer's id.", int, null=True),
    "resource": Key(
        "The settings that the field belongs to.", str, ("faxserversettings", "mailtofaxsettings"), null=True
    ),
    "field": Key("The field.", str, null=True),
    "element": Key("Of a list: the entry, by its address or in short.", str, null=True),
    "change": Key(
        "Of a list's entry. Of kind drift, as the declaration sees it: added: the server has it, and it is not "
        "declared; removed: it is declared, and the server lacks it. Of kind changed: what the run does to it.",
        str,
        ("changed", "added", "removed"),
        null=True,
    ),
    "expected": Key("What is declared; of what was written: the value after. Of a secret only that it changed."),
    "actual": Key("What the server has; of what was written: the value before. Of a secret only that it changed."),
    "since": Key("Since when, where the server's journal tells.", str, pattern=MOMENT, null=True),
    "by": Key("By whom, where the server's journal tells.", str, null=True),
    "place": Key("Where it is declared: file:line.", str, null=True),
    "message": Key("A sentence, of what is no difference.", str, null=True),
    "accepted": Key(
        "Why the baseline accepts the row.",
        null=True,
        keys={
            "reason": Key("The reason.", str),
            "expires": Key("The last day on which it is accepted.", str, pattern=DAY),
        },
    ),
    "settle": Key(
        "What settles the row.",
        null=True,
        keys={
            "accept": Key("The lines of YAML that accept it into the state file.", str),
            "restore": Key("The command that puts back what is declared; with --check it shows that only.", str),
        },
    ),
}
REPORT = Key(
    "What differs between state files and an NGCP, or what was written.",
    keys={
        "version": Key("The version of this format.", int, (VERSION,)),
        "kind": Key("What was run; plan: provision in check mode.", str, ("drift", "plan", "provision")),
        "generated": Key("When it was made, with the zone.", str, pattern=MOMENT),
        "server": Key("The server's address.", str),
        "verdict": Key("; ".join(f"{one}: {meaning}" for one, meaning in VERDICTS.items()) + ".", str, tuple(VERDICTS)),
        "totals": Key("Numbers.", keys={name: Key(meaning, int) for name, meaning in TOTALS.items()}),
        "notes": Key(
            "What is to be known though nothing is wrong, such as declared secrets that the platform renews.",
            missing=[],
            each=Key("A sentence.", str),
        ),
        "rows": Key("Sorted by subscriber, settings, field and entry.", each=Key("A row.", keys=ROW)),
    },
)
NAMES: dict[type, str] = {str: "a text", int: "a whole number"}


class NoReport(Exception):
    """Something that is no report; `problems` says why, a sentence each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        more = [f"And {len(self.problems) - MOST_NAMED} more."] if len(self.problems) > MOST_NAMED else []
        super().__init__("\n".join([*self.problems[:MOST_NAMED], *more]))


def read(content: object, place: str = "report") -> Report:
    """A copy of plain values, without Ansible's marks on them. `place`: what messages call it. Raises `NoReport`."""
    problems: list[str] = []
    report: Report = _copy(content, REPORT, place, problems)
    if problems:
        raise NoReport(problems)
    return report


def counted(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that nobody accepted."""
    return (row for row in rows if not row["accepted"])


def _copy(value: Any, key: Key, place: str, problems: list[str]) -> Any:
    if value is None and (key.null or (key.type is None and not key.keys and not key.each)):
        return None
    if key.keys is not None:
        return _mapping(value, key.keys, place, problems)
    if key.each is not None:
        return _list(value, key.each, place, problems)
    if key.type is None:
        return _plain(value)
    if not isinstance(value, key.type) or isinstance(value, bool):
        problems.append(f"{place} must be {NAMES[key.type]}.")
        return None
    plain = key.type(value)
    if key.choices and plain not in key.choices:
        problems.append(f"{place} must be {' or '.join(map(str, key.choices))}.")
    elif key.pattern and not re.search(key.pattern, plain):
        problems.append(f"{place} is not written as it must be (see docs/report.schema.json).")
    return plain


def _mapping(value: Any, keys: Mapping[str, Key], place: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(f"{place} must be a mapping.")
        return None
    missing = {name: key.missing for name, key in keys.items() if key.missing is not None and name not in value}
    value = {**value, **missing} if missing else value
    if value.keys() != keys.keys():
        problems += [f"{place}.{name} is no key of a report." for name in value if name not in keys]
        problems += [f"{place}.{name} is missing." for name in keys if name not in value]
    return {name: _copy(value[name], key, f"{place}.{name}", problems) for name, key in keys.items() if name in value}


def _list(value: Any, each: Key, place: str, problems: list[str]) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str):
        problems.append(f"{place} must be a list.")
        return None
    return [_copy(one, each, f"{place}[{number}]", problems) for number, one in enumerate(value)]


def _plain(value: Any) -> Any:
    """Plain JSON of anything."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
