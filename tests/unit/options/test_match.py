# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`match` is checked in the same words wherever it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import parse_entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import JOB as EXPORT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.inventory import (
    inventory_problems,
    malformed_options,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.match import given_match
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB as SETTINGS_INFO

NAMES = "domain, customer_id, customer_external_id, reseller_id, profile_id, alias"
SETTINGS = {"faxserver_settings": {"active": True}}
Check = Callable[[object], list[Problem]]


def entry(match: object) -> list[Problem]:
    return parse_entry({"match": match, **SETTINGS}, "")[1]


def inventory(match: object) -> list[Problem]:
    return list(malformed_options({"match": match})) or list(inventory_problems({"match": match}))


def module(job: Job[Any], option: str, **others: Any) -> Check:
    return lambda match: job.spec.problems({"api_url": "https://x.example", "api_token": "t", option: match, **others})


CHECKS: dict[str, tuple[str, Check]] = {
    "state file": ("match", entry),
    "inventory": ("match", inventory),
    "fax_settings_info": ("match", module(SETTINGS_INFO, "match")),
    "fax_export": ("match", module(EXPORT, "match", dest="x")),
    "fax_subscribers": (
        "unmanaged_match",
        module(SUBSCRIBERS, "unmanaged_match", unmanaged="report", subscribers=[{"subscriber_id": 3, **SETTINGS}]),
    ),
    "fax_drift": (
        "unmanaged_match",
        module(DRIFT, "unmanaged_match", unmanaged="report", subscribers=[{"subscriber_id": 3, **SETTINGS}]),
    ),
}


@pytest.mark.parametrize("where", CHECKS)
@pytest.mark.parametrize(
    ("match", "problem"),
    [
        ({"domain": "x.example", "customer_id": 5, "alias": "4311"}, ""),
        ({"domain": None, "reseller_id": "2"}, ""),
        ("domain", f" must be a mapping with {NAMES}."),
        ([], f" must be a mapping with {NAMES}."),
        ({}, f" is empty, which would be everybody; give at least one of {NAMES}."),
        ({"domain": None}, f" is empty, which would be everybody; give at least one of {NAMES}."),
        ({"domian": "x"}, ".domian is not an option; did you mean domain?"),
        ({"active": True}, f".active is not an option; use one of {NAMES}."),
        (
            {"s3cret": None},
            f".#1 is not an option (the key is not shown, it might be a secret); use one of {NAMES}.",
        ),
        ({"domain": ""}, ".domain must not be empty; leave it out to have all."),
        ({"domain": "*.example"}, ".domain must be one whole value, without a wildcard, not '*.example'."),
        (
            {"customer_external_id": "NULL"},
            ".customer_external_id must be one whole value, without a wildcard, not 'NULL'.",
        ),
        (
            {"domain": "x\u200b"},
            ".domain holds U+200B (zero width space, character 2), which is invisible; remove it.",
        ),
        ({"alias": "+4311"}, ".alias must be a whole number with country code, digits only, not '+4311'."),
        ({"alias": "43*"}, ".alias must be one whole value, without a wildcard, not '43*'."),
        (
            {"alias": "\u0664\u0663"},
            ".alias must be a whole number with country code, digits only, not '\u0664\u0663'.",
        ),
        (
            {"alias": 4311},
            ".alias must be a text; put it in quotes, because YAML may have read it as another number.",
        ),
        ({"reseller_id": True}, ".reseller_id must be a number."),
        ({"reseller_id": "two"}, ".reseller_id must be a number, not 'two'."),
        ({"reseller_id": [2]}, ".reseller_id must be a number."),
        ({"customer_id": 0}, ".customer_id must be at least 1, not 0."),
        ({"customer_id": "0"}, ".customer_id must be at least 1, not 0."),
    ],
    ids=str,
)
def test_a_mistake_is_described_alike_everywhere(where: str, match: object, problem: str) -> None:
    path, check = CHECKS[where]
    assert " ".join(map(str, check(match))) == (f"{path}{problem}" if problem else "")


def test_what_is_given() -> None:
    assert given_match(None) == {}
    assert given_match({"domain": None, "reseller_id": " 2", "alias": "4311"}) == {"reseller_id": 2, "alias": "4311"}
