# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a drift report."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.rows import SubscriberFacts, drift_rows
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.settle import RestoreOptions
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target

Settings = dict[str, Any]
AT = datetime(2026, 11, 26, 2, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "username",
    ["{{ lookup('pipe', 'touch x') }}", "{% raw %}", "x api_url=https://evil.example", "*", "x\ny", ""],
)
def test_a_name_that_a_command_could_take_for_more_is_none(username: str) -> None:
    who = Subscriber(17, f"{username}@d1.example.org")
    (made,) = drift_rows(Outcome(Target(who, ()), active=("faxserver_settings",)), SubscriberFacts(), RestoreOptions())
    assert made["settle"]
    command = shlex.split(made["settle"]["restore"])
    assert json.loads(command[-1]) == {"subscriber_id": 17, "active": False}
    assert made["settle"]["declare"].startswith("- subscriber_id: 17\n")
