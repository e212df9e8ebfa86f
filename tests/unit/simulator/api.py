# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client for these tests."""

from __future__ import annotations

from typing import Any

import requests

from tests.simulator.client import Simulator


class Api:
    """A client that hides nothing: one call, one request."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = simulator.ca_file
        self._tokens: dict[str, str] = {}

    def send(
        self, method: str, path: str, *, user: str = "administrator", url: str | None = None, **options: Any
    ) -> requests.Response:
        """A request with a user's token; without one where `user` is empty."""
        if user:
            options["headers"] = {"Authorization": f"Bearer {self._token(user)}"} | options.get("headers", {})
        address = f"{url or self.simulator.url}{path}"
        return self.session.request(method, address, allow_redirects=False, timeout=30, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.send("GET", path, **options)

    def patch(self, path: str, *operations: dict[str, object], **options: Any) -> requests.Response:
        """A PATCH that asks for the new item."""
        headers = {"Content-Type": "application/json-patch+json", "Prefer": "return=representation"}
        return self.send("PATCH", path, json=list(operations), headers=headers | options.pop("headers", {}), **options)

    def basic(self, user: str, password: str, path: str = "/api/faxserversettings/1", **options: Any) -> int:
        """The status of a GET with a password."""
        return self.get(path, user="", auth=(user, password), **options).status_code

    def log_in(self, user: str, password: str, *, url: str | None = None, **more: object) -> requests.Response:
        body = {"username": user, "password": password, **more}
        return self.send("POST", "/login_jwt", user="", url=url, json=body)

    def control(self, method: str, path: str, content: object = None) -> Any:
        return self.simulator.control(method, path, content)

    def forget_tokens(self) -> None:
        """Log in again when it is time."""
        self._tokens.clear()

    def start(self) -> None:
        """Put the simulator back to its start, with the administrator's login behind it: no test counts it."""
        self.control("POST", "/reset")
        self._token("administrator")
        self.control("DELETE", "/log")

    def _token(self, user: str) -> str:
        if user not in self._tokens:
            subscriber = "@" in user
            url = self.simulator.subscriber_url if subscriber else self.simulator.url
            password = f"webpass{user[4 : user.index('@')]}" if subscriber else "administrator"
            self._tokens[user] = self.log_in(user, password, url=url).json()["jwt"]
        return self._tokens[user]
