#!/usr/bin/python
# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: stop
short_description: Stop a host so that ansible-playbook ends with 4
version_added: 0.1.0
description:
  - Fails in such a way that C(ansible-playbook) ends with 4 instead of 2. The playbooks of this collection use it if
    they could not do their work or cannot tell its outcome (C(docs/exit-codes.md)).
  - Ansible shows this as C(UNREACHABLE!), because no other failure ends with 4. The message says that the host was
    reached.
  - Runs on the controller and needs no server. The host takes part in no further task of the run.
author:
  - the ngcp.fax authors (!UNKNOWN)
extends_documentation_fragment:
  - ngcp.fax._attributes.controller
attributes:
  check_mode:
    support: full
    details: The module stops the host in check mode, too.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  msg:
    description:
      - Reason for stopping, as a sentence.
    type: str
    required: true
seealso:
  - module: ngcp.fax.fax_report
"""

EXAMPLES = r"""
- name: Write the drift report, and end with 2 only if something differs
  block:
    - name: Run the role
      ansible.builtin.import_role:
        name: ngcp.fax.drift
  rescue:
    - name: End with 4 after any failure
      ngcp.fax.stop:
        msg: It is not known whether anything differs.
"""

RETURN = r"""
msg:
  description: Text of O(msg), followed by a sentence that the host itself was reached.
  type: str
  returned: always
"""
