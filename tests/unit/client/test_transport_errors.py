# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request got no answer: who is to blame, and whether it may be sent again."""

from __future__ import annotations

import re
import ssl
from dataclasses import replace

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import transport_errors
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.transport_errors import (
    AT_PROXY,
    LOSS_RULES,
    OWN_CERTIFICATE,
    LossRule,
    LostRequest,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import (
    FaxError,
    NoAnswer,
    ProxyRefused,
    TooLarge,
    Uncertain,
    Unreachable,
)

URL, PROXY = "https://ngcp:1443", "http://proxy:3128"
GET = LostRequest(URL, "GET", "/api/x/1", words="", timeout=60.0)
FAX = replace(GET, method="POST", path="/api/faxes/")
LOGIN = replace(GET, method="POST", path="/login_jwt")
AT_THE_PROXY = replace(GET, proxy=PROXY, is_at_proxy=True, has_left=False)


@pytest.mark.parametrize(
    ("lost", "kind", "what"),
    [
        (replace(GET, words="Connection refused"), Unreachable, f"{URL} refuses the connection"),
        (replace(GET, words="ReadTimeout: timed out"), NoAnswer, f"{URL} did not answer within 60 s"),
        (replace(GET, words="Broken pipe"), NoAnswer, f"The connection to {URL} was cut off"),
        (
            replace(GET, words="CERTIFICATE_VERIFY_FAILED: certificate has expired"),
            Unreachable,
            f"The certificate of {URL}, or that of its authority, has expired",
        ),
        (replace(GET, words="CERTIFICATE_VERIFY_FAILED: x"), Unreachable, f"The certificate of {URL} is not trusted"),
        (replace(GET, words="HANDSHAKE_FAILURE"), Unreachable, f"{URL} refuses the TLS handshake"),
        (
            replace(GET, words="HANDSHAKE_FAILURE", has_certificate=True),
            Unreachable,
            f"{URL} does not accept this client's certificate",
        ),
        (replace(AT_THE_PROXY, words="Connection refused"), Unreachable, f"The proxy {PROXY} refuses the connection"),
        (
            replace(AT_THE_PROXY, words="Tunnel connection failed: 407 No"),
            ProxyRefused,
            f"The proxy {PROXY} does not accept its username and password",
        ),
        (
            replace(AT_THE_PROXY, words="Tunnel connection failed: 403 No"),
            Unreachable,
            f"The proxy {PROXY} does not let the connection to {URL} through",
        ),
        (
            replace(GET, words="timed out", proxy=PROXY, has_left=False),
            NoAnswer,
            f"{URL} through the proxy {PROXY} did not answer within 60 s",
        ),
        (replace(GET, words="timed out", proxy=PROXY), NoAnswer, f"{URL} did not answer within 60 s"),
        (replace(FAX, words="timed out"), Uncertain, f"{URL} did not answer within 60 s"),
        (replace(FAX, words="Connection refused", has_left=False), Unreachable, f"{URL} refuses the connection"),
        (replace(LOGIN, words="timed out"), NoAnswer, f"{URL} did not answer within 60 s"),
    ],
)
def test_no_answer(lost: LostRequest, kind: type[FaxError], what: str) -> None:
    error = transport_errors.no_answer(lost)
    assert error.__class__ is kind
    assert error.what.startswith(what)


def test_advice_about_the_server_does_not_help_if_the_proxy_fails() -> None:
    error = transport_errors.no_answer(replace(AT_THE_PROXY, words="Connection refused"))
    assert error.advice == transport_errors.CHECK_PROXY


@pytest.mark.parametrize("rule", [*AT_PROXY, *OWN_CERTIFICATE, *LOSS_RULES], ids=lambda rule: rule.what[:40])
def test_every_rule_makes_a_sentence(rule: LossRule) -> None:
    re.compile(rule.pattern)
    what = rule.what.format(who="w", url="u", proxy="p", timeout=1.0)
    assert not re.search("[{}]", what + rule.advice)
    assert rule.advice.endswith(".")


@pytest.mark.parametrize(
    ("lost", "is_document", "kind", "what"),
    [
        (GET, False, NoAnswer, f"{URL} did not finish its answer within 600 s"),
        (GET, True, NoAnswer, "The document was transferred more slowly than 4,000 bytes a second"),
        (replace(GET, has_left=False), True, NoAnswer, f"{URL} did not finish its answer within 600 s"),
        (FAX, True, Uncertain, "The document was transferred more slowly"),
        (AT_THE_PROXY, False, NoAnswer, f"The proxy {PROXY} did not finish"),
    ],
)
def test_overdue(lost: LostRequest, is_document: bool, kind: type[FaxError], what: str) -> None:
    error = transport_errors.overdue(lost, 600.0, is_document)
    assert error.__class__ is kind
    assert error.what.startswith(what)


@pytest.mark.parametrize(("is_document", "option"), [(True, "max_size"), (False, "page_size")])
def test_too_large(is_document: bool, option: str) -> None:
    error = transport_errors.too_large(GET, 5_000, is_document)
    assert isinstance(error, TooLarge)
    assert "larger than 5,000 bytes" in error.what
    assert option in error.advice


@pytest.mark.parametrize(
    ("cause", "refuses"),
    [
        (ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"), True),
        (ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]"), False),
        (OSError("TLSV13_ALERT_CERTIFICATE_REQUIRED"), False),
    ],
)
def test_refuses_certificate(cause: Exception, refuses: bool) -> None:
    assert transport_errors.refuses_certificate(cause) is refuses
