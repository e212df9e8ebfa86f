# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for how much to request at once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  page_size:
    description:
      - How many items to request at once, at most 1000.
      - An item costs the server 26 to 47 ms. A page of 50 takes one to two and a half seconds, far below the timeout of
        a proxy; a page of 1000 takes up to 47 seconds.
    type: int
    default: 50
  workers:
    description:
      - How many requests to send at the same time, for pages or for single items, at most 32.
    type: int
    default: 4
"""
