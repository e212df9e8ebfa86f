# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When settings are read again before they are written, and when what is declared is sent as it is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import has_unknown_keys, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    Resource,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.recheck import Circumstances, is_due

FAX: dict[str, Any] = {"active": True, "name": None, "password": None, "t38": True, "ecm": True, "destinations": []}
MAIL: dict[str, Any] = {
    "active": True,
    "secret_key": "0ld",
    "secret_key_renew": "never",
    "secret_renew_notify": [],
    "acl": [],
}
CURRENT = {FAXSERVER_SETTINGS: FAX, MAILTOFAX_SETTINGS: MAIL}
TO = [{"destination": "a@x.example", "filetype": "PDF"}]


def due(resource: Resource, desired: dict[str, Any], **circumstances: Any) -> bool:
    planned = plan(resource, desired, CURRENT[resource])
    assert planned.operations
    return is_due(planned, desired, Circumstances(**{"age": 5, "recheck_after": 60, **circumstances}))


@pytest.mark.parametrize(
    ("resource", "desired"),
    [
        (FAXSERVER_SETTINGS, {"name": "Clinic"}),
        (FAXSERVER_SETTINGS, {"destinations": TO}),
        (FAXSERVER_SETTINGS, {"destinations": TO, "destinations_mode": "exact"}),
        (FAXSERVER_SETTINGS, {"password": "0017"}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w", "update_secret_key": "always"}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w", "secret_key_renew": "never"}),
        (MAILTOFAX_SETTINGS, {"secret_key_renew": "daily"}),
    ],
)
def test_what_is_declared_is_sent_as_it_is(resource: Resource, desired: dict[str, Any]) -> None:
    assert not due(resource, desired)


@pytest.mark.parametrize(
    ("resource", "desired", "circumstances"),
    [
        (FAXSERVER_SETTINGS, {"destinations": TO, "destinations_mode": "add"}, {}),
        (FAXSERVER_SETTINGS, {"name": "Clinic", "destinations": [], "destinations_mode": "remove"}, {}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w"}, {}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w", "update_secret_key": "auto"}, {}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w", "secret_key_renew": "daily"}, {}),
        (MAILTOFAX_SETTINGS, {"secret_key": "n3w", "acl": [{}], "update_secret_key": "on_create"}, {}),
        (FAXSERVER_SETTINGS, {"active": False}, {}),
        (FAXSERVER_SETTINGS, {"destinations": TO}, {"shows_unknown_keys": True}),
        (FAXSERVER_SETTINGS, {"name": "Clinic"}, {"is_reviewed": True}),
        (FAXSERVER_SETTINGS, {"name": "Clinic"}, {"age": 60}),
        (FAXSERVER_SETTINGS, {"name": "Clinic"}, {"age": 0, "recheck_after": 0}),
    ],
)
def test_what_depends_on_what_was_read_is_read_again(
    resource: Resource, desired: dict[str, Any], circumstances: dict[str, Any]
) -> None:
    assert due(resource, desired, **circumstances)


def test_unknown_keys_of_elements() -> None:
    assert not has_unknown_keys(FAXSERVER_SETTINGS, {**FAX, "destinations": TO, "more": [{"x": 1}]})
    assert has_unknown_keys(FAXSERVER_SETTINGS, {**FAX, "destinations": [{**TO[0], "cc": "b@x.example"}]})


def test_a_field_that_is_not_declared_and_has_changed_meanwhile() -> None:
    planned = plan(FAXSERVER_SETTINGS, {"name": "Clinic"}, {**FAX, "unknown": 1})
    assert planned.moved_fields({**FAX, "name": "Clinic", "unknown": 2}) == ()
    assert planned.moved_fields({**FAX, "name": "Clinic", "t38": False, "password": "0017"}) == ("password", "t38")
