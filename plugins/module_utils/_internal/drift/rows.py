# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the rows of a drift report: the differences between the server and the declarations (docs/drift.md). No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import combined, layers, places_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.settle import (
    RestoreOptions,
    declaration,
    settle_unmanaged,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.settings_journal import FieldChange
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report, schema
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report.schema import Row, RowFacts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


@dataclass
class SubscriberFacts:
    """The known facts about a subscriber, except its settings."""

    name: str | None = None
    customer_id: int | None = None
    changes: dict[str, Mapping[str, FieldChange]] = field(default_factory=dict)
    """The last change of each field, by module and field, as far as the journal shows it."""


def drift_rows(outcome: Outcome, known: SubscriberFacts, restore: RestoreOptions) -> list[Row]:
    """Return the rows of one subscriber, or of an entry that resolved to none."""
    person = outcome.target.as_dict()
    person["subscriber"] = person["subscriber"] or known.name
    facts = [_failed(outcome)] if outcome.error else []
    if outcome.active:
        facts += [{**report.unmanaged(module), "settle": settle_unmanaged(person, module)} for module in outcome.active]
    elif outcome.plans:
        facts += _differing(outcome, known, restore.restore(person))
    facts += [*report.renumbered(outcome), *report.risky(outcome)]
    name = "" if outcome.target.subscriber else outcome.name
    return [report.complete(each, person, known.customer_id, name) for each in facts]


def is_missing(error: FaxError) -> bool:
    """Return True if the server does not have a subscriber.

    An error without a request means that the server's release does not know a field.
    """
    return isinstance(error, NotFound) and error.method is not None


def _failed(outcome: Outcome) -> RowFacts:
    """Return the facts of a failure. No line settles it: create the subscriber, or drop the entry."""
    facts = report.failed(outcome)
    if outcome.error and is_missing(outcome.error):
        facts["kind"] = schema.MISSING
    return facts


def _differing(outcome: Outcome, known: SubscriberFacts, restore: str) -> Iterator[RowFacts]:
    """Yield the facts of each difference. `restore` is the command that restores what is declared."""
    declaring = layers(outcome.target.entries)
    places, declared = places_of(declaring), combined([settings for _place, settings in declaring])
    for module, plan in outcome.plans.items():
        for each in diff.differences(plan):
            place = places.get(module, {}).get(each.field)
            facts = report.differing(schema.DRIFT, each, each.change, place)
            facts["settle"] = {"declare": declaration(plan, declared.get(module, {}), each.field), "restore": restore}
            change = known.changes.get(module, {}).get(each.field)
            if change:
                facts["changed_at"], facts["changed_by"] = change.since, change.by
            yield facts
