# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of reports: its tables and its types say the same."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.plugin_utils._internal.reports import files, view


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (schema.REPORT, schema.Report),
        (schema.Shape("", keys=schema.ROW), schema.Row),
        (schema.ROW["accepted"], schema.Acceptance),
        (schema.ROW["settle"], schema.Settlement),
    ],
)
def test_a_table_and_its_type_have_the_same_keys(shape: schema.Shape, kind: type) -> None:
    assert shape.keys
    assert set(shape.keys) == set(get_type_hints(kind))


def test_a_row_is_written_in_the_order_of_the_table() -> None:
    row = report.complete({"kind": schema.RISK, "msg": "Risky."}, report.NOBODY)
    assert list(row) == list(schema.ROW)


def test_every_status_of_a_subscriber_is_counted() -> None:
    assert set(schema.STATUSES) < set(schema.ROW_KINDS)
    assert set(report.totals([], 0)) == set(schema.TOTALS)
    assert set(schema.STATUSES.values()) < set(schema.TOTALS)


def test_people_read_a_word_for_each_choice() -> None:
    assert set(view.LABELS) == set(schema.ROW_KINDS)
    assert set(view.KINDS) == set(schema.REPORT_KINDS)
    assert set(view.SETTINGS) == set(schema.ROW["settings"].choices)
    assert set(view.TOTALS) < set(schema.TOTALS)
    assert {kind for kinds in files.FAIL_ON.values() for kind in kinds} < set(schema.ROW_KINDS)
