# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every benchmark, one after the other: `make bench`."""

from __future__ import annotations

import sys

from benchmarks import simulator

if __name__ == "__main__":
    sys.exit(simulator.main())
