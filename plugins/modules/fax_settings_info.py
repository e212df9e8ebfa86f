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
  - Reads the fax settings (C(faxserver_settings)) and the mail2fax settings (C(mailtofax_settings)) of one subscriber,
    of several, of all that O(match) selects, or of all that the login can see.
  - Returns them in one list, sorted by domain and name. Fields that this collection does not know are returned
    unchanged.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._selector.optional
  - ngcp.fax._match
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: The module only reads.
  diff_mode:
    support: N/A
    details: The module only reads.
  idempotent:
    support: full
options:
  subscribers:
    description:
      - Several subscribers, each named by an id, a name, or both. If one of them does not exist, the
        module fails.
      - Mutually exclusive with O(match), O(active), O(subscriber_id), O(subscriber) and O(external_id).
    type: list
    elements: dict
    suboptions:
      subscriber_id: {description: As O(subscriber_id)., type: int}
      subscriber: {description: As O(subscriber)., type: str}
      external_id: {description: As O(external_id)., type: str}
  active:
    description:
      - V(true) selects subscribers for which at least one of the settings that are read is active, V(false) those for
        which none is. You can combine it with O(match), but not with options that name subscribers.
    type: bool
  settings:
    description:
      - Settings to read. Each costs the server 26 to 40 ms per subscriber.
      - A subscriber's own login sees only its own settings, with or without a selector.
    type: list
    elements: str
    choices: [faxserver_settings, mailtofax_settings]
    default: [faxserver_settings, mailtofax_settings]
  return_secrets:
    description:
      - Whether to return fax passwords and secret keys in plain text. By default they are masked.
      - Set C(no_log) to V(true) for such a task. Otherwise everybody who sees its output sees the secrets.
    type: bool
    default: false
seealso:
  - module: ngcp.fax.faxserver_settings
  - module: ngcp.fax.mailtofax_settings
notes:
  - The module reads the settings of all subscribers in pages, and those of some subscribers one by one, because the
    server cannot filter settings.
  - When the settings of a subscriber that never had any are read for the first time, the server stores its defaults
    for it.
"""

EXAMPLES = r"""
- name: Read the settings of one subscriber
  ngcp.fax.fax_settings_info:
    api_url: https://ngcp.example.com:1443
    api_username: auditor
    api_password: "{{ vault_ngcp_password }}"
    subscriber: 4312345@voip.example.com
  register: settings

- name: List the subscribers of a domain that can fax
  ngcp.fax.fax_settings_info:
    match:
      domain: voip.example.com
    active: true
    settings: [faxserver_settings]
  register: able

- name: Let them send without error correction
  ngcp.fax.faxserver_settings:
    subscriber_id: "{{ item.subscriber_id }}"
    ecm: false
  loop: "{{ able.subscribers }}"
  loop_control:
    label: "{{ item.subscriber }}"

- name: Read the secret keys of two subscribers
  ngcp.fax.fax_settings_info:
    subscribers:
      - subscriber: 4312345@voip.example.com
      - external_id: clinic-17
    settings: [mailtofax_settings]
    return_secrets: true
  no_log: true
  register: keys
"""

RETURN = r"""
subscribers:
  description: Subscribers that were found, sorted by domain and name.
  type: list
  elements: dict
  returned: success
  contains:
    subscriber_id:
      description: Id of the subscriber.
      type: int
      returned: always
    subscriber:
      description: Name of the subscriber, V(user@domain).
      type: str
      returned: always
    faxserver_settings:
      description: Fax settings as the server has them, with sorted lists. The password is masked unless
        O(return_secrets=true).
      type: dict
      returned: if O(settings) contains it
    mailtofax_settings:
      description: Mail2fax settings as the server has them, with sorted lists. The secret key is masked unless
        O(return_secrets=true).
      type: dict
      returned: if O(settings) contains it
  sample:
    - subscriber_id: 3
      subscriber: 4312345@voip.example.com
      faxserver_settings:
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
      mailtofax_settings:
        active: false
        secret_key: null
        secret_key_renew: never
        last_secret_key_modify: null
        secret_renew_notify: []
        acl: []
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(not_found), V(ambiguous), V(not_ngcp),
      V(unreachable), V(some_failed).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "not_found", "method": "GET", "path": "/api/subscribers/", "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run
from ansible_collections.ngcp.fax.plugins.module_utils._internal.settings_info import JOB


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
