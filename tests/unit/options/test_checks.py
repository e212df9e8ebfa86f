# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid options are refused before any request, with one sentence that names option, entry and allowed values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
    Resource,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import selector_problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import (
    settings_notices,
    settings_problems,
)
from tests.unit.strategies import cases


@pytest.mark.parametrize(
    ("resource", "options", "problem"),
    [
        (
            FAXSERVER_SETTINGS,
            {"destinations": [{"destination": "a@example.com", "filetype": "PDF"}, {"destination": "b"}]},
            (
                "destinations[1].destination must be an e-mail address such as user@example.com, not 'b'. "
                "destinations[1].filetype is missing; give one of TIFF, PS, PDF, PDF14."
            ),
        ),
        (
            FAXSERVER_SETTINGS,
            {"destinations": [{"destination": "a@example.com", "filetype": "pdf"}]},
            "destinations[0].filetype must be one of TIFF, PS, PDF, PDF14, not 'pdf'.",
        ),
        (
            FAXSERVER_SETTINGS,
            {
                "destinations": [
                    {"destination": "a@example.com", "filetype": "PDF"},
                    {"destination": "A@Example.com", "filetype": "PS"},
                ]
            },
            (
                "destinations[1].destination: 'A@Example.com' is already in destinations[0] "
                "(upper and lower case are the same); keep one of them."
            ),
        ),
        (FAXSERVER_SETTINGS, {"name": "N" * 65}, "name is 65 characters long; the server takes at most 64."),
        (FAXSERVER_SETTINGS, {"password": "p" * 65}, "password is 65 characters long; the server takes at most 64."),
        (
            FAXSERVER_SETTINGS,
            {"active": None},
            "active cannot be empty; give true or false, or leave the option out to leave the field as it is.",
        ),
        (
            FAXSERVER_SETTINGS,
            {"destinations": [], "destinations_mode": "remove"},
            "destinations is empty, so destinations_mode: remove would remove nothing; name the elements to remove.",
        ),
        (
            FAXSERVER_SETTINGS,
            {"destinations_mode": "add"},
            "destinations_mode: add is given without destinations; declare the elements to add.",
        ),
        (
            MAILTOFAX_SETTINGS,
            {"secret_key": "k" * 256},
            "secret_key is 256 characters long; the server takes at most 255.",
        ),
        (
            MAILTOFAX_SETTINGS,
            {"update_secret_key": "always"},
            "update_secret_key: always is given without secret_key; declare the value to set.",
        ),
        (
            MAILTOFAX_SETTINGS,
            {"secret_key_renew": "yearly"},
            "secret_key_renew must be one of never, daily, weekly, monthly, not 'yearly'.",
        ),
        (
            MAILTOFAX_SETTINGS,
            {"secret_renew_notify": [{"destination": ""}]},
            "secret_renew_notify[0].destination is missing; give a value.",
        ),
        (
            FAXSERVER_SETTINGS,
            {"destinations": [{"destination": "a@b_c.de", "filetype": "PDF"}]},
            (
                "destinations[0].destination must be an e-mail address such as user@example.com, not 'a@b_c.de' "
                "('b_c' cannot stand in a domain: letters, digits and, between them, hyphens can)."
            ),
        ),
        (
            FAXSERVER_SETTINGS,
            {"destinations": [{"destination": "a\u200b@example.com", "filetype": "PDF"}]},
            "destinations[0].destination holds U+200B (zero width space, character 2), which is invisible; remove it.",
        ),
        (
            MAILTOFAX_SETTINGS,
            {"secret_renew_notify": [{"destination": "a@example.com\u200e"}]},
            (
                "secret_renew_notify[0].destination holds U+200E (left-to-right mark, character 14), "
                "which is invisible; remove it."
            ),
        ),
        (
            MAILTOFAX_SETTINGS,
            {"acl": [{"from_email": "^a\u202eb$"}, {"received_from": "\u00a0"}, {"destination": "43\ufeff"}]},
            (
                "acl[0].from_email holds U+202E (right-to-left override, character 3), which is invisible; remove it. "
                "acl[1].received_from holds U+00A0 (no-break space, character 1), which is invisible; remove it. "
                "acl[2].destination holds U+FEFF (zero width no-break space, character 3), which is invisible; "
                "remove it."
            ),
        ),
    ],
)
def test_bad_settings(resource: Resource, options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, settings_problems(resource, options))) == problem


@pytest.mark.parametrize(
    ("resource", "options"),
    [
        (FAXSERVER_SETTINGS, {"name": "N" * 64, "password": None, "destinations": None}),
        (FAXSERVER_SETTINGS, {"destinations": [{"destination": "nobody"}], "destinations_mode": "remove"}),
        (MAILTOFAX_SETTINGS, {"acl": [{"destination": "1"}, {"destination": "1"}], "secret_key": "k" * 255}),
        (MAILTOFAX_SETTINGS, {"acl": [{"destination": "1\u200b"}], "acl_mode": "remove"}),
        (FAXSERVER_SETTINGS, {"destinations": [{"destination": "a\u200b"}], "destinations_mode": "remove"}),
        (FAXSERVER_SETTINGS, {"destinations": [{"destination": "a(comment)@b.de", "filetype": "PDF"}]}),
        (MAILTOFAX_SETTINGS, {"secret_renew_notify": [{"destination": "nobody"}]}),
        (FAXSERVER_SETTINGS, {"name": "\u0645\u06cc\u200c\u062e"}),
        (
            MAILTOFAX_SETTINGS,
            {"secret_renew_notify": [{"destination": "nobody"}], "secret_renew_notify_mode": "remove"},
        ),
    ],
)
def test_good_settings(resource: Resource, options: dict[str, Any]) -> None:
    assert list(settings_problems(resource, options)) == []


def test_what_the_server_takes_and_is_a_mistake() -> None:
    notify = [{"destination": "a@b.de"}, {"destination": "S3cret"}, {}]
    found = settings_notices(MAILTOFAX_SETTINGS, {"secret_renew_notify": notify, "secret_key": "\u200b"})
    assert list(map(str, found)) == [
        (
            "secret_renew_notify[1].destination is not an e-mail address; the server takes it, and its mails arrive "
            "nowhere. Correct it."
        )
    ]
    assert list(map(str, settings_notices(FAXSERVER_SETTINGS, {"name": "a\u200c", "password": "\u200b"}))) == [
        "name holds U+200C (zero width non-joiner, character 2), which is invisible; remove it if it is not meant."
    ]
    removed = {"secret_renew_notify": notify, "secret_renew_notify_mode": "remove"}
    assert list(settings_notices(MAILTOFAX_SETTINGS, removed)) == []
    assert list(settings_notices(MAILTOFAX_SETTINGS, {"secret_renew_notify": None, "secret_key_renew": "never"})) == []


@pytest.mark.parametrize("value", [7, {"a": 1}, "text", [None], [["x"]], True])
def test_a_value_of_the_wrong_type_is_left_to_ansible(value: Any) -> None:
    for resource in (FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS):
        for field in resource.fields:
            list(settings_problems(resource, {field.name: value}))


@given(cases())
def test_a_secret_is_never_quoted(case: tuple[Resource, dict[str, Any], dict[str, Any]]) -> None:
    resource, declared, _current = case
    declared |= dict.fromkeys(resource.secrets, "s3cret" * 100)
    assert not any("s3cret" in str(problem) for problem in settings_problems(resource, declared))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"subscriber": "user"}, "subscriber must be user@domain, not 'user'."),
        ({"subscriber": "@example.com"}, "subscriber must be user@domain, not '@example.com'."),
        (
            {"subscriber": "user*@example.com"},
            "subscriber must not hold the wildcard '*' ('user*@example.com'): it names one subscriber.",
        ),
        ({"external_id": "*"}, "external_id must not hold the wildcard '*' ('*'): it names one subscriber."),
        ({"external_id": ""}, "external_id must not be empty."),
        (
            {"subscriber": "4312\u202d345@x.example"},
            "subscriber holds U+202D (left-to-right override, character 5), which is invisible; remove it.",
        ),
        (
            {"external_id": "\u00a0"},
            "external_id holds U+00A0 (no-break space, character 1), which is invisible; remove it.",
        ),
        ({"external_id": "a\n"}, "external_id must not hold a space or a line break."),
        ({"subscriber_id": 0}, "subscriber_id must be at least 1, not 0."),
        ({"subscriber": "a@b@example.com"}, ""),
    ],
)
def test_selectors(options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, selector_problems(options))) == problem
