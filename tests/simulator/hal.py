# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HAL documents and pages (docs/ngcp-api.md#hal, docs/ngcp-api.md#pages)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from starlette.responses import Response

from .database import NUMBER
from .errors import ApiError, crash
from .options import Options

T = TypeVar("T")

HAL_TYPE: Final = 'application/hal+json; profile="http://purl.org/sipwise/ngcp-api/"; charset=utf-8'
_CURIES: Final = {"href": "http://purl.org/sipwise/ngcp-api/#rel-{rel}", "name": "ngcp", "templated": True}
_PROFILE: Final = {"href": "http://purl.org/sipwise/ngcp-api/"}

_DIGITS: Final = re.compile("[0-9]+")
_MOST: Final = 2**64 - 1
"""Greatest number of a row that the database knows."""

dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_response(status: int, content: object) -> Response:
    """Return a plain JSON answer. The server ends it with a newline.

    Of a refusal it announces the characters and not the bytes: what holds a letter beyond Latin-1 is cut off, and a
    letter of Latin-1 is one byte, which is not UTF-8.
    """
    text = dumps(content) + "\n"
    return Response(_refusal(text) if 400 <= status < 500 else text, status, media_type="application/json")


def _refusal(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")[: len(text)]


def hal_response(text: str, accept: str | None, headers: Mapping[str, str] | None = None) -> Response:
    """Return a HAL answer, labelled as plain JSON on request (docs/ngcp-api.md#media-types)."""
    plain = accept == "application/json"
    return Response(text, 200, headers, "application/json" if plain else HAL_TYPE)


class Item(NamedTuple):
    """Resource with its links, as JSON. It is kept and shown again, alone and in pages."""

    link: str
    """Link to the resource."""
    text: str
    path: str
    """Path of the resource."""


_LINKS: Final = dumps({"curies": _CURIES, "profile": _PROFILE})[1:-1]


def _link(href: str) -> str:
    # Paths and numbers need no escaping.
    return f'{{"href":"{href}"}}'


def item(resource: Mapping[str, object], collection: str, item_id: int, relations: Mapping[str, str]) -> Item:
    """Return a resource with its links. `relations` are additional ones of the ngcp: namespace."""
    path = f"{collection}{item_id}"
    link = _link(path)
    further = "".join([f',"ngcp:{name}":{_link(href)}' for name, href in relations.items()])
    links = f'{{"collection":{_link(collection)},{_LINKS},"self":{link}{further}}}'
    return Item(link, f'{dumps(resource)[:-1]},"_links":{links}}}', path)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Requested part of a collection."""

    path: str
    relation: str
    query: Mapping[str, str]
    bare: Sequence[str]
    """Parameters without a value."""
    options: Options

    @property
    def counts(self) -> bool:
        """Whether it says how many items there are in all."""
        return self.query.get("no_count") not in ("1", "true")

    def render(
        self,
        items: Sequence[T],
        order: Mapping[str, Callable[[T], Any]],
        show: Callable[[T], Item],
    ) -> tuple[str, int]:
        """Return the page as JSON, and how many items it shows."""
        page_text, rows_text = self.query.get("page", "1"), self.query.get("rows", "10")
        page, rows, start = _position(page_text, rows_text)
        no_count = not self.counts
        shown = [show(each) for each in self._chosen(items, order, start, rows)]
        more = len(shown) == rows if no_count else len(items) / rows > page
        parameters = {**self.query, **dict.fromkeys(self.bare, "")}
        rest = "".join(f"&{name}={value}" for name, value in parameters.items() if name not in ("page", "rows"))
        links: dict[str, Any] = {
            "curies": _CURIES,
            "profile": _PROFILE,
            "self": {"href": f"{self.path}?page={page_text}&rows={rows_text}{rest}"},
        }
        if more:
            links["next"] = {"href": f"{self.path}?page={int(page + 1)}&rows={rows}{rest}"}
        if page > 1:
            links["prev"] = {"href": f"{self.path}?page={int(page - 1)}&rows={rows}{rest}"}
        document, embedded = f'"total_count":{dumps(None if no_count else len(items))}', ""
        if shown:
            single = self.options.single_as_object and len(shown) == 1
            start_of_list, end_of_list = ("", "") if single else ("[", "]")
            items_links = ",".join([each.link for each in shown])
            texts = ",".join([each.text for each in shown])
            embedded = f',"{self.relation}":{start_of_list}{items_links}{end_of_list}'
            document += f',"_embedded":{{"{self.relation}":{start_of_list}{texts}{end_of_list}}}'
        return f'{{"_links":{dumps(links)[:-1]}{embedded}}},{document}}}', len(shown)

    def _chosen(
        self, items: Sequence[T], order: Mapping[str, Callable[[T], Any]], start: int, rows: int
    ) -> Sequence[T]:
        """Return the items of the page. They are ordered by id, so only another column needs sorting."""
        name = self.query.get("order_by", "")
        backwards = self.query.get("order_by_direction", "asc").lower() == "desc"
        if name not in order:
            if self.options.unstable_pages:
                items = random.sample(items, len(items))
        elif name != "id":
            items = sorted(items, key=order[name], reverse=backwards)
        elif backwards:
            stop = max(len(items) - start, 0)
            return items[max(stop - rows, 0) : stop][::-1]
        return items[start : start + rows]


def _position(page_text: str, rows_text: str) -> tuple[float, int, int]:
    """Return the page, its rows, and where it starts. 0 is refused; any other odd value crashes the server.

    Only the rows must be natural: half pages work where they start at a whole row.
    """
    if not NUMBER.match(page_text) or not NUMBER.match(rows_text):
        raise crash()
    page = float(page_text)
    if not page or not float(rows_text):
        raise ApiError(400, "Query parameters 'page' and 'rows', when specified, must be greater than 0.")
    rows = int(rows_text) if _DIGITS.fullmatch(rows_text) else 0
    start = (page - 1) * rows
    if not 0 < rows <= _MOST or not 0 <= start <= _MOST or not start.is_integer():
        raise crash()
    return page, rows, int(start)
