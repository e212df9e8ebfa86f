# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selectors: the options by which a task or an entry names one subscriber. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.problem import Problem, Problems
from ansible_collections.ngcp.fax.plugins.module_utils._internal.model.quoting import NOT, if_word
from ansible_collections.ngcp.fax.plugins.module_utils._internal.options.checks import (
    Options,
    OptionSpecs,
    hidden_problems,
    not_between,
)

SELECTOR: OptionSpecs = {
    "subscriber_id": {"type": "int"},
    "subscriber": {"type": "str"},
    "external_id": {"type": "str"},
}
# Texts that are certainly right: no space, nothing invisible, no wildcard.
_RIGHT: Mapping[str, re.Pattern[str]] = {
    "subscriber": re.compile(r"[!-)+-~]+@[!-)+-~]+"),
    "external_id": re.compile(r"[!-)+-~]+"),
}


class SubscriberKey(NamedTuple):
    """A selector in a form that can be compared: equal keys name the same subscriber."""

    option: str
    """The option that names the subscriber, one of `SELECTOR`, or `match` for a set."""
    text: str
    """Its value in lower case."""

    @classmethod
    def of(cls, option: str, value: object) -> SubscriberKey:
        """Return the key of an option's value, as it was written."""
        return cls(option, str(value).casefold())


NAME_OPTIONS: tuple[str, str] = ("subscriber", "external_id")
"""The selectors that may stand beside an id: the id finds the subscriber, and the name is verified."""

Name = tuple[str, str]
"""One of `NAME_OPTIONS`, and its value as it was written."""


@dataclass(frozen=True)
class Selector:
    """The options that name one subscriber: an id, one of `NAME_OPTIONS`, or both."""

    subscriber_id: int | None = None
    subscriber: str | None = None
    """`user@domain`."""
    external_id: str | None = None

    def __bool__(self) -> bool:
        return bool(self.subscriber_id or self.subscriber or self.external_id)

    @property
    def name(self) -> Name | None:
        """The name, if one is given."""
        if self.subscriber:
            return "subscriber", self.subscriber
        return ("external_id", self.external_id) if self.external_id else None


def is_one_subscriber(given: Sequence[str]) -> bool:
    """Return True if the selectors `given` may stand together: one of them, or an id with one name."""
    return len(given) == 1 or (len(given) == 2 and given[0] == "subscriber_id" and given[1] in NAME_OPTIONS)


def is_plainly_right(option: str, value: object) -> bool:
    """Return True if a selector is certainly right, with a value of the right type; False if it needs a check."""
    if option in _RIGHT:
        return isinstance(value, str) and _RIGHT[option].fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def selector_problems(options: Options) -> Problems:
    """Yield problems of a selector that would match no subscriber, or another one.

    The server takes `*` for a wildcard (docs/ngcp-api.md#filters, docs/design.md#check-what-came-back).
    """
    name = options.get("subscriber")
    if isinstance(name, str):
        username, at, domain = name.rpartition("@")
        if not (username and at and domain):
            yield Problem(("subscriber",), f"must be user@domain{if_word(name, NOT) if may_be_name(name) else ''}.")
    for option in ("subscriber", "external_id"):
        value = options.get(option)
        if isinstance(value, str) and re.search(r"[ \t\n\r\f\v]", value):
            yield Problem((option,), "must not hold a space or a line break.")
        elif isinstance(value, str):
            yield from hidden_problems((option,), value)
        if isinstance(value, str) and "*" in value:
            given = if_word(value, " ('{}')")
            yield Problem((option,), f"must not hold the wildcard '*'{given}: it names one subscriber.")
    if options.get("external_id") == "":
        yield Problem(("external_id",), "must not be empty.")
    yield from not_between(options, "subscriber_id", 1, math.inf)


def may_be_name(subscriber: str) -> bool:
    """Return True if a text in the place of a subscriber may be shown: an address, or a plain word. A PIN or a password
    stands there if a row of CSV is shifted.
    """
    return "@" in subscriber or re.fullmatch(r"[a-z][a-z.-]*\d{0,3}", subscriber) is not None
