# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login to a server: by token, username and password, or TLS certificate (docs/ngcp-api.md#authentication)."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from functools import partial

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client import error_mapping
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.connection import Connection, otp_key
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.error_mapping import BAD_TOKEN, LOGIN
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.responses import Response
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.retry import Request
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.sender import Sender
from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import OWN_TOKENS, Token, TokenStore
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.errors import Forbidden, LoginRefused, NoTokens
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.redaction import Secrets

IMPORT_ERROR: ImportError | None = None
try:
    import pyotp
except ImportError as error:  # only otp_secret needs it; the runner reports it
    IMPORT_ERROR = error

# The shortest key that pyotp accepts, in bytes.
SHORTEST_KEY = 20


class Authentication:
    """Logs in at the first request, and renews a token that has expired. Threads may share it."""

    def __init__(
        self, connection: Connection, sender: Sender, secrets: Secrets, on_accepted: Callable[[], None]
    ) -> None:
        self._connection, self._sender, self._secrets = connection, sender, secrets
        self._on_accepted = on_accepted
        self.tokens: TokenStore = OWN_TOKENS
        """Where a token comes from for which a login is needed."""
        # None before the first login; empty with a TLS certificate alone.
        self._header: str | None = None
        # The token in it, if any.
        self._token: Token | None = None
        # The header that the server has accepted, and the refusal that ended all further tries.
        self._accepted: str | None = None
        self._refusal: LoginRefused | None = None
        self._login_lock = threading.Lock()
        self._first_lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Send a request, logged in, and return the answer, good or bad. A token that has expired is renewed once.

        Raises `LoginRefused` without another try after the server has refused the login
        (docs/design.md#the-first-refused-login-ends-the-run).
        """
        header = self._log_in_once()
        response = self._send_one_first(request, header)
        if not self._may_renew(response, header):
            return response
        response = self._send(request, self._log_in_once(refused=header))
        # The server uses the same words where this kind of login is not allowed.
        if self._may_renew(response, "Bearer "):
            raise Forbidden(
                error_mapping.NOT_FOR_THIS_LOGIN,
                error_mapping.ANOTHER_LOGIN,
                request.method,
                request.path,
                response.status,
            )
        return response

    def send_once(self, request: Request) -> Response:
        """Send a request with the login that is in use, if any: without a retry, a login or a renewal."""
        return self._send(request, self._header or "", retries=0)

    def obtain_token(self, refused: Token | None = None, retries: int | None = None) -> Token:
        """Return a token, other than one that the server has `refused`: from `tokens`, or by a login."""
        token = self.tokens.obtain(refused, partial(self._new_token, retries))
        self._secrets.add(token.value)
        return token

    def _new_token(self, retries: int | None) -> Token:
        """Log in with username and password, and return the token."""
        c = self._connection
        credentials = {"username": c.api_username, "password": c.api_password, "otp": self._one_time_password()}
        request = Request("POST", LOGIN, json={name: value for name, value in credentials.items() if value})
        response = self._sender.send(request, {}, retries)
        self._sender.check(request, response)
        body = self._sender.object_of(request, response)
        token, expires = body.get("jwt"), body.get("expires")
        if not (isinstance(token, str) and re.fullmatch(r"[!-~]+", token)):
            raise self._sender.not_ngcp(request, response)
        self._secrets.add(token)
        return Token(token, float(str(expires)) if str(expires).isdecimal() else None)

    def _log_in_once(self, refused: str | None = None) -> str:
        """Return the `Authorization` of the next request; log in if there is none (docs/design.md#log-in-once).

        `refused` is one that the server no longer accepts: it is renewed unless another thread has done so.
        """
        with self._login_lock:
            if self._refusal:  # met by another thread; five failures would ban the account
                raise self._refusal.again()
            if self._header == refused:
                try:
                    self._header = self._log_in(renew=refused is not None)
                except LoginRefused as error:
                    self._refusal = error
                    raise
            return self._header or ""

    def _log_in(self, renew: bool) -> str:
        """Return a new `Authorization`: a token, Basic, or none for a TLS certificate alone."""
        c = self._connection
        if c.auth == "basic":
            return self._basic()
        if c.api_token and not renew:
            self._token = Token(c.api_token, None)
            return f"Bearer {c.api_token}"
        if not c.api_username:
            return ""
        try:
            self._token = self.obtain_token(self._token if renew else None)
            # The server has given this token to this run: no need to try it with one request first.
            return self._accept(f"Bearer {self._token.value}")
        except NoTokens:
            if c.auth == "jwt":
                raise
            return self._basic()

    def _accept(self, header: str) -> str:
        self._accepted = header
        self._on_accepted()
        return header

    def _basic(self) -> str:
        c = self._connection
        # UTF-8; requests' own helper encodes Latin-1 and fails for other letters.
        pair = base64.b64encode(f"{c.api_username}:{c.api_password}".encode()).decode()
        self._secrets.add(pair)
        return f"Basic {pair}"

    def _one_time_password(self) -> str | None:
        """Return the one-time password of this moment (RFC 6238); None if the login has none."""
        c = self._connection
        if not c.otp_secret:
            return c.otp
        # The server's secrets have 80 bits, and pyotp wants more. Zeros at the end change nothing: HMAC pads a key with
        # them (RFC 2104).
        key = otp_key(c.otp_secret).ljust(SHORTEST_KEY, b"\0")
        return str(pyotp.TOTP(base64.b32encode(key).decode()).now())

    def _send(self, request: Request, header: str, retries: int | None = None) -> Response:
        headers = {"Authorization": header} if header else {}
        one_time = self._one_time_password() if header.startswith("Basic ") else None
        if one_time:
            headers["X-OTP"] = one_time
        return self._sender.send(request, headers, retries)

    def _send_one_first(self, request: Request, header: str) -> Response:
        """Send; one request at a time until the server has accepted this login.

        Many at once with a wrong password or an expired token would ban the account.
        """
        if header == self._accepted:
            return self._send(request, header)
        with self._first_lock:
            if self._refusal:
                raise self._refusal.again()
            try:
                response = self._send(request, header)
            except LoginRefused as refusal:  # by the proxy
                self._refusal = refusal
                raise
            if response.status not in (401, 403, 407):
                self._accept(header)
            elif not self._may_renew(response, header):
                error = self._sender.error_of(request, response)
                self._refusal = error if isinstance(error, LoginRefused) else None
            return response

    def _may_renew(self, response: Response, header: str) -> bool:
        """Return True if the server refuses a token that can be replaced by a new one."""
        is_token = header.startswith("Bearer ") and bool(self._connection.api_password)
        return is_token and response.status == 403 and BAD_TOKEN in response.words.text
