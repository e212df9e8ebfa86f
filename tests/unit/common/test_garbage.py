# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc

import pytest

from ansible_collections.ngcp.fax.plugins.module_utils._internal.common.garbage import THRESHOLD, rare_collection


def test_garbage_is_looked_for_rarely_and_afterwards_as_before() -> None:
    before = gc.get_threshold()
    with rare_collection():
        with rare_collection():
            pass
        within = gc.get_threshold()
    assert (within, gc.get_threshold()) == ((THRESHOLD, *before[1:]), before)


def test_the_threshold_is_put_back_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), rare_collection():
        raise KeyError
    assert gc.get_threshold() == before
