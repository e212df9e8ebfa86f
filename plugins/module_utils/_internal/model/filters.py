# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters of subscribers, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Filter:
    """Which subscribers are meant: `parameter` is the server's, `type` Ansible's.

    `values` are what an item says about it; None if the server filters by what it does not show. `contains`: the server
    lets through what only contains the value.
    """

    name: str
    type: str
    parameter: str
    values: Callable[[Mapping[str, Any]], Iterable[Any]] | None = None
    contains: bool = False

    @property
    def impossible(self) -> str:
        """A value that nothing has."""
        return "0" if self.type == "int" else "ngcp.fax asks whether this filter is known"


def numbers(item: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of a subscriber, digits only, the primary one first."""
    for number in (item.get("primary_number"), *(item.get("alias_numbers") or ())):
        if isinstance(number, Mapping):
            yield "".join(str(number.get(part) or "") for part in ("cc", "ac", "sn"))


FILTERS = (
    Filter("domain", "str", "domain", lambda item: [item.get("domain")]),
    Filter("customer_id", "int", "customer_id", lambda item: [item.get("customer_id")]),
    Filter("customer_external_id", "str", "customer_external_id"),
    Filter("reseller_id", "int", "reseller_id"),
    Filter("profile_id", "int", "profile_id", lambda item: [item.get("profile_id")]),
    Filter("alias", "str", "alias", numbers, contains=True),
)
