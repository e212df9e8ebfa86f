# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The author of a field's value: if the journal's answer is unusual, nobody is named by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import FAXSERVER_SETTINGS
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp import settings_journal
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.settings_journal import FieldChange
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber

ANN = FieldChange("2026-11-01 08:00:00", "ann")
NOW = {"name": "By hand", "ecm": True}


class Server(Client):
    """A journal of these entries, the newest first: (id, who, name), the name None for a content without any."""

    def __init__(self, entries: list[tuple[Any, str, str | None]], more: bool = False, one: bool = False) -> None:
        super().__init__(Connection())
        self.entries, self.more, self.one = entries, more, one

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if not path.endswith("/"):
            number = path.rpartition("/")[2]
            name = next(name for one, _who, name in self.entries if str(one) == number)
            return {"id": number, "content": {"ecm": True, **({} if name is None else {"name": name})}}
        listed: Any = [
            {"id": one, "timestamp": "2026-11-01 08:00:00", "username": who} for one, who, _n in self.entries
        ]
        links = {"next": {"href": "there"}} if self.more else {}
        return {"_embedded": {"ngcp:journal": listed[0] if self.one else listed}, "_links": links}


def author(server: Server) -> FieldChange | None:
    return settings_journal.changes(server, FAXSERVER_SETTINGS, Subscriber(3), NOW, ["name"]).get("name")


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (Server([(3, "berta", "By hand"), (2, "ann", "By hand"), (1, "carl", "Old")]), ANN),
        (Server([(3, "berta", "By hand"), (2, "ann", "By hand"), (1, "carl", "Old")], more=True), ANN),
        (Server([(3, "ann", "By hand")], one=True), ANN),
        (Server([(3, "ann", "By hand")], more=True), None),
        # Oldest first is as good, if these are all of them: else the newest are on another page.
        (Server([(1, "carl", "Old"), (2, "ann", "By hand"), (3, "berta", "By hand")]), ANN),
        (Server([(1, "carl", "Old"), (2, "ann", "By hand"), (3, "berta", "By hand")], more=True), None),
        # What an entry held that does not show the field, nobody knows.
        (Server([(3, "berta", "By hand"), (2, "ann", None), (1, "carl", "Old")]), None),
        (Server([(3, "berta", None), (2, "ann", "By hand"), (1, "carl", "Old")]), None),
        (Server([(3, "berta", "By hand"), ("x", "ann", "By hand"), (1, "carl", "Old")]), None),
        (Server([]), None),
    ],
)
def test_an_author_is_named_only_where_the_journal_is_sure(server: Server, expected: FieldChange | None) -> None:
    assert author(server) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"_embedded": ["x"]},
        {"_embedded": {"ngcp:journal": "text"}},
        {"_embedded": {"ngcp:journal": [{"id": "5", "username": {}}]}, "_links": "text"},
        {"_embedded": {"ngcp:journal": [{"id": "5", "timestamp": []}]}},
        {"_embedded": {"ngcp:journal": [None]}},
    ],
)
@pytest.mark.parametrize("content", [[], {"destinations": "text", "name": ["x"]}, {"destinations": [None]}])
def test_a_journal_that_makes_no_sense_tells_nothing(body: dict[str, Any], content: Any) -> None:
    class Odd(Client):
        def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
            return body if path.endswith("/") else {"content": content}

    current = {"name": "By hand", "destinations": []}
    found = settings_journal.changes(
        Odd(Connection()), FAXSERVER_SETTINGS, Subscriber(3), current, ["name", "destinations"]
    )
    assert found == {}
