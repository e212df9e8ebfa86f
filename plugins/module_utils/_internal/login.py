# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in once for many tasks and hosts: the module `login` (docs/ngcp-api.md#tokens, docs/design.md#log-in-once)."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.client import Client
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import Result
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import Options
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.spec import Job, Spec, spec


def log_in(client: Client, options: None, check_mode: bool) -> Result:
    """Return a token, and when it expires (null if it does not)."""
    token = client.log_in()
    expires = None
    if token.expires is not None:
        expires = datetime.fromtimestamp(token.expires, timezone.utc).isoformat(timespec="seconds")
    facts = {"api_token": token.value, "expires": expires, "api_url": client.url}
    return Result(changed=False, facts=facts, plain=frozenset({token.value}))


def spec_of_login() -> Spec:
    """Return the spec of `login`."""
    return spec({}, _login_problems, selector=None)


def _login_problems(options: Options) -> Problems:
    if options.get("auth") == "basic":
        yield Problem(("auth",), "basic has no token; leave auth out, or do not log in.", ": ")
    if not options.get("api_username") and (options.get("api_token") or options.get("client_cert")):
        yield Problem(("api_username",), "and api_password are missing; a token is given for these only.")


JOB = Job(spec_of_login(), log_in, lambda given: None)
