# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers that the contract is played against: simulators, or any address.

NGCP_CONTRACT_URL and NGCP_CONTRACT_CA name another server, freshly loaded with seed.json, and its CA's certificate. It
can play one recording: choose it with `-k`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.contract.exchanges import RECORDINGS, Player
from tests.simulator.client import running


@pytest.fixture(scope="module")
def player_of() -> Iterator[Callable[[str], Player]]:
    """Return the player of a recording, on a server that nobody else uses."""
    players: dict[str, Player] = {}
    with ExitStack() as stack:

        def player_of(recording: str) -> Player:
            if recording not in players:
                player = Player(*_server(stack), RECORDINGS[recording])
                players[recording] = stack.enter_context(closing(player))
            return players[recording]

        yield player_of


def _server(stack: ExitStack) -> tuple[str, str]:
    """Return the URL of a server and the file of its CA's certificate."""
    url = os.environ.get("NGCP_CONTRACT_URL")
    if url:
        return url.rstrip("/"), os.environ["NGCP_CONTRACT_CA"]
    simulator = stack.enter_context(running())
    return simulator.url, simulator.ca_file
