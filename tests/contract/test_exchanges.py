# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every recorded exchange comes out the same."""

from __future__ import annotations

import pytest

from tests.contract.exchanges import EXCHANGES, Player, differences

# They build on each other: one worker plays them all.
pytestmark = pytest.mark.xdist_group("contract")


@pytest.mark.parametrize(
    "number", range(len(EXCHANGES)), ids=[f"{place:03}-{each['name']}" for place, each in enumerate(EXCHANGES)]
)
def test_exchange(player: Player, number: int) -> None:
    assert differences(EXCHANGES[number], player.response(number)) == []


def test_every_recorded_exchange_is_here() -> None:
    assert len(EXCHANGES) == 165
