# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters of subscribers, as data. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.types import JsonMapping


@dataclass(frozen=True)
class Filter:
    """An option that selects subscribers, and the server's parameter for it."""

    name: str
    type: str
    """Ansible's name of the option's type."""
    parameter: str
    """The server's name of the filter."""
    values: Callable[[JsonMapping], Iterable[object]] | None = None
    """Returns the values of an item to compare; None if items do not contain what the server filters by."""
    contains: bool = False
    """True if the server also returns values that only contain the requested one."""

    @property
    def impossible(self) -> str:
        """A value that no subscriber has."""
        return "0" if self.type == "int" else "ngcp.fax asks whether this filter is known"


def numbers(item: JsonMapping) -> Iterator[str]:
    """Yield the telephone numbers of a subscriber, digits only, the primary one first."""
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
