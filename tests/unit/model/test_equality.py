# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of values as the server keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import (
    element_key,
    is_same,
    normalize,
    sorted_list,
    unmatched_elements,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)

FIELDS = {field.name: field for resource in (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS) for field in resource.fields}
A = {"destination": "A@x.example", "filetype": "PDF", "incoming": True, "outgoing": False, "status": False}
B = {**A, "destination": "b@x.example"}
RULE = {"from_email": "a@x.example", "received_from": None, "destination": None, "use_regex": False}


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("name", None, "", True),
        ("name", "a", "A", False),
        ("active", "0", None, True),
        ("active", 1, True, True),
        ("active", False, True, False),
        ("destinations", [A, B], [B, A], True),
        ("destinations", [A], [{**A, "destination": "a@X.example"}], True),
        ("destinations", [A], [{**A, "filetype": "PS"}], False),
        ("destinations", [A], [{"destination": "a@x.example", "filetype": "PDF"}], True),
        ("destinations", None, [], True),
        ("acl", [RULE, RULE], [RULE], False),
        ("acl", [RULE], [{**RULE, "destination": ""}], True),
    ],
)
def test_the_same(name: str, one: Any, other: Any, same: bool) -> None:
    assert is_same(FIELDS[name], one, other) is same
    assert is_same(FIELDS[name], other, one) is same


def test_entries_that_differ_are_paired_by_their_key() -> None:
    changed = {**A, "filetype": "PS"}
    assert unmatched_elements(FIELDS["destinations"], [A, B], [changed]) == [(A, changed), (B, None)]
    assert unmatched_elements(FIELDS["acl"], [RULE, RULE], [RULE]) == [(RULE, None)]


def test_values_in_one_form() -> None:
    assert [normalize(FIELDS["active"], value) for value in (1, "0", "")] == [True, False, False]
    assert [normalize(FIELDS["name"], value) for value in ("", None, 5)] == [None, None, "5"]


def test_the_key_of_an_entry() -> None:
    assert element_key(FIELDS["destinations"], A) == "a@x.example"
    assert element_key(FIELDS["acl"], RULE) == element_key(FIELDS["acl"], {**RULE, "received_from": ""})


def test_a_list_is_shown_in_one_order() -> None:
    assert sorted_list(FIELDS["destinations"], [B, A]) == sorted_list(FIELDS["destinations"], [A, B]) == [A, B]
