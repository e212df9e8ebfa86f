# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that name a subscriber. A task must give one of them or, with `selector.optional`, may."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  subscriber_id:
    description:
      - Id of the subscriber. It needs no lookup, which saves a request.
      - At least one of O(subscriber_id), O(subscriber) and O(external_id) must be given.
      - Beside O(subscriber) or O(external_id), the id finds the subscriber, and the name is verified before anything is
        written. If the id is gone or belongs to somebody else by now, the subscriber is looked up by name.
    type: int
  subscriber:
    description:
      - Name of the subscriber, V(user@domain). Case does not matter.
    type: str
  external_id:
    description:
      - External id of the subscriber. Quote it if it looks like a number.
    type: str
"""
    # The annotation keeps sanity tests, which evaluate a plain assignment as a literal, from failing.
    OPTIONAL: str = DOCUMENTATION.replace(
        "      - At least one of O(subscriber_id), O(subscriber) and O(external_id) must be given.\n", ""
    )
