# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that select subscribers by their attributes."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  domain:
    description:
      - Only subscribers of this domain. Case does not matter.
    type: str
  customer_id:
    description:
      - Only subscribers of the customer with this id.
    type: int
  customer_external_id:
    description:
      - Only subscribers of the customer with this external id. Quote it if it looks like a number.
    type: str
  reseller_id:
    description:
      - Only subscribers of the reseller with this id.
    type: int
  profile_id:
    description:
      - Only subscribers with this subscriber profile, by its id.
    type: int
  alias:
    description:
      - Only the subscriber that has this number, as its primary number or as an alias.
      - Give the whole number with country code, digits only, in quotes.
    type: str
  active:
    description:
      - V(true) selects subscribers for which at least one of the settings that are read is active, V(false) those for
        which none is.
    type: bool
notes:
  - A filter is one whole value without a wildcard. If you give several filters, a subscriber must match all of them.
  - The server ignores a filter that it does not know, so the module checks each filter against the answer. An item does
    not show O(reseller_id) and O(customer_external_id); for these the module first asks whether the server knows them.
"""
