# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of state files, encrypted and decrypted, each once: its key takes milliseconds, without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.ngcp.fax.plugins.module_utils import workers
from ansible_collections.ngcp.fax.plugins.module_utils.parts import Decrypt
from ansible_collections.ngcp.fax.plugins.module_utils.progress import Progress

# So many threads encrypt and decrypt.
CORES = os.cpu_count() or 1


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
        # By their text without blanks, what they decrypt to; and what is sealed for the files already, by the same.
        self._opened: dict[str, str] = {}
        self._ready: dict[str, list[str]] = {}

    @property
    def makes(self) -> bool:
        """Whether anything can be encrypted."""
        return self._vault.encrypt is not None

    def open(self, sealed: str) -> str:
        """Decrypt, unless that was done. Raises ValueError."""
        bare = _bare(sealed)
        if bare not in self._opened:
            self._opened[bare] = self._vault.decrypt(sealed) if self._opens else "encrypted"
        return self._opened[bare]

    def seal(self, text: str) -> str:
        """Encrypt, or hand out what was encrypted ahead."""
        ready = self._ready.get(text)
        sealed = ready.pop() if ready else self._encrypt(text)
        self._opened[_bare(sealed)] = text
        return sealed

    def open_ahead(self, sealed: Sequence[str]) -> None:
        """Decrypt many side by side. What fails is left to whoever opens it."""
        try:
            texts = self._side_by_side("decrypting", self._vault.decrypt, sealed) if self._opens else []
        except ValueError:
            return
        self._opened.update((_bare(one), text) for one, text in zip(sealed, texts, strict=False))

    def seal_ahead(self, texts: Sequence[str]) -> None:
        """Encrypt many side by side."""
        for text, sealed in zip(texts, self._side_by_side("encrypting", self._encrypt, texts), strict=True):
            self._ready.setdefault(text, []).append(sealed)

    def _encrypt(self, text: str) -> str:
        if not self._vault.encrypt:
            raise AssertionError("nothing is encrypted here")
        return self._vault.encrypt(text)

    def _side_by_side(self, phase: str, function: Callable[[str], str], texts: Sequence[str]) -> list[str]:
        self._progress.begin(phase, len(texts))

        def counted(text: str) -> str:
            made = function(text)
            self._progress.count()
            return made

        return [str(each) for each in workers.each(counted, texts, CORES)]


def _bare(sealed: str) -> str:
    return "".join(sealed.split())


def no_vault(sealed: str) -> str:
    raise ValueError("What is encrypted here is read by the action plugin only.")
