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
  - Fails so that C(ansible-playbook) ends with 4 instead of 2. The playbooks of this collection do so if they
    could not do their work or cannot tell its outcome (C(docs/exit-codes.md)).
  - Ansible shows this as C(UNREACHABLE!), because no other failure ends with 4. The message says that the host was
    reached.
  - It runs on the controller and needs no server. The host takes part in no further task of the run.
author:
  - the ngcp.fax authors (!UNKNOWN)
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details: It stops the host in check mode, too.
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
  msg:
    description:
      - Why the run stops, in a sentence.
    type: str
    required: true
seealso:
  - module: ngcp.fax.fax_report
"""

EXAMPLES = r"""
- name: Compare and write the report; end with 2 only if something differs
  block:
    - name: Run the role
      ansible.builtin.import_role:
        name: ngcp.fax.drift
  rescue:
    - name: End with 4, whatever failed
      ngcp.fax.stop:
        msg: Nobody can say whether anything differs.
"""

RETURN = r"""
msg:
  description: The text of O(msg), followed by a sentence that the host itself was reached.
  type: str
  returned: always
"""
