#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: fax_state_info
short_description: Check state files and summarize what they declare
version_added: 0.1.0
description:
  - Reads state files, which declare the fax and mail2fax settings of many subscribers in YAML, JSON or CSV, and
    checks everything in them.
  - Runs on the controller and needs no server. One message lists all problems of all files, each with file, line and
    entry. Use it to check state files before you merge them.
  - C(docs/state-files.md) of the collection describes the format, and C(docs/state-file.schema.json) is a JSON Schema
    of it for editors.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes.controller
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  src:
    description:
      - State files, folders, and globs such as V(customers/*.yml). Folders are read with everything below them.
      - A relative path is looked up like O(ansible.builtin.copy#module:src), and then in the folder in which Ansible
        was started.
      - In folders and globs, the module skips hidden files and files that do not end in C(.yml), C(.yaml), C(.json)
        or C(.csv). It follows links inside the source. It refuses a link that leads outside or to nothing, and a
        FIFO, socket or device with the name of a state file.
    type: list
    elements: path
    required: true
  progress:
    description:
      - Whether to report on standard error how much has been decrypted, if that takes long. On a terminal this is one
        line that is updated in place, elsewhere one line every five seconds.
    type: bool
    default: true
notes:
  - The module runs as the user that runs Ansible and refuses to C(become) another one. Set C(become=false) for the
    task.
  - Files and values (C(!vault)) that C(ansible-vault) has encrypted are decrypted with the vault passwords of the
    run.
  - The playbook C(ngcp.fax.validate) runs this module.
"""

EXAMPLES = r"""
- name: Check all state files in a folder
  ngcp.fax.fax_state_info:
    src: subscribers/

- name: Check some state files
  ngcp.fax.fax_state_info:
    src:
      - customers/*.yml
      - hotel.csv
"""

RETURN = r"""
files:
  description: Files that were read, in order.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: Path of the file, relative to the folder in which Ansible was started if it is below that.
      type: str
      returned: always
    entries:
      description: Number of entries in the file.
      type: int
      returned: always
  sample: [{"path": "subscribers/clinic.yml", "entries": 12}]
totals:
  description: Numbers of all files together.
  type: dict
  returned: success
  contains:
    entries:
      description: Number of entries.
      type: int
      returned: always
    sets:
      description: Number of these that name a set of subscribers (C(match)) instead of a single one.
      type: int
      returned: always
  sample: {"entries": 12, "sets": 1}
problems:
  description:
    - All problems, one sentence each, which begins with its place, C(file:line). Secrets are never quoted.
    - A sentence that applies to several places is listed once, with the first place and the number of the others.
    - The message of the failure contains the first 100 of them.
  type: list
  elements: str
  returned: failure
  sample: ["subscribers/clinic.yml:7: fax@example.com: faxserver_settings.actve is not an option; did you mean active?"]
error:
  description:
    - C(kind) names the kind of failure, such as V(bad_option) (a file is invalid, or cannot be read).
    - C(method), C(path) and C(status) are null, because the module needs no server.
  type: dict
  returned: failure
  sample: {"kind": "bad_option", "method": null, "path": null, "status": null}
"""
