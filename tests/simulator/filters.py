# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of collections, and the columns that they are ordered by (docs/ngcp-api.md#filters)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from .database import as_number, collate, like
from .subscribers import Subscriber

Test = Callable[[Subscriber], bool]
TEXTS: Final[Mapping[str, Callable[[Subscriber], str | None]]] = {
    "username": lambda each: each.username,
    "domain": lambda each: each.domain,
    "subscriber_external_id": lambda each: each.external_id,
    "customer_external_id": lambda each: each.customer_external_id,
}
"""Filters by a whole text."""
NUMBERS: Final[Mapping[str, Callable[[Subscriber], Iterable[str | None]]]] = {
    "primary_number": lambda each: (each.phone,),
    "alias": lambda each: (each.phone, *("".join(map(str, alias[:3])) for alias in each.aliases)),
}
"""Filters by a whole number, which any of several may be."""
_SECONDS: Final = len("YYYY-MM-DDTHH:MM:SS")
WILDCARD: Final = "*"


def is_text(name: str, value: str | None) -> bool:
    """Return whether the index of a filter has its result; it does not know subscribers without a text."""
    return value is not None and (name in NUMBERS or name in TEXTS)


def like_pattern(wildcards: str) -> str:
    """Return the pattern of LIKE for a text in which `*` is the only wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", wildcards).replace(WILDCARD, "%")


def _text_test(value: str) -> Callable[[str | None], bool]:
    """Return the comparison with a text: like a pattern if it has a wildcard, else as a whole, but for case and blanks
    at the end.
    """
    if WILDCARD in value:
        return like(like_pattern(value))
    wanted = collate(value)
    return lambda text: text is not None and collate(text) == wanted


def _text(read: Callable[[Subscriber], str | None]) -> Callable[[str | None], Test]:
    """Return a filter by a text."""

    def build(value: str | None) -> Test:
        if value is None:
            return lambda each: read(each) is None
        matches = _text_test(value)
        return lambda each: matches(read(each))

    return build


def _whole_text(read: Callable[[Subscriber], str | None]) -> Callable[[str | None], Test]:
    """Return a filter by a text without wildcards: the server turns them into those of LIKE, and then compares."""
    return lambda value: _text(read)(value and value.replace(WILDCARD, "%"))


def _number(read: Callable[[Subscriber], object]) -> Callable[[str | None], Test]:
    """Return a filter by a number."""

    def build(pattern: str | None) -> Test:
        wanted = None if pattern is None else as_number(pattern)
        return lambda each: read(each) == wanted

    return build


def _flag(read: Callable[[Subscriber], object]) -> Callable[[str | None], Test]:
    """Return a filter by a truth value: in the server's language, all but nothing, "" and "0" is true."""
    return lambda pattern: lambda each: bool(read(each)) == (pattern not in (None, "", "0"))


def _moment(read: Callable[[Subscriber], str], fits: Callable[[str, str], bool]) -> Callable[[str | None], Test]:
    """Return a filter by a time, which the database compares without an offset."""
    return lambda value: lambda each: value is not None and fits(read(each)[:_SECONDS].replace("T", " "), value)


def _detail(name: str) -> Callable[[Subscriber], str | None]:
    def read(each: Subscriber) -> str | None:
        value = each.details.get(name)
        return None if value is None else str(value)

    return read


def _any_number(read: Callable[[Subscriber], Iterable[str | None]]) -> Callable[[str | None], Test]:
    """Return a filter by a text that any of some numbers is."""

    def build(value: str | None) -> Test:
        matches = _text_test(value or "")
        return lambda each: any(matches(number) for number in read(each))

    return build


FILTERS: Final[Mapping[str, Callable[[str | None], Test]]] = {
    **{name: _text(read) for name, read in TEXTS.items()},
    "webusername": _whole_text(lambda each: each.webusername),
    "customer_id": _number(lambda each: each.customer_id),
    "reseller_id": _number(lambda each: each.reseller_id),
    # What the contacts of the customers are, no seed says.
    "contact_id": lambda value: lambda each: False,
    "profile_id": _number(lambda each: each.details.get("profile_id")),
    **{name: _any_number(read) for name, read in NUMBERS.items()},
    "pbx_extension": _text(_detail("pbx_extension")),
    "display_name": _text(_detail("display_name")),
    "is_pbx_pilot": _flag(lambda each: each.details.get("is_pbx_pilot")),
    "is_pbx_group": _flag(lambda each: False),
    "is_admin": _flag(lambda each: each.administrative),
    "create_timestamp_gt": _moment(lambda each: each.created, operator.ge),
    "create_timestamp_lt": _moment(lambda each: each.created, operator.le),
    "modify_timestamp_gt": _moment(lambda each: each.modified, operator.ge),
    "modify_timestamp_lt": _moment(lambda each: each.modified, operator.le),
}

ORDER: Final[Mapping[str, Callable[[Subscriber], object]]] = {
    "id": lambda each: each.id,
    "create_timestamp": lambda each: each.created,
    "username": lambda each: collate(each.username),
    "domain_id": lambda each: each.domain_id,
    "contract_id": lambda each: each.customer_id,
    "primary_number_id": lambda each: each.number[3] if each.number else 0,
    "external_id": lambda each: collate(each.external_id or ""),
    "uuid": lambda each: each.uuid,
    "status": lambda each: each.status,
}
"""Columns that `order_by` knows. Others are ignored."""


def sql_pattern(value: str) -> str | None:
    """Return a filter's value as the server reads it: `*` becomes `%`, and NULL matches subscribers without a value."""
    return None if value == "NULL" else value.replace("*", "%")


def text_matcher(value: str) -> Callable[[object], bool]:
    """Return the predicate of a filter by LIKE with this value."""
    pattern = sql_pattern(value)
    if pattern is None:
        return lambda each: each is None
    matches = like(pattern)
    return lambda each: matches(None if each is None else str(each))
