# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that limit what a run over many subscribers may change."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  max_changes:
    description:
      - How many subscribers the run may change. Give a number such as V(50), or a percentage such as V(5%) of all
        subscribers that the entries name, rounded down. A percentage above V(0%) allows at least one change.
      - If there are more changes, the task writes nothing and fails.
    type: raw
  max_deactivations:
    description:
      - How many subscribers may lose an active fax or mail2fax. If there are more, the task writes nothing and fails.
    type: int
  max_failures:
    description:
      - After this many failed subscribers, the run writes no other one. If as many fail before the first write, it
        writes nothing.
    type: int
  recheck_after:
    description:
      - How many seconds after it has read the settings of a subscriber the run reads them again before it writes them.
        V(0) reads them again in any case.
      - Whatever their age, they are read again if what is written depends on them, with O(plan), and if somebody would
        be deactivated.
    type: int
    default: 60
"""
