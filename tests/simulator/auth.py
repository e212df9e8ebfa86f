# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication: tokens, Basic, one-time passwords and bans (docs/ngcp-api.md#authentication)."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import bcrypt
import jwt
import pyotp
from starlette.responses import Response

from . import perl
from .bans import Bans
from .clock import Clock
from .costs import Bill
from .database import collate
from .directory import Directory
from .errors import ApiError, Refusal
from .hal import dumps
from .options import Options
from .subscribers import SUBSCRIBER_ROLES, Subscriber, User

ADMIN, SUBSCRIBER = "admin", "subscriber"
"""Realms. A server separates them by port."""

_FIRST_ADMIN_ID = 25
"""First id of admins. The recorded panel had other admins before the seed's: its first recorded login answers id 25."""

_BCRYPT_LONGEST = 72
_THREAD_FROM_COST = 8
"""From this cost on, a hash takes longer than handing it to a thread."""
_TOKEN_CACHE = 10_000
WRITES = frozenset({"PATCH", "PUT", "POST", "DELETE"})
_SUBSCRIBER_LIFETIME = 3600
"""Seconds for which a subscriber's token is valid, where those of admins never expire."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_BASIC = re.compile(r"\s*Basic\s+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Admin:
    """Administrator of a seed file."""

    id: int
    login: str
    password: str
    role: str = "admin"
    read_only: bool = False
    reseller_id: int = 1
    otp_secret: str | None = None
    password_expired: bool = False

    def user(self) -> User:
        return User(self.login, self.role, self.id, reseller_id=self.reseller_id, read_only=self.read_only)


def admins_from_seed(entries: Iterable[Mapping[str, object]]) -> list[Admin]:
    """Return the admins, with ids where the seed has none. Raises TypeError or ValueError if an entry is malformed."""
    admins = [
        Admin(**{"id": _FIRST_ADMIN_ID + place} | dict(entry))  # type: ignore[arg-type]  # state.load reports what does not fit
        for place, entry in enumerate(entries)
    ]
    for admin in admins:
        if admin.otp_secret is not None:
            _Totp(admin.otp_secret)
    return admins


@dataclass(frozen=True, slots=True)
class _Account:
    """Data of an admin or a subscriber that a login needs."""

    password: str
    otp_secret: str | None
    password_expired: bool
    user: User
    claims: Mapping[str, object]
    """Claims in its tokens."""
    answer: Mapping[str, object]
    """What a login answers besides the token."""
    log_name: str
    """Name whose failures a login for a token forgets."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a request says about its sender."""

    authorization: str
    otp: str | None
    address: str
    realms: tuple[str, ...]
    """Realms that the request's port serves."""
    method: str
    log_body: Callable[[], Awaitable[None]]
    """Log the body. Raises ApiError if the server cannot."""
    bill: Bill
    certificate_login: str | None = None
    """Admin whose client certificate the connection presented."""


class Passwords:
    """bcrypt of passwords that are known in plain text. Hashes are kept, but every check costs its full time."""

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self._hashes: dict[str, bytes] = {}

    def prepare(self, password: str) -> bytes:
        """Return the stored hash of a password."""
        if password not in self._hashes:
            self._hashes[password] = bcrypt.hashpw(_clipped(password), bcrypt.gensalt(self.cost))
        return self._hashes[password]

    async def check(self, given: str, password: str, bill: Bill) -> bool:
        """Check a password at the server's cost, without blocking other requests."""
        bill.hashes += 1
        stored = self.prepare(password)
        if self.cost < _THREAD_FROM_COST:
            return bcrypt.checkpw(_clipped(given), stored)
        return await asyncio.to_thread(bcrypt.checkpw, _clipped(given), stored)


def _clipped(password: str) -> bytes:
    """Cut a password off, like the server: bcrypt ignores the rest, and its library refuses a longer one."""
    return password.encode()[:_BCRYPT_LONGEST]


class Accounts:
    """Admins and subscribers, their failed logins, bans and tokens."""

    def __init__(
        self,
        admins: Iterable[Admin],
        directory: Directory,
        passwords: Passwords,
        options: Options,
        clock: Clock,
        key: bytes,
    ) -> None:
        self._admins = {collate(admin.login): admin for admin in admins}
        self._directory = directory
        self._passwords = passwords
        self._options = options
        self._clock = clock
        self._key = key
        self._tokens: dict[str, tuple[User, float | None]] = {}
        self._bans = Bans(options, clock, self._user)

    def use_key(self, key: bytes) -> None:
        """Sign and verify tokens with a new key from now on."""
        self._key = key
        self._tokens.clear()

    # Requests below /api ----------------------------------------------------------------------------------------

    async def authenticate(self, login: Login) -> User:
        """Return the sender of a request below /api, or refuse it like the server."""
        if login.authorization.startswith("Bearer ") and login.certificate_login is None:
            user = self._bearer(login)
            if user is None:
                raise ApiError(403, "Invalid user")
            if user.read_only and login.method in WRITES:
                raise ApiError(403, "Forbidden")
            return user
        if login.certificate_login is not None:
            admin = self._admins.get(collate(login.certificate_login))
            if admin is None:
                raise ApiError(403, "Invalid user")
            user = admin.user()
        else:
            user = await self._basic(login)
        if user.read_only and login.method not in _READS:
            await login.log_body()
            raise _forbidden_method()
        return user

    def forget_tokens(self) -> None:
        """Look up the accounts of all tokens again: subscribers have changed."""
        self._tokens.clear()

    def _bearer(self, login: Login) -> User | None:
        """Return whose token a request bears, if it is valid here and now."""
        token = login.authorization.removeprefix("Bearer ")
        found = self._tokens.get(token) or self._decode(token)
        if not self._options.jwt_key or found is None:
            return None
        user, expires = found
        realm = SUBSCRIBER if user.role in SUBSCRIBER_ROLES else ADMIN
        valid = realm in login.realms and (expires is None or self._clock.now() < expires)
        return user if valid else None

    def _decode(self, token: str) -> tuple[User, float | None] | None:
        try:
            # The server's clock, not the machine's, decides when a token has expired.
            claims = jwt.decode(token, self._key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidTokenError:
            return None
        account = self._account_of_claims(claims)
        if account is None:
            return None
        if len(self._tokens) >= _TOKEN_CACHE:
            self._tokens.clear()
        self._tokens[token] = account.user, claims.get("exp")
        return self._tokens[token]

    def _account_of_claims(self, claims: Mapping[str, object]) -> _Account | None:
        accounts = (self._account(realm, str(claims.get("username"))) for realm in (ADMIN, SUBSCRIBER))
        wanted = {name: value for name, value in claims.items() if name != "exp"}
        return next((account for account in accounts if account and dict(account.claims) == wanted), None)

    async def _basic(self, login: Login) -> User:
        name, password = _basic_credentials(login.authorization)
        domain = name.rpartition("@")[2] if name else ""
        realm = self._realm(login.realms, name)
        if name is None or password is None or not password.isascii():
            raise _unauthorized(realm)
        key = (realm, name, login.address)
        self._bans.refuse(key)
        account = self._account(realm, name)
        if account is None:
            # An unknown admin costs the server no hash and is not counted. An unknown subscriber is.
            if realm == SUBSCRIBER:
                self._bans.failed(key)
            raise _unauthorized(realm)
        if not await self._passwords.check(password, account.password, login.bill):
            self._bans.failed(key)
            raise _unauthorized(realm)
        # The server forgets to look at what the check of a subscriber's one-time password says (read).
        if realm == ADMIN and not self._otp_fits(account, login.otp):
            self._bans.failed(key)
            raise ApiError(403, "Invalid OTP")
        self._bans.succeeded(key, account.user)
        if realm == SUBSCRIBER and account.user.name.rpartition("@")[2] != domain:
            # Unlike the database, the server tells capitals of the domain from small letters.
            raise _unauthorized(realm)
        return account.user

    # POST /login_jwt --------------------------------------------------------------------------------------------

    async def log_in(self, body: Mapping[str, object], login: Login) -> dict[str, object]:
        """Return a token for a user name and a password, or for the token that the request bears already."""
        name, password, otp = (perl.text(body.get(field)) for field in ("username", "password", "otp"))
        if not self._options.jwt_key:
            raise ApiError(500, "No JWT key has been configured")
        realm = self._realm(login.realms, name)
        key = (realm, name or "%-jwt-%", login.address)
        self._bans.refuse(key)
        if any(perl.is_true(body.get(field)) for field in ("jwt", "token")):
            return self._renew(body, login, key)
        if not perl.is_true(name) or not perl.is_true(password):
            raise ApiError(422, "No username or password given")
        if not password.isascii():
            raise ApiError(422, "'password' contains invalid characters")
        account = self._account(realm, name)
        if account is None or not await self._passwords.check(password, account.password, login.bill):
            self._bans.failed(key)
            raise ApiError(403, "User not found")
        if not self._otp_fits(account, otp):
            # Unlike with Basic, this is not counted here.
            raise ApiError(403, "Invalid OTP")
        return self._issue(account, login)

    def _renew(self, body: Mapping[str, object], login: Login, key: tuple[str, str, str]) -> dict[str, object]:
        """Return a new token for the one in the request's header. Tokens of the web panel are always unknown here."""
        user = self._bearer(login) if perl.is_true(body.get("jwt")) else None
        realm = SUBSCRIBER if user and user.role in SUBSCRIBER_ROLES else ADMIN
        account = self._account(realm, user.name) if user else None
        if account is None:
            self._bans.failed(key)
            raise ApiError(403, "Forbidden!")
        return self._issue(account, login)

    def _issue(self, account: _Account, login: Login) -> dict[str, object]:
        """Return a token, unless the password is too old."""
        if account.password_expired:
            raise ApiError(403, "Password expired")
        realm = SUBSCRIBER if account.user.role in SUBSCRIBER_ROLES else ADMIN
        self._bans.succeeded((realm, account.log_name, login.address), account.user)
        return self._token(account)

    def _token(self, account: _Account) -> dict[str, object]:
        claims, answer = dict(account.claims), dict(account.answer)
        lifetime = self._options.token_lifetime
        if lifetime is None and account.user.role in SUBSCRIBER_ROLES:
            lifetime = _SUBSCRIBER_LIFETIME
        if lifetime is not None:
            claims["exp"] = answer["expires"] = int(self._clock.now()) + lifetime
        return {"jwt": jwt.encode(claims, self._key, algorithm="HS256")} | answer

    # Accounts and one-time passwords ------------------------------------------------------------------------------

    def _realm(self, realms: tuple[str, ...], name: str | None) -> str:
        """Return the realm of a user name. On a port that serves both, `name@domain` is a subscriber."""
        if len(realms) == 1:
            return realms[0]
        return SUBSCRIBER if name and "@" in name and collate(name) not in self._admins else ADMIN

    def _account(self, realm: str, name: str) -> _Account | None:
        if realm == ADMIN:
            admin = self._admins.get(collate(name))
            return _admin_account(admin) if admin else None
        webusername, _unused, domain = name.rpartition("@")
        subscriber = self._directory.by_login(webusername, domain)
        return _subscriber_account(subscriber) if subscriber else None

    def _user(self, realm: str, name: str) -> User | None:
        account = self._account(realm, name)
        return account.user if account else None

    def _otp_fits(self, account: _Account, otp: str | None) -> bool:
        if account.otp_secret is None:
            return True
        return bool(otp) and _Totp(account.otp_secret).verify(str(otp), for_time=int(self._clock.now()), valid_window=1)


class _Totp(pyotp.TOTP):
    """One-time passwords of secrets with less than 112 bits, which the server accepts and the library refuses."""

    def byte_secret(self) -> bytes:
        return base64.b32decode(self.secret + "=" * (-len(self.secret) % 8), casefold=True)


def _admin_account(admin: Admin) -> _Account:
    return _Account(
        password=admin.password,
        otp_secret=admin.otp_secret,
        password_expired=admin.password_expired,
        user=admin.user(),
        claims={"id": admin.id, "username": admin.login},
        answer={"id": admin.id},
        log_name=admin.login,
    )


def _subscriber_account(subscriber: Subscriber) -> _Account | None:
    if subscriber.webpassword is None:
        return None
    otp_secret = subscriber.details.get("otp_secret")
    role = "subscriberadmin" if subscriber.administrative else "subscriber"
    return _Account(
        password=subscriber.webpassword,
        otp_secret=str(otp_secret) if otp_secret else None,
        password_expired=bool(subscriber.details.get("password_expired")),
        user=User(subscriber.login, role, subscriber.id, customer_id=subscriber.customer_id),
        claims={"subscriber_uuid": subscriber.uuid, "username": subscriber.login},
        answer={"subscriber_id": subscriber.id},
        # The server leaves the domain out here, so that a subscriber's failures are not forgotten.
        log_name=str(subscriber.webusername),
    )


def _basic_credentials(authorization: str) -> tuple[str, str] | tuple[None, None]:
    """Return name and password. The scheme needs its capital letter, and what is not base64 is skipped."""
    found = _BASIC.match(authorization)
    if not found:
        return None, None
    encoded = re.sub("[^A-Za-z0-9+/]", "", authorization[found.end() :].partition("=")[0])
    # A single letter at the end holds less than a byte.
    encoded = encoded[: len(encoded) - (len(encoded) % 4 == 1)]
    decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-8", "replace")
    name, colon, password = decoded.partition(":")
    return (name, password) if colon and name else (None, None)


def _unauthorized(realm: str) -> Refusal:
    challenge = {"WWW-Authenticate": f'Basic realm="api_{realm}_http"'}
    return Refusal(Response("Authorization required.", 401, challenge, "text/plain"))


def _forbidden_method() -> Refusal:
    # The server sends this answer without a content type.
    return Refusal(Response(dumps({"message": "Invalid HTTP method for read-only user", "code": 403}), 403))
