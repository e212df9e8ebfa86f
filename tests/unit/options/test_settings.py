# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compiled checks of settings: what fits has no problem and is normal, and each problem has its path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import Secret
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import CHECKS, settings_options
from tests.unit.strategies import cases

FAX, MAIL = CHECKS["faxserver_settings"], CHECKS["mailtofax_settings"]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "text", 5, True, 2.5, [], {}, ["x"], [{}], [{"a": 1}], "a\u200b"]
)


def without_nulls(value: Any) -> Any:
    """Return a value; of a list of entries, these without their nulls."""
    if not isinstance(value, list):
        return value
    return [{name: each for name, each in entry.items() if each is not None} for entry in value]


@given(cases())
def test_what_fits_has_no_problem_and_is_normal(case: tuple[Any, dict[str, Any], dict[str, Any]]) -> None:
    resource, declared, _current = case
    check = CHECKS[resource.module]
    if check.fits(declared):
        assert list(check.problems(declared)) == []
        # A null inside a list's entry stays: a plan takes it for a part that is not given.
        assert check.normalized(declared) == {name: without_nulls(value) for name, value in declared.items()}


@given(st.sampled_from(RESOURCES), st.data())
def test_any_value_at_any_place_is_checked(resource: Any, data: st.DataObject) -> None:
    """Without an exception; a value that fits has no problem."""
    check = CHECKS[resource.module]
    for field in resource.fields:
        parts = st.fixed_dictionaries({}, optional={part.name: ODD for part in field.parts})
        value = data.draw(st.lists(parts, max_size=2) | ODD if field.parts else ODD)
        problems = list(check.problems({field.name: value}))
        assert all(problem.path[0] == field.name for problem in problems)
        assert not (problems and check.fits({field.name: value}))


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({"destinations": [{"destination": "a@x.example"}]}, [("destinations", 0, "filetype")]),
        ({"destinations": [{"destination": 5, "filetype": "PDF"}]}, [("destinations", 0, "destination")]),
        ({"name": 5, "t38": "maybe"}, [("name",), ("t38",)]),
        ({"destinations_mode": "add"}, [("destinations_mode",)]),
        ({"destinations": [], "destinations_mode": "remove"}, [("destinations",)]),
        ({"destinations": [{"filetype": "PDF"}], "destinations_mode": "remove"}, [("destinations", 0, "destination")]),
        ({"destinations": "x"}, [("destinations",)]),
    ],
)
def test_each_problem_is_told_once_and_has_the_path_of_its_value(
    options: dict[str, Any], paths: list[tuple[str | int, ...]]
) -> None:
    assert [problem.path for problem in FAX.problems(options)] == paths


def test_the_same_address_twice() -> None:
    same = [{"destination": "A@x.example", "filetype": "PDF"}, {"destination": "a@x.example", "filetype": "PDF"}]
    assert not FAX.fits({"destinations": same})
    assert list(map(str, FAX.problems({"destinations": same}))) == [
        (
            "destinations[1].destination: 'a@x.example' is already in destinations[0] "
            "(upper and lower case are the same); keep one of them."
        )
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("ß@x", "S@x", True), ("ß@x", "ss@x", False), ("é@x", "e@x", True), ("a@x", "a@x ", True)],
)
def test_addresses_that_only_the_servers_database_takes_for_the_same(one: str, other: str, same: bool) -> None:
    options = {"secret_renew_notify": [{"destination": one}, {"destination": other}]}
    told = " ".join(map(str, MAIL.problems(options)))
    assert ("is already in secret_renew_notify[0] (the server's database takes them for the same)" in told) is same
    assert not (same and MAIL.fits(options))


@pytest.mark.parametrize("text", ["S3cret.canary@x", "s3cretcanary", "ok@s3cret_canary.example"])
def test_what_was_encrypted_is_not_quoted(text: str) -> None:
    entries = [{"destination": Secret(text), "filetype": "PDF"}] * 2
    sentences = list(map(str, FAX.problems({"destinations": entries})))
    assert sentences
    assert not [sentence for sentence in sentences if "canary" in sentence]


def test_escaped_characters_were_on_the_server_already() -> None:
    options = {"acl": [{"from_email": "a\u200b"}]}
    assert [problem.path for problem in MAIL.problems(options)] == [("acl", 0, "from_email")]
    assert list(MAIL.problems(options, escaped=True)) == []


def test_options_in_the_form_of_a_module() -> None:
    given = {"active": "yes", "destinations": [{"destination": "a@x", "status": "no", "incoming": None}], "name": None}
    assert FAX.normalized(given) == {
        "active": True,
        "destinations": [{"destination": "a@x", "status": False}],
        "name": None,
    }


def test_the_options_of_a_resource_are_its_fields_their_modes_and_policies() -> None:
    for resource in RESOURCES:
        fields = [field.name for field in resource.fields]
        options = settings_options(resource)
        assert [name for name in options if name in fields] == fields
        assert all(option["no_log"] is not None for option in options.values())
    assert settings_options(RESOURCES[1]).keys() - {field.name for field in RESOURCES[1].fields} == {
        "update_secret_key",
        "secret_renew_notify_mode",
        "acl_mode",
    }
