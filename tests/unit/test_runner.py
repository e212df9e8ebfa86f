# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner's handling of options, results and failures, without a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    Forbidden,
    LoginRefused,
    ReadOnly,
    Rejected,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import MASK, Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, spec
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run_here

LOGIN = {"api_username": "admin", "api_password": "pa55word-of-admin"}
SPEC = spec(
    {"name": {"type": "str"}, "pin": {"type": "str", "no_log": True}, "pages": {"type": "int", "default": 5}},
    lambda options: iter(()),
    selector=None,
    clears=frozenset({"name"}),
)
Function = Callable[[Client, Options, bool], Result]


def run(function: Function, options: Spec = SPEC, libraries: Any = None, **given: Any) -> dict[str, Any]:
    """The result of a module with this function, without a traceback or anything else of Ansible's own."""
    job = Job(options, function, dict, libraries or {})
    return run_here(job, {**LOGIN, **given}, Client)


def result(**facts: Any) -> Function:
    return lambda client, options, check_mode: Result(changed=True, facts=facts)


def failing(error: Exception, wrote: bool = False) -> Function:
    def function(client: Client, options: Options, check_mode: bool) -> Result:
        client.perhaps_wrote = wrote
        raise error

    return function


def test_the_function_gets_what_was_given_and_the_defaults() -> None:
    seen: list[Options] = []

    def function(client: Client, options: Options, check_mode: bool) -> Result:
        seen.append(options)
        return Result(changed=False, facts={})

    run(function, name=None)
    run(function, pages="7")
    assert [{key: each.get(key, "-") for key in ("name", "pin", "pages")} for each in seen] == [
        {"name": None, "pin": "-", "pages": 5},
        {"name": "-", "pin": "-", "pages": 7},
    ]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({"domain": "x"}, {"domain": "x"}),
        ('{"domain": "x", "customer_id": 5}', {"domain": "x", "customer_id": 5}),
        ("domain=x customer_id=5", {"domain": "x", "customer_id": "5"}),
        ("domain", "domain"),
        ('{"domain": ', '{"domain": '),
        ("", ""),
        (5, 5),
    ],
    ids=str,
)
def test_a_mapping_that_only_its_own_check_validates_may_come_from_a_command_line(given: object, seen: object) -> None:
    """Ansible's own validation turns texts into mappings as well."""
    options: list[Options] = []

    def function(client: Client, options_given: Options, check_mode: bool) -> Result:
        options.append(options_given)
        return Result(changed=False, facts={})

    own = spec(
        {"match": {"type": "dict"}}, lambda options: iter(()), selector=None, own=frozenset({"match", "_not_an_option"})
    )
    run(function, own, match=given, _not_an_option="a=b")
    assert (options[0]["match"], options[0]["_not_an_option"]) == (seen, "a=b")


def test_a_result_has_the_options_without_secrets() -> None:
    made = run(result(id=5), name="N", pin="1234-5678-abcd")
    assert (made["changed"], made["id"]) == (True, 5)
    shown = made["invocation"]["module_args"]
    assert (shown["api_username"], shown["api_password"], shown["pin"]) == ("admin", MASK, MASK)


def test_a_secret_in_a_result_is_masked_unless_it_is_there_on_purpose() -> None:
    assert run(result(token=LOGIN["api_password"]))["token"] == MASK

    def function(client: Client, options: Options, check_mode: bool) -> Result:
        return Result(changed=False, facts={"token": options["api_password"]}, plain=frozenset(LOGIN.values()))

    assert run(function)["token"] == LOGIN["api_password"]


def test_a_diff_and_warnings_are_safe_on_a_terminal() -> None:
    def function(client: Client, options: Options, check_mode: bool) -> Result:
        diff = {"before": "one\ntwo\x1b[2J", "before_header": "of\nthem", "after": {"name": "kept"}}
        return Result(changed=True, facts={}, diff=diff, warnings=["Look\x07"])

    made = run(function)
    assert made["diff"] == {"before": "one\ntwo\\x1b[2J", "before_header": "of\\nthem", "after": {"name": "kept"}}
    assert made["warnings"] == ["Look\\x07"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"misspelt": 1}, "misspelt"),
        ({"pages": "many"}, "pages"),
        ({"name": 5}, "name must be a text"),
        ({"api_url": "http://ngcp.example.com"}, "api_url must begin with https://"),
    ],
)
def test_wrong_options_are_refused_before_the_function_runs(given: dict[str, Any], message: str) -> None:
    made = run(failing(AssertionError("it must not run")), **given)
    assert made["failed"]
    assert message in made["msg"]
    assert made["error"]["kind"] == "bad_option"


def test_a_missing_library_is_named() -> None:
    made = run(result(), libraries={"jsonpatch": ImportError("no"), "there": None})
    assert made["failed"]
    assert "jsonpatch" in made["msg"]
    assert "there" not in made["msg"].split(" on ")[0]


@pytest.mark.parametrize(
    ("error", "more"),
    [
        (Rejected("No", "Correct it.", "PATCH", "/api/x/1", 422), {}),
        (LoginRefused("No", "Correct it.", "POST", "/login_jwt", 403), {"fatal": True}),
        (Forbidden("No", "Correct it.", "GET", "/api/x/1", 403), {}),
        (ReadOnly("No", "Correct it.", "PATCH", "/api/x/1", 403), {"fatal": True, "read_only": True}),
    ],
)
def test_a_failure_says_what_it_is(error: Rejected, more: dict[str, bool]) -> None:
    made = run(failing(error))
    assert (made["failed"], made["changed"], made["msg"]) == (True, False, str(error))
    request = {"method": error.method, "path": error.path, "status": error.status}
    assert made["error"] == {"kind": error.kind, **request, **more}


def test_a_failure_after_a_write_is_a_change_unless_the_function_knows_better() -> None:
    assert run(failing(Rejected("No", "Correct it."), wrote=True))["changed"]
    known = Rejected("No", "Correct it.", facts={"changed": False, "rows": [1]})
    made = run(failing(known, wrote=True))
    assert (made["changed"], made["rows"]) == (False, [1])


def test_an_unexpected_exception_does_not_show_its_words() -> None:
    # On a line of its own: a traceback of Ansible's, which tests before may have switched off, quotes the next one.
    error = KeyError("s3cret")
    made = run(failing(error, wrote=True))
    assert (made["failed"], made["changed"], made["error"]) == (True, True, {"kind": "fault"})
    assert "s3cret" not in str(made)
    assert "KeyError in test_runner.py" in made["msg"]
