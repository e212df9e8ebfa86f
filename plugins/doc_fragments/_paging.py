# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is asked for at once, where many items are read."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  page_size:
    description:
      - How many items to ask for at once, at most 1000.
      - An item costs the server 18 to 35 ms. So a page of 50 takes it one to two seconds, far below what a proxy waits,
        and a page of 1000 up to half a minute.
    type: int
    default: 50
  workers:
    description:
      - How many pages, or items where they are read or written one by one, are asked for at the same time, at most 32.
    type: int
    default: 4
"""
