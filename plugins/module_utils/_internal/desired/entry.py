# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry: the subscriber or set that it names, its settings, and the defaults below them. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import (
    SELECTOR,
    Name,
    Selector,
    SubscriberKey,
)

# The settings of an entry, by the name of the module that takes the same options.
SETTINGS = {resource.module: resource for resource in RESOURCES}
NAMES = (*SELECTOR, "match")

Layer = tuple[str, Mapping[str, JsonObject]]
"""The place of settings, and the settings."""


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """Desired settings of one subscriber or set."""

    place: str
    """The place of the entry, such as `customers/clinic.yml:12`."""
    kind: str
    """The option that finds the subscriber or set, one of `NAMES`."""
    value: Any
    """The value of that option: an id, a text or, of a set, its `match`."""
    text: str
    """The entry's own settings as JSON: as objects, those of a hundred thousand entries take hundreds of megabytes."""
    below: Sequence[Layer]
    """The settings that apply where the entry declares nothing, such as its file's defaults; one object for all entries
    that share them. They are also below the sets that contain the subscriber (`layers`).
    """
    name: Name | None = None
    """The name beside an id, which is to be verified."""

    def __str__(self) -> str:
        kind, value = self.name or (self.kind, self.value)
        return str(value) if kind == "subscriber" else f"{kind} {shown_value(value)}"

    @property
    def selectors(self) -> JsonObject:
        """The options that name the subscriber or set."""
        return {self.kind: self.value, **dict([self.name] if self.name else [])}

    @property
    def selector(self) -> Selector:
        """The options that name the subscriber. Raises TypeError for a set, which `match` names."""
        return Selector(**self.selectors)

    @property
    def own(self) -> dict[str, JsonObject]:
        """The options that the entry itself declares, by the names of `SETTINGS`."""
        own: dict[str, JsonObject] = json.loads(self.text)
        return own

    @property
    def names(self) -> set[str]:
        """The names of `SETTINGS` with declared options, in the entry or in what is below it."""
        # No need to parse the text: a quote inside a value is escaped, and no option has the name of a module.
        own = {name for name in SETTINGS if f'"{name}":' in self.text}
        return own.union(*(settings for dummy, settings in self.below))

    @property
    def declared(self) -> dict[str, JsonObject]:
        """The declared options, in the entry or in what is below it. See `layers` for those of sets."""
        return combined([*(settings for dummy, settings in self.below), self.own]) if self.below else self.own

    @property
    def key(self) -> SubscriberKey:
        """The key of what finds the subscriber."""
        return SubscriberKey.of(self.kind, self.value)

    @property
    def keys(self) -> tuple[SubscriberKey, ...]:
        """Two entries with an equal key are about one subscriber, unless one of their ids is stale."""
        return (self.key, SubscriberKey.of(*self.name)) if self.name else (self.key,)


class Entries(list[Entry]):
    """Entries that have been checked."""

    def __init__(self, entries: Iterable[Entry] = (), problems: Iterable[Problem] = ()) -> None:
        super().__init__(entries)
        self.problems = list(problems)
        """The problems of the entries that were left out."""


def shown_value(value: object) -> str:
    """Format the value of a selector, or the `match` of a set, for a message."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return str(value)


def repeated(entries: Iterable[Entry]) -> Problems:
    """Yield a problem for each entry with the id or the name of an earlier one."""
    seen: dict[SubscriberKey, Entry] = {}
    for entry in entries:
        if entry.kind != "match":
            keys = entry.keys
            first = next((seen[key] for key in keys if key in seen), None)
            if first:
                yield named_twice(str(entry), first.place, entry.place)
            seen.update((key, entry) for key in keys if key not in seen)


def named_twice(name: str, first: str, second: str) -> Problem:
    """Return the problem of the entry at `second`: the one at `first` names the same subscriber."""
    return Problem((), f"{name} is named already at {first}; keep one entry of each subscriber.", place=second)


def combined(layers: Sequence[Mapping[str, JsonObject]]) -> dict[str, JsonObject]:
    """Merge settings field by field; a later layer overrides those before it.

    A list is overridden with its mode: `add` in a lower layer does not apply to the list of a higher one.
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
    """Return the settings that several entries declare for one subscriber, from the lowest layer to the highest.

    Lowest is what is below any of the entries, then the sets in the given order, then the subscriber's own entry.
    """
    ordered = sorted(entries, key=lambda entry: entry.kind != "match")
    below = {id(settings): (place, settings) for entry in ordered for place, settings in entry.below}
    return [*below.values(), *((entry.place, entry.own) for entry in ordered)]


def places_of(layers: Sequence[Layer]) -> dict[str, dict[str, str]]:
    """Return the place of the layer whose value applies, by `SETTINGS` and option."""
    found: dict[str, dict[str, str]] = {}
    for place, layer in layers:
        for name, options in layer.items():
            found.setdefault(name, {}).update(dict.fromkeys(options, place))
    return found
