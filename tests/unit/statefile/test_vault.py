# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each secret in files is decrypted and encrypted only once."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import NoPassword
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import (
    HOPELESS,
    MOST_AHEAD,
    VAULT,
    Vault,
    VaultTexts,
    encrypted_in,
    no_password,
    refuse_all,
)


class FakeVault:
    """Encrypts by a header and remembers what it was asked."""

    def __init__(self, refuses: type[ValueError] | None = None) -> None:
        self.refuses = refuses
        self.asked: list[str] = []

    def encrypt(self, text: str) -> str:
        return f"HEAD\n{text}"

    def decrypt(self, text: str) -> str:
        self.asked.append(text)
        if self.refuses:
            raise self.refuses("no")
        return text.split("\n")[1]

    def vault_texts(self, opens: bool = True) -> VaultTexts:
        return VaultTexts(Vault(self.encrypt, self.decrypt), opens, Progress(None))


def test_what_is_decrypted_ahead_is_not_decrypted_again() -> None:
    vault = FakeVault()
    vault_texts = vault.vault_texts()
    vault_texts.decrypt_ahead(["HEAD\na", "HEAD\nb", "HEAD\na"])
    assert [vault_texts.decrypt("HEAD\n  a"), vault_texts.decrypt("HEAD\nb")] == ["a", "b"]
    assert sorted(vault.asked) == ["HEAD\na", "HEAD\nb"]


def test_what_is_encrypted_ahead_is_used_once() -> None:
    vault_texts = FakeVault().vault_texts()
    vault_texts.encrypt_ahead(["a"])
    assert vault_texts.encrypt("a") == "HEAD\na"
    assert vault_texts.decrypt("HEAD\na") == "a"


def test_without_decryption_no_password_is_needed() -> None:
    vault = FakeVault(NoPassword)
    vault_texts = vault.vault_texts(opens=False)
    vault_texts.decrypt_ahead(["HEAD\na"])
    assert vault_texts.decrypt("HEAD\na") == "encrypted"
    assert vault.asked == []


@pytest.mark.parametrize(("refuses", "asked"), [(NoPassword, HOPELESS), (ValueError, 30)])
def test_where_no_password_fits_a_few_are_tried(refuses: type[ValueError], asked: int) -> None:
    vault = FakeVault(refuses)
    vault_texts = vault.vault_texts()
    for number in range(30):
        with pytest.raises(ValueError, match="no"):
            vault_texts.decrypt(f"HEAD\n{number}")
    assert len(vault.asked) == asked


def test_what_looks_encrypted() -> None:
    value = b"a: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6162\n    63\nb: x\n"
    assert list(encrypted_in(value * 2)) == ["$ANSIBLE_VAULT;1.1;AES256\n6162\n63"] * 2
    assert list(encrypted_in(VAULT + b"1.1;AES256\n61\n")) == ["$ANSIBLE_VAULT;1.1;AES256\n61"]
    assert list(encrypted_in(VAULT + b"6" * MOST_AHEAD)) == []
    assert list(encrypted_in(b"a: !vault x\n")) == []


@pytest.mark.parametrize("decrypt", [refuse_all, no_password])
def test_where_nothing_can_be_decrypted(decrypt: object) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        decrypt("text")  # type: ignore[operator]
