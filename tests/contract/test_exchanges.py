# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every recorded exchange comes out the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.exchanges import RECORDINGS, Player, differences

# Those of a recording build on each other: one worker plays them all.
pytestmark = pytest.mark.xdist_group("contract")


@pytest.mark.parametrize(
    ("recording", "number"),
    [
        pytest.param(recording, number, id=f"{recording}-{number:03}-{exchange['name']}")
        for recording, exchanges in RECORDINGS.items()
        for number, exchange in enumerate(exchanges)
    ],
)
def test_exchange(player_of: Callable[[str], Player], recording: str, number: int) -> None:
    assert differences(RECORDINGS[recording][number], player_of(recording).response(number)) == []


def test_every_recorded_exchange_is_here() -> None:
    counts = {recording: len(exchanges) for recording, exchanges in RECORDINGS.items()}
    assert counts == {"exchanges": 165, "exchanges-2": 60, "exchanges-3": 31}
