# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all tests: settings of Hypothesis, and signals.

A test sets `max_examples` itself where 100 take too long.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, configuration, settings

configuration.set_hypothesis_home_dir(Path(__file__).parent.parent / ".cache" / "hypothesis")
settings.register_profile(
    "ngcp.fax",
    # How long an example takes depends on what else the machine does. So does how long it takes to draw one, and
    # Hypothesis reports that as `too_slow`.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # In CI the same examples each time: a red run is about the change. Developers search for new ones.
    derandomize=bool(os.environ.get("CI")),
    # A failure prints the line that repeats it on another machine.
    print_blob=True,
)
settings.load_profile("ngcp.fax")


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """Fail a test that leaves a signal handler behind, and spare the tests after it: there, Ctrl-C would do nothing."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    after = {number: signal.getsignal(number) for number in before}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert after == before
