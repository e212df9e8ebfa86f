# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read written settings again at the end of a run over many subscribers, and find those that were overwritten.

The server has no locking. A client that read a subscriber before this run wrote it, and writes it afterwards,
overwrites this run's change, and the server reports success to both. Lists that are merged are what several people
write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import pagination
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.bulk_read import BulkReader
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.concurrency import JobQueue
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, Overwritten, fault
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import option_name
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping, JsonObject
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.plan import Plan, plan
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import Field, Resource
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.outcome import Outcome

WAS_WRITTEN = "It was written; only the check at the end of the run ({}) failed."


class OnFailure(Protocol):
    """A callback that keeps the error of a subscriber, and stops the jobs if all would fail in the same way."""

    def __call__(
        self, outcome: Outcome, error: Exception, jobs: JobQueue | None, resource: Resource | None = None
    ) -> None: ...


@dataclass(frozen=True)
class Written:
    """Settings of one subscriber that a run has written, and their declaration."""

    outcome: Outcome
    plan: Plan
    """The plan of the changes made."""
    declared: JsonMapping

    @property
    def subscriber(self) -> Subscriber:
        """The subscriber."""
        return self.outcome.subscriber

    def is_due(self, choice: str) -> bool:
        """Return True if the settings must be read again. `choice` is the value of `verify_at_end`."""
        return choice == "all" or (choice == "lists" and self._merges_a_list())

    def check(self, current: JsonObject) -> None:
        """Check that the `current` settings hold what was written.

        A secret that the platform renews may differ from what was written although nobody overwrote it. Raises
        `Overwritten`.
        """
        differing = {operation["path"] for operation in plan(self.plan.resource, self.declared, current).operations}
        lost = [
            field.name
            for field in self.plan.resource.fields
            if f"/{field.name}" in differing & self._paths and not _is_renewed(field, current)
        ]
        if lost:
            raise Overwritten(
                f"{self.plan.resource.module} was written, and at the end of the run no longer held what is declared "
                f"in {', '.join(lost)}",
                "Somebody else is writing the same subscriber: coordinate with them, and run it again.",
            )

    def _merges_a_list(self) -> bool:
        """Return True if entries were added to a list, or removed from one."""
        modes = {field.name: self.declared.get(field.mode) for field in self.plan.resource.lists}
        return any(f"/{name}" in self._paths for name, mode in modes.items() if mode in ("add", "remove"))

    @property
    def _paths(self) -> set[str]:
        return {operation["path"] for operation in self.plan.operations}


class Verification:
    """Reads written settings again at the lowest cost, and calls `on_failure` for overwritten ones."""

    def __init__(self, client: Client, paging: Paging, progress: Progress, on_failure: OnFailure) -> None:
        self._client, self._paging, self._progress, self._on_failure = client, paging, progress, on_failure
        self._jobs = JobQueue()
        # The writes to read again, by the module of the settings and the subscriber's id.
        self._left: dict[str, dict[int, Written]] = {name: {} for name in SETTINGS}
        self._fatal: FaxError | None = None

    def stop(self) -> None:
        """Read no more."""
        self._jobs.stop()

    def run(self, due: Sequence[Written]) -> None:
        """Read all that is due."""
        if not due:
            return
        self._progress.begin("verifying", len(due), "overwritten")
        for each in due:
            self._left[each.plan.resource.module][each.subscriber.id] = each
        for name, resource in SETTINGS.items():
            BulkReader(
                self._jobs,
                self._client,
                resource.name,
                {},
                list(self._left[name]),
                self._paging,
                on_item=partial(self._check_item, resource),
                fetch_one=partial(self._check_one, resource),
                on_failure=partial(self._on_failed_page, resource),
            ).start()
        self._jobs.run(self._paging.workers)
        for name, resource in SETTINGS.items():
            if self._fatal:  # the others would fail in the same way
                self._on_failed_page(resource, list(self._left[name]), self._fatal)

    def _check_item(self, resource: Resource, item: JsonObject) -> list[int]:
        """Check an item of a page, if it is due and was not on an earlier page."""
        number = int(pagination.identity(item))
        due = self._left[resource.module].pop(number, None)
        if due is None:
            return []
        self._check(due, lambda: settings.checked(self._client, resource, due.subscriber, item))
        return [number]

    def _check_one(self, resource: Resource, number: int) -> None:
        due = self._left[resource.module].pop(number, None)
        if due is not None:
            self._check(due, lambda: settings.read(self._client, resource, due.subscriber))

    def _check(self, due: Written, fetch: Callable[[], JsonObject]) -> None:
        with self._client.secrets.own():
            try:
                due.check(fetch())
                self._progress.count()
            except Overwritten as error:
                self._on_failure(due.outcome, error, self._jobs, due.plan.resource)
                self._progress.count(changed=1)
            except Exception as error:  # noqa: BLE001  # a fault with one subscriber does not stop the others
                self._fail(due, error if isinstance(error, FaxError) else fault(error))

    def _on_failed_page(self, resource: Resource, numbers: Sequence[int], error: FaxError) -> None:
        for number in numbers:
            due = self._left[resource.module].pop(number, None)
            if due is not None:
                self._fail(due, error)

    def _fail(self, due: Written, error: FaxError) -> None:
        if error.fatal:
            self._fatal = error
        self._on_failure(
            due.outcome,
            error.with_more(WAS_WRITTEN.format(option_name("verify_at_end"))),
            self._jobs,
            due.plan.resource,
        )
        self._progress.count(failed=1)


def _is_renewed(field: Field, current: JsonObject) -> bool:
    return field.renewal is not None and current.get(field.renewal.schedule) not in (None, "", field.renewal.never)
