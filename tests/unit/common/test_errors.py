# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of an error, its kind in results, and the combination of several."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import errors
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    BadOption,
    Fault,
    FaxError,
    LoginRefused,
    NotFound,
    NotTried,
    PlanOutdated,
    Rejected,
    SomeFailed,
    facts_of,
    fault,
    together,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("It is gone", "Look."), "It is gone. Look."),
        (NotFound("It is gone.", "Look."), "It is gone. Look."),
        (NotFound("It is gone", "Look.", "GET", "/api/x/1"), "It is gone (GET /api/x/1). Look."),
        (NotFound("It is gone", "Look.", "GET", "/api/x/1", 404), "It is gone (GET /api/x/1, HTTP 404). Look."),
        (NotFound("It is\x1b[2J gone", "Lo\nok."), "It is\\x1b[2J gone. Lo\\nok."),
    ],
)
def test_two_sentences(error: FaxError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize(
    ("kind", "name"),
    [(LoginRefused, "login_refused"), (NotFound, "not_found"), (PlanOutdated, "plan_outdated")],
)
def test_results_call_an_error_by_its_type(kind: type[FaxError], name: str) -> None:
    assert kind("It", "Look.").kind == name


def test_facts_of_an_error() -> None:
    error = Rejected("No", "Look.", "PATCH", "/api/x/1", 422, facts={"row": 1})
    assert facts_of(error) == {"kind": "rejected", "method": "PATCH", "path": "/api/x/1", "status": 422}


def test_the_same_error_for_somebody_else_has_no_facts_of_the_first() -> None:
    error = Rejected("No", "Look.", "PATCH", "/api/x/1", 422, facts={"row": 1})
    assert (str(error.again()), error.again().facts) == (str(error), {})
    more = error.with_more("Three were done.")
    assert (str(more), more.facts) == ("No (PATCH /api/x/1, HTTP 422). Three were done. Look.", {"row": 1})


def test_what_stops_others() -> None:
    error = NotFound("No", "Look.")
    assert not error.stops_others
    error.__cause__ = LoginRefused("No", "Look.")
    assert error.stops_others
    assert LoginRefused("No", "Look.").stops_others


def test_an_unexpected_exception_becomes_a_fault_without_its_words() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("s3cret")
    found = fault(caught.value)
    assert isinstance(found, Fault)
    assert "KeyError in test_errors.py, line" in str(found)
    assert "s3cret" not in str(found)


def test_the_systems_word_about_a_file_is_the_users_to_mend() -> None:
    found = fault(PermissionError(13, "Permission denied", "/x/y"))
    assert isinstance(found, BadOption)
    assert str(found).startswith("'/x/y' cannot be used (Permission denied).")


def test_one_error_for_several() -> None:
    one, other = NotFound("One is gone", "Look."), NotFound("Another is gone", "Look.")
    fatal, skipped = LoginRefused("No", "Correct it."), NotTried("Not tried", "Look.")
    assert together([one], "Some") is one
    assert together([skipped, one], "Some") is one
    assert together([one, fatal, other], "Some") is fatal
    both = together([one, other, NotFound("One is gone", "Look.")], "2 of 3 are gone")
    assert isinstance(both, SomeFailed)
    assert str(both) == "2 of 3 are gone. One is gone. Look. Another is gone. Look."


def test_so_many_errors_are_named_and_no_more() -> None:
    many = together([NotFound(f"Number {number} is gone", "Look.") for number in range(60)], "60 are gone")
    assert str(many).count("is gone") == errors.MOST_NAMED
    assert str(many).endswith(" And 10 more.")
