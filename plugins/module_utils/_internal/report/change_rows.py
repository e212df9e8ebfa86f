# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the rows for the changes that a run wrote or, as a plan, would write (docs/reports.md). No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Row
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome

# An element that only the server has is "added" compared with the declaration; the run that deletes it "removed" it.
DONE = {
    diff.ADDED: diff.REMOVED,
    diff.REMOVED: diff.ADDED,
    diff.CHANGED: diff.CHANGED,
}


def change_rows(outcome: Outcome, modules: Collection[str], places: Mapping[str, Mapping[str, str]]) -> list[Row]:
    """Return the rows of one subscriber.

    `modules` are those of the settings that were, or would be, written; `places` holds the place of each declaration
    by module and field.
    """
    facts = [report.failed(outcome)] if outcome.error else []
    for planned in outcome.changes:
        if planned.resource.module in modules:
            by_field = places.get(planned.resource.module, {})
            facts += [
                report.differing(schema.CHANGED, each, DONE[each.change], by_field.get(each.field))
                for each in diff.differences(planned)
            ]
    if not outcome.plans:
        facts += map(report.unmanaged, outcome.active)
    facts += [*report.renumbered(outcome), *report.risky(outcome)]
    subscriber = outcome.target.subscriber
    customer_id = subscriber.customer_id if subscriber else None
    name = "" if subscriber else outcome.name
    return [report.complete(each, outcome.target.as_dict(), customer_id, name) for each in facts]
