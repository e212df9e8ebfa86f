# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options are called by their own names or, within a role, by those of the role's variables."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import option_names
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.option_names import (
    ADVICE,
    advice_about,
    is_in_role,
    of_role,
    option_name,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem

VARIABLES = {"src": "send_src", "destinations": "send_destinations", "page_size": "send_page_size"}


def test_outside_of_a_role_an_option_has_its_own_name() -> None:
    assert option_name("src") == "src"
    assert not is_in_role()


def test_within_a_role_an_option_has_the_name_of_its_variable() -> None:
    with of_role(VARIABLES):
        assert option_name("src") == "send_src"
        assert is_in_role()
    assert option_name("src") == "src"


def test_an_option_without_a_variable_keeps_its_name() -> None:
    with of_role(VARIABLES):
        assert option_name("api_url") == "api_url"


def test_a_failing_task_does_not_name_the_options_of_the_next() -> None:
    with pytest.raises(ValueError, match="wrong"), of_role(VARIABLES):
        raise ValueError("wrong")
    assert option_name("src") == "src"


def test_a_process_of_one_module_keeps_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(option_names, "_variables", {})
    option_names.use(VARIABLES)
    assert option_name("src") == "send_src"


@pytest.mark.parametrize("option", ADVICE)
def test_advice_mentions_only_an_option_that_the_user_can_give(option: str) -> None:
    assert option in advice_about(option)
    with of_role({"other": "role_other"}):
        assert option not in advice_about(option)
    with of_role({option: f"role_{option}"}):
        assert f"role_{option}" in advice_about(option)


def test_the_path_of_a_problem_begins_with_an_option_of_the_task() -> None:
    with of_role(VARIABLES):
        assert str(Problem(("destinations", 2), "is wrong.")) == "send_destinations[2] is wrong."
        assert str(Problem(("src",), "is wrong.", ": ")) == "send_src: is wrong."


def test_the_path_of_a_problem_in_an_entry_or_file_does_not() -> None:
    with of_role(VARIABLES):
        in_entry = Problem(("faxserver_settings", "destinations", 0), "is wrong.", place="a.yml:3")
        assert str(in_entry) == "a.yml:3: faxserver_settings.destinations[0] is wrong."
        assert str(Problem(("src",), "is wrong.", place="a.yml:3")) == "a.yml:3: src is wrong."
