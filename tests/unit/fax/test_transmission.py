# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that the deliveries of one task share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax import documents
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.receipts import Receipts
from ansible_collections.ngcp.fax.plugins.module_utils._internal.fax.transmission import (
    ClaimedFaxes,
    DeliveryOptions,
    Transmission,
)
from ansible_collections.ngcp.fax.plugins.module_utils._internal.ngcp.subscribers import Subscriber
from tests.unit.fax.fake_fax_server import FakeFaxServer


def transmission(
    path: Path | None = None, of_task: bool = False, wait: bool = True, check: bool = False
) -> Transmission:
    server = FakeFaxServer()
    kept = Receipts(path, server.url, {}, of_task=of_task)
    options = DeliveryOptions(wait=wait)
    return Transmission(server, Subscriber(1), documents.of_text("x"), options, ["1"], kept, check, ClaimedFaxes(set()))


def test_an_entry_is_claimed_once() -> None:
    claimed = ClaimedFaxes({5})
    assert 5 in claimed
    assert not claimed.claim(5)
    assert claimed.claim(6)
    assert not claimed.claim(6)


@pytest.mark.parametrize(("wait", "check", "waits"), [(True, False, True), (True, True, False), (False, False, False)])
def test_check_mode_does_not_wait(wait: bool, check: bool, waits: bool) -> None:
    assert transmission(wait=wait, check=check).waits is waits


def test_only_a_file_that_the_user_named_keeps_receipts() -> None:
    assert transmission(Path("receipt.json")).keeps_receipts
    assert not transmission(Path("receipt.json"), of_task=True).keeps_receipts
    assert not transmission().keeps_receipts
