# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selector -> subscriber (ngcp-api.md, "Collections")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.ngcp.fax.plugins.module_utils.api import Client
from ansible_collections.ngcp.fax.plugins.module_utils.errors import Ambiguous, NotFound, NotNgcp
from ansible_collections.ngcp.fax.plugins.module_utils.resources import JsonObject

# One subscriber is looked for; more come back only where its name holds a wildcard of SQL's.
PAGE = 10


@dataclass(frozen=True)
class Subscriber:
    """Who a task is about. Named by id, nobody is looked up and only the id is known."""

    id: int
    username: str | None = None
    domain: str | None = None

    def __str__(self) -> str:
        return f"{self.username}@{self.domain}" if self.username else f"subscriber {self.id}"

    def as_dict(self) -> JsonObject:
        return asdict(self)


def find(client: Client, options: Mapping[str, Any]) -> Subscriber:
    """The one subscriber that the selector in `options` names: by `subscriber_id` without a request, otherwise by one.

    Raises `NotFound` and `Ambiguous`; `NotNgcp` where the server answers another question than the one asked.
    """
    if options.get("subscriber_id"):
        return Subscriber(options["subscriber_id"])
    if options.get("external_id"):
        wanted = {"external_id": options["external_id"]}
        name, filters = f"external_id '{options['external_id']}'", {"subscriber_external_id": options["external_id"]}
    else:
        username, _at, domain = options["subscriber"].rpartition("@")
        wanted = {"username": username, "domain": domain}
        name, filters = options["subscriber"], wanted
    where = ("GET", "/api/subscribers/")
    found = []
    exact = {key: value.casefold() for key, value in wanted.items()}
    likes = {key: _like(value) for key, value in exact.items()}
    for item in client.items("subscribers", {**filters, "order_by": "id"}, PAGE):
        there = {key: str(item.get(key)).casefold() for key in exact}
        if not all(likes[key].fullmatch(text) for key, text in there.items()):
            raise NotNgcp(
                f"The server was asked for {name} and answered with somebody else",
                "It does not know this filter: name the subscriber by subscriber_id.",
                *where,
            )
        if there == exact:
            found.append(item)
    if not found:
        raise NotFound(
            f"There is no subscriber {name}",
            "Check the name; a terminated subscriber, or one of another reseller, is not found either.",
            *where,
        )
    if len(found) > 1:
        ids = ", ".join(str(item["id"]) for item in found)
        raise Ambiguous(
            f"More than one subscriber is {name} (ids {ids})",
            "Name the one by subscriber_id.",
            *where,
        )
    return Subscriber(found[0]["id"], found[0]["username"], found[0]["domain"])


def _like(value: str) -> re.Pattern[str]:
    """What the server's comparison lets through for `value`: `_` is any letter and `%` any text, as in SQL.

    Anything else that comes back was not asked for: an unknown filter is ignored (design rule 9).
    """
    wildcards = {"_": ".", "%": ".*"}
    return re.compile("".join(wildcards.get(letter) or re.escape(letter) for letter in value), re.DOTALL)
