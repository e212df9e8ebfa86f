# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One settings resource of one subscriber: read -> plan -> apply -> verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils import locks, settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils.api import Client
from ansible_collections.ngcp.fax.plugins.module_utils.errors import FaxError, Unreachable, Unverified
from ansible_collections.ngcp.fax.plugins.module_utils.patch import Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject, Resource
from ansible_collections.ngcp.fax.plugins.module_utils.results import Result
from ansible_collections.ngcp.fax.plugins.module_utils.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils.subscribers import Subscriber


def reconcile(resource: Resource, client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring the subscriber named in `options` to the settings declared there; in check mode say what would be done.

    One GET, and one PATCH only if something declared differs (design rules 1 to 5).
    """
    client.secrets.update(declared_secrets(resource, options))
    subscriber = subscribers.find(client, options)
    made = (
        planned(client, resource, subscriber, options) if check_mode else bring(client, resource, subscriber, options)
    )
    warnings = [f"{subscriber}: {risk}" for risk in risks(resource, made.after)]
    applied = bool(made.operations) and not check_mode
    header = f"{subscriber} {resource.name}"
    diff = {"before_header": header, "after_header": header, **made.diff()}
    return Result(bool(made.operations), {**_facts(subscriber, made), "applied": applied}, diff, warnings)


# Raises what it has against a write: what is planned for it, and that with what was written before it.
Check = Callable[[Plan, Plan], None]


def bring(
    client: Client,
    resource: Resource,
    subscriber: Subscriber,
    options: Mapping[str, Any],
    check: Check = lambda made, whole: None,
) -> Plan:
    """Read, plan, write what differs, and verify it; returns the plan of all that was done. `check` is asked before
    each write.

    Nobody else on this machine writes the same subscriber meanwhile (design rule 6).
    """
    with locks.held("settings", client.url, str(subscriber.id)):
        made = planned(client, resource, subscriber, options)
        check(made, made)
        return _apply(client, subscriber, made, options, check) if made.operations else made


def declared_secrets(resource: Resource, options: Mapping[str, Any]) -> list[str]:
    """The secret values that `options` declare."""
    return [str(options[name]) for name in resource.secrets if options.get(name)]


def _facts(subscriber: Subscriber, made: Plan) -> JsonObject:
    return {"subscriber": subscriber.as_dict(), **made.shown()}


def planned(client: Client, resource: Resource, subscriber: Subscriber, options: Mapping[str, Any]) -> Plan:
    """What would be done now."""
    return plan(resource, options, settings.read(client, resource, subscriber))


def _apply(client: Client, subscriber: Subscriber, first: Plan, options: Mapping[str, Any], check: Check) -> Plan:
    """Write, and compare with what the server says it holds now; where that is something else, once more.

    Returns the plan of all that was done. The server has no locking: of two writes at the same moment one is lost
    (ngcp-api.md, "PATCH"; design rule 4).
    """
    written, whole = False, first
    try:
        returned = settings.write(client, first.resource, subscriber, first.operations)
        written = True
        if not first.unmet(returned):
            return first
        again = planned(client, first.resource, subscriber, options)
        if again.operations:
            both = _both(first, again)
            check(again, both)
            whole = both
            _check(subscriber, again, settings.write(client, first.resource, subscriber, again.operations))
    except FaxError as error:
        # Only a PATCH that was answered, or that never left, surely wrote nothing.
        answered = error.status is not None and not error.perhaps_done
        surely_not = error.method == "PATCH" and (answered or isinstance(error, Unreachable))
        applied = written or not surely_not
        error.facts = {**_facts(subscriber, whole), "applied": applied, "changed": applied}
        raise
    return replace(whole, after=again.after)


def _both(first: Plan, again: Plan) -> Plan:
    """Two writes as one: of each field that was written, what was there before it was."""
    written = {operation["path"]: operation for operation in (*first.operations, *again.operations)}
    meanwhile = {path for path in written if path not in {operation["path"] for operation in first.operations}}
    before = {name: (again if f"/{name}" in meanwhile else first).before.get(name) for name in again.before}
    return replace(again, operations=list(written.values()), before=before)


def _check(subscriber: Subscriber, made: Plan, returned: JsonObject) -> None:
    unmet = made.unmet(returned)
    if unmet:
        raise Unverified(
            f"{subscriber}: the server took the write twice and still holds something else in {', '.join(unmet)}",
            "Somebody else may be writing the same subscriber, or the server does not keep the value: "
            "look at it in the panel, then run again.",
            "PATCH",
            f"/api/{made.resource.name}/{subscriber.id}",
        )
