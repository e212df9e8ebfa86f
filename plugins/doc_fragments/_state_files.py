# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for the state files that declare the settings of many subscribers."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  src:
    description:
      - State files on the controller, folders of them, or globs. A relative path starts at the playbook or role, or at
        the current directory. In a folder, every C(.yml), C(.yaml), C(.json) and C(.csv) file below it is read.
      - Files and values may be encrypted with ansible-vault. State files are data; templates are refused.
      - C(docs/state-files.md) of the collection describes the format.
    type: list
    elements: path
  allow_empty:
    description:
      - Whether a set (O(subscribers[].match)) may contain no subscriber.
    type: bool
    default: false
"""
