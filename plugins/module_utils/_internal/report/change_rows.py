# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over many -> the rows of a report: what it wrote or, as a plan, would write (docs/reports.md). No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome

# Between what is there and what is declared an entry too many is "added"; a run that takes it away has removed it.
DONE = {
    diff.ADDED: diff.REMOVED,
    diff.REMOVED: diff.ADDED,
    diff.CHANGED: diff.CHANGED,
}


def rows_of(row: Outcome, modules: Collection[str], sources: Mapping[str, Mapping[str, str]]) -> list[JsonObject]:
    """The rows of one subscriber. `modules`: those of the settings that were, or would be, written. `sources`: by
    module and field, where it is declared.
    """
    found: list[JsonObject] = [report.failed(row)] if row.error else []
    for made in row.changes:
        module = made.resource.module
        if module in modules:
            found += [
                {**each, "kind": report.CHANGED, "change": DONE[each["change"]], "place": place}
                for each in diff.of_plan(made)
                for place in [sources.get(module, {}).get(each["field"])]
            ]
    if not row.plans:
        found += map(report.unmanaged, row.active)
    for module, sentences in row.risks.items():
        found += report.risky(row, SETTINGS[module].name, sentences)
    who = row.target.subscriber
    base = {"subscriber": row.target.as_dict(), "customer": who.customer if who else None}
    name = "" if who else str(row.target.entries[-1])
    return [report.whole({**base, **each}, name) for each in found]
