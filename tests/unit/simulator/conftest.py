# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for all these tests, put back to its start before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.client import running
from tests.unit.simulator.api import Api


@pytest.fixture(scope="session")
def _client() -> Iterator[Api]:
    with running("--subscriber-port", 0, "--fax-delay-ms", 0) as simulator:
        api = Api(simulator)
        yield api
        api.session.close()


@pytest.fixture
def api(_client: Api) -> Api:
    """Return a client of a simulator in its initial state."""
    _client.start()
    return _client
