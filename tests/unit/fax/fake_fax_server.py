# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with a journal of faxes in memory, for the unit tests of sending, archiving and deleting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import IO, Any

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import times
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import FaxError, NotFound, Uncertain
from tests.unit.fakes import FakeClient, Item

TOKYO = timedelta(hours=9)
LOST = Uncertain("No answer", "Look.", "POST", "/api/faxes/")
LOST.perhaps_done = True


class FakeFaxServer(FakeClient):
    """A server with three subscribers, all active, that delivers each fax at once unless `outcomes` says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        for number in self.items["subscribers"]:
            self.fax(number, active=True)
        self.items["faxes"] = {}
        self.outcomes: list[Item | FaxError | None] = []
        """For each POST, changes to its journal entry; None if there is none yet; or the error of the request."""
        self.posted: list[Item] = []
        self.recordings: dict[int, bytes] = {}

    def add(self, **changes: Any) -> Item:
        """Add a fax to the journal, and return it."""
        number = max(self.items["faxes"], default=0) + 1
        fax = {
            "id": number,
            "subscriber_id": 1,
            "time": times.to_server(times.now()),
            "direction": "out",
            "caller": "431",
            "callee": "4312345",
            "status": "SUCCESS",
            "reason": "",
            **changes,
        }
        self.items["faxes"][number] = fax
        return fax

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Item:
        item = super().get(path, params)
        if (params or {}).get("tz") == "Asia/Tokyo":
            at = times.from_server(item["time"])
            assert at
            item["time"] = times.to_server(at + TOKYO)
        return item

    def post(self, path: str, fields: Item, document: Any = None) -> None:
        self._answer("POST", path)
        self.posted.append(fields)
        outcome = self.outcomes.pop(0) if self.outcomes else {}
        self._raise(outcome)
        if isinstance(outcome, dict):
            self.add(**{"subscriber_id": fields["subscriber_id"], "callee": fields["destination"], **outcome})

    @staticmethod
    def _raise(outcome: object) -> None:
        if isinstance(outcome, FaxError):
            raise outcome

    def delete(self, path: str) -> None:
        self._answer("DELETE", path)
        if self.items["faxes"].pop(int(path.rpartition("/")[2]), None) is None:
            raise NotFound("There is no such fax", "Look.", "DELETE", path, 404)

    def download(self, path: str, params: Mapping[str, Any], file: IO[bytes], limit: int) -> None:
        self._answer("GET", path)
        number = int(path.rpartition("/")[2])
        if number not in self.recordings:
            raise NotFound("There is no such recording", "Look.", "GET", path, 404)
        file.write(self.recordings[number])

    def _page(self, resource: str, params: Mapping[str, Any]) -> Item:
        if resource != "faxes":
            return super()._page(resource, params)
        rows, page = int(params["rows"]), int(params["page"])
        owner = params.get("subscriber_id")
        faxes = [fax for fax in self.items["faxes"].values() if owner in (None, fax["subscriber_id"])]
        ids = sorted((fax["id"] for fax in faxes), reverse=True)
        shown = [self._shown("faxes", number) for number in ids[(page - 1) * rows : page * rows]]
        links: Item = {"next": {}} if page * rows < len(ids) else {}
        return {"total_count": len(ids), "_links": links, "_embedded": {"ngcp:faxes": shown}}
