# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets: who they are, and where they are declared."""

from __future__ import annotations

from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import Entry
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from ansible_collections.ngcp.fax.plugins.module_utils._internal.targets.target import Target, target_of

SET = Entry("a.yml:1", "match", {"domain": "d.example"}, '{"faxserver_settings":{"t38":false}}', ())
OWN = Entry("a.yml:2", "subscriber", "user1@d.example", '{"mailtofax_settings":{"active":true}}', ())


def test_a_subscriber_in_a_set_with_an_entry_of_its_own() -> None:
    target = Target(Subscriber(1, "user1@d.example"), (SET, OWN))
    assert target.names == {"faxserver_settings", "mailtofax_settings"}
    assert target.place == "a.yml:2"
    assert target.as_dict() == {"subscriber_id": 1, "subscriber": "user1@d.example"}


def test_an_entry_that_names_nobody_shows_what_it_says() -> None:
    assert target_of(OWN).as_dict() == {"subscriber_id": None, "subscriber": "user1@d.example"}
    assert target_of(Entry("a.yml:3", "external_id", "x", "{}", ())).as_dict() == {
        "subscriber_id": None,
        "subscriber": None,
    }


def test_an_entry_that_names_an_id_needs_no_look_up() -> None:
    assert target_of(Entry("a.yml:3", "subscriber_id", 7, "{}", ())).subscriber == Subscriber(7)


def test_without_an_entry_there_is_no_place() -> None:
    assert Target(Subscriber(1), ()).place is None
