# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the server's answers to errors, by a table. No I/O.

Sources: docs/ngcp-api.md#errors, docs/ngcp-api.md#authentication.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

LOGIN = "/login_jwt"
# The methods whose requests may be sent twice. A repeated PATCH would undo what somebody else wrote in between, so
# `reconcile` reads and plans again first. A repeated POST sends a second fax.
REPEATABLE = frozenset({"GET", "DELETE"})
# The server, or a proxy before it, is busy for now.
BUSY = frozenset({429, 502, 503, 504})
# A server or proxy gave up on a request that it may have passed on.
GAVE_UP = frozenset({408, 502, 504})
# The words of a server without a key for tokens, which accepts Basic only.
NO_KEY = "No JWT key has been configured"
# The words of the server for a token that is wrong or has expired.
BAD_TOKEN = "Invalid user"


@dataclass(frozen=True)
class Answer:
    """An answer to a request to the server at `url`."""

    url: str
    method: str
    path: str
    status: int
    words: str
    """The server's own message; empty if the answer is not this API's."""
    quote: str
    """The part of the message that may be shown (`responses.quote`)."""
    redirects: bool = False
    is_json: bool = False
    """True if it has the panel's content type, which is JSON, whether the body is whole or cut off."""

    @property
    def is_panels(self) -> bool:
        """True if the panel itself refuses or fails, not a proxy before it.

        A 4xx in JSON is always the panel's, even without words: a message that quotes a letter beyond Latin-1 arrives
        without its end.
        """
        return bool(self.words) or (400 <= self.status < 500 and self.is_json)

    @property
    def sends(self) -> bool:
        """True if the request queues a fax, which must not happen twice."""
        return self.method == "POST" and self.path != LOGIN

    def says(self, pattern: str) -> bool:
        """Return True if the server's message matches a regular expression somewhere."""
        return bool(re.search(pattern, self.words, flags=re.DOTALL))


class AnswerRule(NamedTuple):
    """A kind of answer, and the error that it means."""

    kind: type[FaxError]
    test: Callable[[Answer], bool]
    """Returns True for the answers to which the rule applies."""
    what: str
    """What happened; `{url}`, `{path}` and `{quote}` stand for the answer's."""
    advice: str
    """What to do about it."""


def error_of_answer(answer: Answer) -> FaxError:
    """Return the error for an answer that is not a good one (2xx)."""
    found = next(each for each in ANSWER_RULES if each.test(answer))
    facts = {"url": answer.url, "path": answer.path, "quote": answer.quote}
    return found.kind(found.what.format(**facts), found.advice, answer.method, answer.path, answer.status)


NOT_NGCP = "What answers at {url} is not the API of an NGCP"
CHECK_URL = "Check api_url: the API is usually at https, port 1443."
LOOK_FIRST = "The server may have received it: look there before you send it again."
NO_CACHE = "An NGCP does not do that: look for a cache or proxy in between."
ODD_ANSWER = "Look for a proxy in between; if there is none, report this sentence with the server's release."
LATER = "Try again later; if it persists, check the server's load and its proxy."
NOT_FOR_THIS_LOGIN = "The server does not let this login use that"
ANOTHER_LOGIN = "Use a login that may do this: an administrator's, or a reseller's."
PANEL_LOG = "See the panel's log for the reason."


def _refused(pattern: str) -> Callable[[Answer], bool]:
    """Match a refused login: 401 and 403 with these words."""
    return lambda answer: answer.status in (401, 403) and answer.says(pattern)


def _is(*statuses: int, says: str = "") -> Callable[[Answer], bool]:
    """Match a status in this API's own form, with these words."""
    return lambda answer: answer.status in statuses and answer.is_panels and answer.says(says)


def surely_refused(answer: Answer) -> bool:
    """Return True if the request certainly had no effect: the API itself refuses it, or it never reached the API.

    Any other bad answer may come from a server or proxy that failed after the request took effect, or that passed it on
    and did not wait for the result.
    """
    # By content type: a body that looks like JSON may be a gateway's.
    refused = 400 <= answer.status < 500 and answer.status not in GAVE_UP and answer.is_json
    return refused or answer.redirects or answer.status in (401, 413, 429)


# The first rule that matches applies; the last matches every answer.
ANSWER_RULES: Sequence[AnswerRule] = (
    AnswerRule(
        LoginRefused,
        lambda answer: answer.status == 401 or _refused("User not found")(answer),
        "The server does not accept this username and password",
        "Correct api_username and api_password. Nothing was tried again: five failures ban the account.",
    ),
    AnswerRule(
        LoginRefused,
        _refused("Banned"),
        "The account is banned on this address after too many failed logins",
        "Wait until the ban ends (5 to 60 minutes) or have it lifted in the panel, and correct the password first.",
    ),
    AnswerRule(
        LoginRefused,
        _refused("Invalid OTP"),
        "The server does not accept the one-time password",
        "Give the current one as otp, or the login's secret as otp_secret, and check this machine's clock.",
    ),
    AnswerRule(LoginRefused, _refused("Password expired"), "The password has expired", "Set a new one in the panel."),
    AnswerRule(
        LoginRefused,
        _refused(BAD_TOKEN),
        "The server does not accept the token",
        "It is wrong or has expired: log in again, or give api_username and api_password.",
    ),
    AnswerRule(
        NoTokens,
        lambda answer: answer.path == LOGIN and answer.says(NO_KEY),
        "The server has no key for tokens",
        "It takes username and password with every request: set auth to auto or basic, and leave ngcp.fax.login out.",
    ),
    AnswerRule(
        LoginRefused,
        lambda answer: answer.path == LOGIN and _is(403, 422)(answer),
        "The server refuses the login: {quote}",
        PANEL_LOG,
    ),
    AnswerRule(
        ProxyRefused,
        lambda answer: answer.status == 407,
        "A proxy before {url} does not accept its username and password, or was given none",
        "Correct them in the option proxy, or in HTTPS_PROXY in the environment. Nothing was tried again.",
    ),
    AnswerRule(
        Uncertain,
        lambda answer: answer.sends and answer.status in GAVE_UP,
        "The server or its proxy gave up before it had an answer",
        LOOK_FIRST,
    ),
    # The panel also answers 500 if it loses its fax server after that has taken the fax.
    AnswerRule(
        Uncertain,
        lambda answer: answer.sends and answer.status >= 500,
        "The server failed, perhaps after it had queued the fax",
        LOOK_FIRST,
    ),
    # Not certainly refused, so the fax may be queued.
    AnswerRule(
        Uncertain,
        lambda answer: answer.sends and not surely_refused(answer),
        "Something other than the API answered",
        LOOK_FIRST,
    ),
    AnswerRule(
        ServerFailed,
        lambda answer: answer.status in BUSY and answer.sends,
        "The server is busy or unavailable, and was not asked again",
        LATER,
    ),
    AnswerRule(
        ServerFailed,
        lambda answer: answer.status in BUSY,
        "The server stayed busy or unavailable through all retries",
        LATER,
    ),
    AnswerRule(
        ServerFailed,
        lambda answer: answer.method == "PATCH" and _is(500)(answer),
        "The server failed: {quote}",
        f"{PANEL_LOG} A value that its database cannot store is a common one.",
    ),
    AnswerRule(
        ServerFailed,
        lambda answer: answer.status >= 500 and answer.is_panels,
        "The server failed: {quote}",
        PANEL_LOG,
    ),
    AnswerRule(
        ServerFailed,
        lambda answer: answer.status == 500,
        "The server crashed and answered with an HTML error page",
        PANEL_LOG,
    ),
    AnswerRule(
        Rejected,
        lambda answer: answer.status == 413,
        "The server's proxy does not accept a request of this size",
        "Send a smaller document.",
    ),
    AnswerRule(
        Forbidden, _is(403, says="[Ll]icen[sc]e"), "The server has no licence for fax", "Have it added to this NGCP."
    ),
    AnswerRule(
        ReadOnly,
        lambda answer: answer.method != "GET" and _is(403, says="read-only|^Forbidden$")(answer),
        "This login may not do that; a read-only administrator may read only",
        "Use a login that may write, or run with --check.",
    ),
    AnswerRule(Forbidden, _is(403), "The server does not allow it: {quote}", "Use a login that may do this."),
    AnswerRule(
        NotFound,
        _is(404, says="Path not found"),
        "This server does not know {path}",
        "Its release is too old, or fax is not installed on it.",
    ),
    AnswerRule(
        NotFound,
        lambda answer: answer.status == 404 and answer.is_panels and not answer.words,
        "The server found nothing there",
        "It does not exist, or this login may not see it.",
    ),
    AnswerRule(NotFound, _is(404), "{quote}", "It does not exist, or this login may not see it."),
    AnswerRule(
        NotNgcp,
        lambda answer: answer.redirects,
        "{url} redirects to another address, and a redirect could carry the login there",
        CHECK_URL,
    ),
    AnswerRule(
        Rejected,
        lambda answer: answer.status >= 400 and answer.is_panels,
        "The server rejects it: {quote}",
        "Correct the value and run it again.",
    ),
    AnswerRule(NotNgcp, lambda answer: True, NOT_NGCP, CHECK_URL),
)
