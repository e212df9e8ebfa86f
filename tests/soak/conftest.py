# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of the integration tests."""

from __future__ import annotations

from tests.integration.conftest import (
    ansible_environment,
    ansible_home,
    commands,
    connection,
    in_process,
    play,
    shared_simulator,
    simulator,
)

__all__ = [
    "ansible_environment",
    "ansible_home",
    "commands",
    "connection",
    "in_process",
    "play",
    "shared_simulator",
    "simulator",
]
