# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields, checks and rows of both settings (docs/ngcp-api.md#faxserversettings, docs/ngcp-api.md#mailtofaxsettings).

A value meets two judges. The form refuses with 422 and names the field. What passes it goes to the database, which
refuses with 500 and names nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import forms, perl
from .database import NO_DEFAULT, NUMBER, DatabaseError, Table, Value, boolean, choice, collate, new_row, text
from .errors import ApiError, crash
from .forms import Field
from .hal import Item


@dataclass(frozen=True, slots=True)
class ListSpec:
    """List of a resource, which is a table of its own in the server's database."""

    columns: Table
    fields: Mapping[str, Field]
    unique: str | None = None
    """Column of a unique key, which ignores case."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One of the two resources."""

    name: str
    item_name: str
    columns: Table
    fields: Mapping[str, Field]
    lists: Mapping[str, ListSpec]
    shows_id: bool
    journal: bool
    patches_hidden: bool = False
    """Whether the pointers of a PATCH find columns that the API does not show."""
    stamp: str | None = None
    """Read-only column with the time when `secret_key` was written."""
    own_controller: bool = False
    """Whether it has an older controller of its own.

    There, PUT looks for the subscriber before it checks the id, and a GET of an item takes any `Accept`.
    """
    repeats_deadlocks: bool = False
    """Whether it writes once more after a deadlock and succeeds, but answers with the status of the first try."""


@dataclass(slots=True)
class Row:
    """Settings of one subscriber as the database holds them."""

    values: dict[str, Value]
    lists: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    shown: Item | None = None
    """JSON that the API shows, kept until the row changes."""
    written: bool = False
    """Whether somebody has written it. A row that a GET has created holds defaults only."""


def _not_shorter(length: int) -> forms.Check:
    def check(value: object) -> Sequence[str]:
        short = [f"Must be at minimum {length} characters long"] if len(perl.text(value)) < length else []
        return [*forms.text(value), *short]

    return check


_FILETYPES = ("TIFF", "PS", "PDF", "PDF14")
_INTERVALS = ("never", "daily", "weekly", "monthly")

FAXSERVER: Final = Spec(
    name="faxserversettings",
    item_name="faxserversetting",
    columns={
        "active": boolean(False),
        "t38": boolean(True),
        "ecm": boolean(True),
        "name": text(64),
        "password": text(64),
        "send_status": boolean(True, hidden=True),
        "send_copy": boolean(True, hidden=True),
    },
    fields={"name": Field("Name in Fax Header", forms.text), "password": Field("Password", forms.text)},
    lists={
        "destinations": ListSpec(
            columns={
                "destination": text(255, default=NO_DEFAULT),
                "filetype": choice(_FILETYPES, "TIFF"),
                # Despite the form's help, the defaults are incoming true, the other two false.
                "incoming": boolean(True),
                "outgoing": boolean(False),
                "status": boolean(False),
                "cc": boolean(False, hidden=True),
            },
            fields={
                "destination": Field("Destination Email", forms.email, required=True),
                "filetype": Field("File Type", forms.one_of(*_FILETYPES), required=True),
            },
            unique="destination",
        )
    },
    shows_id=True,
    patches_hidden=True,
    journal=True,
    repeats_deadlocks=True,
)

MAILTOFAX: Final = Spec(
    name="mailtofaxsettings",
    item_name="mailtofaxsettings",
    columns={
        "active": boolean(False),
        "secret_key": text(255),
        "secret_key_renew": choice(_INTERVALS, "never"),
        "last_secret_key_modify": text(19),
    },
    fields={
        "secret_key": Field("Secret Key (empty=disabled)", forms.text),
        # The label ends in a space, so the message contains two.
        "secret_key_renew": Field("Secret Renew Interval ", forms.one_of(*_INTERVALS), required=True),
        "last_secret_key_modify": Field("", forms.moment),
    },
    lists={
        "secret_renew_notify": ListSpec(
            columns={"destination": text(255, default=NO_DEFAULT)},
            fields={"destination": Field("Notify email", forms.text, required=True)},
            unique="destination",
        ),
        "acl": ListSpec(
            columns={
                "from_email": text(255),
                "received_from": text(255),
                "destination": text(255),
                "use_regex": boolean(False),
            },
            fields={name: Field("", forms.text) for name in ("from_email", "received_from", "destination")},
        ),
    },
    shows_id=False,
    journal=False,
    stamp="last_secret_key_modify",
    own_controller=True,
)

SPECS: Final[Mapping[str, Spec]] = {spec.name: spec for spec in (FAXSERVER, MAILTOFAX)}


def default_row(spec: Spec) -> Row:
    """Return the row that a GET creates for a subscriber without settings."""
    return Row(new_row(spec.columns, {}), {name: [] for name in spec.lists})


def show(spec: Spec, row: Row, subscriber_id: int) -> dict[str, object]:
    """Return a row as the API shows it."""
    shown: dict[str, object] = _visible(spec.columns, row.values)
    for name, list_spec in spec.lists.items():
        shown[name] = [_visible(list_spec.columns, entry) for entry in _as_selected(list_spec, row.lists[name])]
    if spec.shows_id:
        shown["id"] = subscriber_id
    return shown


def patched(spec: Spec, row: Row, subscriber_id: int) -> dict[str, object]:
    """Return a row as a PATCH sees it: without `id` and, where the server does not filter, with hidden columns."""
    if not spec.patches_hidden:
        return {name: value for name, value in show(spec, row, subscriber_id).items() if name != "id"}
    entity: dict[str, object] = {"subscriber_id": subscriber_id, **_numbers(row.values)}
    for name, list_spec in spec.lists.items():
        entity[name] = [
            {"id": place, "subscriber_id": subscriber_id, **_numbers(entry)}
            for place, entry in enumerate(_as_selected(list_spec, row.lists[name]), 1)
        ]
    return entity


def _numbers(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values as the database holds them, with booleans as numbers."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}


def show_hidden(spec: Spec, row: Row) -> dict[str, object]:
    """Return the columns that the API hides, for the control API."""
    hidden: dict[str, object] = {name: row.values[name] for name, column in spec.columns.items() if column.hidden}
    for name, list_spec in spec.lists.items():
        columns = [column for column, each in list_spec.columns.items() if each.hidden]
        if columns:
            entries = _as_selected(list_spec, row.lists[name])
            hidden[name] = [{column: entry[column] for column in columns} for entry in entries]
    return hidden


def _visible(table: Table, values: Mapping[str, Value]) -> dict[str, object]:
    return {name: values[name] for name, column in table.items() if not column.hidden}


def _as_selected(spec: ListSpec, entries: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """Return the entries in the order of a SELECT without ORDER BY.

    The database may walk over the table or over the unique key, and a client cannot know which: `[a, b, 0z]` minus
    index 0 came back as `[0z, b]` (docs/ngcp-api.md#list-order). Here the key is used for an even number of entries. A
    table without such a key, as that of acl, keeps its order.
    """
    if spec.unique is None or len(entries) % 2:
        return entries
    key = spec.unique
    return sorted(entries, key=lambda entry: collate(str(entry[key])))


def validate(spec: Spec, document: object, password_min_length: int) -> dict[str, object]:
    """Validate a document like the form, and refuse invalid values with 422.

    A PATCH submits the whole resource, so a password that violates the policy prevents every PATCH.
    """
    if not isinstance(document, dict):
        raise crash()
    values = _normalized(spec, document)
    lists = _known_lists(spec, values)
    forms.check_booleans(value for name, value in values.items() if name not in lists)
    forms.check_booleans(value for entries in lists.values() for entry in entries for value in entry.values())
    policy = Field("Password", _not_shorter(password_min_length))
    fields = {**spec.fields, "password": policy} if spec is FAXSERVER and password_min_length else spec.fields
    found = list(forms.objections(fields, values))
    for name, entries in lists.items():
        for place, entry in enumerate(entries):
            # The form skips entries without any value; the database may not.
            if perl.is_filled(entry):
                found += forms.objections(spec.lists[name].fields, entry, f"{place}_")
    forms.refuse(found)
    _check_ids(spec, document)
    for name in spec.lists:
        if name in document and not isinstance(document[name], list):
            raise ApiError(422, f"Invalid field '{name}'. Must be an array.")
    return document


_ID: Final = "_id"


def _normalized(spec: Spec, document: Mapping[str, object]) -> dict[str, object]:
    """Return the values of the fields. The form takes `name_id` for the id of `name`."""
    known = {name: value for name, value in document.items() if _is_field(spec, name)}
    return {name: {"id": value} for name, value in _ids(spec, document).items()} | known


def _ids(spec: Spec, document: Mapping[str, object]) -> dict[str, object]:
    """Return what is given as the ids of fields that are not given themselves."""
    ids = {name.removesuffix(_ID): value for name, value in document.items() if name.endswith(_ID)}
    return {name: value for name, value in ids.items() if name not in document and _is_field(spec, name)}


def _check_ids(spec: Spec, document: Mapping[str, object]) -> None:
    """Crash like the server, which makes each a whole number, if that is not possible."""
    if any(isinstance(value, str) and not NUMBER.match(value) for value in _ids(spec, document).values()):
        raise crash()


def _known_lists(spec: Spec, values: Mapping[str, object]) -> dict[str, list[dict[str, object]]]:
    """Return the entries of the lists, as far as the form knows them. It does not count null as an entry."""
    lists = {}
    for name, list_spec in spec.lists.items():
        entries = values.get(name)
        if isinstance(entries, list):
            if not all(entry is None or isinstance(entry, dict) for entry in entries):
                raise crash()
            shown = [column for column, each in list_spec.columns.items() if not each.hidden]
            lists[name] = [{key: entry[key] for key in shown if key in entry} for entry in entries if entry is not None]
    return lists


def _is_field(spec: Spec, name: str) -> bool:
    return name in spec.lists or (name in spec.columns and not spec.columns[name].hidden)


def build_row(spec: Spec, document: Mapping[str, object], now: str) -> Row:
    """Re-create a row from a document, like every write. Raises DatabaseError if the database refuses."""
    if _ids(spec, document):
        raise DatabaseError("no such column")
    settable = {name: column for name, column in spec.columns.items() if not column.hidden and name != spec.stamp}
    values = new_row(spec.columns, {name: document[name] for name in settable if name in document})
    if spec.stamp:
        values[spec.stamp] = now
    lists = {}
    for name, list_spec in spec.lists.items():
        entries = document.get(name, [])
        if not isinstance(entries, list):
            raise DatabaseError("not a list")
        lists[name] = [_new_entry(list_spec, entry) for entry in entries]
        _check_unique(list_spec, lists[name])
    return Row(values, lists, written=True)


def _new_entry(spec: ListSpec, entry: Mapping[str, object] | None) -> dict[str, Value]:
    if entry is None:
        raise DatabaseError("nothing to store")
    shown = {name: value for name, value in entry.items() if name in spec.columns and not spec.columns[name].hidden}
    return new_row(spec.columns, shown)


def _check_unique(spec: ListSpec, entries: list[dict[str, Value]]) -> None:
    if spec.unique is not None:
        keys = [collate(str(entry[spec.unique])) for entry in entries]
        if len(keys) != len(set(keys)):
            raise DatabaseError("duplicate entry")


def edit_row(spec: Spec, row: Row, changes: Mapping[str, object], now: str) -> None:
    """Change a row in place, like the web panel: hidden columns keep their values, or can be changed too."""
    table = {name: column for name, column in spec.columns.items() if name in changes}
    values = new_row(table, changes)
    lists = {}
    for name in spec.lists:
        entries = changes.get(name)
        if isinstance(entries, list):
            lists[name] = [new_row(spec.lists[name].columns, entry) for entry in entries]
            _check_unique(spec.lists[name], lists[name])
    unknown = set(changes) - set(values) - set(lists)
    if unknown:
        raise DatabaseError(f"no such field: {', '.join(sorted(unknown))}")
    if spec.stamp and "secret_key" in values and spec.stamp not in values:
        values[spec.stamp] = now
    row.values.update(values)
    row.lists.update(lists)
    row.shown, row.written = None, True
