# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two settings resources of a subscriber, as data: fields, types, defaults, list keys, secrets, limits.

Everything else is made from these tables: the argument specs and what is refused before any request (`options`), what
counts as a difference (`equality`) and what is masked (`plan`). Adding a field is one line here. No I/O.

Sources: docs/ngcp-api.md#faxserversettings, docs/ngcp-api.md#mailtofaxsettings, docs/ngcp-api.md#values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Renewal:
    """A secret that the platform itself changes from time to time (docs/design.md#a-rotated-secret-is-not-drift).

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
    list is a multiset. `email`: an e-mail address; `lenient`: the server takes any other text for it as well, so that
    one is warned of. The server reads a `pattern` as a regular expression where the entry says so, which may leave the
    end of the text open if it `may_be_prefix`.
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
    lenient: bool = False
    pattern: bool = False
    may_be_prefix: bool = False
    entry: tuple[Field, ...] = ()
    key: str | None = None

    @property
    def is_lenient(self) -> bool:
        """True if the server accepts any text as an address in the entries of this list."""
        return any(part.lenient for part in self.entry)

    @property
    def mode(self) -> str:
        """The option that says what declared entries mean for others (docs/design.md#lists-have-keys-not-order)."""
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
            entry=(Field("destination", "str", max_length=LIST_TEXT, required=True, email=True, lenient=True),),
        ),
        Field(
            "acl",
            "list",
            entry=(
                Field("from_email", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("received_from", "str", max_length=LIST_TEXT, clearable=True, pattern=True),
                Field("destination", "str", max_length=LIST_TEXT, clearable=True, pattern=True, may_be_prefix=True),
                Field("use_regex", "bool", default=False),
            ),
        ),
    ),
)

RESOURCES = (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS)
