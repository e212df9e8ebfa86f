# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is encrypted in files, decrypted and encrypted once each."""

from __future__ import annotations

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.progress import Progress
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.items import NoPassword
from ansible_collections.ngcp.fax.plugins.module_utils._internal.statefile.vault import (
    HOPELESS,
    MOST_AHEAD,
    VAULT,
    Seals,
    Vault,
    encrypted_in,
    no_password,
    no_vault,
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

    def seals(self, opens: bool = True) -> Seals:
        return Seals(Vault(self.encrypt, self.decrypt), opens, Progress(None))


def test_what_is_decrypted_ahead_is_not_decrypted_again() -> None:
    vault = FakeVault()
    seals = vault.seals()
    seals.open_ahead(["HEAD\na", "HEAD\nb", "HEAD\na"])
    assert [seals.open("HEAD\n  a"), seals.open("HEAD\nb")] == ["a", "b"]
    assert sorted(vault.asked) == ["HEAD\na", "HEAD\nb"]


def test_what_is_encrypted_ahead_is_used_once() -> None:
    seals = FakeVault().seals()
    seals.seal_ahead(["a"])
    assert seals.seal("a") == "HEAD\na"
    assert seals.open("HEAD\na") == "a"


def test_without_decryption_no_password_is_needed() -> None:
    vault = FakeVault(NoPassword)
    seals = vault.seals(opens=False)
    seals.open_ahead(["HEAD\na"])
    assert seals.open("HEAD\na") == "encrypted"
    assert vault.asked == []


@pytest.mark.parametrize(("refuses", "asked"), [(NoPassword, HOPELESS), (ValueError, 30)])
def test_where_no_password_fits_a_few_are_tried(refuses: type[ValueError], asked: int) -> None:
    vault = FakeVault(refuses)
    seals = vault.seals()
    for number in range(30):
        with pytest.raises(ValueError, match="no"):
            seals.open(f"HEAD\n{number}")
    assert len(vault.asked) == asked


def test_what_looks_encrypted() -> None:
    value = b"a: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6162\n    63\nb: x\n"
    assert list(encrypted_in(value * 2)) == ["$ANSIBLE_VAULT;1.1;AES256\n6162\n63"] * 2
    assert list(encrypted_in(VAULT + b"1.1;AES256\n61\n")) == ["$ANSIBLE_VAULT;1.1;AES256\n61"]
    assert list(encrypted_in(VAULT + b"6" * MOST_AHEAD)) == []
    assert list(encrypted_in(b"a: !vault x\n")) == []


@pytest.mark.parametrize("decrypt", [no_vault, no_password])
def test_where_nothing_can_be_decrypted(decrypt: object) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        decrypt("text")  # type: ignore[operator]
