#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: login
short_description: Return a token for many tasks and hosts
version_added: 0.1.0
description:
  - Logs in to a Sipwise NGCP with username and password, and returns a token (JWT) for the O(api_token) option of
    other tasks.
  - Tasks with a local connection need no such token, because those with the same login share one (O(share_token)).
    Over another connection, each task logs in for itself, which costs the server half a second of work each time,
    unless this module has run on the same host before with the same login, or returns the token that the tasks use.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
attributes:
  check_mode:
    support: full
    details: The module logs in as well, because the other tasks need the token. It writes nothing.
  diff_mode:
    support: N/A
    details: The module changes nothing.
  idempotent:
    support: full
    details: It reports no change. With O(share_token=false), each task returns a new token.
seealso:
  - module: ngcp.fax.faxserver_settings
notes:
  - Ansible does not show a successful result, as if C(no_log) were set; use C(register) to get it. Until it expires,
    the token is as powerful as the password.
  - The token is that which the other tasks of the run share, if there is one. For a new one, set
    O(share_token=false).
  - O(api_username) and O(api_password) are required. O(api_token) has no effect, and O(auth=basic) is refused.
  - If the server has no key for tokens, the module fails with V(no_tokens). Omit the task for such a server.
  - The module refuses C(async), which would reveal the token.
"""

EXAMPLES = r"""
- name: Configure the subscribers of an inventory with one login
  hosts: all
  gather_facts: false
  tasks:
    - name: Log in
      ngcp.fax.login:
        api_url: https://ngcp.example.com:1443
        api_username: provisioning
        api_password: "{{ vault_ngcp_password }}"
      run_once: true
      delegate_to: localhost
      register: ngcp_login

    - name: Use this login
      module_defaults:
        group/ngcp.fax.ngcp:
          api_url: "{{ ngcp_login.api_url }}"
          api_token: "{{ ngcp_login.api_token }}"
      delegate_to: localhost
      block:
        - name: Activate fax
          ngcp.fax.faxserver_settings:
            subscriber: "{{ inventory_hostname }}"
            active: true
"""

RETURN = r"""
api_token:
  description: Token for O(api_token) of the other modules.
  type: str
  returned: success
  sample: eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl
expires:
  description: When the token expires (ISO 8601, UTC). Null if it does not expire.
  type: str
  returned: success
  sample: "2026-11-24T10:00:00+00:00"
api_url:
  description: URL of the server that accepts the token.
  type: str
  returned: success
  sample: https://ngcp.example.com:1443
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(no_tokens), V(unreachable), V(not_ngcp).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "login_refused", "method": "POST", "path": "/login_jwt", "status": 403, "fatal": true}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
