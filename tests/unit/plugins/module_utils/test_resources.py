# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is dangerous, and said before it bites."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils.resources import FAXSERVER_SETTINGS, MAILTOFAX_SETTINGS, risks

SAFE = {"active": True, "secret_key": "k", "acl": [], "secret_renew_notify": []}


def acl(**entry: Any) -> list[dict[str, Any]]:
    return [{"from_email": None, "received_from": None, "destination": None, "use_regex": False, **entry}]


@pytest.mark.parametrize("change", [{"secret_key": None}, {"secret_key": ""}])
def test_an_active_mail2fax_that_refuses_every_mail(change: dict[str, Any]) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, **change})
    assert risk.startswith("mailtofaxsettings is active with neither a secret_key nor an acl")


@pytest.mark.parametrize(
    "change",
    [{}, {"active": False, "secret_key": None}, {"secret_key": None, "acl": acl(from_email="a@example.com")}],
)
def test_nothing_to_warn_of(change: dict[str, Any]) -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, **change}) == []


def test_an_acl_entry_that_lets_everybody_send() -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl()})
    assert (
        risk
        == "an entry of acl sets none of from_email, received_from, destination: every e-mail fits it. Set one of them."
    )


def test_fax_settings_have_no_risks() -> None:
    assert risks(FAXSERVER_SETTINGS, {"active": True, "destinations": []}) == []


@pytest.mark.parametrize(
    "pattern",
    ["^43111$", r"^a@b\.c$", "^43.*", "^(a|b)$", "^a$|^b$", r"\A1\Z", "^[|]$", r"^a\|b$", "^[]|]$", ".*@example.com$"],
)
def test_a_pattern_that_says_what_it_matches(pattern: str) -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(destination=pattern, use_regex=True)}) == []


@pytest.mark.parametrize("pattern", ["43111", "^43111", "43111$", "^a|b$", "^43$|1", r"^43\$", "^(a|b)"])
def test_a_pattern_that_is_not_anchored(pattern: str) -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(received_from=pattern, use_regex=True)})
    assert risk == (
        f"acl: the regular expression '{pattern}' of received_from is not anchored and matches anywhere in the text. "
        "Put it between ^ and $."
    )


def test_a_pattern_that_does_not_compile() -> None:
    (risk,) = risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(from_email="^(a$", use_regex=True)})
    assert risk.startswith("acl: the regular expression '^(a$' of from_email does not compile in Python (missing )")


def test_a_plain_text_is_no_pattern() -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(destination="43(")}) == []


def test_a_pattern_that_a_later_python_may_read_otherwise_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert risks(MAILTOFAX_SETTINGS, {**SAFE, "acl": acl(from_email="^[[a]$", use_regex=True)}) == []
    assert not recwarn.list
