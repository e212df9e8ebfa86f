# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the server's settings of a subscriber into an entry of a state file (docs/state-files.md). No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import SubscriberKey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.text_rules import is_odd, may_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_text import DesiredEntry


class Unwritten(TypedDict):
    """A subscriber with values that no state file can hold, as the result shows it."""

    subscriber_id: int
    subscriber: str
    options: list[str]
    """The options of these values, such as `faxserver_settings.name`."""


class EntryBuilder:
    """Builds the entries of one export."""

    def __init__(self, options: ExportOptions, rows: Sequence[SubscriberSettings]) -> None:
        self._options = options
        self._external_ids = Counter(str(row.item.get("external_id")).casefold() for row in rows)
        self.unwritten: dict[str, Unwritten] = {}
        """The subscribers with values that no state file can hold, by their `label`."""

    def entry(self, row: SubscriberSettings, beside: Sequence[Mapping[str, JsonObject]] = ()) -> DesiredEntry:
        """Return the entry of one subscriber, without settings if all have their defaults and these are omitted.

        `beside`: the settings declared elsewhere, by module, which apply where the entry declares nothing.
        """
        item = row.item
        subscriber_id, subscriber = int(item["id"]), f"{item.get('username')}@{item.get('domain')}"
        names: dict[str, str | int] = {"subscriber": subscriber, "subscriber_id": subscriber_id}
        external_id = str(item.get("external_id") or "")
        if external_id and self._external_ids[external_id.casefold()] == 1:
            names["external_id"] = external_id
        order = (self._options.name_by, "subscriber", "subscriber_id")
        kind = next(kind for kind in order if kind in names and may_name(kind, names[kind]))
        value = names[kind]
        settings = {
            module: {
                field.name: _of_server(field, row.settings[module][field.name])
                for field in resource.fields
                if self._is_wanted(field, row.settings[module], [layer.get(module, {}) for layer in beside])
            }
            for module, resource in SETTINGS.items()
        }
        if self._options.omit_defaults:
            for name, fields in settings.items():
                for field in SETTINGS[name].lists:
                    for element in fields.get(field.name) or ():
                        _omit_defaults(field, element)
        lost = self._make_writable(kind, value, settings)
        if lost:
            self.unwritten[label(kind, value)] = {
                "subscriber_id": subscriber_id,
                "subscriber": subscriber,
                "options": lost,
            }
        if self._options.omit_defaults:
            settings = {name: fields for name, fields in settings.items() if fields}
        keys = tuple(SubscriberKey.of(name, text) for name, text in names.items())
        return DesiredEntry(
            kind, value, settings, (*row.name, subscriber_id), keys, subscriber_id if self._options.ids else None
        )

    def _is_wanted(self, field: Field, current: JsonObject, beside: Sequence[JsonObject]) -> bool:
        """Return True if the entry must declare a field."""
        if field.name not in current or (field.secret and self._options.secrets == "omit"):
            return False
        value = current[field.name]
        is_default = self._options.omit_defaults and equality.is_same(field, value, field.initial)
        return not is_default or any(_declares_otherwise(field, declared, value) for declared in beside)

    def _make_writable(self, kind: str, value: object, settings: dict[str, JsonObject]) -> list[str]:
        """Mark the secrets to encrypt, remove values that no state file can hold, and return their options."""
        lost = []
        encrypts = self._options.secrets == "vault"
        for name, fields in settings.items():
            secrets = SETTINGS[name].secrets if encrypts else ()
            for option, current in list(fields.items()):
                if option in secrets and current:
                    fields[option] = Secret(current)
                elif encrypts:
                    fields[option] = _as_secret(current)
                if any(is_odd(text) for text in _all_texts(fields[option])):
                    lost.append((name, option))
                    del fields[option]
        # An entry without settings is not wrong: it is not written.
        has_settings = any(settings.values())
        problems = parser.parse_entry({kind: value, **settings}, "", escaped=True)[1] if has_settings else []
        for problem in problems:
            name, option = map(str, problem.path[:2])
            if settings[name].pop(option, None) is not None:
                lost.append((name, option))
        return [f"{name}.{option}" for name, option in lost]


def label(kind: str, value: object) -> str:
    """Return a subscriber's name for people: `fax@example.com`, `subscriber_id 7`."""
    return str(value) if kind == "subscriber" else f"{kind} {value}"


def _declares_otherwise(field: Field, declared: JsonObject, value: object) -> bool:
    """Return True if settings declare a value other than `value`, or one that depends on the current one."""
    if field.name not in declared:
        return False
    return (declared.get(field.mode) or "exact") != "exact" or not equality.is_same(field, declared[field.name], value)


def _all_texts(value: object) -> Iterator[str]:
    """Yield a text, or those in the elements of a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for element in value:
            for part in element.values():
                yield from _all_texts(part)


def _as_secret(value: object) -> Any:
    """Mark the texts in a value that state files refuse as secrets: encrypted, they are accepted."""
    if isinstance(value, list):
        return [{name: _as_secret(part) for name, part in element.items()} for element in value]
    return Secret(value) if isinstance(value, str) and is_odd(value) else value


def _of_server(field: Field, value: Any) -> Any:
    """Convert a server's value for a state file: lists sorted, their elements with all known fields."""
    if field.parts:
        ordered = equality.sorted_list(field, value or [])
        return [
            {part.name: _of_server(part, element.get(part.name, part.default)) for part in field.parts}
            for element in ordered
        ]
    return equality.normalize(field, value)


def _omit_defaults(field: Field, element: JsonObject) -> None:
    """Remove default values from an element of a list: a drift report compares these anyway."""
    for part in field.parts:
        if not part.required and element[part.name] == part.default and len(element) > 1:
            del element[part.name]
