# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries: what one is refused for, and how several add up."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.entry import combined, layers, places_of
from ansible_collections.ngcp.fax.plugins.module_utils._internal.desired.parser import (
    as_raw,
    parse_entries,
    parse_entry,
)

FORMATS = "must be one of TIFF, PS, PDF, PDF14"


def entry(settings: dict[str, Any], **selector: Any) -> dict[str, Any]:
    return {**(selector or {"subscriber": "a@x.example"}), "faxserver_settings": settings}


def sentences(raw: Any) -> list[str]:
    """Return what is wrong with an entry."""
    return list(map(str, parse_entry(raw, "here")[1]))


@pytest.mark.parametrize(
    ("filetype", "problem"),
    [
        ("PDF", None),
        ("pdf", f"{FORMATS}, not 'pdf'."),
        (5, f"{FORMATS}, not '5'."),
        (True, f"{FORMATS}, not 'True'."),
        (["PDF"], f"{FORMATS}."),
        ({"a": "PDF"}, f"{FORMATS}."),
    ],
)
def test_a_choice_is_one_of_those_there_are(filetype: Any, problem: str | None) -> None:
    raw = entry({"destinations": [{"destination": "a@x.example", "filetype": filetype}]})
    expected = [f"faxserver_settings.destinations[0].filetype {problem}"] if problem else []
    assert sentences(raw) == expected


def test_a_mode_is_one_of_those_there_are() -> None:
    assert sentences(entry({"destinations_mode": "replace"})) == [
        "faxserver_settings.destinations_mode must be one of exact, add, remove, not 'replace'."
    ]


def test_of_an_entry_to_remove_a_choice_is_a_text_at_least() -> None:
    old, odd = ({"destination": name, "filetype": kind} for name, kind in (("a@x.example", "OLD"), ("b@x.example", 5)))
    assert sentences(entry({"destinations": [old, odd], "destinations_mode": "remove"})) == [
        f"faxserver_settings.destinations[1].filetype {FORMATS}, not '5'."
    ]


def test_what_is_wrong_is_told_in_the_order_of_the_options() -> None:
    options = {"mailtofax_settings": {"secret_renew_notify_mode": "x", "acl_mode": "y"}, "subscriber_id": 1}
    found = [sentence.split()[0] for sentence in sentences(options)]
    assert found == ["mailtofax_settings.secret_renew_notify_mode", "mailtofax_settings.acl_mode"]


def test_a_wrong_type_hides_no_other_mistake_and_is_told_once() -> None:
    raw = entry({"name": 5, "active": "", "destinations": [{"destination": "x", "filetype": "PDF", "status": 2}]})
    assert sorted(sentences(raw)) == [
        "faxserver_settings.active must be true or false, not ''.",
        "faxserver_settings.destinations[0].destination must be an e-mail address such as user@example.com, not 'x'.",
        "faxserver_settings.destinations[0].status must be true or false, not '2'.",
        "faxserver_settings.name must be a text; put it in quotes, because YAML may have read it as another number.",
    ]


def test_a_word_that_yaml_reads_as_true_is_wanted_in_quotes() -> None:
    quotes = "put it in quotes, because YAML reads words such as yes and off as true and false"
    assert sentences(entry({"name": True})) == [f"faxserver_settings.name must be a text; {quotes}."]


def test_only_a_list_of_entries_says_where_they_stand() -> None:
    raw = {**entry({"active": True}), "place": "a.csv:7"}
    assert [one.place for one in parse_entries([raw, entry({"t38": True}, subscriber_id=1)], "list")] == [
        "a.csv:7",
        "list[1]",
    ]
    assert sentences(raw)[0].startswith("place is not an option; ")


def test_what_is_below_entries_without_a_place_of_its_own_is_not_shared() -> None:
    """The second one was taken for the first, and got lost."""
    names = [[{"faxserver_settings": {"name": name}} for name in pair] for pair in (("a", "b"), ("c", "d"))]
    raws = [{"subscriber_id": index, "below": below} for index, below in enumerate(names, start=1)]
    entries = parse_entries(raws, "subscribers")
    assert entries.problems == []
    assert [[settings["faxserver_settings"]["name"] for _place, settings in entry.below] for entry in entries] == [
        ["a", "b"],
        ["c", "d"],
    ]
    assert [place for place, _settings in entries[1].below] == [
        "subscribers[1]: below[0]",
        "subscribers[1]: below[1]",
    ]


def test_what_is_below_an_entry_is_below_its_sets_too() -> None:
    defaults = ("a.yml:1", {"faxserver_settings": {"t38": True, "ecm": True, "name": "default"}})
    below = [defaults]
    own, _none = parse_entry(entry({"name": "own"}), "a.yml:5", below)
    one, _none = parse_entry(entry({"t38": False}, match={"domain": "x.example"}), "b.yml:1")
    other, _none = parse_entry(entry({"ecm": False, "name": "set"}, match={"customer_id": 1}), "a.yml:9", below)
    assert own
    assert one
    assert other
    found = layers([own, one, other])
    assert [place for place, dummy in found] == ["a.yml:1", "b.yml:1", "a.yml:9", "a.yml:5"]
    assert combined([settings for dummy, settings in found]) == {
        "faxserver_settings": {"t38": False, "ecm": False, "name": "own"}
    }
    assert places_of(found)["faxserver_settings"] == {"t38": "b.yml:1", "ecm": "a.yml:9", "name": "a.yml:5"}
    assert own.declared["faxserver_settings"] == {"t38": True, "ecm": True, "name": "own"}


@pytest.mark.parametrize(
    "text", ['mailtofax_settings":', '{"mailtofax_settings":{}}', '\\"mailtofax_settings":', "Ω\\"]
)
def test_what_an_entry_declares_is_known_without_reading_it(text: str) -> None:
    read_one, problems = parse_entry(entry({"name": text}), "a.yml:1", [("a.yml:2", {"mailtofax_settings": {}})])
    assert problems == []
    assert read_one
    assert read_one.names == {"faxserver_settings", "mailtofax_settings"} == set(read_one.declared)
    alone, _problems = parse_entry(entry({"name": text}), "a.yml:1")
    assert alone
    assert alone.names == {"faxserver_settings"} == set(alone.own)


def test_what_is_put_together_can_be_changed_and_leaves_a_file_s_defaults_as_they_are() -> None:
    defaults = {"faxserver_settings": {"active": True}}
    combined([defaults])["faxserver_settings"]["active"] = False
    assert defaults == {"faxserver_settings": {"active": True}}


def test_what_an_export_has_written_as_an_escape_is_handed_on() -> None:
    """A module on another host takes what was looked at where the file is, and nothing like it from anybody else."""
    raw = {"subscriber": "a@x.example", "mailtofax_settings": {"acl": [{"from_email": "a\u200b"}]}}
    below = [("d.yml:1", {"mailtofax_settings": {"acl": [{"from_email": "b\u202e"}]}})]
    one, problems = parse_entry(raw, "a.yml:2", below, escaped=True)
    assert one
    assert problems == []
    (handed,) = parse_entries([as_raw(one)], "subscribers")
    assert (handed.place, handed.own, handed.below) == (one.place, one.own, below)
    (problem,) = parse_entries([raw], "subscribers").problems
    assert "holds U+200B (zero width space, character 2), which is invisible; remove it." in str(problem)


@pytest.mark.parametrize(
    ("name", "shown"),
    [({"subscriber": "a@x.example"}, "a@x.example"), ({"external_id": "A-1"}, "external_id A-1")],
)
def test_an_id_may_stand_beside_a_name(name: dict[str, Any], shown: str) -> None:
    one, problems = parse_entry(entry({"ecm": True}, subscriber_id="7", **name), "here")
    assert (one and (one.kind, one.value, one.name, str(one)), problems) == (
        ("subscriber_id", 7, next(iter(name.items())), shown),
        [],
    )
    assert one
    assert as_raw(one) == {"subscriber_id": 7, **name, "faxserver_settings": {"ecm": True}, "place": "here"}


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ({"subscriber": "a@x.example", "external_id": "A-1"}, "subscriber and external_id are given; give one of"),
        ({"subscriber_id": 7, "match": {"domain": "x"}}, "subscriber_id and match are given; give one of"),
        (
            {"subscriber_id": 7, "subscriber": "a@x.example", "external_id": "A-1"},
            "subscriber_id and subscriber and external_id are given; give one of",
        ),
        ({"subscriber_id": 0, "subscriber": "a@x.example"}, "subscriber_id must be at least 1, not 0."),
        ({"subscriber_id": 7, "subscriber": "a*@x.example"}, "subscriber must not hold the wildcard '*'"),
    ],
)
def test_what_may_not_stand_together(selector: dict[str, Any], problem: str) -> None:
    assert [each[: len(problem)] for each in sentences(entry({"ecm": True}, **selector))] == [problem]


@pytest.mark.parametrize(
    "other",
    [
        {"subscriber_id": 7},
        {"subscriber": "A@x.example"},
        {"subscriber_id": 8, "subscriber": "a@X.example"},
        {"subscriber_id": 7, "external_id": "A-1"},
    ],
)
def test_two_entries_are_about_one_subscriber_if_an_id_or_a_name_agrees(other: dict[str, Any]) -> None:
    both = [entry({"ecm": True}, subscriber_id=7, subscriber="a@x.example"), entry({"ecm": True}, **other)]
    for raws in (both, both[::-1]):
        (problem,) = parse_entries(raws, "subscribers").problems
        assert str(problem).endswith("is named already at subscribers[0]; keep one entry of each subscriber.")
