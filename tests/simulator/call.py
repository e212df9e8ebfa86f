# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An authorized request, and checks that every handler makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from . import hal, perl
from .costs import JOURNAL, JOURNAL_ENTRY, Bill
from .errors import ApiError, crash
from .state import State
from .subscribers import Subscriber, User
from .wellformed import Malformed, parse

T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """Request that was authorized."""

    state: State
    request: Request
    user: User
    query: Mapping[str, str]
    bare: Sequence[str]
    """Parameters without a value."""
    bill: Bill
    resource: str
    id_text: str
    entry_text: str
    """Requested journal entry."""

    @property
    def path(self) -> str:
        return str(self.request.scope["path"])

    @property
    def conditions(self) -> Mapping[str, str]:
        """Return the query as the filters read it: NULL is what has no value."""
        return {**self.query, **dict.fromkeys(self.bare, "NULL")} if self.bare else self.query

    @property
    def id(self) -> int:
        """Return the id in the path, or refuse with status 400."""
        return whole_number(self.id_text)

    def page(
        self,
        relation: str,
        items: Sequence[T],
        order: Mapping[str, Callable[[T], Any]],
        show: Callable[[T], hal.Item],
    ) -> Response:
        """Return the page that the query asks for."""
        page: hal.Page[T] = hal.Page(self.path, f"ngcp:{relation}", self.query, self.bare, self.state.options)
        self.bill.counts = page.counts
        text, self.bill.items = page.render(items, order, show)
        response = hal.hal_response(text, self.request.headers.get("accept"))
        if self.bill.items and self._expands_wrongly:
            response.status_code = 409
        return response

    def item(self, item: hal.Item, headers: Mapping[str, str] | None = None) -> Response:
        """Answer with one item, and with its journal in a header."""
        response = hal.hal_response(item.text, self.request.headers.get("accept"), headers)
        response.headers["Link"] = f'<{item.path}/journal/>; rel="http://purl.org/sipwise/ngcp-api/#rel-journal"'
        if self._expands_wrongly:
            response.status_code = 409
        return response

    @property
    def _expands_wrongly(self) -> bool:
        """Whether the query asks for a field to be expanded that cannot be: no field can here.

        The server goes on after its refusal: it keeps the status and answers with the items.
        """
        expands = self.bill.resource not in (JOURNAL, JOURNAL_ENTRY)
        soft = perl.is_true(self.query.get("soft_expand"))
        return expands and not soft and perl.is_true(self.query.get("expand"))


def query_of(request: Request) -> tuple[dict[str, str], list[str]]:
    """Return the parameters that have a value, and the names of those that have none, which count as NULL.

    Semicolons separate parameters as well. A duplicate parameter reaches the server's filters as a reference that
    matches nothing. A query without any `=` is a search for keywords, which nobody reads.
    """
    query: dict[str, str] = {}
    bare: list[str] = []
    text = request.scope["query_string"].decode("latin-1")
    for part in filter(None, re.split("[&;]", text)) if "=" in text else ():
        name, equals, value = part.partition("=")
        name = unquote_plus(name)
        if name in query or name in bare:
            query[name] = perl.LIST_TEXT
        elif equals:
            query[name] = unquote_plus(value)
        else:
            bare.append(name)
    return query, [name for name in bare if name not in query]


_INTEGER = re.compile("[+-]?[0-9]+\n?")
_LONGEST_ID = 20


def whole_number(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ApiError(400, "Invalid id in request URI")
    return int(text[:_LONGEST_ID])


def visible_subscriber(call: Call, subscriber_id: int, entity: str) -> Subscriber:
    """Return a subscriber that the user may see, or refuse with status 404."""
    found = call.state.directory.get(call.user, subscriber_id)
    if found is None:
        raise ApiError(404, f"Entity '{entity}' not found.")
    return found


def check_accept(call: Call) -> None:
    """Refuse an `Accept` that does not allow JSON, including `application/hal+json` (docs/ngcp-api.md#media-types)."""
    accept = call.request.headers.get("accept")
    if accept and not re.search(r"\bapplication/json\b|(?<![^\s;,])\*/\*(?![^\s;,])", accept):
        raise ApiError(500, f"Requested unknown type '{accept}', supported types: application/json.")


def check_link_header(call: Call) -> None:
    if "link" in call.request.headers:
        message = "The request must not contain 'Link' headers. Instead assert relationships in the entity body."
        raise ApiError(400, message)


def check_media_type(call: Call, *accepted: str) -> str:
    """Return the content type, or refuse with status 415. The server compares prefixes."""
    content_type = call.request.headers.get("content-type", "")
    for each in accepted:
        if content_type.startswith(each):
            return each
    shown = re.sub(r";\s+boundary.+$", "", content_type) or "undefined"
    raise ApiError(415, f"Unsupported media type '{shown}', accepting {' or '.join(accepted)} only.")


def parsed(content: bytes | str, media_type: str) -> object:
    try:
        return parse(content)
    except Malformed as error:
        raise ApiError(400, f"The entity is not a well-formed '{media_type}' document. {error}") from None


async def json_body(call: Call, media_type: str) -> object:
    body = await call.request.body()
    if not body:
        raise ApiError(400, "This request is missing a message body.")
    return parsed(body, media_type)


def preference_of(call: Call) -> str:
    """Return what `Prefer` asks for. Any unknown value is `minimal`; `return` alone crashes the server."""
    header = ",".join(call.request.headers.getlist("prefer"))
    groups = [part.split(";")[0].strip().partition("=") for part in header.split(",")]
    wanted = [(equals, value.strip().strip('"')) for name, equals, value in groups if name.strip().lower() == "return"]
    if wanted == [("", "")]:
        raise crash()
    return "representation" if wanted == [("=", "representation")] else "minimal"
