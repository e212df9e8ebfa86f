# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains of the subscribers, as the panel's published Role/API/Domains.pm shows them (read)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.responses import Response

from . import hal
from .call import Call, check_accept
from .database import as_number, collate
from .errors import ApiError
from .filters import sql_pattern, text_matcher
from .subscribers import Domain

_ORDER: Final[Mapping[str, Callable[[Domain], object]]] = {
    "id": lambda each: each.id,
    "domain": lambda each: collate(each.domain),
    "reseller_id": lambda each: each.reseller_id,
}


def _visible(call: Call) -> Sequence[Domain]:
    """Return all domains for an admin, and a reseller's own for its admins. Subscribers do not get here."""
    domains = call.state.directory.domains.values()
    return [each for each in domains if call.user.role == "admin" or each.reseller_id == call.user.reseller_id]


def _find(domains: Sequence[Domain], query: Mapping[str, str]) -> Sequence[Domain]:
    """Apply the filters. A reseller's admin may also give a `reseller_id`, but finds only its own domains."""
    if "domain" in query:
        matches = text_matcher(query["domain"])
        domains = [each for each in domains if matches(each.domain)]
    if "reseller_id" in query:
        pattern = sql_pattern(query["reseller_id"])
        wanted = None if pattern is None else as_number(pattern)
        domains = [each for each in domains if each.reseller_id == wanted]
    return domains


def _item(call: Call, each: Domain) -> hal.Item:
    shown: dict[str, object] = {"id": each.id, "domain": each.domain}
    if call.user.role == "admin":
        shown["reseller_id"] = each.reseller_id
    return hal.item(shown, "/api/domains/", each.id, {"domainpreferences": f"/api/domainpreferences/{each.id}"})


async def not_simulated(call: Call) -> Response:
    """Refuse what only the real server can do: writing domains."""
    raise ApiError(501, f"The simulator has no {call.request.method} {call.path}")


async def get_domain(call: Call) -> Response:
    """GET of an item. The domain of another reseller counts as absent."""
    domain_id = call.id
    found = next((each for each in _visible(call) if each.id == domain_id), None)
    if found is None:
        raise ApiError(404, "Entity 'domain' not found.")
    check_accept(call)
    return call.item(_item(call, found))


async def list_domains(call: Call) -> Response:
    """GET of a page."""
    found = _find(_visible(call), call.conditions)
    return call.page("domains", found, _ORDER, lambda each: _item(call, each))
