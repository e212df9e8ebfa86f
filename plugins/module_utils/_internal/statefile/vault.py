# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of state files, encrypted and decrypted, each once: its key takes milliseconds, without Python's lock."""

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

# So many threads encrypt and decrypt.
CORES = os.cpu_count() or 1
# Of texts with the same first line, the one that may name a vault id, so many that no password decrypts are tried as
# long as none is decrypted; the others fail untried.
HOPELESS = 8


@dataclass(frozen=True)
class Vault:
    """How this run encrypts and decrypts; `encrypt` is None where nothing is to be encrypted."""

    encrypt: Callable[[str], str] | None
    decrypt: Decrypt


class Seals:
    """What is encrypted (sealed) in files and for them.

    Unless it `opens`, nothing is decrypted, and no password needed.
    """

    def __init__(self, vault: Vault, opens: bool, progress: Progress) -> None:
        self._vault, self._opens, self._progress = vault, opens, progress
        # By their text without blanks, what they decrypt to, or why they do not.
        self._opened: dict[str, str | ValueError] = {}
        # By their first line: why those fail that no password decrypts, and whether any of the others is decrypted.
        self._refused: dict[str, list[NoPassword]] = {}
        self._good: set[str] = set()
        # What is sealed for the files already, by what it decrypts to.
        self._ready: dict[str, list[str]] = {}

    @property
    def makes(self) -> bool:
        """Whether anything can be encrypted."""
        return self._vault.encrypt is not None

    def open(self, sealed: str) -> str:
        """Decrypt, unless that was done. Raises ValueError."""
        bare = _bare(sealed)
        if bare not in self._opened:
            self._opened[bare] = self._tried(sealed) if self._opens else "encrypted"
        opened = self._opened[bare]
        if isinstance(opened, ValueError):
            raise ValueError(*opened.args)
        return opened

    def seal(self, text: str) -> str:
        """Encrypt, or hand out what was encrypted ahead."""
        ready = self._ready.get(text)
        sealed = ready.pop() if ready else self._encrypt(text)
        self._opened[_bare(sealed)] = text
        return sealed

    def open_ahead(self, sealed: Iterable[str]) -> None:
        """Decrypt many side by side, each once. What fails does so again for whoever opens it."""
        if not self._opens:
            return
        each = {_bare(one): one for one in sealed}
        # They begin with a salt, so that in this order the first ones of a kind are of any file.
        new = sorted(each.keys() - self._opened.keys())
        opened = self._side_by_side("decrypting", self._tried, [each[bare] for bare in new])
        self._opened.update(zip(new, opened, strict=True))

    def seal_ahead(self, texts: Sequence[str]) -> None:
        """Encrypt many side by side."""
        for text, sealed in zip(texts, self._side_by_side("encrypting", self._encrypt, texts), strict=True):
            self._ready.setdefault(text, []).append(sealed)

    def _tried(self, sealed: str) -> str | ValueError:
        """What it decrypts to, or why it does not."""
        kind = sealed.lstrip().partition("\n")[0].rstrip()
        refused = self._refused.setdefault(kind, [])
        if len(refused) >= HOPELESS and kind not in self._good:
            return refused[0]
        try:
            text = self._vault.decrypt(sealed)
        except NoPassword as error:
            refused.append(error)
            return error
        except ValueError as error:
            return error
        self._good.add(kind)
        return text

    def _encrypt(self, text: str) -> str:
        if not self._vault.encrypt:
            raise AssertionError("nothing is encrypted here")
        return self._vault.encrypt(text)

    def _side_by_side(self, phase: str, function: Callable[[str], T], texts: Sequence[str]) -> list[T]:
        self._progress.begin(phase, len(texts))

        def counted(text: str) -> T:
            made = function(text)
            self._progress.count()
            return made

        return cast("list[T]", concurrency.map_concurrently(counted, texts, CORES))


def _bare(sealed: str) -> str:
    return "".join(sealed.split())


def no_vault(sealed: str) -> str:
    raise ValueError("What is encrypted here is read by the action plugin only.")


VAULT = b"$ANSIBLE_VAULT;"
# A value that is encrypted, in YAML.
SEALED = re.compile(rb"!vault[ \t]+\|[-+0-9]*[ \t]*\r?\n[ \t]+(\$ANSIBLE_VAULT;[^\r\n]*(?:\r?\n[ \t]+[0-9a-f]+)+)")
# Larger files that are encrypted as a whole are decrypted when they are read, so that one at a time is in memory.
MOST_AHEAD = 1 << 17


def encrypted_in(content: bytes) -> Iterator[str]:
    """Yield what is encrypted in the content of a state file, as far as it looks as ansible-vault writes it."""
    whole = [content] if content.startswith(VAULT) and len(content) <= MOST_AHEAD else []
    for found in whole or (match[1] for match in SEALED.finditer(content)):
        yield "\n".join(line.strip() for line in found.decode("ascii", "replace").splitlines())


def sealed(paths: Iterable[Path]) -> Iterator[str]:
    """Yield what is encrypted in state files, before they are read. What cannot be read is left to its reader."""
    for path in paths:
        try:
            content = read_regular(path)
        except OSError:
            continue
        yield from encrypted_in(content)


def no_password(text: str) -> str:
    raise ValueError("This needs a vault password; give it by --vault-password-file or --ask-vault-pass.")
