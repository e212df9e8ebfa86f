# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's filters of subscribers, as data. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    shown_in: tuple[str, ...] = ()
    """The keys of an item that contain what the server filters by; empty if items do not contain it."""
    contains: bool = False
    """True for a telephone number, of which the server also returns those that only contain the requested one."""

    def values(self, item: JsonMapping) -> list[str]:
        """Return the values of an item to compare, in lower case."""
        values = numbers(item) if self.contains else (item.get(name) for name in self.shown_in)
        return [str(value).casefold() for value in values]

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
    Filter("domain", "str", "domain", ("domain",)),
    Filter("customer_id", "int", "customer_id", ("customer_id",)),
    Filter("customer_external_id", "str", "customer_external_id"),
    Filter("reseller_id", "int", "reseller_id"),
    Filter("profile_id", "int", "profile_id", ("profile_id",)),
    Filter("alias", "str", "alias", ("primary_number", "alias_numbers"), contains=True),
)


def may_select(match: JsonMapping, item: JsonMapping) -> bool:
    """Return False if an item shows that `match`, which has keys of `FILTERS`, does not select it."""
    for each in FILTERS:
        value = match.get(each.name)
        is_shown = value is not None and not item.keys().isdisjoint(each.shown_in)
        if is_shown and str(value).casefold() not in each.values(item):
            return False
    return True
