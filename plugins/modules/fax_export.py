#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_export
short_description: Write the fax and mail2fax settings that there are into state files
version_added: 0.1.0
description:
  - Reads the settings of everybody whom the login sees, or of O(scope), and writes them on the controller as state
    files, which M(ngcp.fax.fax_subscribers) takes as O(ngcp.fax.fax_subscribers#module:src).
  - Sends no write to the server, so a login that may only read is enough.
  - A file is written only if it says something else than the server. Comments, and the order of entries, stay. Who is
    new on the server is added, and who is gone from it is removed.
  - A file belongs to the export if it has the export's lines (C(# ngcp.fax.export)) at its head. Entries about sets
    (C(match)) and C(defaults) in it are somebody else's, and stay.
  - Everybody is read, and all files are made, before the first one is put in its place.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes
  - ngcp.fax._connection
  - ngcp.fax._paging
attributes:
  check_mode:
    support: full
    details: Everybody is read, nothing is written.
  diff_mode:
    support: full
    details: Entries are shown in the form of a new file, without any secret.
  idempotent:
    support: full
    details: A second export of an unchanged server leaves every file as it is, byte for byte.
  action:
    description: Has an action plugin, which does all of it on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  dest:
    description:
      - The folder for the files on the controller. It is made if it is not there, the one above it is not.
    type: path
    required: true
  layout:
    description:
      - What gets a file of its own, V(customer) (such as C(customer-17.yml)) or V(domain)
        (C(domain-voip.example.com.yml)); with V(one) all are in C(subscribers.yml).
      - With another layout the files of the one before are removed, if nothing else is in them.
    type: str
    choices: [customer, domain, one]
    default: customer
  name_by:
    description:
      - What an entry names its subscriber by.
      - Who has no external id, one that another of those read has too, or one that cannot be written, is named by
        V(subscriber); who cannot be named so, by V(subscriber_id).
    type: str
    choices: [subscriber, subscriber_id, external_id]
    default: subscriber
  scope:
    description:
      - Only those who fit all that is given. In the files of the export others stay as they are; those of whom neither
        the file nor the name tells that they are others are looked up, and go if they are gone from the server.
    type: dict
    suboptions:
      domain:
        description: Those of this domain.
        type: str
      customer_id:
        description: Those of the customer with this id.
        type: int
      customer_external_id:
        description: Those of the customer with this external id.
        type: str
      profile_id:
        description: Those with this subscriber profile.
        type: int
  omit_defaults:
    description:
      - Whether to leave out what equals the server's defaults, and whoever has nothing else. It is not watched then, as
        RV(not_watched) and the head of each file say.
    type: bool
    default: false
  secrets:
    description:
      - What becomes of C(password) and C(secret_key). V(omit) leaves them out, V(vault) encrypts them by a vault
        password of the run, V(plain) writes them as they are, into files that only their owner may read.
      - A C(!vault) value that decrypts to the server's secret stays byte for byte.
      - With V(vault) other texts are encrypted too, if state files refuse them otherwise, such as one with C({{ … }}).
    type: str
    choices: [omit, vault, plain]
    default: omit
  vault_id:
    description:
      - The vault id to encrypt with. Without it the one that C(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names
        (C(vault_encrypt_identity) in C(ansible.cfg)) is taken, or the only password of the run. If there are several,
        one must be named.
      - Encrypted values name the id, unless it is V(default).
    type: str
  adopt:
    description:
      - Whether a file that no export has written, and that has the name of one, is brought up to date. It belongs to
        the export from then on.
    type: bool
    default: false
  mode:
    description:
      - The mode of new files. By default it is that of any new file.
      - With O(secrets=plain) and without this option, only the owner may read and write the files, also those that are
        there already. Otherwise files that are there keep their mode.
      - An octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which is added to or taken
        from V("0600"). The owner must be able to do all that others may.
    type: raw
  directory_mode:
    description:
      - The mode of O(dest) if it is made. By default it is that of any new folder or, with O(secrets=plain), only its
        owner may enter it.
      - It is written like O(mode). Folders that are there keep theirs.
    type: raw
  allow_empty:
    description:
      - Whether it is no failure that nobody is found. Files of the export are emptied then.
    type: bool
    default: false
  progress:
    description:
      - Whether to tell on the standard error how far the task is. On a terminal that is one line that moves, elsewhere
        a line every five seconds.
      - Only a task that runs in Ansible's own process can tell it.
    type: bool
    default: true
requirements:
  - ruamel.yaml, only to change an entry that has comments inside
notes:
  - Two exports into the same folder wait for each other. The next one removes the temporary files of one that was
    killed.
  - The module works as the user that runs Ansible, and refuses to C(become) another one. Set C(become=false) for it.
seealso:
  - module: ngcp.fax.fax_subscribers
  - module: ngcp.fax.fax_state_info
"""

EXAMPLES = r"""
- name: What there is, a file for each customer
  ngcp.fax.fax_export:
    api_url: https://ngcp.example.com:1443
    api_username: reader
    api_password: "{{ vault_ngcp_password }}"
    dest: "{{ playbook_dir }}/subscribers"

- name: One domain, with its secrets
  ngcp.fax.fax_export:
    scope: {domain: voip.example.com}
    layout: domain
    secrets: vault
    vault_id: fax
    dest: "{{ playbook_dir }}/subscribers"
"""

RETURN = r"""
dest:
  description: The folder.
  type: str
  returned: success
  sample: subscribers
files:
  description: The files of the export, by name.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: The file.
      type: str
      returned: success
    entries:
      description: How many entries it has.
      type: int
      returned: success
    state:
      description: What became of it, or would in check mode; V(unchanged), V(new), V(changed) or V(removed).
      type: str
      returned: success
  sample: [{"path": "subscribers/customer-17.yml", "entries": 12, "state": "changed"}]
subscribers:
  description: How many subscribers were read.
  type: int
  returned: success
  sample: 12
not_written:
  description: Whose settings hold what no state file can, with the options that are left out for it.
  type: list
  elements: dict
  returned: success
  contains:
    subscriber:
      description: Who it is.
      type: str
      returned: success
    options:
      description: The options.
      type: list
      elements: str
      returned: success
  sample: [{"subscriber": "4312345@voip.example.com", "options": ["faxserver_settings.name"]}]
not_watched:
  description: What the files leave out of everybody, so that nobody sees a change of it.
  type: list
  elements: str
  returned: success
  sample: ["secrets (password, secret_key)"]
error:
  description:
    - C(kind) says what kind of failure it was, such as V(login_refused), V(bad_option), V(unreachable).
    - C(method), C(path) and C(status) say which request failed and with which HTTP status; null if none did.
    - C(fatal) is there and true if every further task with this connection would fail the same way.
  type: dict
  returned: failure, unless the options themselves are wrong
  sample: {"kind": "bad_option", "method": null, "path": null, "status": null}
"""

from ansible_collections.ngcp.fax.plugins.module_utils._internal.export.export import JOB
from ansible_collections.ngcp.fax.plugins.module_utils._internal.runner import run


def main() -> None:
    run(JOB)


if __name__ == "__main__":
    main()
