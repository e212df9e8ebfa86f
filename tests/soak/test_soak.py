# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from tests.integration import soak
from tests.integration.conftest import Play


def test_two_thousand_items_and_three_hundred_tasks(play: Play, tmp_path: Path) -> None:
    soak.check(play, tmp_path, items=2000, single=300)
