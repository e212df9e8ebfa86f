# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings of dangerous settings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks

SAFE = {"active": True, "secret_key": "k", "acl": [], "secret_renew_notify": []}
NAMES = ("from_email", "received_from", "destination")


def acl(**entry: Any) -> list[dict[str, Any]]:
    return [{"from_email": None, "received_from": None, "destination": None, "use_regex": False, **entry}]


@pytest.mark.parametrize("change", [{"secret_key": None}, {"secret_key": ""}])
def test_an_active_mail2fax_that_refuses_every_mail(change: dict[str, Any]) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, **change})
    assert risk.startswith("mailtofax_settings is active with neither a secret_key nor an acl")


@pytest.mark.parametrize(
    "change",
    [{}, {"active": False, "secret_key": None}, {"secret_key": None, "acl": acl(from_email="a@example.com")}],
)
def test_nothing_to_warn_of(change: dict[str, Any]) -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, **change}) == []


def test_an_acl_entry_that_lets_everybody_send() -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl()})
    names = "from_email, received_from, destination"
    assert risk == f"an element of acl sets none of {names}: every e-mail fits it. Set one of them."


def test_fax_settings_have_no_risks() -> None:
    assert risks(FAXSERVER_SETTINGS, {"active": True, "destinations": []}) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "pattern",
    [
        "^43111$",
        r"^a@b\.c$",
        "^(a|b)$",
        "^a$|^b$",
        r"\A1\Z",
        r"\A1\z",
        "^[|]$",
        r"^a\|b$",
        "^[]|]$",
        ".*@example.com$",
        r"(?i)^a@b\.c$",
        r"(?i-m)^a@b\.c$",
        r"(?^:^a@b\.c$)",
        r"(?^i:^a@b\.c$)",
        r"(?i:^a@b\.c$)",
        r"^(?i)a@b\.c$",
        r"(?:^a|\Ab)@x(?:$|\z)",
        "^[[:alnum:]._-]+@example[.]com$",
        r"(?<who>^[^@]+)@example\.com$",
    ],
)
def test_a_pattern_that_says_what_it_matches(name: str, pattern: str) -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(**{name: pattern}, use_regex=True)}) == []


@pytest.mark.parametrize("pattern", ["^4399.+", "^4399", r"^4399\d+", "^43.*", "^(43|49)", "(?i)^43", "^43$|^1"])
def test_only_a_number_may_be_a_prefix(pattern: str) -> None:
    """`^4399.+` is the vendor's own example. `^boss@example\\.com` fits boss@example.com.evil.org as well."""
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(destination=pattern, use_regex=True)}) == []
    for name in ("from_email", "received_from"):
        (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(**{name: pattern}, use_regex=True)})
        assert risk == (
            f"acl: the regular expression '{pattern}' of {name} is open at its end: "
            "whatever follows what it names fits, too. End it with $."
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pattern", ["43111$", "43$|^1$", r"\^43$", "[^4]3$", "(^|4)3$", "^?43$", "(?!^)43$"])
def test_a_pattern_that_is_open_at_its_beginning(name: str, pattern: str) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(**{name: pattern}, use_regex=True)})
    assert risk == (
        f"acl: the regular expression '{pattern}' of {name} is open at its beginning: "
        "whatever precedes what it names fits, too. Begin it with ^."
    )


@pytest.mark.parametrize("pattern", ["43111", "^a|b", r"\^43\$", "(?i)43", "a?", "(^43$)?", "(?m)^43$"])
def test_a_pattern_that_is_not_anchored(pattern: str) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(received_from=pattern, use_regex=True)})
    assert risk == (
        f"acl: the regular expression '{pattern}' of received_from is not anchored and matches anywhere in the text. "
        "Put it between ^ and $."
    )
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(destination=pattern, use_regex=True)})
    assert "is open at its beginning" in risk


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_that_perl_does_not_compile(name: str) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(**{name: "^(a$"}, use_regex=True)})
    assert risk == (
        f"acl: the regular expression '^(a$' of {name} is not valid in Perl (a ( is not closed), "
        "so that nothing fits it. Correct it."
    )


def test_a_plain_text_is_no_pattern() -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(destination="43(")}) == []
