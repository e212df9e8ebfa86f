# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn what a task or a state file declares for many subscribers into entries, and find its problems.

An entry names a subscriber, or by `match` a set of them, and declares settings in the form that the modules for one
subscriber take. There may be a hundred thousand entries: plainly right ones skip the full check, and are kept as text.
No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import (
    NAMES,
    SETTINGS,
    Entries,
    Entry,
    Layer,
    repeated,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import unknown
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import (
    MATCH,
    given_match,
    match_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    NAME_OPTIONS,
    SELECTOR,
    Name,
    is_one_subscriber,
    is_plainly_right,
    selector_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import (
    CHECKS,
    settings_notices,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import check_of, checks_of

SETTINGS_OPTIONS: OptionSpecs = {name: {"type": "dict", "options": CHECKS[name].options} for name in SETTINGS}
ENTRY: OptionSpecs = {
    **SELECTOR,
    "match": {"type": "dict", "options": MATCH},
    **SETTINGS_OPTIONS,
    # The place of the entry and what is below it, in entries that one part of the program hands to another.
    "place": {"type": "str"},
    "below": {"type": "list", "elements": "dict", "options": {"place": {"type": "str"}, **SETTINGS_OPTIONS}},
}
# The keys that a user may write.
HANDED = frozenset(["place", "below"])
WRITTEN = {name: option for name, option in ENTRY.items() if name not in HANDED}

# At most this many notices are shown.
MOST_NOTICES = 20
# Only a text that matches can deserve a notice: it has letters beyond ASCII, or a list of lenient addresses.
_LENIENT = [each.name for each in (one for resource in RESOURCES for one in resource.lists) if each.is_lenient]
_MAY_BE_NOTICED = re.compile("|".join([r"\\u", *(f'"{name}":' for name in _LENIENT)]))

# json.dumps would make an encoder for each entry.
_as_text = json.JSONEncoder(separators=(",", ":")).encode


def parse_entry(
    raw: object, place: str, below: Sequence[Layer] = (), escaped: bool = False
) -> tuple[Entry | None, list[Problem]]:
    """Return the entry in `raw`, a value from a file or an option, or None and its problems.

    `below`: checked settings, such as a file's defaults, that apply where the entry declares nothing.
    A problem's path begins at the entry, such as `("faxserver_settings", "destinations", 0, "filetype")`.
    `escaped`: invisible characters are written as escapes here, and are on the server already.
    """
    if not isinstance(raw, Mapping):
        return None, [Problem((), f"An entry must be a mapping with {', '.join(WRITTEN)}.")]
    problems = [] if raw.keys() <= WRITTEN.keys() else list(unknown((), raw, WRITTEN))
    kind, value, name = _selector(raw, problems)
    declared = {name: _settings(name, raw[name], (name,), problems, escaped) for name in SETTINGS if name in raw}
    if not any(declared.values()) and not below and not problems:
        problems.append(Problem((), f"Nothing is declared; give {' or '.join(SETTINGS)}."))
    if problems:
        return None, problems
    # In ASCII, because a single Greek letter would double the memory of the whole text.
    return Entry(place, kind, value, _as_text(declared), below, name), []


def parse_entries(raws: object, option: str, below: Sequence[Layer] = ()) -> Entries:
    """Return the entries in a list; each problem has the entry's own `place`, or `option` and the entry's number."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    handed = _Handed()
    if not isinstance(raws, list):
        what = f"must be a list of entries, each with {', '.join(WRITTEN)}."
        return Entries(problems=[Problem((option,), what)])
    for index, raw in enumerate(raws):
        place = f"{option_name(option)}[{index}]"
        found: list[Problem] = []
        under = below
        # Entries from another part of the program were checked where they were read.
        is_handed = isinstance(raw, Mapping) and not HANDED.isdisjoint(raw)
        if is_handed:
            given = raw.get("place")
            place = given if isinstance(given, str) and given else place
            under = [*below, *handed.below(raw.get("below"), place, found)]
            raw = {name: value for name, value in raw.items() if name not in HANDED}
        entry, wrong = parse_entry(raw, place, under, is_handed)
        if entry and not found:
            entries.append(entry)
        problems += [replace(problem, place=place) for problem in [*found, *wrong]]
    return Entries(entries, [*problems, *repeated(entries)])


class _Handed:
    """The layers below entries that another part of the program hands over; entries share the object of their layer."""

    def __init__(self) -> None:
        self._known: dict[str, Layer] = {}

    def below(self, raw: Any, place: str, problems: list[Problem]) -> list[Layer]:
        """Return the layers below the entry at `place`; append their problems to `problems`."""
        wrong = list(_BELOW_CHECK.wrong_type(("below",), raw))
        problems += wrong
        layers = enumerate(() if wrong else raw or ())
        return [self._layer(each, place, f"below[{index}]", problems) for index, each in layers]

    def _layer(self, raw: JsonMapping, entry: str, option: str, problems: list[Problem]) -> Layer:
        # Without a place of its own, a layer belongs to this entry alone.
        place = str(raw.get("place") or f"{entry}: {option}")
        if place not in self._known:
            settings, wrong = parse_settings(
                {name: each for name, each in raw.items() if name != "place"}, option, escaped=True
            )
            problems += wrong
            self._known[place] = (place, settings)
        return self._known[place]


def entries_of_task(options: JsonMapping) -> Entries:
    """Return the entries of a task's `subscribers`, with its `defaults` below them; `Entries` stay as they are."""
    given = options.get("subscribers") or []
    return given if isinstance(given, Entries) else parse_entries(given, "subscribers", layers_of_task(options))


def layers_of_task(options: JsonMapping) -> list[Layer]:
    """Return the layer of a task's `defaults`, in a list; an empty list without defaults."""
    settings, _problems = parse_settings(options.get("defaults") or {}, "defaults")
    return [(option_name("defaults"), settings)] if settings else []


def as_raw(entry: Entry) -> JsonObject:
    """Return an entry in the form that `parse_entries` reads."""
    below = [{"place": place, **settings} for place, settings in entry.below]
    return {**entry.selectors, **entry.own, "place": entry.place, **({"below": below} if below else {})}


def parse_settings(raw: object, option: str, escaped: bool = False) -> tuple[dict[str, JsonObject], list[Problem]]:
    """Return the settings in an option such as `defaults`, which has no selector, and their problems."""
    if not isinstance(raw, Mapping):
        return {}, [Problem((option,), f"must be a mapping with {' and '.join(SETTINGS)}.")]
    problems = list(unknown((option,), raw, SETTINGS_OPTIONS))
    declared = {name: _settings(name, raw[name], (option, name), problems, escaped) for name in SETTINGS if name in raw}
    return declared, problems


def notices(entries: Iterable[Entry]) -> list[str]:
    """Return warnings of values, in the entries and below them, that the server accepts but that are probably mistakes:
    the first ones, each with its place, and how many more there are.
    """
    found: list[str] = []
    seen: set[int] = set()
    for entry in entries:
        for place, settings in entry.below:
            if id(settings) not in seen:
                seen.add(id(settings))
                found += (str(replace(notice, place=place)) for notice in _notices(settings))
        if _MAY_BE_NOTICED.search(entry.text):
            notices = _notices(entry.own)
            found += (str(replace(notice, place=entry.place, name=str(entry))) for notice in notices)
    more = len(found) - MOST_NOTICES
    return [*found[:MOST_NOTICES], f"And {more:,} more like these."] if more > 0 else found


def _notices(settings: Mapping[str, JsonObject]) -> Problems:
    for name, options in settings.items():
        yield from (notice.below(name) for notice in settings_notices(SETTINGS[name], options))


def _selector(raw: JsonMapping, problems: list[Problem]) -> tuple[str, Any, Name | None]:
    """Return what finds the subscriber or set of an entry, its value, and the name beside an id; append problems to
    `problems`.
    """
    given = [name for name in NAMES if raw.get(name) is not None]
    if not is_one_subscriber(given):
        advice = f"give one of {', '.join(NAMES)}; an id may stand beside {' or '.join(NAME_OPTIONS)}."
        several = Problem(tuple(given[:1]), f"and {' and '.join(given[1:])} are given; {advice}")
        problems.append(several if given else Problem((), f"The entry names nobody; {advice}"))
        return "", None, None
    if given[0] == "match":
        problems += match_problems(raw["match"])
        return "match", None if problems else given_match(raw["match"]), None
    values = [_selector_value(kind, raw[kind], problems) for kind in given]
    return given[0], values[0], (given[1], values[1]) if given[1:] else None


def _selector_value(kind: str, value: object, problems: list[Problem]) -> Any:
    """Return the value of one of `SELECTOR` as its type wants it; append problems to `problems`."""
    if is_plainly_right(kind, value):
        return value
    check = _SELECTOR_CHECKS[kind]
    found = list(check.problems((kind,), value))
    problems += found or selector_problems({kind: check.normalized(value)})
    return value if found else check.normalized(value)


def _settings(name: str, raw: object, path: OptionPath, problems: list[Problem], escaped: bool) -> JsonObject:
    """Return the declared options of one of `SETTINGS` in the form that `plan.plan` takes; append problems to
    `problems`.
    """
    if raw is None:
        return {}
    check = CHECKS[name]
    if not isinstance(raw, Mapping):
        problems.append(Problem(path, f"must be a mapping with {', '.join(check.options)}."))
        return {}
    if check.fits(raw):
        return dict(raw)
    found = list(unknown((), raw, check.options))
    # Null has a meaning for the fields; for a mode or a policy it means not given.
    options = {
        option: value
        for option, value in raw.items()
        if option in check.fields or (value is not None and option in check.others)
    }
    for option, value in options.items():
        if option in check.others:
            found += check.others[option].problems((option,), value)
    found += check.problems(options, escaped)
    problems += [problem.below(*path) for problem in found]
    return options if found else check.normalized(options)


_SELECTOR_CHECKS = checks_of(SELECTOR)
_BELOW_CHECK = check_of(ENTRY["below"])
