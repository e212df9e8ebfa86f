# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check given options before any request."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.characters import describe_invisible
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Path, Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import email_address
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.filters import FILTERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import (
    NOT,
    Secret,
    but_is,
    if_word,
    in_quotes,
    unknown,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource

Options = Mapping[str, Any]
OptionSpecs = dict[str, dict[str, Any]]

# What a number of seconds may be: up to a day.
SHORTEST, LONGEST = 0.001, 86400.0
# What Ansible takes for a boolean.
BOOLEANS = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "1", "0", "1.0", "0.0"])
# The types of texts that may be anything.
TEXTS = ("str", "path")

SELECTOR: OptionSpecs = {
    "subscriber_id": {"type": "int"},
    "subscriber": {"type": "str"},
    "external_id": {"type": "str"},
}


def instead(value: Any) -> str:
    """Return the end of a sentence that quotes a wrong value; of a list or an entry, which may hold anything, none."""
    return "" if isinstance(value, (list, tuple, Mapping)) else f", not '{value}'"


def wrong_type(path: Path, option: Mapping[str, Any], value: Any) -> Problems:
    """A number where a text is wanted may be another one by now: YAML reads 0017 as 15 and drops the + of +431."""
    if value is None:
        return
    if option.get("elements") == "dict":
        if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
            yield Problem(path, f"must be a list of entries, each with {', '.join(option['options'])}.")
            return
        for index, entry in enumerate(value):
            yield from unknown(
                (*path, index), entry, option["options"], f"an entry has {', '.join(option['options'])}."
            )
            for name, part in option["options"].items():
                yield from wrong_type((*path, index, name), part, entry.get(name))
    elif option.get("elements") in TEXTS and not isinstance(value, (list, str)):
        yield Problem(path, "must be a list of texts; put them in quotes, for YAML may have read other numbers.")
    elif option.get("elements") == "int" and any(isinstance(one, bool) for one in _listed(value)):
        yield Problem(path, "must be numbers.")
    elif option.get("elements") in TEXTS and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from wrong_type((*path, index), {"type": "str"}, "" if entry is None else entry)
    elif option["type"] in TEXTS and "choices" not in option and not isinstance(value, str):
        yield Problem(path, f"must be a text{in_quotes(value)}.")
    elif option["type"] == "bool" and str(value).lower() not in BOOLEANS:
        yield Problem(path, f"must be true or false{but_is(value, BOOLEANS)}.")
    elif option["type"] == "int" and isinstance(value, bool):
        yield Problem(path, "must be a number.")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def selector_problems(options: Options) -> Problems:
    """Yield what is wrong with a selector that could name nobody, or somebody else.

    The server takes `*` for a wildcard (docs/ngcp-api.md#filters, docs/design.md#check-what-came-back).
    """
    name = options.get("subscriber")
    if isinstance(name, str):
        username, at, domain = name.rpartition("@")
        if not (username and at and domain):
            yield Problem(("subscriber",), f"must be user@domain{if_word(name, NOT) if may_be_name(name) else ''}.")
    for option in ("subscriber", "external_id"):
        value = options.get(option)
        if isinstance(value, str) and re.search(r"[ \t\n\r\f\v]", value):
            yield Problem((option,), "must not hold a blank or a line break.")
        elif isinstance(value, str):
            yield from hidden_problems((option,), value)
        if isinstance(value, str) and "*" in value:
            given = if_word(value, " ('{}')")
            yield Problem((option,), f"must not hold the wildcard '*'{given}: it names one subscriber.")
    if options.get("external_id") == "":
        yield Problem(("external_id",), "must not be empty.")
    yield from not_between(options, "subscriber_id", 1, math.inf)


def may_be_name(subscriber: str) -> bool:
    """Return True if a text in the place of a subscriber may be shown: an address, or a plain word. A PIN or a password
    stands there if a row of CSV is shifted.
    """
    return "@" in subscriber or re.fullmatch(r"[a-z][a-z.-]*\d{0,3}", subscriber) is not None


def hidden_problems(path: Path, value: Any) -> Problems:
    """Return the problem of a selector, address or rule that holds an invisible character."""
    found = describe_invisible(value) if isinstance(value, str) and value.strip(" \t\r\n\f\v") else ""
    if found:
        yield Problem(path, f"holds {found}, which is invisible; remove it.")


def settings_notices(resource: Resource, options: Options) -> Problems:
    """Return warnings of values that the server accepts and that are probably mistakes. They quote no value."""
    for each in resource.fields:
        value = options.get(each.name)
        if isinstance(value, str) and not (each.secret or each.choices):
            found = describe_invisible(value)
            if found:
                yield Problem((each.name,), f"holds {found}, which is invisible; remove it if it is not meant.")
        if isinstance(value, list) and options.get(each.mode) != "remove":
            yield from _list_notices(each, value)


def _list_notices(each: Field, value: list[Any]) -> Problems:
    for index, entry in enumerate(value):
        for part in each.entry if isinstance(entry, Mapping) else ():
            text = entry.get(part.name)
            path = (each.name, index, part.name)
            found = describe_invisible(text) if isinstance(text, str) and (part.pattern or part.email) else ""
            if found:
                yield Problem(path, f"holds {found}, which is invisible; remove it if it is not meant.")
            elif part.lenient and isinstance(text, str) and not email_address.is_taken(text):
                yield Problem(
                    path, "is not an e-mail address; the server takes it, and its mails arrive nowhere. Correct it."
                )


def settings_problems(resource: Resource, options: Options, escaped: bool = False) -> Problems:
    """Return what the server would refuse, crash on or misunderstand in declared settings. `escaped`: invisible
    characters are written as escapes.
    """
    for each in resource.fields:
        mode = options.get(each.mode) if each.entry else None
        if each.name not in options:
            if mode in ("add", "remove"):
                what = f"{mode} is given without {each.name}; declare the entries to {mode}."
                yield Problem((each.mode,), what, ": ")
            if each.renewal and options.get(each.renewal.policy) == "always":
                what = f"always is given without {each.name}; declare the value to set."
                yield Problem((each.renewal.policy,), what, ": ")
            continue
        value = options[each.name]
        if each.entry:
            yield from _list_problems(each, value, mode, escaped)
        else:
            yield from _value_problems(each, value, (each.name,))


def _list_problems(each: Field, value: Any, mode: str | None, escaped: bool) -> Problems:
    if not value and mode == "remove":
        what = f"is empty, so {each.mode}: remove would remove nothing; name the entries to remove."
        yield Problem((each.name,), what)
    if not isinstance(value, list):
        return
    seen: dict[str, int] = {}
    for index, entry in enumerate(value):
        if not isinstance(entry, Mapping):
            continue
        path = (each.name, index)
        # To remove an entry only its key counts, and one that would be refused today may stand there from before.
        if mode == "remove" and each.key:
            parts: tuple[Field, ...] = (Field(each.key, "str", required=True),)
        else:
            parts = tuple(replace(part, pattern=False) for part in each.entry) if mode == "remove" else each.entry
        for part in parts:
            yield from _value_problems(part, entry.get(part.name), (*path, part.name), True, escaped)
        key = str(entry.get(each.key) or "").lower() if each.key else ""
        if key and seen.setdefault(key, index) != index:
            given = _if_address(entry[each.key], "'{}' ")
            what = f"{given}stands already in {each.name}[{seen[key]}] (upper and lower case are the same)"
            yield Problem((*path, str(each.key)), f"{what}; keep one of them.", ": " if given else " ")


def _value_problems(each: Field, value: Any, path: Path, entry: bool = False, escaped: bool = False) -> Problems:
    """What is wrong with one value at `path`; a secret value is never quoted."""
    if value is None or value == "":
        if each.required:
            allowed = f"one of {', '.join(each.choices)}" if each.choices else "a value"
            yield Problem(path, f"is missing; give {allowed}.")
        elif not entry and not each.clearable:
            allowed = f"one of {', '.join(each.choices)}" if each.choices else "true or false"
            what = f"cannot be empty; give {allowed}, or leave the option out to leave the field as it is."
            yield Problem(path, what)
    elif isinstance(value, str):
        if each.max_length and len(value) > each.max_length:
            what = f"is {len(value)} characters long; the server takes at most {each.max_length}."
            yield Problem(path, what)
        if each.choices and value not in each.choices:
            yield Problem(path, f"must be one of {', '.join(each.choices)}{but_is(value, each.choices)}.")
        unseen = list(hidden_problems(path, value)) if (each.email or each.pattern) and not escaped else []
        yield from unseen
        fault = email_address.fault(value) if each.email and not each.lenient and not unseen else None
        if fault is not None:
            given = _if_address(value, NOT)
            may_tell = "'" not in fault or (given and not isinstance(value, Secret))
            reason = f" ({fault})" if fault and may_tell else ""
            yield Problem(path, f"must be an e-mail address such as user@example.com{given}{reason}.")


def _if_address(text: str, form: str) -> str:
    """Return `form` with `text` at its `{}` if it looks like an address, or like a word that was taken for one."""
    return if_word(text, form) if "@" in text or re.fullmatch(r"[a-z][a-z.-]*", text) else ""


def not_between(options: Options, name: str, least: float, most: float) -> Problems:
    value = options.get(name)
    if isinstance(value, (int, float)) and not least <= value <= most:
        upper = "" if most == math.inf else f" and {most:g}"
        yield Problem((name,), f"must be {'between' if upper else 'at least'} {least:g}{upper}, not {value}.")


def filter_problems(options: Options) -> Problems:
    """Filters that the server would take for something else: `*` is a wildcard, and NULL asks for those without."""
    for each in FILTERS:
        value = options.get(each.name)
        if value == "":
            yield Problem((each.name,), "must not be empty; leave it out to have all.")
        elif isinstance(value, str) and ("*" in value or value == "NULL"):
            yield Problem((each.name,), f"must be one whole value, without a wildcard{if_word(value, NOT)}.")
        else:
            yield from hidden_problems((each.name,), value)
        if each.contains and isinstance(value, str) and value and not re.fullmatch(r"\d+", value):
            what = f"must be a whole number with country code, digits only{if_word(value, NOT)}."
            yield Problem((each.name,), what)
        yield from not_between(options, each.name, 1, math.inf)
