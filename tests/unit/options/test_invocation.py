# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results and the system log show only the options of a task that are on an allow-list."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ngcp.fax.plugins.module_utils._internal import runner
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import BadOption
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import of_role
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK
from ansible_collections.ngcp.fax.plugins.module_utils._internal.drift.drift import JOB as DRIFT
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.send import spec_of_sending
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.resources import (
    FAXSERVER_SETTINGS,
    MAILTOFAX_SETTINGS,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options import invocation
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.connection import CONNECTION
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.invocation import (
    SHOWN,
    displayed,
    secrets,
    without,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.settings import spec_of_settings
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.bulk import JOB as SUBSCRIBERS

MODULES = Path(__file__).resolve().parents[3] / "plugins" / "modules"
# Texts that are not shown: what somebody writes to somebody, and values of a server's settings.
PRIVATE = {"content"}
ALL = {
    **SUBSCRIBERS.spec.options,
    **DRIFT.spec.options,
    **spec_of_sending().options,
    **spec_of_settings(FAXSERVER_SETTINGS).options,
    **spec_of_settings(MAILTOFAX_SETTINGS).options,
}


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("api_url", "https://ngcp.example.com:1443/api", "https://ngcp.example.com:1443/api"),
        ("api_url", "https://admin:Zm6@ngcp.example.com", MASK),
        ("api_url", "https://admin:Zm6%40ngcp.example.com", MASK),
        ("api_url", "admin:Zm6@ngcp.example.com", MASK),
        ("api_url", "https://ngcp.example.com/?token=Zm6", MASK),
        ("api_url", ["https://admin:Zm6@ngcp.example.com"], [MASK]),
        ("api_url", {"url": "Zm6"}, "1 key"),
        ("proxy", "http://admin:Zm6@proxy.example.com:3128", MASK),
        ("api_password", "Zm6", MASK),
        ("api_password", ["Zm6"], MASK),
        ("password", {"value": "Zm6"}, MASK),
        ("password", 41, MASK),
        ("password", None, None),
        ("secret_key", "", ""),
        ("client_key", "/etc/ngcp/key.pem", "/etc/ngcp/key.pem"),
        ("client_key", "-----BEGIN PRIVATE KEY-----\nZm6\n", MASK),
        ("content", "Dear Zm6", MASK),
        ("auth", "jwt", "jwt"),
        ("auth", "Zm6", MASK),
        ("secret_key_renew", "Zm6", MASK),
        ("timeout", 5.0, 5.0),
        ("timeout", "2.5", "2.5"),
        ("timeout", "Zm6", MASK),
        ("max_size", "64M", "64M"),
        ("max_size", "Zm6", MASK),
        ("active", True, True),
        ("active", "yes", "yes"),
        ("active", "Zm6", MASK),
        ("max_changes", "5%", "5%"),
        ("max_changes", {"Zm6": 1}, "1 key"),
        ("baseline", "accepted.yml", "accepted.yml"),
        ("baseline", [{"actual": "Zm6"}], "1 element"),
        ("src", ["a.yml", "b"], ["a.yml", "b"]),
        ("src", ["a.yml", {"Zm6": "Zm6"}], "2 elements"),
        ("src", ["x\nZm6"], [MASK]),
        ("destinations", [{"destination": "a@example.com", "status": True}], None),
        ("destinations", [{"destination": "a@example.com", "password": "Zm6"}, "Zm6"], None),
    ],
)
def test_an_option(name: str, value: Any, seen: Any) -> None:
    found = displayed(ALL, {name: value})
    assert found.keys() == ALL.keys()
    assert "Zm6" not in json.dumps(found)
    if name == "destinations":
        assert found[name][0]["destination"] == "a@example.com"
    else:
        assert found[name] == seen


def test_every_text_is_either_shown_or_private() -> None:
    names: dict[str, set[str]] = {"shown": set(), "other": set()}

    def collect(options: dict[str, Any]) -> None:
        for name, option in options.items():
            collect(option.get("options", {}))
            text = option.get("elements", option["type"]) in ("str", "path", "raw") and "choices" not in option
            if text and not option.get("no_log"):
                names["shown" if name in SHOWN else "other"].add(name)

    for path in MODULES.glob("*.py"):
        job = getattr(import_module(f"ansible_collections.ngcp.fax.plugins.modules.{path.stem}"), "JOB", None)
        if job:
            collect({name: option for name, option in job.spec.options.items() if name not in job.spec.own})
    # Whoever adds an option decides: it goes into SHOWN if it can hold no secret, otherwise into PRIVATE.
    assert names["other"] == PRIVATE | {"api_url"}
    assert names["shown"] == SHOWN


def test_secrets_are_found_wherever_they_are_put() -> None:
    options = {
        "api_password": ["in a list", {"deep": "in an entry"}],
        "api_token": 4711,
        "proxy": "http://user:pass%20word@proxy.example.com:3128",
        "name": "no secret",
        "otp": None,
    }
    assert secrets(ALL, options) == {"in a list", "in an entry", "4711", "pass%20word", "pass word"}
    assert secrets(CONNECTION, {"proxy": "http://proxy.example.com:3128"}) == set()
    assert secrets(CONNECTION, {"proxy": "http://[proxy"}) == {"http://[proxy"}


def test_a_result_without_a_secret() -> None:
    result = {"a": ["x s3cret-word y", ("s3cret-word",), 3, None, True], "s3cret-word": {"b": "other"}}
    assert without(result, frozenset({"s3cret-word"})) == {
        "a": ["x ******** y", [MASK], 3, None, True],
        "s3cret-word": {"b": "other"},
    }
    assert invocation.without(result, frozenset()) is result


CANARY = "Zm6-canary"
JOBS = sorted(path.stem for path in MODULES.glob("*.py") if "JOB = " in path.read_text(encoding="utf-8"))


def nobody(_connection: Connection, _read_only: bool) -> Any:
    raise BadOption("Nothing is asked", "")


@pytest.mark.parametrize("module", JOBS)
def test_no_message_quotes_a_secret_in_the_place_of_another_option(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ansible's own messages about choices and numbers, too. A text is shown where any text may stand."""
    logged: list[str] = []
    monkeypatch.setattr(runner.FaxModule, "log", lambda _self, message, log_args=None: logged.append(str(message)))
    job = import_module(f"ansible_collections.ngcp.fax.plugins.modules.{module}").JOB
    login = {"api_url": "https://127.0.0.1:1", "api_username": "a", "api_password": "b"}
    # All have the options of the connection.
    names = [name for name in job.spec.options if module == "fax" or name not in CONNECTION]
    tried: list[tuple[str, Any]] = [(name, value) for name in names for value in ([{"x": CANARY}], {CANARY: 1})]
    tried += [(name, CANARY) for name in names if name not in SHOWN]
    for name, value in tried:
        result = runner.run_here(job, {**login, "_ansible_module_name": module, name: value}, nobody)
        assert CANARY not in json.dumps(result), (name, value)
    assert CANARY not in "".join(logged)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("value of auth must be one of: jwt, basic, got: both", "value of auth must be one of: jwt, basic, got: both"),
        (
            "value of auth must be one of: jwt, basic, got: Zm6 found in x",
            "value of auth must be one of: jwt, basic found in x",
        ),
        (
            "value of s must be one or more of: a, b. Got no match for: Zm6\n, c",
            "value of s must be one or more of: a, b",
        ),
        (
            "argument 'limit' is of type str and we were unable to convert to int: \"'Zm6'\" cannot be converted",
            "argument 'limit' is of type str and we were unable to convert to int",
        ),
        (
            "Value '['Zm6']' in the sub parameter field 'match' must be a dict, not 'list'",
            "The value in the sub parameter field 'match' must be a dict, not 'list'",
        ),
        ("missing required arguments: dest", "missing required arguments: dest"),
        (
            "an invalid value: Invalid value provided for 'str': ['Zm6']",
            "an invalid value: Invalid value provided for 'str'",
        ),
        (
            "Invalid type for option x: Invalid type provided for \"string\": ['Zm6']",
            'Invalid type for option x: Invalid type provided for "string"',
        ),
        (
            "option x: invalid literal for int() with base 10: 'Zm6'",
            "option x: invalid literal for int() with base 10",
        ),
        ("Config 'auth' has an invalid value 'Zm6'.", "Config 'auth' has an invalid value."),
        ("Invalid value 'Zm6' for config 'auth' for 'x'.", "Invalid value for config 'auth' for 'x'."),
        ('Invalid value "Zm6" for configuration option "auth"', 'Invalid value for configuration option "auth"'),
    ],
)
def test_messages_of_ansible_without_values(message: str, shown: str) -> None:
    assert invocation.unquoted(message) == shown


SPEC = {
    "src": {"type": "str"},
    "content": {"type": "str"},
    "layout": {"type": "str", "choices": ["one", "src"]},
    "formats": {"type": "list", "elements": "str", "choices": ["html", "src"]},
    "workers": {"type": "int"},
    "only": {"type": "list", "elements": "int"},
    "match": {"type": "dict", "options": {"workers": {"type": "int"}}},
}
VARIABLES = {name: f"role_{name}" for name in SPEC}


@pytest.mark.parametrize(
    ("given", "rules", "message"),
    [
        (
            {"src": "a", "content": "b"},
            {"mutually_exclusive": [["src", "content"]]},
            "parameters are mutually exclusive: role_src|role_content",
        ),
        ({}, {"required_one_of": [["src", "content"]]}, "one of the following is required: role_src, role_content"),
        (
            {"src": "a"},
            {"required_together": [["src", "content"]]},
            "parameters are required together: role_src, role_content",
        ),
        (
            {"src": "a"},
            {"required_by": {"src": ["content"]}},
            "missing parameter(s) required by 'role_src': role_content",
        ),
        (
            {"src": "a"},
            {"required_if": [("src", "a", ["content"])]},
            "role_src is a but all of the following are missing: role_content",
        ),
        ({"layout": "sr"}, {}, "value of role_layout must be one of: one, src, got: sr"),
        (
            {"formats": ["sr"]},
            {},
            "value of role_formats must be one or more of: html, src. Got no match for: sr",
        ),
        ({"workers": "x"}, {}, "argument 'role_workers' is of type str and we were unable to convert to int"),
        (
            {"only": ["x"]},
            {},
            "Elements value for option 'role_only' is of type str and we were unable to convert to int",
        ),
        ({"match": {"workers": "x"}}, {}, "argument 'workers' is of type str found in 'match'. and we were unable"),
    ],
)
def test_messages_of_ansible_name_the_variables_of_a_role(
    given: dict[str, Any], rules: dict[str, Any], message: str
) -> None:
    """The form of the messages is Ansible's: this test tells if a release changes it."""
    plain = ArgumentSpecValidator(SPEC, **rules).validate(given).error_messages[0]
    assert invocation.explained(plain) == invocation.unquoted(plain)
    with of_role(VARIABLES):
        assert re.sub(r"type <class '(\w+)'>", r"type \1", invocation.explained(plain)).startswith(message)


def test_messages_of_ansible_about_missing_options_name_the_variables_of_a_role() -> None:
    with of_role(VARIABLES):
        found = invocation.explained("missing required arguments: content, src")
    assert found == "missing required arguments: role_content, role_src"


def test_messages_of_ansible_leave_out_options_that_a_role_does_not_take() -> None:
    with of_role({"destinations": "send_destinations"}):
        found = invocation.explained("one of the following is required: destination, destinations, api_token")
    assert found == "one of the following is required: send_destinations, api_token"
