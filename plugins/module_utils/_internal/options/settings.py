# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the two settings resources and their checks, compiled once from the tables in `model/resources.py`.

The same checks serve the settings modules and the entries of tasks and of state files in every format. Most of a
hundred thousand entries are right: `fits` recognizes what is plainly right without the full check. No I/O.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import describe_invisible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import OptionPath, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import email_address
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import unique_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import (
    NOT,
    Secret,
    but_is,
    if_word,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    MODES,
    POLICIES,
    RESOURCES,
    Field,
    Resource,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpec,
    OptionSpecs,
    hidden_problems,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.value_check import ValueCheck, check_of

Fits = Callable[[Any], bool]


def settings_options(resource: Resource) -> OptionSpecs:
    """Return the options for the fields of `resource`, with their `*_mode` and policies."""
    options: OptionSpecs = {}
    for each in resource.fields:
        options[each.name] = _option(each)
        if each.parts:
            options[each.mode] = {"type": "str", "choices": list(MODES), "default": MODES[0], "no_log": False}
        if each.renewal:
            policy = {"type": "str", "choices": list(POLICIES), "default": POLICIES[0], "no_log": False}
            options[each.renewal.policy] = policy
    return options


def _option(each: Field) -> OptionSpec:
    # Always set no_log: otherwise Ansible guesses it from names such as secret_key_renew.
    option: OptionSpec = {"type": each.type, "no_log": each.secret}
    if each.choices:
        option["choices"] = list(each.choices)
    if each.default is not None:
        option["default"] = each.default
    if each.parts:
        element = {part.name: _option(part) for part in each.parts}
        if each.key:
            element[each.key]["required"] = True
        option |= {"elements": "dict", "options": element}
    return option


class FieldCheck:
    """The check of one field of a resource, or of one value in the elements of a list."""

    def __init__(self, field: Field, is_part: bool = False) -> None:
        self._field, self._is_part = field, is_part
        self._type = check_of(_option(field))
        self.normalized = self._type.normalized
        self.fits: Fits = _fits(field)
        """Returns True for a value that is plainly right and already normalized; others may be right as well."""
        # To remove an element, only its key counts, and the server may hold an old one that would be refused today.
        self._parts = [FieldCheck(part, True) for part in field.parts]
        self._parts_to_remove = [
            FieldCheck(Field(part.name, "str", required=True) if field.key else replace(part, pattern=False), True)
            for part in field.parts
            if field.key in (part.name, None)
        ]
        # What is not even a text is refused there, too.
        self._choices = [part for part in self._parts if part._field.choices]

    def problems(self, value: object, path: OptionPath, mode: str | None = None, escaped: bool = False) -> Problems:
        """Yield problems of a value at `path`. `mode` is that of the list; `escaped`: invisible characters are written
        as escapes, and are on the server already.
        """
        wrong = list(self._type.wrong_type(path, value))
        yield from wrong
        # Report a wrong type only once.
        reported = {problem.path for problem in wrong}
        rules = (
            self._element_rules(value, path, mode, escaped) if self._field.parts else self._rules(value, path, escaped)
        )
        yield from (problem for problem in rules if problem.path not in reported)

    def _rules(self, value: object, path: OptionPath, escaped: bool) -> Problems:
        field = self._field
        allowed = f"one of {', '.join(field.choices)}" if field.choices else ""
        if value is None or value == "":
            if field.required:
                yield Problem(path, f"is missing; give {allowed or 'a value'}.")
            elif not (self._is_part or field.clearable):
                advice = f"give {allowed or 'true or false'}, or leave the option out to leave the field as it is."
                yield Problem(path, f"cannot be empty; {advice}")
        elif field.choices and value not in field.choices:
            yield Problem(path, f"must be {allowed}{but_is(value, field.choices)}.")
        elif isinstance(value, str):
            if field.max_length and len(value) > field.max_length:
                what = f"is {len(value)} characters long; the server takes at most {field.max_length}."
                yield Problem(path, what)
            is_watched = (field.email or field.pattern) and not escaped
            unseen = list(hidden_problems(path, value)) if is_watched else []
            yield from unseen
            if field.email and not field.lenient and not unseen:
                yield from _address_problems(value, path)

    def _element_rules(self, value: object, path: OptionPath, mode: str | None, escaped: bool) -> Problems:
        field = self._field
        if not value and mode == "remove":
            yield Problem(path, f"is empty, so {field.mode}: remove would remove nothing; name the elements to remove.")
        parts = self._parts_to_remove if mode == "remove" else self._parts
        seen: dict[str, tuple[int, str]] = {}
        for index, element in enumerate(value if isinstance(value, list) else ()):
            if not isinstance(element, Mapping):
                continue
            for part in parts:
                name = part._field.name
                yield from part._rules(element.get(name), (*path, index, name), escaped)
            for part in self._choices if mode == "remove" else ():
                name = part._field.name
                if not isinstance(element.get(name), (str, type(None))):
                    yield from part._rules(element[name], (*path, index, name), escaped)
            text = str(element.get(field.key) or "") if field.key else ""
            key = unique_key(text)
            first, first_text = seen.setdefault(key, (index, text))
            if key and first != index:
                given = _if_address(element[field.key], "'{}' ")
                is_case = text.lower() == first_text.lower()
                why = (
                    "upper and lower case are the same" if is_case else "the server's database takes them for the same"
                )
                what = f"{given}is already in {field.name}[{first}] ({why})"
                yield Problem((*path, index, str(field.key)), f"{what}; keep one of them.", ": " if given else " ")


class SettingsCheck:
    """The check of the options of one resource."""

    def __init__(self, resource: Resource) -> None:
        self.options = settings_options(resource)
        self.fields = {field.name: FieldCheck(field) for field in resource.fields}
        self.others = {name: check_of(option) for name, option in self.options.items() if name not in self.fields}
        """The checks of modes and policies, for which null means not given."""
        self._resource = resource
        self._fits = {name: check.fits for name, check in self.fields.items()}

    def fits(self, options: Options) -> bool:
        """Return True if all options are plainly right and, but for nulls inside elements, already normalized; False if
        they need the full check.
        """
        fits = self._fits
        return all(name in fits and fits[name](value) for name, value in options.items())

    def normalized(self, options: Options) -> JsonObject:
        """Return options of the right types in the form that Ansible gives them to a module."""
        checks: dict[str, FieldCheck | ValueCheck] = {**self.fields, **self.others}
        return {name: checks[name].normalized(value) for name, value in options.items()}

    def problems(self, options: Options, escaped: bool = False) -> Problems:
        """Yield a problem for each value that the server would refuse, crash on or misunderstand. `escaped`: invisible
        characters are written as escapes, and are on the server already.
        """
        for field in self._resource.fields:
            mode = options.get(field.mode) if field.parts else None
            if field.name in options:
                yield from self.fields[field.name].problems(options[field.name], (field.name,), mode, escaped)
                continue
            if mode in ("add", "remove"):
                what = f"{mode} is given without {field.name}; declare the elements to {mode}."
                yield Problem((field.mode,), what, ": ")
            if field.renewal and options.get(field.renewal.policy) == "always":
                what = f"always is given without {field.name}; declare the value to set."
                yield Problem((field.renewal.policy,), what, ": ")


def _address_problems(value: str, path: OptionPath) -> Problems:
    fault = email_address.fault(value)
    if fault is None:
        return
    given = _if_address(value, NOT)
    may_tell = "'" not in fault or (given and not isinstance(value, Secret))
    reason = f" ({fault})" if fault and may_tell else ""
    yield Problem(path, f"must be an e-mail address such as user@example.com{given}{reason}.")


def _if_address(text: Any, form: str) -> str:
    """Return `form` with `text` in place of its `{}` if it looks like an address, or like a word meant as one."""
    return if_word(text, form) if "@" in str(text) or re.fullmatch(r"[a-z][a-z.-]*", str(text)) else ""


def _fits(field: Field) -> Fits:
    """Return the quick check of a field, which returns True for a value that is plainly right and normalized."""
    fits = _fits_elements(field) if field.parts else _fits_truth if field.type == "bool" else _fits_text(field)
    return (lambda value: value is None or fits(value)) if field.clearable else fits


def _fits_truth(value: object) -> bool:
    return value is True or value is False


def _fits_text(field: Field) -> Fits:
    most = field.max_length or sys.maxsize
    if field.choices:
        choices = frozenset(field.choices)
        return lambda value: isinstance(value, str) and value in choices
    if field.email and not field.lenient:
        is_taken = email_address.is_taken
        return lambda value: isinstance(value, str) and 0 < len(value) <= most and _is_plain(value) and is_taken(value)
    if field.email or field.pattern:
        return lambda value: isinstance(value, str) and 0 < len(value) <= most and _is_plain(value)
    return lambda value: isinstance(value, str) and 0 < len(value) <= most


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _fits_elements(field: Field) -> Fits:
    parts = {part.name: _fits(part) for part in field.parts}
    required = frozenset(part.name for part in field.parts if part.required)
    key = field.key

    def fits_element(element: object) -> bool:
        return (
            isinstance(element, dict)
            and all(name in parts and parts[name](value) for name, value in element.items())
            and required <= element.keys()
        )

    def fits(value: object) -> bool:
        if not isinstance(value, list) or not value or not all(map(fits_element, value)):
            return False
        return key is None or len(value) == 1 or len({unique_key(element[key]) for element in value}) == len(value)

    return fits


CHECKS: Mapping[str, SettingsCheck] = {resource.module: SettingsCheck(resource) for resource in RESOURCES}
"""By the name of the module that takes the options."""


def settings_problems(resource: Resource, options: Options) -> Problems:
    """Yield a problem for each option of a settings module that the server would refuse, crash on or misunderstand."""
    return CHECKS[resource.module].problems(options)


def settings_notices(resource: Resource, options: Options) -> Problems:
    """Yield a problem for each value that the server accepts but that is probably a mistake. No value is quoted."""
    for each in resource.fields:
        value = options.get(each.name)
        if isinstance(value, str) and not (each.secret or each.choices):
            yield from _hidden_notices(value, (each.name,))
        if isinstance(value, list) and options.get(each.mode) != "remove":
            yield from _list_notices(each, value)


def _list_notices(each: Field, value: list[Any]) -> Problems:
    for index, element in enumerate(value):
        for part in each.parts if isinstance(element, Mapping) else ():
            text = element.get(part.name)
            if not isinstance(text, str) or not (part.pattern or part.email):
                continue
            path = (each.name, index, part.name)
            unseen = list(_hidden_notices(text, path))
            yield from unseen
            if not unseen and part.lenient and not email_address.is_taken(text):
                what = "is not an e-mail address; the server takes it, and its mails arrive nowhere. Correct it."
                yield Problem(path, what)


def _hidden_notices(text: str, path: OptionPath) -> Problems:
    found = describe_invisible(text)
    if found:
        yield Problem(path, f"holds {found}, which is invisible; remove it if it is not meant.")


def spec_of_settings(resource: Resource) -> Spec:
    """Return the spec of the module that manages one settings resource of one subscriber."""
    fields = frozenset(each.name for each in resource.fields)
    return spec(settings_options(resource), lambda options: settings_problems(resource, options), clears=fields)
