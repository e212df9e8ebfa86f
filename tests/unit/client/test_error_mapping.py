# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mapping of answers to errors, and to the certainty that a request had no effect."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import (
    ANSWER_RULES,
    LOGIN,
    Answer,
    AnswerRule,
    error_of_answer,
    surely_refused,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    Forbidden,
    LoginRefused,
    NotFound,
    NotNgcp,
    NoTokens,
    ProxyRefused,
    ReadOnly,
    Rejected,
    ServerFailed,
    Uncertain,
)

GET = Answer("https://ngcp", "GET", "/api/x/1", 400, words="", quote="it does not say why")
PATCH, FAX, LOG_IN = (
    replace(GET, method="PATCH"),
    replace(GET, method="POST", path="/api/faxes/"),
    replace(GET, method="POST", path=LOGIN),
)


def said(answer: Answer, status: int, words: str = "No.") -> Answer:
    """Return an answer of the panel itself."""
    return replace(answer, status=status, words=words, quote=words, is_json=True)


@pytest.mark.parametrize(
    ("answer", "kind", "what"),
    [
        (said(GET, 401), LoginRefused, "The server does not accept this username and password"),
        (said(GET, 403, "User not found"), LoginRefused, "The server does not accept this username and password"),
        (said(GET, 403, "Banned"), LoginRefused, "The account is banned"),
        (said(LOG_IN, 403, "Invalid OTP"), LoginRefused, "The server does not accept the one-time password"),
        (said(LOG_IN, 403, "Password expired"), LoginRefused, "The password has expired"),
        (said(GET, 403, "Invalid user"), LoginRefused, "The server does not accept the token"),
        (said(LOG_IN, 500, "No JWT key has been configured"), NoTokens, "The server has no key for tokens"),
        (said(LOG_IN, 422), LoginRefused, "The server refuses the login: No."),
        (replace(GET, status=407), ProxyRefused, "A proxy before https://ngcp"),
        (said(GET, 403, "No fax license"), Forbidden, "The server has no licence for fax"),
        (said(PATCH, 403, "Forbidden"), ReadOnly, "This login may not do that"),
        (said(GET, 403, "Forbidden"), Forbidden, "The server does not allow it: Forbidden"),
        (said(GET, 404, "Path not found!"), NotFound, "This server does not know /api/x/1"),
        (said(GET, 404, "Entity not found"), NotFound, "Entity not found"),
        (said(GET, 404, ""), NotFound, "The server found nothing there"),
        (replace(GET, status=404), NotNgcp, "What answers at https://ngcp is not the API"),
        (replace(GET, status=302, redirects=True), NotNgcp, "https://ngcp redirects to another address"),
        (said(PATCH, 422), Rejected, "The server rejects it: No."),
        (replace(PATCH, status=413), Rejected, "The server's proxy does not accept a request of this size"),
        (replace(GET, status=503), ServerFailed, "The server stayed busy"),
        (said(PATCH, 500), ServerFailed, "The server failed: No."),
        (replace(GET, status=500), ServerFailed, "The server crashed"),
        (replace(FAX, status=504), Uncertain, "The server or its proxy gave up"),
        (said(FAX, 500), Uncertain, "The server failed, perhaps after it had queued the fax"),
        (replace(FAX, status=418), Uncertain, "Something other than the API answered"),
        (said(FAX, 422), Rejected, "The server rejects it: No."),
        (replace(FAX, status=429), ServerFailed, "The server is busy or unavailable, and was not asked again"),
        (replace(GET, status=200), NotNgcp, "What answers at https://ngcp is not the API"),
    ],
)
def test_error_of_answer(answer: Answer, kind: type[FaxError], what: str) -> None:
    error = error_of_answer(answer)
    assert error.__class__ is kind
    assert error.what.startswith(what.rstrip("."))
    assert (error.method, error.path, error.status) == (answer.method, answer.path, answer.status)


@pytest.mark.parametrize("rule", ANSWER_RULES, ids=lambda rule: rule.what[:40])
def test_every_rule_makes_a_sentence(rule: AnswerRule) -> None:
    error = rule.kind(rule.what.format(url="u", path="p", quote="q"), rule.advice)
    assert "{" not in str(error)
    assert rule.advice.endswith(".")


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (said(PATCH, 422), True),
        (said(PATCH, 404, ""), True),
        (replace(PATCH, status=422), False),
        (said(PATCH, 408), False),
        (replace(PATCH, status=401), True),
        (replace(PATCH, status=413), True),
        (replace(PATCH, status=429), True),
        (replace(PATCH, status=302, redirects=True), True),
        (said(PATCH, 500), False),
        (replace(PATCH, status=502), False),
    ],
)
def test_surely_refused(answer: Answer, refused: bool) -> None:
    assert surely_refused(answer) is refused
