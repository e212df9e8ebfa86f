# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that say whom a run over many subscribers is about."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import read_options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import (
    SurveyOptions,
    survey_problems,
)

ENTRY = {"subscriber_id": 1, "faxserver_settings": {"name": "Clinic"}}


def test_the_options_with_their_defaults() -> None:
    options = read_options(SurveyOptions, {"subscribers": [ENTRY], "page_size": 7, "unmanaged": "report"})
    assert (options.paging.page_size, options.paging.workers) == (7, 4)
    assert (options.unmanaged, options.only, options.progress) == ("report", None, True)
    assert [entry.value for entry in options.entries()] == [1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "subscribers and src name no subscriber; declare the settings of at least one."),
        ({"subscribers": [ENTRY], "only": "a"}, "only must be a list of subscribers, each user@domain or an id."),
        ({"subscribers": [ENTRY], "only": [True]}, "only[0] must be user@domain or an id, not 'True'."),
        (
            {"subscribers": [ENTRY], "only": ["a\u200b@x"]},
            "only[0] holds U+200B (zero width space",
        ),
        (
            {"subscribers": [ENTRY], "unmanaged_match": {"domain": "d.example"}},
            "unmanaged_match is given without unmanaged; say what to do with the subscribers found there.",
        ),
        (
            {"subscribers": [ENTRY], "unmanaged_match": {}, "unmanaged": "report"},
            "unmanaged_match is empty, which would be everybody",
        ),
    ],
)
def test_what_is_wrong(options: dict[str, Any], sentence: str) -> None:
    (problem,) = survey_problems(options)
    assert str(problem).startswith(sentence)


def test_files_are_not_read_where_only_options_are_checked() -> None:
    assert list(survey_problems({"check_options": True, "src": ["a.yml"]})) == []
