# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs of answers, measured on one core of a real panel, which is faster than that of docs/ngcp-api.md#costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Bill:
    """Work of the server for one request."""

    resource: str = ""
    items: int | None = None
    """Number of items that it read or created. None if no handler has reported it."""
    hashes: int = 0
    """Number of passwords that it checked."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Price list, in milliseconds."""

    request: int = 0
    password: int = 0
    items: Mapping[str, int] | None = None
    """Cost of one item of a resource."""
    other_item: int = 0

    def of(self, bill: Bill) -> int:
        """Return the cost of a request."""
        item = (self.items or {}).get(bill.resource, self.other_item)
        return self.request + bill.hashes * self.password + (bill.items or 0) * item


COSTS: Final[Mapping[str, Costs]] = {
    "none": Costs(),
    "panel": Costs(
        # A single item of faxserversettings took 40 ms, a further item on a page 18 ms.
        request=22,
        # bcrypt of cost 13: a login took 508 ms, a GET with Basic 507 ms.
        password=485,
        # A further item on a page took: mailtofaxsettings 29 to 35 ms, subscribers 30 to 38 ms.
        items={"faxserversettings": 18, "mailtofaxsettings": 32, "subscribers": 34},
        other_item=18,
    ),
}
"""Price lists by the value of the option `costs`."""

ITEMS_BY_METHOD: Final[Mapping[str, int]] = {"GET": 1, "POST": 1, "DELETE": 1, "PATCH": 2, "PUT": 2}
"""Number of items that a request without a page counts as, by method: each write reads and re-creates the settings."""
