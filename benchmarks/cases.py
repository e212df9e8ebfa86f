# Copyright: (c) 2026, the ngcp.fax authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, as data: everything, and a small variant that only shows that everything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Case:
    """A line of the table of runs."""

    size: int
    latency_ms: int
    percent: float
    bcrypt_cost: int = 4


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int
    few: int
    """Subscribers that are read one by one."""
    some: int
    """Subscribers that are read by pages of `rows`."""
    rows: int
    main: int
    """Subscribers of the comparison with rivals."""
    curl_rows: int
    """Page size of the shell script where there is only latency."""
    page_sizes: tuple[int, ...]
    """Those that are tried for the fastest."""
    uri_items: int
    """Items of the rival that is measured on a part and judged by."""
    other_items: int
    """Items of the other rivals that are measured on a part."""
    own_items: int
    """Items of the loop over this collection's single modules, in Ansible's process."""
    panel: int
    """Subscribers of runs at the panel's costs."""
    panel_rows: int
    """Page size of these."""
    panel_rounds: int
    nightly: int
    """Subscribers of a drift report at the panel's costs, which is measured once: it takes a minute and a half."""
    growth: tuple[int, int, int]
    """Small, large, largest."""
    loop: int
    loop_uri: int
    entries: int
    """Entries of the state files that are loaded."""
    report_rows: int
    simulated: int
    seconds: float
    table: tuple[Case, ...]


PERCENT: Final = 5
WORKERS: Final = 8
LATENCY_MS: Final = 20
SERVER_WORKERS: Final = 4

FULL: Final = Scale(
    rounds=3,
    few=40,
    some=300,
    rows=50,
    main=5000,
    curl_rows=1000,
    page_sizes=(250, 500, 1000),
    uri_items=40,
    other_items=20,
    own_items=200,
    panel=1000,
    panel_rows=50,
    panel_rounds=2,
    nightly=5000,
    growth=(1000, 20_000, 100_000),
    loop=500,
    loop_uri=60,
    entries=50_000,
    report_rows=10_000,
    simulated=100_000,
    seconds=5,
    table=(
        *(Case(size, 0, percent) for size in (100, 1000, 5000) for percent in (0, 5, 100)),
        *(Case(size, 20, percent) for size in (100, 1000) for percent in (0, 5, 100)),
        # Where everything differs at more than these, it is the latency alone that is measured, for minutes.
        Case(100, 100, 100),
        *(Case(5000, 20, percent) for percent in (0, 5)),
        *(Case(size, 100, percent) for size in (100, 1000, 5000) for percent in (0, 5)),
        *(Case(20_000, latency_ms, percent) for latency_ms in (0, 20) for percent in (0, 5)),
        Case(1000, 20, 5, 13),
    ),
)
QUICK: Final = Scale(
    rounds=1,
    few=10,
    some=45,
    rows=20,
    main=200,
    curl_rows=200,
    page_sizes=(100, 200),
    uri_items=2,
    other_items=2,
    own_items=20,
    panel=40,
    panel_rows=10,
    panel_rounds=1,
    nightly=60,
    growth=(300, 600, 900),
    loop=20,
    loop_uri=2,
    entries=500,
    report_rows=200,
    simulated=1000,
    seconds=0.5,
    table=(Case(100, 0, 5), Case(100, 20, 5, 13)),
)
