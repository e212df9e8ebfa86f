#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: login
short_description: Log in once for many tasks and hosts
version_added: 0.1.0
description:
  - Logs in to a Sipwise NGCP with username and password, and returns a token (JWT) to give to other tasks as
    O(api_token).
  - Otherwise each task, and each item of a loop, logs in by itself, which costs the server half a second of work each.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
attributes:
  check_mode:
    support: full
    details: It logs in as well, for the other tasks need the token. Nothing is written.
  diff_mode:
    support: N/A
    details: Nothing is changed.
  idempotent:
    support: full
    details: Each run returns a new token and reports no change.
seealso:
  - module: ngcp.fax.faxserver_settings
notes:
  - A successful result is not shown, as if C(no_log) were set; C(register) has it. The token is as good as the password
    until it expires.
  - O(api_username) and O(api_password) are needed. O(api_token) changes nothing, and O(auth=basic) is refused.
  - A server that has no key for tokens fails here with V(no_tokens). Leave this task out then.
  - It cannot run with C(async), which would show the token.
"""

EXAMPLES = r"""
- name: The subscribers of an inventory, with one login for all
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

    - name: With this login
      module_defaults:
        group/ngcp.fax.fax:
          api_url: "{{ ngcp_login.api_url }}"
          api_token: "{{ ngcp_login.token }}"
      delegate_to: localhost
      block:
        - name: Fax is active
          ngcp.fax.faxserver_settings:
            subscriber: "{{ inventory_hostname }}"
            active: true
"""

RETURN = r"""
token:
  description: The token, for O(api_token).
  type: str
  returned: success
  sample: eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl
expires:
  description: When it ends (ISO 8601, UTC); null if the server does not limit it.
  type: str
  returned: success
  sample: "2026-11-24T10:00:00+00:00"
api_url:
  description: Where it is valid.
  type: str
  returned: success
  sample: https://ngcp.example.com:1443
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(no_tokens), V(unreachable), V(not_ngcp).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "login_refused", "method": "POST", "path": "/login_jwt", "status": 403, "fatal": true}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.login import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
