# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One settings resource of one subscriber: read -> plan -> apply -> verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, locks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    Unreachable,
    Unverified,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.result import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import settings_notices
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.groups import Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import (
    Job,
    as_given,
    read_options,
    spec_of_settings,
)


def reconcile_one(resource: Resource, client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring the subscriber named in `options` to the settings declared there; in check mode say what would be done.

    Send one GET, and one PATCH only if something declared differs (docs/design.md#one-patch-per-resource).
    """
    client.secrets.update(declared_secrets(resource, options))
    subscriber = subscribers.find(client, read_options(Selector, options))
    made = (
        planned(client, resource, subscriber, options) if check_mode else apply(client, resource, subscriber, options)
    )
    sentences = [*map(str, settings_notices(resource, options)), *risks(resource, made.after)]
    warnings = [f"{subscriber}: {sentence}" for sentence in sentences]
    warnings += notes.left_to_renewal([f"{subscriber}: {name}" for name in made.left])
    applied = bool(made.operations) and not check_mode
    header = f"{subscriber} {resource.name}"
    diff = {"before_header": header, "after_header": header, **made.diff()}
    return Result(bool(made.operations), {**_facts(subscriber, made), "applied": applied}, diff, warnings)


# Raises what it has against a write: what is planned for it, and that with what was written before it.
Check = Callable[[Plan, Plan], None]


def apply(
    client: Client,
    resource: Resource,
    subscriber: Subscriber,
    options: Mapping[str, Any],
    check: Check = lambda made, whole: None,
) -> Plan:
    """Read, plan, write what differs, and verify it; returns the plan of all that was done. `check` is asked before
    each write.

    Nobody else on this machine writes the same subscriber meanwhile (docs/design.md#look-again-before-writing).
    """
    with locks.held("settings", client.url, str(subscriber.id)):
        try:
            made = planned(client, resource, subscriber, options)
        except FaxError:
            raise
        except Exception as error:
            raise fault(error) from error  # surely before anything is written
        check(made, made)
        return _apply(client, subscriber, made, options, check) if made.operations else made


def declared_secrets(resource: Resource, options: Mapping[str, Any]) -> list[str]:
    """The secret values that `options` declare."""
    return [str(options[name]) for name in resource.secrets if options.get(name)]


def _facts(subscriber: Subscriber, made: Plan) -> JsonObject:
    left = {"left_to_renewal": list(made.left)} if any(field.renewal for field in made.resource.fields) else {}
    return {"subscriber": subscriber.as_dict(), **made.shown(), **left}


def planned(client: Client, resource: Resource, subscriber: Subscriber, options: Mapping[str, Any]) -> Plan:
    """What would be done now."""
    return plan(resource, options, settings.read(client, resource, subscriber))


# How often, at most, a write is tried again after HTTP 500. A deadlock is over by then.
MOST_AFTER_CRASH = 3
PERHAPS_WRITTEN = "A write before it may have taken effect: look at the settings."


def _apply(client: Client, subscriber: Subscriber, first: Plan, options: Mapping[str, Any], check: Check) -> Plan:
    """Write until the server holds what is declared. Returns the plan of all that was done, or may have been; without
    operations where surely nothing was.
    """
    writing = _Writing(client, subscriber, first, options, check)
    try:
        return writing.run()
    except Exception as error:
        found = error if isinstance(error, FaxError) else fault(error)
        applied = writing.done is not None
        found.facts = {**_facts(subscriber, writing.whole), "applied": applied, "changed": applied}
        if found is error:
            raise
        raise found from error


class _Writing:
    """The tries to write what differs in one settings resource of one subscriber.

    The server has no locking: of two writes at the same moment one is lost. So a PATCH is never sent again as it is.
    After each try that failed, and where the server says that it holds something else, the settings are read, planned
    and checked anew, and what still differs is sent.
    """

    def __init__(
        self, client: Client, subscriber: Subscriber, first: Plan, options: Mapping[str, Any], check: Check
    ) -> None:
        self._client, self._subscriber, self._options, self._check = client, subscriber, options, check
        self._made = first
        self.whole = first
        """The plan of what is sent now, and of what was sent before it."""
        self.done: Plan | None = None
        """The plan of what was written, or may have been."""
        self._failed = 0
        self._mismatched = 0

    def run(self) -> Plan:
        """Try until it succeeds, or until another try is useless; then raise the error of the last one."""
        while True:
            before = self.done
            failure = self._try()
            if failure is None:
                return replace(self.whole, after=self._made.after)
            last = self._is_last(failure)
            if last and not failure.perhaps_done:
                raise failure.with_more(PERHAPS_WRITTEN) if self._is_in_doubt(failure) else failure
            if failure.method == "GET":  # the PATCH was taken, and what it came to cannot be read
                raise failure.with_more("The write before it was taken by the server, and could not be verified.")
            if not last and not isinstance(failure, Unverified):
                self._failed += 1
                self._wait(failure)
            again = self._look(failure)
            if failure.over and again.before == self._made.before:
                self.done = before
            if not again.operations:
                return again if self.done is None else replace(self.done, after=again.after)
            if last:
                raise failure.with_more(self._known(again))
            whole = again if self.done is None else _both(self.done, again)
            try:
                self._check(again, whole)
            except FaxError as error:
                raise error.with_more(PERHAPS_WRITTEN) if self._is_in_doubt(failure) else error from failure
            self._made, self.whole = again, whole

    def _wait(self, failure: FaxError) -> None:
        """Wait before another try; raise the `failure` if the program is to end meanwhile."""
        try:
            self._client.pause(failure, self._failed)
        except concurrency.Ended:
            told = "The run was interrupted before another try."
            raise failure.with_more(told if self.done is None else f"{told} {PERHAPS_WRITTEN}") from None

    def _try(self) -> FaxError | None:
        """Send what differs. Returns what went wrong; None if the server holds it now."""
        before, self.done = self.done, self.whole
        try:
            returned = settings.write(self._client, self._made.resource, self._subscriber, self._made.operations)
            unmet = self._made.mismatched_fields(returned)
        except FaxError as error:
            if not error.perhaps_done:
                self.done = before
            return error
        except Exception as error:  # noqa: BLE001  # a fault may have written; reading again may tell
            found = fault(error)
            found.perhaps_done = True
            return found
        if not unmet:
            return None
        self._mismatched += 1
        return _unverified(self._subscriber, self._made, unmet)

    def _is_last(self, failure: FaxError) -> bool:
        """Tell whether a failed try is the last one."""
        if isinstance(failure, Unverified):
            return self._mismatched > 1
        most = self._client.connection.retries
        if failure.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            most = min(most, MOST_AFTER_CRASH)
        refused = failure.status == HTTPStatus.TOO_MANY_REQUESTS
        unreachable = isinstance(failure, Unreachable) and failure.path != LOGIN
        return self._failed >= most or not (refused or unreachable or failure.perhaps_done)

    def _look(self, failure: FaxError) -> Plan:
        """Read and plan again. Where that fails, raise it or, if others would not meet the same, the `failure`."""
        try:
            return planned(self._client, self._made.resource, self._subscriber, self._options)
        except Exception as problem:  # noqa: BLE001  # a fault must not hide that something may have been written
            error = problem if isinstance(problem, FaxError) else fault(problem)
            if self.done is None:
                raise error from failure
            if error.fatal:
                raise error.with_more(PERHAPS_WRITTEN) from failure
            what = f"It may have taken effect, and the settings could not be read afterwards: {error.what}."
            raise failure.with_more(what) from error

    def _is_in_doubt(self, failure: FaxError) -> bool:
        """Tell whether the failed try, or one before it, may have taken effect without being verified."""
        return self.done is not None and not isinstance(failure, Unverified)

    def _known(self, again: Plan) -> str:
        """Return a sentence about the settings as they were read after the last try."""
        fields = ", ".join(operation["path"].lstrip("/") for operation in again.operations)
        if self.done is None:
            return f"The settings were read afterwards: nothing was written, and they still differ in {fields}."
        return f"The settings were read afterwards and still differ in {fields}; the write may still take effect."


def _both(first: Plan, again: Plan) -> Plan:
    """Two writes as one: of each field that was written, what was there before it was."""
    written = {operation["path"]: operation for operation in (*first.operations, *again.operations)}
    meanwhile = {path for path in written if path not in {operation["path"] for operation in first.operations}}
    before = {name: (again if f"/{name}" in meanwhile else first).before.get(name) for name in again.before}
    return replace(again, operations=list(written.values()), before=before)


def _unverified(subscriber: Subscriber, made: Plan, unmet: Sequence[str]) -> Unverified:
    return Unverified(
        f"{subscriber}: the server took the write twice and still holds something else in {', '.join(unmet)}",
        "Somebody else may be writing the same subscriber, or the server does not keep the value: "
        "look at it in the panel, then run again.",
        "PATCH",
        f"/api/{made.resource.name}/{subscriber.id}",
    )


def job_of(resource: Resource) -> Job[Any]:
    """Return the job of the module that manages one settings resource of one subscriber."""
    return Job(spec_of_settings(resource), partial(reconcile_one, resource), as_given, LIBRARIES)
