# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for the modes of new files and folders, which only their owner can access by default."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  mode:
    description:
      - Mode of new files. By default only their owner can read and write them.
      - Give an octal number in quotes, such as V("0640"), or a symbolic mode, such as V(g+r), which changes V("0600").
        The owner must have every permission that others have.
      - Existing files keep their mode.
    type: raw
  directory_mode:
    description:
      - Mode of new folders, in the same format as O(mode). By default only their owner can enter them.
      - Existing folders keep their mode.
    type: raw
"""
