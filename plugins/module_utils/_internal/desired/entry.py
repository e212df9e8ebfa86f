# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry: whom it names, what it declares, and what is below it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SELECTOR

# The settings of an entry, by the name of the module that takes the same.
SETTINGS = {resource.module: resource for resource in RESOURCES}
NAMES = (*SELECTOR, "match")

# Settings, and the place where they stand.
Layer = tuple[str, Mapping[str, JsonObject]]


@dataclass(frozen=True, eq=False)
class Entry:
    """Desired settings of one subscriber or set: `kind` and `value` are the selector's name and value.

    `place` says where the entry stands, such as `customers/clinic.yml:12`. `text` is what it declares itself, as JSON:
    a hundred thousand entries as objects would take some hundred megabytes. `below` are the settings that hold where
    the entry declares nothing, such as its file's defaults, one object for all entries that share them: they are also
    below the sets that the subscriber is in (`layers`).
    """

    __slots__ = ("below", "kind", "place", "text", "value")
    place: str
    kind: str
    value: Any
    text: str
    below: Sequence[Layer]

    def __str__(self) -> str:
        return str(self.value) if self.kind == "subscriber" else f"{self.kind} {shown_value(self.value)}"

    @property
    def own(self) -> dict[str, JsonObject]:
        """Option name -> value for each of `SETTINGS` that the entry itself declares."""
        own: dict[str, JsonObject] = json.loads(self.text)
        return own

    @property
    def names(self) -> set[str]:
        """Of which of `SETTINGS` it declares options, itself or by what is below it."""
        # Without reading the text: a quote inside of a value is escaped, and no option has the name of a module.
        own = {name for name in SETTINGS if f'"{name}":' in self.text}
        return own.union(*(settings for dummy, settings in self.below))

    @property
    def declared(self) -> dict[str, JsonObject]:
        """The same with what is below the entry. What sets declare goes between: see `layers`."""
        return combined([*(settings for dummy, settings in self.below), self.own]) if self.below else self.own

    @property
    def key(self) -> tuple[str, str]:
        """What two entries that name the same subscriber in the same way have in common."""
        return self.kind, str(self.value).casefold()


class Entries(list[Entry]):
    """Entries that have been checked."""

    def __init__(self, entries: Iterable[Entry] = (), problems: Iterable[Problem] = ()) -> None:
        super().__init__(entries)
        self.problems = list(problems)
        """What is wrong with those left out."""


def shown_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return str(value)


def doubles(entries: Iterable[Entry]) -> Problems:
    """Yield a problem for each entry that names a subscriber in the same way as one before it."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.kind != "match":
            first = seen.setdefault(entry.key, entry)
            if first is not entry:
                yield named_twice(str(entry), first.place, entry.place)


def named_twice(name: str, first: str, second: str) -> Problem:
    """Return the problem of the entry at `second`: the one at `first` names the same subscriber."""
    return Problem((), f"{name} is named already at {first}; keep one entry of each subscriber.", place=second)


def combined(layers: Sequence[Mapping[str, JsonObject]]) -> dict[str, JsonObject]:
    """Settings one above the other, field by field: what a later one declares counts.

    A list goes with its mode: `add` below does not make the list above an addition.
    """
    if len(layers) == 1:
        return {name: dict(options) for name, options in layers[0].items()}
    result: dict[str, JsonObject] = {}
    for layer in layers:
        for name, options in layer.items():
            held = result.setdefault(name, {})
            for field in SETTINGS[name].lists:
                if field.name in options:
                    held.pop(field.mode, None)
            held.update(options)
    return result


def layers(entries: Iterable[Entry]) -> list[Layer]:
    """What several entries say of the same subscriber, one above the other, for `combined` and `sources`.

    Lowest is what is below any of them, then the sets as they are given, then the subscriber's own entry.
    """
    ordered = sorted(entries, key=lambda entry: entry.kind != "match")
    below = {id(settings): (place, settings) for entry in ordered for place, settings in entry.below}
    return [*below.values(), *((entry.place, entry.own) for entry in ordered)]


def sources(layers: Sequence[Layer]) -> dict[str, dict[str, str]]:
    """For each option that layers (place, settings) declare, the place that counts."""
    found: dict[str, dict[str, str]] = {}
    for place, layer in layers:
        for name, options in layer.items():
            found.setdefault(name, {}).update(dict.fromkeys(options, place))
    return found
