#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_settings_info
short_description: Read the fax and mail2fax settings of subscribers
version_added: 0.1.0
description:
  - Reads the fax settings (C(faxserversettings)) and the mail2fax settings (C(mailtofaxsettings)) of one subscriber, of
    several, of all that filters let through, or of all that the login may see.
  - They come in one list, sorted by domain and name. Fields that this collection does not know come back as they are.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._filters
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: It only reads.
  diff_mode:
    support: N/A
    details: It only reads.
  idempotent:
    support: full
options:
  subscribers:
    description:
      - Several subscribers, each an entry with exactly one of the three. If one of them is not there, the module fails.
      - It cannot be given together with a filter, nor with O(subscriber_id), O(subscriber) or O(external_id).
    type: list
    elements: dict
    suboptions:
      subscriber_id:
        description:
          - The subscriber's id.
        type: int
      subscriber:
        description:
          - The subscriber's name, V(user@domain), upper or lower case.
        type: str
      external_id:
        description:
          - The subscriber's external id. Quote it if it looks like a number.
        type: str
  resources:
    description:
      - Which settings to read. Each costs the server 18 to 35 ms a subscriber.
      - A subscriber's own login sees its own settings and nobody else's, with or without a selector.
    type: list
    elements: str
    choices: [faxserversettings, mailtofaxsettings]
    default: [faxserversettings, mailtofaxsettings]
  secrets:
    description:
      - Whether to return fax passwords and secret keys in plain text. Without it they are masked.
      - Set C(no_log) to V(true) for such a task, or everybody who sees its output has them.
    type: bool
    default: false
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.mailtofax_settings
notes:
  - Settings of all subscribers are read in pages, those of a part one by one, for the server cannot filter them.
  - The server stores its defaults for a subscriber that never had settings when they are read for the first time.
"""

EXAMPLES = r"""
- name: The fax settings of one subscriber
  ngcp.fax.fax_settings_info:
    api_url: https://ngcp.example.com:1443
    api_username: auditor
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
  register: settings

- name: Who of a domain can fax
  ngcp.fax.fax_settings_info:
    domain: voip.example.com
    active: true

- name: The secret keys of two subscribers
  ngcp.fax.fax_settings_info:
    subscribers:
      - subscriber: 4312345@voip.example.com
      - external_id: clinic-17
    resources: [mailtofaxsettings]
    secrets: true
  no_log: true
  register: keys
"""

RETURN = r"""
subscribers:
  description: Who was found, sorted by domain and name.
  type: list
  elements: dict
  returned: success
  contains:
    subscriber:
      description: Who it is.
      type: dict
      returned: success
      contains:
        id: {description: The subscriber's id., type: int, returned: success}
        username: {description: The name before the C(@)., type: str, returned: success}
        domain: {description: The domain., type: str, returned: success}
    faxserversettings:
      description:
        - The fax settings as the server has them, lists sorted. The password is masked unless O(secrets=true).
      type: dict
      returned: if O(resources) has it
    mailtofaxsettings:
      description:
        - The mail2fax settings as the server has them, lists sorted. The secret key is masked unless O(secrets=true).
      type: dict
      returned: if O(resources) has it
  sample:
    - subscriber: {"id": 3, "username": "4312345", "domain": "voip.example.com"}
      faxserversettings:
        id: 3
        active: true
        name: Example Clinic
        password: VALUE_SPECIFIED_IN_NO_LOG_PARAMETER
        t38: true
        ecm: true
        destinations:
          - destination: fax@example.com
            filetype: PDF14
            incoming: true
            outgoing: false
            status: false
      mailtofaxsettings:
        active: false
        secret_key: null
        secret_key_renew: never
        last_secret_key_modify: null
        secret_renew_notify: []
        acl: []
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(not_found), V(ambiguous), V(not_ngcp),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "not_found", "method": "GET", "path": "/api/subscribers/", "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
