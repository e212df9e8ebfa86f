# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypt a token with a key that only the login itself gives, and name its file without giving the login away.

A run that is killed leaves its files behind. The name of a file depends on the password as well as its content does,
and the key of the run lies beside both. So all of them depend on it by scrypt (RFC 7914) alone: whoever has the files
must compute one scrypt for each password that they guess, whether they look at the name or at the content.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from functools import lru_cache

from ansible_collections.ngcp.fax.plugins.module_utils._internal.client.tokens import Token

IMPORT_ERROR: ImportError | None = None
try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError as error:  # ansible-core brings it, but a distribution may leave it out
    IMPORT_ERROR = error

# Costs a core about 30 milliseconds and 8 MiB, once in a process: a fifteenth of what the bcrypt of the server costs.
SCRYPT = {"n": 2**13, "r": 8, "p": 1}
# Where OpenSSL has no scrypt, as in its FIPS mode, for about the same time.
PBKDF2_ITERATIONS = 50_000
# How many logins a process remembers. Items of one loop rarely differ in their login.
MOST_KEPT = 8
NONCE = 12


class Seal:
    """The keys of one login in one run."""

    def __init__(self, identity: bytes, run_key: bytes) -> None:
        """`identity` is everything that makes a login the same login, its password included."""
        secret = _stretched(identity, run_key)
        self.name = hmac.new(run_key, b"name" + secret, hashlib.sha256).hexdigest()
        """Name of the login, the same in all processes of the run and in no other run."""
        self._key = hmac.new(run_key, b"token" + secret, hashlib.sha256).digest()

    @property
    def can_encrypt(self) -> bool:
        """Return False if the library for it is missing."""
        return IMPORT_ERROR is None

    def encrypt(self, token: Token) -> str:
        """Return a token as a text that says nothing to anybody without the login."""
        nonce = os.urandom(NONCE)
        content = json.dumps([token.value, token.expires, token.generation]).encode()
        return base64.b64encode(nonce + AESGCM(self._key).encrypt(nonce, content, self.name.encode())).decode()

    def decrypt(self, text: str) -> Token | None:
        """Return the token of `encrypt`; None if the text was damaged or is another login's."""
        try:
            content = base64.b64decode(text, validate=True)
            plain = AESGCM(self._key).decrypt(content[:NONCE], content[NONCE:], self.name.encode())
        except (ValueError, InvalidTag):
            return None
        return Token(*json.loads(plain))


@lru_cache(MOST_KEPT)
def seal_of(identity: bytes, run_key: bytes) -> Seal:
    """Return the seal of a login, computed once in a process."""
    return Seal(identity, run_key)


def _stretched(identity: bytes, salt: bytes) -> bytes:
    try:
        return hashlib.scrypt(identity, salt=salt, dklen=32, **SCRYPT)
    except (AttributeError, ValueError):
        return hashlib.pbkdf2_hmac("sha256", identity, salt, PBKDF2_ITERATIONS)
