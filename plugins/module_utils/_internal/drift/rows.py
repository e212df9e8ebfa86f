# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans -> the rows of a report: what on the server is not as declared (docs/drift.md). No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired import entry as entry_module
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import combined, sources
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.settle import (
    _accept,
    _command,
    _restore,
    _selector,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import diff
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.settings_journal import FieldChange
from ansible_collections.ngcp.fax.plugins.module_utils._internal.report import report
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.yaml_writer import flow
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome


@dataclass
class SubscriberFacts:
    """What is known of a subscriber beside its settings.

    `risks`: by the resource, the sentences about what the server holds. `changes`: by the module and the field, who
    made the difference, and when.
    """

    username: str | None = None
    domain: str | None = None
    customer: int | None = None
    risks: dict[str, list[str]] = field(default_factory=dict)
    changes: dict[str, Mapping[str, FieldChange]] = field(default_factory=dict)


def rows_of(row: Outcome, known: SubscriberFacts, options: Mapping[str, Any]) -> list[JsonObject]:
    """The rows of one subscriber, or of an entry that names nobody. `options`: the task's."""
    who = row.target.subscriber
    person = row.target.as_dict()
    person["username"], person["domain"] = person["username"] or known.username, person["domain"] or known.domain
    base = {"subscriber": person, "customer": known.customer}
    found: list[JsonObject] = []
    if row.error:
        # Nothing settles this: whether somebody missing is to be made or the entry to go, no single line can tell.
        found.append({**report.failed(row), **({"kind": report.MISSING} if is_missing(row.error) else {})})
    if row.active:
        found += [_unmanaged(name, person) for name in row.active]
    else:
        layers = entry_module.layers(row.target.entries) if row.plans else []
        places, declared = sources(layers), combined([settings for _place, settings in layers])
        restore = _restore(person, options) if row.plans else ""
        for name, made in row.plans.items():
            for each in diff.of_plan(made):
                change = known.changes.get(name, {}).get(each["field"])
                settle = {"accept": _accept(made, declared.get(name, {}), each["field"]), "restore": restore}
                place = places.get(name, {}).get(each["field"])
                told = {"since": change.since, "by": change.by} if change else {}
                found.append({**each, "kind": report.DRIFT, "place": place, "settle": settle, **told})
    for resource, sentences in known.risks.items():
        found += report.risky(row, resource, sentences)
    name = "" if who else str(row.target.entries[-1])
    return [report.whole({**base, **each}, name) for each in found]


def is_missing(error: FaxError) -> bool:
    """Whether somebody is not on the server. That a release does not know a field is no answer of the server's."""
    return isinstance(error, NotFound) and error.method is not None


def _unmanaged(name: str, person: Mapping[str, Any]) -> JsonObject:
    selector = _selector(person)
    lines = f"- {selector[0]}: {flow(selector[1])}\n  {name}:\n    active: true\n"
    return {
        **report.unmanaged(name),
        "settle": {
            "accept": lines,
            "restore": _command(name, {selector[0]: selector[1], "active": False}),
        },
    }
