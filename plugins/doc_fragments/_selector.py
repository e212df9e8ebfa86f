# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task names a subscriber, which it must or, with `selector.optional`, may."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  subscriber_id:
    description:
      - The subscriber's id. Nobody is looked up, which saves a request.
      - Exactly one of O(subscriber_id), O(subscriber) and O(external_id) must be given.
    type: int
  subscriber:
    description:
      - The subscriber's name, V(user@domain), upper or lower case.
    type: str
  external_id:
    description:
      - The subscriber's external id. Quote it if it looks like a number.
    type: str
"""
    # Annotated, for sanity tests take a plain assignment for a literal text.
    OPTIONAL: str = DOCUMENTATION.replace("Exactly one of", "At most one of").replace("must be given", "may be given")
