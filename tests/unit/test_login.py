# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login returns a token, when it expires, and where it is valid."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import JOB
from tests.unit.client.fake_transport import URL, answer, client_with

LOGIN: dict[str, Any] = {"api_username": "admin", "api_password": "s3cret"}


@pytest.mark.parametrize(("expires", "text"), [(1900000000, "2030-03-17T17:46:40+00:00"), (None, None)])
def test_a_token(expires: int | None, text: str | None) -> None:
    client, _transport = client_with(answer(body={"jwt": "abc", "expires": expires}), **LOGIN)
    result = JOB.execute(client, LOGIN, check_mode=False)
    assert (result.changed, result.facts) == (False, {"api_token": "abc", "expires": text, "api_url": URL})
    # The runner would mask it otherwise, for the client knows it as a secret.
    assert result.plain == {"abc"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (LOGIN, None),
        ({**LOGIN, "auth": "basic"}, "auth: basic"),
        ({"api_token": "abc"}, "api_username and api_password are missing"),
        ({"client_cert": "/x"}, "api_username and api_password are missing"),
    ],
)
def test_what_cannot_give_a_token(options: dict[str, Any], problem: str | None) -> None:
    found = [str(each) for each in JOB.spec.problems({"api_url": URL, **options})]
    assert len(found) == (problem is not None)
    assert not problem or found[0].startswith(problem)
