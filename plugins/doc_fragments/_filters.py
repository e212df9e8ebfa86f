# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which subscribers are meant where they are not named."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  domain:
    description:
      - Only subscribers of this domain, upper or lower case.
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
      - Only subscribers with the subscriber profile of this id.
    type: int
  alias:
    description:
      - Only the subscriber who has this number, as its primary one or as an alias.
      - It is the whole number with country code, digits only, and quoted.
    type: str
  active:
    description:
      - With V(true) only subscribers of whose settings that are read at least one resource is active, with V(false)
        only those of whose settings none is.
    type: bool
notes:
  - A filter is one whole value without a wildcard. Several filters must all fit.
  - The server ignores a filter that it does not know, so each is checked against what came back. An item does not show
    O(reseller_id) and O(customer_external_id), so the module first asks whether the server knows them.
"""
