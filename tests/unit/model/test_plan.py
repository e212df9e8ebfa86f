# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: its laws, and the cases that the laws do not pin down."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.equality import is_same
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import CHANGED_MASK, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    Field,
    Resource,
)
from tests.unit.strategies import cases, entries

Case = tuple[Resource, dict[str, Any], dict[str, Any]]

FAX: dict[str, Any] = {"active": False, "name": None, "password": None, "t38": True, "ecm": True, "destinations": []}
MAIL: dict[str, Any] = {
    "active": False,
    "secret_key": None,
    "secret_key_renew": "never",
    "secret_renew_notify": [],
    "acl": [],
    "last_secret_key_modify": None,
}
KEYED = next(field for field in FAXSERVER_SETTINGS.fields if field.name == "destinations")
MULTISET = next(field for field in MAILTOFAX_SETTINGS.fields if field.name == "acl")


def entry(address: str, filetype: str = "PDF", **keys: bool) -> dict[str, Any]:
    """A destination as the server holds it."""
    return {"destination": address, "filetype": filetype, "incoming": True, "outgoing": False, "status": False, **keys}


@given(cases())
def test_applying_the_patch_to_before_gives_after(case: Case) -> None:
    resource, declared, current = case
    made = plan(resource, declared, current)
    assert made.before == current
    assert jsonpatch.apply_patch(current, made.operations) == made.after


@given(cases())
def test_planning_again_after_applying_gives_nothing(case: Case) -> None:
    resource, declared, current = case
    after = plan(resource, declared, current).after
    assert plan(resource, declared, after).operations == []
    assert plan(resource, declared, current).mismatched_fields(after) == []


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_lists_never_matters(case: Case, random_source: random.Random) -> None:
    resource, declared, current = case

    def shuffled(settings: dict[str, Any]) -> dict[str, Any]:
        return {
            name: random_source.sample(value, len(value)) if isinstance(value, list) else value
            for name, value in settings.items()
        }

    changed = {operation["path"] for operation in plan(resource, declared, current).operations}
    assert {
        operation["path"] for operation in plan(resource, shuffled(declared), shuffled(current)).operations
    } == changed


@given(cases())
def test_only_declared_fields_are_patched_shown_or_compared(case: Case) -> None:
    resource, declared, current = case
    made = plan(resource, declared, current)
    fields = {field.name for field in resource.fields} & set(declared)
    shown = made.redacted()
    assert {operation["path"].removeprefix("/") for operation in made.operations} <= fields
    assert set(shown["before"]) == set(shown["after"]) == fields
    assert set(made.diff()["before"]) == {operation["path"].removeprefix("/") for operation in made.operations}
    assert all(made.after[name] == current[name] for name in set(current) - fields)


@given(cases())
def test_every_operation_replaces_one_whole_field_that_differs(case: Case) -> None:
    resource, declared, current = case
    operations = plan(resource, declared, current).operations
    assert len({operation["path"] for operation in operations}) == len(operations)
    for operation in operations:
        field = next(field for field in resource.fields if f"/{field.name}" == operation["path"])
        assert operation["op"] == "replace"
        assert not is_same(field, current[field.name], operation["value"])


@given(
    st.sampled_from([KEYED, MULTISET]).flatmap(
        lambda field: st.tuples(st.just(field), entries(field, True), entries(field, True))
    )
)
def test_add_then_remove_is_back(case: tuple[Field, list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    field, there, added = case
    resource = FAXSERVER_SETTINGS if field is KEYED else MAILTOFAX_SETTINGS
    settings = {**(FAX if field is KEYED else MAIL), field.name: there}
    known = [one for one in there if any(_same_entry(field, one, other) for other in added)]
    after = plan(resource, {field.name: added, field.mode: "add"}, settings).after
    back = plan(resource, {field.name: added, field.mode: "remove"}, after).after
    assert is_same(field, back[field.name], [one for one in there if one not in known])


def _same_entry(field: Field, one: dict[str, Any], other: dict[str, Any]) -> bool:
    if field.key:
        return bool(one[field.key].casefold() == other[field.key].casefold())
    return is_same(field, [one], [other])


@given(cases().filter(lambda case: bool(case[0].secrets)))
def test_no_secret_is_shown(case: Case) -> None:
    resource, declared, current = case
    secret = "s3cret-" * 3
    declared = {**declared, **dict.fromkeys(resource.secrets, f"{secret}new"), "update_secret_key": "always"}
    current = {**current, **dict.fromkeys(resource.secrets, f"{secret}old")}
    made = plan(resource, declared, current)
    assert secret in json.dumps(made.operations)
    assert secret not in json.dumps([made.redacted(), made.diff()])
    assert all(made.diff()["before"][name] != made.diff()["after"][name] for name in resource.secrets)


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("there", [None, "", "X"])
def test_null_and_the_empty_string_both_clear(empty: str | None, there: str | None) -> None:
    operations = plan(FAXSERVER_SETTINGS, {"name": empty}, {**FAX, "name": there}).operations
    assert operations == ([{"op": "replace", "path": "/name", "value": None}] if there else [])


def test_null_clears_a_list() -> None:
    current = {**FAX, "destinations": [entry("a@example.com")]}
    assert plan(FAXSERVER_SETTINGS, {"destinations": None}, current).after["destinations"] == []


def test_a_destination_is_sent_with_all_five_keys() -> None:
    declared = {"destinations": [{"destination": "a@example.com", "filetype": "PDF"}]}
    (operation,) = plan(FAXSERVER_SETTINGS, declared, FAX).operations
    assert operation == {"op": "replace", "path": "/destinations", "value": [entry("a@example.com")]}


def test_an_address_in_another_case_is_the_same_destination() -> None:
    current = {**FAX, "destinations": [entry("Fax@Example.com")]}
    assert plan(FAXSERVER_SETTINGS, {"destinations": [entry("fax@example.com")]}, current).operations == []
    changed = plan(FAXSERVER_SETTINGS, {"destinations": [entry("fax@example.com", "PS")]}, current).after
    assert changed["destinations"] == [entry("fax@example.com", "PS")]


@pytest.mark.parametrize(
    ("mode", "after"),
    [
        ("exact", [entry("b@example.com", "PS"), entry("c@example.com")]),
        ("add", [entry("a@example.com"), entry("b@example.com", "PS"), entry("c@example.com")]),
        ("remove", [entry("a@example.com")]),
    ],
)
def test_modes_of_a_keyed_list(mode: str, after: list[dict[str, Any]]) -> None:
    current = {**FAX, "destinations": [entry("a@example.com"), entry("b@example.com")]}
    declared = {
        "destinations": [entry("B@example.com".lower(), "PS"), entry("c@example.com")],
        "destinations_mode": mode,
    }
    assert plan(FAXSERVER_SETTINGS, declared, current).after["destinations"] == after


def rule(number: str) -> dict[str, Any]:
    """An ACL entry as the server holds it."""
    return {"from_email": None, "received_from": None, "destination": number, "use_regex": False}


@pytest.mark.parametrize(
    ("mode", "declared", "after"),
    [
        ("exact", ["1", "1"], ["1", "1"]),
        ("exact", ["1"], ["1"]),
        ("add", ["1", "1"], ["1", "1", "2"]),
        ("add", ["1", "1", "1", "3"], ["1", "1", "1", "2", "3"]),
        ("remove", ["1"], ["2"]),
    ],
)
def test_modes_of_a_multiset(mode: str, declared: list[str], after: list[str]) -> None:
    current = {**MAIL, "acl": [rule("1"), rule("2"), rule("1")]}
    desired = {"acl": [{"destination": number} for number in declared], "acl_mode": mode}
    assert sorted(one["destination"] for one in plan(MAILTOFAX_SETTINGS, desired, current).after["acl"]) == after


def test_a_key_of_an_entry_that_is_not_known_is_kept() -> None:
    current = {**FAX, "destinations": [{**entry("a@example.com"), "cc": "x"}, entry("b@example.com")]}
    after = plan(FAXSERVER_SETTINGS, {"destinations": [entry("a@example.com")]}, current).after
    assert after["destinations"] == [{**entry("a@example.com"), "cc": "x"}]


@pytest.mark.parametrize(
    ("policy", "renew_declared", "renew_there", "secret_there", "sets"),
    [
        (None, None, "never", "old", True),
        (None, None, "daily", "old", False),
        (None, None, "daily", None, True),
        (None, "daily", "never", "old", False),
        (None, "never", "daily", "old", True),
        ("always", None, "daily", "old", True),
        ("on_create", None, "never", "old", False),
        ("on_create", None, "never", "", True),
    ],
)
def test_a_secret_that_the_platform_renews_is_no_difference(
    policy: str | None, renew_declared: str | None, renew_there: str, secret_there: str | None, sets: bool
) -> None:
    declared = {"secret_key": "new", "update_secret_key": policy, "secret_key_renew": renew_declared}
    declared = {name: value for name, value in declared.items() if value}
    made = plan(MAILTOFAX_SETTINGS, declared, {**MAIL, "secret_key": secret_there, "secret_key_renew": renew_there})
    assert ("/secret_key" in {operation["path"] for operation in made.operations}) is sets


def test_what_a_changed_and_a_new_secret_show() -> None:
    changed = plan(FAXSERVER_SETTINGS, {"password": "new"}, {**FAX, "password": "old"})
    assert changed.redacted()["patch"] == [{"op": "replace", "path": "/password", "value": MASK}]
    assert changed.diff() == {"before": {"password": MASK}, "after": {"password": CHANGED_MASK}}
    new = plan(FAXSERVER_SETTINGS, {"password": "new"}, FAX).redacted()
    assert new["before"] == {"password": None}
    cleared = plan(FAXSERVER_SETTINGS, {"password": ""}, {**FAX, "password": "old"}).redacted()
    assert cleared["patch"] == [{"op": "replace", "path": "/password", "value": None}]


def test_a_field_that_the_server_does_not_know_is_said() -> None:
    with pytest.raises(NotFound, match="This server's faxserver_settings has no ecm"):
        plan(FAXSERVER_SETTINGS, {"ecm": True}, {"active": True})


def test_what_the_server_did_not_take_is_named() -> None:
    made = plan(FAXSERVER_SETTINGS, {"name": "X", "active": True, "t38": True}, FAX)
    assert made.mismatched_fields({**FAX, "active": True}) == ["name"]
