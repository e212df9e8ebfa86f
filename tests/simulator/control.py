# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control API on a port of its own, by which a test observes and changes the simulator behind the client's back."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import faults, faxes, observe, options, settings
from .clock import Clock
from .database import DatabaseError
from .documents import Upload, placeholder, read
from .hal import json_response
from .state import State
from .tls import Authority

Endpoint = Callable[[Request], Awaitable[Response]]


class _Wrong(ValueError):
    """A request to the control API is invalid."""


async def _body(request: Request) -> Any:
    text = await request.body()
    try:
        return json.loads(text) if text else {}
    except ValueError as error:
        raise _Wrong(f"not JSON: {error}") from None


class Control:
    """Endpoints of the control API."""

    def __init__(self, state: State, authority: Authority) -> None:
        self._state = state
        self._authority = authority

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes: list[tuple[str, str, Endpoint]] = [
            ("GET", "/log", self.get_log),
            ("DELETE", "/log", self.delete_log),
            ("GET", "/counters", self.get_counters),
            ("GET", "/settings/{resource}/{id:int}", self.get_settings),
            ("PATCH", "/settings/{resource}/{id:int}", self.patch_settings),
            ("GET", "/refuse_writes", self.get_refuse_writes),
            ("PUT", "/refuse_writes", self.put_refuse_writes),
            ("POST", "/rotate_secret/{id:int}", self.rotate_secret),
            ("GET", "/clock", self.get_clock),
            ("PUT", "/clock", self.put_clock),
            ("GET", "/options", self.get_options),
            ("PUT", "/options", self.put_options),
            ("GET", "/faxes", self.get_faxes),
            ("POST", "/faxes", self.post_fax),
            ("POST", "/faxes/generate", self.generate_faxes),
            ("PUT", "/faxes/queued", self.put_queued_fax),
            ("POST", "/rotate_token_key", self.rotate_token_key),
            ("POST", "/reset", self.reset),
            ("GET", "/faults", self.get_faults),
            ("PUT", "/faults", self.put_faults),
            ("POST", "/client_certificates/{login}", self.post_client_certificate),
        ]
        return Starlette(
            routes=[Route(path, _guarded(endpoint), methods=[method]) for method, path, endpoint in routes]
        )

    # Looking ----------------------------------------------------------------------------------------------------

    async def get_log(self, request: Request) -> Response:
        return json_response(200, {"requests": observe.shown(self._state)})

    async def get_counters(self, request: Request) -> Response:
        """Return the counters. With `?writes=3`, wait until there are that many."""
        wanted = request.query_params
        if not wanted.keys() <= {"requests", "writes"} or not all(map(str.isdigit, wanted.values())):
            raise _Wrong("expected requests or writes, and numbers")
        while any(getattr(self._state.traffic, name) < int(number) for name, number in wanted.items()):
            await self._state.traffic.arrival.wait()
        return json_response(200, observe.counters(self._state))

    async def delete_log(self, request: Request) -> Response:
        self._state.reset_traffic()
        return json_response(200, observe.counters(self._state))

    async def get_settings(self, request: Request) -> Response:
        spec, subscriber_id = self._settings_target(request)
        return self._shown_settings(spec, subscriber_id)

    def _settings_target(self, request: Request) -> tuple[settings.Spec, int]:
        spec = settings.SPECS.get(request.path_params["resource"])
        if spec is None:
            raise _Wrong(f"there are {' and '.join(settings.SPECS)}")
        return spec, request.path_params["id"]

    def _shown_settings(self, spec: settings.Spec, subscriber_id: int) -> Response:
        row = self._state.rows[spec.name].get(subscriber_id)
        if row is None:
            return json_response(404, {"message": f"subscriber {subscriber_id} has no row in {spec.name}"})
        shown = settings.show(spec, row, subscriber_id)
        return json_response(200, shown | {"_hidden": settings.show_hidden(spec, row)})

    # Changing behind a client's back ----------------------------------------------------------------------------

    async def patch_settings(self, request: Request) -> Response:
        """Change settings by hand, like a person at the web panel; with `?journal=no`, past the journal."""
        spec, subscriber_id = self._settings_target(request)
        changes = await _body(request)
        if subscriber_id not in self._state.directory.all:
            return json_response(404, {"message": f"there is no subscriber {subscriber_id}"})
        if not isinstance(changes, dict):
            raise _Wrong("expected a JSON object")
        row = self._state.row(spec, subscriber_id)
        try:
            settings.edit_row(spec, row, changes, self._state.clock.text())
            self._state.rows_changed()
        except (DatabaseError, AttributeError, TypeError) as error:
            raise _Wrong(str(error)) from None
        if spec.journal and request.query_params.get("journal") != "no":
            user = request.query_params.get("user", "administrator")
            content = settings.show(spec, row, subscriber_id)
            self._state.journal.add(spec.name, subscriber_id, "update", user, content)
        return self._shown_settings(spec, subscriber_id)

    async def rotate_secret(self, request: Request) -> Response:
        """Renew a secret key, like the platform."""
        spec, subscriber_id = settings.MAILTOFAX, request.path_params["id"]
        row = self._state.rows[spec.name].get(subscriber_id)
        if row is not None:
            settings.edit_row(spec, row, {"secret_key": secrets.token_urlsafe(12)}, self._state.clock.text())
            self._state.rows_changed()
        return self._shown_settings(spec, subscriber_id)

    async def get_refuse_writes(self, request: Request) -> Response:
        return json_response(200, {"enabled": self._state.refuse_writes})

    async def put_refuse_writes(self, request: Request) -> Response:
        content = await _body(request)
        if not isinstance(content, dict) or not isinstance(content.get("enabled"), bool):
            raise _Wrong('expected {"enabled": true} or {"enabled": false}')
        self._state.refuse_writes = content["enabled"]
        return await self.get_refuse_writes(request)

    async def get_clock(self, request: Request) -> Response:
        return json_response(200, {"now": self._state.clock.text()})

    async def put_clock(self, request: Request) -> Response:
        """Set or move the clock. Due faxes, bans and tokens follow it."""
        content = await _body(request)
        try:
            if "now" in content:
                self._state.clock.set(self._state.clock.seconds(content["now"]))
            else:
                self._state.clock.advance(float(content["advance"]))
        except (KeyError, TypeError, ValueError):
            raise _Wrong('expected {"now": "YYYY-MM-DD HH:MM:SS"} or {"advance": SECONDS}') from None
        return await self.get_clock(request)

    async def get_options(self, request: Request) -> Response:
        return json_response(200, asdict(self._state.options))

    async def put_options(self, request: Request) -> Response:
        options.change(self._state.options, await _body(request))
        self._state.workers.admit()
        return await self.get_options(request)

    async def reset(self, request: Request) -> Response:
        self._state.reset()
        return json_response(200, {"now": self._state.clock.text()})

    async def rotate_token_key(self, request: Request) -> Response:
        """Invalidate all tokens."""
        self._state.renew_token_key()
        return json_response(200, {})

    async def get_faults(self, request: Request) -> Response:
        """Return the remaining rows of the table."""
        return json_response(200, [asdict(fault) for fault in self._state.faults if fault.times != 0])

    async def put_faults(self, request: Request) -> Response:
        self._state.faults = faults.read(await _body(request))
        return await self.get_faults(request)

    async def post_client_certificate(self, request: Request) -> Response:
        """Return a client certificate with which an admin needs no password."""
        login = request.path_params["login"]
        certificate = self._authority.client_certificate()
        self._state.certificates[certificate.serial] = login
        return json_response(201, {"cert": certificate.chain, "key": certificate.key})

    # Faxes ------------------------------------------------------------------------------------------------------

    async def get_faxes(self, request: Request) -> Response:
        """Return all faxes with what was uploaded for them. With ?content=1, include `content` in base64."""
        now, content = self._state.clock.now(), "content" in request.query_params
        store, clock = self._state.faxes, self._state.clock
        journal = [_shown_fax(fax, clock, content) for fax in store.journal(now).values()]
        queued = [_shown_fax(fax, clock, content) | {"due": clock.text(due)} for due, fax in store.queued(now)]
        return json_response(200, {"queued": queued, "journal": journal})

    async def post_fax(self, request: Request) -> Response:
        """Add a fax to the journal by hand, by default an incoming one."""
        content = await _body(request)
        if not isinstance(content, dict) or content.get("subscriber_id") not in self._state.directory.all:
            raise _Wrong("expected a JSON object with the subscriber_id of a subscriber")
        given = _FAX_DEFAULTS | {"time": self._state.clock.text(), "sid": f"sid-{secrets.token_hex(4)}"} | content
        upload = _given_upload(given)
        stored = bool(given.pop("document"))
        try:
            fax = faxes.from_seed(given | {"id": 0}, self._state.clock.zone)
        except (KeyError, TypeError, ValueError) as error:
            raise _Wrong(f"{type(error).__name__}: {error}") from None
        if upload:
            fax.upload, fax.document = upload, read(upload)
        elif stored:
            fax.document = placeholder(max(1, fax.pages), f"fax from {fax.caller} to {fax.callee}")
        return json_response(201, _shown_fax(self._state.faxes.add(fax), self._state.clock, False))

    async def generate_faxes(self, request: Request) -> Response:
        """Add many faxes to the journal, for one subscriber or for all in turn."""
        content = await _body(request)
        known = isinstance(content, dict) and set(content) <= {"count", "subscriber_id"}
        count = content.get("count") if known else None
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise _Wrong('expected {"count": N}, and perhaps the subscriber_id that all are of')
        everyone, owner_id = self._state.directory.all, content.get("subscriber_id")
        owners = [each for each in everyone.values() if owner_id in (None, each.id) and each.status != "terminated"]
        if not owners:
            raise _Wrong("there is no such subscriber")
        made = [self._state.faxes.add(fax) for fax in faxes.generated(owners, count, self._state.clock.now())]
        return json_response(201, {"count": count, "first_id": made[0].id, "last_id": made[-1].id})

    async def put_queued_fax(self, request: Request) -> Response:
        """Complete a queued fax now, whatever its number says."""
        content = await _body(request)
        known = {"place": int, "destination": str, "status": str, "reason": str}
        if (
            not isinstance(content, dict)
            or not {"place", "destination"} & set(content)
            or not all(name in known and isinstance(value, known[name]) for name, value in content.items())
        ):
            raise _Wrong("expected place (from 0) or destination, and perhaps status and reason")
        outcome = faxes.outcome_of(content.get("status", "SUCCESS"), content.get("reason"))
        place, destination = content.get("place", 0), content.get("destination")
        fax = self._state.faxes.decide(place, destination, outcome, self._state.clock.now())
        if fax is None:
            return json_response(404, {"message": "no such fax is queued"})
        return json_response(200, _shown_fax(fax, self._state.clock, False))


_FAX_DEFAULTS: Final[dict[str, Any]] = {
    "direction": "in",
    "caller": "431999",
    "callee": "4311000001",
    "duration": 12,
    "pages": 1,
    "reason": "Normal Clearing / SIP 200 OK [1/3]",
    "status": "SUCCESS",
    "signal_rate": 14400,
    "quality": "204x98",
    "filename": "received.tif",
    "document": True,
}


def _given_upload(given: dict[str, Any]) -> Upload | None:
    """Return the document of a fax that is added by hand: `content` in base64, or `data` as text."""
    content, data = given.pop("content", None), given.pop("data", None)
    if content is None and data is None:
        return None
    try:
        raw = base64.b64decode(content, validate=True) if content is not None else str(data).encode()
    except (TypeError, ValueError):
        raise _Wrong("content must be base64") from None
    return Upload(str(given["filename"]), raw)


def _shown_fax(fax: faxes.Fax, clock: Clock, content: bool) -> dict[str, object]:
    uploaded = fax.upload.content if fax.upload else (fax.text or "").encode()
    shown = fax.show(clock.text) | {
        "sid": fax.sid,
        "destination": fax.destination,
        "recording": fax.filename,
        "filename": fax.upload.filename if fax.upload else None,
        "size": len(uploaded),
        "sha256": hashlib.sha256(uploaded).hexdigest(),
        "data": fax.text,
    }
    return shown | {"content": base64.b64encode(uploaded).decode()} if content else shown


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ValueError as error:
            return json_response(400, {"message": str(error)})

    return guarded
