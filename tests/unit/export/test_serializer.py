# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subscriber's settings on the server become an entry that a state file can hold."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.options import ExportOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.serializer import EntryBuilder, label
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.all_settings import SubscriberSettings
from tests.unit.fakes import FAX, MAIL


def row(number: int = 1, external_id: str | None = None, **fax: Any) -> SubscriberSettings:
    item = {"id": number, "username": f"user{number}", "domain": "d.example", "external_id": external_id}
    return SubscriberSettings(item, dict(zip(SETTINGS, ({**FAX, **fax}, MAIL), strict=True)))


def builder(*rows: SubscriberSettings, **options: Any) -> EntryBuilder:
    return EntryBuilder(ExportOptions(**options), rows)


@pytest.mark.parametrize(
    ("name_by", "external_id", "kind"),
    [
        ("subscriber", "x", "subscriber"),
        ("subscriber_id", "x", "subscriber_id"),
        ("external_id", "x", "external_id"),
        ("external_id", None, "subscriber"),
        ("external_id", "a b", "subscriber"),  # no task may name anybody so
    ],
)
def test_how_a_subscriber_is_named(name_by: str, external_id: str | None, kind: str) -> None:
    subscriber = row(external_id=external_id)
    assert builder(subscriber, name_by=name_by).entry(subscriber).kind == kind


def test_an_external_id_of_two_names_nobody() -> None:
    rows = [row(1, "Same"), row(2, "same")]
    assert [builder(*rows, name_by="external_id").entry(each).kind for each in rows] == ["subscriber"] * 2


def test_secrets() -> None:
    subscriber = row(password="s3cret")
    omitted, encrypted, plain = (
        builder(secrets=secrets).entry(subscriber).settings["faxserver_settings"]
        for secrets in ("omit", "vault", "plain")
    )
    assert "password" not in omitted
    assert isinstance(encrypted["password"], Secret)
    assert plain["password"] == "s3cret"
    assert not isinstance(plain["password"], Secret)


def test_defaults_are_omitted_unless_something_else_is_declared_beside() -> None:
    subscriber = row(name="Clinic")
    build = builder(omit_defaults=True)
    assert build.entry(subscriber).settings == {"faxserver_settings": {"name": "Clinic"}}
    assert build.entry(row()).settings == {}
    beside = [{"faxserver_settings": {"t38": not FAX["t38"]}}]
    assert "t38" in build.entry(subscriber, beside).settings["faxserver_settings"]


def test_a_value_that_a_file_cannot_hold_is_left_out_and_named() -> None:
    build = builder()
    entry = build.entry(row(name="{{ x }}"))
    assert "name" not in entry.settings["faxserver_settings"]
    assert build.unwritten == {
        "user1@d.example": {
            "subscriber_id": 1,
            "subscriber": "user1@d.example",
            "options": ["faxserver_settings.name"],
        }
    }
    assert isinstance(
        builder(secrets="vault").entry(row(name="{{ x }}")).settings["faxserver_settings"]["name"], Secret
    )


def test_a_list_is_sorted_with_all_its_fields() -> None:
    addresses = ("b@x.example", "a@x.example")
    entry = builder().entry(row(destinations=[{"destination": each, "filetype": "PDF"} for each in addresses]))
    destinations = entry.settings["faxserver_settings"]["destinations"]
    assert [each["destination"] for each in destinations] == ["a@x.example", "b@x.example"]
    assert {*destinations[0]} == {part.name for part in SETTINGS["faxserver_settings"].lists[0].parts}


def test_labels() -> None:
    assert label("subscriber", "a@b") == "a@b"
    assert label("subscriber_id", 7) == "subscriber_id 7"
