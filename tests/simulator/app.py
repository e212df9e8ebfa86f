# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API: its paths and methods, and who may use them (docs/ngcp-api.md#resources)."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import bodies, domains, fax_handlers, hal, journal, perl, settings_handlers, subscriber_handlers
from .auth import WRITES, Login
from .call import Call, query_of
from .costs import JOURNAL, JOURNAL_ENTRY
from .errors import ApiError, HtmlError, Refusal, crash
from .serving import BILL
from .state import State
from .subscribers import SUBSCRIBER_ROLES, User

Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """Methods of a collection, an item or a journal. HEAD and OPTIONS follow from them."""

    methods: Mapping[str, Handler]
    allow: str
    accept: tuple[str, str] | None = None
    """Additional header of OPTIONS."""
    for_subscribers: bool = True
    """Whether subscribers' own logins may use it: allowed_roles in the panel's published Controller/API/*.pm (read)."""


def _collection(resource: str, allow: str, methods: Mapping[str, Handler], *, for_subscribers: bool = True) -> Route:
    profile = f"application/hal+json; profile=http://purl.org/sipwise/ngcp-api/#rel-{resource}"
    return Route(methods, allow, ("Accept-Post", profile), for_subscribers)


def _item(allow: str, methods: Mapping[str, Handler], *, for_subscribers: bool = True) -> Route:
    accept = ("Accept-Patch", "application/json-patch+json") if "PATCH" in allow else None
    return Route(methods, allow, accept, for_subscribers)


_SETTINGS_ITEM = _item(
    "GET, OPTIONS, HEAD, PATCH, PUT",
    {
        "GET": settings_handlers.get_settings,
        "PATCH": settings_handlers.patch_settings,
        "PUT": settings_handlers.put_settings,
    },
)

COLLECTIONS: Final[Mapping[str, Route]] = {
    "faxserversettings": _collection(
        "faxserversettings", "GET, OPTIONS, HEAD", {"GET": settings_handlers.list_settings}
    ),
    "mailtofaxsettings": _collection(
        "mailtofaxsettings", "GET, OPTIONS, HEAD", {"GET": settings_handlers.list_settings}
    ),
    "faxes": _collection(
        "faxes", "GET, POST, OPTIONS, HEAD", {"GET": fax_handlers.list_faxes, "POST": fax_handlers.post_fax}
    ),
    "faxrecordings": _collection("faxrecordings", "OPTIONS", {}),
    "subscribers": _collection(
        "subscribers",
        "GET, POST, OPTIONS, HEAD",
        {"GET": subscriber_handlers.list_subscribers, "POST": subscriber_handlers.create},
    ),
    "domains": _collection(
        "domains",
        "GET, POST, OPTIONS, HEAD",
        {"GET": domains.list_domains, "POST": domains.not_simulated},
        for_subscribers=False,
    ),
}
ITEMS: Final[Mapping[str, Route]] = {
    "faxserversettings": _SETTINGS_ITEM,
    "mailtofaxsettings": _SETTINGS_ITEM,
    "faxes": _item("GET, OPTIONS, HEAD, DELETE", {"GET": fax_handlers.get_fax, "DELETE": fax_handlers.delete_fax}),
    "faxrecordings": _item("GET, OPTIONS, HEAD", {"GET": fax_handlers.get_recording}),
    "subscribers": _item(
        "GET, OPTIONS, HEAD, PATCH, PUT, DELETE",
        {
            "GET": subscriber_handlers.get_subscriber,
            "PUT": subscriber_handlers.put,
            "PATCH": subscriber_handlers.patch,
            "DELETE": subscriber_handlers.terminate,
        },
    ),
    "domains": _item(
        "GET, OPTIONS, HEAD, DELETE",
        {"GET": domains.get_domain, "DELETE": domains.not_simulated},
        for_subscribers=False,
    ),
}
_JOURNALED: Final = ("faxserversettings", "subscribers")
JOURNALS: Final[Mapping[str, Route]] = {
    name: Route({"GET": journal.list_journal}, "OPTIONS, GET, HEAD") for name in _JOURNALED
}
JOURNAL_ITEMS: Final[Mapping[str, Route]] = {
    name: Route({"GET": journal.get_journal}, "OPTIONS, GET, HEAD") for name in _JOURNALED
}
_LICENSED: Final = frozenset({"faxserversettings", "mailtofaxsettings", "faxes", "faxrecordings"})


@dataclass(frozen=True, slots=True)
class Target:
    """Meaning of a path."""

    route: Route
    resource: str
    id_text: str = ""
    entry_text: str = ""
    needs_slash: bool = False
    billed_as: str = ""
    """What the request costs, if not what its resource does."""


def find_target(path: str) -> Target | None:
    """Return the route of a path, or None if the server has none."""
    if not path.startswith("/api/"):
        return None
    # Slashes at the end count as one, which makes a difference only for a collection.
    resource, *rest = path[5:].rstrip("/").split("/")
    if not rest:
        route = COLLECTIONS.get(resource)
        return Target(route, resource, needs_slash=not path.endswith("/")) if route else None
    if len(rest) == 1:
        route = ITEMS.get(resource)
        return Target(route, resource, rest[0]) if route else None
    if rest[1] == "journal" and len(rest) == 2:
        route = JOURNALS.get(resource)
        return Target(route, resource, rest[0], billed_as=JOURNAL) if route else None
    if rest[1] == "journal" and len(rest) == 3:
        route = JOURNAL_ITEMS.get(resource)
        return Target(route, resource, rest[0], rest[2], billed_as=JOURNAL_ENTRY) if route else None
    return None


_CRASH_PAGE: Final = (
    "<!DOCTYPE html>\n<html><head><title>Internal server error</title></head>"
    "<body><h1>Internal server error</h1><p>Incident number: 18A1B2C3D4E5F607</p></body></html>\n"
)
_NOT_ALLOWED_PAGE: Final = (
    "<html>\n<head><title>405 Not Allowed</title></head>\n<body>405 Not Allowed</body>\n</html>\n"
)
_METHOD_HEADERS: Final = ("x-http-method", "x-http-method-override", "x-method-override", "x-tunneled-method")
_NOT_FOUND_PAGE: Final = "<!DOCTYPE html>\n<html><head><title>Not found</title></head><body>Not found</body></html>\n"


class Api:
    """ASGI application of the server's own port."""

    def __init__(self, state: State, realms: Mapping[int, tuple[str, ...]]) -> None:
        self._state = state
        self._realms = realms
        """Realms that a port serves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ApiError as error:
            response = hal.json_response(error.status, {"code": error.status, "message": error.message})
        except Refusal as refusal:
            response = refusal.response
        except HtmlError:
            response = Response(_CRASH_PAGE, 500, media_type="text/html")
        except Exception:  # noqa: BLE001  # a bug of the simulator must not look like one of the client
            traceback.print_exc(file=sys.stderr)
            response = Response("The simulator has a bug; see what it wrote to stderr.\n", 500, media_type="text/plain")
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        scope = request.scope
        path: str = scope["path"]
        if request.method == "TRACE":
            # The web server before the panel does not let it through.
            return Response(_NOT_ALLOWED_PAGE, 405, media_type="text/html")
        refusal = await bodies.refusal(request)
        if refusal is not None:
            return refusal
        if path.rstrip("/") == "/login_jwt" and request.method == "POST":
            return await self._log_in(request)
        target = find_target(path)
        wanted = _wanted_method(request)
        method = "GET" if wanted == "HEAD" else wanted
        allowed = target is not None and (method in target.route.methods or method == "OPTIONS")
        if target is None or not allowed:
            if path.startswith("/api/"):
                raise ApiError(404, "Path not found")
            return Response(_NOT_FOUND_PAGE, 404, media_type="text/html")
        if not self._state.options.database:
            return Response(status_code=503)
        user = await self._state.accounts.authenticate(self._login(request))
        scope["simulator.user"] = user.name
        if target.needs_slash:
            return _redirect(request)
        if target.resource in _LICENSED and not self._state.options.fax_license:
            raise ApiError(403, "Invalid license")
        if user.role in SUBSCRIBER_ROLES and not target.route.for_subscribers:
            raise ApiError(403, "Invalid user")
        if method == "OPTIONS":
            return _options(target.route, user)
        (query, bare), bill = query_of(request), scope[BILL]
        bill.resource = target.billed_as or target.resource
        call = Call(self._state, request, user, query, bare, bill, target.resource, target.id_text, target.entry_text)
        response = await target.route.methods[method](call)
        if wanted == "HEAD" != request.method:
            response = Response(status_code=response.status_code, headers={**response.headers, "content-length": "0"})
        # Only a page has reported how many items it shows. Refusals do not get here: they cost no item.
        if bill.items is None:
            bill.items = 1
        return response

    def _login(self, request: Request) -> Login:
        scope, headers = request.scope, request.headers
        return Login(
            authorization=headers.get("authorization", "").rstrip(),
            otp=headers.get("x-otp"),
            address=scope["client"][0] if scope["client"] else "",
            realms=self._realms[scope["server"][1]],
            method=request.method,
            log_body=lambda: _log_body(request),
            bill=scope[BILL],
            certificate_login=scope["simulator.connection"].certificate_login,
        )

    async def _log_in(self, request: Request) -> Response:
        body = await _login_body(request)
        request.scope["simulator.user"] = perl.text(body.get("username"))
        return hal.json_response(200, await self._state.accounts.log_in(body, self._login(request)))


def _wanted_method(request: Request) -> str:
    """Return the method that decides what is done: that of a header, if there is one (Role/HTTPMethods.pm, read)."""
    named = (request.headers.get(name, "") for name in _METHOD_HEADERS)
    return next((name for name in named if perl.is_true(name)), request.method).upper()


async def _login_body(request: Request) -> dict[str, object]:
    """Return the body of a login. The server crashes if it has no fields."""
    try:
        body = await bodies.data(request)
    except bodies.UnreadableError:
        raise HtmlError from None
    if not isinstance(body, dict):
        raise HtmlError
    return body


async def _log_body(request: Request) -> None:
    """Log the body of a refused write. The server crashes if it cannot read what it would log."""
    if request.method in WRITES and request.headers.get("content-type"):
        try:
            await bodies.data(request)
        except bodies.UnreadableError:
            raise crash() from None


def _redirect(request: Request) -> Response:
    """Redirect to the path with a slash, always on the default port (docs/ngcp-api.md#paths)."""
    host = re.sub(r":\d+$", "", request.headers.get("host", "127.0.0.1"))
    query = request.scope["query_string"].decode("latin-1")
    location = f"https://{host}{request.scope['path']}/"
    page = f'<html><body><p>This item has moved <a href="{location}">here</a>.</p></body></html>\n'
    return Response(page, 301, {"Location": location + (f"?{query}" if query else "")}, "text/html")


def _options(route: Route, user: User) -> Response:
    """Return the methods of a resource. A read-only user sees only those that it may use."""
    methods = [each for each in route.allow.split(", ") if not user.read_only or each not in WRITES]
    response = hal.json_response(200, {"methods": methods})
    response.headers["Allow"] = ", ".join(methods)
    if route.accept and (route.accept[0] != "Accept-Patch" or "PATCH" in methods):
        response.headers[route.accept[0]] = route.accept[1]
    return response
