# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look-ups: one by one or by pages, and what fails."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LoginRefused
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.lookup import Lookup, members
from tests.unit.fakes import FakeClient


def entry(kind: str, value: object, line: int = 1) -> Entry:
    return Entry(f"a.yml:{line}", kind, value, "{}", ())


def test_few_are_looked_up_one_by_one() -> None:
    client = FakeClient()
    entries = [entry("subscriber", "User2@d.example"), entry("external_id", "ext-3"), entry("subscriber_id", 1)]
    counts: list[int] = []
    lookup = Lookup(client, Paging(50, 1), counts.append)
    lookup.run(entries)
    assert [lookup.found[each].id for each in entries] == [2, 3, 1]
    assert (len(client.requests), sum(counts)) == (2, 3)


def test_many_of_one_domain_are_looked_up_by_pages() -> None:
    client = FakeClient(6)
    entries = [entry("subscriber", f"user{number}@d.example", number) for number in range(1, 7)]
    lookup = Lookup(client, Paging(3, 1))
    lookup.run(entries)
    assert [lookup.found[each].id for each in entries] == [1, 2, 3, 4, 5, 6]
    assert len(client.requests) == 2


def test_a_known_subscriber_is_not_asked_for() -> None:
    client = FakeClient()
    named = entry("subscriber", "user2@d.example")
    lookup = Lookup(client, Paging(50, 1))
    lookup.run([named], {named.key: Subscriber(2, "user2@d.example")})
    assert (lookup.found[named].id, client.requests) == (2, [])


def test_an_entry_that_names_nobody_does_not_stop_the_others() -> None:
    lookup = Lookup(FakeClient(), Paging(50, 1))
    missing, present = entry("subscriber", "user9@d.example"), entry("subscriber", "user1@d.example")
    lookup.run([missing, present])
    assert (lookup.errors[missing].kind, lookup.found[present].id) == ("not_found", 1)


def test_a_fatal_error_is_raised() -> None:
    client = FakeClient()
    client.failures["GET /api/subscribers/"] = [LoginRefused("No", "Look.")]
    with pytest.raises(LoginRefused):
        Lookup(client, Paging(50, 1)).run([entry("subscriber", "user1@d.example"), entry("external_id", "x")])


def test_the_members_of_a_set() -> None:
    client = FakeClient()
    client.items["subscribers"][2]["domain"] = "other.example"
    assert [each.id for each in members(client, {"domain": "d.example"}, Paging(50, 1))] == [1, 3]
