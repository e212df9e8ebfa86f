# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a run over many subscribers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.pagination import Paging
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import LimitExceeded
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.summary import ResultOptions, Summary
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey import Survey
from ansible_collections.ngcp.fax.plugins.module_utils._internal.reconcile.survey_options import SurveyOptions
from tests.unit.fakes import FakeClient


def summary(options: ResultOptions, check_mode: bool = True) -> Summary:
    """Of a run that would change the first of two subscribers."""
    client = FakeClient()
    client.fax(2, name="Clinic")
    entries = [{"subscriber_id": number, "faxserver_settings": {"name": "Clinic"}} for number in (1, 2)]
    survey = Survey(client, SurveyOptions(Paging(workers=1), entries, progress=False))
    survey.run()
    return Summary(survey, options, client.url, check_mode)


@pytest.mark.parametrize(
    ("options", "keys", "row"),
    [
        ({}, {"subscribers"}, {"patch", "diff", "applied", "read_at"}),
        ({"_diff": False}, {"subscribers"}, {"patch", "applied", "read_at"}),
        ({"return_report": True}, {"subscribers", "report"}, {"applied", "read_at"}),
        ({"return_rows": "file"}, {"report"}, set()),
        ({"return_rows": "none"}, set(), set()),
    ],
)
def test_each_fact_stands_once(options: dict[str, Any], keys: set[str], row: set[str]) -> None:
    facts = summary(ResultOptions(**options)).facts()
    assert facts.keys() & {"subscribers", "report"} == keys
    for each in facts.get("subscribers", ()):
        assert each.keys() - {"subscriber_id", "subscriber", "status", "place"} == row


def test_unchanged_subscribers_are_shown_on_request() -> None:
    facts = summary(ResultOptions(return_unchanged=True)).facts()
    assert [row["status"] for row in facts["subscribers"]] == ["changed", "unchanged"]


def test_the_last_line() -> None:
    line = summary(ResultOptions()).line()
    assert line == "2 subscribers, 1 unchanged, 1 changed (check mode: nothing was written)"
    assert summary(ResultOptions(), check_mode=False).line() == "2 subscribers, 2 unchanged"


def test_the_report_says_what_stopped_the_run() -> None:
    stopped = LimitExceeded("Too much", "Look.")
    report = summary(ResultOptions(return_report=True)).facts(stopped)["report"]
    assert [(row["kind"], row["msg"]) for row in report["rows"]] == [
        ("changed", None),
        ("failed", "Too much. Look."),
    ]
    assert (report["kind"], report["verdict"]) == ("plan", "unknown")


def test_the_result_warns_last_of_a_limit_that_names_nobody() -> None:
    client = FakeClient()
    entries = [{"subscriber_id": 1, "faxserver_settings": {"name": "Clinic"}}]
    survey = Survey(client, SurveyOptions(Paging(workers=1), entries, only=[2], progress=False))
    survey.run()
    result = Summary(survey, ResultOptions(), client.url, False).result(["First."])
    assert result.warnings == ["First.", "No subscriber in only has an entry."]
