# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays the recorded exchanges against a server, and says where an answer differs. README.md tells what they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

Exchange = Mapping[str, Any]


def _load(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text("utf-8"))


RECORDINGS: Final[Mapping[str, Sequence[Exchange]]] = {
    name: _load(f"{name}.json") for name in ("exchanges", "exchanges-2", "exchanges-3")
}
"""Exchanges by the name of their recording. Each recording needs a freshly loaded server of its own."""
_SEED: Final[dict[str, Any]] = _load("seed.json")
_PASSWORDS: Final = {admin["login"]: admin["password"] for admin in _SEED["admins"]}

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_PLACEHOLDERS: Final = {"<timestamp>": _TIMESTAMP, "<jwt>": _JWT, "<uuid>": _UUID}
_KEPT_LINKS = ("self", "next", "prev")


class Player:
    """Plays the exchanges of a recording in their order; asked for a later one, it plays the earlier ones first."""

    def __init__(self, url: str, ca_file: str, exchanges: Sequence[Exchange]) -> None:
        self._url = url
        self._exchanges = exchanges
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_file
        self._tokens: dict[str, str] = {}
        self._responses: list[requests.Response] = []

    def response(self, number: int) -> requests.Response:
        """The server's answer to an exchange."""
        while len(self._responses) <= number:
            self._responses.append(self._play(self._exchanges[len(self._responses)]["request"]))
        return self._responses[number]

    def close(self) -> None:
        self._session.close()

    def _play(self, request: Mapping[str, Any]) -> requests.Response:
        body, data, files = request.get("body"), None, None
        if "form" in request:
            files = [(name, _part(value)) for name, value in request["form"]]
        elif body is not None:
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return self._session.request(
            request["method"],
            self._url + request["path"],
            headers=request.get("headers", {}) | self._authorization(request["auth"]),
            auth=_basic(request["auth"]),
            data=data,
            files=files,
            allow_redirects=False,
            timeout=60,
        )

    def _authorization(self, auth: str) -> dict[str, str]:
        kind, _unused, rest = auth.partition(":")
        if kind == "bearer":
            return {"Authorization": f"Bearer {rest}"}
        if kind == "jwt":
            return {"Authorization": f"Bearer {self._token(rest)}"}
        return {}

    def _token(self, user: str) -> str:
        if user not in self._tokens:
            credentials = {"username": user, "password": _PASSWORDS[user]}
            answer = self._session.post(f"{self._url}/login_jwt", json=credentials, timeout=60)
            self._tokens[user] = answer.json()["jwt"]
        return self._tokens[user]


def _basic(auth: str) -> tuple[str, str] | None:
    kind, _unused, rest = auth.partition(":")
    user, _unused, password = rest.partition(":")
    return (user, password) if kind == "basic" else None


def _part(value: Any) -> tuple[str | None, str]:
    if isinstance(value, str):
        return None, value
    if "content" in value:
        return value["filename"], value["content"]
    return None, json.dumps(value)


def differences(exchange: Exchange, response: requests.Response) -> list[str]:
    """What differs between the answer and the recorded one."""
    expected = exchange["response"]
    found = [_compare("status", expected["status"], response.status_code)]
    content_type = response.headers.get("content-type", "").partition(";")[0]
    found.append(_compare("content type", expected.get("content_type", ""), content_type))
    for name, value in expected.get("headers", {}).items():
        found.append(_compare(name, value, response.headers.get(name)))
    if "json" in expected:
        note = exchange.get("note", "")
        wanted, got = (_normal(content, note) for content in (expected["json"], _json(response)))
        found.append(_compare("json", _masked(wanted, got), got))
    if "text" in expected:
        found.append(_compare("text", expected["text"].strip(), response.text.strip()))
    if "bytes_start" in expected:
        start = response.content[: len(expected["bytes_start"])].decode("latin-1")
        if expected["bytes_start"].startswith("{"):
            # The order of keys means nothing, so the beginning of an object does not either.
            found.append(_compare("json", ["code", "message"], sorted(response.json())))
        else:
            found.append(_compare("beginning", expected["bytes_start"], start))
    if not {"json", "text", "bytes_start", "content_type"} & set(expected):
        found.append(_compare("body", b"", response.content))
    return [each for each in found if each]


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.JSONDecodeError:
        return response.content


def _compare(what: str, expected: object, got: object) -> str:
    return "" if expected == got else f"{what}: expected {expected!r}, got {got!r}"


def _masked(expected: Any, got: Any) -> Any:
    """The expected content, with the values filled in for which a placeholder stands."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return {name: _masked(value, got.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [_masked(*pair) for pair in zip(expected, got, strict=True)]
    pattern = _PLACEHOLDERS.get(expected) if isinstance(expected, str) else None
    return got if pattern and isinstance(got, str) and pattern.match(got) else expected


def _normal(content: Any, note: str) -> Any:
    """Content without what means nothing: other links, the order of parameters, and what a note says varies."""
    if isinstance(content, list):
        return [_normal(each, note) for each in content]
    if not isinstance(content, dict):
        return content
    normal = {name: _normal(value, note) for name, value in content.items() if name != "_links"}
    if "_links" in content:
        normal["_links"] = {
            name: _link(link if isinstance(link, str) else link["href"], note)
            for name, link in content["_links"].items()
            if name in _KEPT_LINKS
        }
    if str(normal.get("message")).startswith("Invalid PATCH op "):
        # The order of the listed operations varies.
        normal["message"] = sorted(re.findall(r"'(\w+)'", normal["message"]))
    if "journal ids differ" in note:
        normal.pop("id", None)
        normal.pop("total_count", None)
    return normal


def _link(href: str, note: str) -> tuple[str, list[tuple[str, str]]]:
    parts = urlsplit(href)
    path = re.sub(r"/journal/\d+$", "/journal/N", parts.path) if "journal ids differ" in note else parts.path
    return unquote(path), sorted(parse_qsl(parts.query, keep_blank_values=True))
