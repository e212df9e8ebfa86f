# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypt and decrypt the secrets of state files, each once and many at a time.

Key derivation takes milliseconds and releases the GIL, so it runs in threads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import concurrency
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.files import read_regular
from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import Decrypt, NoPassword

T = TypeVar("T")

# The number of threads that encrypt and decrypt.
CORES = os.cpu_count() or 1
# After this many failures with one vault header and no success, the rest fail untried. A header may name a vault id.
HOPELESS = 8
# The beginning of a text that ansible-vault has encrypted.
VAULT = b"$ANSIBLE_VAULT;"
# An encrypted value in YAML.
VALUE = re.compile(rb"!vault[ \t]+\|[-+0-9]*[ \t]*\r?\n[ \t]+(\$ANSIBLE_VAULT;[^\r\n]*(?:\r?\n[ \t]+[0-9a-f]+)+)")
# Files above this size, in bytes, that are encrypted as a whole are decrypted only when they are read, so that one at a
# time is in memory.
MOST_AHEAD = 1 << 17


@dataclass(frozen=True)
class Vault:
    """The functions with which this run encrypts and decrypts."""

    encrypt: Callable[[str], str] | None
    """Encrypts a text; None if nothing needs to be encrypted."""
    decrypt: Decrypt


class VaultTexts:
    """The encrypted texts of files, and texts encrypted for them."""

    def __init__(self, vault: Vault, decrypts: bool, progress: Progress) -> None:
        """If `decrypts` is False, no password is needed: every encrypted text becomes the word "encrypted"."""
        self._vault, self._decrypts, self._progress = vault, decrypts, progress
        # By encrypted text without whitespace: the decrypted text, or the error.
        self._decrypted: dict[str, str | ValueError] = {}
        # By header: the failures for lack of a password. Then the headers with which some text was decrypted.
        self._refused: dict[str, list[NoPassword]] = {}
        self._good: set[str] = set()
        # By text: its encrypted forms that were made ahead and not used yet.
        self._ready: dict[str, list[str]] = {}

    @property
    def can_encrypt(self) -> bool:
        """True if the run has a password that encrypts."""
        return self._vault.encrypt is not None

    def decrypt(self, encrypted: str) -> str:
        """Decrypt a text. Raises ValueError with a sentence that says why it cannot be decrypted."""
        bare = _bare(encrypted)
        if bare not in self._decrypted:
            self._decrypted[bare] = self._try(encrypted) if self._decrypts else "encrypted"
        found = self._decrypted[bare]
        if isinstance(found, ValueError):
            raise ValueError(str(found))
        return found

    def encrypt(self, text: str) -> str:
        """Encrypt a text, with a new salt each time. Raises AssertionError unless it `can_encrypt`."""
        ready = self._ready.get(text)
        encrypted = ready.pop() if ready else self._encrypt(text)
        self._decrypted[_bare(encrypted)] = text
        return encrypted

    def decrypt_ahead(self, encrypted: Iterable[str]) -> None:
        """Decrypt many texts concurrently, each once. A failure is raised when `decrypt` is called with the text."""
        if not self._decrypts:
            return
        texts = {_bare(each): each for each in encrypted}
        # Each begins with a random salt, so in this order the first texts of a header come from random files.
        new = sorted(texts.keys() - self._decrypted.keys())
        decrypted = self._side_by_side("decrypting", self._try, [texts[bare] for bare in new])
        self._decrypted.update(zip(new, decrypted, strict=True))

    def encrypt_ahead(self, texts: Sequence[str]) -> None:
        """Encrypt many texts concurrently, for `encrypt` to return."""
        for text, encrypted in zip(texts, self._side_by_side("encrypting", self._encrypt, texts), strict=True):
            self._ready.setdefault(text, []).append(encrypted)

    def _try(self, encrypted: str) -> str | ValueError:
        """Return the decrypted text, or the error."""
        header = encrypted.lstrip().partition("\n")[0].rstrip()
        refused = self._refused.setdefault(header, [])
        if len(refused) >= HOPELESS and header not in self._good:
            return refused[0]
        try:
            text = self._vault.decrypt(encrypted)
        except NoPassword as error:
            refused.append(error)
            return error
        except ValueError as error:
            return error
        self._good.add(header)
        return text

    def _encrypt(self, text: str) -> str:
        if not self._vault.encrypt:
            raise AssertionError("nothing is encrypted here")
        return self._vault.encrypt(text)

    def _side_by_side(self, phase: str, function: Callable[[str], T], texts: Sequence[str]) -> list[T]:
        self._progress.begin(phase, len(texts))

        def run(text: str) -> T:
            result = function(text)
            self._progress.count()
            return result

        return cast("list[T]", concurrency.map_concurrently(run, texts, CORES))


def _bare(encrypted: str) -> str:
    return "".join(encrypted.split())


def encrypted_in(content: bytes) -> Iterator[str]:
    """Yield the encrypted texts in the content of a state file that look as ansible-vault writes them."""
    whole = [content] if content.startswith(VAULT) and len(content) <= MOST_AHEAD else []
    for found in whole or (match[1] for match in VALUE.finditer(content)):
        yield "\n".join(line.strip() for line in found.decode("ascii", "replace").splitlines())


def encrypted_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the encrypted texts in state files. An unreadable file is left to its reader."""
    for path in paths:
        try:
            content = read_regular(path)
        except OSError:
            continue
        yield from encrypted_in(content)


def refuse_all(encrypted: str) -> str:
    """Refuse to decrypt, inside a module. Always raises ValueError."""
    raise ValueError("What is encrypted here is read by the action plugin only.")


def no_password(encrypted: str) -> str:
    """Refuse to decrypt, in a run without a vault password. Always raises ValueError."""
    raise ValueError("This needs a vault password; give it by --vault-password-file or --ask-vault-pass.")
