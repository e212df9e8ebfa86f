# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A malformed fax is described in one sentence, with the fax and the field but not the field's value."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.fax_fields import oddities, unreadable

FAX: dict[str, Any] = {
    "_links": {"self": {"href": "/api/faxes/6"}},
    "id": 6,
    "subscriber_id": 3,
    "time": "2026-11-02 10:00:00",
    "direction": "in",
    "caller": "431999",
    "callee": None,
    "duration": 12,
    "pages": "2",
    "reason": "Grüße \U0001f4e0",
    "status": "SUCCESS",
    "new_field": ["anything"],
}
ODD: list[tuple[dict[str, Any], str]] = [
    ({"caller": ["431999"]}, "fax 6 of subscriber 3 cannot be read: caller is a list"),
    ({"time": {"at": 1}}, "fax 6 of subscriber 3 cannot be read: time is an object"),
    ({"status": True}, "fax 6 of subscriber 3 cannot be read: status is true"),
    ({"pages": []}, "fax 6 of subscriber 3 cannot be read: pages is a list"),
    ({"reason": "\ud800"}, "fax 6 of subscriber 3 cannot be read: reason holds half a character"),
    ({"new_field": {"a": ["\udfff"]}}, "fax 6 of subscriber 3 cannot be read: new_field holds half a character"),
    ({"id": 1.5}, "a fax of subscriber 3 cannot be read: id is 1.5"),
    ({"id": None}, "a fax of subscriber 3 cannot be read: id is null"),
    ({"id": "six"}, "a fax of subscriber 3 cannot be read: id is not a number"),
    ({"id": 0}, "a fax of subscriber 3 cannot be read: id is not a number"),
    ({"id": True}, "a fax of subscriber 3 cannot be read: id is true"),
    ({"subscriber_id": [3]}, "fax 6 cannot be read: subscriber_id is a list"),
    ({"caller": [], "callee": {}}, "fax 6 of subscriber 3 cannot be read: caller is a list and callee is an object"),
]


@pytest.mark.parametrize(
    "changes", [{}, {"id": "6", "subscriber_id": "3"}, {"caller": 431999}, {"subscriber_id": None}]
)
def test_nothing_is_odd(changes: dict[str, Any]) -> None:
    assert oddities({**FAX, **changes}) == {}


@pytest.mark.parametrize(("changes", "words"), ODD)
def test_what_is_odd(changes: dict[str, Any], words: str) -> None:
    fax = {**FAX, **changes}
    assert str(unreadable(fax, oddities(fax))).startswith(f"The server's entry for {words}. Look at it in the panel.")


def test_nothing_at_all() -> None:
    assert str(unreadable({}, oddities({}))).startswith("The server's entry for a fax cannot be read: id is missing.")
    assert str(unreadable({}, oddities({}), 7)).startswith(
        "The server's entry for fax 7 cannot be read: id is missing."
    )
