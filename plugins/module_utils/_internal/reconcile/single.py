# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One settings resource of one subscriber: read -> plan -> apply -> verify."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency, locks, times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NotFound,
    Unreachable,
    Unverified,
    fault,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model import notes
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import LIBRARIES, Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.risks import risks
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings, subscribers
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.selector import Selector
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import (
    settings_notices,
    settings_options,
    spec_of_settings,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, read_options

# A check before a write, which may raise an error: called with the plan of this write, and that of all writes so far.
Check = Callable[[Plan, Plan], None]


@dataclass(frozen=True)
class SettingsOptions:
    """Options of the modules that manage one settings resource of one subscriber."""

    selector: Selector
    desired: JsonObject
    """The declared fields by name, with the modes of lists and the policy of a renewed secret."""


def reconcile_one(resource: Resource, client: Client, options: SettingsOptions, check_mode: bool) -> Result:
    """Bring one subscriber to the declared settings; in check mode return what would be done.

    Send one GET, and one PATCH only if a declared field differs (docs/design.md#one-patch-per-resource).
    """
    desired = options.desired
    client.secrets.update(declared_secrets(resource, desired))

    def act(subscriber: Subscriber, verify: Callable[[], None]) -> Plan:
        def check(planned: Plan, _whole: Plan) -> None:
            if planned.operations:
                verify()

        if not check_mode:
            return apply(client, resource, subscriber, desired, check)
        planned = read_and_plan(client, resource, subscriber, desired)
        check(planned, planned)
        return planned

    subscriber, planned, names = _find_and(act, client, options.selector)
    sentences = [*map(str, settings_notices(resource, desired)), *risks(resource, planned.after)]
    warnings = [f"{subscriber}: {sentence}" for sentence in sentences]
    warnings += notes.left_to_renewal([f"{subscriber}: {name}" for name in planned.left])
    applied = bool(planned.operations) and not check_mode
    header = f"{subscriber} {resource.module}"
    diff = {"before_header": header, "after_header": header, **planned.diff()}
    return Result(
        bool(planned.operations), {**_facts(subscriber, planned), **names, "applied": applied}, diff, warnings
    )


class _StaleId(Exception):
    """The id of a task is gone or somebody else's, and a name was given beside it."""


Act = Callable[[Subscriber, Callable[[], None]], Plan]
"""Acts on a subscriber; it calls its second argument before a write, to verify the subscriber's name."""


def _find_and(act: Act, client: Client, selector: Selector) -> tuple[Subscriber, Plan, JsonObject]:
    """Find the subscriber and `act` on it. Return it, the plan, and the keys of the result about names beside ids.

    The id finds, the name is verified, and decides if the id is stale (docs/design.md#the-id-finds).
    """
    if not (selector.subscriber_id and selector.name):
        subscriber = subscribers.find(client, selector)
        return subscriber, act(subscriber, lambda: None), {"names_not_verified": 0, "renumbered": []}
    verified: list[Subscriber] = []

    def verify() -> None:
        if not verified:
            verified.append(subscribers.find(client, selector))
            if verified[0].id != selector.subscriber_id:
                raise _StaleId

    by_id = Subscriber(selector.subscriber_id, selector.subscriber)
    try:
        try:
            planned = act(by_id, verify)
        except NotFound:
            verify()
            raise
    except _StaleId:
        found = verified[0]
        stale = [{**found.as_dict(), "stale_id": by_id.id}]
        return found, act(found, verify), {"names_not_verified": 0, "renumbered": stale}
    return (verified or [by_id])[0], planned, {"names_not_verified": int(not verified), "renumbered": []}


def apply(
    client: Client,
    resource: Resource,
    subscriber: Subscriber,
    desired: JsonMapping,
    check: Check = lambda planned, whole: None,
    known: Plan | None = None,
) -> Plan:
    """Read, plan, write the differences, and verify them; return the plan of all changes made.

    `known` is a plan that may be sent without reading again (docs/design.md#look-again-where-it-matters).

    `check` is called before each write and may raise an error to prevent it. No other process of this machine writes
    the same subscriber meanwhile (docs/design.md#look-again-where-it-matters).
    """
    with locks.held("settings", client.url, str(subscriber.id)):
        try:
            planned = known or read_and_plan(client, resource, subscriber, desired)
        except FaxError:
            raise
        except Exception as error:
            raise fault(error) from error  # certainly before anything is written
        check(planned, planned)
        return _apply(client, subscriber, planned, desired, check) if planned.operations else planned


def declared_secrets(resource: Resource, desired: JsonMapping) -> list[str]:
    """Return the declared secret values."""
    return [str(desired[name]) for name in resource.secrets if desired.get(name)]


def read_and_plan(client: Client, resource: Resource, subscriber: Subscriber, desired: JsonMapping) -> Plan:
    """Read the settings and return the plan of what would be done now."""
    at = times.reading()
    planned = plan(resource, desired, settings.read(client, resource, subscriber))
    return replace(planned, read=at) if planned.operations else planned


def _facts(subscriber: Subscriber, planned: Plan) -> JsonObject:
    left = {"left_to_renewal": list(planned.left)} if any(field.renewal for field in planned.resource.fields) else {}
    return {**subscriber.as_dict(), **planned.redacted(), **left}


# How often to try a write again after HTTP 500, at most. A deadlock is over by then.
MOST_AFTER_CRASH = 3
PERHAPS_WRITTEN = "A write before it may have taken effect: look at the settings."


def _apply(client: Client, subscriber: Subscriber, first: Plan, desired: JsonMapping, check: Check) -> Plan:
    """Write until the server holds what is declared.

    Return the plan of all changes that were, or may have been, made; it has no operations if certainly none was.
    """
    writing = _Writing(client, subscriber, first, desired, check)
    try:
        return writing.run()
    except Exception as error:
        failure = error if isinstance(error, FaxError) else fault(error)
        applied = writing.done is not None
        failure.facts = {**_facts(subscriber, writing.whole), "applied": applied, "changed": applied}
        if failure is error:
            raise
        raise failure from error


class _Writing:
    """Tries to write the differences in one settings resource of one subscriber.

    The server has no locking: of two simultaneous writes, one is lost. So a PATCH is never repeated unchanged. After
    each failed try, and if the server does not hold what was written, the settings are read, planned and checked again,
    and the remaining differences are sent.
    """

    def __init__(self, client: Client, subscriber: Subscriber, first: Plan, desired: JsonMapping, check: Check) -> None:
        self._client, self._subscriber, self._desired, self._check = client, subscriber, desired, check
        self._planned = first
        """The plan of the current write."""
        self.whole = first
        """The plan of the current write and the earlier ones."""
        self.done: Plan | None = None
        """The plan of the changes that were, or may have been, written."""
        self._moved: tuple[str, ...] = ()
        self._failed = 0
        self._mismatched = 0

    def run(self) -> Plan:
        """Try until the write succeeds. Raises the error of the last try if another one is useless."""
        while True:
            before = self.done
            failure = self._try()
            if failure is None:
                return replace(self.whole, after=self._planned.after, moved=self._moved)
            last = self._is_last(failure)
            if last and not failure.perhaps_done:
                raise failure.with_more(PERHAPS_WRITTEN) if self._is_in_doubt(failure) else failure
            if failure.method == "GET":  # the PATCH was accepted, but its outcome cannot be read
                raise failure.with_more("The server accepted the write before it, which could not be verified.")
            if not last and not isinstance(failure, Unverified):
                self._failed += 1
                self._wait(failure)
            again = self._plan_again(failure)
            if failure.over and again.before == self._planned.before:
                self.done = before
            if not again.operations:
                return again if self.done is None else replace(self.done, after=again.after)
            if last:
                raise failure.with_more(self._last_reading(again))
            whole = again if self.done is None else _merged(self.done, again)
            try:
                self._check(again, whole)
            except FaxError as error:
                raise error.with_more(PERHAPS_WRITTEN) if self._is_in_doubt(failure) else error from failure
            self._planned, self.whole = again, whole

    def _wait(self, failure: FaxError) -> None:
        """Wait before another try. Raises `failure` if the program is to end meanwhile."""
        try:
            self._client.pause(failure, self._failed)
        except concurrency.Ended:
            interrupted = "The run was interrupted before another try."
            sentence = interrupted if self.done is None else f"{interrupted} {PERHAPS_WRITTEN}"
            raise failure.with_more(sentence) from None

    def _try(self) -> FaxError | None:
        """Send the differences. Return the error; None if the server now holds what was sent."""
        before, self.done = self.done, self.whole
        try:
            returned = settings.write(self._client, self._planned.resource, self._subscriber, self._planned.operations)
            mismatched = self._planned.mismatched_fields(returned)
            self._moved = self._planned.moved_fields(returned)
        except FaxError as error:
            if not error.perhaps_done:
                self.done = before
            return error
        except Exception as error:  # noqa: BLE001  # a fault may have written; reading again may tell
            failure = fault(error)
            failure.perhaps_done = True
            return failure
        if not mismatched:
            return None
        self._mismatched += 1
        return _unverified(self._subscriber, self._planned, mismatched)

    def _is_last(self, failure: FaxError) -> bool:
        """Return True if another try would be useless, or if there were enough tries."""
        if isinstance(failure, Unverified):
            return self._mismatched > 1
        most = self._client.connection.retries
        if failure.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            most = min(most, MOST_AFTER_CRASH)
        refused = failure.status == HTTPStatus.TOO_MANY_REQUESTS
        unreachable = isinstance(failure, Unreachable) and failure.path != LOGIN
        return self._failed >= most or not (refused or unreachable or failure.perhaps_done)

    def _plan_again(self, failure: FaxError) -> Plan:
        """Read and plan again.

        If that fails, raises its error if nothing was written or it is fatal, otherwise `failure`.
        """
        try:
            return read_and_plan(self._client, self._planned.resource, self._subscriber, self._desired)
        except Exception as problem:  # noqa: BLE001  # a fault must not hide that something may have been written
            error = problem if isinstance(problem, FaxError) else fault(problem)
            if self.done is None:
                raise error from failure
            if error.fatal:
                raise error.with_more(PERHAPS_WRITTEN) from failure
            what = f"It may have taken effect, and the settings could not be read afterwards: {error.what}."
            raise failure.with_more(what) from error

    def _is_in_doubt(self, failure: FaxError) -> bool:
        """Return True if the failed try, or an earlier one, may have taken effect without being verified."""
        return self.done is not None and not isinstance(failure, Unverified)

    def _last_reading(self, again: Plan) -> str:
        """Return a sentence about the settings as they were read after the last try."""
        fields = ", ".join(operation["path"].lstrip("/") for operation in again.operations)
        if self.done is None:
            return f"The settings were read afterwards: nothing was written, and they still differ in {fields}."
        return f"The settings were read afterwards and still differ in {fields}; the write may still take effect."


def _merged(first: Plan, again: Plan) -> Plan:
    """Merge the plans of two writes; `before` holds each written field as it was before its first write."""
    written = {operation["path"]: operation for operation in (*first.operations, *again.operations)}
    meanwhile = {path for path in written if path not in {operation["path"] for operation in first.operations}}
    before = {name: (again if f"/{name}" in meanwhile else first).before.get(name) for name in again.before}
    return replace(again, operations=list(written.values()), before=before)


def _unverified(subscriber: Subscriber, planned: Plan, fields: Sequence[str]) -> Unverified:
    return Unverified(
        f"{subscriber}: the server took the write twice and still holds something else in {', '.join(fields)}",
        "Somebody else may be writing the same subscriber, or the server does not keep the value: "
        "look at it in the panel, then run again.",
        "PATCH",
        f"/api/{planned.resource.name}/{subscriber.id}",
    )


def job_of(resource: Resource) -> Job[SettingsOptions]:
    """Return the job of the module that manages one settings resource of one subscriber."""
    read = partial(_read_options, resource)
    return Job(spec_of_settings(resource), partial(reconcile_one, resource), read, LIBRARIES)


def _read_options(resource: Resource, given: Options) -> SettingsOptions:
    desired = {name: given[name] for name in settings_options(resource) if name in given}
    return SettingsOptions(read_options(Selector, given), desired)
