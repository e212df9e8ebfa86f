# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The umask of tests that make files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common import files


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    before = os.umask(mask)
    files._umask.cache_clear()
    yield mask
    os.umask(before)
    files._umask.cache_clear()
