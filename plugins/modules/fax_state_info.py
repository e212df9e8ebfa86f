#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_state_info
short_description: Check state files, and say what they declare
version_added: 0.1.0
description:
  - Reads state files, which declare the fax and mail2fax settings of many subscribers in YAML, JSON or CSV, and checks
    all of what they say.
  - It runs on the controller and needs no server. All errors of all files are in one message, each with file, line and
    entry, so that it can check them before they are merged.
  - The format is described in C(docs/state-files.md) of the collection, and by a JSON Schema for editors in
    C(docs/state-file.schema.json).
author:
  - the ngcp.fax authors (!UNKNOWN)
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check mode) when in diff mode.
    support: none
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  action:
    description: Has an action plugin, which does all of it on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  src:
    description:
      - State files, folders with state files in them and below, and globs such as V(customers/*.yml).
      - A relative path is looked for where O(ansible.builtin.copy#module:src) is, and then where Ansible was started.
      - In folders and globs, hidden files and what does not end in C(.yml), C(.yaml), C(.json) or C(.csv) is passed
        over. Links are followed inside of the source. A link that leads out of it or to nothing is refused, and so is a
        FIFO, a socket or a device with the name of a state file.
    type: list
    elements: path
    required: true
  progress:
    description:
      - Whether to tell on the standard error how much of what is encrypted has been decrypted, if that takes long. On a
        terminal that is one line that moves, elsewhere a line every five seconds.
    type: bool
    default: true
notes:
  - The module works as the user that runs Ansible, and refuses to C(become) another one (set C(become=false) then).
  - What C(ansible-vault) has encrypted, a whole file or a value (C(!vault)), is decrypted with the vault passwords of
    the run.
  - The playbook C(ngcp.fax.validate) is one task with this module.
"""

EXAMPLES = r"""
- name: The state files are right
  ngcp.fax.fax_state_info:
    src: subscribers/

- name: These, too
  ngcp.fax.fax_state_info:
    src:
      - customers/*.yml
      - hotel.csv
"""

RETURN = r"""
files:
  description: The files that were read, in order.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: The file, from the folder in which Ansible was started if it is below that.
      type: str
      returned: success
    entries:
      description: How many entries it has.
      type: int
      returned: success
  sample: [{"path": "subscribers/clinic.yml", "entries": 12}]
entries:
  description: How many entries there are in all files.
  type: int
  returned: success
  sample: 12
sets:
  description: How many of the entries name a set of subscribers (C(match)) instead of a single one.
  type: int
  returned: success
  sample: 1
problems:
  description:
    - All that is wrong, a sentence each that begins with its place, C(file:line). No secret is in it.
    - A sentence that is the same at several places is there once, with the number of the others and the first of them.
    - The message holds the first 100 of them.
  type: list
  elements: str
  returned: failure
  sample: ["subscribers/clinic.yml:7: 43123@voip.example.com: faxserver_settings.actve is no option; is it active?"]
"""
