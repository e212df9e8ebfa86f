# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module refuses invalid options before any request, with one sentence for each mistake."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ngcp.fax.plugins.module_utils._internal import login, settings_info
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import archive, delete, info, recordings, send
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.inventory import (
    inventory_problems,
    malformed_options,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Spec

SPECS: dict[str, Callable[[], Spec]] = {
    "settings_info": settings_info.spec_of_settings_info,
    "fax_info": info.spec_of_fax_info,
    "fax": delete.spec_of_fax,
    "recording": recordings.spec_of_recording,
    "archive": archive.spec_of_archive,
    "login": login.spec_of_login,
    "sending": send.spec_of_sending,
}
LOGIN = {"api_url": "https://127.0.0.1:1443", "api_username": "u", "api_password": "p"}
NO_SPAN = "is not a span such as 90d, 24h or 1d12h (units: s, m for minutes, h, d, w)"
NO_MOMENT = "is neither a time such as 2026-11-01 08:00:00 or 2026-11-01T08:00:00+01:00, nor a span such as 24h or 7d"
ONE_SELECTOR = "subscribers[0] must have one of subscriber_id, subscriber, external_id, or an id and one of the names."
EVERYBODY = "older_than without a subscriber deletes everybody's faxes; name one, or set confirm_all: true."


def problems(module: str, options: dict[str, Any]) -> str:
    return " ".join(map(str, SPECS[module]().problems({**LOGIN, **options})))


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("settings_info", {}),
        ("settings_info", {"subscriber": "anna@example.com"}),
        ("settings_info", {"subscribers": []}),
        ("settings_info", {"subscribers": [{"subscriber_id": 3, "subscriber": None}, {"external_id": "x"}]}),
        (
            "settings_info",
            {"match": {"domain": "example.com", "customer_external_id": "50%_a\\", "alias": "43199"}, "active": True},
        ),
        (
            "settings_info",
            {"match": {"customer_id": 1, "reseller_id": 1, "profile_id": 1}, "page_size": 1, "workers": 32},
        ),
        ("settings_info", {"page_size": 1000, "workers": 1, "settings": ["faxserver_settings"]}),
        ("fax_info", {"id": 1}),
        ("fax_info", {"since": "7d", "until": "24h", "direction": "in", "status": "SUCCESS", "limit": 1}),
        ("fax_info", {"since": "2026-11-01", "until": "2026-11-01T00:00:01Z", "caller": "1", "callee": "anonymous"}),
        ("fax_info", {"since": "2026-11-01T00:00:00+01:00", "until": "2026-11-01"}),
        ("fax_info", {"subscriber_id": 3}),
        ("fax", {"id": [1, 1, 2]}),
        ("fax", {"older_than": "90d", "confirm_all": True, "max_deletions": 0}),
        ("fax", {"older_than": "1s", "external_id": "x"}),
        ("recording", {"id": 1, "dest": "/tmp/"}),
        ("archive", {"dest": "a", "since": "1w"}),
        ("login", {}),
        ("login", {"auth": "jwt", "otp_secret": "abcd efgh"}),
        ("sending", {"destination": "431", "content": "x"}),
        ("sending", {"destinations": ["431", "432", "anna431"], "src": "a.pdf", "workers": 32}),
        ("sending", {"destination": "1", "content": "ü" * (1 << 20), "retry_failed": 100, "wait": True}),
        ("sending", {"destination": "1", "src": "a", "retry_failed": 0, "wait": False, "wait_timeout": 86400.0}),
    ],
)
def test_nothing_is_wrong(module: str, options: dict[str, Any]) -> None:
    assert problems(module, options) == ""


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"match": {"domain": "example.com"}, "active": True, "subscriber": "anna@example.com"},
            "match cannot be given together with subscriber: name subscribers, or select them by what they are.",
        ),
        (
            {"active": False, "subscribers": [{"subscriber_id": 3}]},
            "active cannot be given together with subscribers: name subscribers, or select them by what they are.",
        ),
        (
            {"subscriber_id": 3, "subscribers": [{"subscriber_id": 4}]},
            "subscriber_id cannot be given together with subscribers; put it into the list.",
        ),
        ({"subscribers": [{}]}, ONE_SELECTOR),
        ({"subscribers": [{"subscriber": "a@x.example", "external_id": "x"}]}, ONE_SELECTOR),
        (
            {"subscribers": [{"subscriber_id": 3}, {"subscriber": "anna"}, {"subscriber_id": 0}]},
            (
                "subscribers[1].subscriber must be user@domain, not 'anna'. "
                "subscribers[2].subscriber_id must be at least 1, not 0."
            ),
        ),
        ({"settings": []}, "settings must not be empty; leave it out to have both."),
        ({"match": {"profile_id": 0}}, "match.profile_id must be at least 1, not 0."),
        ({"page_size": 0}, "page_size must be between 1 and 1000, not 0."),
        ({"page_size": 1001}, "page_size must be between 1 and 1000, not 1001."),
        ({"workers": 33}, "workers must be between 1 and 32, not 33."),
    ],
)
def test_settings_info(options: dict[str, Any], problem: str) -> None:
    assert problems("settings_info", options) == problem


@pytest.mark.parametrize("module", ["fax_info", "archive"])
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"since": "yesterday"}, f"since: 'yesterday' {NO_MOMENT}."),
        ({"until": ""}, f"until: '' {NO_MOMENT}."),
        ({"since": "999999999w"}, "since: '999999999w' is out of range."),
        ({"since": "24h", "until": "7d"}, "since (24h) must be before until (7d)."),
        ({"since": "7d", "until": "7d"}, "since (7d) must be before until (7d)."),
        (
            {"since": "2026-11-01 01:00:00", "until": "2026-11-01T01:30:00+01:00"},
            "since (2026-11-01 01:00:00) must be before until (2026-11-01T01:30:00+01:00).",
        ),
        ({"since": "junk", "until": "7d"}, f"since: 'junk' {NO_MOMENT}."),
        ({"status": ""}, "status must not be empty; leave it out to have all."),
        (
            {"page_size": 0, "workers": 0},
            ("page_size must be between 1 and 1000, not 0. workers must be between 1 and 32, not 0."),
        ),
        ({"subscriber": "anna"}, "subscriber must be user@domain, not 'anna'."),
    ],
)
def test_windows(module: str, options: dict[str, Any], problem: str) -> None:
    assert problems(module, options) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"id": 0}, "id must be at least 1, not 0."),
        ({"limit": 0}, "limit must be at least 1, not 0."),
        ({"caller": ""}, "caller must not be empty; leave it out to have all."),
        ({"callee": " "}, "callee must not be empty; leave it out to have all."),
        (
            {"id": 1, "limit": 1, "subscriber_id": 3, "since": "7d"},
            (
                "subscriber_id cannot be given together with id. since cannot be given together with id. "
                "limit cannot be given together with id."
            ),
        ),
    ],
)
def test_fax_info(options: dict[str, Any], problem: str) -> None:
    assert problems("fax_info", options) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"id": []}, "id must not be an empty list; name the faxes to delete."),
        ({"id": [1, 0, -1]}, "id[1] must be at least 1, not 0. id[2] must be at least 1, not -1."),
        ({"id": [1], "subscriber": "a@b"}, "subscriber cannot be given together with id."),
        ({"older_than": "90d"}, EVERYBODY),
        ({"older_than": "90d", "confirm_all": False}, EVERYBODY),
        # Only true itself: what else Ansible takes for it was made true by then.
        ({"older_than": "90d", "confirm_all": "true"}, EVERYBODY),
        ({"older_than": "0d", "subscriber_id": 3}, "older_than must be longer than zero."),
        ({"older_than": "0d0h", "confirm_all": True}, "older_than must be longer than zero."),
        ({"older_than": "", "confirm_all": True}, f"older_than: '' {NO_SPAN}."),
        ({"older_than": "-90d", "confirm_all": True}, f"older_than: '-90d' {NO_SPAN}."),
        # A time is not a span: it would delete newer faxes by mistake.
        ({"older_than": "2026-11-01", "confirm_all": True}, f"older_than: '2026-11-01' {NO_SPAN}."),
        ({"older_than": "999999999w", "confirm_all": True}, "older_than: '999999999w' is out of range."),
        ({"older_than": "999999999d", "confirm_all": True}, "older_than: '999999999d' is out of range."),
        ({"id": [1], "max_deletions": -1}, "max_deletions must be at least 0, not -1."),
    ],
)
def test_fax(options: dict[str, Any], problem: str) -> None:
    assert problems("fax", options) == problem


@pytest.mark.parametrize(
    ("module", "options", "problem"),
    [
        ("recording", {"id": 0, "dest": "x"}, "id must be at least 1, not 0."),
        ("recording", {"id": 1, "dest": ""}, "dest must not be empty; give a path."),
        ("archive", {"dest": ""}, "dest must not be empty; give a path."),
        ("login", {"auth": "basic"}, "auth: basic has no token; leave auth out, or do not log in."),
        (
            "login",
            {"api_username": None, "api_password": None, "api_token": "t"},
            "api_username and api_password are missing; a token is given for these only.",
        ),
        (
            "login",
            {"otp": "123456", "otp_secret": "ABCDEFGH"},
            "otp and otp_secret are both given; give the secret alone, the password is made from it.",
        ),
        (
            "login",
            {"otp_secret": "not base32!"},
            "otp_secret must be in base32 (A to Z, 2 to 7), as the server shows it when two factors are set up.",
        ),
    ],
)
def test_recording_archive_and_login(module: str, options: dict[str, Any], problem: str) -> None:
    assert problems(module, options) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"destination": " "}, "destination must not be empty; give the number to send to."),
        ({"destinations": []}, "destinations must not be empty; give the numbers to send to."),
        ({"destinations": ["1", "", "2"]}, "destinations[1] must not be empty; give the number to send to."),
        ({"destinations": ["1", " \n"]}, "destinations[1] must not be empty; give the number to send to."),
        (
            {"destinations": ["+43 1/234", "1", "0043 (1) 2\u20133\u20134", "+431234"]},
            (
                "destinations[2]: '0043 (1) 2\u20133\u20134' is already in destinations[0]; keep one of them. "
                "destinations[3]: '+431234' is already in destinations[0]; keep one of them."
            ),
        ),
        ({"content": ""}, "content must not be empty; give the text to send, or a file as src."),
        ({"content": "\n\t "}, "content must not be empty; give the text to send, or a file as src."),
        (
            {"content": "x" * ((1 << 20) + 1)},
            "content is 1048577 characters long; the server takes at most 1048576. Send it as a file.",
        ),
        ({"src": ""}, "src must not be empty; give the file to send, or a text as content."),
        ({"receipt": ""}, "receipt must not be empty; give a file, or leave it out."),
        ({"retry_failed": -1}, "retry_failed must be between 0 and 100, not -1."),
        ({"retry_failed": 101}, "retry_failed must be between 0 and 100, not 101."),
        (
            {"retry_failed": 1, "wait": False},
            "retry_failed needs wait: without it nobody knows that a fax failed.",
        ),
        ({"workers": 0}, "workers must be between 1 and 32, not 0."),
        ({"wait_timeout": 0.0}, "wait_timeout must be between 0.001 and 86400, not 0.0."),
        ({"poll_interval": math.nan}, "poll_interval must be between 0.001 and 86400, not nan."),
        ({"retry_pause": math.inf}, "retry_pause must be between 0.001 and 86400, not inf."),
    ],
)
def test_sending(options: dict[str, Any], problem: str) -> None:
    assert problems("sending", options) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, ""),
        ({"match": None, "active": None}, ""),
        ({"match": {"domain": "example.com", "customer_id": 3}}, ""),
        ({"active": True, "with_settings": True}, ""),
        ({"active": False}, "active needs with_settings: true, because it is a setting."),
        ({"match": {"customer_id": 0}}, "match.customer_id must be at least 1, not 0."),
        ({"page_size": 0}, "page_size must be between 1 and 1000, not 0."),
    ],
)
def test_inventory(options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, inventory_problems(options))) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"match": {"domain": "x"}, "active": "no", "with_settings": True, "workers": "4"}, ""),
        ({"match": None, "active": None}, ""),
        ({"match": "domain"}, "match must be a mapping with"),
        ({"active": "{{ is_active }}"}, "active must be true or false."),
        ({"with_settings": 2}, "with_settings must be true or false, not '2'."),
        ({"page_size": True, "workers": True}, "page_size must be a number. workers must be a number."),
    ],
)
def test_what_ansible_would_misread_in_an_inventory(options: dict[str, Any], problem: str) -> None:
    assert " ".join(map(str, malformed_options(options))).startswith(problem)


TEXTS = ["", " ", "x", "*", "NULL", "0d", "7d", "24h", "999999999w", "2026-11-01", "anna", "anna@example.com", "+43 1"]
VALUES = st.sampled_from([*TEXTS, None, True, False, 0, 1, -1, 10**9, 0.0, math.nan, math.inf])
ENTRIES = st.dictionaries(st.sampled_from(["subscriber_id", "subscriber", "external_id", "x"]), VALUES, max_size=3)
ANY = VALUES | st.lists(VALUES | ENTRIES, max_size=3) | ENTRIES


@given(st.sampled_from(sorted(SPECS)), st.data())
def test_whatever_is_given_no_sentence_stands_twice(module: str, data: st.DataObject) -> None:
    """A value of the wrong type is left to Ansible, and nothing crashes on it."""
    spec = SPECS[module]()
    options = data.draw(st.dictionaries(st.sampled_from(sorted(spec.options)), ANY, max_size=6))
    spec.malformed(options)
    found = spec.problems(options)
    assert len(set(found)) == len(found)
    assert all(str(problem).endswith((".", "?")) for problem in found)


@pytest.mark.parametrize("module", sorted(SPECS))
def test_every_default_is_one_that_may_be_given(module: str) -> None:
    spec = SPECS[module]()
    defaults = {name: option["default"] for name, option in spec.options.items() if "default" in option}
    assert spec.problems({**LOGIN, **defaults}) == []
    for option in spec.options.values():
        default, choices = option.get("default"), option.get("choices")
        given = default if isinstance(default, list) else [default]
        assert default is None or not choices or set(given) <= set(choices)
