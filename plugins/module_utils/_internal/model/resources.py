# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two settings resources of a subscriber, as data: fields, types, defaults, list keys, secrets, limits.

Everything else is derived from these tables: the argument specs and the checks before any request (`options`), the
comparison of values (`equality`) and the masking of secrets (`plan`). To add a field, add one line here. No I/O.

Sources: docs/ngcp-api.md#faxserversettings, docs/ngcp-api.md#mailtofaxsettings, docs/ngcp-api.md#values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Renewal:
    """How the platform itself renews a secret (docs/design.md#a-rotated-secret-is-not-drift)."""

    schedule: str
    """The field that says how often it is renewed."""
    policy: str
    """The option that says what to do with a declared value."""
    never: str = "never"
    """The value of `schedule` that turns renewal off."""


@dataclass(frozen=True)
class Field:
    """One field of a resource, or one key of a list's elements."""

    name: str
    type: str
    """Ansible's name of the type."""
    max_length: int | None = None
    """The most characters that the server accepts; None for no limit."""
    choices: tuple[str, ...] = ()
    clearable: bool = False
    """True if null and `""` both mean "not set"."""
    secret: bool = False
    renewal: Renewal | None = None
    required: bool = False
    default: bool | None = None
    """The value that the server stores for a key of an element that was not sent."""
    initial: bool | str | None = None
    """The server's value of a field that was never set."""
    email: bool = False
    """True for an e-mail address."""
    lenient: bool = False
    """True if the server accepts any text as an address: a wrong one then causes a warning instead of an error."""
    pattern: bool = False
    """True if the server reads the text as a regular expression, provided that the element says so."""
    may_be_prefix: bool = False
    """True if the regular expression may leave the end of the text open."""
    parts: tuple[Field, ...] = ()
    """The keys of the elements of a list."""
    key: str | None = None
    """The key that no two elements of a list share, ignoring case; None for a multiset."""

    @property
    def is_lenient(self) -> bool:
        """True if the server accepts any text as an address in the elements of this list."""
        return any(part.lenient for part in self.parts)

    @property
    def mode(self) -> str:
        """The option that says what happens to other elements (docs/design.md#lists-have-keys-not-order)."""
        return f"{self.name}_mode"


@dataclass(frozen=True)
class Resource:
    """A settings resource of a subscriber."""

    name: str
    """The server's name, which is part of the URL."""
    module: str
    """The module that manages it. The program and all that people read or write name the settings by it."""
    fields: tuple[Field, ...]

    @cached_property
    def lists(self) -> tuple[Field, ...]:
        """The fields that are lists."""
        return tuple(field for field in self.fields if field.parts)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of the fields that hold secrets."""
        return frozenset(field.name for field in self.fields if field.secret)


LIST_TEXT = 255
"""The length of the list tables' text columns, from the panel's source; a longer text crashes the server."""

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
            parts=(
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
            parts=(Field("destination", "str", max_length=LIST_TEXT, required=True, email=True, lenient=True),),
        ),
        Field(
            "acl",
            "list",
            parts=(
                Field("from_email", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("received_from", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("destination", "str", max_length=LIST_TEXT, clearable=True, pattern=True, may_be_prefix=True),
                Field("use_regex", "bool", default=False),
            ),
        ),
    ),
)

RESOURCES = (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS)
