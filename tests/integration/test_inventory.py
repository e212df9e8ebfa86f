# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, seen through ansible-inventory and on the server's side."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.certificates import encrypted
from tests.integration.commands import Commands
from tests.integration.conftest import PYTHON, Play, requests
from tests.simulator.client import Simulator, running

CACHE = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
WHOLE_LIST = "GET /api/subscribers/"

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def inventories() -> Iterator[Commands]:
    """Runs ansible-inventory, whose settings are others than those of playbooks."""
    with contextlib.closing(Commands(PYTHON)) as commands:
        yield commands


@pytest.fixture
def inventory_environment(ansible_environment: dict[str, str]) -> dict[str, str]:
    return {**ansible_environment, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


@pytest.fixture
def ask(
    tmp_path: Path, inventories: Commands, inventory_environment: dict[str, str], connection: dict[str, Any]
) -> Ask:
    """`ask(*arguments, **options)` writes an inventory file with these options and asks ansible-inventory about it;
    with `warned` its warnings are a line behind what it answers.
    """

    def run(*arguments: str, fails: bool = False, warned: bool = False, **options: Any) -> str:
        path = tmp_path / "ngcp_fax.yml"
        content = {"plugin": "ngcp.fax.subscribers", **connection, **options}
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        finished = inventories.run(
            "ansible.cli.inventory", ["-i", str(path), *arguments], inventory_environment, tmp_path, apart=True
        )
        assert "Traceback" not in finished.stderr
        assert (finished.returncode != 0) == fails, finished.stderr
        if warned:
            return f"{finished.stdout}\n{' '.join(finished.stderr.split())}"
        return " ".join(finished.stderr.split()) if fails else finished.stdout

    return run


def hosts(ask: Ask, **options: Any) -> dict[str, dict[str, Any]]:
    """The variables of all hosts, by name."""

    def plain(entry: dict[str, Any]) -> Any:
        """ansible-inventory marks every text that is not a template."""
        return entry.get("__ansible_unsafe", entry)

    listed = json.loads(ask("--list", **options), object_hook=plain)
    found: dict[str, dict[str, Any]] = listed["_meta"]["hostvars"]
    return found


def test_the_graph_has_groups_from_the_real_state(ask: Ask, simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    graph = ask(
        "--graph",
        with_settings=True,
        match={"domain": "d1.example.org"},
        groups={"fax_active": "ngcp_faxserver_settings.active"},
        keyed_groups=[{"key": "ngcp_domain", "prefix": "domain"}],
    )
    groups: dict[str, list[str]] = {}
    for line in graph.splitlines():
        name = line.strip(" |-")
        if name.startswith("@"):
            inside = groups.setdefault(name.strip("@:"), [])
        else:
            inside.append(name)
    assert groups["fax_active"] == ["user3@d1.example.org"]
    assert "user1@d1.example.org" in groups["domain_d1_example_org"]
    assert all(name.endswith("@d1.example.org") for names in groups.values() for name in names)


@pytest.mark.newest_core
def test_the_variables_of_a_host(ask: Ask, simulator: Simulator) -> None:
    found = hosts(ask, compose={"place": "ngcp_username + '/' + ngcp_domain", "ansible_connection": "'ssh'"})
    assert {name: found["user3@d1.example.org"][name] for name in sorted(found["user3@d1.example.org"])} == {
        "ansible_connection": "ssh",
        "ansible_python_interpreter": found["user3@d1.example.org"]["ansible_python_interpreter"],
        "ngcp_customer_id": 103,
        "ngcp_domain": "d1.example.org",
        "ngcp_external_id": "ext-3",
        "ngcp_numbers": ["4311000003"],
        "ngcp_primary_number": "4311000003",
        "ngcp_profile_id": None,
        "ngcp_reseller_id": 1,
        "ngcp_status": "active",
        "ngcp_subscriber_id": 3,
        "ngcp_subscriber": "user3@d1.example.org",
        "ngcp_username": "user3",
        "place": "user3/d1.example.org",
    }


def test_settings_have_no_secret(ask: Ask, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"password": "very secret"})
    simulator.control("PATCH", "/settings/mailtofaxsettings/3", {"secret_key": "more secret"})
    output = ask("--list", with_settings=True, **CACHE)
    assert '"ngcp_mailtofax_settings"' in output
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in output
    cached = "".join(path.read_text() for path in (tmp_path / "cache").iterdir())
    for text in (output, cached):
        assert "very secret" not in text
        assert "more secret" not in text
        assert "webpass" not in text


def test_what_the_server_says_is_no_template(ask: Ask, play: Play, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"name": "{{ lookup('pipe', 'touch pwned') }}"})
    ask("--list", with_settings=True)
    played = play(
        [{"name": "a", "ansible.builtin.debug": {"msg": "{{ ngcp_faxserver_settings.name }}"}}],
        *("-i", str(tmp_path / "ngcp_fax.yml"), "--limit", "user3@d1.example.org"),
        hosts="all",
    )
    assert played["a"]["msg"] == "{{ lookup('pipe', 'touch pwned') }}"
    assert not (tmp_path / "pwned").exists()


def test_names_that_nobody_can_use_are_left_out(ask: Ask, simulator: Simulator) -> None:
    """Some releases of Ansible evaluate the names of hosts; a terminal obeys their controls."""
    names = [
        "{{ lookup('pipe', 'touch pwned') }}",
        "a\x1b]0;owned\x07",
        "b\u202e",
        "c\u200b",
        "d\x9b31m",
        "e\nf",
        "user7",
    ]
    items = [
        {"id": number, "username": name, "domain": "d1", "external_id": f"kept{number}"}
        for number, name in enumerate(names, 1)
    ]
    items += [{"id": 8, "username": "user8", "domain": "d1", "external_id": "\x1b[31mred"}]
    items += [{"id": 9, "username": "user9", "domain": "d1", "external_id": "{{ 1 }}"}]
    body = {"_embedded": {"ngcp:subscribers": items}, "_links": {}, "total_count": len(items)}
    simulator.control("PUT", "/faults", [{"path": "/api/subscribers/$", "status": 200, "body": body}])
    keyed = [{"key": "ngcp_external_id", "prefix": "of", "parent_group": "ours"}]
    graph, _separator, warnings = ask("--graph", warned=True, keyed_groups=keyed).rpartition("\n")
    lines = [line.strip(" |-") for line in graph.splitlines()]
    assert [line for line in lines if "@d1" in line] == ["user7@d1", "user8@d1", "user9@d1"]
    assert sorted(line for line in lines if line.startswith("@of")) == ["@of___31mred:", "@of____1___:", "@of_kept7:"]
    assert all(line.isprintable() for line in [*lines, warnings])
    assert "subscriber 1 is left out: its name could be a template of Ansible." in warnings
    assert "subscriber 2 is left out: its name holds an invisible character, U+001B." in warnings
    for number in range(3, 7):
        assert f"subscriber {number} is left out: its name holds" in warnings


def test_a_module_runs_for_a_host(ask: Ask, play: Play, simulator: Simulator, tmp_path: Path) -> None:
    ask("--list")
    played = play(
        [{"name": "a", "ngcp.fax.faxserver_settings": {"subscriber_id": "{{ ngcp_subscriber_id }}", "active": True}}],
        *("-i", str(tmp_path / "ngcp_fax.yml"), "--limit", "user3@d1.example.org"),
        hosts="all",
    )
    assert played["a"]["changed"]
    assert simulator.control("GET", "/settings/faxserversettings/3")["active"]


def test_groups_of_numbers(ask: Ask, simulator: Simulator) -> None:
    """The README's example; Ansible itself makes no group of a number."""
    graph = ask("--graph", keyed_groups=[{"key": "ngcp_customer_id", "prefix": "customer"}])
    assert "@customer_103:" in graph


def test_a_broken_expression_leaves_no_half_inventory(
    ask: Ask, simulator: Simulator, tmp_path: Path, ansible_environment: dict[str, str]
) -> None:
    message = ask("--list", fails=True, strict=True, groups={"late": "ngcp_external_id == 'ext-1' or nosuch"})
    assert "nosuch" in message
    finished = subprocess.run(
        [PYTHON, "-m", "ansible.cli.inventory", "-i", str(tmp_path / "ngcp_fax.yml"), "--list"],
        env=ansible_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not json.loads(finished.stdout)["_meta"]["hostvars"]


def test_active_ones_only(ask: Ask, simulator: Simulator) -> None:
    simulator.control("PATCH", "/settings/faxserversettings/3", {"active": True})
    assert list(hosts(ask, with_settings=True, active=True)) == ["user3@d1.example.org"]
    assert "user3@d1.example.org" not in hosts(ask, with_settings=True, active=False)


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"match": {"uuid": "x"}},
        "is not an option (the key is not shown, it might be a secret); use one of domain, cust",
    ),
    ({"match": {"domain": "d*"}}, "match.domain must be one whole value, without a wildcard, not 'd*'."),
    ({"match": ["Zm6"]}, "match must be a mapping with domain, customer_id,"),
    ({"match": {}}, "match is empty, which would be everybody; give at least one of domain,"),
    ({"active": True}, "active needs with_settings: true, because it is a setting."),
    ({"active": "Zm6"}, "active must be true or false."),
    ({"with_settings": "Zm6"}, "with_settings must be true or false."),
    ({"page_sise": 5}, "page_sise is not an option of this plugin; did you mean page_size?"),
    (
        {"match": {"domain": True}},
        "match.domain must be a text; put it in quotes, because YAML reads words such as yes",
    ),
    ({"api_password": 17}, "api_password must be a text; put it in quotes"),
    ({"workers": True}, "workers must be a number."),
    ({"page_size": 0}, "page_size must be between 1 and 1000, not 0."),
    ({"api_password": "wrong"}, "The server does not accept this username and password"),
    ({"api_url": "http://ngcp.example.com"}, "api_url must begin with https://"),
    ({"api_password": ["Zm6"]}, "api_password must be a text."),
    ({"retries": "Zm6"}, "retries"),
    ({"auth": "Zm6"}, "nvalid value"),
    ({"api_password": "s3cret\n"}, "api_password holds a line end (U+000A) at its end"),
]


@pytest.mark.parametrize(("options", "sentence"), WRONG, ids=[sentence[:20] for _options, sentence in WRONG])
def test_wrong_options_are_one_sentence(options: dict[str, Any], sentence: str, ask: Ask, simulator: Simulator) -> None:
    message = ask("--list", fails=True, **options)
    assert sentence in message
    assert "Zm6" not in message
    assert len(requests(simulator)) <= 1


def test_a_key_with_a_pass_phrase_is_refused(ask: Ask, simulator: Simulator, tmp_path: Path) -> None:
    """Nobody is there to ask for it, and a run in CI would wait without end."""
    given = simulator.control("POST", "/client_certificates/readonly")
    cert = tmp_path / "cert.pem"
    cert.write_bytes(given["cert"].encode() + encrypted(given["key"].encode(), traditional=False))
    message = ask("--list", fails=True, client_cert=str(cert))
    assert f"client_cert: the private key in '{cert}' is encrypted" in message
    assert simulator.control("GET", "/counters")["requests"] == 0


def test_the_file_name_tells(
    ask: Ask, inventories: Commands, inventory_environment: dict[str, str], tmp_path: Path
) -> None:
    ask("--list")
    other = (tmp_path / "ngcp_fax.yml").rename(tmp_path / "other.yml")
    finished = inventories.run("ansible.cli.inventory", ["-i", str(other), "--list"], inventory_environment, tmp_path)
    assert finished.returncode != 0


# The cache ------------------------------------------------------------------------------------------------------------


def test_from_the_cache_without_a_request(ask: Ask, simulator: Simulator) -> None:
    first = hosts(ask, **CACHE)
    simulator.control("DELETE", "/log")
    assert hosts(ask, **CACHE) == first
    assert requests(simulator) == []


@pytest.mark.parametrize(
    "change",
    [
        {"match": {"domain": "d1.example.org"}},
        {"with_settings": True},
        {"with_settings": True, "active": True},
        {"api_username": "reseller1"},
    ],
    ids=["match", "settings", "active", "login"],
)
def test_what_was_cached_for_another_question_is_not_taken(
    change: dict[str, Any], ask: Ask, simulator: Simulator
) -> None:
    everybody = hosts(ask, **CACHE)
    simulator.control("DELETE", "/log")
    if "api_username" in change:
        change = {**change, "api_password": "administrator"}
    assert hosts(ask, **{**CACHE, **change}) != everybody
    assert requests(simulator)


def test_a_cache_of_memory_only(ask: Ask, simulator: Simulator) -> None:
    assert hosts(ask, cache=True, cache_plugin="memory")


# Many -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large_simulator() -> Iterator[Simulator]:
    with running("--seed", "none", "--subscribers", 600) as simulator:
        yield simulator


def test_many_in_pages_and_from_the_cache(ask: Ask, large_simulator: Simulator) -> None:
    options = {"api_url": large_simulator.url, "ca_path": large_simulator.ca_file, **CACHE}
    found = hosts(ask, **options)
    assert len(found) == 600
    log = [f"{each['method']} {each['path']}" for each in large_simulator.control("GET", "/log")["requests"]]
    assert log.count(WHOLE_LIST) == 12
    assert len(log) == 14  # a login, and the domains
    large_simulator.control("DELETE", "/log")
    assert hosts(ask, **options) == found
    assert large_simulator.control("GET", "/log")["requests"] == []
