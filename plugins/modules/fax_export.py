#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_export
short_description: Write the current fax and mail2fax settings to state files
version_added: 0.1.0
description:
  - Reads the settings of all subscribers that the login can see, or of those that O(match) selects, and writes them to
    state files on the controller, which M(ngcp.fax.fax_subscribers) takes as
    O(ngcp.fax.fax_subscribers#module:src).
  - Never writes to the server, so a read-only login is enough.
  - Changes a file only if it differs from the server. Comments and the order of entries stay. Subscribers that are
    new on the server are added, and those that are gone from it are removed.
  - A file belongs to the export if it begins with the export's lines (C(# ngcp.fax.export)). Entries for sets
    (C(match)) and C(defaults) in such a file are yours and stay.
  - Reads all subscribers and prepares all files before it puts the first file in place.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._attributes.controller
  - ngcp.fax._connection
  - ngcp.fax._match.export
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: The module reads all subscribers and writes no file.
  diff_mode:
    support: full
    details: The diff shows entries as in a new file, without secrets.
  idempotent:
    support: full
    details: A second export of an unchanged server leaves every file as it is, byte for byte.
options:
  dest:
    description:
      - Folder for the files on the controller. The module creates it, but not its parent folder.
    type: path
    required: true
  layout:
    description:
      - How to split the subscribers into files. V(customer) writes a file for each customer (such as
        C(customer-17.yml)), V(domain) one for each domain (such as C(domain-voip.example.com.yml)), V(one) a single
        file, C(subscribers.yml).
      - If you change the layout, the files of the previous one are removed, unless they contain anything else.
    type: str
    choices: [customer, domain, one]
    default: customer
  name_by:
    description:
      - How an entry names its subscriber.
      - A subscriber without an external id, or with one that another subscriber shares or that cannot be written to
        the file, is named by V(subscriber). If that is not possible either, it is named by V(subscriber_id).
    type: str
    choices: [subscriber, subscriber_id, external_id]
    default: subscriber
  ids:
    description:
      - Whether entries also give the id of their subscriber, C(subscriber_id), beside its name. Runs with such files
        need no lookup, and verify the names.
      - In an existing entry, the id is one added line, or other digits if it was stale; everything else stays.
      - V(false) adds no ids, and leaves those of the files as they are. Use it for files that serve two platforms.
    type: bool
    default: true
  omit_defaults:
    description:
      - Whether to omit values that equal the server's defaults, and subscribers that have no other values. Drift
        reports do not cover what is omitted; RV(not_covered) and the head of each file say so.
    type: bool
    default: false
  secrets:
    description:
      - What to do with C(password) and C(secret_key). V(omit) leaves them out. V(vault) encrypts them with a vault
        password of the run. V(plain) writes them in plain text to files that only their owner can read.
      - A C(!vault) value that decrypts to the secret on the server stays byte for byte.
      - V(vault) also encrypts other texts that state files refuse in plain text, such as one with C({{ … }}).
    type: str
    choices: [omit, vault, plain]
    default: omit
  vault_id:
    description:
      - Vault id to encrypt with. The default is the id that C(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names
        (C(vault_encrypt_identity) in C(ansible.cfg)), or the only vault password of the run. If the run has several
        passwords, you must name one.
      - Encrypted values contain the id, unless it is V(default).
    type: str
  adopt:
    description:
      - Whether to update a file that has the name of an export's file but was not written by an export. From then on
        it belongs to the export.
    type: bool
    default: false
  mode:
    description:
      - Mode of new files. The default is that of any new file.
      - With O(secrets=plain), and without this option, only the owner can read and write the files, including
        existing ones. Otherwise existing files keep their mode.
      - Give an octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which changes
        V("0600"). The owner must have every permission that others have.
    type: raw
  directory_mode:
    description:
      - Mode of O(dest) if the module creates it, in the same format as O(mode). The default is that of any new folder
        or, with O(secrets=plain), access for the owner only.
      - Existing folders keep their mode.
    type: raw
  allow_empty:
    description:
      - Whether to succeed if no subscriber is found. The export's files are then emptied.
    type: bool
    default: false
  progress:
    description:
      - Whether to report progress on standard error. On a terminal this is one line that is updated in place,
        elsewhere one line every five seconds.
      - Only a task that runs inside Ansible's own process reports its progress.
    type: bool
    default: true
requirements:
  - ruamel.yaml, only to change an entry that has comments inside
notes:
  - Two exports to the same folder wait for each other. The next export removes the temporary files of one that was
    killed.
  - The module runs as the user that runs Ansible and refuses to C(become) another one. Set C(become=false) for the
    task.
seealso:
  - module: ngcp.fax.fax_subscribers
  - module: ngcp.fax.fax_state_info
"""

EXAMPLES = r"""
- name: Export all settings to one file per customer
  ngcp.fax.fax_export:
    api_url: https://ngcp.example.com:1443
    api_username: reader
    api_password: "{{ vault_ngcp_password }}"
    dest: "{{ playbook_dir }}/subscribers"

- name: Export one domain with its secrets encrypted
  ngcp.fax.fax_export:
    match: {domain: voip.example.com}
    layout: domain
    secrets: vault
    vault_id: fax
    dest: "{{ playbook_dir }}/subscribers"
"""

RETURN = r"""
dest:
  description: Folder with the files.
  type: str
  returned: success
  sample: subscribers
files:
  description: Files of the export, by name.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: Path of the file.
      type: str
      returned: always
    entries:
      description: Number of entries in the file.
      type: int
      returned: always
    status:
      description: V(unchanged), V(new), V(changed) or V(removed). In check mode, what the status would be.
      type: str
      returned: always
  sample: [{"path": "subscribers/customer-17.yml", "entries": 12, "status": "changed"}]
totals:
  description: Numbers of the run.
  type: dict
  returned: success
  contains:
    subscribers:
      description: Number of subscribers that were read.
      type: int
      returned: always
  sample: {"subscribers": 12}
not_written:
  description: Subscribers with values that a state file cannot hold, and the options that were omitted for that
    reason.
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
    options:
      description: Options that were omitted.
      type: list
      elements: str
      returned: always
  sample:
    - subscriber_id: 3
      subscriber: 4312345@voip.example.com
      options: [faxserver_settings.name]
not_covered:
  description: What the files omit for all subscribers. Drift reports do not notice a change of it.
  type: list
  elements: str
  returned: success
  sample: ["secrets (password, secret_key)"]
diff:
  description: Text of each file that differs. Secrets are masked.
  type: list
  elements: dict
  returned: success, with C(--diff)
  sample:
    - before_header: subscribers/customer-17.yml
      after_header: subscribers/customer-17.yml
      before: "version: 1\nsubscribers: []\n"
      after: "version: 1\nsubscribers:\n  - subscriber: 4312345@voip.example.com\n    subscriber_id: 3\n"
error:
  description:
    - C(kind) names the kind of failure, such as V(login_refused), V(bad_option), V(unreachable).
    - C(method), C(path) and C(status) name the request that failed and its HTTP status. They are null if no request
      failed.
    - C(fatal) is present and true if every other task with this connection would fail the same way.
  type: dict
  returned: failure
  sample: {"kind": "bad_option", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
