# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers cost the server: measured on one core of a real panel, a faster one than in docs/ngcp-api.md#costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Bill:
    """What the server did for one request."""

    resource: str = ""
    items: int | None = None
    """How many items it read or made; None as long as nobody said."""
    hashes: int = 0
    """How many passwords it checked."""


@dataclass(frozen=True, slots=True)
class Costs:
    """A price list, in milliseconds."""

    request: int = 0
    password: int = 0
    items: Mapping[str, int] | None = None
    """One item of a resource."""
    other_item: int = 0

    def of(self, bill: Bill) -> int:
        """What a request cost."""
        item = (self.items or {}).get(bill.resource, self.other_item)
        return self.request + bill.hashes * self.password + (bill.items or 0) * item


COSTS: Final[Mapping[str, Costs]] = {
    "none": Costs(),
    "panel": Costs(
        # An item of faxserversettings took 40 in all, an item more on a page 18.
        request=22,
        # bcrypt of cost 13: a login took 508, a GET with Basic 507.
        password=485,
        # An item more on a page: mailtofaxsettings 29 to 35, subscribers 30 to 38.
        items={"faxserversettings": 18, "mailtofaxsettings": 32, "subscribers": 34},
        other_item=18,
    ),
}
"""By the value of the option `costs`."""

ITEMS_BY_METHOD: Final[Mapping[str, int]] = {"GET": 1, "POST": 1, "DELETE": 1, "PATCH": 2, "PUT": 2}
"""How many items a request is worth that shows no page, by method: settings are read and made anew by each write."""
