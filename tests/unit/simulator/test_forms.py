# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the forms of both settings say, and what their tables store: in this process, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import email_valid, forms, patching, settings
from tests.simulator.database import DatabaseError, collate
from tests.simulator.errors import ApiError
from tests.simulator.perl import LIST_TEXT

FAX, MAIL = settings.FAXSERVER, settings.MAILTOFAX
HASH_TEXT = LIST_TEXT.replace("ARRAY", "HASH")
NOW = "2026-12-01 10:00:00"
ONE = {"destination": "a@b.de", "filetype": "PDF"}
SINGLE = "Field must contain a single value"
EMAIL = "Email should be of the format someuser@example.com"
MOMENT = "Could not parse DateTime input. Should be one of (Y-m-d H:M:S, Y-m-d H:M, Y-m-d)."


def put(spec: settings.Spec, document: object) -> dict[str, Any]:
    """Settings after a PUT of this document. Raises ApiError or DatabaseError if it is refused."""
    checked = settings.validate(spec, document, 0)
    return settings.show(spec, settings.build_row(spec, checked, NOW), 7)


def patched(spec: settings.Spec, *operations: dict[str, object], **before: object) -> dict[str, Any]:
    """Settings after a PATCH of settings with these values."""
    row = settings.build_row(spec, before, NOW)
    return put(spec, patching.apply(settings.patched(spec, row, 7), patching.check(list(operations))))


def replace(path: str, value: object) -> dict[str, object]:
    return {"op": "replace", "path": path, "value": value}


@pytest.mark.parametrize(
    ("spec", "path", "value", "stored"),
    [
        (FAX, "/name", [], LIST_TEXT),
        (FAX, "/name", [""], LIST_TEXT),
        (FAX, "/name", {}, HASH_TEXT),
        (FAX, "/name", {"a": "b"}, HASH_TEXT),
        (FAX, "/name", " N ", " N "),
        (FAX, "/name", 12345678901234567890123, "12345678901234567890123"),
        (FAX, "/name", -0.0, "0"),
        (FAX, "/password", [], LIST_TEXT),
        (MAIL, "/secret_key", [], LIST_TEXT),
        (MAIL, "/secret_key", {}, HASH_TEXT),
        (MAIL, "/secret_key", 1.5, "1.5"),
        (MAIL, "/secret_renew_notify", [{"destination": " "}], [{"destination": " "}]),
        (MAIL, "/secret_renew_notify", [{"destination": []}], [{"destination": LIST_TEXT}]),
        (MAIL, "/last_secret_key_modify", "on 2020-01-01, noon", NOW),
        (MAIL, "/last_secret_key_modify", None, NOW),
        (MAIL, "/last_secret_key_modify", [], NOW),
    ],
)
def test_values_that_are_taken(spec: settings.Spec, path: str, value: object, stored: object) -> None:
    before = {"secret_key_renew": "never"} if spec is MAIL else {}
    assert patched(spec, replace(path, value), **before)[path[1:]] == stored


@pytest.mark.parametrize(
    ("spec", "document", "objections"),
    [
        (FAX, {"name": ["a"]}, [("name", LIST_TEXT, SINGLE)]),
        (FAX, {"name": [[], {"a": 0}]}, [("name", LIST_TEXT, SINGLE)]),
        (FAX, {"password": ["a"]}, [("password", "*****", SINGLE)]),
        (
            FAX,
            {"destinations": [{"destination": ["a@b.de"], "filetype": "PDF "}]},
            [("0_destination", LIST_TEXT, f"{SINGLE},{EMAIL}"), ("0_filetype", "PDF ", "'PDF ' is not a valid value")],
        ),
        (
            FAX,
            {"destinations": [{"destination": {"id": "x"}, "filetype": {"id": "y"}}]},
            [("0_destination", "x", EMAIL), ("0_filetype", "y", f"'{HASH_TEXT}' is not a valid value")],
        ),
        (
            FAX,
            {
                "destinations": [
                    {},
                    None,
                    {"destination": "x", "filetype": ["PDF"]},
                    {"destination": [], "filetype": "PS"},
                ]
            },
            [
                ("1_destination", "x", EMAIL),
                ("1_filetype", LIST_TEXT, "This field does not take multiple values"),
                ("2_destination", LIST_TEXT, "Destination Email field is required"),
            ],
        ),
        (
            MAIL,
            {"secret_key": ["a"], "last_secret_key_modify": ["b"], "acl": [{"from_email": ["c"]}]},
            [
                ("secret_key", LIST_TEXT, SINGLE),
                ("secret_key_renew", "", "Secret Renew Interval  field is required"),
                ("last_secret_key_modify", LIST_TEXT, MOMENT),
                ("0_from_email", LIST_TEXT, SINGLE),
            ],
        ),
        (
            MAIL,
            {"secret_key_renew": "<ä€'\x1f>"},
            [("secret_key_renew", "<ä€'\x1f>", "'&lt;&auml;&euro;&#39;&#31;&gt;' is not a valid value")],
        ),
        (MAIL, {"secret_key_renew": "never "}, [("secret_key_renew", "never ", "'never ' is not a valid value")]),
        (MAIL, {"secret_key_renew_id": 5}, [("secret_key_renew", "5", f"'{HASH_TEXT}' is not a valid value")]),
    ],
)
def test_objections(spec: settings.Spec, document: dict[str, object], objections: list[tuple[str, str, str]]) -> None:
    with pytest.raises(ApiError) as refusal:
        put(spec, document)
    shown = "; ".join(f"field='{field}', input='{value}', errors='{what}'" for field, value, what in objections)
    assert (refusal.value.status, refusal.value.message) == (422, f"Validation failed. {shown}")


@pytest.mark.parametrize(
    ("spec", "document", "status"),
    [
        (FAX, [], 500),
        (FAX, {"name": [True]}, 500),  # it cannot copy a boolean that deep
        (FAX, {"name": {"id": False}}, 500),
        (FAX, {"destinations": [{**ONE, "incoming": {"a": True}}]}, 500),
        (FAX, {"destinations": ["a@b.de"]}, 500),
        (FAX, {"name_id": "x"}, 500),
        (FAX, {"destinations": {"a": 1}}, 422),
        (MAIL, {"secret_key_renew": "never", "acl": None}, 422),
        (MAIL, {"secret_key_renew": "never", "last_secret_key_modify": "2026-02-30"}, 422),
    ],
)
def test_documents_that_are_refused(spec: settings.Spec, document: object, status: int) -> None:
    with pytest.raises(ApiError) as refusal:
        put(spec, document)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("spec", "document"),
    [
        (FAX, {"active": []}),
        (FAX, {"name_id": 5}),  # the form takes it for the id of the name, and no column has that name
        (FAX, {"destinations_id": None}),
        (FAX, {"destinations": [{"filetype": []}]}),
        (MAIL, {"secret_key_renew": "never", "secret_renew_notify": [{}]}),
        (MAIL, {"secret_key_renew": "never", "secret_renew_notify": [{"destination": "ß"}, {"destination": "s"}]}),
        (MAIL, {"secret_key_renew": "never", "acl": [{"use_regex": []}]}),
    ],
)
def test_values_that_only_the_database_refuses(spec: settings.Spec, document: object) -> None:
    with pytest.raises(DatabaseError):
        put(spec, document)


@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        (replace("/destinations/0/cc", True), {"name": "N"}),
        ({"op": "remove", "path": "/destinations/0/cc"}, {"name": "N"}),
        (replace("/destinations/0/id", 5), {"name": "N"}),
        (replace("/subscriber_id", 5), {"id": 7}),
        (replace("/send_copy", False), {"name": "N"}),
        (replace("//", 1), None),
        (replace("/id", 7), None),
        ({"op": "remove", "path": "/id"}, None),
        ({"op": "add", "path": "/id", "value": 9}, {"id": 7}),
        ({"op": "add", "path": "/password", "value": "x", "mode": "append"}, {"password": "x"}),
        ({"op": "add", "path": "/name", "value": "x", "mode": "append"}, None),
        ({"op": "copy", "from": "", "path": "/name"}, {"name": HASH_TEXT}),
        ({"op": "copy", "from": "/destinations/0/id", "path": "/name"}, {"name": "1"}),
        ({"op": "remove", "path": "/name", "value": "N"}, {"name": None}),
        ({"op": "remove", "path": "/name", "value": "other"}, {"name": "N"}),
        ({"op": "remove", "path": "/name", "value": "N", "index": 1}, None),
        ({"op": "remove", "path": "/destinations", "value": ONE, "index": -2}, {"name": "N"}),
        ({"op": "remove", "path": "/destinations/01"}, None),
    ],
)
def test_what_pointers_find(operation: dict[str, object], shown: dict[str, object] | None) -> None:
    if shown is None:
        with pytest.raises(ApiError, match="The entity could not be processed: "):
            patched(FAX, operation, name="N", destinations=[ONE])
    else:
        after = patched(FAX, operation, name="N", destinations=[ONE])
        assert after | shown == after
        assert len(after["destinations"]) == 1


def test_mailtofaxsettings_show_a_patch_no_hidden_columns() -> None:
    for path in ("/id", "/subscriber_id", "/acl/0/id"):
        with pytest.raises(ApiError, match=path):
            patched(MAIL, replace(path, 1), secret_key_renew="never", acl=[{"from_email": "a"}])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ß", "s", True),
        ("ß", "ss", False),
        ("é", "E", True),
        ("e\u0301", "e", False),
        ("й", "и", False),
        ("a ", "A", True),
    ],
)
def test_what_the_collation_takes_for_the_same(one: str, other: str, same: bool) -> None:
    assert (collate(one) == collate(other)) is same


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2026-12-01 10:00:00", True),
        ("2026-12-01T10:00", True),
        ("2026-1- 1", True),
        ("x12026-12-01 25:00y", True),  # the date alone is found
        ("0000-02-29", True),
        ("2026-02-29", False),
        ("2026/12/01", False),
        ("26-12-01", False),
        ("", False),
    ],
)
def test_times_that_the_form_reads(text: str, taken: bool) -> None:
    assert (forms.moment(text) == []) is taken


def test_addresses_of_the_recordings() -> None:
    taken = ["a@b.de", f"{'x' * 64}@b.de", "a(comment)@b.de"]
    refused = ["a@b_c.de", "a@-b.de", "ä@b.de", f"{'x' * 65}@b.de", "ł@b.pl", "a€@b.de", "почта@пример.рф", "nope"]
    assert [one for one in taken + refused if email_valid.address(one)] == taken
