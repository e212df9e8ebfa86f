# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of fields agree with themselves."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    RESOURCES,
)


def test_a_list_has_its_key_among_its_entries_values_and_it_is_required() -> None:
    for resource in RESOURCES:
        for field in resource.lists:
            parts = {part.name: part for part in field.parts}
            assert field.type == "list"
            assert field.key is None or parts[field.key].required


def test_no_two_options_of_a_resource_have_one_name() -> None:
    for resource in RESOURCES:
        names = [field.name for field in resource.fields] + [field.mode for field in resource.lists]
        names += [field.renewal.policy for field in resource.fields if field.renewal]
        assert len(names) == len(set(names))


def test_the_schedule_of_a_renewal_is_a_field_that_can_say_never() -> None:
    for resource in RESOURCES:
        fields = {field.name: field for field in resource.fields}
        for field in resource.fields:
            if field.renewal:
                assert field.renewal.never in fields[field.renewal.schedule].choices


def test_what_is_secret() -> None:
    assert FAXSERVER_SETTINGS.secrets == {"password"}
    assert MAILTOFAX_SETTINGS.secrets == {"secret_key"}
