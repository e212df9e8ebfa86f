# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two settings resources of a subscriber, as data: fields, types, defaults, list keys, secrets, limits.

Everything else is made from these tables: the argument specs and what is refused before any request (`options`), what
counts as a difference and what is masked (`patch`). Adding a field is one line here. No I/O.

Source of every fact: ngcp-api.md, sections "faxserversettings" and "mailtofaxsettings".
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

JsonObject = dict[str, Any]

# Ansible's own word for a value that is not shown.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Renewal:
    """A secret that the platform itself changes from time to time (design rule 7).

    `schedule` is the field that says how often, `never` its value for not at all; `policy` is the option that says
    what to do about a declared value meanwhile.
    """

    schedule: str
    policy: str
    never: str = "never"


@dataclass(frozen=True)
class Field:
    """One field of a resource, or one key of a list's entries.

    `type` is Ansible's name of the type. `clearable`: null and `""` both mean "not set". `default` is what the server
    stores for an entry's key that was not sent, `initial` what it gives a field that nobody has set. A `list` has
    `entry` (its entries' keys) and, if no two entries may share it, `key` (compared ignoring case); without `key` the
    list is a multiset.
    """

    name: str
    type: str
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    clearable: bool = False
    secret: bool = False
    renewal: Renewal | None = None
    required: bool = False
    default: bool | None = None
    initial: bool | str | None = None
    email: bool = False
    pattern: bool = False
    entry: tuple[Field, ...] = ()
    key: str | None = None

    @property
    def mode(self) -> str:
        """The option that says what a declared list means for the entries that are there (design rule 3)."""
        return f"{self.name}_mode"


@dataclass(frozen=True)
class Resource:
    """A settings resource: `name` is its part of the URL, `module` the module that manages it."""

    name: str
    module: str
    fields: tuple[Field, ...]

    @cached_property
    def lists(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.entry)

    @cached_property
    def secrets(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.secret)


# The length of the list tables' text columns, read in the panel's source; longer ones crash the server.
LIST_TEXT = 255

MODES = ("exact", "add", "remove")
POLICIES = ("auto", "always", "on_create")

FAXSERVER_SETTINGS = Resource(
    name="faxserversettings",
    module="faxserver_settings",
    fields=(
        Field("active", "bool"),
        Field("name", "str", max_length=64, clearable=True),
        Field("password", "str", max_length=64, clearable=True, secret=True),
        Field("t38", "bool", initial=True),
        Field("ecm", "bool", initial=True),
        Field(
            "destinations",
            "list",
            key="destination",
            entry=(
                Field("destination", "str", max_length=LIST_TEXT, required=True, email=True),
                Field("filetype", "str", required=True, choices=("TIFF", "PS", "PDF", "PDF14")),
                # The server's own defaults, whatever its form's help says: all keys are always sent.
                Field("incoming", "bool", default=True),
                Field("outgoing", "bool", default=False),
                Field("status", "bool", default=False),
            ),
        ),
    ),
)

MAILTOFAX_SETTINGS = Resource(
    name="mailtofaxsettings",
    module="mailtofax_settings",
    fields=(
        Field("active", "bool"),
        Field(
            "secret_key",
            "str",
            max_length=255,
            clearable=True,
            secret=True,
            renewal=Renewal(schedule="secret_key_renew", policy="update_secret_key"),
        ),
        Field("secret_key_renew", "str", choices=("never", "daily", "weekly", "monthly"), initial="never"),
        Field(
            "secret_renew_notify",
            "list",
            key="destination",
            entry=(Field("destination", "str", max_length=LIST_TEXT, required=True, email=True),),
        ),
        Field(
            "acl",
            "list",
            entry=(
                Field("from_email", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("received_from", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("destination", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("use_regex", "bool", default=False),
            ),
        ),
    ),
)

RESOURCES = (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS)


def risks(resource: Resource, settings: Mapping[str, Any]) -> list[str]:
    """What is dangerous about `settings` (the whole resource as it will be), a sentence each (design rule 13)."""
    found = list(_rule_risks(resource, settings))
    if (
        resource is MAILTOFAX_SETTINGS
        and settings.get("active")
        and not (settings.get("secret_key") or settings.get("acl"))
    ):
        found.append(
            "mailtofaxsettings is active with neither a secret_key nor an acl: the server refuses every e-mail. "
            "Declare one of them, or set active to false."
        )
    return found


def _rule_risks(resource: Resource, settings: Mapping[str, Any]) -> Iterator[str]:
    """The entries of the access rules that let more, or less, through than they seem to.

    The server checks no regular expression. Its dialect is Perl's: one that Python does not know is worth a look, no
    error.
    """
    for rules in resource.lists:
        parts = [part for part in rules.entry if part.pattern]
        for entry in settings.get(rules.name) or ():
            given = {part.name: str(entry[part.name]) for part in parts if entry.get(part.name)}
            if parts and not given:
                names = ", ".join(part.name for part in parts)
                yield f"an entry of {rules.name} sets none of {names}: every e-mail fits it. Set one of them."
            if entry.get("use_regex"):
                for name, pattern in given.items():
                    yield from _pattern_risks(f"{rules.name}: the regular expression '{pattern}' of {name}", pattern)


def _pattern_risks(place: str, pattern: str) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            # What a later Python may read otherwise is no business of the server's.
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern)
    except re.error as error:
        yield f"{place} does not compile in Python ({error}), and may match nothing on the server. Check it."
    else:
        if not all(_anchored(branch) for branch in _branches(pattern)):
            yield f"{place} is not anchored and matches anywhere in the text. Put it between ^ and $."


def _anchored(branch: str) -> bool:
    """Whether one alternative of a pattern says how the text begins and ends (`.*` says it too: anything)."""
    begins = branch.startswith(("^", r"\A", ".*"))
    ends = branch.endswith((r"\z", r"\Z", ".*")) or (branch.endswith("$") and not branch.endswith(r"\$"))
    return begins and ends


def _branches(pattern: str) -> list[str]:
    """Split `pattern` at the `|` that stand outside every group and character class: `^a|b$` is anchored nowhere."""
    branches, depth = [""], 0
    for token in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", pattern, flags=re.DOTALL):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += token
    return branches
