# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to log in, and how often that is done; logins are counted on the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    FaxError,
    Forbidden,
    LoginRefused,
    NotFound,
    NoTokens,
    ReadOnly,
    ServerFailed,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import log_in, spec_of_login
from tests.integration.conftest import BOTH_WAYS, Play, requests
from tests.simulator.client import Simulator, running

MODULE, FAX = "ngcp.fax.login", "ngcp.fax.faxserver_settings"
LOGIN, ITEM = "POST /login_jwt", "/api/faxserversettings/1"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
OTP_SECRET = "ABFWC63CNFRGC3DF"  # of 80 bits, as the server's are


@pytest.fixture(scope="module")
def shared_two_factors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A server with an admin of two factors, and subscribers on a port of their own."""
    admin = {"login": "twofactor", "password": "administrator", "otp_secret": OTP_SECRET}
    expired = {"login": "expired", "password": "administrator", "password_expired": True}
    seed = tmp_path_factory.mktemp("seed") / "seed.json"
    subscribers = json.loads((Path(__file__).parent.parent / "contract" / "seed.json").read_bytes())["subscribers"]
    seed.write_text(json.dumps({"admins": [admin, expired], "subscribers": subscribers}), encoding="utf-8")
    with running("--seed", seed, "--subscriber-port", 0) as simulator:
        yield simulator


@pytest.fixture
def two_factors(shared_two_factors: Simulator) -> Simulator:
    shared_two_factors.control("POST", "/reset")
    return shared_two_factors


def as_admin(simulator: Simulator, login: str, **options: Any) -> dict[str, Any]:
    secrets = {"api_username": login, "api_password": "administrator"}
    return {"api_url": simulator.url, "ca_path": simulator.ca_file, **secrets, **options}


def facts(connection: dict[str, Any]) -> dict[str, Any]:
    """Return the result of the module's function, without Ansible."""
    with Client(Connection(**connection), read_only=True) as client:
        result = log_in(client, None, check_mode=False)
    assert not result.changed
    return result.facts


def read(connection: dict[str, Any], path: str = ITEM, **options: Any) -> dict[str, Any]:
    with Client(Connection(**{**connection, **options})) as client:
        return client.get(path)


def by_token(connection: dict[str, Any], token: str) -> dict[str, Any]:
    """The same server, and nothing but a token."""
    return {"api_url": connection["api_url"], "ca_path": connection["ca_path"], "api_token": token}


def logins(simulator: Simulator) -> int:
    return int(simulator.control("GET", "/counters")["logins"])


# A token --------------------------------------------------------------------------------------------------------------


def test_a_token_is_as_good_as_the_login(connection: dict[str, Any], simulator: Simulator) -> None:
    found = facts(connection)
    assert (found["expires"], found["api_url"]) == (None, simulator.url)
    for _round in range(3):
        assert read(by_token(connection, found["api_token"]))["id"] == 1
    assert requests(simulator) == [[LOGIN, *[f"GET {ITEM}"] * 3]]


def test_when_a_token_ends(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/clock", {"now": "2027-01-01 00:00:00"})
    simulator.control("PUT", "/options", {"token_lifetime": 3600})
    found = facts(connection)
    ends = datetime.fromisoformat(found["expires"])
    assert 0 <= (ends - datetime.fromisoformat("2027-01-01T01:00:00+00:00")).total_seconds() < 60
    assert read(by_token(connection, found["api_token"]))["id"] == 1
    simulator.control("PUT", "/clock", {"advance": 3700})
    with pytest.raises(LoginRefused) as caught:
        read(by_token(connection, found["api_token"]))
    assert str(caught.value) == (
        f"The server does not accept the token (GET {ITEM}, HTTP 403). It is wrong or has expired: log in again, or "
        "give api_username and api_password."
    )
    assert logins(simulator) == 1


@pytest.mark.parametrize("how", ["expired", "new key"])
def test_a_token_that_ends_in_the_middle_is_renewed_once(
    how: str, connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/options", {"token_lifetime": 60})
    token = facts(connection)["api_token"]
    simulator.control("DELETE", "/log")
    with Client(Connection(**{**connection, "api_token": token})) as client:
        assert client.get(ITEM)["id"] == 1
        if how == "expired":
            simulator.control("PUT", "/clock", {"advance": 61})
        else:
            simulator.control("POST", "/rotate_token_key")
        for _round in range(3):
            assert client.get(ITEM)["id"] == 1
    assert requests(simulator) == [[f"GET {ITEM}"] * 2, [LOGIN, *[f"GET {ITEM}"] * 3]]


def test_a_token_that_was_got_by_password_is_renewed_too(connection: dict[str, Any], simulator: Simulator) -> None:
    with Client(Connection(**connection)) as client:
        for _key in range(3):
            assert client.get(ITEM)["id"] == 1
            simulator.control("POST", "/rotate_token_key")
    assert requests(simulator) == [[LOGIN, f"GET {ITEM}", f"GET {ITEM}"]] * 2 + [[LOGIN, f"GET {ITEM}"]]


def test_a_write_whose_token_has_ended_is_done_once(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    with Client(Connection(**{**connection, "api_token": facts(connection)["api_token"]})) as client:
        simulator.control("POST", "/rotate_token_key")
        client.post("/api/faxes/", {"destination": "431", "subscriber_id": 3, "data": "x"})
    faxes = simulator.control("GET", "/faxes")
    assert len([fax for fax in (*faxes["queued"], *faxes["journal"]) if fax["data"] == "x"]) == 1


def test_a_token_of_a_login_that_is_refused_by_now(connection: dict[str, Any], simulator: Simulator) -> None:
    with Client(Connection(**{**connection, "api_token": "stale", "api_password": "wrong"})) as client:
        for _round in range(3):
            with pytest.raises(LoginRefused, match="does not accept this username and password"):
                client.get(ITEM)
    assert logins(simulator) == 1


# What a login is answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"api_password": "wrong"},
            "The server does not accept this username and password (POST /login_jwt, HTTP 403)",
        ),
        (
            {"api_username": "nobody"},
            "The server does not accept this username and password (POST /login_jwt, HTTP 403)",
        ),
        (
            {"api_password": "wörng"},
            "The server refuses the login: 'password' contains invalid characters (POST /login_",
        ),
    ],
    ids=str,
)
def test_a_login_that_is_refused(
    options: dict[str, str], sentence: str, connection: dict[str, Any], simulator: Simulator
) -> None:
    with pytest.raises(LoginRefused) as caught:
        facts({**connection, **options})
    assert str(caught.value).startswith(sentence)
    assert logins(simulator) == 1


def test_an_expired_password(two_factors: Simulator) -> None:
    with pytest.raises(LoginRefused, match=r"The password has expired .* Set a new one in the panel"):
        facts(as_admin(two_factors, "expired"))


@pytest.mark.parametrize("auth", ["auto", "jwt"])
def test_a_server_without_a_key_has_no_token_to_give(
    auth: str, connection: dict[str, Any], simulator: Simulator
) -> None:
    simulator.control("PUT", "/options", {"jwt_key": False})
    with pytest.raises(NoTokens) as caught:
        facts({**connection, "auth": auth})
    assert str(caught.value).startswith("The server has no key for tokens (POST /login_jwt, HTTP 500). ")


def test_auto_is_basic_where_the_server_has_no_key(connection: dict[str, Any], simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"jwt_key": False})
    with Client(Connection(**connection)) as client:
        for _round in range(3):
            client.get(ITEM)
    log = simulator.control("GET", "/log")["requests"]
    assert [one["auth"] for one in log] == ["none", "basic", "basic", "basic"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 500, "body": {"code": 500, "message": "Internal Server Error"}}, ServerFailed),
        ({"status": 500, "body": "<html>"}, ServerFailed),
        ({"status": 503}, ServerFailed),
        ({"status": 403, "body": {"code": 403, "message": "Banned"}}, LoginRefused),
        ({"status": 404, "body": "<html>"}, FaxError),
        ({"status": 200, "body": {"token": "no"}}, FaxError),
        ({"close": "after"}, FaxError),
    ],
    ids=str,
)
def test_auto_is_basic_on_no_other_answer(
    fault: dict[str, Any], kind: type[FaxError], connection: dict[str, Any], simulator: Simulator
) -> None:
    """A password is not sent about for nothing."""
    simulator.control("PUT", "/faults", [{"path": "/login_jwt", "times": None, **fault}])
    with pytest.raises(kind):
        read(connection)
    assert {one["path"] for one in simulator.control("GET", "/log")["requests"]} == {"/login_jwt"}


# Who logs in ----------------------------------------------------------------------------------------------------------


def test_a_subscriber_on_its_own_port(two_factors: Simulator) -> None:
    own = {"api_url": two_factors.subscriber_url, "ca_path": two_factors.ca_file}
    own |= {"api_username": "user2@d1.example.org", "api_password": "webpass2"}
    token = by_token(own, facts(own)["api_token"])
    assert read(token, "/api/faxserversettings/2")["id"] == 2
    with pytest.raises(NotFound):
        read(token, "/api/faxserversettings/3")
    with pytest.raises(LoginRefused, match="does not accept this username and password"):
        facts({**own, "api_url": two_factors.url})


def test_what_is_not_for_a_login_is_no_expired_token(connection: dict[str, Any], simulator: Simulator) -> None:
    """The server has the same words for both: one new login finds out which."""
    own = {**connection, "api_username": "user2@d1.example.org", "api_password": "webpass2"}
    with pytest.raises(Forbidden, match="The server does not let this login use that"):
        read(own, "/api/domains/")
    assert logins(simulator) == 2


def test_a_reseller_and_a_reader(connection: dict[str, Any]) -> None:
    reseller = by_token(connection, facts({**connection, "api_username": "reseller2"})["api_token"])
    assert read(reseller, "/api/faxserversettings/16")["id"] == 16
    with pytest.raises(NotFound):
        read(reseller)
    with Client(
        Connection(**by_token(connection, facts({**connection, "api_username": "readonly"})["api_token"]))
    ) as client:
        assert client.get(ITEM)["id"] == 1
        with pytest.raises(ReadOnly):
            client.delete("/api/faxes/5")


@pytest.mark.parametrize("secret", [OTP_SECRET, OTP_SECRET.lower(), "abfw c63c-nfrg C3DF", f"{OTP_SECRET}=="])
def test_the_secret_of_a_second_factor(secret: str, two_factors: Simulator) -> None:
    connection = as_admin(two_factors, "twofactor", otp_secret=secret)
    token = facts(connection)["api_token"]
    assert read(by_token(connection, token))["id"] == 1
    assert read(connection, auth="basic")["id"] == 1


def test_a_one_time_password(two_factors: Simulator) -> None:
    # The library refuses secrets as short as the server's; zeros at the end change nothing.
    now = pyotp.TOTP(f"{OTP_SECRET}{'A' * 16}").now()
    for auth in ("auto", "basic"):
        assert read(as_admin(two_factors, "twofactor", otp=now, auth=auth))["id"] == 1


@pytest.mark.parametrize(
    "options", [{}, {"otp": "000000"}, {"otp_secret": "AAAAAAAAAAAAAAAA"}, {"otp_secret": "A" * 64}], ids=str
)
@pytest.mark.parametrize("auth", ["jwt", "basic"])
def test_a_wrong_second_factor(auth: str, options: dict[str, str], two_factors: Simulator) -> None:
    with pytest.raises(LoginRefused, match=r"The server does not accept the one-time password .*check this machine"):
        read(as_admin(two_factors, "twofactor", auth=auth, **options))
    assert two_factors.control("GET", "/counters")["requests"] == 1


def test_a_token_of_two_factors_is_renewed_by_the_secret(two_factors: Simulator) -> None:
    connection = as_admin(two_factors, "twofactor", otp_secret=OTP_SECRET)
    with Client(Connection(**{**connection, "api_token": facts(connection)["api_token"]})) as client:
        two_factors.control("POST", "/rotate_token_key")
        assert client.get(ITEM)["id"] == 1
    assert logins(two_factors) == 2


@pytest.mark.parametrize("apart", [True, False], ids=["two files", "one file"])
def test_a_client_certificate(apart: bool, connection: dict[str, Any], simulator: Simulator, tmp_path: Path) -> None:
    given = simulator.control("POST", "/client_certificates/readonly")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text(given["cert"] if apart else given["cert"] + given["key"], encoding="utf-8")
    key.write_text(given["key"], encoding="utf-8")
    own = {"api_url": connection["api_url"], "ca_path": connection["ca_path"], "client_cert": str(cert)}
    own |= {"client_key": str(key)} if apart else {}
    assert read(own)["id"] == 1
    with Client(Connection(**own)) as client, pytest.raises(ReadOnly):
        client.delete("/api/faxes/5")
    item, _refused = simulator.control("GET", "/log")["requests"]
    assert (item["user"], item["auth"]) == ("readonly", "none")


def test_a_key_that_is_missing(connection: dict[str, Any], simulator: Simulator, tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.write_text(simulator.control("POST", "/client_certificates/readonly")["cert"], encoding="utf-8")
    with pytest.raises(FaxError, match="client_cert or client_key is not valid PEM, or they do not match"):
        read(connection, client_cert=str(cert))
    with pytest.raises(BadOption, match=r"client_key: '/nosuch\.pem' cannot be read"):
        read(connection, client_cert=str(cert), client_key="/nosuch.pem")
    assert requests(simulator) == []


# The module -----------------------------------------------------------------------------------------------------------


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"auth": "basic"}, "auth: basic has no token; leave auth out, or do not log in."),
    ({"otp": "123456", "otp_secret": OTP_SECRET}, "otp and otp_secret are both given; give the secret alone, the"),
    ({"otp_secret": "not base32!"}, "otp_secret must be in base32 (A to Z, 2 to 7), as the server shows it when"),
    ({"otp_secret": "  "}, "otp_secret must be in base32 (A to Z, 2 to 7), as the server shows it when"),
    ({"otp": "123 456"}, "otp holds a space, a line break or a letter that no token has; check where it comes from."),
    ({"api_url": "http://ngcp.example.com"}, "api_url must begin with https://, or the login would cross the network"),
]


@pytest.mark.parametrize(("options", "sentence"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_is_wrong_with_the_options(options: dict[str, Any], sentence: str, connection: dict[str, Any]) -> None:
    problems = spec_of_login().problems({**connection, **options})
    assert len(problems) == 1
    assert str(problems[0]).startswith(sentence)


@BOTH_WAYS
def test_a_play_over_many_hosts_logs_in_once(
    in_process: bool, play: Play, simulator: Simulator, connection: dict[str, Any]
) -> None:
    simulator.control("PUT", "/options", {"token_lifetime": 3600})
    tokens = {"api_url": "{{ login.api_url }}", "api_token": "{{ login.api_token }}", "ca_path": connection["ca_path"]}
    only = {"group/ngcp.fax.ngcp": tokens}
    task = {"subscriber": "{{ inventory_hostname }}", "active": True}
    tasks: list[dict[str, Any]] = [
        {"name": "log in", MODULE: connection, "run_once": True, "register": "login"},
        {"name": "declared", FAX: task, "module_defaults": only},
        {
            "name": "read",
            "ngcp.fax.fax_settings_info": {"match": {"domain": "d2.example.org"}},
            "module_defaults": only,
        },
        {"name": "expires", "ansible.builtin.debug": {"msg": "{{ login.expires }}"}, "run_once": True},
    ]
    # A process of its own for each host takes long, and does the same.
    numbers = (3, 4, 5) if in_process else (3,)
    hosts = ",".join(f"user{number}@d1.example.org" for number in numbers)
    arguments = (
        "-i",
        f"{hosts},",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter={{ ansible_playbook_python }}",
        "-vvvv",
        "--diff",
    )
    played = play(tasks, *arguments, hosts="all", module_defaults={})
    assert played.code == 0, played.output
    assert logins(simulator) == 1
    for number in numbers:
        assert simulator.control("GET", f"/settings/faxserversettings/{number}")["active"] is True
    assert datetime.fromisoformat(played["expires"]["msg"]).tzinfo
    assert not re.search(r"eyJ[\w-]+\.", played.output)
    assert "censored" in played.output


@BOTH_WAYS
def test_the_module(play: Play, simulator: Simulator) -> None:
    kept = "{{ [login.api_token | length > 40, login.changed] }}"
    tasks: list[dict[str, Any]] = [
        {"name": "log in", MODULE: {}, "register": "login"},
        {"name": "registered", "ansible.builtin.debug": {"msg": kept}},
        {"name": "refused", MODULE: {"api_username": "nobody"}, "ignore_errors": True},
        {"name": "basic", MODULE: {"auth": "basic"}, "ignore_errors": True},
        {"name": "later", MODULE: {}, "async": 10, "poll": 1, "ignore_errors": True},
    ]
    played = play(tasks, "--check", "-vvv")
    assert played["registered"]["msg"] == [True, False]
    assert played.failure("refused").startswith(
        "The server does not accept this username and password (POST /login_jwt"
    )
    assert played["refused"]["error"]["kind"] == "login_refused"
    assert played.failure("basic") == "auth: basic has no token; leave auth out, or do not log in."
    assert "later" in played.failed
    assert "eyJ" not in played.output
    assert logins(simulator) == 2


def test_a_token_that_is_given_again_is_returned_all_the_same(
    play: Play, simulator: Simulator, connection: dict[str, Any]
) -> None:
    """The server gives the same token to the same login as long as it does not limit its life."""
    kept = "{{ again.api_token == login.api_token }}"
    tasks: list[dict[str, Any]] = [
        {"name": "log in", MODULE: {}, "register": "login"},
        {"name": "again", MODULE: {"api_token": "{{ login.api_token }}"}, "register": "again"},
        {"name": "the same", "ansible.builtin.debug": {"msg": kept}},
    ]
    played = play(tasks)
    assert played.code == 0, played.output
    assert played["the same"]["msg"] is True


HOSTS = {"a": range(1, 6), "b": range(6, 11)}


def writes(request: dict[str, Any], ids: range) -> bool:
    """Return True if a request writes the settings of one of these subscribers."""
    return request["method"] == "PATCH" and int(request["path"].rpartition("/")[2]) in ids


def test_hosts_wait_for_the_first_login_and_not_for_the_first_task(play: Play, simulator: Simulator) -> None:
    simulator.control("PUT", "/options", {"write_ms": 200})
    active = {"faxserver_settings": {"active": True}}
    both = {host: [{"subscriber_id": one, **active} for one in ids] for host, ids in HOSTS.items()}
    task = {"name": "both", "ngcp.fax.fax_subscribers": {"subscribers": "{{ both[inventory_hostname] }}", "workers": 1}}
    arguments = ("-i", "a,b", "-c", "local", "-e", "ansible_python_interpreter={{ ansible_playbook_python }}")
    played = play([task], *arguments, hosts="all", vars={"both": both})
    assert played.code == 0, played.output
    log = simulator.control("GET", "/log")["requests"]
    logins_at = [at for at, request in enumerate(log) if request["path"] == "/login_jwt"]
    written = {host: [at for at, one in enumerate(log) if writes(one, ids)] for host, ids in HOSTS.items()}
    assert len(logins_at) == 1
    begun = max(min(at) for at in written.values())
    assert begun < min(map(max, written.values()))
