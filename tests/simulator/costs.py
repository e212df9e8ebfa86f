# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Costs of answers, in milliseconds, as measured on one core of a real panel (docs/ngcp-api.md#costs)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

WRITES: Final = ("PATCH", "PUT")
"""Methods that re-create what there is."""
JOURNAL: Final = "journal"
"""What a page of a journal is billed as, of whatever resource it is."""
JOURNAL_ENTRY: Final = "journal entry"
"""What one entry of a journal is billed as."""


@dataclass(slots=True)
class Bill:
    """Work of the server for one request."""

    method: str = ""
    resource: str = ""
    items: int | None = None
    """Number of items that it read or created. None if no handler has reported it: the request was refused."""
    hashes: int = 0
    """Number of passwords that it checked."""
    searches: bool = False
    """Whether it looked for items by a filter."""
    counts: bool = True
    """Whether it counted the items of a collection."""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a resource."""

    read: int = 0
    """Price of a request that reads, without its items."""
    item: int = 0
    """Price of each item."""
    write: int | None = None
    """Price of a PATCH or a PUT. None: that of reading two items."""
    search: int = 0
    """Price of looking for items by a filter."""

    def of(self, bill: Bill) -> int:
        """Return the price of a request that was not refused."""
        if bill.method in WRITES:
            return self.read + 2 * self.item if self.write is None else self.write
        return self.read + bill.searches * self.search + (bill.items or 0) * self.item


@dataclass(frozen=True, slots=True)
class Costs:
    """Price list."""

    refusal: int = 0
    """Price of a request that is answered without looking at an item, such as a 404."""
    refused_write: int = 0
    """Price of a write whose values are refused."""
    password: int = 0
    resources: Mapping[str, Prices] = field(default_factory=dict)
    other: Prices = Prices()

    def of(self, bill: Bill, no_count_saves: int = 0) -> int:
        """Return the cost of a request. A page whose items are not counted is cheaper by so many per cent."""
        return self._request(bill) * (100 - (0 if bill.counts else no_count_saves)) // 100 + bill.hashes * self.password

    def _request(self, bill: Bill) -> int:
        prices = self.resources.get(bill.resource, self.other)
        if bill.items is not None:
            return prices.of(bill)
        if bill.method in WRITES and bill.status == 422:
            return self.refused_write
        # It has done its work, and then the database has refused it.
        if bill.method in WRITES and bill.status == 500:
            return prices.of(bill)
        return self.refusal


COSTS: Final[Mapping[str, Costs]] = {
    "none": Costs(),
    "panel": Costs(
        refusal=22,
        refused_write=52,
        # bcrypt of cost 13: a login takes 490 ms.
        password=468,
        resources={
            "faxserversettings": Prices(read=31, item=26, write=99),
            "mailtofaxsettings": Prices(read=41, item=40, write=138),
            # A look-up by name takes 116 ms, an item by its id 63.
            "subscribers": Prices(read=16, item=47, search=53),
            "faxes": Prices(read=22, item=47),
            "faxrecordings": Prices(read=25),
            JOURNAL: Prices(read=78),
            JOURNAL_ENTRY: Prices(read=38),
        },
        other=Prices(read=22, item=18),
    ),
}
"""Price lists by the value of the option `costs`."""
