# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server has of somebody -> an entry of a state file (docs/state-files.md). No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import parser
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import equality
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.editor import DesiredEntry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.loader import _odd, may_name


class EntryBuilder:
    """Makes the entries of `rows` as the options of an export want them.

    `unwritten`: by what names a subscriber, the options that no state file can hold.
    """

    def __init__(self, options: Mapping[str, Any], rows: Sequence[SubscriberSettings]) -> None:
        self._options, self._secrets = options, options["secrets"]
        self._external = Counter(str(row.item.get("external_id")).casefold() for row in rows)
        self.unwritten: dict[str, list[str]] = {}

    def entry(self, row: SubscriberSettings, below: Sequence[Mapping[str, JsonObject]] = ()) -> DesiredEntry:
        """The entry of one subscriber, without any settings if all is as it is by default.

        `below`: what else is declared of it, which would count where the entry says nothing.
        """
        item = row.item
        names = {"subscriber": f"{item.get('username')}@{item.get('domain')}", "subscriber_id": int(item["id"])}
        outer = str(item.get("external_id") or "")
        if outer and self._external[outer.casefold()] == 1:
            names["external_id"] = outer
        order = (self._options["name_by"], "subscriber", "subscriber_id")
        kind = next(kind for kind in order if kind in names and may_name(kind, names[kind]))
        value = names[kind]
        settings = {
            module: {
                field.name: _of_server(field, row.settings[module][field.name])
                for field in resource.fields
                if self._is_wanted(field, row.settings[module], [each.get(module, {}) for each in below])
            }
            for module, resource in SETTINGS.items()
        }
        if self._options["omit_defaults"]:
            for name, fields in settings.items():
                for field in SETTINGS[name].lists:
                    for entry in fields.get(field.name) or ():
                        _leave_out_defaults(field, entry)
        self._express(kind, value, settings)
        if self._options["omit_defaults"]:
            settings = {name: fields for name, fields in settings.items() if fields}
        keys = tuple((name, str(each).casefold()) for name, each in names.items())
        return DesiredEntry(kind, value, settings, (*row.name, int(item["id"])), keys)

    def _is_wanted(self, field: Field, held: JsonObject, below: Sequence[JsonObject]) -> bool:
        if field.name not in held or (field.secret and self._secrets == "omit"):
            return False
        value = held[field.name]
        by_default = self._options["omit_defaults"] and equality.is_same(field, value, field.initial)
        return not by_default or any(_says_else(field, declared, value) for declared in below)

    def _express(self, kind: str, value: Any, settings: dict[str, dict[str, Any]]) -> None:
        """Encrypt what must be, and take out what no state file can hold."""
        lost = []
        for name, fields in settings.items():
            hidden = SETTINGS[name].secrets if self._secrets == "vault" else ()
            for option, held in list(fields.items()):
                if option in hidden and held:
                    fields[option] = Secret(held)
                elif self._secrets == "vault":
                    fields[option] = _hidden(held)
                if any(_odd(text) for text in _texts(fields[option])):
                    lost.append((name, option))
                    del fields[option]
        # An entry without settings is no wrong one, but none.
        _entry, problems = (
            parser.read({kind: value, **settings}, "", escaped=True) if any(settings.values()) else (None, [])
        )
        for problem in problems:
            name, option = map(str, problem.path[:2])
            if settings[name].pop(option, None) is not None:
                lost.append((name, option))
        if lost:
            self.unwritten[label(kind, value)] = [f"{name}.{option}" for name, option in lost]


def label(kind: str, value: Any) -> str:
    """How people read what names a subscriber."""
    return str(value) if kind == "subscriber" else f"{kind} {value}"


def may_be_in(match: Mapping[str, Any], item: JsonObject) -> bool:
    """Whether a subscriber may be in a set: all that the server shows of it fits."""
    return all(str(item[name]).casefold() == str(value).casefold() for name, value in match.items() if name in item)


def _says_else(field: Field, declared: JsonObject, value: Any) -> bool:
    """Whether settings declare something else of a field than `value`, or what depends on what is there."""
    if field.name not in declared:
        return False
    return (declared.get(field.mode) or "exact") != "exact" or not equality.is_same(field, declared[field.name], value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            for each in entry.values():
                yield from _texts(each)


def _hidden(value: Any) -> Any:
    """A value, its texts that state files refuse as secrets."""
    if isinstance(value, list):
        return [{name: _hidden(each) for name, each in entry.items()} for entry in value]
    return Secret(value) if isinstance(value, str) and _odd(value) else value


def _of_server(field: Field, value: Any) -> Any:
    """A value of the server as a state file has it: lists sorted, with what is known of their entries."""
    if field.entry:
        ordered = equality.shown_list(field, value or [])
        return [
            {part.name: _of_server(part, entry.get(part.name, part.default)) for part in field.entry}
            for entry in ordered
        ]
    return equality.normalize(field, value)


def _leave_out_defaults(field: Field, entry: dict[str, Any]) -> None:
    """What an entry of a list says without being told; it is watched all the same."""
    for part in field.entry:
        if not part.required and entry[part.name] == part.default and len(entry) > 1:
            del entry[part.name]
