# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each settings resource and each of its fields is everywhere where CONTRIBUTING.md wants it. A failure names what is
missing.
"""

from __future__ import annotations

import re

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import bulk_read
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import RESOURCES, Resource
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import view
from tests.simulator import settings
from tests.simulator.client import ROOT

EACH = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)


@EACH
def test_the_simulator_has_every_field(resource: Resource) -> None:
    simulated = settings.SPECS[resource.name]
    assert {field.name for field in resource.fields} - {*simulated.columns, *simulated.lists} == set()
    for field in resource.lists:
        assert {part.name for part in field.parts} - {*simulated.lists[field.name].columns} == set()


@EACH
def test_the_description_of_the_server_has_every_field(resource: Resource) -> None:
    page = (ROOT / "docs" / "ngcp-api.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {resource.name}\n")[2].partition("\n## ")[0]
    described = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE))))
    assert {field.name for field in resource.fields} - described == set()


@EACH
def test_reports_have_words_for_a_resource_and_bulk_reading_knows_its_cost(resource: Resource) -> None:
    assert resource.module in view.SETTINGS
    assert resource.name in bulk_read.COSTS
