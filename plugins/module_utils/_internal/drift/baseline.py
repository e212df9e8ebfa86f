# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accept differences until a day: check the entries, and mark the rows of a report that they accept. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.diff import SECRET
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import NOT, if_word, may_show, nearest
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import hidden_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Row
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Located

# The keys of an entry that name the subscriber, and those that name the difference.
WHO = ("subscriber", "subscriber_id")
WHAT = ("settings", "field", "element")
VALUE = "actual"
KEYS = ("id", *WHO, *WHAT, VALUE, "reason", "expires")


@dataclass(frozen=True)
class Accepted:
    """An accepted difference, named by the id or by the contents of its row. A key that is None matches any row."""

    place: str
    """The place of the entry: `baseline.yml:12`."""
    reason: str
    expires: str
    """The last day on which it is accepted, in ISO 8601."""
    id: str | None = None
    subscriber: str | None = None
    subscriber_id: str | None = None
    settings: str | None = None
    field: str | None = None
    element: str | None = None
    actual: tuple[Any, ...] = ()
    """The only accepted value on the server, in a tuple of one; empty if any value is accepted."""

    @property
    def who(self) -> tuple[str, str]:
        """The key that names the subscriber or the row, and its value in lower case."""
        return next((name, value.casefold()) for name in ("id", *WHO) if (value := getattr(self, name)))

    @property
    def what(self) -> tuple[str | None, ...]:
        """The identity of the accepted difference, which entries must not share."""
        texts = (self.id, self.subscriber, self.subscriber_id, self.settings, self.field, self.element)
        return tuple(text if text is None else text.casefold() for text in texts)

    @property
    def last_day(self) -> date:
        """The last day on which it is accepted."""
        return date.fromisoformat(self.expires)

    def fits(self, row: Row) -> bool:
        """Return True if a row about the same subscriber shows the accepted difference, whatever its value."""
        facts = {"settings": row["settings"], "field": row["field"], "element": row["element"]}
        wanted = {name: getattr(self, name) for name in WHAT}
        return all(value is None or value.casefold() == str(facts[name]).casefold() for name, value in wanted.items())

    def has_value_of(self, row: Row) -> bool:
        """Return True if the server has the accepted value."""
        return all(_is_same(value, row["actual"]) for value in self.actual)


def _is_same(accepted: object, actual: object) -> bool:
    """Compare a baseline's value with that of a row. Scalars of a baseline file are known as texts only."""
    if isinstance(accepted, Mapping) and isinstance(actual, Mapping):
        return all(_is_same(accepted.get(name), actual.get(name)) for name in {*accepted, *actual})
    if isinstance(actual, bool):
        return str(accepted).casefold() == str(actual).casefold()
    left, right = ("" if value is None else value for value in (accepted, actual))
    return not isinstance(left, Mapping) and str(left) == str(right)


def _names_of(row: Row) -> Iterable[tuple[str, str]]:
    """Yield each (key, value) by which an entry can name the subscriber of a row, or the row."""
    yield "id", row["id"]
    yield "subscriber", str(row["subscriber"]).casefold()
    yield "subscriber_id", str(row["subscriber_id"])


def entries_of(raws: Iterable[tuple[Located, str, str]]) -> tuple[list[Accepted], list[Problem]]:
    """Return the accepted differences that raw entries describe, and their problems.

    `raws` are (entry, place, file): of an entry of a file, its problems stand at their own lines of `file`; `file` is
    empty for an entry of a task.
    """
    accepted: list[Accepted] = []
    problems: list[Problem] = []
    first: dict[tuple[str | None, ...], str] = {}
    for raw, place, file in raws:
        found = list(_problems(raw))
        # In a file, a problem has the line of its key.
        problems += [replace(each, place=f"{file}:{line + 1}" if file else place) for line, each in found]
        if found:
            continue
        texts = {key: value.value for key, value in raw.value.items() if value.value is not None and key != VALUE}
        # A null accepts only null; without the key any value is accepted.
        actual = (_plain(raw.value[VALUE]),) if VALUE in raw.value else ()
        entry = Accepted(place, **texts, actual=actual)
        if first.setdefault(entry.what, place) is not place:
            what = f"The same is accepted already at {first[entry.what]}; keep one of them."
            problems.append(Problem((), what, place=place))
        accepted.append(entry)
    return accepted, problems


def of_task(raw: object) -> tuple[list[Accepted], list[Problem]]:
    """Return the entries of the option `baseline` and their problems."""
    if raw is None:
        return [], []
    if not isinstance(raw, list):
        return [], [Problem(("baseline",), "must be a file on the controller, or a list of entries.")]
    return entries_of(_located(entry, f"{option_name('baseline')}[{index}]") for index, entry in enumerate(raw))


def _located(entry: object, place: str) -> tuple[Located, str, str]:
    """Convert an entry of the option to the form of an entry of a file: (entry, place, no file)."""
    if not isinstance(entry, Mapping):
        return Located(0, entry), place, ""
    texts = {
        str(key): Located(0, value if key == VALUE else _text(value)) for key, value in entry.items() if key != "place"
    }
    return Located(0, texts), str(entry.get("place") or place), ""


def written(accepted: Accepted) -> JsonObject:
    """Return an entry in the form that `of_task` reads."""
    content = {name: value for name, value in asdict(accepted).items() if value is not None and name != VALUE}
    return {**content, VALUE: accepted.actual[0]} if accepted.actual else content


def _text(value: object) -> object:
    """Convert a scalar to a text: a task's YAML has numbers and days where a baseline file has texts."""
    return str(value) if isinstance(value, (str, int, date)) and not isinstance(value, bool) else value


def _plain(value: object) -> object:
    """Return a value without the lines of its inner values."""
    inner = value.value if isinstance(value, Located) else value
    return {str(key): _plain(each) for key, each in inner.items()} if isinstance(inner, Mapping) else inner


def _is_value(value: object) -> bool:
    """Return True for what a row can show: a scalar, or a mapping of scalars."""
    inner = value.values() if isinstance(value, Mapping) else [value]
    return all(each is None or isinstance(each, (str, int, float, bool)) for each in inner)


def _problems(raw: Located) -> Iterator[tuple[int, Problem]]:
    """Yield the problems of an entry as (line, problem)."""
    if not isinstance(raw.value, dict):
        yield raw.line, Problem((), f"An entry must be a mapping with {', '.join(KEYS)}.")
        return
    for key, value in raw.value.items():
        if key not in KEYS:
            name = key if may_show(key, KEYS) else "This"
            yield value.line, Problem((), f"{name} is not a key of a baseline; {nearest(key, KEYS)}")
        elif key == VALUE:
            if not _is_value(_plain(value)):
                what = "must be a value as the row shows it, of an element of a list a mapping."
                yield value.line, Problem((key,), what)
        elif value.value is not None and not isinstance(value.value, str):
            yield value.line, Problem((key,), "must be a text.")
    texts = {
        key: value.value for key, value in raw.value.items() if isinstance(value.value, str) and value.value.strip()
    }
    lines = {key: value.line for key, value in raw.value.items()}
    yield from ((raw.line, problem) for problem in _selection_problems(texts))
    for problem in _text_problems(raw.value, texts):
        yield lines.get(str(problem.path[0]), raw.line), problem


def _text_problems(raw: Mapping[str, Located], texts: Mapping[str, str]) -> Problems:
    """Yield the problems of an entry's texts, each with the key as its path."""
    if "id" in texts and not re.fullmatch(r"[0-9a-f]{12}", texts["id"]):
        what = f"must be that of a row, 12 digits and letters from a to f{if_word(texts['id'], NOT)}."
        yield Problem(("id",), what)
    if "subscriber" in texts and "@" not in texts["subscriber"]:
        yield Problem(("subscriber",), f"must be user@domain{if_word(texts['subscriber'], NOT)}.")
    elif "subscriber" in texts:
        yield from hidden_problems(("subscriber",), texts["subscriber"])
    if "subscriber_id" in texts and not re.fullmatch(r"[1-9]\d*", texts["subscriber_id"], re.ASCII):
        yield Problem(("subscriber_id",), f"must be a number{if_word(texts['subscriber_id'], NOT)}.")
    if "settings" in texts and texts["settings"] not in SETTINGS:
        what = f"there is no {_quoted(texts['settings'])}; {nearest(texts['settings'], SETTINGS)}"
        yield Problem(("settings",), what, ": ")
    elif "settings" in texts and "field" in texts:
        names = [each.name for each in SETTINGS[texts["settings"]].fields]
        if texts["field"] not in names:
            what = f"there is no {_quoted(texts['field'])}; {nearest(texts['field'], names)}"
            yield Problem(("field",), what, ": ")
        is_secret = texts["field"] in SETTINGS[texts["settings"]].secrets
        if is_secret and VALUE in raw and _plain(raw[VALUE]) not in (None, SECRET):
            yield Problem((VALUE,), f"of a secret a row shows {SECRET}, or null where none is set.", ": ")
    if "reason" not in texts:
        yield Problem(("reason",), "is missing; say why this is right for now.")
    if "expires" not in texts:
        yield Problem(("expires",), "is missing; give the last day, such as 2026-12-31.")
    elif not _is_day(texts["expires"]):
        yield Problem(("expires",), f"must be a day such as 2026-12-31{if_word(texts['expires'], NOT)}.")


def _quoted(text: str) -> str:
    """Quote a value, unless it may contain more than intended, such as the rest of a line after a missing quote."""
    return if_word(text, "'{}'") or "such one"


def _selection_problems(texts: Mapping[str, str]) -> Problems:
    """Yield the problems of the keys that name the difference."""
    who = [key for key in WHO if key in texts]
    if "id" in texts:
        others = [key for key in (*WHO, *WHAT) if key in texts]
        if others:
            yield Problem((others[0],), "cannot be given together with id, which says it all.")
    elif len(who) != 1:
        which = f"{' and '.join(who)} are given" if who else "The entry says nothing of whom it is about"
        yield Problem((), f"{which}; give id, or one of {' and '.join(WHO)}, with settings and field.")
    elif any(key not in texts for key in ("settings", "field")):
        yield Problem(("settings",), "and field are missing; say what is accepted.")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII))


def apply(accepted: Iterable[Accepted], rows: Iterable[Row], today: date) -> list[str]:
    """Mark the accepted rows, and return warnings about entries that have expired or match no row.

    If a subscriber could not be read, an entry may be about it: then entries without a row cause no warning. A failure
    itself is never accepted.
    """
    warnings = []
    is_unread = False
    by_name: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["kind"] == schema.FAILED:
            is_unread = True
            continue
        for name in _names_of(row):
            by_name.setdefault(name, []).append(row)
    for entry in accepted:
        fitting = [row for row in by_name.get(entry.who, ()) if entry.fits(row)]
        equal = [row for row in fitting if entry.has_value_of(row)]
        if not fitting and not is_unread:
            warnings.append(f"{entry.place}: This no longer matches a difference; remove it from the baseline.")
        if fitting and not equal:
            warnings.append(
                f"{entry.place}: The server has another value than the accepted one; the difference counts."
            )
        if entry.last_day < today:
            if equal:
                warnings.append(f"{entry.place}: This expired on {entry.expires}; what it accepted counts again.")
            continue
        for row in equal:
            row["accepted"] = {"reason": entry.reason, "expires": entry.expires}
    return warnings
