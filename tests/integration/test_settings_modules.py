# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every settings module takes the same steps; what it sent is counted and what is stored looked at, on the server."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.integration.conftest import BOTH_WAYS, PYTHON, Play, Played, requests
from tests.simulator.client import Simulator

LOGIN = "POST /login_jwt"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Steps:
    """A module, its resource, and what is declared step by step; `stored` is what the server must hold after each."""

    module: str
    resource: str
    create: dict[str, Any]
    update: dict[str, Any]
    undo: dict[str, Any]
    stored: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
    secrets: tuple[str, ...]


FAX = Steps(
    module="ngcp.fax.faxserver_settings",
    resource="faxserversettings",
    create={
        "active": True,
        "name": "Ärzte Öst",
        "password": "pa55word",
        "destinations": [
            {"destination": "b@example.com", "filetype": "PDF14"},
            {"destination": "a@example.com", "filetype": "TIFF", "outgoing": True},
        ],
    },
    update={"t38": False, "destinations_mode": "remove", "destinations": [{"destination": "B@example.com"}]},
    undo={"active": False, "name": None, "password": "", "t38": True, "destinations": None},
    stored=(
        {"active": True, "name": "Ärzte Öst", "password": "pa55word", "ecm": True},
        {
            "t38": False,
            "destinations": [
                {
                    "destination": "a@example.com",
                    "filetype": "TIFF",
                    "incoming": True,
                    "outgoing": True,
                    "status": False,
                }
            ],
        },
        {"active": False, "name": None, "password": None, "t38": True, "destinations": []},
    ),
    secrets=("pa55word",),
)
MAIL = Steps(
    module="ngcp.fax.mailtofax_settings",
    resource="mailtofaxsettings",
    create={
        "active": True,
        "secret_key": "k3y-of-the-clinic",
        "secret_renew_notify": [{"destination": "admin@example.com"}],
        "acl": [{"from_email": "a@example.com"}, {"from_email": "a@example.com"}],
    },
    update={"secret_key_renew": "monthly", "acl_mode": "add", "acl": [{"destination": "^431.*", "use_regex": True}]},
    undo={"active": False, "secret_key": None, "update_secret_key": "always", "secret_renew_notify": [], "acl": []},
    stored=(
        {"active": True, "secret_key": "k3y-of-the-clinic"},
        {
            "secret_key_renew": "monthly",
            "acl": [
                {"from_email": "a@example.com", "received_from": None, "destination": None, "use_regex": False},
                {"from_email": "a@example.com", "received_from": None, "destination": None, "use_regex": False},
                {"from_email": None, "received_from": None, "destination": "^431.*", "use_regex": True},
            ],
        },
        {"active": False, "secret_key": None, "secret_renew_notify": [], "acl": []},
    ),
    secrets=("k3y-of-the-clinic",),
)
BOTH = pytest.mark.parametrize("steps", [FAX, MAIL], ids=["faxserver_settings", "mailtofax_settings"])


SELECTORS: dict[str, tuple[dict[str, Any], list[str], dict[str, Any]]] = {
    "by id": ({"subscriber_id": 3}, [], {"subscriber_id": 3, "subscriber": None}),
    "by name": (
        {"subscriber": "User4@d1.example.org"},
        ["GET /api/subscribers/"],
        {"subscriber_id": 4, "subscriber": "user4@d1.example.org"},
    ),
    "by external id": (
        {"external_id": "ext-5"},
        ["GET /api/subscribers/"],
        {"subscriber_id": 5, "subscriber": "user5@d1.example.org"},
    ),
}
STEPS = ("create", "update", "undo")


def tasks(steps: Steps, selectors: Mapping[str, Mapping[str, Any]], prefix: str = "") -> list[dict[str, Any]]:
    """The steps that have a selector, each predicted, done, and done again."""
    made: list[dict[str, Any]] = []
    for name, selector in selectors.items():
        options = {**selector, **getattr(steps, name)}
        made += [
            {"name": f"{prefix}{name}, predicted", steps.module: options, "check_mode": True},
            {"name": f"{prefix}{name}", steps.module: options},
            {"name": f"{prefix}{name} again", steps.module: options},
        ]
    return made


def stored(simulator: Simulator, resource: str, subscriber: int) -> dict[str, Any]:
    item = simulator.control("GET", f"/settings/{resource}/{subscriber}")
    assert isinstance(item, dict)
    return item


def facts(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what Ansible adds."""
    return {name: value for name, value in result.items() if name != "invocation" and not name.startswith("_ansible")}


def unordered(settings: dict[str, Any]) -> dict[str, Any]:
    """The order of the server's lists means nothing, and changes."""
    return {name: sorted(map(str, value)) if isinstance(value, list) else value for name, value in settings.items()}


def check_steps(played: Played, steps: Steps, subscribers: Mapping[str, Mapping[str, Any]], prefix: str = "") -> None:
    for name, subscriber in subscribers.items():
        predicted, done, again = (played[f"{prefix}{name}{end}"] for end in (", predicted", "", " again"))
        assert done["changed"]
        assert done["applied"]
        assert done.items() >= subscriber.items()
        assert {**facts(predicted), "applied": True} == facts(done)
        assert (again["changed"], again["applied"], again["patch"]) == (False, False, [])
        assert unordered(again["before"]) == unordered(again["after"]) == unordered(done["after"])
        declared = set(getattr(steps, name)) - {"destinations_mode", "acl_mode", "update_secret_key"}
        assert set(done["before"]) == set(done["after"]) == declared
        differing = {operation["path"].removeprefix("/") for operation in done["patch"]}
        assert set(done["diff"]["before"]) == set(done["diff"]["after"]) == differing


def check_secrets(played: Played, steps: Steps, prefix: str = "") -> None:
    """No secret leaves, with `-vvvv` either."""
    assert "TASK" in played.output
    shown = played.output + json.dumps(played.results)
    for secret in (*steps.secrets, "on-the-server-1", "on-the-server-2", "eyJ"):
        assert secret not in shown
    option = "password" if steps is FAX else "secret_key"
    assert played[f"{prefix}create"]["before"][option] == MASK
    assert played[f"{prefix}create"]["diff"]["after"][option] == f"{MASK} (changed)"


def hold_secrets(simulator: Simulator, *ids: int) -> None:
    for one in ids:
        simulator.control("PATCH", f"/settings/faxserversettings/{one}", {"password": "on-the-server-1"})
        simulator.control("PATCH", f"/settings/mailtofaxsettings/{one}", {"secret_key": "on-the-server-2"})


@BOTH
def test_create_update_undo(steps: Steps, play: Play, simulator: Simulator) -> None:
    """By each selector, each about another subscriber."""
    hold_secrets(simulator, 3, 4, 5)
    made = [
        task
        for way, (selector, _look_up, _subscriber) in SELECTORS.items()
        for task in tasks(steps, dict.fromkeys(STEPS, selector), f"{way}: ")
    ]
    played = play(made, "--diff", "-vvvv")
    assert played.code == 0, played.output
    expected = [LOGIN]
    for way, (_selector, look_up, subscriber) in SELECTORS.items():
        one = subscriber["subscriber_id"]
        read = [*look_up, f"GET /api/{steps.resource}/{one}"]
        expected += [*read, *read, f"PATCH /api/{steps.resource}/{one}", *read] * 3
        check_steps(played, steps, dict.fromkeys(STEPS, subscriber), f"{way}: ")
        check_secrets(played, steps, f"{way}: ")
        assert stored(simulator, steps.resource, one).items() >= steps.stored[2].items()
    assert requests(simulator) == [expected]


@pytest.mark.parametrize(
    ("steps", "way"),
    [(FAX, "by name"), (MAIL, "by external id")],
    ids=["faxserver_settings", "mailtofax_settings"],
)
@pytest.mark.parametrize("in_process", [False], ids=["shipped"])
def test_create_as_processes(steps: Steps, way: str, play: Play, simulator: Simulator) -> None:
    selector, look_up, subscriber = SELECTORS[way]
    one = subscriber["subscriber_id"]
    hold_secrets(simulator, one)
    played = play(tasks(steps, {"create": selector}), "--diff", "-vvvv")
    assert played.code == 0, played.output
    read = [*look_up, f"GET /api/{steps.resource}/{one}"]
    assert requests(simulator) == [[LOGIN, *read, *read, f"PATCH /api/{steps.resource}/{one}", *read]]
    check_steps(played, steps, {"create": subscriber})
    check_secrets(played, steps)
    assert stored(simulator, steps.resource, one).items() >= steps.stored[0].items()


def test_what_is_stored_after_each_step(play: Play, simulator: Simulator) -> None:
    """Of three subscribers the first has had one step, the second two, the third all three."""
    after: dict[int, tuple[str, ...]] = {3: STEPS[:1], 4: STEPS[:2], 5: STEPS}
    made: list[dict[str, Any]] = [
        {"name": f"{steps.resource} {one} {name}", steps.module: {"subscriber_id": one, **getattr(steps, name)}}
        for steps in (FAX, MAIL)
        for one, names in after.items()
        for name in names
    ]
    played = play(made)
    assert all(played[task["name"]]["changed"] for task in made), played.output
    for steps in (FAX, MAIL):
        for one, expected in zip(after, steps.stored, strict=True):
            item = stored(simulator, steps.resource, one)
            lists = {key: value for key, value in item.items() if isinstance(value, list)}
            assert item.items() >= {key: value for key, value in expected.items() if key not in lists}.items()
            for key in lists.keys() & expected.keys():
                assert sorted(map(str, lists[key])) == sorted(map(str, expected[key]))


def test_check_mode_sends_no_write(play: Play, simulator: Simulator) -> None:
    simulator.control("PUT", "/refuse_writes", {"enabled": True})
    made = [
        {"name": f"{steps.resource} {name}", steps.module: {"subscriber_id": 3, **getattr(steps, name)}}
        for steps in (FAX, MAIL)
        for name in STEPS
    ]
    played = play(made, "--check", "--diff")
    assert played.code == 0, played.output
    assert simulator.control("GET", "/counters")["refused_writes"] == 0
    for steps in (FAX, MAIL):
        assert played[f"{steps.resource} create"]["changed"]
        assert not played[f"{steps.resource} create"]["applied"]


@BOTH_WAYS
def test_one_connection_for_a_whole_play_by_module_defaults_or_the_environment(
    play: Play, simulator: Simulator, connection: dict[str, Any]
) -> None:
    task = {"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": 3, "ca_path": connection["ca_path"]}}
    environment = {
        "NGCP_API_URL": connection["api_url"],
        "NGCP_API_USERNAME": "administrator",
        "NGCP_API_PASSWORD": "administrator",
    }
    played = play([task], environment=environment, module_defaults={})
    assert played.code == 0, played.output
    assert requests(simulator) == [[LOGIN, "GET /api/faxserversettings/3"]]


@BOTH_WAYS
def test_a_changed_setting_is_shown_as_a_diff(play: Play, simulator: Simulator) -> None:
    played = play(
        [{"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": 3, "name": "X"}}], "--diff", "--check"
    )
    assert '-    "name": null' in played.output
    assert '+    "name": "X"' in played.output
    assert "subscriber 3 faxserver_settings" in played.output


def test_a_write_that_the_server_does_not_keep(play: Play, simulator: Simulator) -> None:
    kept = {"active": False, "name": "Y", "_links": {"self": {"href": "/api/faxserversettings/3"}}}
    simulator.control(
        "PUT", "/faults", [{"method": "PATCH", "times": 2, "status": 200, "body": json.dumps({**kept, "id": 3})}]
    )
    task = {"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": 3, "active": True, "name": "X"}}
    played = play([task])
    assert played.failure("a").startswith(
        "subscriber 3: the server took the write twice and still holds something else in active, name "
        "(PATCH /api/faxserversettings/3). Somebody else"
    )
    assert played["a"]["error"]["kind"] == "unverified"
    read = "GET /api/faxserversettings/3"
    write = "PATCH /api/faxserversettings/3"
    assert requests(simulator) == [[LOGIN, read, write, read, write]]


def test_a_lost_update_is_written_once_more(play: Play, simulator: Simulator) -> None:
    lost = {"active": False, "_links": {"self": {"href": "/api/faxserversettings/3"}}, "id": 3}
    simulator.control("PUT", "/faults", [{"method": "PATCH", "status": 200, "body": json.dumps(lost)}])
    played = play([{"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": 3, "active": True}}])
    assert played["a"]["changed"], played.output
    assert stored(simulator, "faxserversettings", 3)["active"] is True


def test_a_half_lost_update_shows_all_that_was_changed(play: Play, simulator: Simulator) -> None:
    half = {"active": False, "name": "N", "_links": {"self": {"href": "/api/faxserversettings/3"}}, "id": 3}
    simulator.control("PUT", "/faults", [{"method": "PATCH", "status": 200, "body": json.dumps(half)}])
    task = {"ngcp.fax.faxserver_settings": {"subscriber_id": 3, "active": True, "name": "N"}}
    played = play([{"name": "predicted", **task, "check_mode": True}, {"name": "done", **task}])
    assert {**facts(played["predicted"]), "applied": True} == facts(played["done"])


REFUSED = {
    "status": 422,
    "body": '{"code": 422, "message": "No"}',
    "headers": {"Content-Type": "application/json"},
}


@pytest.mark.parametrize(
    ("faults", "changed"),
    [
        ([{"method": "PATCH", "times": None, **REFUSED}], False),
        ([{"method": "PATCH", "times": None, "close": "before"}], True),
        ([{"method": "PATCH", "status": 204}, {"method": "GET", "times": None, "status": 200, "body": "<"}], True),
    ],
    ids=["refused", "lost", "unread"],
)
def test_a_failed_write_says_what_it_would_have_done(
    faults: list[dict[str, Any]], changed: bool, play: Play, simulator: Simulator
) -> None:
    """The last fault meets the reading back: the first GET is let through."""
    first = [{"method": "GET", "path": "/api/", "delay_ms": 1}]
    simulator.control("PUT", "/faults", [*first, *faults])
    options = {"subscriber_id": 3, "active": True, "password": "pa55word", "retries": 0}
    played = play([{"name": "a", "ngcp.fax.faxserver_settings": options, "ignore_errors": True}])
    assert played.failure("a")
    assert (played["a"]["changed"], played["a"]["applied"]) == (changed, changed)
    assert [operation["path"] for operation in played["a"]["patch"]] == ["/active", "/password"]
    assert played["a"]["subscriber_id"] == 3
    assert "pa55word" not in played.output


@BOTH_WAYS
def test_null_means_not_given_where_it_clears_nothing(play: Play, simulator: Simulator) -> None:
    nulls = {"external_id": None, "subscriber": None, "timeout": None, "destinations_mode": None, "api_token": None}
    tasks = [
        {"name": "one", FAX_MODULE: {"subscriber_id": 3, "active": True, **nulls}},
        {"name": "none", FAX_MODULE: {"subscriber_id": None, **nulls}, "ignore_errors": True},
        {"name": "empty", FAX_MODULE: {"subscriber_id": 3, "destinations": ""}},
    ]
    played = play(tasks)
    assert played["one"]["changed"]
    assert played.failure("none") == "one of the following is required: subscriber_id, subscriber, external_id."
    assert played["empty"]["after"] == {"destinations": []}


@BOTH_WAYS
def test_a_token_of_the_environment_does_not_replace_a_given_login(play: Play) -> None:
    task = {"name": "a", FAX_MODULE: {"subscriber_id": 3, "active": True}}
    assert play([task], environment={"NGCP_API_TOKEN": "stale"})["a"]["changed"]


def test_a_server_that_returns_nothing_after_a_write(play: Play, simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    simulator.control("PUT", "/faults", [{"method": "PATCH", "status": 204}])
    played = play([{"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": 3, "active": False}}])
    assert played["a"]["changed"], played.output
    assert stored(simulator, "faxserversettings", 3)["active"] is False


def test_a_secret_that_the_platform_rotated_is_no_drift(play: Play, simulator: Simulator) -> None:
    options = {"subscriber_id": 3, "active": True, "secret_key": "first-secret", "secret_key_renew": "daily"}
    first = play([{"name": "a", "ngcp.fax.mailtofax_settings": options}])
    assert first["a"]["changed"]
    assert stored(simulator, "mailtofaxsettings", 3)["secret_key"] == "first-secret"
    assert first["a"]["left_to_renewal"] == []
    simulator.control("POST", "/rotate_secret/3")
    note = "1 declared secret is left to the platform's renewal and not set (subscriber 3: secret_key)."
    second = play([{"name": "a", "ngcp.fax.mailtofax_settings": options}], warnings=(note,))
    assert not second["a"]["changed"], second.output
    assert second["a"]["left_to_renewal"] == ["secret_key"]
    assert second["a"]["warnings"][0].startswith(note)


@BOTH_WAYS
def test_dangerous_settings_are_warned_of(play: Play, simulator: Simulator) -> None:
    tasks = [
        {"name": "a", "ngcp.fax.mailtofax_settings": {"subscriber_id": 3, "active": True}},
        {
            "name": "b",
            "ngcp.fax.mailtofax_settings": {
                "subscriber": "user4@d1.example.org",
                "acl": [{"received_from": "10.0.0.1", "use_regex": True}],
            },
        },
    ]
    played = play(tasks, warnings=("subscriber 3: mailtofax_settings is active", "user4@d1.example.org: acl:"))
    assert played["a"]["warnings"] == [
        (
            "subscriber 3: mailtofax_settings is active with neither a secret_key nor an acl: the server refuses every "
            "e-mail. Declare one of them, or set active to false."
        )
    ]
    assert played["b"]["warnings"] == [
        (
            "user4@d1.example.org: acl: the regular expression '10.0.0.1' of received_from is not anchored and matches "
            "anywhere in the text. Put it between ^ and $."
        )
    ]


FAX_MODULE, MAIL_MODULE = FAX.module, MAIL.module
BAD_INPUT: list[tuple[str, dict[str, Any], str]] = [
    (FAX_MODULE, {}, "one of the following is required: subscriber_id, subscriber, external_id"),
    (
        FAX_MODULE,
        {"subscriber": "a@x.example", "external_id": "x"},
        "parameters are mutually exclusive: subscriber|external_id",
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "activ": True},
        "Unsupported parameters for (ngcp.fax.faxserver_settings) module: activ.",
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": [{"destination": "nobody", "filetype": "PDF"}]},
        "destinations[0].destination must be an e-mail address such as user@example.com, not 'nobody'.",
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": [{"destination": "a@example.com", "filetype": "pdf"}]},
        "destinations[0].filetype must be one of TIFF, PS, PDF, PDF14, not 'pdf'.",
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": [{"filetype": "PDF"}]},
        "destinations[0].destination is missing; give a value.",
    ),
    (
        FAX_MODULE,
        {
            "subscriber_id": 3,
            "destinations": [{"destination": name, "filetype": "PS"} for name in ("a@b.cc", "A@b.cc")],
        },
        (
            "destinations[1].destination: 'A@b.cc' is already in destinations[0] "
            "(upper and lower case are the same); keep one of them."
        ),
    ),
    (FAX_MODULE, {"subscriber_id": 3, "name": "N" * 65}, "name is 65 characters long; the server takes at most 64."),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations_mode": "remove", "destinations": []},
        "destinations is empty, so destinations_mode: remove would remove nothing; name the elements to remove.",
    ),
    (
        MAIL_MODULE,
        {"subscriber_id": 3, "update_secret_key": "always"},
        "update_secret_key: always is given without secret_key; declare the value to set.",
    ),
    (
        MAIL_MODULE,
        {"subscriber_id": 3, "secret_key_renew": "yearly"},
        "secret_key_renew must be one of never, daily, weekly, monthly, not 'yearly'.",
    ),
    (FAX_MODULE, {"subscriber": "user*@d1.example.org"}, "subscriber must not hold the wildcard '*'"),
    (FAX_MODULE, {"subscriber": "user3"}, "subscriber must be user@domain, not 'user3'."),
    (FAX_MODULE, {"subscriber_id": 3, "active": None}, "active cannot be empty; give true or false, or leave"),
    (
        FAX_MODULE,
        {"external_id": 17, "password": 668},
        "external_id must be a text; put it in quotes, because YAML may have read it as another number. password",
    ),
    (MAIL_MODULE, {"subscriber_id": 3, "acl": [{"destination": 431}]}, "acl[0].destination must be a text; put it in"),
    (
        FAX_MODULE,
        {"activ": True, "name": "N" * 65},
        (
            "one of the following is required: subscriber_id, subscriber, external_id. "
            "activ is not an option of this module."
        ),
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": [{"destination": "a@b.cc", "filetype": "PS", "incomming": True}]},
        "destinations[0].incomming is not an option; an element has destination, filetype, incoming, outgoing, status.",
    ),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": [{"destination": "a@b.cc", "filetype": "PS", "incoming": "maybe"}]},
        "destinations[0].incoming must be true or false, not 'maybe'.",
    ),
    (FAX_MODULE, {"subscriber": "user3@d1.example.org "}, "subscriber must not hold a space or a line break."),
    (FAX_MODULE, {"subscriber_id": True, "active": True}, "subscriber_id must be a number."),
    (MAIL_MODULE, {"subscriber_id": 3, "acl": ["x"]}, "acl must be a list of mappings, each with from_email,"),
    (
        FAX_MODULE,
        {"subscriber_id": 3, "destinations": "x"},
        "destinations must be a list of mappings, each with destination, filetype, incoming, outgoing, status.",
    ),
]


def test_bad_input_is_refused_before_any_request(play: Play, simulator: Simulator) -> None:
    played = play(
        [
            {"name": str(number), module: options, "ignore_errors": True}
            for number, (module, options, _sentence) in enumerate(BAD_INPUT)
        ]
    )
    for number, (_module, _options, sentence) in enumerate(BAD_INPUT):
        assert played.failure(str(number)).startswith(sentence)
    assert simulator.control("GET", "/counters")["requests"] == 0


@BOTH_WAYS
def test_what_the_server_says_no_to(play: Play, simulator: Simulator, connection: dict[str, Any]) -> None:
    read_only = {**connection, "api_username": "readonly"}
    tasks = [
        {"name": "nobody", FAX_MODULE: {"subscriber_id": 999, "active": True}, "ignore_errors": True},
        {"name": "read-only", FAX_MODULE: {**read_only, "subscriber_id": 3, "active": True}, "ignore_errors": True},
        {"name": "reads", FAX_MODULE: {**read_only, "subscriber_id": 3, "active": True}, "check_mode": True},
    ]
    played = play(tasks)
    assert played.failure("nobody").startswith(
        "There is no subscriber 999 on this server (GET /api/faxserversettings/999, HTTP 404). Check the selector"
    )
    assert played["nobody"]["error"] == {
        "kind": "not_found",
        "method": "GET",
        "path": "/api/faxserversettings/999",
        "status": 404,
    }
    assert "may read only (PATCH /api/faxserversettings/3, HTTP 403)" in played.failure("read-only")
    assert played["reads"]["changed"]


@BOTH_WAYS
def test_a_refused_login_ends_a_loop(play: Play, simulator: Simulator) -> None:
    task = {
        "name": "many",
        FAX_MODULE: {"subscriber_id": "{{ item }}", "api_password": "wr0ng-word", "active": True},
        "loop": [1, 2, 3, 4, 5, 6, 7, 8],
    }
    played = play([task], "-vvv")
    assert played.code == 2
    assert simulator.control("GET", "/counters")["logins"] == 1
    messages = [item["msg"] for item in played.items["many"]]
    refused = "The server does not accept this username and password (POST /login_jwt, HTTP 403)."
    assert messages[0].startswith(refused)
    assert len(messages) == 8
    assert all(message.startswith(f"Not tried again: {refused}") for message in messages[1:])
    assert "wr0ng-word" not in played.output


@BOTH_WAYS
def test_a_server_that_is_not_there_ends_a_loop(play: Play) -> None:
    options = {"subscriber_id": "{{ item }}", "api_url": "https://127.0.0.1:1", "retries": 0, "active": True}
    played = play([{"name": "many", FAX_MODULE: options, "loop": [1, 2, 3]}])
    messages = [item["msg"] for item in played.items["many"]]
    assert messages[0].startswith("https://127.0.0.1:1 refuses the connection (POST /login_jwt).")
    assert messages[1:] == [f"Not tried again: {messages[0]}"] * 2


@BOTH_WAYS
def test_a_login_that_may_only_read_ends_a_loop_of_writes_and_nothing_else(
    play: Play, simulator: Simulator, connection: dict[str, Any]
) -> None:
    active = {"subscriber_id": "{{ item }}", "active": True}
    loop = {"loop": [1, 2, 3], "ignore_errors": True}
    played = play(
        [
            {"name": "write", FAX_MODULE: active, **loop},
            {"name": "read", FAX_MODULE: active, **loop, "check_mode": True},
        ],
        module_defaults={"group/ngcp.fax.ngcp": {**connection, "api_username": "readonly"}},
    )
    messages = [item["msg"] for item in played.items["write"]]
    assert messages[0].startswith("This login may not do that")
    assert messages[1:] == [f"Not tried again: {messages[0]}"] * 2
    assert [item["changed"] for item in played.items["read"]] == [True] * 3
    assert sum(line.startswith("PATCH") for run in requests(simulator) for line in run) == 1


def test_one_broken_item_does_not_end_a_loop(play: Play, simulator: Simulator) -> None:
    task = {"name": "many", FAX_MODULE: {"subscriber_id": "{{ item }}", "active": True}, "loop": [999, 4]}
    assert play([task]).code == 2
    assert stored(simulator, "faxserversettings", 4)["active"] is True


@BOTH_WAYS
@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_a_refused_login_ends_the_run_for_all_hosts_and_tasks(
    strategy: str, play: Play, simulator: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    hosts = "".join(
        f"h{number} ansible_connection=local ansible_python_interpreter='{PYTHON}'\n" for number in range(4)
    )
    (tmp_path / "hosts").write_text(hosts, encoding="utf-8")
    task = {FAX_MODULE: {"subscriber_id": 3, "active": True}, "ignore_errors": True}
    # A password that is a part of what the result says of the failure.
    wrong = {"group/ngcp.fax.ngcp": {**connection, "api_password": "login_refused"}}
    played = play(
        [{"name": name, **task} for name in ("a", "b")],
        *("-i", str(tmp_path / "hosts"), "-f", "4"),
        hosts="all",
        strategy=strategy,
        module_defaults=wrong,
    )
    assert simulator.control("GET", "/counters")["logins"] == 1
    assert played.output.count("Not tried again: ") >= 7


@BOTH_WAYS
def test_a_login_that_is_refused_later_is_not_tried_again(play: Play, simulator: Simulator) -> None:
    """The token has to be renewed, and that meets a ban, as if somebody had failed too often meanwhile."""
    banned = {
        "path": "/login_jwt",
        "times": None,
        "status": 403,
        "body": json.dumps({"code": 403, "message": "Banned"}),
    }
    fault = {
        "name": "ban",
        "ansible.builtin.uri": {
            "url": f"{simulator.control_url}/faults",
            "method": "PUT",
            "body": [banned],
            "body_format": "json",
            "use_proxy": False,
            "status_code": [200, 204],
        },
    }
    other_key = {
        "name": "change the key",
        "ansible.builtin.uri": {
            "url": f"{simulator.control_url}/rotate_token_key",
            "method": "POST",
            "use_proxy": False,
            "status_code": [200, 204],
        },
    }
    task = {FAX_MODULE: {"subscriber_id": 3, "active": True}, "ignore_errors": True}
    played = play([{"name": "a", **task}, fault, other_key, {"name": "b", **task}, {"name": "c", **task}])
    assert "The account is banned on this address" in played.failure("b")
    assert played.failure("c").startswith("Not tried again: The account is banned")
    assert simulator.control("GET", "/counters")["logins"] == 2


@BOTH_WAYS
def test_until_waits_for_a_server_to_come_up(play: Play) -> None:
    options = {"subscriber_id": 3, "active": True, "api_url": "https://127.0.0.1:1", "retries": 0}
    until = {"register": "outcome", "until": "outcome is success", "retries": 2, "delay": 0}
    played = play([{"name": "a", FAX_MODULE: options, **until}])
    assert played.failure("a").startswith("https://127.0.0.1:1 refuses the connection")
    assert played["a"]["attempts"] == 2


def test_a_short_secret_does_not_spoil_the_result(play: Play, simulator: Simulator) -> None:
    pins = {11: "1", 12: "12", 13: "act", 14: "fax"}
    options = [{"subscriber_id": one, "active": True, "password": pin} for one, pin in pins.items()]
    played = play([{"name": each["password"], FAX_MODULE: each} for each in options], "-vvv")
    for one, pin in pins.items():
        assert played[pin]["subscriber_id"] == one
        assert played[pin]["patch"] == [
            {"op": "replace", "path": "/active", "value": True},
            {"op": "replace", "path": "/password", "value": MASK},
        ]
        assert f'"password": "{pin}"' not in played.output
        assert stored(simulator, "faxserversettings", one)["password"] == pin


@BOTH_WAYS
def test_a_misspelt_secret_is_not_shown(play: Play) -> None:
    played = play([{"name": "a", FAX_MODULE: {"subscriber_id": 3, "passwort": "geheim-123"}}], "-vvvv")
    assert played.failure("a").startswith("Unsupported parameters")
    assert "geheim-123" not in json.dumps(played["a"])


def test_a_secret_that_the_server_echoes_in_another_form(play: Play, simulator: Simulator) -> None:
    secret = 'Pä"s&w <o>rd/1'
    escaped = json.dumps(secret)[1:-1]
    forms = (secret, escaped, html.escape(secret), quote(secret), quote_plus(secret))
    faults = []
    for one, echoed in enumerate(forms, start=3):
        message = f"DBI failed: UPDATE SET password = {echoed} at line 1\n more {echoed}"
        body = json.dumps({"code": 500, "message": message})
        faults.append({"path": f"/{one}$", "method": "PATCH", "status": 500, "body": body})
    simulator.control("PUT", "/faults", faults)
    options = {"password": secret, "retries": 0}
    ids = range(3, 3 + len(forms))
    played = play(
        [{"name": str(one), FAX_MODULE: {"subscriber_id": one, **options}, "ignore_errors": True} for one in ids]
    )
    for one in ids:
        assert played.failure(str(one)).startswith(
            f"The server failed: DBI failed: UPDATE SET password = {MASK} at line 1 (PATCH /api/faxserversettings/{one}"
        )
