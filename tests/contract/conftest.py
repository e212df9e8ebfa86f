# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server that the contract is played against: a simulator of its own, or any address.

NGCP_CONTRACT_URL and NGCP_CONTRACT_CA name another server, freshly loaded with seed.json, and its CA's certificate.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.contract.exchanges import Player
from tests.simulator.client import running


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    """Plays on a server that nobody else uses."""
    url = os.environ.get("NGCP_CONTRACT_URL")
    if url:
        player = Player(url.rstrip("/"), os.environ["NGCP_CONTRACT_CA"])
        yield player
        player.close()
        return
    with running() as simulator:
        player = Player(simulator.url, simulator.ca_file)
        yield player
        player.close()
