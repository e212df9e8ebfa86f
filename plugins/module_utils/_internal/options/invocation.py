# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the options of a task in results and the system log without secrets. No I/O.

This is an allow-list: every value that is not known to be harmless is masked, because people put secrets anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import is_offered, option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import but_is
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options, OptionSpec, OptionSpecs
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION, is_address

# The options whose texts, or lists of texts, are shown: names, numbers, paths, times. Numbers, booleans and choices
# are shown, too.
SHOWN = frozenset(
    {
        "api_username",
        "baseline",
        "ca_path",
        "callee",
        "caller",
        "client_cert",
        "client_key",
        "dest",
        "destination",
        "destinations",
        "directory_mode",
        "external_id",
        "from_email",
        "max_changes",
        "mode",
        "name",
        "older_than",
        "receipt",
        "received_from",
        "since",
        "src",
        "status",
        "subscriber",
        "until",
        "vault_id",
    }
)
# A longer text, or one of several lines, is a key or a document given in place of its path.
LONGEST_SHOWN = 1024
NUMBERS = {"int", "float", "bytes"}
# The forms in which Ansible's messages quote a wrong value.
CHOICE = re.compile(r"(?P<before>, got|\. Got no match for): (?P<value>.*?)(?P<place> found in [^']*)?\Z", re.DOTALL)
CONVERSION = re.compile(
    r"(unable to convert to \w+|nvalid (?:value|type) provided for (?:'.*?'|\".*?\"|\w+)|invalid literal for [^:]*"
    r"|could not convert string to float): .*",
    re.DOTALL,
)
CONFIGURED = re.compile(
    r"(Invalid value) '.*'(?= for config)|(Invalid value) \".*\"(?= for config)|(has an invalid value) (?:'.*'|\".*\")",
    re.DOTALL,
)
SUBOPTION = re.compile(r"^Value '.*' in the sub parameter", re.DOTALL)
# Where Ansible's messages name an option of the module, or several.
NAME = re.compile(
    r"\A(?P<before>(?:value of|argument|Elements value for option|missing parameter\(s\) required by) '?)(?P<name>\w+)"
    r"|\A(?P<condition>\w+)(?= is \w+ but (?:any|all) of the following are missing: )"
)
NAMES = re.compile(
    r"(?P<before>(?:are mutually exclusive|is required|are required together|missing required arguments|are missing"
    r"|required by '\w+'): )(?P<names>\w+(?:(?:\||, )\w+)*)\Z"
)


def displayed(specs: OptionSpecs, options: Options) -> JsonObject:
    """Return every option of `specs` with its value in `options` as it may be shown; None if it is not given."""
    return {name: _displayed(name, spec, options.get(name)) for name, spec in specs.items()}


def extent(value: object) -> str | None:
    """Return the size of a value that is not shown, such as `3 elements` or `2 keys`."""
    if value is None:
        return None
    if not isinstance(value, (list, tuple, Mapping)):
        return MASK
    what = "key" if isinstance(value, Mapping) else "element"
    return f"{len(value)} {what}{'' if len(value) == 1 else 's'}"


def secrets(specs: OptionSpecs, options: Options) -> set[str]:
    """Return the secret texts in `options`, including those that are in a list or an entry by mistake."""
    found: set[str] = set()
    for name, spec in specs.items():
        value = options.get(name)
        if spec.get("no_log"):
            texts = set(_texts(value))
            found |= {secret for text in texts for secret in _of_url(text)} if name == "proxy" else texts
        elif isinstance(value, list) and "options" in spec:
            for entry in value:
                found |= secrets(spec["options"], entry) if isinstance(entry, Mapping) else set()
        elif isinstance(value, Mapping) and "options" in spec:
            found |= secrets(spec["options"], value)
    return found


def without(value: object, hidden: frozenset[str]) -> object:
    """Return a copy of a result with every text of `hidden` masked, wherever it occurs."""
    if not hidden:
        return value
    if isinstance(value, str):
        if value in hidden:
            return MASK
        for secret in hidden:
            value = value.replace(secret, "********")
        return value
    if isinstance(value, Mapping):
        return {key: without(each, hidden) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(each, hidden) for each in value]
    return value


def explained(message: str) -> str:
    """Return Ansible's message about wrong options as it may be shown: without secrets, and with the names of the
    options that the user knows.
    """
    message = unquoted(message)
    if " found in " in message:  # about suboptions
        return message
    message = NAMES.sub(lambda found: found["before"] + _named(found["names"]), message)
    return NAME.sub(lambda found: f"{found['before'] or ''}{option_name(found['name'] or found['condition'])}", message)


def _named(names: str) -> str:
    """Return Ansible's list of options, such as `src|content`, without those that the user cannot give."""
    groups = [
        [name for name in group.split("|") if name in CONNECTION or is_offered(name)] for group in names.split(", ")
    ]
    return ", ".join("|".join(map(option_name, group)) for group in groups if group)


def unquoted(message: str) -> str:
    """Return Ansible's message about a wrong value without the value, which may be a misplaced secret.

    A value close to an allowed choice is kept.
    """
    message = CONFIGURED.sub(r"\1\2\3", CONVERSION.sub(r"\1", message))
    message = SUBOPTION.sub("The value in the sub parameter", message)
    return CHOICE.sub(lambda found: found[0] if but_is(found["value"]) else found["place"] or "", message)


def _displayed(name: str, spec: OptionSpec, value: object) -> object:
    if not value and not isinstance(value, Mapping):  # nothing, 0, false, or an empty text or list
        return value
    if spec.get("no_log"):
        return MASK
    if isinstance(value, list):
        if "options" in spec:
            return [displayed(spec["options"], each) if isinstance(each, Mapping) else MASK for each in value]
        parts = [_displayed(name, {**spec, "type": spec.get("elements", "raw")}, each) for each in value]
        return parts if all(isinstance(each, (str, int, float)) for each in value) else extent(value)
    if isinstance(value, Mapping):
        return extent(value)
    return value if _is_harmless(name, spec, value) else MASK


def _is_harmless(name: str, spec: OptionSpec, value: object) -> bool:
    """Return True for a value of the option's own kind, unless it is a text that may be anything."""
    if isinstance(value, (bool, int, float)):
        return True
    if not isinstance(value, str) or len(value) > LONGEST_SHOWN or len(value.splitlines()) > 1:
        return False
    if "choices" in spec:
        return value in spec["choices"]
    if name == "api_url":
        return is_address(value)
    if spec["type"] in NUMBERS:
        return bool(re.fullmatch(r"[\d.]{1,20} ?[kKMGTPB]?B?", value))
    if spec["type"] == "bool":
        return value.isalpha() and len(value) <= len("false")
    return name in SHOWN


def _texts(value: object) -> list[str]:
    """Return all texts and numbers in a value, as texts."""
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, (list, tuple)):
        return [text for each in value for text in _texts(each)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _of_url(url: str) -> set[str]:
    """Return the password in a URL, as written and decoded; the whole text if it is not a URL."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return {url}
    return {password, unquote(password)} if password else set()
