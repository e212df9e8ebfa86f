# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences, field by field and entry by entry."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)

Settings = dict[str, Any]
FAX: Settings = {"active": False, "name": None, "password": None, "t38": True, "ecm": True, "destinations": []}
MAIL: Settings = {
    "active": False,
    "secret_key": None,
    "secret_key_renew": "never",
    "secret_renew_notify": [],
    "acl": [],
}


def fax(one: str, filetype: str = "PDF") -> Settings:
    return {"destination": one, "filetype": filetype, "incoming": True, "outgoing": False, "status": False}


def rule(sender: str | None, regex: bool = False) -> Settings:
    return {"from_email": sender, "received_from": None, "destination": None, "use_regex": regex}


def found(mail: bool, desired: Settings, current: Settings) -> list[tuple[Any, ...]]:
    resource, whole = (MAILTOFAX_SETTINGS, MAIL) if mail else (FAXSERVER_SETTINGS, FAX)
    rows = diff.differences(plan(resource, desired, {**whole, **current}))
    return [(row.field, row.element, row.change, row.expected, row.actual) for row in rows]


@pytest.mark.parametrize(
    ("mail", "desired", "current", "expected"),
    [
        (False, {"name": ""}, {"name": None}, []),
        (False, {"name": "A"}, {"name": "B", "ecm": False}, [("name", None, "changed", "A", "B")]),
        (False, {"active": True}, {"active": 0}, [("active", None, "changed", True, False)]),
        (False, {"password": "x1"}, {"password": "x2"}, [("password", None, "changed", "(changed)", "(changed)")]),
        (False, {"password": None}, {"password": "x2"}, [("password", None, "changed", None, "(changed)")]),
        (True, {"secret_key": "a"}, {"secret_key": "b", "secret_key_renew": "daily"}, []),
        (True, {"secret_key_renew": "daily"}, {}, [("secret_key_renew", None, "changed", "daily", "never")]),
        (False, {"destinations": [fax("A@x.example")]}, {"destinations": [fax("a@x.example")]}, []),
        (
            False,
            {"destinations": [fax("A@x.example"), fax("b@x.example")]},
            {"destinations": [fax("c@x.example"), fax("a@x.example", "PS")]},
            [
                ("destinations", "a@x.example", "changed", fax("A@x.example"), fax("a@x.example", "PS")),
                ("destinations", "b@x.example", "removed", fax("b@x.example"), None),
                ("destinations", "c@x.example", "added", None, fax("c@x.example")),
            ],
        ),
        (
            False,
            {"destinations": [fax("a@x.example")], "destinations_mode": "add"},
            {"destinations": [fax("c@x.example")]},
            [("destinations", "a@x.example", "removed", fax("a@x.example"), None)],
        ),
        (
            False,
            {"destinations": [{"destination": "c@x.example"}], "destinations_mode": "remove"},
            {"destinations": [fax("c@x.example")]},
            [("destinations", "c@x.example", "added", None, fax("c@x.example"))],
        ),
        (
            True,
            {"secret_renew_notify": [{"destination": "a@x.example"}]},
            {},
            [("secret_renew_notify", "a@x.example", "removed", {"destination": "a@x.example"}, None)],
        ),
        (
            True,
            {"acl": [rule("a"), rule("a"), rule("b", True)]},
            {"acl": [rule("b"), rule("a")]},
            [
                ("acl", "from_email=a", "removed", rule("a"), None),
                ("acl", "from_email=b", "added", None, rule("b")),
                ("acl", "from_email=b use_regex", "removed", rule("b", True), None),
            ],
        ),
    ],
)
def test_differences(mail: bool, desired: Settings, current: Settings, expected: list[Any]) -> None:
    assert sorted(found(mail, desired, current), key=str) == sorted(expected, key=str)
